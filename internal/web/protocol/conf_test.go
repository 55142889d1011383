package protocol_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/op"
	"ligature/internal/web/protocol"
)

// The modules of the OpenID Foundation's conformance suite, rebuilt: each subtest bears the name of its module. The Basic ones
// are walked in an open session of the whole account, in a session that a product's password began, and with answers by
// form_post, which is the Form Post plan.

// conf is one module under way.
type conf struct {
	*world
	*testing.T
	session account.Session
	kind    func(*account.Session)
	limited bool
	mode    string
}

// answer are the parameters that come back to the client, by whichever way they came.
func (c conf) answer(rec *httptest.ResponseRecorder) url.Values {
	c.Helper()
	if c.mode == "" {
		return c.answered(rec)
	}
	lines := strings.Split(rec.Body.String(), "\n")
	if rec.Code != http.StatusOK || rec.Header().Get("Location") != "" || lines[0] != callback {
		c.Fatalf("not posted: %d %v %s", rec.Code, rec.Header(), rec.Body)
	}
	found := url.Values{}
	for i := 1; i+1 < len(lines); i += 2 {
		found.Set(lines[i], lines[i+1])
	}
	return found
}

// visit sends a request in the session, with changes.
func (c conf) visit(session account.Session, changes ...string) *httptest.ResponseRecorder {
	c.Helper()
	if c.mode != "" {
		changes = append(changes, "response_mode", c.mode)
	}
	return c.send("GET", protocol.PathAuthorize+"?"+request(changes...).Encode(), nil, session)
}

func (c conf) ask(changes ...string) url.Values { return c.answer(c.visit(c.session, changes...)) }

// tokens are those of a request that is answered at once.
func (c conf) tokens(changes ...string) tokens {
	c.Helper()
	answer := c.ask(changes...)
	_, got := c.redeem(redemption(answer.Get("code")))
	if got.IDToken == "" || answer.Get("iss") != issuer || answer.Get("state") == "" {
		c.Fatalf("%v %+v", answer, got)
	}
	return got
}

// succeeds holds a request that must be answered with tokens of the person who is signed in.
func (c conf) succeeds(changes ...string) map[string]any {
	c.Helper()
	said := c.claims(c.tokens(changes...).IDToken, op.TypeIDToken)
	if said["sub"] != "sub_pim" {
		c.Error(said)
	}
	return said
}

// asksAgain holds a request that must lead to a new sign-in, and gives the ID token of what follows.
func (c conf) asksAgain(changes ...string) map[string]any {
	c.Helper()
	rec := c.visit(c.session, changes...)
	if rec.Code != http.StatusSeeOther || !strings.HasPrefix(rec.Header().Get("Location"), "/login") {
		c.Fatalf("not asked: %d %v", rec.Code, rec.Header())
	}
	c.advance(3 * time.Second)
	resumed := c.send("GET", protocol.ResumePath(c.begun[len(c.begun)-1].ID), nil, c.world.session(c.kind))
	_, got := c.redeem(redemption(c.answer(resumed).Get("code")))
	return c.claims(got.IDToken, op.TypeIDToken)
}

func (c conf) fails(reason string, changes ...string) {
	c.Helper()
	if answer := c.ask(changes...); answer.Get("error") != reason || answer.Has("code") {
		c.Error(answer)
	}
}

func (c conf) information(rec *httptest.ResponseRecorder) map[string]any {
	c.Helper()
	said := map[string]any{}
	if rec.Code != http.StatusOK || json.Unmarshal(rec.Body.Bytes(), &said) != nil || said["sub"] != "sub_pim" {
		c.Errorf("%d %s", rec.Code, rec.Body)
	}
	return said
}

func header(compact string) map[string]any {
	plain, _ := base64.RawURLEncoding.DecodeString(strings.Split(compact, ".")[0])
	said := map[string]any{}
	_ = json.Unmarshal(plain, &said) // what cannot be read has no kid
	return said
}

// kids are the names of the published keys.
func (w *world) kids() (kids []string) {
	w.tb.Helper()
	var set struct {
		Keys []struct {
			ID string `json:"kid"`
			D  string `json:"d"`
		} `json:"keys"`
	}
	w.must(json.Unmarshal(w.send("GET", protocol.PathJWKS, nil, account.Session{}).Body.Bytes(), &set))
	for _, key := range set.Keys {
		if key.D != "" || slices.Contains(kids, key.ID) {
			w.tb.Errorf("key %s is private, or there twice", key.ID)
		}
		kids = append(kids, key.ID)
	}
	return kids
}

// basicModules are those of oidcc-basic-certification-test-plan.
var basicModules = map[string]func(c conf){
	"oidcc-server": func(c conf) {
		got := c.tokens()
		said := c.claims(got.IDToken, op.TypeIDToken)
		if said["iss"] != issuer || said["aud"] != "pim" || said["nonce"] != "n-1" || said["at_hash"] == "" || said["exp"].(float64) <= said["iat"].(float64) {
			c.Error(said)
		}
		if info := c.information(c.userInfo(got.AccessToken)); info["sub"] != said["sub"] {
			c.Error(info)
		}
	},
	"oidcc-response-type-missing": func(c conf) { c.fails("invalid_request", "response_type", "") },
	"oidcc-idtoken-signature": func(c conf) {
		if said := header(c.tokens().IDToken); !slices.Contains(c.kids(), said["kid"].(string)) || said["alg"] != "ES256" {
			c.Error(said)
		}
	},
	"oidcc-idtoken-unsigned": func(c conf) {
		if said := header(c.tokens().IDToken); said["alg"] == "none" {
			c.Error(said)
		}
	},
	"oidcc-userinfo-get": func(c conf) { c.information(c.userInfo(c.tokens().AccessToken)) },
	"oidcc-userinfo-post-header": func(c conf) {
		c.information(c.send("POST", protocol.PathUserInfo, nil, account.Session{}, "Authorization", "Bearer "+c.tokens().AccessToken))
	},
	"oidcc-userinfo-post-body": func(c conf) {
		c.information(c.send("POST", protocol.PathUserInfo, url.Values{"access_token": {c.tokens().AccessToken}}, account.Session{}))
	},
	"oidcc-ensure-request-without-nonce-succeeds-for-code-flow": func(c conf) {
		if said := c.succeeds("nonce", ""); said["nonce"] != nil {
			c.Error(said)
		}
	},
	"oidcc-scope-profile": func(c conf) {
		if info := c.information(c.userInfo(c.tokens("scope", "openid profile").AccessToken)); info["name"] == nil || info["email"] != nil {
			c.Error(info)
		}
	},
	"oidcc-scope-email": func(c conf) {
		info := c.information(c.userInfo(c.tokens("scope", "openid email").AccessToken))
		if (info["email"] == "dana@example.com" && info["email_verified"] == true) == c.limited || info["name"] != nil {
			c.Error(info)
		}
	},
	"oidcc-scope-address": func(c conf) { c.succeeds("scope", "openid address") },
	"oidcc-scope-phone":   func(c conf) { c.succeeds("scope", "openid phone") },
	"oidcc-scope-all":     func(c conf) { c.succeeds("scope", "openid profile email address phone") },
	"oidcc-alternate-happy-flow": func(c conf) {
		c.succeeds("scope", "email profile openid", "state", "another/state+&%")
	},
	"oidcc-display-page":  func(c conf) { c.succeeds("display", "page") },
	"oidcc-display-popup": func(c conf) { c.succeeds("display", "popup") },
	"oidcc-prompt-login": func(c conf) {
		before := c.succeeds()
		if after := c.asksAgain("prompt", "login"); after["auth_time"].(float64) <= before["auth_time"].(float64) {
			c.Error(after)
		}
	},
	"oidcc-prompt-none-not-logged-in": func(c conf) {
		c.session = account.Session{}
		c.fails("login_required", "prompt", "none")
	},
	"oidcc-prompt-none-logged-in": func(c conf) {
		before := c.succeeds()
		c.advance(time.Minute)
		if after := c.succeeds("prompt", "none"); after["auth_time"] != before["auth_time"] || after["sub"] != before["sub"] {
			c.Error(after)
		}
	},
	"oidcc-max-age-1": func(c conf) {
		before := c.succeeds()
		c.advance(2 * time.Second)
		if after := c.asksAgain("max_age", "1"); after["auth_time"].(float64) <= before["auth_time"].(float64) {
			c.Error(after)
		}
	},
	"oidcc-max-age-10000": func(c conf) {
		before := c.succeeds()
		c.advance(2 * time.Second)
		if after := c.succeeds("max_age", "10000"); after["auth_time"] != before["auth_time"] {
			c.Error(after)
		}
	},
	"oidcc-ensure-request-with-unknown-parameter-succeeds": func(c conf) { c.succeeds("extra", "foobar") },
	"oidcc-id-token-hint":  func(c conf) { c.succeeds("id_token_hint", c.tokens().IDToken, "prompt", "none") },
	"oidcc-login-hint":     func(c conf) { c.succeeds("login_hint", "dana@example.com") },
	"oidcc-ui-locales":     func(c conf) { c.succeeds("ui_locales", "se") },
	"oidcc-claims-locales": func(c conf) { c.succeeds("claims_locales", "se") },
	"oidcc-ensure-request-with-acr-values-succeeds": func(c conf) {
		if said := c.succeeds("acr_values", "1 2"); (said["acr"] == op.ACRLegacy) != c.limited {
			c.Error(said)
		}
	},
	"oidcc-codereuse":           func(c conf) { c.reuse(0) },
	"oidcc-codereuse-30seconds": func(c conf) { c.reuse(30 * time.Second) },
	"oidcc-ensure-registered-redirect-uri": func(c conf) {
		c.nowhere("redirect_uri", "https://pim.acme.example/unregistered")
	},
	"oidcc-ensure-redirect-uri-in-authorization-request": func(c conf) { c.nowhere("redirect_uri", "") },
	"oidcc-redirect-uri-query-added":                     func(c conf) { c.nowhere("redirect_uri", callback+"?foo=bar") },
	"oidcc-redirect-uri-regfrag":                         func(c conf) { c.nowhere("redirect_uri", callback+"#fragment") },
	"oidcc-ensure-post-request-succeeds": func(c conf) {
		body := request()
		if c.mode != "" {
			body.Set("response_mode", c.mode)
		}
		if answer := c.answer(c.send("POST", protocol.PathAuthorize, body, c.session)); !answer.Has("code") {
			c.Error(answer)
		}
	},
	"oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported": func(c conf) {
		c.fails("request_uri_not_supported", "request_uri", "https://pim.acme.example/request")
	},
	"oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported": func(c conf) {
		c.fails("request_not_supported", "request", "eyJhbGciOiJub25lIn0.e30.")
	},
	"oidcc-ensure-request-object-with-redirect-uri": func(c conf) {
		c.fails("request_not_supported", "request", "eyJhbGciOiJub25lIn0.eyJyZWRpcmVjdF91cmkiOiJodHRwczovL2V2aWwuZXhhbXBsZSJ9.")
	},
	"oidcc-claims-essential":                        func(c conf) { c.succeeds("claims", `{"userinfo":{"name":{"essential":true}}}`) },
	"oidcc-refresh-token":                           conf.refreshToken,
	"oidcc-ensure-request-with-valid-pkce-succeeds": func(c conf) { c.succeeds() },
}

// reuse: the second use of a code fails, and takes the tokens of the first with it.
func (c conf) reuse(after time.Duration) {
	c.Helper()
	code := c.ask().Get("code")
	_, got := c.redeem(redemption(code))
	c.advance(after)
	if _, again := c.redeem(redemption(code)); again.Error != "invalid_grant" {
		c.Errorf("%+v", again)
	}
	if rec := c.userInfo(got.AccessToken); rec.Code != http.StatusUnauthorized {
		c.Error("the access token lives:", rec.Code)
	}
}

// nowhere holds a request that must end on a page of ours.
func (c conf) nowhere(changes ...string) {
	c.Helper()
	if rec := c.visit(c.session, changes...); rec.Code != http.StatusBadRequest || rec.Header().Get("Location") != "" {
		c.Errorf("%d %v", rec.Code, rec.Header())
	}
}

// refreshToken: it works, for its own client alone, and only where the whole account is signed in.
func (c conf) refreshToken() {
	got := c.tokens("scope", "openid offline_access", "prompt", "consent")
	if (got.Refresh == "") != c.limited {
		c.Fatalf("%+v", got)
	}
	if c.limited {
		return
	}
	body := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got.Refresh}, "client_id": {"sdm"}, "client_secret": {secret}}
	if rec, other := c.redeem(body, "X", ""); rec.Code != http.StatusBadRequest || other.Error != "invalid_grant" {
		c.Errorf("another client: %d %+v", rec.Code, other)
	}
	renewed := c.renew(got.Refresh)
	if renewed.IDToken == "" || strings.ContainsFunc(renewed.Refresh, func(r rune) bool { return r < 0x21 || r > 0x7e }) {
		c.Errorf("%+v", renewed)
	}
	before, after := c.claims(got.IDToken, op.TypeIDToken), c.claims(renewed.IDToken, op.TypeIDToken)
	if before["sub"] != after["sub"] || before["auth_time"] != after["auth_time"] || after["aud"] != "pim" {
		c.Error(after)
	}
}

func TestConformanceBasic(t *testing.T) {
	for run, kind := range map[string]func(*account.Session){"full": fullSession, "product": pimOnly} {
		for _, mode := range []string{"", "form_post"} {
			t.Run(strings.TrimSuffix(run+" "+mode, " "), func(t *testing.T) {
				w := newWorld(t, issuer)
				for name, module := range basicModules {
					t.Run(name, func(t *testing.T) {
						module(conf{world: w, T: t, session: w.session(kind), kind: kind, limited: run == "product", mode: mode})
					})
				}
			})
		}
	}
}

// TestConformanceProductSession (ATK-91, ATK-106): what a session that a product's password began adds to each module.
func TestConformanceProductSession(t *testing.T) {
	w := newWorld(t, issuer)
	c := conf{world: w, T: t, session: w.session(pimOnly), kind: pimOnly, limited: true}
	said := c.succeeds("acr_values", op.ACRLegacy+" "+op.ACRAccount)
	methods, _ := said["amr"].([]any)
	if said["acr"] != op.ACRLegacy || len(methods) != 1 || methods[0] != "pwd" || said["auth_time"].(float64) != float64(noon.Unix()) || said["email"] != nil {
		t.Error(said)
	}
	c.fails("login_required", "prompt", "none", "client_id", "sdm", "redirect_uri", "https://sdm.acme.example/callback")
}

func TestConformanceClientSecretPost(t *testing.T) {
	t.Run("oidcc-server-client-secret-post", func(t *testing.T) {
		w := newWorld(t, issuer)
		at := "https://sdm.acme.example/callback"
		answer := w.authorize(w.session(fullSession), "client_id", "sdm", "redirect_uri", at)
		_, got := w.redeem(redemption(answer.Get("code"), "redirect_uri", at, "client_id", "sdm", "client_secret", secret), "X", "")
		if header(got.IDToken)["alg"] != "RS256" {
			t.Errorf("%+v", got)
		}
	})
}
