package preset

import "ligature/internal/legacyhash"

// rails is the table of Rails' own generator, with has_secure_password.
func rails() Preset {
	return Preset{
		Name: "rails", Product: "Rails 8, its authentication generator", Drivers: []string{"sqlite", "postgres", "mysql"}, Tables: []string{"users"},
		Values: []Value{
			{Name: "table", Default: "users", Says: "the table of the model"},
			{Name: "email", Default: "email_address", Says: "the column of the address, which applications before Rails 8 often call email"},
		},
		Hash: legacyhash.Spec{Format: legacyhash.Bcrypt},
		write: func(d dialect, with map[string]string) parts {
			return parts{
				columns: []string{"u.id", "u." + with["email"] + " AS email", "u.password_digest AS password_hash", "u.created_at AS generation"},
				from:    with["table"] + " u", id: "u.id", number: true, email: d.email("u." + with["email"]),
			}
		},
	}
}
