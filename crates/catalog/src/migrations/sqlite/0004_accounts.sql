-- Schema 4. Every statement is safe to run again.

-- Chat accounts. Each belongs to a project for ever.
CREATE TABLE IF NOT EXISTS accounts (
    id TEXT NOT NULL PRIMARY KEY,
    project_id TEXT NOT NULL,
    name TEXT NOT NULL,
    account_type TEXT NOT NULL,
    status TEXT NOT NULL,
    default_license TEXT NOT NULL,
    supported_licenses TEXT NOT NULL,
    delegate_groups TEXT NOT NULL,
    disable_remote_control INTEGER NOT NULL,
    enable_dial_out INTEGER NOT NULL,
    room_days INTEGER,
    conversation_days INTEGER,
    deletion_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS accounts_project ON accounts (project_id, created_at, id);

-- One row per project that ever made an account: whoever counts its accounts holds the row.
CREATE TABLE IF NOT EXISTS account_locks (
    project_id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- People in accounts. email_key is the address with its ASCII letters in lower case; project_id is the account's.
CREATE TABLE IF NOT EXISTS people (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    display_name TEXT NOT NULL,
    license TEXT NOT NULL,
    user_type TEXT NOT NULL,
    registration TEXT NOT NULL,
    invitation TEXT,
    invite_id TEXT,
    invited_at INTEGER,
    registered_at INTEGER,
    alexa_enabled INTEGER NOT NULL,
    alexa_room_arn TEXT,
    pin TEXT,
    inbound_calling INTEGER NOT NULL,
    outbound_calling INTEGER NOT NULL,
    sms INTEGER NOT NULL,
    signed_out_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX IF NOT EXISTS people_email ON people (account_id, email_key);
CREATE UNIQUE INDEX IF NOT EXISTS people_pin ON people (pin);
CREATE INDEX IF NOT EXISTS people_created ON people (account_id, created_at, id);
CREATE INDEX IF NOT EXISTS people_type ON people (account_id, user_type, created_at, id);
CREATE INDEX IF NOT EXISTS people_registration ON people (account_id, registration);
CREATE INDEX IF NOT EXISTS people_project_email ON people (project_id, email_key, account_id);

-- Secrets that every server on this database shares, each made once when it is first needed.
CREATE TABLE IF NOT EXISTS server_secrets (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
