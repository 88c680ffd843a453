-- What an AFM is made from: the verdict lot that holds the MIF of the avis.
ALTER TABLE avis ADD COLUMN verdict_lot bytea CHECK (octet_length(verdict_lot) = 32);

-- The life of each avis: where it stands, and the first day that changes something by itself.
CREATE TABLE life (
    avis     bigint  PRIMARY KEY,
    omp      text    NOT NULL,
    state    text    NOT NULL CHECK (state IN (
                 'sent', 'titre_proposed', 'majoree', 'contested', 'reclaimed', 'refused', 'admitted',
                 'prosecuted', 'paid', 'dropped', 'redesignated', 'acquitted', 'convicted', 'prescribed')),
    next_day date,
    -- What the machine remembers, as JSON; only the service reads it.
    memory   text    NOT NULL,
    -- Steps journalled so far.
    steps    integer NOT NULL DEFAULT 0 CHECK (steps >= 0)
) WITH (fillfactor = 80);
CREATE INDEX life_due ON life (next_day, avis) WHERE next_day IS NOT NULL;
CREATE INDEX life_titre ON life (omp, avis) WHERE state = 'titre_proposed';

-- Every step after the sending, and every event that was refused. Never changed.
CREATE TABLE life_step (
    avis    bigint      NOT NULL,
    n       integer     NOT NULL CHECK (n > 0),
    -- When it was written, on the legal clock, and the civil day on which it happened.
    at      timestamptz NOT NULL,
    day     date        NOT NULL,
    event   text        NOT NULL,
    -- What it comes from: `clock`, `contestation <id>`, `payment <reference>`…
    cause   text        NOT NULL,
    before  text        NOT NULL,
    after   text        NOT NULL,
    -- The article it happens by, or why it was refused.
    basis   text,
    refusal text,
    duties  text[]      NOT NULL,
    PRIMARY KEY (avis, n),
    CHECK ((basis IS NULL) = (refusal IS NOT NULL)),
    CHECK (refusal IS NULL OR before = after)
);

-- Who looked at the life of which avis. Never changed.
CREATE TABLE life_consultation (
    at   timestamptz NOT NULL,
    who  text        NOT NULL,
    avis bigint      NOT NULL
);
CREATE INDEX life_consultation_avis ON life_consultation (avis, at);

-- Whether the life of its avis knows of it. Those that are not routed yet wait.
ALTER TABLE contestation ADD COLUMN lived boolean NOT NULL DEFAULT false;
CREATE INDEX contestation_unlived ON contestation (avis_number) WHERE NOT lived;
CREATE INDEX contestation_to_live ON contestation (received_at, id)
    WHERE NOT lived AND state <> 'awaiting_routing';

-- Payments as the Treasury tells them, once each.
CREATE TABLE payment (
    reference    text        PRIMARY KEY CHECK (reference <> ''),
    avis         text        NOT NULL,
    day          date        NOT NULL,
    amount_cents bigint      NOT NULL CHECK (amount_cents > 0),
    means        text        NOT NULL CHECK (means IN ('paper', 'remote')),
    -- `refused`: the avis takes no money any more; `unknown`: no such avis. Both go back to the comptable.
    outcome      text        NOT NULL CHECK (outcome IN ('applied', 'refused', 'unknown')),
    detail       text,
    imported_at  timestamptz NOT NULL,
    imported_by  text        NOT NULL
);
CREATE INDEX payment_avis ON payment (avis);
