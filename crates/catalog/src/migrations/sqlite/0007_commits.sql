-- Schema 7. Every statement is safe to run again.
-- Marks of transactions that tell the outbox nothing: by its mark one is recognised whose commit was not answered.
-- (Nobody is asked here: SQLite commits in the server's own process.)
CREATE TABLE IF NOT EXISTS commits (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    mark TEXT NOT NULL
) STRICT;
