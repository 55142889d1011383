package protocol_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/directory"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/op"
	"ligature/internal/web/protocol"
)

const offline = "openid profile email offline_access"

// refreshing are the first tokens of PIM's client, a refresh token among them.
func (w *world) refreshing(s account.Session) tokens {
	w.tb.Helper()
	_, got := w.redeem(redemption(w.authorize(s, "scope", offline).Get("code")))
	if got.Refresh == "" {
		w.tb.Fatalf("no refresh token: %+v", got)
	}
	return got
}

func (w *world) renew(refresh string, changes ...string) tokens {
	w.tb.Helper()
	v := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}
	for i := 0; i+1 < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
	}
	_, got := w.redeem(v)
	return got
}

// refresh declares how PIM's client gets refresh tokens.
func (w *world) refresh(kind directory.Refresh, more ...func(*directory.Client)) {
	d := declaration(w.issuer, callback)
	d.Clients[0].Refresh = kind
	for _, change := range more {
		change(&d.Clients[0])
	}
	w.declare(d)
	w.provider.Forget()
}

func TestRefresh(t *testing.T) {
	w := newWorld(t, issuer)
	first := w.refreshing(w.session(fullSession))
	w.advance(10 * time.Minute)
	second := w.renew(first.Refresh, "scope", "openid")
	if second.Error != "" || second.Refresh == first.Refresh || second.Scope != "openid" {
		t.Fatalf("%+v", second)
	}
	before, after := w.claims(first.IDToken, op.TypeIDToken), w.claims(second.IDToken, op.TypeIDToken)
	for _, name := range []string{"iss", "sub", "aud", "auth_time", "acr", "sid"} {
		if before[name] != after[name] {
			t.Errorf("%s was %v and is %v", name, before[name], after[name])
		}
	}
	if after["nonce"] != nil || after["iat"] == before["iat"] || after["email"] != nil {
		t.Error(after)
	}
	if rec := w.userInfo(second.AccessToken); rec.Code != http.StatusOK || strings.Contains(rec.Body.String(), "email") {
		t.Errorf("a narrower access token shows %d %s", rec.Code, rec.Body)
	}
	if third := w.renew(second.Refresh); third.Scope != offline {
		t.Errorf("a narrower access token narrowed the refresh token: %+v", third)
	}
}

// TestRefreshReplay (ATK-101): a token that was exchanged ends everything when it comes back.
func TestRefreshReplay(t *testing.T) {
	w := newWorld(t, issuer)
	first := w.refreshing(w.session(fullSession))
	second := w.renew(first.Refresh)
	if got := w.renew(first.Refresh); got.Error != "invalid_grant" {
		t.Fatalf("%+v", got)
	}
	if got := w.renew(second.Refresh); got.Error != "invalid_grant" {
		t.Errorf("the family lives: %+v", got)
	}
	if rec := w.userInfo(second.AccessToken); rec.Code != http.StatusUnauthorized {
		t.Errorf("the access token lives: %d", rec.Code)
	}
	if log := w.log.String(); !strings.Contains(log, "refresh token replayed") || strings.Contains(log, first.Refresh) {
		t.Error(log)
	}
}

func TestParallelRefresh(t *testing.T) {
	w := newWorld(t, issuer)
	first := w.refreshing(w.session(fullSession))
	answers := make([]tokens, 12)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = w.renew(first.Refresh) })
	}
	all.Wait()
	won := 0
	for _, got := range answers {
		if got.Error == "" {
			won++
			if again := w.renew(got.Refresh); again.Error != "invalid_grant" {
				t.Errorf("the winner's lives: %+v", again)
			}
		} else if got.Error != "invalid_grant" {
			t.Errorf("%+v", got)
		}
	}
	if won != 1 {
		t.Errorf("%d won", won)
	}
}

func TestRefreshIsBoundToItsClient(t *testing.T) {
	w := newWorld(t, issuer)
	first := w.refreshing(w.session(fullSession))
	body := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first.Refresh}, "client_id": {"sdm"}, "client_secret": {secret}}
	if _, got := w.redeem(body, []string{}...); got.Error == "" || got.AccessToken != "" {
		t.Errorf("%+v", got)
	}
	if got := w.renew(first.Refresh, "scope", "openid more"); got.Error != "invalid_scope" {
		t.Errorf("wider: %+v", got)
	}
	for _, sent := range []string{"", "x", "rt_unknown.secret", "\x00.x", first.Refresh + "x"} {
		if got := w.renew(sent); got.Error != "invalid_grant" && got.Error != "invalid_request" {
			t.Errorf("%q: %+v", sent, got)
		}
	}
}

// TestRefreshEnds (ATK-109): whatever ends what it was given for ends the refresh token at once.
func TestRefreshEnds(t *testing.T) {
	commit := func(o linking.Outcome) func(*world, account.Session) {
		o.Events = []audit.Event{{ID: "ev_1", Action: audit.SignedIn, At: noon}} // says when it was decided
		return func(w *world, _ account.Session) { w.must(w.db.Commit(context.Background(), o)) }
	}
	signOut := func(w *world, s account.Session) { w.must(w.openID.EndGrants(context.Background(), s.ID, noon)) }
	for name, test := range map[string]struct {
		kind directory.Refresh
		do   func(*world, account.Session)
		live bool
	}{
		"nothing":                  {directory.RefreshSession, func(*world, account.Session) {}, true},
		"signed out":               {directory.RefreshSession, signOut, false},
		"signed out, offline":      {directory.RefreshOffline, signOut, true},
		"session ended, offline":   {directory.RefreshOffline, func(w *world, s account.Session) { w.must(w.db.EndSession(context.Background(), s.ID, noon)) }, true},
		"new password":             {directory.RefreshSession, commit(linking.Outcome{EndSessions: []linking.SessionsEnd{{Account: "ac_1"}}}), false},
		"new password, offline":    {directory.RefreshOffline, commit(linking.Outcome{EndSessions: []linking.SessionsEnd{{Account: "ac_1"}}}), false},
		"others signed out":        {directory.RefreshOffline, commit(linking.Outcome{EndSessions: []linking.SessionsEnd{{Account: "ac_1", ExceptBrowser: "br_1"}}}), true},
		"product account, offline": {directory.RefreshOffline, commit(linking.Outcome{EndSessions: []linking.SessionsEnd{{Tenant: "acme", ProductAccount: "pa_pim"}}}), false},
		"unlinked, offline":        {directory.RefreshOffline, commit(linking.Outcome{EndGrants: []linking.GrantsEnd{{Account: "ac_1", Tenant: "acme", ProductAccount: "pa_pim"}}}), false},
		"account disabled": {directory.RefreshOffline, commit(linking.Outcome{Accounts: []account.Account{{ID: "ac_1", Status: "disabled",
			CreatedAt: noon, Version: 1}}}), false},
		"link suspended": {directory.RefreshOffline, commit(linking.Outcome{Links: []account.Link{{ID: "li_pim", Tenant: "acme", Account: "ac_1",
			ProductAccount: "pa_pim", State: account.LinkSuspended, CreatedAt: noon, Version: 1}}}), false},
		"tenant off": {directory.RefreshOffline, func(w *world, _ account.Session) {
			w.must(w.db.SetRollout(context.Background(), "acme", "off", "test", "", noon))
		}, false},
		"declared none": {directory.RefreshOffline, func(w *world, _ account.Session) { w.refresh(directory.RefreshNone) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, issuer)
			w.refresh(test.kind)
			s := w.session(fullSession)
			first := w.refreshing(s)
			test.do(w, s)
			if got := w.renew(first.Refresh); (got.Error == "") != test.live {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestRefreshExpires(t *testing.T) {
	w := newWorld(t, issuer)
	w.refresh(directory.RefreshOffline)
	got := w.refreshing(w.session(fullSession))
	for day := range 31 {
		if next := w.renew(got.Refresh); day < 30 && next.Error == "" {
			got = next
		} else if day < 30 || next.Error != "invalid_grant" {
			t.Fatalf("day %d: %+v", day, next)
		}
		w.advance(24*time.Hour - time.Second)
		if day == 29 {
			w.advance(time.Minute)
		}
	}
	idle := w.refreshing(w.session(fullSession))
	w.advance(op.RefreshIdleTTL)
	if got := w.renew(idle.Refresh); got.Error != "invalid_grant" {
		t.Errorf("idle: %+v", got)
	}
}

// A product session gets none, whatever it asks for (ATK-91).
func TestNoRefreshInAProductSession(t *testing.T) {
	w := newWorld(t, issuer)
	w.refresh(directory.RefreshOffline)
	_, got := w.redeem(redemption(w.authorize(w.session(pimOnly), "scope", offline).Get("code")))
	if got.Refresh != "" || got.Scope != "openid profile email" {
		t.Errorf("%+v", got)
	}
}

func (w *world) about(path, sent string, body url.Values, header ...string) (int, map[string]any) {
	w.tb.Helper()
	v := url.Values{"token": {sent}}
	for name, values := range body {
		v[name] = values
	}
	if header == nil {
		header = basic("pim", secret)
	}
	rec := w.send("POST", path, v, account.Session{}, header...)
	said := map[string]any{}
	if rec.Body.Len() > 0 {
		w.must(json.Unmarshal(rec.Body.Bytes(), &said))
	}
	if rec.Header().Get("Cache-Control") != "no-store" {
		w.tb.Error("may be cached")
	}
	return rec.Code, said
}

func TestRevocation(t *testing.T) {
	sdm := url.Values{"client_id": {"sdm"}, "client_secret": {secret}}
	for _, kind := range []string{"access", "refresh", "refresh of before"} {
		w := newWorld(t, issuer)
		got := w.refreshing(w.session(fullSession))
		sent := map[string]string{"access": got.AccessToken, "refresh": got.Refresh, "refresh of before": got.Refresh}[kind]
		if kind == "refresh of before" {
			got = w.renew(got.Refresh)
		}
		if status, said := w.about(protocol.PathRevoke, sent, sdm, []string{}...); status != 401 && said["error"] != "unauthorized_client" {
			t.Errorf("%s, by another client: %d %v", kind, status, said)
		}
		if status, _ := w.about(protocol.PathRevoke, sent, nil, basic("pim", "wrong")...); status != 401 {
			t.Errorf("%s, wrong secret: %d", kind, status)
		}
		if rec := w.userInfo(got.AccessToken); rec.Code != 200 {
			t.Fatalf("%s: %d", kind, rec.Code)
		}
		for range 2 { // a second time is as good
			if status, said := w.about(protocol.PathRevoke, sent, url.Values{"token_type_hint": {"anything"}}); status != 200 || len(said) != 0 {
				t.Errorf("%s: %d %v", kind, status, said)
			}
		}
		if rec := w.userInfo(got.AccessToken); rec.Code != 401 {
			t.Errorf("%s: userinfo %d", kind, rec.Code)
		}
		if again := w.renew(got.Refresh); again.Error != "invalid_grant" {
			t.Errorf("%s: %+v", kind, again)
		}
	}
	w := newWorld(t, issuer)
	for sent, want := range map[string]int{"": 400, "unknown": 200, "a.b": 200, "a.b.c": 200, "rt_x.y": 200} {
		if status, _ := w.about(protocol.PathRevoke, sent, nil); status != want {
			t.Errorf("%q: %d", sent, status)
		}
	}
}

func TestIntrospection(t *testing.T) {
	w := newWorld(t, issuer)
	w.refresh(directory.RefreshSession)
	got := w.refreshing(w.session(fullSession))
	for name, sent := range map[string]string{"access": got.AccessToken, "refresh": got.Refresh} {
		status, said := w.about(protocol.PathIntrospect, sent, nil)
		if status != 200 || said["active"] != true || said["client_id"] != "pim" || said["sub"] != "sub_pim" || said["scope"] != offline || said["iss"] != issuer {
			t.Errorf("%s: %d %v", name, status, said)
		}
		sdm := url.Values{"client_id": {"sdm"}, "client_secret": {secret}}
		if status, said := w.about(protocol.PathIntrospect, sent, sdm, "X", ""); status != 200 || len(said) != 1 || said["active"] != false {
			t.Errorf("%s, by another client: %d %v", name, status, said)
		}
		if status, _ := w.about(protocol.PathIntrospect, sent, url.Values{"client_id": {"web"}}, "X", ""); status != 401 {
			t.Errorf("%s, by a public client: %d", name, status)
		}
	}
	d := declaration(issuer, callback)
	d.Clients[1].Introspects = []ident.ClientID{"pim"}
	w.declare(d)
	w.provider.Forget()
	sdm := url.Values{"client_id": {"sdm"}, "client_secret": {secret}}
	if _, said := w.about(protocol.PathIntrospect, got.AccessToken, sdm, "X", ""); said["active"] != true {
		t.Errorf("by a client that may: %v", said)
	}
	w.renew(got.Refresh)
	for name, sent := range map[string]string{"exchanged": got.Refresh, "ID token": got.IDToken, "rubbish": "x"} {
		if status, said := w.about(protocol.PathIntrospect, sent, nil); status != 200 || len(said) != 1 || said["active"] != false {
			t.Errorf("%s: %d %v", name, status, said)
		}
	}
	if _, said := w.about(protocol.PathIntrospect, got.AccessToken, nil); said["active"] != true {
		t.Errorf("asking about an exchanged one ended the grant: %v", said)
	}
	w.advance(op.AccessTokenTTL)
	if _, said := w.about(protocol.PathIntrospect, got.AccessToken, nil); said["active"] != false {
		t.Errorf("expired: %v", said)
	}
}
