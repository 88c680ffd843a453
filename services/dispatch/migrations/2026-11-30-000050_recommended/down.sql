ALTER TABLE fold DROP COLUMN recommended;
