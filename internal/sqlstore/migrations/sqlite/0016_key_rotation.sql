-- +goose Up
-- When a key begins to sign (0: at once), and when nothing of it is believed any more (0: when the overlap is over).
ALTER TABLE signing_key ADD COLUMN active_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE signing_key ADD COLUMN drop_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX tally_until ON tally (until);
CREATE INDEX outbox_ended_at ON outbox (ended_at) WHERE state <> 'queued';
CREATE INDEX token_family_deadline ON token_family (deadline);
