-- Devise 4.9, rails g devise user, on Rails 7: db/migrate/…_devise_create_users.rb, Active Record's SQL for MySQL
CREATE TABLE `users` (`id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, `email` varchar(255) DEFAULT '' NOT NULL, `encrypted_password` varchar(255) DEFAULT '' NOT NULL, `reset_password_token` varchar(255), `reset_password_sent_at` datetime(6), `remember_created_at` datetime(6), `created_at` datetime(6) NOT NULL, `updated_at` datetime(6) NOT NULL) DEFAULT CHARACTER SET utf8mb4;
CREATE UNIQUE INDEX `index_users_on_email` ON `users` (`email`);
