package pim

import (
	"context"
	"database/sql"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ligature/internal/demo/rp"
	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// An invited user is an ordinary one that no password opens. Until the person has signed in for the first time, its bag of
// properties names the invitation; afterwards it says by which one they came.
const (
	markPending = `json_extract(properties, '$.invitation')`
	markCame    = `json_extract(properties, '$.invited')`
)

// roleAdministrator can be given only to somebody who has accepted.
const roleAdministrator = "ROLE_ADMINISTRATOR"

// invitePage is the dialog behind Invite user.
type invitePage struct {
	frame
	Email, Error string
}

func (p *Product) getInvite(w http.ResponseWriter, r *http.Request, s session) error {
	return p.showInvite(w, r, s, http.StatusOK, "", "")
}

func (p *Product) showInvite(w http.ResponseWriter, r *http.Request, s session, status int, typed, wrong string) error {
	f, err := p.inside(r.Context(), "Invite user", "/system/users", s)
	if err != nil {
		return err
	}
	f.Failed = wrong != ""
	return p.show(w, status, "invite", invitePage{frame: f, Email: typed, Error: wrong})
}

// postInvite makes the pending user and has the invitation sent. A user that could not be invited is taken away again.
func (p *Product) postInvite(w http.ResponseWriter, r *http.Request, s session) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	typed := strings.TrimSpace(r.PostForm.Get("email"))
	email, err := ident.ParseEmail(typed)
	if err != nil {
		return p.showInvite(w, r, s, http.StatusUnprocessableEntity, typed, "Enter an email address in the correct format, like name@example.com")
	}
	id, err := p.addPending(r.Context(), email.Key())
	if stand.IsUnique(err) || fault.Is(err, fault.Invalid) {
		return p.showInvite(w, r, s, http.StatusUnprocessableEntity, typed, "There is a user with this email already.")
	}
	if err != nil {
		return err
	}
	made, err := p.party.Invite(r.Context(), p.cfg.Tenant, rp.NewInvitation{ExternalID: strconv.FormatInt(id, 10), Email: email.Key(), InvitedBy: s.user.Name()})
	if err != nil {
		if gone := p.dropPending(r.Context(), id); gone != nil {
			return gone
		}
		return p.showInvite(w, r, s, http.StatusUnprocessableEntity, typed, p.refusedBecause(r, err))
	}
	_, err = p.db.ExecContext(r.Context(), `UPDATE oro_user SET properties = json_set(properties, '$.invitation', $2) WHERE id = $1`, id, made.ID)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "pim.invite", err)
	}
	http.Redirect(w, r, "/system/users?note="+string(noteInvited), http.StatusSeeOther)
	return nil
}

// refusedBecause is what the page says when the identity provider did not do it.
func (p *Product) refusedBecause(r *http.Request, err error) string {
	if refused, ok := rp.Problem(err); ok {
		return refused.Detail
	}
	p.cfg.Log.WarnContext(r.Context(), "invitation not sent", "error", err)
	return p.cfg.AccountName + " does not answer at the moment. Nobody was invited; try again."
}

// addPending makes a user without a password, with the role and the group that everybody has.
func (p *Product) addPending(ctx context.Context, email string) (id int64, err error) {
	err = stand.InTx(ctx, p.db, func(tx *sql.Tx) error {
		s := seeder{ctx: ctx, tx: tx, now: p.cfg.Now()}
		s.person(withHabits(Person{Username: email, Email: email, CreatedAt: p.cfg.Now()}, p.cfg.Now()))
		if s.err != nil {
			return s.err
		}
		// The mark comes with the row: nobody ever sees the user without it.
		return tx.QueryRowContext(ctx, `UPDATE oro_user SET properties = json_set(properties, '$.invitation', '') WHERE username = $1 RETURNING id`, email).Scan(&id)
	})
	return id, err
}

// dropPending takes a user away that nobody has ever used; its key is never given again.
func (p *Product) dropPending(ctx context.Context, id int64) error {
	_, err := p.db.ExecContext(ctx, `DELETE FROM oro_user WHERE id = $1 AND last_login IS NULL AND `+markPending+` IS NOT NULL`, id)
	return fault.Wrap(fault.Unavailable, "pim.invite", err)
}

// inviteAccepted turns a pending user into an ordinary one, at the first sign-in with the one account.
func (p *Product) inviteAccepted(ctx context.Context, id int64) error {
	_, err := p.db.ExecContext(ctx, `UPDATE oro_user SET properties = json_remove(json_set(properties, '$.invited', `+markPending+`), '$.invitation')
WHERE id = $1 AND `+markPending+` IS NOT NULL`, id)
	return fault.Wrap(fault.Unavailable, "pim.invite", err)
}

// inviteOf is the invitation that a user waits for, or came by.
func (p *Product) inviteOf(ctx context.Context, id int64) (invitation string, pending bool, err error) {
	var waits, came sql.NullString
	err = p.db.QueryRowContext(ctx, `SELECT `+markPending+`, `+markCame+` FROM oro_user WHERE id = $1 AND user_type = 'user'`, id).Scan(&waits, &came)
	if missing(err) {
		return "", false, fault.New(fault.Missing, "pim.user")
	}
	if waits.Valid {
		return waits.String, true, fault.Wrap(fault.Unavailable, "pim.invite", err)
	}
	return came.String, false, fault.Wrap(fault.Unavailable, "pim.invite", err)
}

// postInvitation sends an invitation again, cancels it, or takes back what it gave.
func (p *Product) postInvitation(w http.ResponseWriter, r *http.Request, s session) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return fault.New(fault.Missing, "pim.user")
	}
	invitation, pending, err := p.inviteOf(r.Context(), id)
	if err != nil {
		return err
	}
	action := r.PostForm.Get("action")
	allowed := []string{"revoke"}
	if pending {
		allowed = []string{"resend", "cancel"}
	}
	if invitation == "" && !pending || !slices.Contains(allowed, action) {
		return fault.New(fault.Invalid, "pim.invite")
	}
	if invitation != "" {
		if err := p.actOnInvitation(r.Context(), invitation, action); err != nil {
			return p.showUser(w, r, s, id, http.StatusUnprocessableEntity, p.refusedBecause(r, err))
		}
	}
	note := noteSaved
	switch action {
	case "resend":
		note = noteInvited
	case "cancel":
		err = p.dropPending(r.Context(), id)
	case "revoke":
		err = p.shutOut(r.Context(), id)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/system/users?"+url.Values{"note": {string(note)}}.Encode(), http.StatusSeeOther)
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

// shutOut switches a user off whose access was taken back.
func (p *Product) shutOut(ctx context.Context, id int64) error {
	_, err := p.db.ExecContext(ctx, `UPDATE oro_user SET enabled = 0, properties = json_remove(properties, '$.invited'), updatedAt = $2 WHERE id = $1`,
		id, datetime(p.cfg.Now()))
	if err != nil {
		return fault.Wrap(fault.Unavailable, "pim.invite", err)
	}
	return p.endSessionsOf(ctx, id)
}

// statuses are what the identity provider says about the invitations that wait, by the user's id. While it does not answer,
// the list says what the product knows.
func (p *Product) statuses(ctx context.Context, waiting bool) map[string]string {
	if !waiting {
		return nil
	}
	found, err := p.party.Invitations(ctx, p.cfg.Tenant)
	if err != nil {
		p.cfg.Log.WarnContext(ctx, "invitations not read", "error", err)
		return nil
	}
	states := map[string]string{}
	for _, i := range found {
		if _, newer := states[i.ExternalID]; newer {
			continue
		}
		switch {
		case i.State == "expired":
			states[i.ExternalID] = "Invite expired"
		case i.Declined:
			states[i.ExternalID] = "Invite declined"
		default:
			states[i.ExternalID] = "Invite pending"
		}
	}
	return states
}
