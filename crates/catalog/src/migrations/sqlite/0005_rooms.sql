-- Schema 5. Every statement is safe to run again. Chime: rooms, the requests that made them, and bots. Who is in a
-- room is in memberships, under the kind room.

-- The ARN of the caller that invited the member; for rooms only. (SQLite alters tables inside the
-- transaction of the migration, so this is never met half done.)
ALTER TABLE memberships ADD COLUMN invited_by TEXT;

CREATE TABLE IF NOT EXISTS rooms (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS rooms_account ON rooms (account_id, created_at, id);

-- The tokens of the requests that made rooms. A row goes with its room, or when it is older than it needs to be, so there
-- are never more rows than rooms.
CREATE TABLE IF NOT EXISTS room_requests (
    account_id TEXT NOT NULL,
    caller TEXT NOT NULL,
    token TEXT NOT NULL,
    room_id TEXT NOT NULL,
    name TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, caller, token)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS room_requests_room ON room_requests (room_id);
CREATE INDEX IF NOT EXISTS room_requests_expires ON room_requests (account_id, expires_at);

CREATE TABLE IF NOT EXISTS bots (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL,
    display_name TEXT NOT NULL,
    email TEXT NOT NULL,
    disabled INTEGER NOT NULL,
    security_token TEXT NOT NULL,
    https_endpoint TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS bots_account ON bots (account_id, created_at, id);
