DROP INDEX decision_to_hand_over;
ALTER TABLE decision DROP COLUMN is_handed_over;
DROP TABLE hand_over;
ALTER TABLE omp_signer DROP COLUMN signature;
ALTER TABLE admission DROP COLUMN signature;
ALTER TABLE decision DROP COLUMN signature;
