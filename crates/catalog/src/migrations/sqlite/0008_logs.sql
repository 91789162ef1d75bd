-- Schema 8, in one transaction with its number. Logs that are written with everything else cost it less: the order of
-- their numbers is the order of time, so that nothing finds the old by its time; and SQLite counts on from the newest row,
-- which always stays, instead of keeping the last number in a table of its own. Memberships of one member are found in
-- the index of their answers.
DROP INDEX IF EXISTS memberships_member;

CREATE TABLE membership_history_next (
    seq INTEGER PRIMARY KEY,
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

INSERT INTO membership_history_next
    SELECT seq, kind, thing_id, member, changed, status, role, can_share, at, user_id, project_id, request_id
    FROM membership_history ORDER BY seq;

-- Where the newest rows had been removed, a row that says nothing keeps the last number.
INSERT INTO membership_history_next
    SELECT seq, '', '', '', '', '', '', 0, 0, '', NULL, '' FROM sqlite_sequence
    WHERE name = 'membership_history' AND seq > (SELECT COALESCE(MAX(seq), 0) FROM membership_history);

DROP TABLE membership_history;
ALTER TABLE membership_history_next RENAME TO membership_history;
CREATE INDEX membership_history_thing ON membership_history (kind, thing_id, seq);

CREATE TABLE outbox_next (
    seq INTEGER PRIMARY KEY,
    topic TEXT NOT NULL,
    kind TEXT NOT NULL,
    thing_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    payload TEXT NOT NULL
) STRICT;

INSERT INTO outbox_next SELECT seq, topic, kind, thing_id, at, payload FROM outbox ORDER BY seq;

INSERT INTO outbox_next
    SELECT seq, '', '', '', 0, '' FROM sqlite_sequence
    WHERE name = 'outbox' AND seq > (SELECT COALESCE(MAX(seq), 0) FROM outbox);

DROP TABLE outbox;
ALTER TABLE outbox_next RENAME TO outbox;
