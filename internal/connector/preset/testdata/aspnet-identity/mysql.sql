-- ASP.NET Core Identity 8: dotnet ef migrations script of IdentityDbContext, the tables that are used, for MySQL (Pomelo)
CREATE TABLE `AspNetUsers` (`Id` varchar(255) NOT NULL PRIMARY KEY, `UserName` varchar(256) NULL, `NormalizedUserName` varchar(256) NULL, `Email` varchar(256) NULL, `NormalizedEmail` varchar(256) NULL, `EmailConfirmed` tinyint(1) NOT NULL, `PasswordHash` longtext NULL, `SecurityStamp` longtext NULL, `ConcurrencyStamp` longtext NULL, `PhoneNumber` longtext NULL, `PhoneNumberConfirmed` tinyint(1) NOT NULL, `TwoFactorEnabled` tinyint(1) NOT NULL, `LockoutEnd` datetime(6) NULL, `LockoutEnabled` tinyint(1) NOT NULL, `AccessFailedCount` int NOT NULL);
CREATE TABLE `AspNetRoles` (`Id` varchar(255) NOT NULL PRIMARY KEY, `Name` varchar(256) NULL, `NormalizedName` varchar(256) NULL, `ConcurrencyStamp` longtext NULL);
CREATE TABLE `AspNetUserRoles` (`UserId` varchar(255) NOT NULL, `RoleId` varchar(255) NOT NULL, PRIMARY KEY (`UserId`, `RoleId`));
CREATE INDEX `EmailIndex` ON `AspNetUsers` (`NormalizedEmail`);
CREATE UNIQUE INDEX `UserNameIndex` ON `AspNetUsers` (`NormalizedUserName`);
