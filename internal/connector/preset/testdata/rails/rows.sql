-- The hashes are those of internal/legacyhash/testdata/vectors: bcrypt-ruby's, which has_secure_password uses
INSERT INTO users (id, email_address, password_digest, created_at, updated_at) VALUES (1, 'ann@example.com', '$2a$04$uFZgTBbx7LH2lZGm3mNH.eYWRlJfCGCxy9xrh5pe.1AGnCkx65P2S', '2020-02-03 04:05:06', '2020-02-03 04:05:06');
INSERT INTO users (id, email_address, password_digest, created_at, updated_at) VALUES (2, 'zoe@example.com', '$2a$04$jssJZk7XQ9mcMdOUda6F1uz6ckOdZU9Sxu7SmThxhVT9sFbbRa6sa', '2020-02-03 04:05:06', '2020-02-03 04:05:06');
INSERT INTO users (id, email_address, password_digest, created_at, updated_at) VALUES (3, 'long@example.com', '$2a$04$pl7nd6cPiDLZXj4tASNLyOAEx9NATOM2DiUQlAq7pa8U6Sx05rLju', '2020-02-03 04:05:06', '2020-02-03 04:05:06');
