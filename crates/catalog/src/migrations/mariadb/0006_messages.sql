-- Schema 6. Every statement is safe to run again. Chime: messages in rooms, and the webhooks that post them.

-- The content of a redacted message is empty. account_id is the room's: retention is an account's.
CREATE TABLE IF NOT EXISTS messages (
    room_id VARCHAR(64) NOT NULL,
    seq BIGINT NOT NULL,
    id VARCHAR(64) NOT NULL,
    account_id VARCHAR(64) NOT NULL,
    sender_kind VARCHAR(16) NOT NULL,
    sender_id VARCHAR(64) NOT NULL,
    sender_name VARCHAR(255) NOT NULL,
    content LONGTEXT NOT NULL,
    created_at BIGINT NOT NULL,
    redacted_at BIGINT,
    PRIMARY KEY (room_id, seq)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE UNIQUE INDEX IF NOT EXISTS messages_id ON messages (id);
-- The last message of a sender, and the messages that are past their time.
CREATE INDEX IF NOT EXISTS messages_sender ON messages (room_id, sender_id, seq);
CREATE INDEX IF NOT EXISTS messages_age ON messages (account_id, created_at);

-- The last number given in a room: to a message, or to something a bot was told. Numbers are never given twice.
CREATE TABLE IF NOT EXISTS room_numbers (
    room_id VARCHAR(64) NOT NULL PRIMARY KEY,
    last_seq BIGINT NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- token_hash is the SHA-256 of the secret part of the URL; the secret itself is not kept.
CREATE TABLE IF NOT EXISTS webhooks (
    id VARCHAR(64) NOT NULL PRIMARY KEY,
    room_id VARCHAR(64) NOT NULL,
    name VARCHAR(255) NOT NULL,
    token_hash VARCHAR(64) NOT NULL,
    created_by VARCHAR(512) NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS webhooks_room ON webhooks (room_id, created_at, id);

-- URLs that were good once: who still has one is told that it is gone, and not that it never was.
CREATE TABLE IF NOT EXISTS dead_webhook_urls (
    webhook_id VARCHAR(64) NOT NULL,
    token_hash VARCHAR(64) NOT NULL,
    died_at BIGINT NOT NULL,
    PRIMARY KEY (webhook_id, token_hash)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS dead_webhook_urls_at ON dead_webhook_urls (died_at);
