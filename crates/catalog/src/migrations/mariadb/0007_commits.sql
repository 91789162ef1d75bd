-- Schema 7. Every statement is safe to run again.
-- Marks of transactions that tell the outbox nothing: by its mark one is recognised whose commit was not answered.
CREATE TABLE IF NOT EXISTS commits (
    seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    mark VARCHAR(64) NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
