package signin

import (
	"net/http"
	"time"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/web"
)

// The names of the pages of somebody who is signed in, in step tokens.
const (
	pageOwnPassword = "own_password"
	pageOwnEmail    = "own_email"
	pageOwnInbox    = "own_inbox"
)

// own is the session of the whole account that these pages need, with its address. done is true when nobody is signed in so:
// then the request is answered.
func (h *Handlers) own(w http.ResponseWriter, r *http.Request) (s account.Session, email ident.Email, done bool, err error) {
	found, err := h.Session(r)
	if err != nil {
		return s, email, false, err
	}
	if found == nil || !found.Full() || found.Account == "" {
		return s, email, true, see(w, r, pathLogin)
	}
	email, err = h.People.PrimaryEmail(r.Context(), found.Account)
	return *found, email, false, err
}

// ownForm is a form of the session: one that was made for another session, or another account, is out of date.
func (h *Handlers) ownForm(s account.Session, page, action string) web.Form {
	return web.Form{Action: action, StepToken: h.Steps.StepToken(string(s.ID), page, 0, string(s.Browser))}
}

// ownPosted reads a form that ownForm made.
func (h *Handlers) ownPosted(w http.ResponseWriter, r *http.Request, page, path string) (s account.Session, email ident.Email, posted web.Posted, done bool, err error) {
	if posted, err = web.ReadForm(r); err != nil {
		return s, email, posted, false, err
	}
	s, email, done, err = h.ownForms(w, r, posted, page, path)
	return s, email, posted, done, err
}

// ownForms is ownPosted for a form that has been read.
func (h *Handlers) ownForms(w http.ResponseWriter, r *http.Request, posted web.Posted, page, path string) (s account.Session, email ident.Email, done bool, err error) {
	s, email, done, err = h.own(w, r)
	if done || err != nil {
		return s, email, done, err
	}
	if _, ok := h.Steps.CheckStepToken(posted.Value(web.FieldStep), string(s.ID), page, 0, string(s.Browser)); !ok {
		return s, email, true, h.stale(w, r, path)
	}
	return s, email, false, nil
}

// getOwnPassword changes the password of somebody who is signed in.
func (h *Handlers) getOwnPassword(w http.ResponseWriter, r *http.Request) error {
	s, email, done, err := h.own(w, r)
	if done || err != nil {
		return err
	}
	return h.Shell.Renderer.Render(w, r, http.StatusOK, h.ownPasswordPage(s, email, ""))
}

func (h *Handlers) ownPasswordPage(s account.Session, email ident.Email, problem string) web.PasswordChangePage {
	return web.PasswordChangePage{Form: h.ownForm(s, pageOwnPassword, pathOwnPassword), Email: email.Key(), MinLength: linking.SetFloor,
		ResetURL: pathReset, BackURL: pathOwn, Error: problem}
}

// postOwnPassword takes the change. The session goes on in this browser under a new cookie.
func (h *Handlers) postOwnPassword(w http.ResponseWriter, r *http.Request) error {
	posted, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if done, err := h.changedAlready(w, r, posted); done || err != nil {
		return err
	}
	s, email, done, err := h.ownForms(w, r, posted, pageOwnPassword, pathOwnPassword)
	if done || err != nil {
		return err
	}
	start := h.start(r, s.Browser)
	form := linking.PasswordForm{Present: posted.Value(web.FieldPassword), Next: posted.Value(web.FieldNewPassword), StepToken: posted.Value(web.FieldStep)}
	secret, err := h.Linking.ChangePassword(r.Context(), s, form, start.Origin, start.Locale)
	if err != nil {
		if done, lookErr := h.changedAlready(w, r, posted); done || lookErr != nil {
			return lookErr // it was sent twice, and the other one was faster
		}
	}
	problem := newPasswordProblem(err)
	switch fault.KeyOf(err) {
	case "password.empty":
		problem = "present_empty"
	case "password.wrong", "password.malformed":
		problem = "present_wrong"
	}
	if problem != "" {
		return h.Shell.Renderer.Render(w, r, http.StatusUnprocessableEntity, h.ownPasswordPage(s, email, problem))
	}
	if err != nil {
		return h.wait(w, r, err, pathOwnPassword)
	}
	h.Shell.Cookies.Set(w, web.CookieSession, secret, 0)
	return see(w, r, pathOwnPassword+"/done")
}

// changedAlready answers a form that has changed the password before: the session that it was made for is over, and the one
// that it went on with may never have reached the browser.
func (h *Handlers) changedAlready(w http.ResponseWriter, r *http.Request, posted web.Posted) (done bool, err error) {
	stepToken := posted.Value(web.FieldStep)
	if _, ok := h.Steps.CheckStepToken(stepToken, string(h.SessionID(r)), pageOwnPassword, 0, string(h.knownBrowser(r))); !ok {
		return false, nil
	}
	done, err = h.bringBack(w, r, stepToken, time.Time{})
	if !done || err != nil {
		return done, err
	}
	return true, see(w, r, pathOwnPassword+"/done")
}

// getOwnPasswordDone says that it was changed.
func (h *Handlers) getOwnPasswordDone(w http.ResponseWriter, r *http.Request) error {
	if _, _, done, err := h.own(w, r); done || err != nil {
		return err
	}
	return h.Shell.Renderer.Render(w, r, http.StatusOK, web.AccountNewsPage{News: "password", NextURL: pathOwn})
}
