package pim

import "net/http"

// usersPage is System > Users.
type usersPage struct {
	frame
	Users []userFacts
	Total int64
}

// listed is how many users the page shows; a demo with thousands of made-up rows stays readable.
const listed = 200

func (p *Product) getUsers(w http.ResponseWriter, r *http.Request, s session) error {
	f, err := p.inside(r.Context(), "Users", "/system/users", s)
	if err != nil {
		return err
	}
	page := usersPage{frame: f}
	// API and job users answer as if they did not exist, as in the real product's user screens.
	found, err := p.users(r.Context(), `WHERE u.user_type = 'user' ORDER BY u.id LIMIT $1`, listed)
	if err != nil {
		return err
	}
	for _, u := range found {
		facts := factsOf(u)
		if u.LastLoginAt.Valid {
			facts.LastLogin = s.user.in(u.LastLoginAt.Time)
		}
		page.Users = append(page.Users, facts)
	}
	if err := p.db.QueryRowContext(r.Context(), `SELECT COUNT(*) FROM oro_user WHERE user_type = 'user'`).Scan(&page.Total); err != nil {
		return err
	}
	return p.show(w, http.StatusOK, "users", page)
}
