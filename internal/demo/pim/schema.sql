CREATE TABLE IF NOT EXISTS pim_catalog_locale (
  id INTEGER PRIMARY KEY AUTOINCREMENT, code VARCHAR(20) NOT NULL UNIQUE, is_activated BOOLEAN NOT NULL DEFAULT 1);
CREATE TABLE IF NOT EXISTS pim_catalog_category (
  id INTEGER PRIMARY KEY AUTOINCREMENT, parent_id INTEGER REFERENCES pim_catalog_category(id), code VARCHAR(100) NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS pim_catalog_channel (
  id INTEGER PRIMARY KEY AUTOINCREMENT, category_id INTEGER NOT NULL REFERENCES pim_catalog_category(id), code VARCHAR(100) NOT NULL UNIQUE);

CREATE TABLE IF NOT EXISTS oro_user (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ui_locale_id INTEGER NOT NULL REFERENCES pim_catalog_locale(id),
  username VARCHAR(255) NOT NULL COLLATE NOCASE UNIQUE,
  email VARCHAR(255) NOT NULL COLLATE NOCASE UNIQUE,
  name_prefix VARCHAR(30), first_name VARCHAR(100), middle_name VARCHAR(100), last_name VARCHAR(100), name_suffix VARCHAR(30),
  image VARCHAR(255), file_info_id INTEGER,
  enabled BOOLEAN NOT NULL DEFAULT 1,
  salt VARCHAR(255) NOT NULL, password VARCHAR(255) NOT NULL,
  confirmation_token VARCHAR(255), password_requested DATETIME,
  last_login DATETIME, login_count INTEGER NOT NULL DEFAULT 0,
  createdAt DATETIME NOT NULL, updatedAt DATETIME NOT NULL,
  product_grid_filters JSON, emailNotifications BOOLEAN NOT NULL DEFAULT 0,
  phone VARCHAR(20), timezone VARCHAR(30) NOT NULL DEFAULT 'UTC',
  user_type VARCHAR(20) NOT NULL DEFAULT 'user', properties JSON NOT NULL DEFAULT '{}',
  consecutive_authentication_failure_counter INTEGER NOT NULL DEFAULT 0, authentication_failure_reset_date DATETIME,
  profile VARCHAR(255),
  catalogLocale_id INTEGER REFERENCES pim_catalog_locale(id),
  catalogScope_id INTEGER REFERENCES pim_catalog_channel(id),
  defaultTree_id INTEGER REFERENCES pim_catalog_category(id));

CREATE TABLE IF NOT EXISTS oro_access_role (
  id INTEGER PRIMARY KEY AUTOINCREMENT, role VARCHAR(30) NOT NULL UNIQUE, label VARCHAR(30) NOT NULL, type VARCHAR(20) NOT NULL DEFAULT 'default');
CREATE TABLE IF NOT EXISTS oro_access_group (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR(30) NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS oro_user_access_role (
  user_id INTEGER NOT NULL REFERENCES oro_user(id) ON DELETE CASCADE, role_id INTEGER NOT NULL REFERENCES oro_access_role(id), PRIMARY KEY (user_id, role_id));
CREATE TABLE IF NOT EXISTS oro_user_access_group (
  user_id INTEGER NOT NULL REFERENCES oro_user(id) ON DELETE CASCADE, group_id INTEGER NOT NULL REFERENCES oro_access_group(id), PRIMARY KEY (user_id, group_id));
CREATE TABLE IF NOT EXISTS oro_user_access_group_role (
  group_id INTEGER NOT NULL REFERENCES oro_access_group(id), role_id INTEGER NOT NULL REFERENCES oro_access_role(id), PRIMARY KEY (group_id, role_id));

CREATE TABLE IF NOT EXISTS acl_classes (id INTEGER PRIMARY KEY AUTOINCREMENT, class_type VARCHAR(200) NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS acl_security_identities (
  id INTEGER PRIMARY KEY AUTOINCREMENT, identifier VARCHAR(200) NOT NULL, username BOOLEAN NOT NULL, UNIQUE (identifier, username));
CREATE TABLE IF NOT EXISTS acl_object_identities (
  id INTEGER PRIMARY KEY AUTOINCREMENT, class_id INTEGER NOT NULL REFERENCES acl_classes(id), object_identifier VARCHAR(100) NOT NULL,
  entries_inheriting BOOLEAN NOT NULL DEFAULT 1, UNIQUE (object_identifier, class_id));
CREATE TABLE IF NOT EXISTS acl_entries (
  id INTEGER PRIMARY KEY AUTOINCREMENT, class_id INTEGER NOT NULL REFERENCES acl_classes(id),
  object_identity_id INTEGER NOT NULL REFERENCES acl_object_identities(id),
  security_identity_id INTEGER NOT NULL REFERENCES acl_security_identities(id),
  ace_order INTEGER NOT NULL DEFAULT 0, mask INTEGER NOT NULL DEFAULT 1, granting BOOLEAN NOT NULL DEFAULT 1,
  UNIQUE (class_id, object_identity_id, security_identity_id));

CREATE TABLE IF NOT EXISTS pim_datagrid_view (
  id INTEGER PRIMARY KEY AUTOINCREMENT, owner_id INTEGER REFERENCES oro_user(id) ON DELETE CASCADE,
  label VARCHAR(100) NOT NULL, type VARCHAR(10) NOT NULL, datagrid_alias VARCHAR(255) NOT NULL, columns JSON NOT NULL, filters TEXT);
CREATE TABLE IF NOT EXISTS pim_user_default_datagrid_view (
  user_id INTEGER NOT NULL REFERENCES oro_user(id) ON DELETE CASCADE, view_id INTEGER NOT NULL REFERENCES pim_datagrid_view(id) ON DELETE CASCADE,
  PRIMARY KEY (user_id, view_id));
CREATE TABLE IF NOT EXISTS pim_notification_notification (
  id INTEGER PRIMARY KEY AUTOINCREMENT, route VARCHAR(255), message VARCHAR(255) NOT NULL, messageParams JSON NOT NULL DEFAULT '{}',
  type VARCHAR(20) NOT NULL, created DATETIME NOT NULL);
CREATE TABLE IF NOT EXISTS pim_notification_user_notification (
  id INTEGER PRIMARY KEY AUTOINCREMENT, notification_id INTEGER NOT NULL REFERENCES pim_notification_notification(id),
  user_id INTEGER NOT NULL REFERENCES oro_user(id) ON DELETE CASCADE, viewed BOOLEAN NOT NULL DEFAULT 0);

CREATE TABLE IF NOT EXISTS pim_catalog_product (
  id INTEGER PRIMARY KEY AUTOINCREMENT, identifier VARCHAR(255) NOT NULL UNIQUE, family VARCHAR(100) NOT NULL DEFAULT '',
  raw_values JSON NOT NULL, is_enabled BOOLEAN NOT NULL DEFAULT 1, created DATETIME NOT NULL, updated DATETIME NOT NULL);
CREATE TABLE IF NOT EXISTS pim_versioning_version (
  id INTEGER PRIMARY KEY AUTOINCREMENT, author VARCHAR(255) NOT NULL, resource_name VARCHAR(255) NOT NULL, resource_id VARCHAR(24),
  snapshot TEXT, changeset JSON NOT NULL, context VARCHAR(255), version INTEGER, logged_at DATETIME NOT NULL, pending BOOLEAN NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS pim_versioning_version_author_idx ON pim_versioning_version (author);
CREATE INDEX IF NOT EXISTS pim_versioning_version_resource_idx ON pim_versioning_version (resource_name, resource_id);

CREATE TABLE IF NOT EXISTS pim_api_client (
  id INTEGER PRIMARY KEY AUTOINCREMENT, random_id VARCHAR(255) NOT NULL UNIQUE, secret VARCHAR(255) NOT NULL, label VARCHAR(100) NOT NULL, allowed_grant_types TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS pim_api_access_token (
  id INTEGER PRIMARY KEY AUTOINCREMENT, client INTEGER REFERENCES pim_api_client(id), user INTEGER REFERENCES oro_user(id) ON DELETE CASCADE,
  token VARCHAR(255) NOT NULL UNIQUE, expires_at INTEGER, scope VARCHAR(255));
CREATE TABLE IF NOT EXISTS pim_api_refresh_token (
  id INTEGER PRIMARY KEY AUTOINCREMENT, client INTEGER REFERENCES pim_api_client(id), user INTEGER REFERENCES oro_user(id) ON DELETE CASCADE,
  token VARCHAR(255) NOT NULL UNIQUE, expires_at INTEGER, scope VARCHAR(255));

CREATE TABLE IF NOT EXISTS pim_session (
  sess_id VARCHAR(128) PRIMARY KEY, sess_data BLOB NOT NULL, sess_time INTEGER NOT NULL, sess_lifetime INTEGER NOT NULL);
