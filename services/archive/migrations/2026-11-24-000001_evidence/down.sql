ALTER TABLE document DROP COLUMN leaf;
DROP TABLE checkpoint;
DROP TABLE evidence_lot;
DROP TABLE evidence_tree;
