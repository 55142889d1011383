package pim

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"
)

// Person is one user as the demo world wants the PIM to know it.
type Person struct {
	// Username and Email are required and unique, both without regard to ASCII case.
	Username, Email     string
	FirstName, LastName string
	// Password is stored as the product stores it; empty makes a user that no password opens.
	Password string
	// Roles are role names (ROLE_ADMINISTRATOR, ROLE_CATALOG_MANAGER, ROLE_ASSET_MANAGER, ROLE_USER, ROLE_TRAINEE);
	// none means ROLE_USER. Groups are made when missing; everybody is in All.
	Roles, Groups []string
	// Type is user (default), api or job.
	Type string
	// Disabled users cannot sign in. Shared marks an account several people use.
	Disabled, Shared bool
	// Failures in a row, and when the first was; five within five minutes is a locked user.
	Failures       int
	FirstFailureAt time.Time
	// Preferences; defaults en_US, en_US, ecommerce, master, UTC.
	UILocale, CatalogLocale, Channel, Tree, Timezone string
	EmailNotifications                               bool
	// GridFilters are the attributes the person filters products by.
	GridFilters []string
	// Views are saved grid views; DefaultView is the label of the one opened first.
	Views       []string
	DefaultView string
	// Notifications are the messages in the person's list, newest first.
	Notifications []string
	// History are changes the person made to products, at times in the past.
	History []Edit
	// Phone, Profile ("main mission") and the earlier sign-ins are shown on My Account and in the user list.
	Phone, Profile string
	LastLoginAt    time.Time
	Logins         int
	// CreatedAt tells this user from a later one of the same name; zero means one year ago.
	CreatedAt time.Time
}

// Edit is one change somebody made to a catalog product. The product is made when missing.
type Edit struct {
	// Product is the identifier, e.g. oak-shelf.
	Product string
	// Field is name or description, or any other attribute; Value what it was set to.
	Field, Value string
	At           time.Time
}

// Seed adds the people who are not there yet (by username), with everything around them, in one transaction.
// Failures: fault.Invalid pim.seed for an unknown role or a doubled address.
func (p *Product) Seed(ctx context.Context, people []Person) error {
	now := p.cfg.Now()
	return stand.InTx(ctx, p.db, func(tx *sql.Tx) error {
		s := seeder{ctx: ctx, tx: tx, now: now}
		s.catalog()
		type dated struct {
			author string
			edit   Edit
		}
		var edits []dated
		for _, person := range people {
			if s.known(person.Username) {
				continue
			}
			s.person(withHabits(person, now))
			for _, edit := range person.History {
				edits = append(edits, dated{person.Username, edit})
			}
		}
		slices.SortStableFunc(edits, func(a, b dated) int { return cmp.Compare(a.edit.At.UnixMicro(), b.edit.At.UnixMicro()) })
		for _, d := range edits {
			s.edit(d.author, d.edit)
		}
		return s.err
	})
}

func withHabits(person Person, now time.Time) Person {
	for _, field := range []struct {
		to       *string
		standard string
	}{{&person.UILocale, "en_US"}, {&person.CatalogLocale, "en_US"}, {&person.Channel, "ecommerce"}, {&person.Tree, "master"},
		{&person.Timezone, "UTC"}, {&person.Type, "user"}} {
		if *field.to == "" {
			*field.to = field.standard
		}
	}
	if len(person.Roles) == 0 {
		person.Roles = []string{"ROLE_USER"}
	}
	if !slices.Contains(person.Groups, "All") {
		person.Groups = append(slices.Clone(person.Groups), "All")
	}
	if person.CreatedAt.IsZero() {
		person.CreatedAt = now.AddDate(-1, 0, 0)
	}
	return person
}

// seeder runs statements until one fails, and keeps that failure.
type seeder struct {
	ctx context.Context
	tx  *sql.Tx
	now time.Time
	err error
}

func (s *seeder) run(query string, args ...any) (affected int64) {
	if s.err != nil {
		return 0
	}
	done, err := s.tx.ExecContext(s.ctx, query, args...)
	if err != nil {
		kind := fault.Internal
		if stand.IsUnique(err) {
			kind = fault.Invalid
		}
		s.err = fault.Wrap(kind, "pim.seed", err)
		return 0
	}
	affected, _ = done.RowsAffected()
	return affected
}

func (s *seeder) known(username string) bool {
	var n int
	if s.err == nil {
		s.err = fault.Wrap(fault.Internal, "pim.seed", s.tx.QueryRowContext(s.ctx, `SELECT COUNT(*) FROM oro_user WHERE username = $1`, username).Scan(&n))
	}
	return n > 0
}

// catalog makes the locales, the channels, the tree and a few products to look at.
func (s *seeder) catalog() {
	for _, locale := range []string{"en_US", "fr_FR", "de_DE", "ar_AE"} {
		s.run(`INSERT INTO pim_catalog_locale (code) VALUES ($1) ON CONFLICT DO NOTHING`, locale)
	}
	s.run(`INSERT INTO pim_catalog_category (code) VALUES ('master') ON CONFLICT DO NOTHING`)
	for _, channel := range []string{"ecommerce", "mobile", "print"} {
		s.run(`INSERT INTO pim_catalog_channel (category_id, code) SELECT id, $1 FROM pim_catalog_category WHERE code = 'master' ON CONFLICT DO NOTHING`, channel)
	}
	for _, product := range [][3]string{
		{"oak-shelf", "furniture", "Oak shelf"}, {"pine-table", "furniture", "Pine table"}, {"desk-lamp", "lighting", "Desk lamp"},
		{"wool-scarf", "clothing", "Wool scarf"}, {"rain-jacket", "clothing", "Rain jacket"}, {"tea-set", "kitchen", "Tea set"},
	} {
		s.product(product[0], product[1], product[2])
	}
}

func (s *seeder) product(identifier, family, name string) {
	values, err := json.Marshal(map[string]string{"name": name})
	if err != nil && s.err == nil {
		s.err = fault.Wrap(fault.Internal, "pim.seed", err)
	}
	since := datetime(s.now.AddDate(-1, 0, 0))
	s.run(`INSERT INTO pim_catalog_product (identifier, family, raw_values, created, updated) VALUES ($1, $2, $3, $4, $4) ON CONFLICT DO NOTHING`,
		identifier, family, string(values), since)
}

func (s *seeder) person(person Person) {
	if s.err != nil {
		return
	}
	s.run(`INSERT INTO pim_catalog_locale (code) VALUES ($1) ON CONFLICT DO NOTHING`, person.UILocale)
	s.run(`INSERT INTO pim_catalog_locale (code) VALUES ($1) ON CONFLICT DO NOTHING`, person.CatalogLocale)
	s.run(`INSERT INTO pim_catalog_category (code) VALUES ($1) ON CONFLICT DO NOTHING`, person.Tree)
	s.run(`INSERT INTO pim_catalog_channel (category_id, code) SELECT id, $2 FROM pim_catalog_category WHERE code = $1 ON CONFLICT DO NOTHING`, person.Tree, person.Channel)
	salt, stored := randomText(31), ""
	if person.Password != "" {
		stored = Hash(person.Password, salt)
	}
	var lastLogin, firstFailure any
	if !person.LastLoginAt.IsZero() {
		lastLogin = datetime(person.LastLoginAt)
	}
	if !person.FirstFailureAt.IsZero() {
		firstFailure = datetime(person.FirstFailureAt)
	}
	properties := `{}`
	if person.Shared {
		properties = `{"shared": true}`
	}
	filters, err := json.Marshal(append([]string{}, person.GridFilters...))
	if err != nil {
		s.err = fault.Wrap(fault.Internal, "pim.seed", err)
		return
	}
	s.run(`INSERT INTO oro_user (ui_locale_id, username, email, first_name, last_name, enabled, salt, password, last_login, login_count,
  createdAt, updatedAt, product_grid_filters, emailNotifications, phone, timezone, user_type, properties,
  consecutive_authentication_failure_counter, authentication_failure_reset_date, profile, catalogLocale_id, catalogScope_id, defaultTree_id)
SELECT l.id, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, c.id, h.id, t.id
FROM pim_catalog_locale l, pim_catalog_locale c, pim_catalog_channel h, pim_catalog_category t
WHERE l.code = $1 AND c.code = $2 AND h.code = $3 AND t.code = $4`,
		person.UILocale, person.CatalogLocale, person.Channel, person.Tree, person.Username, person.Email, person.FirstName, person.LastName,
		!person.Disabled, salt, stored, lastLogin, person.Logins, datetime(person.CreatedAt), string(filters), person.EmailNotifications,
		person.Phone, person.Timezone, person.Type, properties, person.Failures, firstFailure, person.Profile)
	s.belongings(person)
}

// belongings are the rows around a user: roles, groups, views, notifications.
func (s *seeder) belongings(person Person) {
	const me = `(SELECT id FROM oro_user WHERE username = $1)`
	for _, role := range person.Roles {
		if s.run(`INSERT INTO oro_user_access_role (user_id, role_id) SELECT `+me+`, id FROM oro_access_role WHERE role = $2`, person.Username, role) == 0 && s.err == nil {
			s.err = fault.New(fault.Invalid, "pim.seed_role")
		}
	}
	for _, group := range person.Groups {
		s.run(`INSERT INTO oro_access_group (name) VALUES ($1) ON CONFLICT DO NOTHING`, group)
		s.run(`INSERT INTO oro_user_access_group (user_id, group_id) SELECT `+me+`, id FROM oro_access_group WHERE name = $2`, person.Username, group)
	}
	views := person.Views
	if person.DefaultView != "" && !slices.Contains(views, person.DefaultView) {
		views = append(slices.Clone(views), person.DefaultView)
	}
	for _, view := range views {
		s.run(`INSERT INTO pim_datagrid_view (owner_id, label, type, datagrid_alias, columns, filters)
VALUES (`+me+`, $2, 'private', 'product-grid', '["identifier","name","family","updated"]', '')`, person.Username, view)
	}
	s.run(`INSERT INTO pim_user_default_datagrid_view (user_id, view_id) SELECT owner_id, id FROM pim_datagrid_view WHERE owner_id = `+me+` AND label = $2`,
		person.Username, person.DefaultView)
	for i, message := range person.Notifications {
		at := s.now.Add(-time.Duration(i+1) * 26 * time.Hour)
		s.run(`INSERT INTO pim_notification_notification (message, type, created) VALUES ($1, 'success', $2)`, message, datetime(at))
		s.run(`INSERT INTO pim_notification_user_notification (notification_id, user_id, viewed) VALUES ((SELECT MAX(id) FROM pim_notification_notification), `+me+`, $2)`,
			person.Username, i > 0)
	}
}

func (s *seeder) edit(author string, edit Edit) {
	if s.err != nil {
		return
	}
	s.product(edit.Product, "", edit.Product)
	if s.err == nil {
		s.err = saveProduct(s.ctx, s.tx, edit.Product, author, map[string]string{edit.Field: edit.Value}, edit.At)
	}
}

// UserID is the product's own key of a user, as the identity provider sees it; fault.Missing when there is none.
func (p *Product) UserID(ctx context.Context, username string) (string, error) {
	u, err := p.user(ctx, `WHERE u.username = $1`, username)
	if err != nil {
		return "", err
	}
	return strconv.FormatInt(u.ID, 10), nil
}
