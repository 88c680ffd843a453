-- Reports that officers asked of agents, by the receipts of their collectivity: who may answer.
CREATE TABLE report_asked (
    inquiry uuid    PRIMARY KEY,
    siren   integer NOT NULL
);
