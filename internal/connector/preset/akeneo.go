package preset

import "ligature/internal/legacyhash"

// akeneoPIM is Akeneo PIM: its own users in MySQL or MariaDB, utf8mb4_unicode_ci. Connections and jobs have rows in the same
// table and never sign in at its login page. Five failures in a row lock a user for five minutes.
func akeneoPIM() Preset {
	return Preset{
		Name: "akeneo-pim", Product: "Akeneo PIM 6 to 7, and later ones with the same tables", Drivers: []string{"mysql"},
		Tables: []string{"oro_user", "pim_catalog_locale", "oro_access_role", "oro_user_access_role", "oro_user_access_group", "oro_user_access_group_role"},
		Values: []Value{{Name: "administrators", Default: "ROLE_ADMINISTRATOR", Says: "the role whose users are privileged"}},
		Hash:   legacyhash.Spec{Format: legacyhash.SymfonySHA512, Iterations: 5000},
		write: func(d dialect, with map[string]string) parts {
			return parts{
				columns: []string{
					"u.id", "u.username", "u.email", "u.password AS password_hash", "u.salt",
					"TRIM(" + d.join("COALESCE(u.first_name, '')", "' '", "COALESCE(u.last_name, '')") + ") AS name", "l.code AS locale", "u.enabled",
					"u.consecutive_authentication_failure_counter >= 5 AND u.authentication_failure_reset_date > " + d.minutesAgo("5") + " AS locked",
					"EXISTS (SELECT 1 FROM oro_access_role r WHERE r.role = '" + with["administrators"] + "' AND " +
						"(r.id IN (SELECT ur.role_id FROM oro_user_access_role ur WHERE ur.user_id = u.id) OR " +
						"r.id IN (SELECT gr.role_id FROM oro_user_access_group_role gr JOIN oro_user_access_group ug ON ug.group_id = gr.group_id " +
						"WHERE ug.user_id = u.id))) AS privileged",
					"u.last_login AS last_used", "u.createdAt AS generation",
				},
				from: "oro_user u LEFT JOIN pim_catalog_locale l ON l.id = u.ui_locale_id", where: "u.user_type = 'user'", id: "u.id", number: true,
				email: d.email("u.email"), username: "u.username = :username",
			}
		},
	}
}
