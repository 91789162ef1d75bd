-- Schema 1. Every statement is safe to run again.
-- Texts compare byte by byte, booleans are 0 and 1, instants are microseconds since 1970.

-- Ids of images are never used twice, not even after the image is gone.
CREATE TABLE IF NOT EXISTS used_ids (
    id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Columns that lists sort by are never null, so that one index serves every page: a missing name is an empty one
-- with has_name = 0, a missing format is empty, a missing size is -1. All of them sort first.
CREATE TABLE IF NOT EXISTS images (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    has_name INTEGER NOT NULL,
    owner TEXT,
    status TEXT NOT NULL,
    visibility TEXT NOT NULL,
    hidden INTEGER NOT NULL,
    protected INTEGER NOT NULL,
    disk_format TEXT NOT NULL,
    container_format TEXT NOT NULL,
    min_disk INTEGER NOT NULL,
    min_ram INTEGER NOT NULL,
    size INTEGER NOT NULL,
    virtual_size INTEGER,
    checksum TEXT,
    os_hash_algo TEXT,
    os_hash_value TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    tags TEXT NOT NULL,
    properties TEXT NOT NULL,
    store TEXT,
    store_key TEXT,
    revision INTEGER NOT NULL
) STRICT;

-- A list walks one of these per branch: what a project owns by visibility, and what there is by visibility.
CREATE INDEX IF NOT EXISTS images_owner_created_at ON images (owner, visibility, hidden, created_at, id);
CREATE INDEX IF NOT EXISTS images_owner_updated_at ON images (owner, visibility, hidden, updated_at, created_at, id);
CREATE INDEX IF NOT EXISTS images_owner_name ON images (owner, visibility, hidden, name, created_at, id);
CREATE INDEX IF NOT EXISTS images_owner_status ON images (owner, visibility, hidden, status, created_at, id);
CREATE INDEX IF NOT EXISTS images_owner_size ON images (owner, visibility, hidden, size, created_at, id);
CREATE INDEX IF NOT EXISTS images_owner_disk_format ON images (owner, visibility, hidden, disk_format, created_at, id);
CREATE INDEX IF NOT EXISTS images_owner_container_format ON images (owner, visibility, hidden, container_format, created_at, id);
CREATE INDEX IF NOT EXISTS images_owner_id ON images (owner, visibility, hidden, id);
CREATE INDEX IF NOT EXISTS images_all_created_at ON images (visibility, hidden, created_at, id);
CREATE INDEX IF NOT EXISTS images_all_updated_at ON images (visibility, hidden, updated_at, created_at, id);
CREATE INDEX IF NOT EXISTS images_all_name ON images (visibility, hidden, name, created_at, id);
CREATE INDEX IF NOT EXISTS images_all_status ON images (visibility, hidden, status, created_at, id);
CREATE INDEX IF NOT EXISTS images_all_size ON images (visibility, hidden, size, created_at, id);
CREATE INDEX IF NOT EXISTS images_all_disk_format ON images (visibility, hidden, disk_format, created_at, id);
CREATE INDEX IF NOT EXISTS images_all_container_format ON images (visibility, hidden, container_format, created_at, id);
CREATE INDEX IF NOT EXISTS images_all_id ON images (visibility, hidden, id);
-- Filters that name few images.
CREATE INDEX IF NOT EXISTS images_checksum ON images (checksum);
CREATE INDEX IF NOT EXISTS images_os_hash_value ON images (os_hash_value);

-- The tags of images.tags, for filters only; written with them.
CREATE TABLE IF NOT EXISTS image_tags (
    tag TEXT NOT NULL,
    image_id TEXT NOT NULL,
    PRIMARY KEY (tag, image_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS image_tags_image ON image_tags (image_id);

-- The properties of images.properties, for filters only; written with them.
CREATE TABLE IF NOT EXISTS image_properties (
    name TEXT NOT NULL,
    value_hash INTEGER NOT NULL,
    image_id TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name, value_hash, image_id)
) STRICT;

CREATE INDEX IF NOT EXISTS image_properties_image ON image_properties (image_id);

-- Guest lists: one row per thing and member. thing_created_at never changes and gives a member's list its order.
CREATE TABLE IF NOT EXISTS memberships (
    kind TEXT NOT NULL,
    thing_id TEXT NOT NULL,
    member TEXT NOT NULL,
    status TEXT NOT NULL,
    role TEXT NOT NULL,
    can_share INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    thing_created_at INTEGER NOT NULL,
    PRIMARY KEY (kind, thing_id, member)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS memberships_member ON memberships (kind, member, thing_id);
CREATE INDEX IF NOT EXISTS memberships_answer ON memberships (kind, member, status, thing_created_at, thing_id);

CREATE TABLE IF NOT EXISTS membership_history (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    thing_id TEXT NOT NULL,
    member TEXT NOT NULL,
    changed TEXT NOT NULL,
    status TEXT NOT NULL,
    role TEXT NOT NULL,
    can_share INTEGER NOT NULL,
    at INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    project_id TEXT,
    request_id TEXT NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS membership_history_thing ON membership_history (kind, thing_id, seq);
CREATE INDEX IF NOT EXISTS membership_history_at ON membership_history (at);

CREATE TABLE IF NOT EXISTS outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    topic TEXT NOT NULL,
    kind TEXT NOT NULL,
    thing_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    payload TEXT NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS outbox_at ON outbox (at);

CREATE TABLE IF NOT EXISTS uploads (
    token TEXT NOT NULL PRIMARY KEY,
    image_id TEXT NOT NULL,
    node TEXT NOT NULL,
    store TEXT NOT NULL,
    store_key TEXT NOT NULL,
    lease_until INTEGER NOT NULL,
    started_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX IF NOT EXISTS uploads_image ON uploads (image_id);
CREATE INDEX IF NOT EXISTS uploads_node ON uploads (node);
CREATE INDEX IF NOT EXISTS uploads_lease ON uploads (lease_until);

-- due_at is when a job may be taken: its time to run, or the end of the lease of the node that has it.
-- subject and weight: the project and the bytes that still count against its quota.
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    fence INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    subject TEXT,
    weight INTEGER NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS jobs_due ON jobs (kind, due_at, id);
CREATE INDEX IF NOT EXISTS jobs_subject ON jobs (kind, subject, weight);

-- One row per project with a storage quota: whoever counts its bytes holds the row.
CREATE TABLE IF NOT EXISTS storage_locks (
    project_id TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;


-- The built-in identity.
CREATE TABLE IF NOT EXISTS domains (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    enabled INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX IF NOT EXISTS domains_name ON domains (name);

CREATE TABLE IF NOT EXISTS projects (
    id TEXT NOT NULL PRIMARY KEY,
    domain_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    enabled INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX IF NOT EXISTS projects_name ON projects (domain_id, name);

CREATE TABLE IF NOT EXISTS users (
    id TEXT NOT NULL PRIMARY KEY,
    domain_id TEXT NOT NULL,
    name TEXT NOT NULL,
    password_hash TEXT,
    default_project_id TEXT,
    enabled INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX IF NOT EXISTS users_name ON users (domain_id, name);

CREATE TABLE IF NOT EXISTS roles (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX IF NOT EXISTS roles_name ON roles (name);

CREATE TABLE IF NOT EXISTS assignments (
    user_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    role_id TEXT NOT NULL,
    PRIMARY KEY (user_id, project_id, role_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS assignments_project ON assignments (project_id);

CREATE TABLE IF NOT EXISTS tokens (
    hash TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL,
    project_id TEXT,
    roles TEXT NOT NULL,
    methods TEXT NOT NULL,
    audit_id TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS tokens_user ON tokens (user_id, project_id);
CREATE INDEX IF NOT EXISTS tokens_project ON tokens (project_id);
CREATE INDEX IF NOT EXISTS tokens_expires ON tokens (expires_at);

CREATE TABLE IF NOT EXISTS access_keys (
    id TEXT NOT NULL PRIMARY KEY,
    secret TEXT NOT NULL,
    user_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS access_keys_user ON access_keys (user_id, id);
CREATE INDEX IF NOT EXISTS access_keys_project ON access_keys (project_id);
