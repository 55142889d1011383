package preset

// laravel is the table that every new application of Laravel has. People sign in by their address; there are no usernames.
func laravel() Preset {
	return Preset{
		Name: "laravel", Product: "Laravel 5 to 12, its users table", Drivers: []string{"sqlite", "mysql", "postgres"}, Tables: []string{"users"},
		Values: []Value{{Name: "table", Default: "users", Says: "the table of the user model"}},
		write: func(d dialect, with map[string]string) parts {
			return parts{
				columns: []string{"u.id", "u.email", "u.name", "u.password AS password_hash", "u.created_at AS generation"},
				from:    with["table"] + " u", id: "u.id", number: true, email: d.email("u.email"),
			}
		},
	}
}
