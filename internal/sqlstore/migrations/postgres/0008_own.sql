-- +goose Up
-- Where a session was begun, for the person's own list of them.
ALTER TABLE session ADD COLUMN agent TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN network TEXT NOT NULL DEFAULT '';

-- Changes of people's own that can be taken back.
CREATE TABLE undo (
  id TEXT NOT NULL,
  account_id TEXT NOT NULL,         -- who may take it back
  other_id TEXT,                    -- the account that a merge closed
  kind TEXT NOT NULL CHECK (kind IN ('unlink', 'merge')),
  facts BYTEA NOT NULL,              -- sealed JSON: links and addresses before and after
  created_at BIGINT NOT NULL,
  deadline BIGINT NOT NULL,
  done_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT undo_pkey PRIMARY KEY (id),
  CONSTRAINT undo_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id),
  CONSTRAINT undo_other_id_fkey FOREIGN KEY (other_id) REFERENCES account (id)
);
CREATE INDEX undo_account_id ON undo (account_id) WHERE done_at = 0;

-- Merges that were proven from both sides and wait for their owner's word.
CREATE TABLE account_merge (
  id TEXT NOT NULL,
  account_id TEXT NOT NULL,         -- goes on
  other_id TEXT NOT NULL,           -- becomes part of it
  browser_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  deadline BIGINT NOT NULL,
  done_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT account_merge_pkey PRIMARY KEY (id),
  CONSTRAINT account_merge_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id),
  CONSTRAINT account_merge_other_id_fkey FOREIGN KEY (other_id) REFERENCES account (id)
);

-- A person's own events, newest first.
CREATE INDEX event_account_id_at ON event (account_id, at);
