-- Schema 3. Every statement is safe to run again.
-- Imports and exports. Input, result and author are JSON. expires_at is there when the task has ended: the record goes then.
CREATE TABLE IF NOT EXISTS tasks (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    input TEXT COLLATE "C" NOT NULL,
    result TEXT COLLATE "C",
    message TEXT COLLATE "C",
    image_id TEXT COLLATE "C" NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    expires_at BIGINT
);

CREATE INDEX IF NOT EXISTS tasks_owner ON tasks (owner, created_at, id);
CREATE INDEX IF NOT EXISTS tasks_expiry ON tasks (expires_at);
