-- +goose Up
-- Who got the mail, sealed; NULL: the address that the token is bound to.
ALTER TABLE mail_token ADD COLUMN receiver BYTEA;
