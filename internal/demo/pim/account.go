package pim

import (
	"context"
	"database/sql"
	"net/http"
	"time"

	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"
)

// accountPage is My Account: who one is (read-only), and the preferences.
type accountPage struct {
	frame
	User                                         userFacts
	Phone, Profile, Created                      string
	Locales, Channels, Trees, Timezones          []string
	UILocale, CatalogLocale, Channel, Tree, Zone string
	Views                                        []viewFact
	Notifications                                bool
	Problem                                      string
}

func (p *Product) getAccount(w http.ResponseWriter, r *http.Request, s session) error {
	return p.showAccount(w, r, s, http.StatusOK, "")
}

func (p *Product) showAccount(w http.ResponseWriter, r *http.Request, s session, status int, problem string) error {
	ctx := r.Context()
	f, err := p.inside(ctx, "My Account", "/user/account", s)
	if err != nil {
		return err
	}
	u := s.user
	page := accountPage{frame: f.with(noteKey(r.URL.Query().Get("note"))), User: factsOf(u), Phone: u.Phone, Profile: u.Profile,
		UILocale: u.UILocale, CatalogLocale: u.CatalogLocale, Channel: u.Scope, Tree: u.Tree, Zone: u.Timezone,
		Timezones: timezones(u.Timezone), Notifications: u.Notifications, Problem: problem}
	page.Failed = problem != ""
	if u.CreatedAt.Valid {
		page.Created = u.in(u.CreatedAt.Time)
	}
	if page.Locales, err = p.texts(ctx, `SELECT code FROM pim_catalog_locale WHERE is_activated = 1 ORDER BY code`); err != nil {
		return err
	}
	if page.Channels, err = p.texts(ctx, `SELECT code FROM pim_catalog_channel ORDER BY code`); err != nil {
		return err
	}
	if page.Trees, err = p.texts(ctx, `SELECT code FROM pim_catalog_category WHERE parent_id IS NULL ORDER BY code`); err != nil {
		return err
	}
	if _, page.Views, err = p.preferences(ctx, u); err != nil {
		return err
	}
	return p.show(w, status, "account", page)
}

// timezones offers a few zones and whichever the person has.
func timezones(own string) []string {
	out := []string{"UTC", "Europe/Paris", "Europe/London", "America/New_York", "Asia/Dubai", "Asia/Tokyo"}
	for _, zone := range out {
		if zone == own {
			return out
		}
	}
	return append(out, own)
}

// postAccount saves the preferences. Username, address, roles and groups are not in the form, and would be ignored.
func (p *Product) postAccount(w http.ResponseWriter, r *http.Request, s session) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	form := r.PostForm
	if _, err := time.LoadLocation(form.Get("timezone")); err != nil {
		return p.showAccount(w, r, s, http.StatusUnprocessableEntity, "Choose a timezone from the list.")
	}
	err := stand.InTx(r.Context(), p.db, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(r.Context(), `UPDATE oro_user SET ui_locale_id = l.id, catalogLocale_id = c.id, catalogScope_id = h.id,
  defaultTree_id = t.id, timezone = $6, emailNotifications = $7, updatedAt = $8
FROM pim_catalog_locale l, pim_catalog_locale c, pim_catalog_channel h, pim_catalog_category t
WHERE oro_user.id = $1 AND l.code = $2 AND c.code = $3 AND h.code = $4 AND t.code = $5`, s.user.ID, form.Get("ui_locale"),
			form.Get("catalog_locale"), form.Get("channel"), form.Get("tree"), form.Get("timezone"), form.Get("notifications") == "on", datetime(p.cfg.Now()))
		if err != nil {
			return fault.Wrap(fault.Unavailable, "pim.account", err)
		}
		if n, err := done.RowsAffected(); err != nil || n != 1 {
			return fault.New(fault.Invalid, "pim.account")
		}
		return chooseView(r.Context(), tx, s.user.ID, form.Get("view"))
	})
	if fault.Is(err, fault.Invalid) {
		return p.showAccount(w, r, s, http.StatusUnprocessableEntity, "Choose values from the lists.")
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/user/account?note="+string(noteSaved), http.StatusSeeOther)
	return nil
}

// chooseView makes one of the person's own views the default; an empty label means none.
func chooseView(ctx context.Context, tx *sql.Tx, userID int64, label string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM pim_user_default_datagrid_view WHERE user_id = $1`, userID); err != nil {
		return fault.Wrap(fault.Unavailable, "pim.view", err)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO pim_user_default_datagrid_view (user_id, view_id)
SELECT $1, id FROM pim_datagrid_view WHERE owner_id = $1 AND label = $2 ORDER BY id LIMIT 1`, userID, label)
	return fault.Wrap(fault.Unavailable, "pim.view", err)
}
