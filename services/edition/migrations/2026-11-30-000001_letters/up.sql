-- One row a request lot that was done: its letters are in one document lot.
CREATE TABLE letter_lot (
    request_lot  bytea       PRIMARY KEY CHECK (octet_length(request_lot) = 32),
    document_lot bytea       NOT NULL UNIQUE CHECK (octet_length(document_lot) = 32),
    letters      integer     NOT NULL CHECK (letters > 0),
    done_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
