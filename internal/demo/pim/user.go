package pim

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"ligature/internal/fault"
)

// user is one row of oro_user with what the pages show of it.
type user struct {
	ID                                   int64
	Username, Email, FirstName, LastName string
	Salt, Password                       string
	Enabled, Notifications               bool
	Type, Phone, Profile, Timezone       string
	UILocale, CatalogLocale, Scope, Tree string
	GridFilters                          string
	LastLoginAt, CreatedAt, RequestedAt  sql.NullTime
	LoginCount, Failures                 int64
	FirstFailureAt                       sql.NullTime
	ResetLink                            sql.NullString
	Properties                           string
	Waits                                sql.NullString
	Roles, Groups                        []string
}

// Name is what is shown for the person.
func (u user) Name() string { return strings.TrimSpace(u.FirstName + " " + u.LastName) }

// mayEnter reports whether the user can use the pages at all.
func (u user) mayEnter() bool { return u.Enabled && u.Type == "user" }

// pending reports that the user is invited and nobody has signed in as it yet. No password opens it, and none can be set.
func (u user) pending() bool { return u.Waits.Valid }

const userColumns = `SELECT u.id, u.username, u.email, COALESCE(u.first_name, ''), COALESCE(u.last_name, ''), u.salt, u.password,
  u.enabled, u.emailNotifications, u.user_type, COALESCE(u.phone, ''), COALESCE(u.profile, ''), u.timezone,
  ul.code, COALESCE(cl.code, ''), COALESCE(ch.code, ''), COALESCE(ca.code, ''), COALESCE(u.product_grid_filters, '[]'),
  u.last_login, u.createdAt, u.password_requested, u.login_count, u.consecutive_authentication_failure_counter,
  u.authentication_failure_reset_date, u.confirmation_token, u.properties, json_extract(u.properties, '$.invitation')
FROM oro_user u JOIN pim_catalog_locale ul ON ul.id = u.ui_locale_id
LEFT JOIN pim_catalog_locale cl ON cl.id = u.catalogLocale_id
LEFT JOIN pim_catalog_channel ch ON ch.id = u.catalogScope_id
LEFT JOIN pim_catalog_category ca ON ca.id = u.defaultTree_id `

// users gives the users that the WHERE clause selects, with roles and groups.
func (p *Product) users(ctx context.Context, where string, args ...any) ([]user, error) {
	rows, err := p.db.QueryContext(ctx, userColumns+where, args...)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "pim.users", err)
	}
	defer func() { _ = rows.Close() }()
	var out []user
	for rows.Next() {
		var u user
		if err := rows.Scan(&u.ID, &u.Username, &u.Email, &u.FirstName, &u.LastName, &u.Salt, &u.Password, &u.Enabled,
			&u.Notifications, &u.Type, &u.Phone, &u.Profile, &u.Timezone, &u.UILocale, &u.CatalogLocale, &u.Scope, &u.Tree,
			&u.GridFilters, &u.LastLoginAt, &u.CreatedAt, &u.RequestedAt, &u.LoginCount, &u.Failures, &u.FirstFailureAt,
			&u.ResetLink, &u.Properties, &u.Waits); err != nil {
			return nil, fault.Wrap(fault.Internal, "pim.users", err)
		}
		out = append(out, u)
	}
	if err := rows.Err(); err != nil {
		return nil, fault.Wrap(fault.Unavailable, "pim.users", err)
	}
	return out, p.fillRoles(ctx, out)
}

// user gives exactly one; none, or more than one, is fault.Missing, pim.user: an identifier that means two people means
// nobody.
func (p *Product) user(ctx context.Context, where string, args ...any) (user, error) {
	found, err := p.users(ctx, where, args...)
	if err != nil {
		return user{}, err
	}
	if len(found) != 1 {
		return user{}, fault.New(fault.Missing, "pim.user")
	}
	return found[0], nil
}

// byTyped finds by what was typed at the login page: username or email, in one query as the product always did.
func (p *Product) byTyped(ctx context.Context, typed string) (user, error) {
	return p.user(ctx, `WHERE u.username = $1 OR u.email = $1`, typed)
}

func (p *Product) fillRoles(ctx context.Context, found []user) error {
	for i := range found {
		var err error
		found[i].Roles, err = p.texts(ctx, `SELECT label FROM oro_access_role WHERE role IN (`+rolesOf+`) ORDER BY label`, found[i].ID)
		if err != nil {
			return err
		}
		found[i].Groups, err = p.texts(ctx, `SELECT g.name FROM oro_access_group g JOIN oro_user_access_group ug ON ug.group_id = g.id
WHERE ug.user_id = $1 ORDER BY g.name`, found[i].ID)
		if err != nil {
			return err
		}
	}
	return nil
}

// texts reads one text column.
func (p *Product) texts(ctx context.Context, query string, args ...any) ([]string, error) {
	rows, err := p.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "pim.read", err)
	}
	defer func() { _ = rows.Close() }()
	var out []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, fault.Wrap(fault.Internal, "pim.read", err)
		}
		out = append(out, text)
	}
	return out, fault.Wrap(fault.Unavailable, "pim.read", rows.Err())
}

// recordLogin writes the two columns a sign-in changes.
func (p *Product) recordLogin(ctx context.Context, id int64, now time.Time) error {
	_, err := p.db.ExecContext(ctx, `UPDATE oro_user SET last_login = $2, login_count = login_count + 1 WHERE id = $1`, id, datetime(now))
	return fault.Wrap(fault.Unavailable, "pim.record_login", err)
}

// missing reports whether err says that there is no such row.
func missing(err error) bool { return fault.Is(err, fault.Missing) || errors.Is(err, sql.ErrNoRows) }
