DROP TABLE lot;
DROP TABLE number_block;
