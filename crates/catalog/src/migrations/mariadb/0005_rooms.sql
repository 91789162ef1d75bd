-- Schema 5. Every statement is safe to run again. Chime: rooms, the requests that made them, and bots. Who is in a
-- room is in memberships, under the kind room.

-- The ARN of the caller that invited the member; for rooms only.
ALTER TABLE memberships ADD COLUMN IF NOT EXISTS invited_by VARCHAR(512);

CREATE TABLE IF NOT EXISTS rooms (
    id VARCHAR(64) NOT NULL PRIMARY KEY,
    account_id VARCHAR(64) NOT NULL,
    name VARCHAR(256) NOT NULL,
    created_by VARCHAR(512) NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS rooms_account ON rooms (account_id, created_at, id);

-- The tokens of the requests that made rooms. A row goes with its room, or when it is older than it needs to be, so there
-- are never more rows than rooms.
CREATE TABLE IF NOT EXISTS room_requests (
    account_id VARCHAR(64) NOT NULL,
    caller VARCHAR(255) NOT NULL,
    token VARCHAR(64) NOT NULL,
    room_id VARCHAR(64) NOT NULL,
    name VARCHAR(256) NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, caller, token)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS room_requests_room ON room_requests (room_id);
CREATE INDEX IF NOT EXISTS room_requests_expires ON room_requests (account_id, expires_at);

CREATE TABLE IF NOT EXISTS bots (
    id VARCHAR(64) NOT NULL PRIMARY KEY,
    account_id VARCHAR(64) NOT NULL,
    display_name VARCHAR(256) NOT NULL,
    email VARCHAR(512) NOT NULL,
    disabled BIGINT NOT NULL,
    security_token VARCHAR(255) NOT NULL,
    https_endpoint VARCHAR(2048),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS bots_account ON bots (account_id, created_at, id);
