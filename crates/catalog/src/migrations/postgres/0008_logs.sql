-- Schema 8. Every statement is safe to run again.
-- Logs that are written with everything else cost it less: the order of their numbers is the order of time, so that
-- nothing finds the old by its time. Memberships of one member are found in the index of their answers.
DROP INDEX IF EXISTS memberships_member;
DROP INDEX IF EXISTS membership_history_at;
DROP INDEX IF EXISTS outbox_at;
