-- +goose Up
-- Which product account a mail about a finished link is about; empty in the mails of a flow that is going on.
ALTER TABLE mail_token ADD COLUMN product_account_id TEXT NOT NULL DEFAULT '';
