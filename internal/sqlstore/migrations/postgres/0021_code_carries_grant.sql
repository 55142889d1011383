-- +goose Up
-- A code carries its grant until it is redeemed. What only the redemption needs is kept nowhere else; grants whose code never
-- came back are no grants any more.
DELETE FROM authorization_grant WHERE code_uses = 0;
ALTER TABLE authorization_grant DROP COLUMN redirect_uri, DROP COLUMN nonce, DROP COLUMN code_challenge, DROP COLUMN code_hash,
  DROP COLUMN code_deadline, DROP COLUMN code_used_at;
