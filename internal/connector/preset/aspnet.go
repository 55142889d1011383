package preset

import "ligature/internal/legacyhash"

// aspnet is ASP.NET Core Identity as Entity Framework makes its tables. Whoever has the role admin or administrator is
// privileged; a lockout holds here as well.
func aspnet() Preset {
	return Preset{
		Name: "aspnet-identity", Product: "ASP.NET Core Identity 2 to 9, Entity Framework", Drivers: []string{"postgres", "mysql", "sqlite"},
		Tables: []string{"AspNetUsers", "AspNetUserRoles", "AspNetRoles"},
		Hash:   legacyhash.Spec{Format: legacyhash.ASPNetIdentity},
		write: func(d dialect, _ map[string]string) parts {
			u := func(column string) string { return "u." + d.quoted(column) }
			return parts{
				columns: []string{
					u("Id") + " AS id", u("UserName") + " AS username", u("Email") + " AS email", u("PasswordHash") + " AS password_hash",
					"COALESCE(" + u("LockoutEnabled") + " AND " + u("LockoutEnd") + " > " + d.now + ", FALSE) AS locked",
					"EXISTS (SELECT 1 FROM " + d.quoted("AspNetUserRoles") + " x JOIN " + d.quoted("AspNetRoles") + " r ON r." + d.quoted("Id") + " = x." + d.quoted("RoleId") +
						" WHERE x." + d.quoted("UserId") + " = " + u("Id") + " AND r." + d.quoted("NormalizedName") + " IN ('ADMIN', 'ADMINISTRATOR')) AS privileged",
				},
				from: d.quoted("AspNetUsers") + " u", id: u("Id"),
				email: u("NormalizedEmail") + " = UPPER(:email) AND " + d.email(u("NormalizedEmail")),
				// What some database does not turn into capitals is found as it was written.
				username: "(" + u("NormalizedUserName") + " = UPPER(:username) OR " + u("UserName") + " = :username)",
			}
		},
	}
}
