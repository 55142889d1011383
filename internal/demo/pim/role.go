package pim

import (
	"context"
	"database/sql"
	"net/http"

	"ligature/internal/fault"
)

// rolesOf selects a user's effective roles: its own and those of its groups. Parameter 1 is the user's id.
const rolesOf = `SELECT r.role FROM oro_access_role r WHERE r.id IN (
  SELECT role_id FROM oro_user_access_role WHERE user_id = $1
  UNION SELECT gr.role_id FROM oro_user_access_group_role gr JOIN oro_user_access_group ug ON ug.group_id = gr.group_id WHERE ug.user_id = $1)`

// roleSpec is a role every PIM starts with, and what it may do.
type roleSpec struct {
	role, label string
	permissions []string
}

func fixedRoles() []roleSpec {
	see := []string{"pim_enrich_product_index"}
	edit := append([]string{"pim_enrich_product_edit_attributes"}, see...)
	manage := append([]string{"pim_user_user_index"}, edit...)
	all := append([]string{"oro_config_system", "pim_user_user_create", "pim_user_user_edit", "pim_user_user_remove",
		"pim_user_role_index", "pim_user_role_edit", "pim_api_overall_access"}, manage...)
	return []roleSpec{
		{"ROLE_ADMINISTRATOR", "Administrator", all},
		{"ROLE_CATALOG_MANAGER", "Catalog manager", manage},
		{"ROLE_ASSET_MANAGER", "Asset manager", edit},
		{"ROLE_USER", "User", edit},
		{"ROLE_TRAINEE", "Trainee", see},
	}
}

// seedRoles makes the roles and their permissions where they are missing.
func seedRoles(ctx context.Context, tx *sql.Tx) error {
	for _, spec := range fixedRoles() {
		steps := [][]any{
			{`INSERT INTO oro_access_role (role, label) VALUES ($1, $2) ON CONFLICT DO NOTHING`, spec.role, spec.label},
			{`INSERT INTO acl_security_identities (identifier, username) VALUES ($1, 0) ON CONFLICT DO NOTHING`, spec.role},
		}
		for _, permission := range spec.permissions {
			steps = append(steps,
				[]any{`INSERT INTO acl_classes (class_type) VALUES ($1) ON CONFLICT DO NOTHING`, permission},
				[]any{`INSERT INTO acl_object_identities (class_id, object_identifier) SELECT id, 'action' FROM acl_classes WHERE class_type = $1 ON CONFLICT DO NOTHING`, permission},
				[]any{`INSERT INTO acl_entries (class_id, object_identity_id, security_identity_id)
SELECT c.id, o.id, s.id FROM acl_classes c JOIN acl_object_identities o ON o.class_id = c.id, acl_security_identities s
WHERE c.class_type = $1 AND s.identifier = $2 ON CONFLICT DO NOTHING`, permission, spec.role})
		}
		for _, step := range steps {
			if _, err := tx.ExecContext(ctx, step[0].(string), step[1:]...); err != nil {
				return fault.Wrap(fault.Internal, "pim.roles", err)
			}
		}
	}
	return nil
}

// may reports whether one of the user's roles grants the permission.
func (p *Product) may(ctx context.Context, id int64, permission string) (bool, error) {
	var granted bool
	err := p.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM acl_entries e JOIN acl_classes c ON c.id = e.class_id
JOIN acl_security_identities s ON s.id = e.security_identity_id
WHERE c.class_type = $2 AND e.granting = 1 AND s.identifier IN (`+rolesOf+`))`, id, permission).Scan(&granted)
	return granted, fault.Wrap(fault.Unavailable, "pim.may", err)
}

// needs lets only those in whose role grants the permission; the others get 403 (fault.Denied, pim.forbidden).
func (p *Product) needs(permission string, next pageHandler) pageHandler {
	return func(w http.ResponseWriter, r *http.Request, s session) error {
		granted, err := p.may(r.Context(), s.user.ID, permission)
		if err != nil {
			return err
		}
		if !granted {
			return fault.New(fault.Denied, "pim.forbidden")
		}
		return next(w, r, s)
	}
}
