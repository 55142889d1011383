package preset

// symfony is the entity that make:user writes, with the address as the identifier. There is nothing in it that tells a user from
// a later one; the ids do.
func symfony() Preset {
	return Preset{
		Name: "symfony", Product: "Symfony 4 to 7, the entity of make:user", Drivers: []string{"mysql", "postgres", "sqlite"}, Tables: []string{"user"},
		Values: []Value{{Name: "table", Default: "user", Says: "the table of the entity"}},
		write: func(d dialect, with map[string]string) parts {
			return parts{
				columns: []string{"u.id", "u.email", "u.password AS password_hash", d.text("u.roles") + " LIKE '%ADMIN\"%' AS privileged"},
				from:    d.quoted(with["table"]) + " u", id: "u.id", number: true, email: d.email("u.email"),
			}
		},
	}
}
