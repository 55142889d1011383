-- Written by go test -update; SQLite's form of what all migrations end in.

CREATE TABLE account (
  id TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'disabled', 'closed')),
  name TEXT NOT NULL,
  locale TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  CONSTRAINT account_pkey PRIMARY KEY (id)
) STRICT;

CREATE TABLE account_address (
  email TEXT NOT NULL,
  account_id TEXT NOT NULL,
  verified_at INTEGER NOT NULL,
  proof_id TEXT NOT NULL,
  is_primary INTEGER NOT NULL,
  version INTEGER NOT NULL,
  CONSTRAINT account_address_pkey PRIMARY KEY (email),
  CONSTRAINT account_address_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id)
) STRICT;

CREATE INDEX account_address_account_id ON account_address (account_id);

CREATE UNIQUE INDEX account_address_primary_key ON account_address (account_id) WHERE is_primary;

CREATE TABLE account_merge (
  id TEXT NOT NULL,
  account_id TEXT NOT NULL,         -- goes on
  other_id TEXT NOT NULL,           -- becomes part of it
  browser_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  deadline INTEGER NOT NULL,
  done_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  CONSTRAINT account_merge_pkey PRIMARY KEY (id),
  CONSTRAINT account_merge_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id),
  CONSTRAINT account_merge_other_id_fkey FOREIGN KEY (other_id) REFERENCES account (id)
) STRICT;

CREATE INDEX account_merge_account_id ON account_merge (account_id);

CREATE INDEX account_merge_other_id ON account_merge (other_id);

CREATE TABLE auth_request (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  instance_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  redirect_uri TEXT NOT NULL,
  rp_state TEXT NOT NULL,
  nonce TEXT NOT NULL,
  scope TEXT NOT NULL,              -- words, like the lists below
  code_challenge TEXT NOT NULL,     -- S256; empty: none
  prompts TEXT NOT NULL,
  max_age INTEGER,                   -- microseconds; NULL: not asked for
  login_hint BLOB,                 -- sealed; NULL: none
  ui_locales TEXT NOT NULL,
  acr_values TEXT NOT NULL,
  hint_subject TEXT NOT NULL,       -- of the id_token_hint; empty: none
  session_id TEXT NOT NULL,         -- the session and browser it came with; empty: nobody was signed in
  browser_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  deadline INTEGER NOT NULL,
  done_at INTEGER NOT NULL, response_mode TEXT NOT NULL DEFAULT '', pushed TEXT NOT NULL DEFAULT '',
  CONSTRAINT auth_request_pkey PRIMARY KEY (id),
  CONSTRAINT auth_request_instance_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES instance (tenant_id, product_id),
  CONSTRAINT auth_request_client_id_fkey FOREIGN KEY (client_id) REFERENCES client (id)
) STRICT;

CREATE INDEX auth_request_deadline ON auth_request (deadline);

CREATE TABLE authorization_grant (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  auth_request_id TEXT NOT NULL,    -- empty: answered at once
  client_id TEXT NOT NULL,
  instance_id TEXT NOT NULL,
  account_id TEXT,                  -- NULL in a product session of a pending link
  product_account_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  auth_at INTEGER NOT NULL,
  acr TEXT NOT NULL,
  amr TEXT NOT NULL,
  code_uses INTEGER NOT NULL,       -- the second ends the grant
  created_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  offline INTEGER NOT NULL DEFAULT 0, -- the grant outlives its session
  CONSTRAINT authorization_grant_pkey PRIMARY KEY (id),
  CONSTRAINT authorization_grant_client_id_fkey FOREIGN KEY (client_id) REFERENCES client (id),
  CONSTRAINT authorization_grant_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id),
  CONSTRAINT authorization_grant_product_account_fkey FOREIGN KEY (tenant_id, product_account_id) REFERENCES product_account (tenant_id, id)
) STRICT;

CREATE INDEX authorization_grant_created_at ON authorization_grant (created_at);

CREATE INDEX authorization_grant_offline ON authorization_grant (account_id) WHERE offline AND ended_at = 0;

CREATE INDEX authorization_grant_offline_product ON authorization_grant (tenant_id, product_account_id) WHERE offline AND ended_at = 0;

CREATE INDEX authorization_grant_session_id ON authorization_grant (session_id);

CREATE TABLE browser (
  id TEXT NOT NULL,     -- the hash of the cookie's secret
  created_at INTEGER NOT NULL,
  replaced_at INTEGER NOT NULL DEFAULT 0, -- signed out; the cookie has another secret since
  CONSTRAINT browser_pkey PRIMARY KEY (id)
) STRICT;

CREATE TABLE capability (
  hash TEXT NOT NULL,
  purpose TEXT NOT NULL,
  account_id TEXT NOT NULL,
  email BLOB NOT NULL,              -- sealed: the mailbox it was sent to
  flow_id TEXT NOT NULL,            -- the sign-in it was asked for from; empty: none
  change_id TEXT,                   -- of the purposes of an email change
  created_at INTEGER NOT NULL,
  deadline INTEGER NOT NULL,
  spent_at INTEGER NOT NULL,
  void_at INTEGER NOT NULL,         -- something else took its power away
  version INTEGER NOT NULL,
  CONSTRAINT capability_pkey PRIMARY KEY (hash),
  CONSTRAINT capability_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id),
  CONSTRAINT capability_change_id_fkey FOREIGN KEY (change_id) REFERENCES email_change (id)
) STRICT;

CREATE INDEX capability_account_id ON capability (account_id) WHERE spent_at = 0 AND void_at = 0;

CREATE TABLE client (
  id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  name TEXT NOT NULL,
  secret_hash TEXT NOT NULL,        -- empty: a public client
  auth_method TEXT NOT NULL,
  pkce_optional INTEGER NOT NULL,
  id_token_alg TEXT NOT NULL,
  withdrawn_at INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL, api_scopes TEXT NOT NULL DEFAULT '', refresh TEXT NOT NULL DEFAULT '', introspects TEXT NOT NULL DEFAULT '', jwks TEXT NOT NULL DEFAULT '', require_pushed INTEGER NOT NULL DEFAULT 0, logout_uri TEXT NOT NULL DEFAULT '', logout_private INTEGER NOT NULL DEFAULT 0,
  CONSTRAINT client_pkey PRIMARY KEY (id),
  CONSTRAINT client_product_id_fkey FOREIGN KEY (product_id) REFERENCES product (id)
) STRICT;

CREATE TABLE client_assertion (
  client_id TEXT NOT NULL,
  jti TEXT NOT NULL,
  deadline INTEGER NOT NULL,
  CONSTRAINT client_assertion_pkey PRIMARY KEY (client_id, jti),
  CONSTRAINT client_assertion_client_id_fkey FOREIGN KEY (client_id) REFERENCES client (id)
) STRICT;

CREATE INDEX client_assertion_deadline ON client_assertion (deadline);

CREATE TABLE connector_spec (
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  options TEXT NOT NULL,            -- JSON without secrets
  id_stable INTEGER NOT NULL,
  lockout_threshold INTEGER NOT NULL,
  withdrawn_at INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL,
  CONSTRAINT connector_spec_pkey PRIMARY KEY (name)
) STRICT;

CREATE TABLE credential (
  id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  origin TEXT NOT NULL,             -- set, or adopted:<product>
  hash BLOB NOT NULL,              -- the argon2id hash, sealed
  created_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  CONSTRAINT credential_pkey PRIMARY KEY (id),
  CONSTRAINT credential_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id)
) STRICT;

CREATE INDEX credential_origin ON credential (origin);

CREATE UNIQUE INDEX credential_password_key ON credential (account_id) WHERE kind = 'password';

CREATE TABLE deferral (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  email TEXT NOT NULL,              -- the address that was proven
  flow_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  CONSTRAINT deferral_pkey PRIMARY KEY (id),
  CONSTRAINT deferral_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id),
  CONSTRAINT deferral_instance_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES instance (tenant_id, product_id)
) STRICT;

CREATE INDEX deferral_account_id ON deferral (account_id) WHERE ended_at = 0;

CREATE TABLE email_change (
  id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  browser_id TEXT NOT NULL,
  ref TEXT NOT NULL,                -- what the person can tell support
  agent TEXT NOT NULL,
  network TEXT NOT NULL,            -- shortened
  locale TEXT NOT NULL,
  from_email BLOB NOT NULL,         -- sealed, like the next
  to_email BLOB NOT NULL,
  mails INTEGER NOT NULL,
  last_mail_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  deadline INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  end_reason TEXT NOT NULL,
  version INTEGER NOT NULL,
  CONSTRAINT email_change_pkey PRIMARY KEY (id),
  CONSTRAINT email_change_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id)
) STRICT;

CREATE INDEX email_change_account_id ON email_change (account_id) WHERE ended_at = 0;

CREATE TABLE event (
  id TEXT NOT NULL,
  tenant_id TEXT,       -- NULL: of the suite
  at INTEGER NOT NULL,
  action TEXT NOT NULL,
  reason TEXT NOT NULL,
  ref TEXT NOT NULL,
  flow_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  product_account_id TEXT NOT NULL,
  network TEXT NOT NULL,
  ordinal INTEGER NOT NULL, request TEXT NOT NULL DEFAULT '',          -- the order within one commit
  CONSTRAINT event_pkey PRIMARY KEY (id)
) STRICT;

CREATE INDEX event_account_id_at ON event (account_id, at);

CREATE INDEX event_flow_id ON event (flow_id);

CREATE INDEX event_tenant_id_at ON event (tenant_id, at);

CREATE TABLE flow (
  id TEXT NOT NULL,
  tenant_id TEXT,       -- NULL when no product sent the person
  product_id TEXT,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  auth_request_id TEXT NOT NULL,
  browser_id TEXT NOT NULL,
  ref TEXT NOT NULL,                -- what the person can tell support
  agent TEXT NOT NULL,
  network TEXT NOT NULL,            -- shortened
  locale TEXT NOT NULL,
  identifier_hash TEXT NOT NULL,    -- keyed hash of what was typed; empty: nothing
  facts BLOB NOT NULL,             -- sealed JSON: what was typed, the candidate, the proofs, the hash to adopt
  owner_id TEXT,
  email_turn INTEGER NOT NULL,
  mails INTEGER NOT NULL,
  last_mail_at INTEGER NOT NULL,
  code_hash TEXT NOT NULL,
  code_deadline INTEGER NOT NULL,
  code_failures INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  reason TEXT NOT NULL,
  last_step TEXT NOT NULL,
  session_scope TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  deadline INTEGER NOT NULL,
  version INTEGER NOT NULL,
  CONSTRAINT flow_pkey PRIMARY KEY (id),
  CONSTRAINT flow_tenant_id_key UNIQUE (tenant_id, id),
  CONSTRAINT flow_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant (id),
  CONSTRAINT flow_instance_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES instance (tenant_id, product_id),
  CONSTRAINT flow_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES account (id)
) STRICT;

CREATE INDEX flow_deadline ON flow (deadline);

CREATE INDEX flow_owner_id ON flow (owner_id) WHERE owner_id IS NOT NULL;

CREATE INDEX flow_ref ON flow (tenant_id, ref);

CREATE TABLE instance (
  tenant_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  id TEXT NOT NULL,
  connector_name TEXT,
  client_id TEXT,
  redirect_uris TEXT NOT NULL,      -- JSON list, like the next
  post_logout_redirect_uris TEXT NOT NULL,
  home_url TEXT NOT NULL,
  login_url TEXT NOT NULL,
  withdrawn_at INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL, rollout TEXT NOT NULL DEFAULT 'on' CHECK (rollout IN ('off', 'pilot', 'on')), pilot TEXT NOT NULL DEFAULT '', reset_url TEXT NOT NULL DEFAULT '',
  CONSTRAINT instance_pkey PRIMARY KEY (tenant_id, product_id),
  CONSTRAINT instance_id_key UNIQUE (id),
  CONSTRAINT instance_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant (id),
  CONSTRAINT instance_product_id_fkey FOREIGN KEY (product_id) REFERENCES product (id),
  CONSTRAINT instance_connector_name_fkey FOREIGN KEY (connector_name) REFERENCES connector_spec (name),
  CONSTRAINT instance_client_id_fkey FOREIGN KEY (client_id) REFERENCES client (id)
) STRICT;

CREATE INDEX instance_client_id ON instance (client_id);

CREATE TABLE instance_redirect (
  client_id TEXT NOT NULL,
  uri TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  CONSTRAINT instance_redirect_pkey PRIMARY KEY (client_id, uri),
  CONSTRAINT instance_redirect_client_id_fkey FOREIGN KEY (client_id) REFERENCES client (id),
  CONSTRAINT instance_redirect_instance_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES instance (tenant_id, product_id)
) STRICT;

CREATE INDEX instance_redirect_instance ON instance_redirect (tenant_id, product_id);

CREATE TABLE instance_rollout (
  tenant_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  version INTEGER NOT NULL,          -- the instance's, which the turn made
  before_state TEXT NOT NULL,       -- empty for a new instance
  state TEXT NOT NULL,
  changed_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  people INTEGER NOT NULL,
  percent INTEGER NOT NULL,
  CONSTRAINT instance_rollout_pkey PRIMARY KEY (tenant_id, product_id, version),
  CONSTRAINT instance_rollout_instance_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES instance (tenant_id, product_id)
) STRICT;

CREATE TABLE invitation (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  product_account_id TEXT NOT NULL,
  client_id TEXT NOT NULL,          -- that asked for it
  state TEXT NOT NULL CHECK (state IN ('pending', 'accepted', 'expired', 'cancelled', 'revoked')),
  reason TEXT NOT NULL,
  facts BLOB NOT NULL,             -- sealed JSON: the address, and the name of who invited
  locale TEXT NOT NULL,
  ref TEXT NOT NULL,
  mail_id TEXT NOT NULL,            -- the last one
  mails INTEGER NOT NULL,
  last_mail_at INTEGER NOT NULL,
  account_id TEXT,                  -- that accepted it; NULL: none
  link_id TEXT NOT NULL,
  browser_id TEXT NOT NULL,
  last_step TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  deadline INTEGER NOT NULL,
  accepted_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  CONSTRAINT invitation_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT invitation_product_account_fkey FOREIGN KEY (tenant_id, product_account_id) REFERENCES product_account (tenant_id, id),
  CONSTRAINT invitation_instance_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES instance (tenant_id, product_id),
  CONSTRAINT invitation_client_id_fkey FOREIGN KEY (client_id) REFERENCES client (id),
  CONSTRAINT invitation_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id)
) STRICT;

CREATE INDEX invitation_made ON invitation (tenant_id, product_id, created_at, id);

CREATE UNIQUE INDEX invitation_pending_key ON invitation (tenant_id, product_account_id) WHERE state = 'pending';

CREATE TABLE invitation_book (
  tenant_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  CONSTRAINT invitation_book_pkey PRIMARY KEY (tenant_id, product_id),
  CONSTRAINT invitation_book_instance_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES instance (tenant_id, product_id)
) STRICT;

CREATE TABLE invitation_token (
  hash TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  invitation_id TEXT NOT NULL,
  purpose TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  deadline INTEGER NOT NULL,
  CONSTRAINT invitation_token_pkey PRIMARY KEY (hash),
  CONSTRAINT invitation_token_invitation_fkey FOREIGN KEY (tenant_id, invitation_id) REFERENCES invitation (tenant_id, id)
) STRICT;

CREATE INDEX invitation_token_invitation ON invitation_token (tenant_id, invitation_id);

CREATE TABLE link (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  product_account_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'deferred', 'suspended', 'ended')),
  evidence TEXT NOT NULL,           -- JSON list of proofs
  flow_id TEXT NOT NULL,            -- the flow itself is forgotten after a while
  browser_id TEXT NOT NULL,         -- where the proofs were given
  created_at INTEGER NOT NULL,
  active_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  version INTEGER NOT NULL, reason TEXT NOT NULL DEFAULT '',
  CONSTRAINT link_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT link_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id),
  CONSTRAINT link_product_account_fkey FOREIGN KEY (tenant_id, product_account_id) REFERENCES product_account (tenant_id, id)
) STRICT;

CREATE INDEX link_account_id ON link (account_id);

CREATE UNIQUE INDEX link_active_key ON link (tenant_id, product_account_id) WHERE state = 'active';

CREATE INDEX link_browser_id ON link (browser_id) WHERE state = 'pending';

CREATE INDEX link_product_account ON link (tenant_id, product_account_id);

CREATE TABLE logout_notice (
  session_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  subject TEXT NOT NULL,            -- of the product account; a client may know several in one session
  attempts INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,           -- not before; moved on by a claim, so that a lost server's notice comes back
  CONSTRAINT logout_notice_pkey PRIMARY KEY (session_id, client_id, subject),
  CONSTRAINT logout_notice_client_id_fkey FOREIGN KEY (client_id) REFERENCES client (id)
) STRICT;

CREATE INDEX logout_notice_due_at ON logout_notice (due_at);

CREATE TABLE mail_token (
  hash TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  flow_id TEXT NOT NULL,
  purpose TEXT NOT NULL,
  email BLOB NOT NULL,             -- sealed
  email_turn INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  deadline INTEGER NOT NULL, product_account_id TEXT NOT NULL DEFAULT '', receiver BLOB,
  CONSTRAINT mail_token_pkey PRIMARY KEY (hash),
  CONSTRAINT mail_token_flow_fkey FOREIGN KEY (tenant_id, flow_id) REFERENCES flow (tenant_id, id) ON DELETE CASCADE
) STRICT;

CREATE INDEX mail_token_flow ON mail_token (tenant_id, flow_id);

CREATE TABLE outbox (
  id TEXT NOT NULL,
  tenant_id TEXT,
  flow_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  locale TEXT NOT NULL,
  receiver BLOB NOT NULL,          -- sealed address
  payload BLOB,                    -- sealed values; NULL once nobody needs them
  state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed')),
  attempts INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  reason TEXT NOT NULL,             -- of the last failure: a key, perhaps with an SMTP status
  created_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,           -- not before; moved on by a claim, so that a lost worker's mail comes back
  ended_at INTEGER NOT NULL,         -- sent, or given up
  deadline INTEGER NOT NULL,
  CONSTRAINT outbox_pkey PRIMARY KEY (id),
  CONSTRAINT outbox_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant (id)
) STRICT;

CREATE INDEX outbox_due_at ON outbox (due_at) WHERE state = 'queued';

CREATE INDEX outbox_ended_at ON outbox (ended_at) WHERE state <> 'queued';

CREATE INDEX outbox_flow_id ON outbox (flow_id);

CREATE TABLE product (
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  mark TEXT NOT NULL,
  color TEXT NOT NULL,
  on_link TEXT NOT NULL,            -- empty: the suite's
  weak INTEGER NOT NULL,
  mailbox_resets_password INTEGER NOT NULL,
  other_address TEXT NOT NULL,
  withdrawn_at INTEGER NOT NULL DEFAULT 0, -- declared no more; kept for what refers to it
  version INTEGER NOT NULL, shared INTEGER NOT NULL DEFAULT 0, reset_pause INTEGER NOT NULL DEFAULT 0, addresses_proven INTEGER NOT NULL DEFAULT 0,
  CONSTRAINT product_pkey PRIMARY KEY (id)
) STRICT;

CREATE TABLE product_account (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  external_id TEXT NOT NULL,
  generation TEXT NOT NULL,
  subject TEXT NOT NULL,
  username TEXT NOT NULL,
  username_key TEXT NOT NULL, -- folded, for finding by it
  email TEXT NOT NULL,  -- as the product records it; empty: none
  name TEXT NOT NULL,
  locale TEXT NOT NULL,
  seen_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  CONSTRAINT product_account_pkey PRIMARY KEY (tenant_id, id),
  CONSTRAINT product_account_external_id_key UNIQUE (tenant_id, product_id, external_id, generation),
  CONSTRAINT product_account_subject_key UNIQUE (subject),
  CONSTRAINT product_account_instance_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES instance (tenant_id, product_id)
) STRICT;

CREATE INDEX product_account_email ON product_account (tenant_id, product_id, email);

CREATE INDEX product_account_username_key ON product_account (tenant_id, product_id, username_key);

CREATE TABLE proof (
  id TEXT NOT NULL,
  tenant_id TEXT,
  product_id TEXT,
  product_account_id TEXT,
  account_id TEXT,
  method TEXT NOT NULL,
  flow_id TEXT NOT NULL,
  browser_id TEXT NOT NULL,
  email BLOB,                      -- sealed; NULL: of no mailbox
  email_turn INTEGER NOT NULL,
  at INTEGER NOT NULL,
  spent_at INTEGER NOT NULL,
  CONSTRAINT proof_pkey PRIMARY KEY (id),
  CONSTRAINT proof_tenant_id_check CHECK (product_account_id IS NULL OR tenant_id IS NOT NULL),
  CONSTRAINT proof_product_account_fkey FOREIGN KEY (tenant_id, product_account_id) REFERENCES product_account (tenant_id, id),
  CONSTRAINT proof_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id)
) STRICT;

CREATE INDEX proof_flow_id ON proof (flow_id);

CREATE TABLE pushed_request (
  hash TEXT NOT NULL,               -- of the secret in the request_uri
  client_id TEXT NOT NULL,
  params BLOB NOT NULL,             -- sealed JSON
  created_at INTEGER NOT NULL,
  deadline INTEGER NOT NULL,
  done_at INTEGER NOT NULL,         -- answered with a code
  CONSTRAINT pushed_request_pkey PRIMARY KEY (hash),
  CONSTRAINT pushed_request_client_id_fkey FOREIGN KEY (client_id) REFERENCES client (id)
) STRICT;

CREATE INDEX pushed_request_deadline ON pushed_request (deadline);

CREATE TABLE rollout (
  tenant_id TEXT NOT NULL,
  version INTEGER NOT NULL,          -- the tenant's, which the change made
  before_state TEXT NOT NULL,       -- empty for a new tenant
  state TEXT NOT NULL,
  changed_by TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL, people INTEGER NOT NULL DEFAULT 0, percent INTEGER NOT NULL DEFAULT 0,
  CONSTRAINT rollout_pkey PRIMARY KEY (tenant_id, version),
  CONSTRAINT rollout_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant (id)
) STRICT;

CREATE TABLE session (
  id TEXT NOT NULL,     -- the hash of the cookie's secret
  browser_id TEXT NOT NULL,
  account_id TEXT,      -- NULL in a product session of a pending link
  scope TEXT NOT NULL CHECK (scope IN ('full', 'product')),
  tenant_id TEXT,
  product_id TEXT,
  product_account_id TEXT,
  methods TEXT NOT NULL,            -- JSON list
  auth_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  idle_ttl INTEGER NOT NULL,         -- microseconds
  deadline INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  version INTEGER NOT NULL, agent TEXT NOT NULL DEFAULT '', network TEXT NOT NULL DEFAULT '',
  CONSTRAINT session_pkey PRIMARY KEY (id),
  CONSTRAINT session_product_check CHECK (scope = 'full' OR (tenant_id IS NOT NULL AND product_account_id IS NOT NULL)),
  CONSTRAINT session_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id),
  CONSTRAINT session_product_account_fkey FOREIGN KEY (tenant_id, product_account_id) REFERENCES product_account (tenant_id, id)
) STRICT;

CREATE INDEX session_account_id ON session (account_id);

CREATE INDEX session_browser_id ON session (browser_id) WHERE ended_at = 0;

CREATE INDEX session_product_account ON session (tenant_id, product_account_id) WHERE product_account_id IS NOT NULL;

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

CREATE TABLE signing_key (
  id TEXT NOT NULL,                 -- the kid
  alg TEXT NOT NULL CHECK (alg IN ('ES256', 'RS256')),
  turn INTEGER NOT NULL,             -- counts an algorithm's keys from 1, so that replicas cannot both make the first
  private BLOB NOT NULL,           -- sealed
  created_at INTEGER NOT NULL, active_at INTEGER NOT NULL DEFAULT 0, drop_at INTEGER NOT NULL DEFAULT 0,
  CONSTRAINT signing_key_pkey PRIMARY KEY (id),
  CONSTRAINT signing_key_alg_turn_key UNIQUE (alg, turn)
) STRICT;

CREATE TABLE suite (
  id INTEGER NOT NULL CHECK (id = 1),
  issuer TEXT NOT NULL,
  brand TEXT NOT NULL,              -- JSON
  locale TEXT NOT NULL,
  disclosure TEXT NOT NULL,
  on_link TEXT NOT NULL,
  session_full INTEGER NOT NULL,     -- microseconds, like the next three
  session_full_idle INTEGER NOT NULL,
  session_product INTEGER NOT NULL,
  session_product_idle INTEGER NOT NULL,
  version INTEGER NOT NULL, flows_per_hour INTEGER NOT NULL DEFAULT 0, mails_per_hour INTEGER NOT NULL DEFAULT 0, mails_per_day INTEGER NOT NULL DEFAULT 0, revision INTEGER NOT NULL DEFAULT 0,
  CONSTRAINT suite_pkey PRIMARY KEY (id)
) STRICT;

CREATE TABLE tally (
  key TEXT NOT NULL,
  failures INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  until INTEGER NOT NULL,
  version INTEGER NOT NULL,
  CONSTRAINT tally_pkey PRIMARY KEY (key)
) STRICT;

CREATE INDEX tally_until ON tally (until);

CREATE TABLE tenant (
  id TEXT NOT NULL,
  name TEXT NOT NULL,
  rollout TEXT NOT NULL CHECK (rollout IN ('off', 'pilot', 'on')),
  administrators TEXT NOT NULL,     -- JSON list of addresses
  email_domains TEXT NOT NULL,      -- JSON list
  time_zone TEXT NOT NULL,
  withdrawn_at INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL, flows_per_hour INTEGER NOT NULL DEFAULT 0, pilot TEXT NOT NULL DEFAULT '',
  CONSTRAINT tenant_pkey PRIMARY KEY (id)
) STRICT;

CREATE TABLE token_family (
  tenant_id TEXT NOT NULL,
  id TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  token_hash TEXT NOT NULL,         -- of the one that is good
  turn INTEGER NOT NULL,            -- counts them, from 1
  created_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  idle_ttl INTEGER NOT NULL,        -- microseconds
  deadline INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  CONSTRAINT token_family_pkey PRIMARY KEY (id),
  CONSTRAINT token_family_token_hash_key UNIQUE (token_hash),
  CONSTRAINT token_family_grant_id_fkey FOREIGN KEY (grant_id) REFERENCES authorization_grant (id),
  CONSTRAINT token_family_client_id_fkey FOREIGN KEY (client_id) REFERENCES client (id)
) STRICT;

CREATE INDEX token_family_deadline ON token_family (deadline);

CREATE INDEX token_family_grant_id ON token_family (grant_id);

CREATE TABLE undo (
  id TEXT NOT NULL,
  account_id TEXT NOT NULL,         -- who may take it back
  other_id TEXT,                    -- the account that a merge closed
  kind TEXT NOT NULL CHECK (kind IN ('unlink', 'merge')),
  facts BLOB NOT NULL,              -- sealed JSON: links and addresses before and after
  created_at INTEGER NOT NULL,
  deadline INTEGER NOT NULL,
  done_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  CONSTRAINT undo_pkey PRIMARY KEY (id),
  CONSTRAINT undo_account_id_fkey FOREIGN KEY (account_id) REFERENCES account (id),
  CONSTRAINT undo_other_id_fkey FOREIGN KEY (other_id) REFERENCES account (id)
) STRICT;

CREATE INDEX undo_account_id ON undo (account_id) WHERE done_at = 0;
