ALTER TABLE decision DROP CONSTRAINT decision_kind_check;
ALTER TABLE decision ADD CONSTRAINT decision_kind_check
    CHECK (kind IN ('inadmissible', 'classement', 'fine_maintained', 'prosecution', 'redesignation'));

-- Drivers who were designated, and the avis that each got (CPP 529-10). Never changed but for the avis.
CREATE TABLE designation (
    contestation uuid    PRIMARY KEY REFERENCES contestation (id),
    -- The avis that the designation closed.
    avis         bigint  NOT NULL,
    request_lot  bytea   NOT NULL UNIQUE CHECK (octet_length(request_lot) = 32),
    last_name    text    NOT NULL,
    first_names  text    NOT NULL,
    -- Lines as they were declared, the country last if abroad.
    address      text[]  NOT NULL,
    birth        date,
    licence      text,
    is_abroad    boolean NOT NULL,
    day          date    NOT NULL,
    -- The avis to the driver, once it is edited.
    new_avis     bigint  UNIQUE
);
CREATE INDEX designation_avis ON designation (avis);
