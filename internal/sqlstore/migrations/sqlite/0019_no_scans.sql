-- +goose Up
-- What a sign-in or the end of something looks for is found without reading the whole table, however many people there are.

-- Clients are told of the end of a session whether their grants go on or not.
DROP INDEX authorization_grant_session_id;
CREATE INDEX authorization_grant_session_id ON authorization_grant (session_id);
CREATE INDEX authorization_grant_offline_product ON authorization_grant (tenant_id, product_account_id) WHERE offline AND ended_at = 0;

-- Sessions of one product; all others have no product account.
CREATE INDEX session_product_account ON session (tenant_id, product_account_id) WHERE product_account_id IS NOT NULL;

-- Refresh tokens of an account are found by its sessions, over or not.
DROP INDEX session_account_id;
CREATE INDEX session_account_id ON session (account_id);

CREATE INDEX account_merge_account_id ON account_merge (account_id);
CREATE INDEX account_merge_other_id ON account_merge (other_id);
