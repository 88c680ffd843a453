-- Numbers for the avis to designated drivers that a request lot asks for: reserved before they are rendered, so that a second
-- run prints the same.
CREATE TABLE letter_numbers (
    request_lot  bytea   PRIMARY KEY CHECK (octet_length(request_lot) = 32),
    first_number bigint  NOT NULL UNIQUE CHECK (first_number BETWEEN 9900000000 AND 10000000000),
    numbers      integer NOT NULL CHECK (numbers > 0)
);
