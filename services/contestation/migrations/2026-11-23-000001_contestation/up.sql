-- The first avis of each contravention, as edition announced it: what routing and deadlines need.
CREATE TABLE avis (
    avis               bigint   PRIMARY KEY,
    lot_id             bytea    NOT NULL CHECK (octet_length(lot_id) = 32),
    member_id          text     NOT NULL,
    issue              smallint NOT NULL CHECK (issue > 0),
    id_mif             uuid     NOT NULL,
    siren              integer  NOT NULL,
    natinf             integer  NOT NULL,
    class              smallint NOT NULL CHECK (class BETWEEN 1 AND 5),
    commune            text     NOT NULL,
    omp                text     NOT NULL,
    offence_day        date     NOT NULL,
    avis_date          date     NOT NULL,
    plate              text,
    forfaitaire_cents  bigint   NOT NULL,
    minoree_cents      bigint,
    majoree_cents      bigint   NOT NULL,
    requete_deadline   date     NOT NULL,
    prescription       date     NOT NULL,
    state              text     NOT NULL DEFAULT 'sent' CHECK (state IN ('sent'))
);

-- One row per contestation, whatever the number of envelopes that carried it.
CREATE TABLE contestation (
    id                     uuid        PRIMARY KEY,
    avis                   text        NOT NULL,
    avis_number            bigint,
    ground                 text        NOT NULL CHECK (ground IN ('vehicule', 'designation', 'autre')),
    motivation             text        NOT NULL,
    state                  text        NOT NULL
                           CHECK (state IN ('awaiting_routing', 'queued', 'claimed', 'decided')),
    omp                    text,
    received_at            timestamptz NOT NULL,
    received_day           date        NOT NULL,
    admissible_deadline_ok boolean,
    prescription           date,
    version                integer     NOT NULL DEFAULT 1,
    claimed_by             text,
    lease_until            timestamptz,
    -- What is routed has an OMP and a prescription date; what is claimed has an operator and a lease.
    CHECK ((state = 'awaiting_routing') = (omp IS NULL)),
    CHECK ((omp IS NULL) = (prescription IS NULL)),
    CHECK ((state = 'claimed') = (claimed_by IS NOT NULL)),
    CHECK ((claimed_by IS NULL) = (lease_until IS NULL))
) WITH (fillfactor = 80);

-- The queue of an OMP, in the order in which it is worked.
CREATE INDEX contestation_queue ON contestation (omp, prescription, received_at, id)
    WHERE state = 'queued';
CREATE INDEX contestation_awaiting ON contestation (avis_number) WHERE state = 'awaiting_routing';
CREATE INDEX contestation_lease ON contestation (lease_until) WHERE state = 'claimed';

-- One row per envelope taken from the topic: the books count them.
CREATE TABLE courrier (
    topic_id      uuid        NOT NULL,
    partition     integer     NOT NULL,
    record_offset bigint      NOT NULL,
    contestation  uuid        NOT NULL REFERENCES contestation (id),
    kind          text        NOT NULL CHECK (kind IN ('requete', 'unidentifiable')),
    channel       text        NOT NULL CHECK (channel IN ('portal', 'mail')),
    is_duplicate  boolean     NOT NULL,
    received_at   timestamptz NOT NULL,
    PRIMARY KEY (topic_id, partition, record_offset)
);
CREATE INDEX courrier_contestation ON courrier (contestation);

-- Who opened which file, when and how. Never changed.
CREATE TABLE consultation (
    at   timestamptz NOT NULL,
    who  text        NOT NULL,
    what text        NOT NULL CHECK (what IN ('read', 'claim')),
    id   uuid        NOT NULL REFERENCES contestation (id)
);
CREATE INDEX consultation_file ON consultation (id, at);
