package server

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"ligature/internal/connector/httpconn"
	"ligature/internal/fault"
	"ligature/internal/op"
)

// How clients are told of a session's end: often, several side by side, none for long.
const (
	logoutsEvery = 2 * time.Second
	logoutsAtOne = 16
	logoutTTL    = 5 * time.Second
	logoutLease  = time.Minute
)

// teller tells clients that sessions are over (Back-Channel Logout §2.5).
type teller struct {
	s              *Server
	public, inside *http.Client
}

type dialing = func(ctx context.Context, network, address string) (net.Conn, error)

func newTeller(s *Server) *teller {
	if dial := s.options.LogoutDial; dial != nil {
		given := logoutClient(dial)
		return &teller{s: s, public: given, inside: given}
	}
	return &teller{s: s, public: logoutClient(guardedDial(false)), inside: logoutClient(guardedDial(true))}
}

// guardedDial connects to no address that a product is not reached at.
func guardedDial(private bool) dialing {
	return (&net.Dialer{Timeout: 2 * time.Second, ControlContext: httpconn.Control(private)}).DialContext
}

// logoutClient follows no redirects and uses no proxy.
func logoutClient(dial dialing) *http.Client {
	return &http.Client{Timeout: logoutTTL,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{Proxy: nil, DialContext: dial, TLSHandshakeTimeout: 2 * time.Second,
			ResponseHeaderTimeout: logoutTTL, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true}}
}

// run tells whoever is due. Signing out never waits for it, and one client that hangs keeps no other waiting for long.
func (t *teller) run(ctx context.Context) error {
	for ctx.Err() == nil {
		due, err := t.s.db.ClaimLogouts(ctx, t.s.now(), logoutsAtOne, logoutLease)
		if err != nil || len(due) == 0 {
			return err
		}
		var all sync.WaitGroup
		for _, l := range due {
			all.Go(func() { t.one(ctx, l) })
		}
		all.Wait()
	}
	return nil
}

// one tells a client, and keeps what came of it.
func (t *teller) one(ctx context.Context, l op.Logout) {
	err := t.tell(ctx, l)
	if ctx.Err() != nil {
		return // its lease ends, and somebody tells it again
	}
	again, left := l.TellAgain(t.s.now())
	switch {
	case err == nil:
		err = t.s.db.LogoutTold(ctx, l)
	case left:
		t.s.log.Warn("a client was not told of a session's end", "client", string(l.Client), "attempt", l.Attempt, "error", err.Error())
		err = t.s.db.LogoutFailed(ctx, l, again)
	default:
		t.s.log.Error("a client is not told of a session's end any more", "client", string(l.Client), "error", err.Error())
		err = t.s.db.LogoutTold(ctx, l)
	}
	if err != nil {
		t.s.log.Error("what came of a logout notice was not kept", "error", err.Error())
	}
}

// tell posts a fresh logout token. Its errors name no address: they are logged.
func (t *teller) tell(ctx context.Context, l op.Logout) error {
	claims, err := op.LogoutClaims(l, t.s.options.Declaration.Suite.Issuer, t.s.dice.NewID("lo"), t.s.now())
	if err != nil {
		return fault.Wrap(fault.Internal, "logout.claims", err)
	}
	logoutToken, err := t.s.signer.Sign(l.Algorithm, op.TypeLogoutToken, claims)
	if err != nil {
		return fault.Wrap(fault.Internal, "logout.sign", err)
	}
	body := url.Values{"logout_token": {logoutToken}}.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.URI, strings.NewReader(body))
	if err != nil {
		return fault.New(fault.Invalid, "logout.uri")
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := t.public
	if l.Private {
		client = t.inside
	}
	answer, err := client.Do(r)
	if err != nil {
		return fault.New(fault.Unavailable, "logout.unreachable")
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusNoContent {
		return fault.New(fault.Unavailable, "logout.status_"+strconv.Itoa(answer.StatusCode))
	}
	return nil
}
