-- ASP.NET Core Identity 8: dotnet ef migrations script of IdentityDbContext, the tables that are used, for PostgreSQL (Npgsql)
CREATE TABLE "AspNetUsers" ("Id" text NOT NULL PRIMARY KEY, "UserName" character varying(256) NULL, "NormalizedUserName" character varying(256) NULL, "Email" character varying(256) NULL, "NormalizedEmail" character varying(256) NULL, "EmailConfirmed" boolean NOT NULL, "PasswordHash" text NULL, "SecurityStamp" text NULL, "ConcurrencyStamp" text NULL, "PhoneNumber" text NULL, "PhoneNumberConfirmed" boolean NOT NULL, "TwoFactorEnabled" boolean NOT NULL, "LockoutEnd" timestamp with time zone NULL, "LockoutEnabled" boolean NOT NULL, "AccessFailedCount" integer NOT NULL);
CREATE TABLE "AspNetRoles" ("Id" text NOT NULL PRIMARY KEY, "Name" character varying(256) NULL, "NormalizedName" character varying(256) NULL, "ConcurrencyStamp" text NULL);
CREATE TABLE "AspNetUserRoles" ("UserId" text NOT NULL, "RoleId" text NOT NULL, PRIMARY KEY ("UserId", "RoleId"));
CREATE INDEX "EmailIndex" ON "AspNetUsers" ("NormalizedEmail");
CREATE UNIQUE INDEX "UserNameIndex" ON "AspNetUsers" ("NormalizedUserName");
