package pim

import (
	"context"
	"net/http"
	"time"

	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"
)

// The product's own lock: so many failures in a row, counted from the first, lock the user for so long.
const (
	lockAfter = 5
	lockTTL   = 5 * time.Minute
)

// loginPage is the product's own login page.
type loginPage struct {
	frame
	Typed, Target, Error string
}

func (p *Product) getLogin(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	page := loginPage{frame: p.frame("Login").with(noteKey(query.Get("note"))), Target: stand.LocalPath(query.Get("target"))}
	return p.show(w, http.StatusOK, "login", page)
}

func (p *Product) postLogin(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	typed, target := r.PostForm.Get("_username"), stand.LocalPath(r.PostForm.Get("_target_path"))
	u, message, err := p.checkPassword(r.Context(), typed, r.PostForm.Get("_password"))
	if err != nil {
		return err
	}
	if message != "" {
		page := loginPage{frame: p.frame("Login"), Typed: typed, Target: target, Error: message}
		page.Failed = true
		return p.show(w, http.StatusUnauthorized, "login", page)
	}
	if err := p.openSession(w, r, sessionData{User: u.ID, Via: viaOwn}); err != nil {
		return err
	}
	if err := p.recordLogin(r.Context(), u.ID, p.cfg.Now()); err != nil {
		return err
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
	return nil
}

// checkPassword gives the user, or the message the login page shows. Unknown, ambiguous, disabled and wrong sound alike;
// locked does not, as in the real product.
func (p *Product) checkPassword(ctx context.Context, typed, password string) (user, string, error) {
	const invalid = "Invalid credentials."
	u, err := p.byTyped(ctx, typed)
	if err != nil && !missing(err) {
		return user{}, "", err
	}
	known := err == nil && u.mayEnter()
	now := p.cfg.Now()
	if known && u.lockedAt(now) {
		return user{}, "Your account is locked for 5 minutes after too many authentication attempts.", nil
	}
	right := matches(password, u.Salt, u.Password)
	switch {
	case !known:
		return user{}, invalid, nil
	case !right:
		return user{}, invalid, p.countFailure(ctx, u.ID, now)
	}
	_, err = p.db.ExecContext(ctx, `UPDATE oro_user SET consecutive_authentication_failure_counter = 0, authentication_failure_reset_date = NULL
WHERE id = $1 AND consecutive_authentication_failure_counter > 0`, u.ID)
	return u, "", fault.Wrap(fault.Unavailable, "pim.login", err)
}

func (u user) lockedAt(now time.Time) bool {
	return u.Failures >= lockAfter && u.FirstFailureAt.Valid && now.Before(u.FirstFailureAt.Time.Add(lockTTL))
}

// countFailure counts in one statement, so that parallel guesses are all counted. A series older than the lock begins anew.
func (p *Product) countFailure(ctx context.Context, id int64, now time.Time) error {
	_, err := p.db.ExecContext(ctx, `UPDATE oro_user SET
  consecutive_authentication_failure_counter = CASE WHEN authentication_failure_reset_date > $3 THEN consecutive_authentication_failure_counter + 1 ELSE 1 END,
  authentication_failure_reset_date = CASE WHEN authentication_failure_reset_date > $3 THEN authentication_failure_reset_date ELSE $2 END
WHERE id = $1`, id, datetime(now), datetime(now.Add(-lockTTL)))
	return fault.Wrap(fault.Unavailable, "pim.login", err)
}

// parseForm reads a form of at most 64 KiB.
func parseForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	return fault.Wrap(fault.Invalid, "pim.form", r.ParseForm())
}
