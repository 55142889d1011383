-- Laravel 11: database/migrations/0001_01_01_000000_create_users_table.php, as the schema grammar writes it for SQLite
CREATE TABLE "users" ("id" integer primary key autoincrement not null, "name" varchar not null, "email" varchar not null, "email_verified_at" datetime, "password" varchar not null, "remember_token" varchar, "created_at" datetime, "updated_at" datetime);
CREATE UNIQUE INDEX "users_email_unique" ON "users" ("email");
