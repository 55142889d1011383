-- +goose Up
-- Where a client is told that a session is over (empty: nowhere), and whether that may be in the operator's own network.
ALTER TABLE client ADD COLUMN logout_uri TEXT NOT NULL DEFAULT '';
ALTER TABLE client ADD COLUMN logout_private BOOLEAN NOT NULL DEFAULT FALSE;

-- Clients that are to be told that a session is over. A row is deleted when its client was told, or was given up.
CREATE TABLE logout_notice (
  session_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  subject TEXT NOT NULL,            -- of the product account; a client may know several in one session
  attempts BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,           -- not before; moved on by a claim, so that a lost server's notice comes back
  CONSTRAINT logout_notice_pkey PRIMARY KEY (session_id, client_id, subject),
  CONSTRAINT logout_notice_client_id_fkey FOREIGN KEY (client_id) REFERENCES client (id)
);
CREATE INDEX logout_notice_due_at ON logout_notice (due_at);
