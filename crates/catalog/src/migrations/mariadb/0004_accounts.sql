-- Schema 4. Every statement is safe to run again.

-- Chat accounts. Each belongs to a project for ever.
CREATE TABLE IF NOT EXISTS accounts (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    project_id VARCHAR(255) NOT NULL,
    name VARCHAR(255) NOT NULL,
    account_type VARCHAR(32) NOT NULL,
    status VARCHAR(32) NOT NULL,
    default_license VARCHAR(32) NOT NULL,
    supported_licenses LONGTEXT NOT NULL,
    delegate_groups LONGTEXT NOT NULL,
    disable_remote_control BIGINT NOT NULL,
    enable_dial_out BIGINT NOT NULL,
    room_days BIGINT,
    conversation_days BIGINT,
    deletion_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    revision BIGINT NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS accounts_project ON accounts (project_id, created_at, id);

-- One row per project that ever made an account: whoever counts its accounts holds the row.
CREATE TABLE IF NOT EXISTS account_locks (
    project_id VARCHAR(255) NOT NULL PRIMARY KEY
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- People in accounts. email_key is the address with its ASCII letters in lower case; project_id is the account's.
CREATE TABLE IF NOT EXISTS people (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    account_id VARCHAR(36) NOT NULL,
    project_id VARCHAR(255) NOT NULL,
    email VARCHAR(255) NOT NULL,
    email_key VARCHAR(255) NOT NULL,
    display_name VARCHAR(255) NOT NULL,
    license VARCHAR(32) NOT NULL,
    user_type VARCHAR(32) NOT NULL,
    registration VARCHAR(32) NOT NULL,
    invitation VARCHAR(32),
    invite_id VARCHAR(36),
    invited_at BIGINT,
    registered_at BIGINT,
    alexa_enabled BIGINT NOT NULL,
    alexa_room_arn VARCHAR(255),
    pin VARCHAR(32),
    inbound_calling BIGINT NOT NULL,
    outbound_calling BIGINT NOT NULL,
    sms BIGINT NOT NULL,
    signed_out_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE UNIQUE INDEX IF NOT EXISTS people_email ON people (account_id, email_key);
CREATE UNIQUE INDEX IF NOT EXISTS people_pin ON people (pin);
CREATE INDEX IF NOT EXISTS people_created ON people (account_id, created_at, id);
CREATE INDEX IF NOT EXISTS people_type ON people (account_id, user_type, created_at, id);
CREATE INDEX IF NOT EXISTS people_registration ON people (account_id, registration);
CREATE INDEX IF NOT EXISTS people_project_email ON people (project_id, email_key, account_id);

-- Secrets that every server on this database shares, each made once when it is first needed.
CREATE TABLE IF NOT EXISTS server_secrets (
    name VARCHAR(32) NOT NULL PRIMARY KEY,
    value VARCHAR(255) NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
