package pim

import (
	"context"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"
)

// ResetPause is how long after a reset mail no second one is sent.
const ResetPause = 24 * time.Hour

// resetTTL is how long a forgotten-password link lives.
const resetTTL = ResetPause

// shortestPassword is in characters; longestPassword is in bytes.
const shortestPassword = 8

// forgotPage asks who forgot the password; Sent is its neutral answer.
type forgotPage struct {
	frame
	Typed string
	Sent  bool
}

// resetPage asks for the new password.
type resetPage struct {
	frame
	Link     string
	Username string
	Errors   []fieldError
}

// fieldError is one message beside one field.
type fieldError struct{ Field, Text string }

// ErrorOf is the message for one field, for the template.
func (p resetPage) ErrorOf(field string) string {
	for _, e := range p.Errors {
		if e.Field == field {
			return e.Text
		}
	}
	return ""
}

func (p *Product) getForgot(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, http.StatusOK, "forgot", forgotPage{frame: p.frame("Forgot Password").with(noteKey(r.URL.Query().Get("note")))})
}

func (p *Product) postForgot(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	again, err := p.requestReset(r.Context(), strings.TrimSpace(r.PostForm.Get("username")))
	if err != nil {
		return err
	}
	if again {
		http.Redirect(w, r, ForgotPath+"?note="+string(noteAskedAlready), http.StatusSeeOther)
		return nil
	}
	return p.show(w, http.StatusOK, "forgot", forgotPage{frame: p.frame("Forgot Password"), Sent: true})
}

// requestReset sends the link, once in 24 hours; again reports that one was sent already. For somebody unknown or
// disabled nothing happens. A mail that cannot be sent is logged, not shown.
func (p *Product) requestReset(ctx context.Context, typed string) (again bool, err error) {
	where := `WHERE u.username = $1`
	if strings.Contains(typed, "@") {
		where = `WHERE u.email = $1`
	}
	u, err := p.user(ctx, where, typed)
	if missing(err) || err == nil && (!u.mayEnter() || u.pending()) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	now := p.cfg.Now()
	if u.RequestedAt.Valid && now.Before(u.RequestedAt.Time.Add(resetTTL)) {
		return true, nil
	}
	link := u.ResetLink.String
	if link == "" {
		link = randomText(50)
	}
	letter, err := p.resetLetter(u, link)
	if err != nil {
		return false, err
	}
	// The link works before the mail is there; one whose mail did not leave may be asked for again at once.
	requested := func(at any) error {
		_, err := p.db.ExecContext(ctx, `UPDATE oro_user SET confirmation_token = $2, password_requested = $3 WHERE id = $1`, u.ID, link, at)
		return fault.Wrap(fault.Unavailable, "pim.reset", err)
	}
	if err := requested(datetime(now)); err != nil {
		return false, err
	}
	if err := p.mailer.Send(ctx, letter); err != nil {
		p.cfg.Log.ErrorContext(ctx, "reset mail not sent", "error", err)
		return false, requested(nil)
	}
	return false, nil
}

func (p *Product) resetLetter(u user, link string) (stand.Letter, error) {
	target := p.cfg.BaseURL + "/user/reset/" + link
	html, err := p.pages.Fragment("_mail_reset.html", map[string]string{"Username": u.Username, "Product": p.cfg.Name, "Target": target})
	return stand.Letter{To: u.Email, Subject: "Reset password",
		Text: "Hello " + u.Username + ",\n\nsomebody asked for a new " + p.cfg.Name + " password for you. To choose one, open:\n\n" + target +
			"\n\nThe link works for 24 hours. If it was not you, leave this mail alone: your password stays as it is.\n\n" + p.cfg.Name + "\n",
		HTML: html}, err
}

// byLink finds who holds an open link: an unknown one is fault.Missing, one older than 24 hours fault.Expired.
func (p *Product) byLink(r *http.Request) (user, error) {
	link := r.PathValue("link")
	u, err := p.user(r.Context(), `WHERE u.confirmation_token = $1`, link)
	if err != nil {
		return user{}, err
	}
	if !u.RequestedAt.Valid || !p.cfg.Now().Before(u.RequestedAt.Time.Add(resetTTL)) {
		return user{}, fault.New(fault.Expired, "pim.reset_link")
	}
	return u, nil
}

func (p *Product) getReset(w http.ResponseWriter, r *http.Request) error {
	u, err := p.byLink(r)
	if fault.Is(err, fault.Expired) {
		http.Redirect(w, r, ForgotPath+"?note="+string(noteAskedAlready), http.StatusSeeOther)
		return nil
	}
	if err != nil {
		return err
	}
	return p.show(w, http.StatusOK, "reset", resetPage{frame: p.frame("Reset Password"), Link: r.PathValue("link"), Username: u.Username})
}

func (p *Product) postReset(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	u, err := p.byLink(r)
	if fault.Is(err, fault.Expired) {
		http.Redirect(w, r, ForgotPath+"?note="+string(noteAskedAlready), http.StatusSeeOther)
		return nil
	}
	if err != nil {
		return err
	}
	first, second := r.PostForm.Get("pim_user_reset_form[first]"), r.PostForm.Get("pim_user_reset_form[second]")
	if wrong := passwordErrors(first, second); len(wrong) > 0 {
		page := resetPage{frame: p.frame("Reset Password"), Link: r.PathValue("link"), Username: u.Username, Errors: wrong}
		page.Failed = true
		return p.show(w, http.StatusUnprocessableEntity, "reset", page)
	}
	// The link is spent in the same statement that sets the password: of two tabs only one succeeds. The failure counter
	// stays: a locked user stays locked until the five minutes are over, as in the real product.
	done, err := p.db.ExecContext(r.Context(), `UPDATE oro_user SET password = $2, confirmation_token = NULL, password_requested = NULL, updatedAt = $3
WHERE id = $1 AND confirmation_token = $4`, u.ID, Hash(first, u.Salt), datetime(p.cfg.Now()), r.PathValue("link"))
	if err != nil {
		return fault.Wrap(fault.Unavailable, "pim.reset", err)
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		return fault.New(fault.Missing, "pim.reset_link")
	}
	if err := p.endSessionsOf(r.Context(), u.ID); err != nil {
		return err
	}
	return p.sendToOwnLogin(w, r, noteResetDone, "")
}

func passwordErrors(first, second string) []fieldError {
	switch {
	case utf8.RuneCountInString(first) < shortestPassword:
		return []fieldError{{"first", "Password must contain at least 8 characters"}}
	case len(first) >= longestPassword:
		return []fieldError{{"first", "Password must contain less than 4096 characters"}}
	case first != second:
		return []fieldError{{"second", "Passwords do not match"}}
	}
	return nil
}
