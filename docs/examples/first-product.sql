-- The users of a product, as it has had them for years. The password of dana@acme.example is Corner-Lamp-42-Dusk.
CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  password TEXT NOT NULL -- bcrypt
);
INSERT INTO users (email, name, password)
VALUES ('dana@acme.example', 'Dana Petrov', '$2a$10$sKMMEsQ2W5FOqGyjLYdmge1hfe9JpBilMJKuYv7zss8cgBSrQrqyi');
