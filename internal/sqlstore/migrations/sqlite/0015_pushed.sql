-- +goose Up
-- The public keys of a client that authenticates by private_key_jwt, a JWK Set; and whether it has to push its requests.
ALTER TABLE client ADD COLUMN jwks TEXT NOT NULL DEFAULT '';
ALTER TABLE client ADD COLUMN require_pushed INTEGER NOT NULL DEFAULT 0;
-- How the answer goes back (empty: in the query), and the hash of the request_uri of a pushed request (empty: not pushed).
ALTER TABLE auth_request ADD COLUMN response_mode TEXT NOT NULL DEFAULT '';
ALTER TABLE auth_request ADD COLUMN pushed TEXT NOT NULL DEFAULT '';

-- Authorization requests that a client sent before the browser comes (RFC 9126).
CREATE TABLE pushed_request (
  hash TEXT NOT NULL,               -- of the secret in the request_uri
  client_id TEXT NOT NULL,
  params BLOB NOT NULL,             -- sealed JSON
  created_at INTEGER NOT NULL,
  deadline INTEGER NOT NULL,
  done_at INTEGER NOT NULL,         -- answered with a code
  CONSTRAINT pushed_request_pkey PRIMARY KEY (hash),
  CONSTRAINT pushed_request_client_id_fkey FOREIGN KEY (client_id) REFERENCES client (id)
) STRICT;
CREATE INDEX pushed_request_deadline ON pushed_request (deadline);

-- Assertions that clients authenticated with: each counts once.
CREATE TABLE client_assertion (
  client_id TEXT NOT NULL,
  jti TEXT NOT NULL,
  deadline INTEGER NOT NULL,
  CONSTRAINT client_assertion_pkey PRIMARY KEY (client_id, jti),
  CONSTRAINT client_assertion_client_id_fkey FOREIGN KEY (client_id) REFERENCES client (id)
) STRICT;
CREATE INDEX client_assertion_deadline ON client_assertion (deadline);
