package pim

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"ligature/internal/fault"
)

// homePage is the dashboard: who is signed in, and everything that must have been kept.
type homePage struct {
	frame
	User          userFacts
	ViaAccount    bool
	LastLogin     string
	LoginCount    int64
	Preferences   []fact
	Views         []viewFact
	Notifications []notice
	History       []change
}

// fact is one line of a list of properties.
type fact struct{ Label, Value string }

// userFacts is a user as pages print it.
type userFacts struct {
	ID                    int64
	Name, Username, Email string
	Roles, Groups         []string
	Enabled               bool
	LastLogin             string
	// Status is what the list says: Enabled, Disabled, or how far an invitation is.
	Status string
}

type viewFact struct {
	Label   string
	Default bool
}

type notice struct {
	Text, At string
	New      bool
}

// change is one version row: who changed which product, when and what.
type change struct {
	Author, Product, Label, At string
	Version                    int64
	Changes                    []valueChange
}

type valueChange struct{ Field, Old, New string }

func (p *Product) getHome(w http.ResponseWriter, r *http.Request, s session) error {
	ctx := r.Context()
	f, err := p.inside(ctx, "Dashboard", "/", s)
	if err != nil {
		return err
	}
	page := homePage{frame: f, User: factsOf(s.user), ViaAccount: s.data.Via == viaAccount, LoginCount: s.user.LoginCount}
	if s.user.LastLoginAt.Valid {
		page.LastLogin = s.user.in(s.user.LastLoginAt.Time)
	}
	if page.Preferences, page.Views, err = p.preferences(ctx, s.user); err != nil {
		return err
	}
	if page.Notifications, err = p.notices(ctx, s.user); err != nil {
		return err
	}
	if page.History, err = p.changes(ctx, s.user, `WHERE v.author = $1`, s.user.Username); err != nil {
		return err
	}
	return p.show(w, http.StatusOK, "home", page)
}

func factsOf(u user) userFacts {
	f := userFacts{ID: u.ID, Name: u.Name(), Username: u.Username, Email: u.Email, Roles: u.Roles, Groups: u.Groups, Enabled: u.Enabled, LastLogin: "never", Status: statusOf(u)}
	if u.LastLoginAt.Valid {
		f.LastLogin = u.in(u.LastLoginAt.Time)
	}
	return f
}

// preferences are the settings of My Account, and the person's saved grid views.
func (p *Product) preferences(ctx context.Context, u user) ([]fact, []viewFact, error) {
	rows, err := p.db.QueryContext(ctx, `SELECT v.label, EXISTS (SELECT 1 FROM pim_user_default_datagrid_view d WHERE d.view_id = v.id AND d.user_id = $1)
FROM pim_datagrid_view v WHERE v.owner_id = $1 ORDER BY v.label`, u.ID)
	if err != nil {
		return nil, nil, fault.Wrap(fault.Unavailable, "pim.views", err)
	}
	defer func() { _ = rows.Close() }()
	var views []viewFact
	chosen := "none"
	for rows.Next() {
		var v viewFact
		if err := rows.Scan(&v.Label, &v.Default); err != nil {
			return nil, nil, fault.Wrap(fault.Internal, "pim.views", err)
		}
		if v.Default {
			chosen = v.Label
		}
		views = append(views, v)
	}
	if err := rows.Err(); err != nil {
		return nil, nil, fault.Wrap(fault.Unavailable, "pim.views", err)
	}
	mails := "off"
	if u.Notifications {
		mails = "on"
	}
	return []fact{{"UI locale", u.UILocale}, {"Catalog locale", u.CatalogLocale}, {"Channel", u.Scope}, {"Default tree", u.Tree},
		{"Default view", chosen}, {"Timezone", u.Timezone}, {"Email notifications", mails}}, views, nil
}

func (p *Product) notices(ctx context.Context, u user) ([]notice, error) {
	rows, err := p.db.QueryContext(ctx, `SELECT n.message, n.created, un.viewed FROM pim_notification_notification n
JOIN pim_notification_user_notification un ON un.notification_id = n.id WHERE un.user_id = $1 ORDER BY n.created DESC, n.id DESC LIMIT 5`, u.ID)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "pim.notifications", err)
	}
	defer func() { _ = rows.Close() }()
	var out []notice
	for rows.Next() {
		var n notice
		var at time.Time
		var viewed bool
		if err := rows.Scan(&n.Text, &at, &viewed); err != nil {
			return nil, fault.Wrap(fault.Internal, "pim.notifications", err)
		}
		n.At, n.New = u.in(at), !viewed
		out = append(out, n)
	}
	return out, fault.Wrap(fault.Unavailable, "pim.notifications", rows.Err())
}

// changes gives the newest 20 version rows that the WHERE clause selects.
func (p *Product) changes(ctx context.Context, reader user, where string, args ...any) ([]change, error) {
	rows, err := p.db.QueryContext(ctx, `SELECT v.author, pr.identifier, pr.raw_values, v.version, v.changeset, v.logged_at
FROM pim_versioning_version v JOIN pim_catalog_product pr ON CAST(pr.id AS TEXT) = v.resource_id AND v.resource_name = '`+productResource+`' `+where+`
ORDER BY v.logged_at DESC, v.id DESC LIMIT 20`, args...)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "pim.history", err)
	}
	defer func() { _ = rows.Close() }()
	var out []change
	for rows.Next() {
		var c change
		var values, changeset string
		var at time.Time
		if err := rows.Scan(&c.Author, &c.Product, &values, &c.Version, &changeset, &at); err != nil {
			return nil, fault.Wrap(fault.Internal, "pim.history", err)
		}
		c.At, c.Label = reader.in(at), valuesOf(values)["name"]
		changed := map[string]struct{ Old, New string }{}
		if err := json.Unmarshal([]byte(changeset), &changed); err != nil {
			return nil, fault.Wrap(fault.Internal, "pim.history", err)
		}
		for _, field := range sorted(changed) {
			c.Changes = append(c.Changes, valueChange{field, changed[field].Old, changed[field].New})
		}
		out = append(out, c)
	}
	return out, fault.Wrap(fault.Unavailable, "pim.history", rows.Err())
}
