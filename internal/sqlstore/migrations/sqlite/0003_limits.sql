-- +goose Up
-- How often something may be done; 0 is no limit, and for a tenant the suite's.
ALTER TABLE suite ADD COLUMN flows_per_hour INTEGER NOT NULL DEFAULT 0;
ALTER TABLE suite ADD COLUMN mails_per_hour INTEGER NOT NULL DEFAULT 0;
ALTER TABLE suite ADD COLUMN mails_per_day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tenant ADD COLUMN flows_per_hour INTEGER NOT NULL DEFAULT 0;
-- Several people may use one account of the product.
ALTER TABLE product ADD COLUMN shared INTEGER NOT NULL DEFAULT 0;
