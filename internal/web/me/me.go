// Package me is the shell of what people do with their own account (S14): it translates forms to package self and what it
// answers to pages. It decides nothing.
package me

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"time"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/self"
	"ligature/internal/web"
)

// StepTokens allow one form of one session.
type StepTokens interface {
	StepToken(flow, page string, turn int64, browser string) string
	CheckStepToken(stepToken, flow, page string, turn int64, browser string) (nonce string, ok bool)
}

// Handlers are a person's own pages. All fields are required.
type Handlers struct {
	Keeper *self.Keeper
	Shell  *web.Shell
	Steps  StepTokens
	// Session is the live session of the request; nil when nobody is signed in.
	Session func(*http.Request) (*account.Session, error)
	// SignOut forgets the browser.
	SignOut func(http.ResponseWriter)
	// Origin says where a request comes from, in words that may be shown.
	Origin func(*http.Request) linking.Origin
	// Another is the button that links one more account of a product; the zero value for none.
	Another func(s *account.Session, tenant ident.TenantID, product directory.Product) web.AnotherForm
}

// The paths. They never change between releases: mails and bookmarks hold them.
const (
	Path           = "/me"
	pathSessions   = "/me/sessions"
	pathEndSession = "/me/sessions/end"
	pathEndOthers  = "/me/sessions/others"
	pathActivity   = "/me/activity"
	pathUnlink     = "/me/unlink/"
	pathUndo       = "/me/undo/"
	pathClose      = "/me/close"
	pathClosed     = "/me/closed"
	pathMerge      = "/me/merge"
	pathEmail      = "/me/email"
	pathPassword   = "/me/password"
	pathLogin      = "/login"
	pathReset      = "/reset"
	pathSignOut    = "/end_session"
)

// Routes mounts the pages.
func (h *Handlers) Routes(mux *http.ServeMux) {
	get := func(path string, f web.HandlerFunc) { mux.Handle("GET "+path, h.Shell.Handle(f)) }
	post := func(path string, f web.HandlerFunc) { mux.Handle("POST "+path, h.Shell.Handle(f)) }
	get(Path, h.getOwn)
	get(pathSessions, h.getSessions)
	post(pathEndSession, h.postEndSession)
	post(pathEndOthers, h.postEndOthers)
	get(pathActivity, h.getActivity)
	get(pathUnlink+"{id}", h.getUnlink)
	post(pathUnlink+"{id}", h.postUnlink)
	get(pathUndo+"{id}", h.getUndo)
	post(pathUndo+"{id}", h.postUndo)
	get(pathClose, h.getClose)
	post(pathClose, h.postClose)
	get(pathClosed, h.getClosed)
	get(pathMerge, h.getMerge)
	post(pathMerge, h.postMerge)
	get(pathMerge+"/{id}", h.getPlan)
	post(pathMerge+"/{id}", h.postPlan)
}

// visit is a request of somebody who is signed in with their whole account.
type visit struct {
	session account.Session
	own     self.Holding
	zone    *time.Location
	now     time.Time
}

// open loads who is asking. done is true when the request is answered: nobody is signed in with a whole account, and the
// sign-in comes first.
func (h *Handlers) open(w http.ResponseWriter, r *http.Request) (v visit, done bool, err error) {
	s, err := h.Session(r)
	if err != nil {
		return v, false, err
	}
	if s == nil || !s.Full() || s.Account == "" {
		return v, true, see(w, r, pathLogin)
	}
	own, err := h.Keeper.Store.Own(r.Context(), s.Account)
	if err != nil {
		return v, false, err
	}
	if own.Account.Status != account.Active {
		return v, true, see(w, r, pathLogin)
	}
	v = visit{session: *s, own: own, zone: time.UTC, now: h.Keeper.Now()}
	for _, l := range own.Links {
		if zone, err := time.LoadLocation(l.TimeZone); err == nil && l.TimeZone != "" {
			v.zone = zone
			break
		}
	}
	return v, false, nil
}

// day is a day and a time with its zone, as people read it.
func (v visit) day(t time.Time) string { return t.In(v.zone).Format("Mon 2 Jan 2006, 15:04 MST") }

// see answers 303.
func see(w http.ResponseWriter, r *http.Request, to string) error {
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

func (h *Handlers) render(w http.ResponseWriter, r *http.Request, status int, page web.Page) error {
	return h.Shell.Renderer.Render(w, r, status, page)
}

// stepToken allows one form of the session; turn binds it to what the form was made from.
func (h *Handlers) stepToken(s account.Session, page string, turn int64) string {
	return h.Steps.StepToken(string(s.ID), page, turn, string(s.Browser))
}

// form is a form of the session.
func (h *Handlers) form(v visit, action string, turn int64) web.Form {
	return web.Form{Action: action, StepToken: h.stepToken(v.session, action, turn)}
}

// sent is a form that came in.
type sent struct {
	visit
	web.Posted
	// allowed says that the form was made here, for this session and what it is about.
	allowed bool
}

// receive reads a form whose step token was made for the path and the turn.
func (h *Handlers) receive(w http.ResponseWriter, r *http.Request, path string, turn int64) (s sent, done bool, err error) {
	if s.Posted, err = web.ReadForm(r); err != nil {
		return s, false, err
	}
	s.visit, done, err = h.open(w, r)
	if !done && err == nil {
		s.allowed = h.check(s, path, turn)
	}
	return s, done, err
}

func (h *Handlers) check(s sent, path string, turn int64) bool {
	_, ok := h.Steps.CheckStepToken(s.Value(web.FieldStep), string(s.session.ID), path, turn, string(s.session.Browser))
	return ok
}

// outOfDate answers a form that was not made for this session.
func (h *Handlers) outOfDate(w http.ResponseWriter, r *http.Request, next string) error {
	return h.render(w, r, http.StatusConflict, web.ProblemPage{Kind: web.ProblemOutOfDate, NextURL: next, Reference: web.RequestID(r)})
}

// ask is a step of the session's person.
func (h *Handlers) ask(r *http.Request, v visit, password string) self.Ask {
	return self.Ask{Session: v.session, Password: password, Origin: h.Origin(r), Locale: web.LocaleOf(r).Tag}
}

// passwordProblem is what is wrong with the account's own password; empty when nothing is. Whatever cannot be a password
// is a wrong one.
func passwordProblem(out linking.Outcome, err error) string {
	switch {
	case fault.KeyOf(err) == "password.empty":
		return "empty"
	case fault.KeyOf(err) == "password.malformed", err == nil && out.Problem == "password.wrong":
		return "wrong"
	}
	return ""
}

// trouble turns what nobody has a field for into a page that leads on.
func (h *Handlers) trouble(w http.ResponseWriter, r *http.Request, err error, next string) error {
	page := web.ProblemPage{NextURL: next, Reference: web.RequestID(r)}
	switch {
	case fault.Is(err, fault.Moved):
		return h.outOfDate(w, r, next)
	case fault.Is(err, fault.Throttled):
		page.Kind = web.ProblemLocked
		if fault.KeyOf(err) == "attempts.stopped" {
			page.Kind = web.ProblemBlocked
		}
		page.Minutes = int((fault.AfterOf(err) + time.Minute - 1) / time.Minute)
		w.Header().Set("Retry-After", strconv.Itoa(int((fault.AfterOf(err)+time.Second-1)/time.Second)))
	default:
		return err
	}
	return h.render(w, r, web.Status(err), page)
}

// item is a session as a form names it: nobody gets from it to the session, and no other account's is ever looked for.
func item(id ident.SessionID) string {
	sum := sha256.Sum256([]byte("ligature/me/session/v1\x00" + string(id)))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}
