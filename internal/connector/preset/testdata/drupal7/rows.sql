-- The hashes are those of internal/legacyhash/testdata/vectors: those of Drupal 7
INSERT INTO users (uid, name, pass, mail, status, created, access, login) VALUES (0, '', '', '', 0, 0, 0, 0);
INSERT INTO users (uid, name, pass, mail, status, created, access, login) VALUES (1, 'admin', '$S$DAbc/.xyzzx5axpgh6h8RYVvhGFxcQSz3xhLVrh0L6FNF9QiXcdw', 'admin@example.com', 1, 1300000000, 1400000000, 1400000000);
INSERT INTO users (uid, name, pass, mail, status, created, access, login) VALUES (2, 'Zoë', '$S$DAbc/.xyzVGGOJoIatZNDDBZC/d4Lgg69FBODuz.Ry0JPFIiE5pZ', 'Zoe@Example.com', 1, 1300000001, 0, 0);
INSERT INTO users (uid, name, pass, mail, status, created, access, login) VALUES (3, 'blocked', 'U$S$912345678kgnnBHu9aEHREa.EbEfWbp8ouYfisoniprL39oBWRvR', 'blocked@example.com', 0, 1300000002, 0, 0);
INSERT INTO users (uid, name, pass, mail, status, created, access, login) VALUES (4, 'second', '$S$DAbc/.xyzFMKzNqbih7.3f/n.JPNdOn7Jzg0qZxDI/vzUXp5MKRn', 'second@example.com', 1, 1300000003, 0, 0);
INSERT INTO "role" (rid, name) VALUES (3, 'administrator');
INSERT INTO "role" (rid, name) VALUES (4, 'editor');
INSERT INTO users_roles (uid, rid) VALUES (4, 3);
INSERT INTO users_roles (uid, rid) VALUES (2, 4);
