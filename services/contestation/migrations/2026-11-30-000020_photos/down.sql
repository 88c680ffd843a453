DROP TABLE photo_consultation;
DROP TABLE photo_given;
DROP TABLE photo_request;
