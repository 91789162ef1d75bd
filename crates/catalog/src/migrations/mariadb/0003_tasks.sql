-- Schema 3. Every statement is safe to run again.
-- Imports and exports. Input, result and author are JSON. expires_at is there when the task has ended: the record goes then.
CREATE TABLE IF NOT EXISTS tasks (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    kind VARCHAR(16) NOT NULL,
    status VARCHAR(16) NOT NULL,
    owner VARCHAR(255) NOT NULL,
    input LONGTEXT NOT NULL,
    result LONGTEXT,
    message LONGTEXT,
    image_id VARCHAR(36) NOT NULL,
    author LONGTEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    expires_at BIGINT
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS tasks_owner ON tasks (owner, created_at, id);
CREATE INDEX IF NOT EXISTS tasks_expiry ON tasks (expires_at);
