-- Files that went from one OMP to another, each with its reason. Never changed.
CREATE TABLE transfer (
    n              bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    contestation   uuid        NOT NULL REFERENCES contestation (id),
    from_omp       text        NOT NULL,
    to_omp         text        NOT NULL CHECK (to_omp <> from_omp),
    reason         text        NOT NULL,
    transferred_by text        NOT NULL,
    transferred_at timestamptz NOT NULL
);
CREATE INDEX transfer_contestation ON transfer (contestation, n);
-- Everything about an avis is found by it.
CREATE INDEX contestation_avis ON contestation (avis_number);
