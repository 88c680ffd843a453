-- Reports of agents in the order in which they came. Never changed.
CREATE TABLE agent_report (
    n           bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    inquiry     uuid        NOT NULL,
    siren       integer     NOT NULL,
    agent       text        NOT NULL,
    text        text        NOT NULL,
    received_at timestamptz NOT NULL,
    -- `known`: the question was answered before; `unknown`: no such question of an avis of the collectivity.
    outcome     text        NOT NULL CHECK (outcome IN ('answered', 'known', 'unknown'))
);
CREATE INDEX agent_report_inquiry ON agent_report (inquiry);
