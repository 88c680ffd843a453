CREATE TABLE verdict (
    id_mif  uuid  PRIMARY KEY,
    ordinal bigint NOT NULL,
    body    bytea NOT NULL,
    remark  text,
    problems jsonb NOT NULL
);
