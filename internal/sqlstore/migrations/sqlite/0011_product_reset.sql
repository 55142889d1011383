-- +goose Up
-- The product's own way to a new password: how long it sends no second mail, in microseconds, and its page for it.
ALTER TABLE product ADD COLUMN reset_pause INTEGER NOT NULL DEFAULT 0;
ALTER TABLE instance ADD COLUMN reset_url TEXT NOT NULL DEFAULT '';
