package sdm

import (
	"context"
	"net/http"
	"time"

	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"
)

// The product's own lock: so many failures in a row lock the user for so long.
const (
	lockAfter = 10
	lockTTL   = 15 * time.Minute
)

// loginPage is the product's own login page.
type loginPage struct {
	frame
	Typed, Target, Error string
}

func (p *Product) getLogin(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	return p.show(w, http.StatusOK, "login", loginPage{frame: p.frame("Log in").with(noteKey(query.Get("note"))), Target: stand.LocalPath(query.Get("target"))})
}

func (p *Product) postLogin(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	typed, target := r.PostForm.Get("email"), stand.LocalPath(r.PostForm.Get("next"))
	u, verdict, err := p.check(r.Context(), func(ctx context.Context) (user, error) { return p.byEmail(ctx, typed) }, r.PostForm.Get("password"))
	if err != nil {
		return err
	}
	message := ""
	switch verdict {
	case verdictMatch, verdictWeak, verdictMustReset:
	case verdictLocked:
		message = "Too many attempts. Try again in a few minutes."
	default:
		message = "Email or password is incorrect."
	}
	if verdict == verdictMustReset {
		http.Redirect(w, r, ForgotPath+"?note="+string(noteMustReset), http.StatusSeeOther)
		return nil
	}
	if message != "" {
		page := loginPage{frame: p.frame("Log in"), Typed: typed, Target: target, Error: message}
		page.Failed = true
		return p.show(w, http.StatusUnauthorized, "login", page)
	}
	if err := p.openSession(w, r, sessionData{User: u.ID, Via: viaOwn}); err != nil {
		return err
	}
	if err := p.recordLogin(r.Context(), u.ID); err != nil {
		return err
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
	return nil
}

// verdict is what a password check says; the values are those of the connector contract.
type verdict string

const (
	verdictMatch     verdict = "match"
	verdictWeak      verdict = "match_weak"
	verdictWrong     verdict = "wrong_password"
	verdictNotFound  verdict = "not_found"
	verdictDisabled  verdict = "disabled"
	verdictLocked    verdict = "locked"
	verdictMustReset verdict = "must_reset"
)

// check checks a password and counts failures. It is the one rule behind the login page, the token endpoint and the
// connector contract. That a password must be reset is only said to who knows it.
func (p *Product) check(ctx context.Context, find func(context.Context) (user, error), password string) (user, verdict, error) {
	u, err := find(ctx)
	if err != nil && !missing(err) {
		return user{}, "", err
	}
	known := err == nil
	if known && u.mayEnter() && u.lockedAt(p.cfg.Now()) {
		return u, verdictLocked, nil
	}
	right := matches(password, u.Password)
	switch {
	case !known:
		return user{}, verdictNotFound, nil
	case !u.mayEnter():
		return u, verdictDisabled, nil
	case !right:
		return u, verdictWrong, p.countFailure(ctx, u.ID)
	}
	if u.Failures > 0 || u.LockedUntil.Valid {
		if _, err := p.db.ExecContext(ctx, `UPDATE users_user SET failed_logins = 0, locked_until = NULL WHERE id = $1`, u.ID); err != nil {
			return user{}, "", fault.Wrap(fault.Unavailable, "sdm.login", err)
		}
	}
	switch {
	case u.MustReset:
		return u, verdictMustReset, nil
	case !strong(password):
		return u, verdictWeak, nil
	}
	return u, verdictMatch, nil
}

// countFailure counts in one statement, so that parallel guesses are all counted. A lock that is over begins a new series.
func (p *Product) countFailure(ctx context.Context, id int64) error {
	now := p.cfg.Now()
	_, err := p.db.ExecContext(ctx, `UPDATE users_user SET
  failed_logins = CASE WHEN locked_until <= $2 THEN 1 ELSE failed_logins + 1 END,
  locked_until = CASE WHEN locked_until <= $2 THEN NULL WHEN failed_logins + 1 >= $3 THEN $4 ELSE locked_until END
WHERE id = $1`, id, now.UnixMicro(), lockAfter, now.Add(lockTTL).UnixMicro())
	return fault.Wrap(fault.Unavailable, "sdm.login", err)
}

// parseForm reads a form of at most 64 KiB.
func parseForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	return fault.Wrap(fault.Invalid, "sdm.form", r.ParseForm())
}
