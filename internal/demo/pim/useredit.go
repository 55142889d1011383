package pim

import (
	"context"
	"database/sql"
	"net/http"
	"slices"
	"strconv"

	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"
)

// userPage is one user under System > Users: its groups and roles, and its invitation.
type userPage struct {
	frame
	User          userFacts
	Status        string
	Pending       bool
	Invited       bool
	Roles, Groups []choice
	Problem       string
}

// choice is one box of a list.
type choice struct {
	Value, Text string
	Chosen      bool
}

func (p *Product) getUser(w http.ResponseWriter, r *http.Request, s session) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return fault.New(fault.Missing, "pim.user")
	}
	return p.showUser(w, r, s, id, http.StatusOK, "")
}

func (p *Product) showUser(w http.ResponseWriter, r *http.Request, s session, id int64, status int, problem string) error {
	ctx := r.Context()
	u, err := p.user(ctx, `WHERE u.id = $1 AND u.user_type = 'user'`, id)
	if err != nil {
		return err
	}
	f, err := p.inside(ctx, u.Username, "/system/users", s)
	if err != nil {
		return err
	}
	page := userPage{frame: f.with(noteKey(r.URL.Query().Get("note"))), User: factsOf(u), Status: statusOf(u), Problem: problem}
	page.Failed = problem != ""
	invitation, pending, err := p.inviteOf(ctx, id)
	if err != nil {
		return err
	}
	page.Pending, page.Invited = pending, invitation != "" && !pending
	if pending {
		page.Status = statusPending
	}
	if page.Roles, err = p.choices(ctx, `SELECT role, label, EXISTS (SELECT 1 FROM oro_user_access_role ur WHERE ur.role_id = r.id AND ur.user_id = $1)
FROM oro_access_role r ORDER BY label`, id); err != nil {
		return err
	}
	if page.Groups, err = p.choices(ctx, `SELECT name, name, EXISTS (SELECT 1 FROM oro_user_access_group ug WHERE ug.group_id = g.id AND ug.user_id = $1)
FROM oro_access_group g ORDER BY name`, id); err != nil {
		return err
	}
	return p.show(w, status, "user", page)
}

func (p *Product) choices(ctx context.Context, query string, id int64) ([]choice, error) {
	rows, err := p.db.QueryContext(ctx, query, id)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "pim.user", err)
	}
	defer func() { _ = rows.Close() }()
	var all []choice
	for rows.Next() {
		var c choice
		if err := rows.Scan(&c.Value, &c.Text, &c.Chosen); err != nil {
			return nil, fault.Wrap(fault.Internal, "pim.user", err)
		}
		all = append(all, c)
	}
	return all, fault.Wrap(fault.Unavailable, "pim.user", rows.Err())
}

// postUser saves groups and roles. A user needs a role; one that is invited cannot administer before the person has accepted.
func (p *Product) postUser(w http.ResponseWriter, r *http.Request, s session) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return fault.New(fault.Missing, "pim.user")
	}
	_, pending, err := p.inviteOf(r.Context(), id)
	if err != nil {
		return err
	}
	roles, groups := r.PostForm["roles"], r.PostForm["groups"]
	switch {
	case len(roles) == 0:
		return p.showUser(w, r, s, id, http.StatusUnprocessableEntity, "You should select at least one role")
	case pending && slices.Contains(roles, roleAdministrator):
		return p.showUser(w, r, s, id, http.StatusUnprocessableEntity, "Administrator can be given once the invitation is accepted.")
	}
	err = stand.InTx(r.Context(), p.db, func(tx *sql.Tx) error {
		run := seeder{ctx: r.Context(), tx: tx, now: p.cfg.Now()}
		run.run(`DELETE FROM oro_user_access_role WHERE user_id = $1`, id)
		for _, role := range roles {
			if run.run(`INSERT INTO oro_user_access_role (user_id, role_id) SELECT $1, id FROM oro_access_role WHERE role = $2`, id, role) == 0 && run.err == nil {
				run.err = fault.New(fault.Invalid, "pim.role")
			}
		}
		run.run(`DELETE FROM oro_user_access_group WHERE user_id = $1`, id)
		for _, group := range groups {
			run.run(`INSERT INTO oro_user_access_group (user_id, group_id) SELECT $1, id FROM oro_access_group WHERE name = $2`, id, group)
		}
		run.run(`UPDATE oro_user SET updatedAt = $2 WHERE id = $1`, id, datetime(p.cfg.Now()))
		return run.err
	})
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/system/users/"+strconv.FormatInt(id, 10)+"?note="+string(noteSaved), http.StatusSeeOther)
	return nil
}
