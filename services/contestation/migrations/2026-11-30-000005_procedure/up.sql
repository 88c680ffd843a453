-- Linked files: the same plate, or the same person by name and place.
ALTER TABLE avis ADD COLUMN person bytea CHECK (octet_length(person) = 16);
CREATE INDEX avis_plate ON avis (plate) WHERE plate IS NOT NULL;
CREATE INDEX avis_person ON avis (person) WHERE person IS NOT NULL;

-- Réclamations that the officer received: the titre is annulled, the file still waits for its decision. Never changed.
CREATE TABLE admission (
    contestation uuid        PRIMARY KEY REFERENCES contestation (id),
    avis         bigint      NOT NULL,
    day          date        NOT NULL,
    admitted_by  text        NOT NULL,
    admitted_at  timestamptz NOT NULL
);

-- What the comptable has to know: one line for each duty of a step that is theirs.
CREATE TABLE comptable_notice (
    avis     bigint      NOT NULL,
    step     integer     NOT NULL,
    rank     bigint      NOT NULL CHECK (rank > 0),
    what     text        NOT NULL CHECK (what IN ('titre_annulled', 'refund', 'set_off')),
    titre    text,
    cents    bigint      CHECK (cents > 0),
    day      date        NOT NULL,
    basis    text        NOT NULL,
    at       timestamptz NOT NULL,
    -- When the comptable had it.
    taken_at timestamptz,
    taken_by text,
    PRIMARY KEY (avis, step, rank),
    FOREIGN KEY (avis, step) REFERENCES life_step (avis, n),
    CHECK ((what = 'titre_annulled') = (cents IS NULL)),
    CHECK ((taken_at IS NULL) = (taken_by IS NULL))
);
CREATE INDEX comptable_notice_pending ON comptable_notice (at, avis, step, rank) WHERE taken_at IS NULL;
INSERT INTO comptable_notice (avis, step, rank, what, titre, cents, day, basis, at)
SELECT s.avis, s.n, d.rank,
       CASE WHEN d.duty = 'tell_comptable' THEN 'titre_annulled' ELSE split_part(d.duty, ' ', 1) END,
       CASE WHEN d.duty = 'tell_comptable' THEN
           (SELECT t.titre FROM titre_avis t JOIN titre u ON u.number = t.titre WHERE t.avis = s.avis
            ORDER BY u.signed_at DESC LIMIT 1) END,
       nullif(split_part(d.duty, ' ', 2), '')::bigint, s.day, s.basis, s.at
FROM life_step s CROSS JOIN LATERAL unnest(s.duties) WITH ORDINALITY AS d(duty, rank)
WHERE d.duty = 'tell_comptable' OR d.duty LIKE 'refund %' OR d.duty LIKE 'set_off %';

-- Acts of the procedure as the tribunal and the ministère public tell them, once each.
CREATE TABLE procedural_act (
    reference   text        PRIMARY KEY CHECK (reference <> ''),
    avis        text        NOT NULL,
    day         date        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('relaxe', 'conviction', 'opposition', 'interruption')),
    fine_cents  bigint      CHECK (fine_cents > 0),
    -- `refused`: the law knows no such step where the avis stands; `unknown`: no such avis.
    outcome     text        NOT NULL CHECK (outcome IN ('applied', 'refused', 'unknown')),
    detail      text,
    imported_at timestamptz NOT NULL,
    imported_by text        NOT NULL,
    CHECK ((kind = 'conviction') = (fine_cents IS NOT NULL))
);
CREATE INDEX procedural_act_avis ON procedural_act (avis);

-- What the officer asks before deciding: a report of the agent, a piece of the applicant.
CREATE TABLE inquiry (
    id           uuid        PRIMARY KEY,
    contestation uuid        NOT NULL REFERENCES contestation (id),
    kind         text        NOT NULL CHECK (kind IN ('report', 'piece')),
    what         text        NOT NULL,
    asked_day    date        NOT NULL,
    asked_by     text        NOT NULL,
    answer       text,
    answered_day date,
    answered_by  text,
    CHECK ((answer IS NULL) = (answered_day IS NULL)),
    CHECK ((answer IS NULL) = (answered_by IS NULL)),
    CHECK (answered_day >= asked_day)
);
CREATE INDEX inquiry_contestation ON inquiry (contestation, asked_day, id);
