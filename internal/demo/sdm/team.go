package sdm

import (
	"net/http"

	"ligature/internal/fault"
)

// teamPage is Organisation > Team.
type teamPage struct {
	frame
	Company   string
	Members   []userFacts
	Total     int64
	MayChange bool
	Own       int64
	Problem   string
}

// listed is how many members the page shows; a demo with thousands of made-up rows stays readable.
const listed = 200

func (p *Product) getTeam(w http.ResponseWriter, r *http.Request, s session) error {
	return p.showTeam(w, r, s, http.StatusOK, "")
}

func (p *Product) showTeam(w http.ResponseWriter, r *http.Request, s session, status int, wrong string) error {
	page := teamPage{frame: p.inside("Team", "/organisation/team", s).with(noteKey(r.URL.Query().Get("note"))),
		Company: s.user.Company, MayChange: s.user.Administrator(), Own: s.user.ID, Problem: wrong}
	page.Failed = wrong != ""
	found, err := p.users(r.Context(), `WHERE u.organization_id = $1 AND NOT `+waiting+` ORDER BY u.id LIMIT $2`, s.user.CompanyID, listed)
	if err != nil {
		return err
	}
	for _, u := range found {
		facts := factsOf(u)
		facts.Removable = u.Active && u.Invited && u.ID != s.user.ID
		page.Members = append(page.Members, facts)
	}
	err = p.db.QueryRowContext(r.Context(), `SELECT COUNT(*) FROM users_user u WHERE u.organization_id = $1 AND NOT `+waiting, s.user.CompanyID).Scan(&page.Total)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "sdm.team", err)
	}
	return p.show(w, status, "team", page)
}

// postTeam changes a member's access level; administrators only, and never so that none is left.
func (p *Product) postTeam(w http.ResponseWriter, r *http.Request, s session) error {
	if !s.user.Administrator() {
		return fault.New(fault.Denied, "sdm.forbidden")
	}
	if err := parseForm(w, r); err != nil {
		return err
	}
	level := r.PostForm.Get("level")
	if level != administrator && level != member {
		return fault.New(fault.Invalid, "sdm.level")
	}
	var pending bool
	if err := p.db.QueryRowContext(r.Context(), `SELECT EXISTS (SELECT 1 FROM users_user u WHERE u.id = $1 AND `+waiting+`)`, r.PostForm.Get("user")).Scan(&pending); err != nil {
		return fault.Wrap(fault.Unavailable, "sdm.level", err)
	}
	if pending {
		return p.showTeam(w, r, s, http.StatusUnprocessableEntity, "The access level can be changed once the invitation is accepted.")
	}
	done, err := p.db.ExecContext(r.Context(), `UPDATE users_user SET access_level = $3, updated_at = $4 WHERE id = $1 AND organization_id = $2
AND ($3 = 'administrator' OR EXISTS (SELECT 1 FROM users_user o WHERE o.organization_id = $2 AND o.id <> users_user.id AND o.is_active = 1 AND o.access_level = 'administrator'))`,
		r.PostForm.Get("user"), s.user.CompanyID, level, p.cfg.Now().UnixMicro())
	if err != nil {
		return fault.Wrap(fault.Unavailable, "sdm.level", err)
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		return p.showTeam(w, r, s, http.StatusUnprocessableEntity, "Your organisation needs at least one active administrator.")
	}
	http.Redirect(w, r, "/organisation/team?note="+string(noteSaved), http.StatusSeeOther)
	return nil
}

// settingsPage is a page that members cannot open.
type settingsPage struct {
	frame
	Settings []fact
}

func (p *Product) getSettings(w http.ResponseWriter, _ *http.Request, s session) error {
	return p.show(w, http.StatusOK, "settings", settingsPage{frame: p.inside("Workflow settings", "/organisation/settings", s),
		Settings: []fact{{"Organisation", s.user.Company}, {"Sign-in", p.cfg.AccountName}, {"Reset link", "24 hours, once"}}})
}
