DROP TABLE photo_awaited;
DROP TABLE photo;
