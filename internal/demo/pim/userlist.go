package pim

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
)

// usersPage is System > Users.
type usersPage struct {
	frame
	Users              []userFacts
	Total              int64
	MayInvite, MayEdit bool
}

// statusPending is what a user is called whose invitation nobody has accepted.
const statusPending = "Invite pending"

func statusOf(u user) string {
	if u.Enabled {
		return "Enabled"
	}
	return "Disabled"
}

// listed is how many users the page shows; a demo with thousands of made-up rows stays readable.
const listed = 200

func (p *Product) getUsers(w http.ResponseWriter, r *http.Request, s session) error {
	f, err := p.inside(r.Context(), "Users", "/system/users", s)
	if err != nil {
		return err
	}
	page := usersPage{frame: f.with(noteKey(r.URL.Query().Get("note")))}
	if page.MayInvite, err = p.may(r.Context(), s.user.ID, "pim_user_user_create"); err != nil {
		return err
	}
	if page.MayEdit, err = p.may(r.Context(), s.user.ID, "pim_user_user_edit"); err != nil {
		return err
	}
	// API and job users answer as if they did not exist, as in the real product's user screens.
	found, err := p.users(r.Context(), `WHERE u.user_type = 'user' ORDER BY u.id LIMIT $1`, listed)
	if err != nil {
		return err
	}
	states := p.statuses(r.Context(), slices.ContainsFunc(found, user.pending))
	for _, u := range found {
		facts := factsOf(u)
		if u.LastLoginAt.Valid {
			facts.LastLogin = s.user.in(u.LastLoginAt.Time)
		}
		if u.pending() {
			facts.Status = cmp.Or(states[strconv.FormatInt(u.ID, 10)], statusPending)
		}
		page.Users = append(page.Users, facts)
	}
	if err := p.db.QueryRowContext(r.Context(), `SELECT COUNT(*) FROM oro_user WHERE user_type = 'user'`).Scan(&page.Total); err != nil {
		return err
	}
	return p.show(w, http.StatusOK, "users", page)
}
