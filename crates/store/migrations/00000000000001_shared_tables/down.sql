DROP TABLE quarantine;
DROP TABLE done_lot;
DROP TABLE outbox;
DROP TABLE position;
