package preset

// drupal is Drupal since 8. Its first user and whoever has the role administrator are privileged; the one with the number 0
// stands for visitors.
func drupal() Preset {
	return Preset{
		Name: "drupal", Product: "Drupal 8 to 11", Drivers: []string{"mysql", "postgres"}, Tables: []string{"users_field_data", "user__roles"},
		Values: []Value{{Name: "prefix", Empty: true, Says: "the prefix of settings.php"}},
		write: func(d dialect, with map[string]string) parts {
			w := drupalParts(d, with["prefix"]+"users_field_data u")
			w.columns = append(w.columns, "u.uid = 1 OR EXISTS (SELECT 1 FROM "+with["prefix"]+"user__roles r "+
				"WHERE r.entity_id = u.uid AND r.deleted = 0 AND r.roles_target_id = 'administrator') AS privileged")
			w.where += " AND u.default_langcode = 1"
			return w
		},
	}
}

// drupal7 is the same before everything became an entity.
func drupal7() Preset {
	return Preset{
		Name: "drupal7", Product: "Drupal 7, and Backdrop CMS", Drivers: []string{"mysql", "postgres"}, Tables: []string{"users", "users_roles", "role"},
		Values: []Value{{Name: "prefix", Empty: true, Says: "the prefix of settings.php"}},
		write: func(d dialect, with map[string]string) parts {
			w := drupalParts(d, with["prefix"]+"users u")
			w.columns = append(w.columns, "u.uid = 1 OR EXISTS (SELECT 1 FROM "+with["prefix"]+"users_roles x JOIN "+d.quoted(with["prefix"]+"role")+" r "+
				"ON r.rid = x.rid WHERE x.uid = u.uid AND r.name = 'administrator') AS privileged")
			return w
		},
	}
}

// drupalParts is what the two have in common.
func drupalParts(d dialect, from string) parts {
	return parts{
		columns: []string{
			"u.uid AS id", "u.name AS username", "u.mail AS email", "u.pass AS password_hash", "u.status AS enabled",
			"NULLIF(u.access, 0) AS last_used", "u.created AS generation",
		},
		from: from, where: "u.uid > 0", id: "u.uid", number: true,
		email: d.email("u.mail"), username: "u.name = :username",
	}
}
