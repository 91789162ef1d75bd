-- Schema 2. Every statement is safe to run again.

-- What Identity v2.0 calls an API key: a secret of a user, kept as its SHA-256.
CREATE TABLE IF NOT EXISTS api_keys (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    digest TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX IF NOT EXISTS api_keys_digest ON api_keys (digest);
CREATE INDEX IF NOT EXISTS api_keys_user ON api_keys (user_id, id);
