-- Laravel 11: database/migrations/0001_01_01_000000_create_users_table.php, as the schema grammar writes it for MySQL
CREATE TABLE `users` (`id` bigint unsigned not null auto_increment primary key, `name` varchar(255) not null, `email` varchar(255) not null, `email_verified_at` timestamp null, `password` varchar(255) not null, `remember_token` varchar(100) null, `created_at` timestamp null, `updated_at` timestamp null) default character set utf8mb4 collate 'utf8mb4_unicode_ci';
ALTER TABLE `users` ADD UNIQUE `users_email_unique`(`email`);
