DROP TABLE stream_head;
DROP TABLE receipt_block;
