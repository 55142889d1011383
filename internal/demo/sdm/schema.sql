CREATE TABLE IF NOT EXISTS organizations_organization (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, akeneo_customer_id TEXT NOT NULL,
  type TEXT NOT NULL DEFAULT 'CUSTOMER', is_active BOOLEAN NOT NULL DEFAULT 1, created_at BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS users_user (
  id INTEGER PRIMARY KEY AUTOINCREMENT, organization_id INTEGER NOT NULL REFERENCES organizations_organization(id),
  email TEXT NOT NULL COLLATE NOCASE UNIQUE, password TEXT NOT NULL, first_name TEXT NOT NULL, last_name TEXT NOT NULL,
  access_level TEXT NOT NULL DEFAULT 'member', language TEXT NOT NULL DEFAULT 'en',
  is_active BOOLEAN NOT NULL DEFAULT 1, is_shared BOOLEAN NOT NULL DEFAULT 0, must_reset_password BOOLEAN NOT NULL DEFAULT 0,
  failed_logins INTEGER NOT NULL DEFAULT 0, locked_until BIGINT,
  last_login BIGINT, login_count INTEGER NOT NULL DEFAULT 0, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS users_notificationpreference (
  user_id INTEGER PRIMARY KEY REFERENCES users_user(id) ON DELETE CASCADE,
  ftp_failure BOOLEAN NOT NULL DEFAULT 1, contributor_upload BOOLEAN NOT NULL DEFAULT 1, last_step_done BOOLEAN NOT NULL DEFAULT 0,
  long_job BOOLEAN NOT NULL DEFAULT 0, long_job_minutes INTEGER NOT NULL DEFAULT 60);
CREATE TABLE IF NOT EXISTS users_passwordreset (
  digest TEXT PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users_user(id) ON DELETE CASCADE, created_at BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS users_invitation (
  user_id INTEGER PRIMARY KEY REFERENCES users_user(id) ON DELETE CASCADE, invitation TEXT NOT NULL, created_at BIGINT NOT NULL, accepted_at BIGINT);
CREATE TABLE IF NOT EXISTS projects_project (
  id INTEGER PRIMARY KEY AUTOINCREMENT, organization_id INTEGER NOT NULL REFERENCES organizations_organization(id), name TEXT NOT NULL,
  UNIQUE (organization_id, name));
CREATE TABLE IF NOT EXISTS jobs_job (
  id INTEGER PRIMARY KEY AUTOINCREMENT, project_id INTEGER NOT NULL REFERENCES projects_project(id), name TEXT NOT NULL,
  creator_id INTEGER NOT NULL REFERENCES users_user(id), owner_id INTEGER NOT NULL REFERENCES users_user(id),
  status TEXT NOT NULL, created_at BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS activity_entry (
  id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL REFERENCES users_user(id), job_id INTEGER REFERENCES jobs_job(id),
  text TEXT NOT NULL, created_at BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS authtoken_token (
  key TEXT PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users_user(id) ON DELETE CASCADE, name TEXT NOT NULL, created_at BIGINT NOT NULL,
  UNIQUE (user_id, name));
CREATE TABLE IF NOT EXISTS django_session (
  session_key TEXT PRIMARY KEY, session_data TEXT NOT NULL, user_id INTEGER NOT NULL, expire_at BIGINT NOT NULL);
