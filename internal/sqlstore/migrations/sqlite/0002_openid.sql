-- +goose Up
-- The provider's side: requests waiting for a sign-in, what was granted, and the keys that sign.

CREATE TABLE auth_request (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  instance_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  redirect_uri TEXT NOT NULL,
  rp_state TEXT NOT NULL,
  nonce TEXT NOT NULL,
  scope TEXT NOT NULL,              -- words, like the lists below
  code_challenge TEXT NOT NULL,     -- S256; empty: none
  prompts TEXT NOT NULL,
  max_age INTEGER,                   -- microseconds; NULL: not asked for
  login_hint BLOB,                 -- sealed; NULL: none
  ui_locales TEXT NOT NULL,
  acr_values TEXT NOT NULL,
  hint_subject TEXT NOT NULL,       -- of the id_token_hint; empty: none
  session_id TEXT NOT NULL,         -- the session and browser it came with; empty: nobody was signed in
  browser_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  deadline INTEGER NOT NULL,
  done_at INTEGER NOT NULL,
  CONSTRAINT auth_request_pkey PRIMARY KEY (id),
  CONSTRAINT auth_request_instance_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES instance (tenant_id, product_id),
  CONSTRAINT auth_request_client_id_fkey FOREIGN KEY (client_id) REFERENCES client (id)
) STRICT;
CREATE INDEX auth_request_deadline ON auth_request (deadline);

-- What one authorization gave to a client. "grant" is a word of SQL.
CREATE TABLE authorization_grant (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  auth_request_id TEXT NOT NULL,    -- empty: answered at once
  client_id TEXT NOT NULL,
  instance_id TEXT NOT NULL,
  account_id TEXT,                  -- NULL in a product session of a pending link
  product_account_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  redirect_uri TEXT NOT NULL,
  scope TEXT NOT NULL,
  nonce TEXT NOT NULL,
  code_challenge TEXT NOT NULL,
  auth_at INTEGER NOT NULL,
  acr TEXT NOT NULL,
  amr TEXT NOT NULL,
  code_hash TEXT NOT NULL,
  code_deadline INTEGER NOT NULL,
  code_uses INTEGER NOT NULL,        -- the second ends the grant
  code_used_at INTEGER NOT NULL,     -- the first
  created_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  CONSTRAINT authorization_grant_pkey PRIMARY KEY (id),
  CONSTRAINT authorization_grant_code_hash_key UNIQUE (code_hash),
  CONSTRAINT authorization_grant_client_id_fkey FOREIGN KEY (client_id) REFERENCES client (id),
  CONSTRAINT authorization_grant_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id),
  CONSTRAINT authorization_grant_product_account_fkey FOREIGN KEY (tenant_id, product_account_id) REFERENCES product_account (tenant_id, id)
) STRICT;
CREATE INDEX authorization_grant_session_id ON authorization_grant (session_id) WHERE ended_at = 0;
CREATE INDEX authorization_grant_created_at ON authorization_grant (created_at);

-- Refresh tokens of a grant, one after the other. Nothing writes it yet.
CREATE TABLE token_family (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  token_hash TEXT NOT NULL,         -- of the one that is good
  turn INTEGER NOT NULL,             -- counts them, from 1
  created_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  idle_ttl INTEGER NOT NULL,         -- microseconds
  deadline INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  CONSTRAINT token_family_pkey PRIMARY KEY (id),
  CONSTRAINT token_family_token_hash_key UNIQUE (token_hash),
  CONSTRAINT token_family_grant_id_fkey FOREIGN KEY (grant_id) REFERENCES authorization_grant (id),
  CONSTRAINT token_family_client_id_fkey FOREIGN KEY (client_id) REFERENCES client (id)
) STRICT;

CREATE TABLE signing_key (
  id TEXT NOT NULL,                 -- the kid
  alg TEXT NOT NULL CHECK (alg IN ('ES256', 'RS256')),
  turn INTEGER NOT NULL,             -- counts an algorithm's keys from 1, so that replicas cannot both make the first
  private BLOB NOT NULL,           -- sealed
  created_at INTEGER NOT NULL,
  CONSTRAINT signing_key_pkey PRIMARY KEY (id),
  CONSTRAINT signing_key_alg_turn_key UNIQUE (alg, turn)
) STRICT;
