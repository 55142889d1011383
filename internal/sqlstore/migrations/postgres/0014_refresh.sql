-- +goose Up
-- What a client that asks for offline_access gets: none, session or offline; and the clients whose tokens it may ask about.
ALTER TABLE client ADD COLUMN refresh TEXT NOT NULL DEFAULT '';
ALTER TABLE client ADD COLUMN introspects TEXT NOT NULL DEFAULT ''; -- words
-- Whether the grant outlives its session.
ALTER TABLE authorization_grant ADD COLUMN offline BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX authorization_grant_offline ON authorization_grant (account_id) WHERE offline AND ended_at = 0;
CREATE INDEX token_family_grant_id ON token_family (grant_id);
