-- +goose Up
-- Who takes part while a rollout is a pilot (JSON; empty: nobody), and a switch of each instance's own. Instances begin
-- switched on, which leaves it to their tenant.
ALTER TABLE tenant ADD COLUMN pilot TEXT NOT NULL DEFAULT '';
ALTER TABLE instance ADD COLUMN rollout TEXT NOT NULL DEFAULT 'on' CHECK (rollout IN ('off', 'pilot', 'on'));
ALTER TABLE instance ADD COLUMN pilot TEXT NOT NULL DEFAULT '';

-- What the pilot was after a turn: how many were named, and the share.
ALTER TABLE rollout ADD COLUMN people BIGINT NOT NULL DEFAULT 0;
ALTER TABLE rollout ADD COLUMN percent BIGINT NOT NULL DEFAULT 0;

-- Each turn of an instance's own switch. One that began switched on and stayed so has none.
CREATE TABLE instance_rollout (
  tenant_id TEXT COLLATE "C" NOT NULL,
  product_id TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,          -- the instance's, which the turn made
  before_state TEXT NOT NULL,       -- empty for a new instance
  state TEXT NOT NULL,
  changed_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  at BIGINT NOT NULL,
  people BIGINT NOT NULL,
  percent BIGINT NOT NULL,
  CONSTRAINT instance_rollout_pkey PRIMARY KEY (tenant_id, product_id, version),
  CONSTRAINT instance_rollout_instance_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES instance (tenant_id, product_id)
);
