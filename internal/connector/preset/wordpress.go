package preset

import "ligature/internal/legacyhash"

// wordpress is a site's own users, or those of a network. Administrators of the site are privileged.
func wordpress() Preset {
	return Preset{
		Name: "wordpress", Product: "WordPress 4 to 6.9", Drivers: []string{"mysql", "sqlite"}, Tables: []string{"wp_users", "wp_usermeta"},
		Values: []Value{{Name: "prefix", Default: "wp_", Says: "$table_prefix of wp-config.php"}},
		Hash:   legacyhash.Spec{Format: legacyhash.Auto},
		write: func(d dialect, with map[string]string) parts {
			prefix := with["prefix"]
			return parts{
				columns: []string{
					"u.ID AS id", "u.user_login AS username", "u.user_email AS email", "u.user_pass AS password_hash", "u.display_name AS name",
					"u.user_registered AS generation",
					"EXISTS (SELECT 1 FROM " + prefix + "usermeta m WHERE m.user_id = u.ID AND m.meta_key = '" + prefix + "capabilities' " +
						"AND m.meta_value LIKE '%\"administrator\"%') AS privileged",
				},
				from: prefix + "users u", id: "u.ID", number: true,
				email: d.email("u.user_email"), username: "u.user_login = :username",
			}
		},
	}
}
