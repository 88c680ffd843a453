DROP TABLE payment;
ALTER TABLE contestation DROP COLUMN lived;
DROP TABLE life_consultation;
DROP TABLE life_step;
DROP TABLE life;
ALTER TABLE avis DROP COLUMN verdict_lot;
