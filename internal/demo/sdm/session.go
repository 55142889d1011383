package sdm

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"ligature/internal/demo/rp"
	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"
)

// sessionTTL is how long somebody stays signed in to the product.
const sessionTTL = 12 * time.Hour

// sessionCookie is the short name; stand.Cookies makes the full one.
const sessionCookie = "sdm"

// The ways to have signed in.
const (
	viaOwn     = "own"
	viaAccount = "account"
)

// session is somebody signed in to the product: the product's session, not the identity provider's.
type session struct {
	id   string
	data sessionData
	user user
}

// sessionData is what django_session.session_data holds.
type sessionData struct {
	User    int64  `json:"user"`
	Via     string `json:"via"`
	IDToken string `json:"id_token,omitempty"`
	// SID and Subject are those of the ID token: by them the identity provider says that the session is over.
	SID     string `json:"sid,omitempty"`
	Subject string `json:"sub,omitempty"`
}

// pageHandler is a page for somebody who is signed in.
type pageHandler func(w http.ResponseWriter, r *http.Request, s session) error

// openSession makes a new session (never the one the browser had) and sets its cookie.
func (p *Product) openSession(w http.ResponseWriter, r *http.Request, data sessionData) error {
	if old := p.cookies.Value(r, sessionCookie); old != "" {
		if err := p.endSession(r.Context(), stand.Digest(old)); err != nil {
			return err
		}
	}
	encoded, err := json.Marshal(data)
	if err != nil {
		return fault.Wrap(fault.Internal, "sdm.session", err)
	}
	secret := stand.Secret(32)
	_, err = p.db.ExecContext(r.Context(), `INSERT INTO django_session (session_key, session_data, user_id, expire_at) VALUES ($1, $2, $3, $4)`,
		stand.Digest(secret), string(encoded), data.User, p.cfg.Now().Add(sessionTTL).UnixMicro())
	if err != nil {
		return fault.Wrap(fault.Unavailable, "sdm.session", err)
	}
	p.cookies.Set(w, sessionCookie, secret, sessionTTL)
	return nil
}

// session finds the request's session; none, an expired one, or one of somebody who may no longer enter is fault.Missing.
func (p *Product) session(r *http.Request) (session, error) {
	secret := p.cookies.Value(r, sessionCookie)
	if secret == "" {
		return session{}, fault.New(fault.Missing, "sdm.session")
	}
	s := session{id: stand.Digest(secret)}
	var encoded string
	err := p.db.QueryRowContext(r.Context(), `SELECT session_data FROM django_session WHERE session_key = $1 AND expire_at > $2`,
		s.id, p.cfg.Now().UnixMicro()).Scan(&encoded)
	if err != nil {
		if missing(err) {
			return session{}, fault.New(fault.Missing, "sdm.session")
		}
		return session{}, fault.Wrap(fault.Unavailable, "sdm.session", err)
	}
	if err := json.Unmarshal([]byte(encoded), &s.data); err != nil {
		return session{}, fault.Wrap(fault.Internal, "sdm.session", err)
	}
	s.user, err = p.user(r.Context(), `WHERE u.id = $1`, s.data.User)
	if err != nil {
		return session{}, err
	}
	if !s.user.mayEnter() {
		return session{}, fault.New(fault.Missing, "sdm.session")
	}
	return s, nil
}

func (p *Product) endSession(ctx context.Context, id string) error {
	_, err := p.db.ExecContext(ctx, `DELETE FROM django_session WHERE session_key = $1`, id)
	return fault.Wrap(fault.Unavailable, "sdm.session", err)
}

// endSessionsFrom ends the sessions that came from one of the identity provider; those of the own login page have no sid.
func (p *Product) endSessionsFrom(ctx context.Context, over rp.Ended) error {
	if p.state.Load() == Down {
		return fault.New(fault.Unavailable, "sdm.down")
	}
	_, err := p.db.ExecContext(ctx, `DELETE FROM django_session WHERE json_extract(session_data, '$.sid') = $1
 AND json_extract(session_data, '$.sub') = $2`, over.SID, over.Subject)
	return fault.Wrap(fault.Unavailable, "sdm.session", err)
}

// signedIn lets in who has a session and sends everybody else to sign in, remembering where they wanted to go.
func (p *Product) signedIn(next pageHandler) stand.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		s, err := p.session(r)
		if err == nil {
			return next(w, r, s)
		}
		if !missing(err) {
			return err
		}
		target := "/"
		if r.Method == http.MethodGet {
			target = r.URL.RequestURI()
		}
		return p.sendToSignIn(w, r, rp.Ask{ReturnTo: target})
	}
}
