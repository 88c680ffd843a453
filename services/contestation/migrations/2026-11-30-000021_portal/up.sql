-- What an addressee joined to a contestation; the bytes are members of courrier lots.
CREATE TABLE attachment (
    contestation uuid    NOT NULL REFERENCES contestation (id),
    n            integer NOT NULL CHECK (n > 0),
    lot          bytea   NOT NULL CHECK (octet_length(lot) = 32),
    sha256       bytea   NOT NULL CHECK (octet_length(sha256) = 32),
    bytes        integer NOT NULL CHECK (bytes > 0),
    media        text    NOT NULL,
    PRIMARY KEY (contestation, n)
);
ALTER TABLE consultation DROP CONSTRAINT consultation_what_check;
ALTER TABLE consultation ADD CONSTRAINT consultation_what_check CHECK (what IN ('read', 'claim', 'attachment'));
