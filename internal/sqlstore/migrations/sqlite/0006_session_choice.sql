-- +goose Up
-- Which of several product accounts of one product a session opens. It names the link, so that it ends with it; whether it
-- counts is decided by op.Next.
CREATE TABLE session_choice (
  tenant_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  link_id TEXT NOT NULL,
  chosen_at INTEGER NOT NULL,
  CONSTRAINT session_choice_pkey PRIMARY KEY (tenant_id, session_id, product_id),
  CONSTRAINT session_choice_session_id_fkey FOREIGN KEY (session_id) REFERENCES session (id) ON DELETE CASCADE,
  CONSTRAINT session_choice_link_fkey FOREIGN KEY (tenant_id, link_id) REFERENCES link (tenant_id, id)
) STRICT;
CREATE INDEX session_choice_session_id ON session_choice (session_id);
