-- +goose Up
-- A code carries its grant until it is redeemed. What only the redemption needs is kept nowhere else; grants whose code never
-- came back are no grants any more. A column that is unique cannot be dropped, so the table is made anew, and with it the one
-- that refers to it.
CREATE TABLE kept_family AS SELECT * FROM token_family;
CREATE TABLE kept_grant AS SELECT * FROM authorization_grant WHERE code_uses > 0;
DROP TABLE token_family;
DROP TABLE authorization_grant;

CREATE TABLE authorization_grant (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  auth_request_id TEXT NOT NULL,    -- empty: answered at once
  client_id TEXT NOT NULL,
  instance_id TEXT NOT NULL,
  account_id TEXT,                  -- NULL in a product session of a pending link
  product_account_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  auth_at INTEGER NOT NULL,
  acr TEXT NOT NULL,
  amr TEXT NOT NULL,
  code_uses INTEGER NOT NULL,       -- the second ends the grant
  created_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  offline INTEGER NOT NULL DEFAULT 0, -- the grant outlives its session
  CONSTRAINT authorization_grant_pkey PRIMARY KEY (id),
  CONSTRAINT authorization_grant_client_id_fkey FOREIGN KEY (client_id) REFERENCES client (id),
  CONSTRAINT authorization_grant_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id),
  CONSTRAINT authorization_grant_product_account_fkey FOREIGN KEY (tenant_id, product_account_id) REFERENCES product_account (tenant_id, id)
) STRICT;
CREATE INDEX authorization_grant_created_at ON authorization_grant (created_at);
CREATE INDEX authorization_grant_session_id ON authorization_grant (session_id);
CREATE INDEX authorization_grant_offline ON authorization_grant (account_id) WHERE offline AND ended_at = 0;
CREATE INDEX authorization_grant_offline_product ON authorization_grant (tenant_id, product_account_id) WHERE offline AND ended_at = 0;

CREATE TABLE token_family (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  token_hash TEXT NOT NULL,         -- of the one that is good
  turn INTEGER NOT NULL,            -- counts them, from 1
  created_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  idle_ttl INTEGER NOT NULL,        -- microseconds
  deadline INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  CONSTRAINT token_family_pkey PRIMARY KEY (id),
  CONSTRAINT token_family_token_hash_key UNIQUE (token_hash),
  CONSTRAINT token_family_grant_id_fkey FOREIGN KEY (grant_id) REFERENCES authorization_grant (id),
  CONSTRAINT token_family_client_id_fkey FOREIGN KEY (client_id) REFERENCES client (id)
) STRICT;
CREATE INDEX token_family_deadline ON token_family (deadline);
CREATE INDEX token_family_grant_id ON token_family (grant_id);

INSERT INTO authorization_grant (tenant_id, id, auth_request_id, client_id, instance_id, account_id, product_account_id, session_id, scope,
  auth_at, acr, amr, code_uses, created_at, ended_at, offline)
  SELECT tenant_id, id, auth_request_id, client_id, instance_id, account_id, product_account_id, session_id, scope,
  auth_at, acr, amr, code_uses, created_at, ended_at, offline FROM kept_grant;
INSERT INTO token_family (tenant_id, id, grant_id, client_id, token_hash, turn, created_at, used_at, idle_ttl, deadline, ended_at, version)
  SELECT tenant_id, id, grant_id, client_id, token_hash, turn, created_at, used_at, idle_ttl, deadline, ended_at, version FROM kept_family;
DROP TABLE kept_family;
DROP TABLE kept_grant;
