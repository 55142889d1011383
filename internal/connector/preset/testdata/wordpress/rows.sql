-- The hashes are those of internal/legacyhash/testdata/vectors: phpass of WordPress 6.1, and what 6.8 makes
INSERT INTO wp_users (ID, user_login, user_pass, user_email, user_registered, display_name) VALUES (1, 'admin', '$wp$2y$06$qEgCpJSP/.62bBAAf2Ae0OD//GxdlOoK8kxlLag5q8dMzq2b4ACza', 'admin@example.com', '2015-01-02 03:04:05', 'Site Admin');
INSERT INTO wp_users (ID, user_login, user_pass, user_email, user_registered, display_name) VALUES (2, 'Zoë', '$P$Bd8TENOtI3AsPxxgfbRvgXrGboCBWs.', 'Zoe@Example.com', '2016-01-02 03:04:05', 'Zoë Stark');
INSERT INTO wp_users (ID, user_login, user_pass, user_email, user_registered, display_name) VALUES (3, 'long', '$wp$2y$06$bBCOs3GagpgcMIS0nuUODu.FTk1MPrKA0D2IP7UgJKW.3ci553SQC', 'long@example.com', '0000-00-00 00:00:00', 'Long');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (1, 'wp_capabilities', 'a:1:{s:13:"administrator";b:1;}');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (2, 'wp_capabilities', 'a:1:{s:10:"subscriber";b:1;}');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (2, 'nickname', '"administrator"');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES (2, 'other_capabilities', 'a:1:{s:13:"administrator";b:1;}');
