-- Schema 6. Every statement is safe to run again. Chime: messages in rooms, and the webhooks that post them.

-- The content of a redacted message is empty. account_id is the room's: retention is an account's.
CREATE TABLE IF NOT EXISTS messages (
    room_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    sender_kind TEXT NOT NULL,
    sender_id TEXT NOT NULL,
    sender_name TEXT NOT NULL,
    content TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    redacted_at INTEGER,
    PRIMARY KEY (room_id, seq)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX IF NOT EXISTS messages_id ON messages (id);
-- The last message of a sender, and the messages that are past their time.
CREATE INDEX IF NOT EXISTS messages_sender ON messages (room_id, sender_id, seq);
CREATE INDEX IF NOT EXISTS messages_age ON messages (account_id, created_at);

-- The last number given in a room: to a message, or to something a bot was told. Numbers are never given twice.
CREATE TABLE IF NOT EXISTS room_numbers (
    room_id TEXT NOT NULL PRIMARY KEY,
    last_seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- token_hash is the SHA-256 of the secret part of the URL; the secret itself is not kept.
CREATE TABLE IF NOT EXISTS webhooks (
    id TEXT NOT NULL PRIMARY KEY,
    room_id TEXT NOT NULL,
    name TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS webhooks_room ON webhooks (room_id, created_at, id);

-- URLs that were good once: who still has one is told that it is gone, and not that it never was.
CREATE TABLE IF NOT EXISTS dead_webhook_urls (
    webhook_id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    died_at INTEGER NOT NULL,
    PRIMARY KEY (webhook_id, token_hash)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS dead_webhook_urls_at ON dead_webhook_urls (died_at);
