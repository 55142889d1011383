-- +goose Up
-- Whether nobody can have the product record an address that is somebody else's.
ALTER TABLE product ADD COLUMN addresses_proven BOOLEAN NOT NULL DEFAULT FALSE;
