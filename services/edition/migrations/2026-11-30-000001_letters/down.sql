DROP TABLE letter_lot;
