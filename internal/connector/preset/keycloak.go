package preset

import (
	"strings"

	"ligature/internal/legacyhash"
)

// keycloak is one realm. Its service accounts are no users. Whoever administers a realm is privileged; whoever has to set a
// new password there has to do so first.
func keycloak() Preset {
	return Preset{
		Name: "keycloak", Product: "Keycloak 8 to 26", Drivers: []string{"postgres", "mysql"},
		Tables: []string{"user_entity", "credential", "realm", "user_required_action", "user_role_mapping", "keycloak_role"},
		Values: []Value{{Name: "realm", Text: true, Says: "the realm's name"}},
		Hash:   legacyhash.Spec{Format: legacyhash.Keycloak},
		write: func(d dialect, with map[string]string) parts {
			table := func(name string) string { return name }
			if d.capitals {
				table = strings.ToUpper
			}
			return parts{
				columns: []string{
					"u.id AS id", "u.username AS username", "u.email AS email", "c.secret_data AS password_hash", "c.credential_data AS salt",
					"TRIM(" + d.join("COALESCE(u.first_name, '')", "' '", "COALESCE(u.last_name, '')") + ") AS name",
					"u.enabled AS enabled", "u.created_timestamp AS generation",
					"EXISTS (SELECT 1 FROM " + table("user_required_action") + " a WHERE a.user_id = u.id AND a.required_action = 'UPDATE_PASSWORD') AS must_reset",
					"EXISTS (SELECT 1 FROM " + table("user_role_mapping") + " m JOIN " + table("keycloak_role") + " k ON k.id = m.role_id " +
						"WHERE m.user_id = u.id AND k.name IN ('admin', 'realm-admin')) AS privileged",
				},
				from: table("user_entity") + " u JOIN " + table("realm") + " r ON r.id = u.realm_id " +
					"LEFT JOIN " + table("credential") + " c ON c.user_id = u.id AND c.type = 'password'",
				where: "r.name = '" + with["realm"] + "' AND u.service_account_client_link IS NULL",
				id:    "u.id", email: d.email("u.email"), username: "u.username = LOWER(:username)",
			}
		},
	}
}
