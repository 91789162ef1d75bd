-- Schema 6. Every statement is safe to run again. Chime: messages in rooms, and the webhooks that post them.

-- The content of a redacted message is empty. account_id is the room's: retention is an account's.
CREATE TABLE IF NOT EXISTS messages (
    room_id TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL,
    sender_kind TEXT COLLATE "C" NOT NULL,
    sender_id TEXT COLLATE "C" NOT NULL,
    sender_name TEXT COLLATE "C" NOT NULL,
    content TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    redacted_at BIGINT,
    PRIMARY KEY (room_id, seq)
);

CREATE UNIQUE INDEX IF NOT EXISTS messages_id ON messages (id);
-- The last message of a sender, and the messages that are past their time.
CREATE INDEX IF NOT EXISTS messages_sender ON messages (room_id, sender_id, seq);
CREATE INDEX IF NOT EXISTS messages_age ON messages (account_id, created_at);

-- The last number given in a room: to a message, or to something a bot was told. Numbers are never given twice.
CREATE TABLE IF NOT EXISTS room_numbers (
    room_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    last_seq BIGINT NOT NULL
);

-- token_hash is the SHA-256 of the secret part of the URL; the secret itself is not kept.
CREATE TABLE IF NOT EXISTS webhooks (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    room_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    token_hash TEXT COLLATE "C" NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX IF NOT EXISTS webhooks_room ON webhooks (room_id, created_at, id);

-- URLs that were good once: who still has one is told that it is gone, and not that it never was.
CREATE TABLE IF NOT EXISTS dead_webhook_urls (
    webhook_id TEXT COLLATE "C" NOT NULL,
    token_hash TEXT COLLATE "C" NOT NULL,
    died_at BIGINT NOT NULL,
    PRIMARY KEY (webhook_id, token_hash)
);

CREATE INDEX IF NOT EXISTS dead_webhook_urls_at ON dead_webhook_urls (died_at);
