package sdm

import (
	"context"
	"database/sql"
	"net/http"
	"time"

	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"
)

// resetTTL is how long a reset link lives; resetGap is how long after a mail no second one is sent.
const (
	resetTTL = 24 * time.Hour
	resetGap = time.Minute
)

const ruleText = "Use at least 10 characters with an upper case letter, a lower case letter, a digit and a special character."

// forgotPage asks for the address; Sent is its neutral answer.
type forgotPage struct {
	frame
	Sent bool
}

// resetPage asks for the new password.
type resetPage struct {
	frame
	Link, Email, Rule    string
	FirstError, SecError string
}

func (p *Product) getForgot(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, http.StatusOK, "forgot", forgotPage{frame: p.frame("Reset your password").with(noteKey(r.URL.Query().Get("note")))})
}

func (p *Product) postForgot(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	if err := p.requestReset(r.Context(), r.PostForm.Get("email")); err != nil {
		return err
	}
	return p.show(w, http.StatusOK, "forgot", forgotPage{frame: p.frame("Check your inbox"), Sent: true})
}

// requestReset sends a reset link to an active user, and says nothing about whether it did.
func (p *Product) requestReset(ctx context.Context, email string) error {
	u, err := p.byEmail(ctx, email)
	if missing(err) || err == nil && (!u.mayEnter() || u.Waits) {
		return nil
	}
	if err != nil {
		return err
	}
	now := p.cfg.Now()
	var recent int
	err = p.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM users_passwordreset WHERE user_id = $1 AND created_at > $2`, u.ID, now.Add(-resetGap).UnixMicro()).Scan(&recent)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "sdm.reset", err)
	}
	if recent > 0 {
		return nil
	}
	secret := stand.Secret(32)
	if _, err := p.db.ExecContext(ctx, `INSERT INTO users_passwordreset (digest, user_id, created_at) VALUES ($1, $2, $3)`, stand.Digest(secret), u.ID, now.UnixMicro()); err != nil {
		return fault.Wrap(fault.Unavailable, "sdm.reset", err)
	}
	letter, err := p.resetLetter(u, secret)
	if err != nil {
		return err
	}
	if err := p.mailer.Send(ctx, letter); err != nil {
		p.cfg.Log.ErrorContext(ctx, "reset mail not sent", "error", err)
	}
	return nil
}

func (p *Product) resetLetter(u user, secret string) (stand.Letter, error) {
	target := p.cfg.BaseURL + "/reset-password/" + secret
	html, err := p.pages.Fragment("_mail_reset.html", map[string]string{"Name": u.FirstName, "Product": p.cfg.Name, "Target": target})
	return stand.Letter{To: u.Email, Subject: "Reset your " + p.cfg.Name + " password",
		Text: "Hello " + u.FirstName + ",\n\nto choose a new " + p.cfg.Name + " password, open this link:\n\n" + target +
			"\n\nThe link works for 24 hours and once. If you did not ask for it, you do not have to do anything.\n\n" + p.cfg.Name + "\n",
		HTML: html}, err
}

// byLink finds whose open link it is; fault.Expired, sdm.reset_link for one that is unknown, used or too old.
func (p *Product) byLink(r *http.Request) (user, error) {
	u, err := p.user(r.Context(), `JOIN users_passwordreset x ON x.user_id = u.id WHERE x.digest = $1 AND x.created_at > $2`,
		stand.Digest(r.PathValue("link")), p.cfg.Now().Add(-resetTTL).UnixMicro())
	if missing(err) || err == nil && !u.mayEnter() {
		return user{}, fault.New(fault.Expired, "sdm.reset_link")
	}
	return u, err
}

func (p *Product) getReset(w http.ResponseWriter, r *http.Request) error {
	u, err := p.byLink(r)
	if err != nil {
		return err
	}
	return p.show(w, http.StatusOK, "reset", resetPage{frame: p.frame("Choose a new password"), Link: r.PathValue("link"), Email: u.Email, Rule: ruleText})
}

func (p *Product) postReset(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	u, err := p.byLink(r)
	if err != nil {
		return err
	}
	first, second := r.PostForm.Get("new_password"), r.PostForm.Get("confirm_password")
	page := resetPage{frame: p.frame("Choose a new password"), Link: r.PathValue("link"), Email: u.Email, Rule: ruleText}
	page.FirstError, page.SecError = passwordErrors(first, second)
	if page.FirstError != "" || page.SecError != "" {
		page.Failed = true
		return p.show(w, http.StatusUnprocessableEntity, "reset", page)
	}
	if err := p.setPassword(r.Context(), u.ID, first); err != nil {
		return err
	}
	return p.sendToOwnLogin(w, r, noteResetDone, "")
}

func passwordErrors(first, second string) (firstError, secondError string) {
	switch {
	case !strong(first):
		return ruleText, ""
	case first != second:
		return "", "The passwords do not match."
	}
	return "", ""
}

// setPassword stores a new password, spends every reset link and ends every session of the user. API tokens stay: the
// documented interface ties them to their name, not to the password.
func (p *Product) setPassword(ctx context.Context, userID int64, password string) error {
	stored, err := newHash(password)
	if err != nil {
		return err
	}
	return stand.InTx(ctx, p.db, func(tx *sql.Tx) error {
		for _, step := range [][]any{
			{`UPDATE users_user SET password = $2, must_reset_password = 0, failed_logins = 0, locked_until = NULL, updated_at = $3 WHERE id = $1`, userID, stored, p.cfg.Now().UnixMicro()},
			{`DELETE FROM users_passwordreset WHERE user_id = $1`, userID},
			{`DELETE FROM django_session WHERE user_id = $1`, userID},
		} {
			if _, err := tx.ExecContext(ctx, step[0].(string), step[1:]...); err != nil {
				return fault.Wrap(fault.Unavailable, "sdm.password", err)
			}
		}
		return nil
	})
}
