package other

import (
	"context"
	"maps"
	"net/http"
	"sync"
	"time"

	"ligature/internal/demo/rp"
	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"
)

// sessionTTL is how long somebody stays signed in to the product.
const sessionTTL = 12 * time.Hour

// sessionCookie is the short name; stand.Cookies makes the full one.
const sessionCookie = "other"

// session is somebody signed in to the product. IDToken, and what names the provider's
// session, are there for who came in with the one account.
type session struct {
	userID  string
	IDToken string
	sid     string
	subject string
	endsAt  time.Time
}

// sessions are kept in memory: who is signed in when the product ends signs in again.
type sessions struct {
	mu   sync.Mutex
	open map[string]session
}

// begin makes a new session (never the one the browser had) and sets its cookie.
func (p *Product) begin(w http.ResponseWriter, r *http.Request, s session) {
	p.end(r)
	secret := stand.Secret(32)
	s.endsAt = p.cfg.Now().Add(sessionTTL)
	p.sessions.mu.Lock()
	defer p.sessions.mu.Unlock()
	p.sessions.open[stand.Digest(secret)] = s
	p.cookies.Set(w, sessionCookie, secret, sessionTTL)
}

// end forgets the request's session and gives what it was.
func (p *Product) end(r *http.Request) session {
	key := stand.Digest(p.cookies.Value(r, sessionCookie))
	p.sessions.mu.Lock()
	defer p.sessions.mu.Unlock()
	was := p.sessions.open[key]
	delete(p.sessions.open, key)
	return was
}

// endSessionsFrom ends the sessions that came from one of the identity provider; those of the own login page have no sid.
func (p *Product) endSessionsFrom(_ context.Context, over rp.Ended) error {
	p.sessions.mu.Lock()
	defer p.sessions.mu.Unlock()
	maps.DeleteFunc(p.sessions.open, func(_ string, s session) bool { return s.sid == over.SID && s.subject == over.Subject })
	return nil
}

// signedIn is who the request's session belongs to, and how they came in; fault.Missing for nobody, and for somebody who may
// no longer come in.
func (p *Product) signedIn(r *http.Request) (user, session, error) {
	p.sessions.mu.Lock()
	s, ok := p.sessions.open[stand.Digest(p.cookies.Value(r, sessionCookie))]
	p.sessions.mu.Unlock()
	if !ok || p.cfg.Now().After(s.endsAt) {
		return user{}, session{}, fault.New(fault.Missing, "other.session")
	}
	u, err := p.byID(r.Context(), s.userID)
	if err == nil && u.Inactive {
		err = fault.New(fault.Missing, "other.session")
	}
	return u, s, err
}
