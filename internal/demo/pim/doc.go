// Package pim is the demo's stand-in for Akeneo PIM: a product that has had its own users, roles, preferences and history
// for years, and must find everything as it was after its people sign in with one account.
//
// It has its own SQLite file in the shapes of the real product's MySQL tables, its own password hashes, sessions, login
// page and forgotten-password pages. The identity provider reads the file through SELECTs and never writes it; this
// package finds the person who signed in by `product_account.id` = oro_user.id, never by email, and never renames anybody,
// because history names its authors by username text.
//
// # What the columns of oro_user mean to a reader
//
//	id                        the product's own key; never used again (AUTOINCREMENT). The ExternalID.
//	username, email           both unique, both compared without regard to ASCII case (the real collation also ignores
//	                          accents). Either may be typed at the login page; when A's username is B's email, nobody may
//	                          sign in with it.
//	password, salt            Symfony's message digest: base64(sha512^5000), each round over the raw digest followed by
//	                          `password{salt}`; 88 characters. The salt is per user and is not changed with the password.
//	enabled                   0: may not sign in, and is answered like an unknown user.
//	user_type                 'user' may sign in; 'api' (connections) and 'job' never.
//	consecutive_authentication_failure_counter, authentication_failure_reset_date
//	                          failures in a row, and the instant of the first of them. Locked while the counter is at
//	                          least 5 and that instant is less than 5 minutes ago, whatever the password.
//	last_login, login_count   the only columns a sign-in through the identity provider changes.
//	confirmation_token, password_requested
//	                          the forgotten-password link that is open, and since when; 24 hours.
//	createdAt                 tells a user from another one created later under the same name: the generation.
//	properties                JSON bag; `{"shared": true}` marks an account several people use, `{"invitation": …}` one
//	                          that is invited and has never been used, `{"invited": …}` by which invitation one came.
//	ui_locale_id              pim_catalog_locale.id; its `code` (en_US) is the language of the interface.
//
// Instants are DATETIME text `YYYY-MM-DD HH:MM:SS` in UTC, as Doctrine writes them. Effective roles are a user's own
// (oro_user_access_role) and those of its groups (oro_user_access_group, oro_user_access_group_role); ROLE_ADMINISTRATOR is
// the privileged one. AccountSelect is a SELECT that gives all of it in one row.
package pim

// AccountSelect gives one row per user that may exist at the login page, for the identity provider's read-only view.
// Append a WHERE clause on u.id, u.username or u.email. Instants are microseconds since 1970, flags 0 or 1; locked_until is
// NULL for somebody who is not near a lock; generation is a text.
const AccountSelect = `SELECT CAST(u.id AS TEXT) AS id,
  CAST(CAST(strftime('%s', u.createdAt) AS INTEGER) * 1000000 AS TEXT) AS generation,
  u.username AS username, u.email AS email, trim(u.first_name || ' ' || u.last_name) AS name, l.code AS locale,
  u.password AS password, u.salt AS salt,
  CASE WHEN u.enabled = 1 AND u.user_type = 'user' THEN 0 ELSE 1 END AS disabled,
  CASE WHEN u.consecutive_authentication_failure_counter >= 5
    THEN (CAST(strftime('%s', u.authentication_failure_reset_date) AS INTEGER) + 300) * 1000000 END AS locked_until,
  EXISTS (SELECT 1 FROM oro_access_role r WHERE r.role = 'ROLE_ADMINISTRATOR' AND (
    r.id IN (SELECT ur.role_id FROM oro_user_access_role ur WHERE ur.user_id = u.id) OR
    r.id IN (SELECT gr.role_id FROM oro_user_access_group_role gr JOIN oro_user_access_group ug ON ug.group_id = gr.group_id WHERE ug.user_id = u.id)
  )) AS privileged,
  COALESCE(json_extract(u.properties, '$.shared'), 0) AS shared,
  CAST(strftime('%s', u.last_login) AS INTEGER) * 1000000 AS last_used
FROM oro_user u JOIN pim_catalog_locale l ON l.id = u.ui_locale_id`

// MySQLAccountSelect is AccountSelect in the real product's database, MySQL or MariaDB, under the names that the sql
// connector knows. Append a WHERE clause on u.id, u.username or u.email.
const MySQLAccountSelect = `SELECT u.id, CAST(UNIX_TIMESTAMP(u.createdAt) * 1000000 AS CHAR) AS generation, u.username, u.email,
  TRIM(CONCAT(COALESCE(u.first_name, ''), ' ', COALESCE(u.last_name, ''))) AS name, l.code AS locale,
  u.password AS password_hash, u.salt, u.enabled = 0 OR u.user_type <> 'user' AS disabled,
  u.consecutive_authentication_failure_counter >= 5 AND u.authentication_failure_reset_date > UTC_TIMESTAMP() - INTERVAL 5 MINUTE AS locked,
  EXISTS (SELECT 1 FROM oro_access_role r WHERE r.role = 'ROLE_ADMINISTRATOR' AND (
    r.id IN (SELECT ur.role_id FROM oro_user_access_role ur WHERE ur.user_id = u.id) OR
    r.id IN (SELECT gr.role_id FROM oro_user_access_group_role gr JOIN oro_user_access_group ug ON ug.group_id = gr.group_id WHERE ug.user_id = u.id)
  )) AS privileged,
  JSON_UNQUOTE(JSON_EXTRACT(u.properties, '$.shared')) AS shared, u.last_login AS last_used
FROM oro_user u JOIN pim_catalog_locale l ON l.id = u.ui_locale_id`
