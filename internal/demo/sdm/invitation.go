package sdm

import (
	"context"
	"database/sql"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"ligature/internal/demo/rp"
	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// An invited person is a member that no password opens. users_invitation says by which invitation, and since when the person
// has been in; until then they are on the Invitation tab and not on the Team's.
const waiting = `EXISTS (SELECT 1 FROM users_invitation i WHERE i.user_id = u.id AND i.accepted_at IS NULL)`

// invitationPage is Organisation > Invitation.
type invitationPage struct {
	frame
	Company  string
	Pending  []pendingFacts
	Typed    string
	Problems []string
	Sent     int
}

// pendingFacts is one line of the list.
type pendingFacts struct {
	ID            int64
	Email, Status string
	Sent          string
}

func (p *Product) getInvitations(w http.ResponseWriter, r *http.Request, s session) error {
	return p.showInvitations(w, r, s, http.StatusOK, invitationPage{})
}

func (p *Product) showInvitations(w http.ResponseWriter, r *http.Request, s session, status int, page invitationPage) error {
	page.frame = p.inside("Invitation", "/organisation/team", s).with(noteKey(r.URL.Query().Get("note")))
	page.Company, page.Failed = s.user.Company, len(page.Problems) > 0
	rows, err := p.db.QueryContext(r.Context(), `SELECT u.id, u.email, i.created_at FROM users_invitation i JOIN users_user u ON u.id = i.user_id
WHERE u.organization_id = $1 AND i.accepted_at IS NULL ORDER BY u.id`, s.user.CompanyID)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "sdm.invitation", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		line, at := pendingFacts{Status: "Pending"}, int64(0)
		if err := rows.Scan(&line.ID, &line.Email, &at); err != nil {
			return fault.Wrap(fault.Internal, "sdm.invitation", err)
		}
		line.Sent = shown(at)
		page.Pending = append(page.Pending, line)
	}
	if err := rows.Err(); err != nil {
		return fault.Wrap(fault.Unavailable, "sdm.invitation", err)
	}
	p.fillStatus(r.Context(), page.Pending)
	return p.show(w, status, "invitation", page)
}

// fillStatus asks the identity provider how far the invitations are. While it does not answer, they are pending.
func (p *Product) fillStatus(ctx context.Context, lines []pendingFacts) {
	if len(lines) == 0 {
		return
	}
	found, err := p.party.Invitations(ctx, p.cfg.Tenant)
	if err != nil {
		p.cfg.Log.WarnContext(ctx, "invitations not read", "error", err)
		return
	}
	for n := range lines {
		at := slices.IndexFunc(found, func(i rp.Invitation) bool { return i.ExternalID == strconv.FormatInt(lines[n].ID, 10) })
		switch {
		case at < 0:
		case found[at].Declined:
			lines[n].Status = "Declined"
		case found[at].State == "expired":
			lines[n].Status = "Expired"
		}
	}
}

// postInvitations invites everybody who was named; each gets a mail of their own. Whoever could not be invited stays in the
// field, with the reason.
func (p *Product) postInvitations(w http.ResponseWriter, r *http.Request, s session) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	typed := strings.FieldsFunc(r.PostForm.Get("emails"), func(c rune) bool { return strings.ContainsRune(" \t\r\n,;", c) })
	page := invitationPage{}
	var left []string
	for _, one := range typed {
		problem, err := p.inviteMember(r.Context(), s, one)
		if err != nil {
			return err
		}
		if problem == "" {
			page.Sent++
			continue
		}
		left = append(left, one)
		if !slices.Contains(page.Problems, problem) {
			page.Problems = append(page.Problems, problem)
		}
	}
	if len(typed) == 0 {
		page.Problems = []string{"Enter at least one email address."}
	}
	if len(page.Problems) > 0 {
		page.Typed = strings.Join(left, "\n")
		return p.showInvitations(w, r, s, http.StatusUnprocessableEntity, page)
	}
	http.Redirect(w, r, "/organisation/invitation?note="+string(noteInvited), http.StatusSeeOther)
	return nil
}

// inviteMember makes a member that no password opens and has the invitation sent; problem is why not.
func (p *Product) inviteMember(ctx context.Context, s session, typed string) (problem string, err error) {
	email, err := ident.ParseEmail(typed)
	if err != nil {
		return typed + " is not an email address.", nil
	}
	id, err := p.addInvited(ctx, s.user.CompanyID, email.Key())
	if stand.IsUnique(err) {
		return email.Key() + " is a member or was invited already.", nil
	}
	if err != nil {
		return "", err
	}
	made, err := p.party.Invite(ctx, p.cfg.Tenant, rp.NewInvitation{ExternalID: strconv.FormatInt(id, 10), Email: email.Key(), InvitedBy: s.user.Name()})
	if err != nil {
		return p.refusedBecause(ctx, err), p.dropInvited(ctx, id)
	}
	_, err = p.db.ExecContext(ctx, `UPDATE users_invitation SET invitation = $2 WHERE user_id = $1`, id, made.ID)
	return "", fault.Wrap(fault.Unavailable, "sdm.invitation", err)
}

// refusedBecause is what the page says when the identity provider did not do it.
func (p *Product) refusedBecause(ctx context.Context, err error) string {
	if refused, ok := rp.Problem(err); ok {
		return refused.Detail
	}
	p.cfg.Log.WarnContext(ctx, "invitation not sent", "error", err)
	return p.cfg.AccountName + " does not answer at the moment. Nobody was invited; try again."
}

func (p *Product) addInvited(ctx context.Context, companyID int64, email string) (id int64, err error) {
	now := p.cfg.Now().UnixMicro()
	err = stand.InTx(ctx, p.db, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `INSERT INTO users_user (organization_id, email, password, first_name, last_name, access_level, created_at, updated_at)
VALUES ($1, $2, '', '', '', 'member', $3, $3) RETURNING id`, companyID, email, now).Scan(&id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO users_notificationpreference (user_id) VALUES ($1)`, id); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO users_invitation (user_id, invitation, created_at) VALUES ($1, '', $2)`, id, now)
		return err
	})
	if err != nil && !stand.IsUnique(err) {
		err = fault.Wrap(fault.Unavailable, "sdm.invitation", err)
	}
	return id, err
}

// dropInvited takes away somebody who has never been in; the id is never given again.
func (p *Product) dropInvited(ctx context.Context, id int64) error {
	_, err := p.db.ExecContext(ctx, `DELETE FROM users_user AS u WHERE u.id = $1 AND u.last_login IS NULL AND `+waiting, id)
	return fault.Wrap(fault.Unavailable, "sdm.invitation", err)
}

// invitationAccepted makes an invited person a member like others, at the first sign-in with the one account.
func (p *Product) invitationAccepted(ctx context.Context, id int64) error {
	_, err := p.db.ExecContext(ctx, `UPDATE users_invitation SET accepted_at = $2 WHERE user_id = $1 AND accepted_at IS NULL`, id, p.cfg.Now().UnixMicro())
	return fault.Wrap(fault.Unavailable, "sdm.invitation", err)
}

// invitationOf is the invitation of a member of the organisation; fault.Missing when there is none.
func (p *Product) invitationOf(ctx context.Context, s session, id string) (userID int64, invitation string, pending bool, err error) {
	var acceptedAt sql.NullInt64
	err = p.db.QueryRowContext(ctx, `SELECT i.user_id, i.invitation, i.accepted_at FROM users_invitation i JOIN users_user u ON u.id = i.user_id
WHERE CAST(u.id AS TEXT) = $1 AND u.organization_id = $2`, id, s.user.CompanyID).Scan(&userID, &invitation, &acceptedAt)
	if missing(err) {
		return 0, "", false, fault.New(fault.Missing, "sdm.invitation")
	}
	return userID, invitation, !acceptedAt.Valid, fault.Wrap(fault.Unavailable, "sdm.invitation", err)
}

// postInvitation sends an invitation again or cancels it.
func (p *Product) postInvitation(w http.ResponseWriter, r *http.Request, s session) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	id, invitation, pending, err := p.invitationOf(r.Context(), s, r.PathValue("user"))
	if err != nil {
		return err
	}
	action := r.PostForm.Get("action")
	if !pending || action != "resend" && action != "cancel" {
		return fault.New(fault.Invalid, "sdm.invitation")
	}
	if invitation != "" {
		if err := p.actOnInvitation(r.Context(), invitation, action); err != nil {
			return p.showInvitations(w, r, s, http.StatusUnprocessableEntity, invitationPage{Problems: []string{p.refusedBecause(r.Context(), err)}})
		}
	}
	note := noteInvited
	if action == "cancel" {
		note = noteSaved
		if err := p.dropInvited(r.Context(), id); err != nil {
			return err
		}
	}
	http.Redirect(w, r, "/organisation/invitation?note="+string(note), http.StatusSeeOther)
	return nil
}

// actOnInvitation is done when the provider says that it is, also when it was before.
func (p *Product) actOnInvitation(ctx context.Context, invitation, action string) error {
	err := p.party.ActOnInvitation(ctx, p.cfg.Tenant, invitation, action)
	refused, ok := rp.Problem(err)
	if !ok || action != "cancel" || refused.Key != "invitation.over" && refused.Key != "invitation.expired" {
		return err
	}
	found, readErr := p.party.Invitation(ctx, p.cfg.Tenant, invitation)
	if readErr != nil {
		return readErr
	}
	if found.State == "accepted" {
		return err
	}
	return nil
}

// postRemove takes back the access of a member who came by an invitation.
func (p *Product) postRemove(w http.ResponseWriter, r *http.Request, s session) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	id, invitation, pending, err := p.invitationOf(r.Context(), s, r.PostForm.Get("user"))
	if err != nil {
		return err
	}
	if pending || id == s.user.ID {
		return fault.New(fault.Invalid, "sdm.invitation")
	}
	if err := p.party.ActOnInvitation(r.Context(), p.cfg.Tenant, invitation, "revoke"); err != nil {
		return p.showTeam(w, r, s, http.StatusUnprocessableEntity, p.refusedBecause(r.Context(), err))
	}
	for _, statement := range []string{`UPDATE users_user SET is_active = 0 WHERE id = $1`, `DELETE FROM users_invitation WHERE user_id = $1`,
		`DELETE FROM django_session WHERE user_id = $1`} {
		if _, err := p.db.ExecContext(r.Context(), statement, id); err != nil {
			return fault.Wrap(fault.Unavailable, "sdm.remove", err)
		}
	}
	http.Redirect(w, r, "/organisation/team?note="+string(noteSaved), http.StatusSeeOther)
	return nil
}
