-- What makes two tickets one (plate, place, NatInf), as a hash, and when the offence was found. No ticket without a vehicle.
ALTER TABLE mif ADD COLUMN ticket bigint, ADD COLUMN offence_at_s bigint;
CREATE INDEX mif_ticket ON mif (ticket, offence_at_s) WHERE ticket IS NOT NULL;
