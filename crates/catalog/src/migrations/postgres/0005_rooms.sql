-- Schema 5. Every statement is safe to run again. Chime: rooms, the requests that made them, and bots. Who is in a
-- room is in memberships, under the kind room.

-- The ARN of the caller that invited the member; for rooms only.
ALTER TABLE memberships ADD COLUMN IF NOT EXISTS invited_by TEXT COLLATE "C";

CREATE TABLE IF NOT EXISTS rooms (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX IF NOT EXISTS rooms_account ON rooms (account_id, created_at, id);

-- The tokens of the requests that made rooms. A row goes with its room, or when it is older than it needs to be, so there
-- are never more rows than rooms.
CREATE TABLE IF NOT EXISTS room_requests (
    account_id TEXT COLLATE "C" NOT NULL,
    caller TEXT COLLATE "C" NOT NULL,
    token TEXT COLLATE "C" NOT NULL,
    room_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, caller, token)
);

CREATE INDEX IF NOT EXISTS room_requests_room ON room_requests (room_id);
CREATE INDEX IF NOT EXISTS room_requests_expires ON room_requests (account_id, expires_at);

CREATE TABLE IF NOT EXISTS bots (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL,
    display_name TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    disabled BIGINT NOT NULL,
    security_token TEXT COLLATE "C" NOT NULL,
    https_endpoint TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX IF NOT EXISTS bots_account ON bots (account_id, created_at, id);
