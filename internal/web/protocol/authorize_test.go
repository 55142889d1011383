package protocol_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/op"
	"ligature/internal/web/protocol"
)

func TestOpenSessionIsAnsweredAtOnce(t *testing.T) {
	w := newWorld(t, issuer)
	s := w.session(fullSession)
	for _, method := range []string{"GET", "POST"} {
		target, body := protocol.PathAuthorize, request()
		if method == "GET" {
			target, body = target+"?"+request().Encode(), nil
		}
		rec := w.send(method, target, body, s)
		answer := w.answered(rec)
		if len(answer.Get("code")) < 300 || len(answer.Get("code")) > 500 || answer.Get("state") != "s-1" || rec.Header().Get("Cache-Control") != "no-store" ||
			rec.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %v %v", method, answer, rec.Header())
		}
	}
}

func TestPostOfAnotherSiteFindsTheSession(t *testing.T) {
	w := newWorld(t, issuer)
	rec := w.send("POST", protocol.PathAuthorize, request("prompt", "none"), account.Session{}, "Sec-Fetch-Site", "cross-site")
	to := rec.Header().Get("Location")
	if rec.Code != http.StatusSeeOther || !strings.HasPrefix(to, protocol.PathAuthorize+"?") {
		t.Fatal(rec.Code, to)
	}
	if answer := w.answered(w.send("GET", to, nil, w.session(fullSession), "Sec-Fetch-Site", "cross-site")); !answer.Has("code") {
		t.Error(answer)
	}
}

func TestNeverRedirectedTo(t *testing.T) {
	w := newWorld(t, issuer)
	for name, query := range map[string]string{
		"unknown client":                        request("client_id", "nobody").Encode(),
		"no client":                             request("client_id", "").Encode(),
		"unregistered redirect":                 request("redirect_uri", "https://evil.example/").Encode(),
		"no redirect":                           request("redirect_uri", "").Encode(),
		"redirect of another client's instance": request("redirect_uri", "https://sdm.acme.example/callback").Encode(),
		"redirect twice":                        request().Encode() + "&redirect_uri=" + url.QueryEscape(callback),
		"client twice":                          request().Encode() + "&client_id=pim",
		"malformed query":                       request().Encode() + "&%zz",
		"enormous":                              request("x", strings.Repeat("a", 17000)).Encode(),
	} {
		rec := w.send("GET", protocol.PathAuthorize+"?"+query, nil, w.session(fullSession))
		if rec.Code != http.StatusBadRequest || rec.Header().Get("Location") != "" {
			t.Errorf("%s: %d %s", name, rec.Code, rec.Header().Get("Location"))
		}
	}
}

func TestRefusalsAreToldToTheClient(t *testing.T) {
	w := newWorld(t, issuer)
	for name, test := range map[string]struct{ field, value, want string }{
		"response type": {"response_type", "token", "unsupported_response_type"},
		"scope":         {"scope", "profile", "invalid_scope"},
		"request":       {"request", "x.y.", "request_not_supported"},
		"no session":    {"prompt", "none", "login_required"},
	} {
		answer := w.authorize(account.Session{}, test.field, test.value)
		if answer.Get("error") != test.want || answer.Get("state") != "s-1" || answer.Has("code") {
			t.Errorf("%s: %v", name, answer)
		}
	}
	rec := w.send("GET", protocol.PathAuthorize+"?"+request().Encode()+"&nonce=again", nil, w.session(fullSession))
	if answer := w.answered(rec); answer.Get("error") != "invalid_request" {
		t.Error(answer)
	}
}

func TestOtherMethodsAreRefused(t *testing.T) {
	w := newWorld(t, issuer)
	for _, test := range [][2]string{{"HEAD", protocol.PathAuthorize}, {"PUT", protocol.PathAuthorize}, {"OPTIONS", protocol.PathAuthorize},
		{"POST", protocol.PathResume}, {"GET", protocol.PathToken}, {"PUT", protocol.PathUserInfo}, {"POST", protocol.PathJWKS},
		{"GET", protocol.PathConfirmSignOut}, {"PUT", protocol.PathChoose}, {"POST", protocol.PathOther}, {"DELETE", protocol.PathEndSession}} {
		rec := w.send(test[0], test[1]+"?"+request().Encode(), nil, w.session(fullSession))
		if rec.Code != http.StatusMethodNotAllowed || rec.Header().Get("Allow") == "" {
			t.Errorf("%v: %d", test, rec.Code)
		}
	}
}

func TestTenantThatIsOff(t *testing.T) {
	w := newWorld(t, issuer)
	s := w.session(fullSession)
	w.authorize(s) // what is known of the client is cached now
	if err := w.db.SetRollout(context.Background(), "acme", directory.RolloutOff, "test", "", noon); err != nil {
		t.Fatal(err)
	}
	for _, prompt := range []string{"", "none", "login"} {
		for _, session := range []account.Session{s, {}} {
			if answer := w.authorize(session, "prompt", prompt); answer.Get("error") != "tenant_not_enabled" || answer.Get("state") != "s-1" {
				t.Errorf("%q: %v", prompt, answer)
			}
		}
	}
	if len(w.begun) != 0 {
		t.Error("a flow was begun")
	}
}

func TestSigningInAndBack(t *testing.T) {
	w := newWorld(t, issuer)
	rec := w.send("GET", protocol.PathAuthorize+"?"+request("login_hint", "dana", "ui_locales", "fr").Encode(), nil, account.Session{})
	if rec.Code != http.StatusSeeOther || !strings.HasPrefix(rec.Header().Get("Location"), "/login?request=ar_") {
		t.Fatal(rec.Code, rec.Header())
	}
	q := w.begun[0]
	if q.LoginHint != "dana" || q.Tenant != "acme" || q.Product != "pim" || q.RedirectOrigin() != "https://pim.acme.example" {
		t.Errorf("%+v", q)
	}
	resume := protocol.ResumePath(q.ID)
	if rec := w.send("GET", resume, nil, account.Session{}); !strings.HasPrefix(rec.Header().Get("Location"), "/login") {
		t.Error("without a session", rec.Code)
	}
	w.advance(10 * time.Minute)
	s := w.session(fullSession)
	answer := w.answered(w.send("GET", resume, nil, s))
	if !answer.Has("code") || answer.Get("state") != "s-1" {
		t.Fatal(answer)
	}
	if _, got := w.redeem(redemption(answer.Get("code"))); got.IDToken == "" {
		t.Errorf("%+v", got)
	}
	if rec := w.send("GET", resume, nil, s); rec.Code != http.StatusGone || rec.Header().Get("Location") != "" {
		t.Error("answered twice", rec.Code)
	}
}

// TestStaleRequests (ATK-97): a request that is an hour old, or none, is neither answered nor refused.
func TestStaleRequests(t *testing.T) {
	w := newWorld(t, issuer)
	w.send("GET", protocol.PathAuthorize+"?"+request().Encode(), nil, account.Session{})
	id := w.begun[0].ID
	to, err := w.provider.RefusalURL(context.Background(), id, op.AccessDenied)
	if err != nil || !strings.HasPrefix(to, callback+"?error=access_denied&state=s-1&iss=") {
		t.Error(to, err)
	}
	w.advance(op.AuthRequestTTL)
	if rec := w.send("GET", protocol.ResumePath(id), nil, w.session(fullSession)); rec.Code != http.StatusGone {
		t.Error("after an hour", rec.Code)
	}
	if _, err := w.provider.RefusalURL(context.Background(), id, op.AccessDenied); err == nil {
		t.Error("refused after an hour")
	}
	for _, id := range []string{"ar_unknown", "", "\x00"} {
		if rec := w.send("GET", protocol.PathResume+"?request="+url.QueryEscape(id), nil, w.session(fullSession)); rec.Code < 400 || rec.Code >= 500 {
			t.Errorf("%q: %d", id, rec.Code)
		}
	}
}

func TestPromptLoginAsksOnce(t *testing.T) {
	w := newWorld(t, issuer)
	old := w.session(fullSession)
	for name, changes := range map[string][]string{"prompt": {"prompt", "login"}, "max_age": {"max_age", "0"}, "account": {"prompt", "select_account"}} {
		w.begun = nil
		rec := w.send("GET", protocol.PathAuthorize+"?"+request(changes...).Encode(), nil, old)
		if !strings.HasPrefix(rec.Header().Get("Location"), "/login") {
			t.Fatal(name, rec.Header())
		}
		resume := protocol.ResumePath(w.begun[0].ID)
		if rec := w.send("GET", resume, nil, old); !strings.HasPrefix(rec.Header().Get("Location"), "/login") {
			t.Error(name, "the old session was enough")
		}
		w.advance(time.Minute)
		if answer := w.answered(w.send("GET", resume, nil, w.session(fullSession))); !answer.Has("code") {
			t.Error(name, answer)
		}
	}
}

func TestProductSession(t *testing.T) {
	w := newWorld(t, issuer)
	s := w.session(pimOnly)
	answer := w.authorize(s, "scope", "openid profile email offline_access")
	_, got := w.redeem(redemption(answer.Get("code")))
	id := w.claims(got.IDToken, op.TypeIDToken)
	if id["sub"] != "sub_pim" || id["acr"] != op.ACRLegacy || id["email"] != nil || id["name"] != "Dana P" || got.Scope != "openid profile email" {
		t.Errorf("%v", id)
	}
	elsewhere := []string{"client_id", "sdm", "redirect_uri", "https://sdm.acme.example/callback", "prompt", "none"}
	if answer := w.authorize(s, elsewhere...); answer.Get("error") != "login_required" {
		t.Error(answer)
	}
	otherTenant := []string{"redirect_uri", "https://pim.globex.example/callback", "prompt", "none"}
	if answer := w.authorize(s, otherTenant...); answer.Get("error") != "login_required" {
		t.Error(answer)
	}
	if answer := w.authorize(w.session(fullSession), otherTenant...); answer.Get("error") != "login_required" {
		t.Error("full session, other tenant", answer)
	}
	if answer := w.authorize(w.session(fullSession), elsewhere...); !answer.Has("code") {
		t.Error("full session, other product", answer)
	}
}

func TestStoreThatDoesNotAnswer(t *testing.T) {
	w := newWorld(t, issuer)
	s := w.session(fullSession)
	w.authorize(s)
	w.down = true
	w.advance(30 * time.Second)
	if answer := w.authorize(s); answer.Get("error") != "temporarily_unavailable" || answer.Get("state") != "s-1" {
		t.Error(answer)
	}
	if rec := w.send("GET", protocol.PathDiscovery, nil, s); rec.Code != http.StatusOK {
		t.Error(rec.Code)
	}
	w.advance(time.Minute) // nothing is known of the client any more
	if rec := w.send("GET", protocol.PathAuthorize+"?"+request().Encode(), nil, s); rec.Code != http.StatusServiceUnavailable {
		t.Error(rec.Code)
	}
	if rec, got := w.redeem(redemption("x")); rec.Code != http.StatusServiceUnavailable || rec.Header().Get("Retry-After") == "" || got.Error != "temporarily_unavailable" {
		t.Error(rec.Code, got)
	}
}

// TestResumeInAnotherBrowser: only the browser that a request came from may go on with it.
func TestResumeInAnotherBrowser(t *testing.T) {
	w := newWorld(t, issuer)
	q := op.AuthRequest{ID: "ar_x", Client: "pim", Tenant: "acme", Product: "pim", Instance: "acme-pim", RedirectURI: callback,
		RPState: "s", Scope: []string{"openid"}, Browser: "br_other", CreatedAt: noon, Deadline: noon.Add(time.Hour)}
	w.must(w.openID.SaveAuthRequest(t.Context(), q))
	r := httptest.NewRequest(http.MethodGet, protocol.ResumePath("ar_x"), http.NoBody)
	answer := httptest.NewRecorder()
	w.mux.ServeHTTP(answer, r)
	if answer.Code != http.StatusGone {
		t.Fatalf("answered %d to %s, want 410", answer.Code, answer.Header().Get("Location"))
	}
}
