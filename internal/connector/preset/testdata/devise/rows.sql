-- The hashes are those of internal/legacyhash/testdata/vectors: Devise::Encryptor.digest, with its pepper
INSERT INTO users (id, email, encrypted_password, created_at, updated_at) VALUES (1, 'ann@example.com', '$2a$05$jl6R4pxsDOkpCerdMuxKo.AsE4QYJ/gxnrnHbIU/LE2GnsH1QjHoS', '2020-02-03 04:05:06', '2020-02-03 04:05:06');
INSERT INTO users (id, email, encrypted_password, created_at, updated_at) VALUES (2, 'zoe@example.com', '$2a$05$67pQji95RY39Rc61D0uC2egevmXtLMILiZPf55lgQp2s1PUwNmEgi', '2020-02-03 04:05:06', '2020-02-03 04:05:06');
INSERT INTO users (id, email, encrypted_password, created_at, updated_at) VALUES (3, 'invited@example.com', '', '2020-02-03 04:05:06', '2020-02-03 04:05:06');
