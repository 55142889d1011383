-- Rails 8.0, rails g authentication: db/migrate/…_create_users.rb, Active Record's SQL for MySQL
CREATE TABLE `users` (`id` bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, `email_address` varchar(255) NOT NULL, `password_digest` varchar(255) NOT NULL, `created_at` datetime(6) NOT NULL, `updated_at` datetime(6) NOT NULL) DEFAULT CHARACTER SET utf8mb4;
CREATE UNIQUE INDEX `index_users_on_email_address` ON `users` (`email_address`);
