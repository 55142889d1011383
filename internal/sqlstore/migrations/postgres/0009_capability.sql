-- +goose Up
-- A request to give an account another address. Both mailboxes have to agree, in the browser that asked.
CREATE TABLE email_change (
  id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  browser_id TEXT NOT NULL,
  ref TEXT NOT NULL,                -- what the person can tell support
  agent TEXT NOT NULL,
  network TEXT NOT NULL,            -- shortened
  locale TEXT NOT NULL,
  from_email BYTEA NOT NULL,         -- sealed, like the next
  to_email BYTEA NOT NULL,
  mails BIGINT NOT NULL,
  last_mail_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  deadline BIGINT NOT NULL,
  ended_at BIGINT NOT NULL,
  end_reason TEXT NOT NULL,
  version BIGINT NOT NULL,
  CONSTRAINT email_change_pkey PRIMARY KEY (id),
  CONSTRAINT email_change_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id)
);
CREATE INDEX email_change_account_id ON email_change (account_id) WHERE ended_at = 0;

-- The stored side of a mailed link with which whoever holds it acts, and never a mail_token: that one lets another browser go on.
CREATE TABLE capability (
  hash TEXT NOT NULL,
  purpose TEXT NOT NULL,
  account_id TEXT NOT NULL,
  email BYTEA NOT NULL,              -- sealed: the mailbox it was sent to
  flow_id TEXT NOT NULL,            -- the sign-in it was asked for from; empty: none
  change_id TEXT,                   -- of the purposes of an email change
  created_at BIGINT NOT NULL,
  deadline BIGINT NOT NULL,
  spent_at BIGINT NOT NULL,
  void_at BIGINT NOT NULL,         -- something else took its power away
  version BIGINT NOT NULL,
  CONSTRAINT capability_pkey PRIMARY KEY (hash),
  CONSTRAINT capability_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id),
  CONSTRAINT capability_change_id_fkey FOREIGN KEY (change_id) REFERENCES email_change (id)
);
CREATE INDEX capability_account_id ON capability (account_id) WHERE spent_at = 0 AND void_at = 0;
-- Flows that act for an account end when its password changes.
CREATE INDEX flow_owner_id ON flow (owner_id) WHERE owner_id IS NOT NULL;
