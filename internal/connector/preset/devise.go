package preset

import "ligature/internal/legacyhash"

// devise is the table of its generator, without the modules that are commented out there.
func devise() Preset {
	return Preset{
		Name: "devise", Product: "Devise 3 to 4.9, on Rails", Drivers: []string{"postgres", "mysql", "sqlite"}, Tables: []string{"users"},
		Values: []Value{{Name: "table", Default: "users", Says: "the table of the model"}},
		Hash:   legacyhash.Spec{Format: legacyhash.Bcrypt},
		write: func(d dialect, with map[string]string) parts {
			return parts{
				columns: []string{"u.id", "u.email", "u.encrypted_password AS password_hash", "u.created_at AS generation"},
				from:    with["table"] + " u", id: "u.id", number: true, email: d.email("u.email"),
			}
		},
	}
}
