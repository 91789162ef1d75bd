-- Schema 1. Every statement is safe to run again.
-- Texts compare byte by byte, booleans are 0 and 1, instants are microseconds since 1970.

-- Ids of images are never used twice, not even after the image is gone.
CREATE TABLE IF NOT EXISTS used_ids (
    id VARCHAR(36) NOT NULL PRIMARY KEY
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- Columns that lists sort by are never null, so that one index serves every page: a missing name is an empty one
-- with has_name = 0, a missing format is empty, a missing size is -1. All of them sort first.
CREATE TABLE IF NOT EXISTS images (
    id VARCHAR(36) NOT NULL PRIMARY KEY,
    name VARCHAR(255) NOT NULL,
    has_name BIGINT NOT NULL,
    owner VARCHAR(255),
    status VARCHAR(16) NOT NULL,
    visibility VARCHAR(16) NOT NULL,
    hidden BIGINT NOT NULL,
    protected BIGINT NOT NULL,
    disk_format VARCHAR(64) NOT NULL,
    container_format VARCHAR(64) NOT NULL,
    min_disk BIGINT NOT NULL,
    min_ram BIGINT NOT NULL,
    size BIGINT NOT NULL,
    virtual_size BIGINT,
    checksum VARCHAR(64),
    os_hash_algo VARCHAR(64),
    os_hash_value VARCHAR(255),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    tags LONGTEXT NOT NULL,
    properties LONGTEXT NOT NULL,
    store VARCHAR(64),
    store_key VARCHAR(512),
    revision BIGINT NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

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
    tag VARCHAR(255) NOT NULL,
    image_id VARCHAR(36) NOT NULL,
    PRIMARY KEY (tag, image_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS image_tags_image ON image_tags (image_id);

-- The properties of images.properties, for filters only; written with them.
CREATE TABLE IF NOT EXISTS image_properties (
    name VARCHAR(255) NOT NULL,
    value_hash BIGINT NOT NULL,
    image_id VARCHAR(36) NOT NULL,
    value LONGTEXT NOT NULL,
    PRIMARY KEY (name, value_hash, image_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS image_properties_image ON image_properties (image_id);

-- Guest lists: one row per thing and member. thing_created_at never changes and gives a member's list its order.
CREATE TABLE IF NOT EXISTS memberships (
    kind VARCHAR(16) NOT NULL,
    thing_id VARCHAR(64) NOT NULL,
    member VARCHAR(255) NOT NULL,
    status VARCHAR(16) NOT NULL,
    role VARCHAR(16) NOT NULL,
    can_share BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    thing_created_at BIGINT NOT NULL,
    PRIMARY KEY (kind, thing_id, member)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS memberships_member ON memberships (kind, member, thing_id);
CREATE INDEX IF NOT EXISTS memberships_answer ON memberships (kind, member, status, thing_created_at, thing_id);

CREATE TABLE IF NOT EXISTS membership_history (
    seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    kind VARCHAR(16) NOT NULL,
    thing_id VARCHAR(64) NOT NULL,
    member VARCHAR(255) NOT NULL,
    changed VARCHAR(16) NOT NULL,
    status VARCHAR(16) NOT NULL,
    role VARCHAR(16) NOT NULL,
    can_share BIGINT NOT NULL,
    at BIGINT NOT NULL,
    user_id VARCHAR(255) NOT NULL,
    project_id VARCHAR(255),
    request_id VARCHAR(255) NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS membership_history_thing ON membership_history (kind, thing_id, seq);
CREATE INDEX IF NOT EXISTS membership_history_at ON membership_history (at);

CREATE TABLE IF NOT EXISTS outbox (
    seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    topic VARCHAR(64) NOT NULL,
    kind VARCHAR(16) NOT NULL,
    thing_id VARCHAR(64) NOT NULL,
    at BIGINT NOT NULL,
    payload LONGTEXT NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS outbox_at ON outbox (at);

CREATE TABLE IF NOT EXISTS uploads (
    token VARCHAR(64) NOT NULL PRIMARY KEY,
    image_id VARCHAR(36) NOT NULL,
    node VARCHAR(255) NOT NULL,
    store VARCHAR(64) NOT NULL,
    store_key VARCHAR(512) NOT NULL,
    lease_until BIGINT NOT NULL,
    started_at BIGINT NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE UNIQUE INDEX IF NOT EXISTS uploads_image ON uploads (image_id);
CREATE INDEX IF NOT EXISTS uploads_node ON uploads (node);
CREATE INDEX IF NOT EXISTS uploads_lease ON uploads (lease_until);

-- due_at is when a job may be taken: its time to run, or the end of the lease of the node that has it.
-- subject and weight: the project and the bytes that still count against its quota.
CREATE TABLE IF NOT EXISTS jobs (
    id VARCHAR(64) NOT NULL PRIMARY KEY,
    kind VARCHAR(64) NOT NULL,
    payload LONGTEXT NOT NULL,
    due_at BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    subject VARCHAR(255),
    weight BIGINT NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS jobs_due ON jobs (kind, due_at, id);
CREATE INDEX IF NOT EXISTS jobs_subject ON jobs (kind, subject, weight);

-- One row per project with a storage quota: whoever counts its bytes holds the row.
CREATE TABLE IF NOT EXISTS storage_locks (
    project_id VARCHAR(255) NOT NULL PRIMARY KEY
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;


-- The built-in identity.
CREATE TABLE IF NOT EXISTS domains (
    id VARCHAR(64) NOT NULL PRIMARY KEY,
    name VARCHAR(255) NOT NULL,
    enabled BIGINT NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE UNIQUE INDEX IF NOT EXISTS domains_name ON domains (name);

CREATE TABLE IF NOT EXISTS projects (
    id VARCHAR(64) NOT NULL PRIMARY KEY,
    domain_id VARCHAR(64) NOT NULL,
    name VARCHAR(255) NOT NULL,
    description LONGTEXT NOT NULL,
    enabled BIGINT NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE UNIQUE INDEX IF NOT EXISTS projects_name ON projects (domain_id, name);

CREATE TABLE IF NOT EXISTS users (
    id VARCHAR(64) NOT NULL PRIMARY KEY,
    domain_id VARCHAR(64) NOT NULL,
    name VARCHAR(255) NOT NULL,
    password_hash VARCHAR(512),
    default_project_id VARCHAR(64),
    enabled BIGINT NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE UNIQUE INDEX IF NOT EXISTS users_name ON users (domain_id, name);

CREATE TABLE IF NOT EXISTS roles (
    id VARCHAR(64) NOT NULL PRIMARY KEY,
    name VARCHAR(255) NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE UNIQUE INDEX IF NOT EXISTS roles_name ON roles (name);

CREATE TABLE IF NOT EXISTS assignments (
    user_id VARCHAR(64) NOT NULL,
    project_id VARCHAR(64) NOT NULL,
    role_id VARCHAR(64) NOT NULL,
    PRIMARY KEY (user_id, project_id, role_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS assignments_project ON assignments (project_id);

CREATE TABLE IF NOT EXISTS tokens (
    hash VARCHAR(64) NOT NULL PRIMARY KEY,
    user_id VARCHAR(64) NOT NULL,
    project_id VARCHAR(64),
    roles LONGTEXT NOT NULL,
    methods VARCHAR(512) NOT NULL,
    audit_id VARCHAR(64) NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS tokens_user ON tokens (user_id, project_id);
CREATE INDEX IF NOT EXISTS tokens_project ON tokens (project_id);
CREATE INDEX IF NOT EXISTS tokens_expires ON tokens (expires_at);

CREATE TABLE IF NOT EXISTS access_keys (
    id VARCHAR(128) NOT NULL PRIMARY KEY,
    secret VARCHAR(512) NOT NULL,
    user_id VARCHAR(64) NOT NULL,
    project_id VARCHAR(64) NOT NULL,
    created_at BIGINT NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

CREATE INDEX IF NOT EXISTS access_keys_user ON access_keys (user_id, id);
CREATE INDEX IF NOT EXISTS access_keys_project ON access_keys (project_id);
