-- +goose Up

-- A foreign key is checked by locking the row that it names, which writes to that row: every code of a client would write to
-- that one client's row, together with all others that do. Clients are withdrawn, never deleted, and a grant is only ever made
-- of a client just read, so the check guarded nothing. Those that keep tenants apart stay: they lock rows of one person.
ALTER TABLE authorization_grant DROP CONSTRAINT authorization_grant_client_id_fkey;
ALTER TABLE token_family DROP CONSTRAINT token_family_client_id_fkey;

-- A code is redeemed moments after it was made: room on the page lets the row change where it is, indexes untouched.
ALTER TABLE authorization_grant SET (fillfactor = 75);
ALTER TABLE token_family SET (fillfactor = 75);
