package protocol_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"ligature/internal/account"
	"ligature/internal/web/protocol"
)

// TestConformanceRedirectQuery: a registered address may have a query, which is kept as it is, and is part of what must be the same.
func TestConformanceRedirectQuery(t *testing.T) {
	const registered = callback + "?foo=bar"
	for name, test := range map[string]struct{ sent, answered string }{
		"oidcc-redirect-uri-query-OK":       {registered, registered + "&"},
		"oidcc-redirect-uri-query-mismatch": {callback + "?foo=wrong", ""},
		"oidcc-redirect-uri-query-added":    {registered + "&more=1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, issuer)
			w.declare(declaration(issuer, registered))
			rec := w.send("GET", protocol.PathAuthorize+"?"+request("redirect_uri", test.sent).Encode(), nil, w.session(fullSession))
			if test.answered == "" {
				w.notAnswered(rec)
			} else if to := rec.Header().Get("Location"); !strings.HasPrefix(to, test.answered) || !strings.Contains(to, "&code=") && !strings.Contains(to, "?code=") {
				t.Error(to)
			}
		})
	}
}

// TestConformanceNotOffered (ATK-104): what is not offered is not announced, and is never answered as if it were.
func TestConformanceNotOffered(t *testing.T) {
	w := newWorld(t, issuer)
	said := map[string]any{}
	w.must(json.Unmarshal(w.send("GET", protocol.PathDiscovery, nil, account.Session{}).Body.Bytes(), &said))
	s, got := w.signedInWith()
	for name, test := range map[string]struct {
		announced []string // what must not be in discovery
		holds     func() bool
	}{
		"oidcc-userinfo-rs256": {[]string{"userinfo_signing_alg_values_supported", "userinfo_encryption_alg_values_supported"}, func() bool {
			rec := w.userInfo(got.AccessToken)
			return rec.Code == http.StatusOK && rec.Header().Get("Content-Type") == "application/json"
		}},
		"oidcc-frontchannel-rp-initiated-logout": {[]string{"frontchannel_logout_supported", "check_session_iframe"}, func() bool {
			return !strings.Contains(w.endSession(w.session(fullSession)).Body.String(), "iframe")
		}},
		// Nobody is told that a token is bound to a key: it is a bearer token, whatever was sent with the request for it.
		"fapi2-security-profile-final-dpop-negative-tests": {[]string{"dpop_signing_alg_values_supported", "tls_client_certificate_bound_access_tokens"}, func() bool {
			_, bound := w.redeem(redemption(w.authorize(s, "dpop_jkt", strings.Repeat("x", 43)).Get("code")), append(basic("pim", secret), "DPoP", "x.y.z")...)
			rec := w.send("GET", protocol.PathUserInfo, nil, account.Session{}, "Authorization", "DPoP "+bound.AccessToken, "DPoP", "x.y.z")
			return bound.Type == "Bearer" && rec.Code == http.StatusUnauthorized
		}},
		"ligature-no-registration": {[]string{"registration_endpoint"}, func() bool {
			return w.authorize(s, "registration", "{}").Get("error") == "registration_not_supported"
		}},
		"ligature-no-request-objects": {[]string{"request_object_signing_alg_values_supported", "require_signed_request_object"}, func() bool {
			return w.authorize(s, "request", "a.b.c").Get("error") == "request_not_supported"
		}},
		"ligature-no-prompt-create": {nil, func() bool {
			return w.authorize(s, "prompt", "create").Get("error") == "invalid_request"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, field := range test.announced {
				if value, ok := said[field]; ok && value != false {
					t.Errorf("%s is announced: %v", field, value)
				}
			}
			if !test.holds() {
				t.Error("answered as if it were offered")
			}
		})
	}
}

// TestForeignTargets (RFC 8707): tokens are for this server alone, and whoever asks for one of another's gets none.
func TestForeignTargets(t *testing.T) {
	w := newWorld(t, issuer)
	s := w.session(fullSession)
	for _, ours := range []string{"", issuer, issuer + "/api/v1"} {
		if answer := w.authorize(s, "resource", ours); !answer.Has("code") {
			t.Errorf("%q: %v", ours, answer)
		}
	}
	for _, foreign := range []string{"https://api.example", issuer + ".evil.example", issuer + "/", "x"} {
		if answer := w.authorize(s, "resource", foreign); answer.Get("error") != "invalid_target" || answer.Has("code") {
			t.Errorf("authorize %q: %v", foreign, answer)
		}
		w.pushFails("invalid_target", request("resource", foreign))
		authCode := w.authCode()
		if rec, got := w.redeem(redemption(authCode, "resource", foreign)); rec.Code != http.StatusBadRequest || got.Error != "invalid_target" {
			t.Errorf("token %q: %d %+v", foreign, rec.Code, got)
		}
		if _, got := w.redeem(redemption(authCode)); got.IDToken == "" {
			t.Errorf("the code was spent by it: %+v", got)
		}
	}
}

// TestDuplicatesAreRefused (RFC 6749 §3.1, §3.2): at every endpoint a parameter that stands there twice is an invalid_request, one that
// nobody knows too, and spends nothing.
func TestDuplicatesAreRefused(t *testing.T) {
	w := newWorld(t, issuer)
	s, got := w.signedInWith()
	_, other := w.signedInWith()
	for path, body := range map[string]url.Values{
		protocol.PathToken:      redemption(w.authCode()),
		protocol.PathPush:       request(),
		protocol.PathRevoke:     {"token": {other.AccessToken}, "token_type_hint": {"access_token"}},
		protocol.PathIntrospect: {"token": {got.AccessToken}, "token_type_hint": {"access_token"}},
		protocol.PathUserInfo:   {"access_token": {got.AccessToken}},
	} {
		body.Set("made_up", "1")
		header := basic("pim", secret)
		if path == protocol.PathUserInfo {
			header = nil
		}
		for name := range body {
			sent := url.Values{}
			for key, values := range body {
				sent[key] = values
			}
			sent[name] = []string{body.Get(name), body.Get(name)}
			rec := w.send("POST", path, sent, account.Session{}, header...)
			if rec.Code != http.StatusBadRequest || !strings.Contains(rec.Body.String(), `"error":"invalid_request"`) {
				t.Errorf("%s with two %s: %d %s", path, name, rec.Code, rec.Body)
			}
		}
		if rec := w.send("POST", path, body, account.Session{}, header...); rec.Code >= 300 {
			t.Errorf("%s once: %d %s", path, rec.Code, rec.Body)
		}
	}
	for _, name := range []string{"state", "nonce", "scope", "made_up"} {
		rec := w.send("GET", protocol.PathAuthorize+"?"+request("made_up", "1").Encode()+"&"+name+"=x", nil, s)
		if answer := w.answered(rec); answer.Get("error") != "invalid_request" || answer.Has("code") || strings.Contains(answer.Get("error_description"), "made_up") {
			t.Errorf("authorize with two %s: %v", name, answer)
		}
	}
	for _, method := range []string{"GET", "POST"} {
		twice := url.Values{"id_token_hint": {got.IDToken}, "logout_hint": {"a", "b"}, "post_logout_redirect_uri": {bye}}
		target, body := protocol.PathEndSession+"?"+twice.Encode(), url.Values(nil)
		if method == "POST" {
			target, body = protocol.PathEndSession, twice
		}
		if rec := w.send(method, target, body, s); rec.Code != http.StatusBadRequest || !w.live(s) {
			t.Errorf("%s end_session: %d, live %v", method, rec.Code, w.live(s))
		}
	}
}
