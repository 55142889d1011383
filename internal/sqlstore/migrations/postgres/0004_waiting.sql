-- +goose Up
-- Why a link was suspended or ended. What was suspended before somebody could do so by a reset was reported.
ALTER TABLE link ADD COLUMN reason TEXT NOT NULL DEFAULT '';
UPDATE link SET reason = 'reported' WHERE state = 'suspended';
UPDATE link SET reason = 'replaced' WHERE state = 'ended';

-- A product that did not answer when same-email accounts were looked for; the look may be repeated.
CREATE TABLE deferral (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  email TEXT NOT NULL,              -- the address that was proven
  flow_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  ended_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT deferral_pkey PRIMARY KEY (id),
  CONSTRAINT deferral_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id),
  CONSTRAINT deferral_instance_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES instance (tenant_id, product_id)
);
CREATE INDEX deferral_account_id ON deferral (account_id) WHERE ended_at = 0;
-- A waiting link is looked for by the product account it is about, and by the browser it was proven in.
CREATE INDEX link_browser_id ON link (browser_id) WHERE state = 'pending';
