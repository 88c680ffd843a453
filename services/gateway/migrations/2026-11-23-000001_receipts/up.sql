-- Receipts of a lot for one collectivity, in the order of the lot. `receipts` is zstd of JSON lines.
-- partition −1 holds blocks that came late (taken out of quarantine); event_offset is then a number of our own.
CREATE TABLE receipt_block (
    siren        integer NOT NULL,
    stream       text    NOT NULL,
    partition    integer NOT NULL,
    event_offset bigint  NOT NULL,
    n            integer NOT NULL CHECK (n > 0),
    receipts     bytea   NOT NULL,
    PRIMARY KEY (siren, stream, partition, event_offset)
);
-- The blocks are compressed already.
ALTER TABLE receipt_block ALTER COLUMN receipts SET STORAGE EXTERNAL;

-- How far each partition was turned into blocks. Its row is locked by whoever adds blocks to the partition, so that
-- they become visible in the order of their offsets.
CREATE TABLE stream_head (
    stream      text    NOT NULL,
    partition   integer NOT NULL,
    last_offset bigint  NOT NULL,
    PRIMARY KEY (stream, partition)
);
