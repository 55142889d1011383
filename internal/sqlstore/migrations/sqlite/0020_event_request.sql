-- +goose Up
-- The reference of the request that an event happened in, as error pages and the log have it; empty for what no request did.
ALTER TABLE event ADD COLUMN request TEXT NOT NULL DEFAULT '';
