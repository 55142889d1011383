package rp

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"

	"ligature/internal/fault"

	"github.com/coreos/go-oidc/v3/oidc"
)

// LogoutPath is where the stand-ins are told that sessions are over; it is declared at the provider.
const LogoutPath = "/auth/backchannel-logout"

// The bounds of a logout token (Back-Channel Logout 1.0 §2.4, §2.6): longest life, and how far ahead the provider's clock may be.
const (
	logoutTokenTTL = 10 * time.Minute
	logoutSkew     = time.Minute
	maxLogoutForm  = 16 << 10
)

// Ended says which sessions are over: those whose ID token had this sid. Both are always there, because the products keep
// the sid of each of their sessions and would not know what to do without (backchannel_logout_session_required).
type Ended struct {
	SID, Subject string
}

// spent remembers the logout tokens that were taken, until they are no good by themselves.
type spent struct {
	mu    sync.Mutex
	until map[string]time.Time
}

// once reports whether the token is new, and remembers it.
func (s *spent) once(id string, until, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for old, end := range s.until {
		if now.After(end) {
			delete(s.until, old)
		}
	}
	if _, known := s.until[id]; known {
		return false
	}
	if s.until == nil {
		s.until = map[string]time.Time{}
	}
	s.until[id] = until
	return true
}

// BackChannelLogout answers the provider's logout requests (Back-Channel Logout 1.0 §2.5 to §2.8): what the token names is
// ended by end, without any browser. A token that is refused is answered 400 with an error of OAuth; when the product or
// the provider cannot answer just now it is 503, and the provider comes again.
func (p *Party) BackChannelLogout(log *slog.Logger, end func(ctx context.Context, over Ended) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		over, err := p.over(r)
		if err == nil {
			err = end(r.Context(), over)
		}
		switch {
		case err == nil:
			w.WriteHeader(http.StatusOK)
		case fault.Is(err, fault.Denied), fault.Is(err, fault.Invalid):
			log.WarnContext(r.Context(), "logout token refused", "key", fault.KeyOf(err), "error", err)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"error":"invalid_request"}`)) // a provider that went away comes again
		default:
			log.WarnContext(r.Context(), "logout request not served", "key", fault.KeyOf(err), "error", err)
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
}

// over checks the request and the token in it. Errors: fault.Invalid rp.logout_form, fault.Denied rp.logout_token,
// fault.Unavailable rp.provider.
func (p *Party) over(r *http.Request) (Ended, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	r.Body = http.MaxBytesReader(nil, r.Body, maxLogoutForm)
	if err != nil || kind != "application/x-www-form-urlencoded" || r.ParseForm() != nil || len(r.PostForm["logout_token"]) != 1 {
		return Ended{}, fault.New(fault.Invalid, "rp.logout_form")
	}
	found, err := p.discover(r.Context())
	if err != nil {
		return Ended{}, err
	}
	ctx, cancel := context.WithTimeout(p.outward(r.Context()), reachTTL)
	defer cancel()
	raw := r.PostForm.Get("logout_token")
	verifier := found.Verifier(&oidc.Config{ClientID: p.cfg.ClientID,
		SupportedSigningAlgs: []string{oidc.ES256, oidc.RS256}, Now: p.cfg.Now})
	// Checks signature, iss, aud, exp, the event, that there is no nonce, and that there are a jti and a sub or sid.
	proven, err := verifier.VerifyLogout(ctx, raw)
	if err != nil {
		return Ended{}, fault.Wrap(fault.Denied, "rp.logout_token", err)
	}
	if err := p.sound(raw, proven); err != nil {
		return Ended{}, fault.Wrap(fault.Denied, "rp.logout_token", err)
	}
	return Ended{SID: proven.SessionID, Subject: proven.Subject}, nil
}

// sound checks what go-oidc leaves to the application, and at last that the token is new.
func (p *Party) sound(raw string, proven *oidc.LogoutToken) error {
	var header struct {
		Type string `json:"typ"`
	}
	first, _, _ := strings.Cut(raw, ".")
	plain, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil || json.Unmarshal(plain, &header) != nil || !strings.EqualFold(header.Type, "logout+jwt") {
		return errors.New("not of the type logout+jwt")
	}
	var said struct {
		Events map[string]map[string]any `json:"events"`
	}
	if err := proven.Claims(&said); err != nil || len(said.Events) != 1 {
		return errors.New("not the one event, with an object")
	}
	now := p.cfg.Now()
	switch {
	case proven.SessionID == "" || proven.Subject == "":
		return errors.New("no sid, or no sub")
	case proven.IssuedAt.IsZero() || proven.IssuedAt.After(now.Add(logoutSkew)) || proven.IssuedAt.Before(now.Add(-logoutTokenTTL)):
		return errors.New("issued at another time")
	case proven.Expiry.After(now.Add(logoutTokenTTL + logoutSkew)):
		return errors.New("good for too long")
	case !p.spent.once(proven.TokenID, proven.Expiry, now):
		return errors.New("seen before")
	}
	return nil
}
