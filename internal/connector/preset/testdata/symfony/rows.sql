-- The hashes are those of internal/legacyhash/testdata/vectors: password_hash, which is Symfony's NativePasswordHasher
INSERT INTO "user" (id, email, roles, password) VALUES (1, 'root@example.com', '["ROLE_SUPER_ADMIN"]', '$2y$05$IxLH9gZHY7uAowB87fx6g..MCT.iRM3yfs8ONzCpPiC5wfuxBcVFq');
INSERT INTO "user" (id, email, roles, password) VALUES (2, 'Zoe@Example.com', '[]', '$argon2id$v=19$m=1024,t=2,p=1$RWsucG96MDZ2ckFRZVdwQw$q4q5YevE4M+9gNT7zecHgvHdRlihOkLdYem9bdSE/2g');
INSERT INTO "user" (id, email, roles, password) VALUES (3, 'long@example.com', '["ROLE_ADMINISTRATED"]', '$argon2id$v=19$m=1024,t=2,p=1$N21WZlYwLjdmLy5aMk4vRQ$WmXMoGFXN7dFynBI/0yVB4H/cg7nqVsl8n+kf8499Tk');
