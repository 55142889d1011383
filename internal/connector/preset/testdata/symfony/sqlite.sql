-- Symfony 6.4: make:user and make:migration, Doctrine's SQL for SQLite
CREATE TABLE "user" (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, email VARCHAR(180) NOT NULL, roles CLOB NOT NULL, password VARCHAR(255) NOT NULL);
CREATE UNIQUE INDEX UNIQ_IDENTIFIER_EMAIL ON "user" (email);
