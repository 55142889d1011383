-- +goose Up
-- What a client may do through the management API: words; empty: nothing.
ALTER TABLE client ADD COLUMN api_scopes TEXT NOT NULL DEFAULT '';

-- Counts the invitations made for a tenant's instance of a product, so that two made at once see each other.
CREATE TABLE invitation_book (
  tenant_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  CONSTRAINT invitation_book_pkey PRIMARY KEY (tenant_id, product_id),
  CONSTRAINT invitation_book_instance_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES instance (tenant_id, product_id)
) STRICT;

-- A mail that asks one person to take a product account that nobody has used. Rows are never deleted.
CREATE TABLE invitation (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  product_account_id TEXT NOT NULL,
  client_id TEXT NOT NULL,          -- that asked for it
  state TEXT NOT NULL CHECK (state IN ('pending', 'accepted', 'expired', 'cancelled', 'revoked')),
  reason TEXT NOT NULL,
  facts BLOB NOT NULL,             -- sealed JSON: the address, and the name of who invited
  locale TEXT NOT NULL,
  ref TEXT NOT NULL,
  mail_id TEXT NOT NULL,            -- the last one
  mails INTEGER NOT NULL,
  last_mail_at INTEGER NOT NULL,
  account_id TEXT,                  -- that accepted it; NULL: none
  link_id TEXT NOT NULL,
  browser_id TEXT NOT NULL,
  last_step TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  deadline INTEGER NOT NULL,
  accepted_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  CONSTRAINT invitation_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT invitation_product_account_fkey FOREIGN KEY (tenant_id, product_account_id) REFERENCES product_account (tenant_id, id),
  CONSTRAINT invitation_instance_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES instance (tenant_id, product_id),
  CONSTRAINT invitation_client_id_fkey FOREIGN KEY (client_id) REFERENCES client (id),
  CONSTRAINT invitation_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id)
) STRICT;
CREATE UNIQUE INDEX invitation_pending_key ON invitation (tenant_id, product_account_id) WHERE state = 'pending';
CREATE INDEX invitation_made ON invitation (tenant_id, product_id, created_at, id);

-- The stored side of a link in an invitation's mail.
CREATE TABLE invitation_token (
  hash TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  invitation_id TEXT NOT NULL,
  purpose TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  deadline INTEGER NOT NULL,
  CONSTRAINT invitation_token_pkey PRIMARY KEY (hash),
  CONSTRAINT invitation_token_invitation_fkey FOREIGN KEY (tenant_id, invitation_id) REFERENCES invitation (tenant_id, id)
) STRICT;
CREATE INDEX invitation_token_invitation ON invitation_token (tenant_id, invitation_id);
