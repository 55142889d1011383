package preset

// django is the user model of django.contrib.auth. A model of the project's own has another table, and often the same
// columns.
func django() Preset {
	return Preset{
		Name: "django", Product: "Django 1.11 to 5.2, django.contrib.auth", Drivers: []string{"sqlite", "mysql", "postgres"}, Tables: []string{"auth_user"},
		Values: []Value{{Name: "table", Default: "auth_user", Says: "the table of the user model"}},
		write: func(d dialect, with map[string]string) parts {
			return parts{
				columns: []string{
					"u.id", "u.username", "u.email",
					// set_unusable_password writes an exclamation mark and chance.
					"CASE WHEN u.password LIKE '!%' THEN '' ELSE u.password END AS password_hash",
					"TRIM(" + d.join("u.first_name", "' '", "u.last_name") + ") AS name",
					"u.is_active AS enabled", "u.is_superuser OR u.is_staff AS privileged",
					"u.last_login AS last_used", "u.date_joined AS generation",
				},
				from: with["table"] + " u", id: "u.id", number: true,
				email: d.email("u.email"), username: "u.username = :username",
			}
		},
	}
}
