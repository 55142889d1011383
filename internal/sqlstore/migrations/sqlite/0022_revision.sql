-- +goose Up
-- Grows with each change of what is declared or switched, of whichever row: who remembers a setting asks for this alone.
ALTER TABLE suite ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
