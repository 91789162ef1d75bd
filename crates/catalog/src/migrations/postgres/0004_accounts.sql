-- Schema 4. Every statement is safe to run again.

-- Chat accounts. Each belongs to a project for ever.
CREATE TABLE IF NOT EXISTS accounts (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    project_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    account_type TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    default_license TEXT COLLATE "C" NOT NULL,
    supported_licenses TEXT COLLATE "C" NOT NULL,
    delegate_groups TEXT COLLATE "C" NOT NULL,
    disable_remote_control BIGINT NOT NULL,
    enable_dial_out BIGINT NOT NULL,
    room_days BIGINT,
    conversation_days BIGINT,
    deletion_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    revision BIGINT NOT NULL
);

CREATE INDEX IF NOT EXISTS accounts_project ON accounts (project_id, created_at, id);

-- One row per project that ever made an account: whoever counts its accounts holds the row.
CREATE TABLE IF NOT EXISTS account_locks (
    project_id TEXT COLLATE "C" NOT NULL PRIMARY KEY
);

-- People in accounts. email_key is the address with its ASCII letters in lower case; project_id is the account's.
CREATE TABLE IF NOT EXISTS people (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL,
    project_id TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    email_key TEXT COLLATE "C" NOT NULL,
    display_name TEXT COLLATE "C" NOT NULL,
    license TEXT COLLATE "C" NOT NULL,
    user_type TEXT COLLATE "C" NOT NULL,
    registration TEXT COLLATE "C" NOT NULL,
    invitation TEXT COLLATE "C",
    invite_id TEXT COLLATE "C",
    invited_at BIGINT,
    registered_at BIGINT,
    alexa_enabled BIGINT NOT NULL,
    alexa_room_arn TEXT COLLATE "C",
    pin TEXT COLLATE "C",
    inbound_calling BIGINT NOT NULL,
    outbound_calling BIGINT NOT NULL,
    sms BIGINT NOT NULL,
    signed_out_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX IF NOT EXISTS people_email ON people (account_id, email_key);
CREATE UNIQUE INDEX IF NOT EXISTS people_pin ON people (pin);
CREATE INDEX IF NOT EXISTS people_created ON people (account_id, created_at, id);
CREATE INDEX IF NOT EXISTS people_type ON people (account_id, user_type, created_at, id);
CREATE INDEX IF NOT EXISTS people_registration ON people (account_id, registration);
CREATE INDEX IF NOT EXISTS people_project_email ON people (project_id, email_key, account_id);

-- Secrets that every server on this database shares, each made once when it is first needed.
CREATE TABLE IF NOT EXISTS server_secrets (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);
