-- Symfony 6.4: make:user and make:migration, Doctrine's SQL for PostgreSQL
CREATE TABLE "user" (id SERIAL NOT NULL, email VARCHAR(180) NOT NULL, roles JSON NOT NULL, password VARCHAR(255) NOT NULL, PRIMARY KEY(id));
CREATE UNIQUE INDEX UNIQ_IDENTIFIER_EMAIL ON "user" (email);
