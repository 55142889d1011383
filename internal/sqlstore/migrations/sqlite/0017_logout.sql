-- +goose Up
-- Where a client is told that a session is over (empty: nowhere), and whether that may be in the operator's own network.
ALTER TABLE client ADD COLUMN logout_uri TEXT NOT NULL DEFAULT '';
ALTER TABLE client ADD COLUMN logout_private INTEGER NOT NULL DEFAULT 0;

-- Clients that are to be told that a session is over. A row is deleted when its client was told, or was given up.
CREATE TABLE logout_notice (
  session_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  subject TEXT NOT NULL,            -- of the product account; a client may know several in one session
  attempts INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,           -- not before; moved on by a claim, so that a lost server's notice comes back
  CONSTRAINT logout_notice_pkey PRIMARY KEY (session_id, client_id, subject),
  CONSTRAINT logout_notice_client_id_fkey FOREIGN KEY (client_id) REFERENCES client (id)
) STRICT;
CREATE INDEX logout_notice_due_at ON logout_notice (due_at);
