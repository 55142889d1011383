package pim

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"ligature/internal/demo/rp"
	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"
)

// sessionTTL is how long somebody stays signed in to the product.
const sessionTTL = 12 * time.Hour

// sessionCookie is the short name; stand.Cookies makes the full one.
const sessionCookie = "pim"

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

// sessionData is what pim_session.sess_data holds.
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
		return fault.Wrap(fault.Internal, "pim.session", err)
	}
	secret := stand.Secret(32)
	_, err = p.db.ExecContext(r.Context(), `INSERT INTO pim_session (sess_id, sess_data, sess_time, sess_lifetime) VALUES ($1, $2, $3, $4)`,
		stand.Digest(secret), string(encoded), p.cfg.Now().Unix(), int64(sessionTTL/time.Second))
	if err != nil {
		return fault.Wrap(fault.Unavailable, "pim.session", err)
	}
	p.cookies.Set(w, sessionCookie, secret, sessionTTL)
	return nil
}

// session finds the request's session; none, an expired one, or one of somebody who may no longer enter is fault.Missing.
func (p *Product) session(r *http.Request) (session, error) {
	secret := p.cookies.Value(r, sessionCookie)
	if secret == "" {
		return session{}, fault.New(fault.Missing, "pim.session")
	}
	s := session{id: stand.Digest(secret)}
	var encoded string
	err := p.db.QueryRowContext(r.Context(), `SELECT CAST(sess_data AS TEXT) FROM pim_session WHERE sess_id = $1 AND sess_time + sess_lifetime > $2`,
		s.id, p.cfg.Now().Unix()).Scan(&encoded)
	if err != nil {
		if missing(err) {
			return session{}, fault.New(fault.Missing, "pim.session")
		}
		return session{}, fault.Wrap(fault.Unavailable, "pim.session", err)
	}
	if err := json.Unmarshal([]byte(encoded), &s.data); err != nil {
		return session{}, fault.Wrap(fault.Internal, "pim.session", err)
	}
	s.user, err = p.user(r.Context(), `WHERE u.id = $1`, s.data.User)
	if err != nil {
		return session{}, err
	}
	if !s.user.mayEnter() {
		return session{}, fault.New(fault.Missing, "pim.session")
	}
	return s, nil
}

func (p *Product) endSession(ctx context.Context, id string) error {
	_, err := p.db.ExecContext(ctx, `DELETE FROM pim_session WHERE sess_id = $1`, id)
	return fault.Wrap(fault.Unavailable, "pim.session", err)
}

// endSessionsOf ends every session of one user, after a new password.
func (p *Product) endSessionsOf(ctx context.Context, userID int64) error {
	_, err := p.db.ExecContext(ctx, `DELETE FROM pim_session WHERE json_extract(CAST(sess_data AS TEXT), '$.user') = $1`, userID)
	return fault.Wrap(fault.Unavailable, "pim.session", err)
}

// endSessionsFrom ends the sessions that came from one of the identity provider; those of the own login page have no sid.
func (p *Product) endSessionsFrom(ctx context.Context, over rp.Ended) error {
	if p.state.Load() == Down {
		return fault.New(fault.Unavailable, "pim.down")
	}
	_, err := p.db.ExecContext(ctx, `DELETE FROM pim_session WHERE json_extract(CAST(sess_data AS TEXT), '$.sid') = $1
 AND json_extract(CAST(sess_data AS TEXT), '$.sub') = $2`, over.SID, over.Subject)
	return fault.Wrap(fault.Unavailable, "pim.session", err)
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
		if strings.EqualFold(r.Header.Get("X-Requested-With"), "XMLHttpRequest") {
			return writeJSON(w, http.StatusUnauthorized, map[string]any{"code": http.StatusUnauthorized, "message": "Authentication is required"})
		}
		target := "/"
		if r.Method == http.MethodGet {
			target = r.URL.RequestURI()
		}
		return p.sendToSignIn(w, r, rp.Ask{ReturnTo: target})
	}
}
