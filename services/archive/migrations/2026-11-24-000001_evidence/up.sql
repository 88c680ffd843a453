-- The Merkle tree over the documents: one row, moved by compare-and-swap in the transaction that registers a lot.
CREATE TABLE evidence_tree (
    id        smallint PRIMARY KEY CHECK (id = 1),
    size      bigint   NOT NULL CHECK (size >= 0),
    root      bytea    NOT NULL CHECK (octet_length(root) = 32),
    -- Roots of the complete subtrees, left to right, 32 bytes each: all that appending needs.
    peaks     bytea    NOT NULL CHECK (octet_length(peaks) % 32 = 0),
    -- Leaves whose tiles lie in the object store.
    published bigint   NOT NULL CHECK (published BETWEEN 0 AND size)
);
INSERT INTO evidence_tree VALUES (1, 0, sha256(''), '', 0);

-- One row per document lot: its leaves, from `first` on. A salt dies by being overwritten or with its row.
CREATE TABLE evidence_lot (
    first       bigint  PRIMARY KEY CHECK (first >= 0),
    leaves      integer NOT NULL CHECK (leaves > 0),
    lot_id      bytea   NOT NULL UNIQUE CHECK (octet_length(lot_id) = 32),
    salts       bytea   NOT NULL CHECK (octet_length(salts) = 32 * leaves),
    commitments bytea   NOT NULL CHECK (octet_length(commitments) = 32 * leaves)
);

-- Signed checkpoints, as they are given out.
CREATE TABLE checkpoint (
    size      bigint      PRIMARY KEY CHECK (size > 0),
    note      text        NOT NULL,
    signed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Documents registered before the tree was begun have no leaf.
ALTER TABLE document ADD COLUMN leaf bigint CHECK (leaf >= 0);
