-- Schema 3. Every statement is safe to run again.
-- Imports and exports. Input, result and author are JSON. expires_at is there when the task has ended: the record goes then.
CREATE TABLE IF NOT EXISTS tasks (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    owner TEXT NOT NULL,
    input TEXT NOT NULL,
    result TEXT,
    message TEXT,
    image_id TEXT NOT NULL,
    author TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT;

CREATE INDEX IF NOT EXISTS tasks_owner ON tasks (owner, created_at, id);
CREATE INDEX IF NOT EXISTS tasks_expiry ON tasks (expires_at);
