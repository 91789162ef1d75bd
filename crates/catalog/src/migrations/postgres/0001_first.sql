-- Schema 1. Every statement is safe to run again.
-- Texts compare byte by byte, booleans are 0 and 1, instants are microseconds since 1970.

-- Ids of images are never used twice, not even after the image is gone.
CREATE TABLE IF NOT EXISTS used_ids (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY
);

-- Columns that lists sort by are never null, so that one index serves every page: a missing name is an empty one
-- with has_name = 0, a missing format is empty, a missing size is -1. All of them sort first.
CREATE TABLE IF NOT EXISTS images (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    has_name BIGINT NOT NULL,
    owner TEXT COLLATE "C",
    status TEXT COLLATE "C" NOT NULL,
    visibility TEXT COLLATE "C" NOT NULL,
    hidden BIGINT NOT NULL,
    protected BIGINT NOT NULL,
    disk_format TEXT COLLATE "C" NOT NULL,
    container_format TEXT COLLATE "C" NOT NULL,
    min_disk BIGINT NOT NULL,
    min_ram BIGINT NOT NULL,
    size BIGINT NOT NULL,
    virtual_size BIGINT,
    checksum TEXT COLLATE "C",
    os_hash_algo TEXT COLLATE "C",
    os_hash_value TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    tags TEXT COLLATE "C" NOT NULL,
    properties TEXT COLLATE "C" NOT NULL,
    store TEXT COLLATE "C",
    store_key TEXT COLLATE "C",
    revision BIGINT NOT NULL
);

-- The planner chooses an index by a sample of the rows; with a small one it now and then takes another than the list's own.
ALTER TABLE images ALTER COLUMN owner SET STATISTICS 1000, ALTER COLUMN visibility SET STATISTICS 1000,
    ALTER COLUMN hidden SET STATISTICS 1000, ALTER COLUMN status SET STATISTICS 1000,
    ALTER COLUMN disk_format SET STATISTICS 1000, ALTER COLUMN container_format SET STATISTICS 1000,
    ALTER COLUMN created_at SET STATISTICS 1000;

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
    tag TEXT COLLATE "C" NOT NULL,
    image_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tag, image_id)
);

CREATE INDEX IF NOT EXISTS image_tags_image ON image_tags (image_id);

-- The properties of images.properties, for filters only; written with them.
CREATE TABLE IF NOT EXISTS image_properties (
    name TEXT COLLATE "C" NOT NULL,
    value_hash BIGINT NOT NULL,
    image_id TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (name, value_hash, image_id)
);

CREATE INDEX IF NOT EXISTS image_properties_image ON image_properties (image_id);

-- Guest lists: one row per thing and member. thing_created_at never changes and gives a member's list its order.
CREATE TABLE IF NOT EXISTS memberships (
    kind TEXT COLLATE "C" NOT NULL,
    thing_id TEXT COLLATE "C" NOT NULL,
    member TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    can_share BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    thing_created_at BIGINT NOT NULL,
    PRIMARY KEY (kind, thing_id, member)
);

CREATE INDEX IF NOT EXISTS memberships_member ON memberships (kind, member, thing_id);
CREATE INDEX IF NOT EXISTS memberships_answer ON memberships (kind, member, status, thing_created_at, thing_id);

CREATE TABLE IF NOT EXISTS membership_history (
    seq BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    thing_id TEXT COLLATE "C" NOT NULL,
    member TEXT COLLATE "C" NOT NULL,
    changed TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    can_share BIGINT NOT NULL,
    at BIGINT NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    project_id TEXT COLLATE "C",
    request_id TEXT COLLATE "C" NOT NULL
);

CREATE INDEX IF NOT EXISTS membership_history_thing ON membership_history (kind, thing_id, seq);
CREATE INDEX IF NOT EXISTS membership_history_at ON membership_history (at);

CREATE TABLE IF NOT EXISTS outbox (
    seq BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    topic TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    thing_id TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    payload TEXT COLLATE "C" NOT NULL
);

CREATE INDEX IF NOT EXISTS outbox_at ON outbox (at);

CREATE TABLE IF NOT EXISTS uploads (
    token TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    image_id TEXT COLLATE "C" NOT NULL,
    node TEXT COLLATE "C" NOT NULL,
    store TEXT COLLATE "C" NOT NULL,
    store_key TEXT COLLATE "C" NOT NULL,
    lease_until BIGINT NOT NULL,
    started_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX IF NOT EXISTS uploads_image ON uploads (image_id);
CREATE INDEX IF NOT EXISTS uploads_node ON uploads (node);
CREATE INDEX IF NOT EXISTS uploads_lease ON uploads (lease_until);

-- due_at is when a job may be taken: its time to run, or the end of the lease of the node that has it.
-- subject and weight: the project and the bytes that still count against its quota.
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    payload TEXT COLLATE "C" NOT NULL,
    due_at BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    subject TEXT COLLATE "C",
    weight BIGINT NOT NULL
);

CREATE INDEX IF NOT EXISTS jobs_due ON jobs (kind, due_at, id);
CREATE INDEX IF NOT EXISTS jobs_subject ON jobs (kind, subject, weight);

-- One row per project with a storage quota: whoever counts its bytes holds the row.
CREATE TABLE IF NOT EXISTS storage_locks (
    project_id TEXT COLLATE "C" NOT NULL PRIMARY KEY
);


-- The built-in identity.
CREATE TABLE IF NOT EXISTS domains (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    enabled BIGINT NOT NULL
);

CREATE UNIQUE INDEX IF NOT EXISTS domains_name ON domains (name);

CREATE TABLE IF NOT EXISTS projects (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    domain_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C" NOT NULL,
    enabled BIGINT NOT NULL
);

CREATE UNIQUE INDEX IF NOT EXISTS projects_name ON projects (domain_id, name);

CREATE TABLE IF NOT EXISTS users (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    domain_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    password_hash TEXT COLLATE "C",
    default_project_id TEXT COLLATE "C",
    enabled BIGINT NOT NULL
);

CREATE UNIQUE INDEX IF NOT EXISTS users_name ON users (domain_id, name);

CREATE TABLE IF NOT EXISTS roles (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL
);

CREATE UNIQUE INDEX IF NOT EXISTS roles_name ON roles (name);

CREATE TABLE IF NOT EXISTS assignments (
    user_id TEXT COLLATE "C" NOT NULL,
    project_id TEXT COLLATE "C" NOT NULL,
    role_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, project_id, role_id)
);

CREATE INDEX IF NOT EXISTS assignments_project ON assignments (project_id);

CREATE TABLE IF NOT EXISTS tokens (
    hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL,
    project_id TEXT COLLATE "C",
    roles TEXT COLLATE "C" NOT NULL,
    methods TEXT COLLATE "C" NOT NULL,
    audit_id TEXT COLLATE "C" NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX IF NOT EXISTS tokens_user ON tokens (user_id, project_id);
CREATE INDEX IF NOT EXISTS tokens_project ON tokens (project_id);
CREATE INDEX IF NOT EXISTS tokens_expires ON tokens (expires_at);

CREATE TABLE IF NOT EXISTS access_keys (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    secret TEXT COLLATE "C" NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL,
    project_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX IF NOT EXISTS access_keys_user ON access_keys (user_id, id);
CREATE INDEX IF NOT EXISTS access_keys_project ON access_keys (project_id);
