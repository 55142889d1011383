-- Laravel 11: database/migrations/0001_01_01_000000_create_users_table.php, as the schema grammar writes it for PostgreSQL
CREATE TABLE "users" ("id" bigserial not null primary key, "name" varchar(255) not null, "email" varchar(255) not null, "email_verified_at" timestamp(0) without time zone null, "password" varchar(255) not null, "remember_token" varchar(100) null, "created_at" timestamp(0) without time zone null, "updated_at" timestamp(0) without time zone null);
ALTER TABLE "users" ADD CONSTRAINT "users_email_unique" UNIQUE ("email");
