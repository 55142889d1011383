package protocol_test

import (
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

// notAnswered holds a visit that must end on a page of ours, without a code and without a redirect.
func (w *world) notAnswered(rec *httptest.ResponseRecorder) {
	w.tb.Helper()
	if rec.Code < 400 || rec.Header().Get("Location") != "" {
		w.tb.Errorf("%d %v", rec.Code, rec.Header())
	}
}

// pushFails holds a pushed request that must be refused, for the reason.
func (w *world) pushFails(reason string, body url.Values, header ...string) {
	w.tb.Helper()
	status := map[string]int{"invalid_client": http.StatusUnauthorized}[reason]
	if status == 0 {
		status = http.StatusBadRequest
	}
	if rec, said := w.push(body, header...); rec.Code != status || said != reason || rec.Header().Get("Cache-Control") != "no-store" {
		w.tb.Errorf("%d %s", rec.Code, rec.Body)
	}
}

// pushedAs is a request with a signed assertion in place of a secret.
func pushedAs(assertion string) url.Values {
	return request("client_assertion", assertion, "client_assertion_type", op.AssertionType)
}

// pushedModules are those of the FAPI 2.0 Security Profile's plan that concern pushed requests, and a few of ours for what RFC 9126 says
// besides. Each has a world of its own.
var pushedModules = map[string]func(w *world){
	"fapi2-security-profile-final-par-without-duplicate-parameters": func(w *world) {
		_, uri := w.push(request())
		if answer := w.answered(w.bring(w.session(fullSession), uri)); !answer.Has("code") || answer.Get("state") != "s-1" {
			w.tb.Error(answer)
		}
	},
	"fapi2-security-profile-final-par-attempt-reuse-request_uri": func(w *world) {
		s := w.session(fullSession)
		_, uri := w.push(request())
		w.answered(w.bring(s, uri))
		w.notAnswered(w.bring(s, uri))
	},
	"fapi2-security-profile-final-par-attempt-to-use-expired-request_uri": func(w *world) {
		_, uri := w.push(request())
		w.advance(time.Minute)
		w.notAnswered(w.bring(w.session(fullSession), uri))
	},
	"fapi2-security-profile-final-par-attempt-to-use-request_uri-for-different-client": func(w *world) {
		s := w.session(fullSession)
		_, uri := w.push(request())
		w.notAnswered(w.bring(s, uri, "client_id", "sdm", "redirect_uri", "https://sdm.acme.example/callback"))
		if answer := w.answered(w.bring(s, uri)); !answer.Has("code") {
			w.tb.Error("the other client spent it:", answer)
		}
	},
	"fapi2-security-profile-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds": func(w *world) {
		_, uri := w.push(request())
		w.bring(account.Session{}, uri) // looks, and goes away
		w.bring(account.Session{}, uri)
		answer := w.answered(w.send("GET", protocol.ResumePath(w.begun[1].ID), nil, w.session(fullSession)))
		if !answer.Has("code") {
			w.tb.Error(answer)
		}
	},
	"fapi2-security-profile-final-par-authorization-request-containing-request_uri-form-param": func(w *world) {
		_, uri := w.push(request())
		w.pushFails("invalid_request", request("request_uri", uri))
		w.pushFails("invalid_request", request("request_uri", "https://evil.example/request"))
	},
	"fapi2-security-profile-final-par-authorization-request-containing-request_uri": func(w *world) {
		w.pushFails("request_not_supported", request("request", "eyJhbGciOiJub25lIn0.eyJyZXF1ZXN0X3VyaSI6InVybjp4In0."))
	},
	"fapi2-security-profile-final-par-attempt-invalid-http-method": func(w *world) {
		for _, method := range []string{"GET", "PUT", "DELETE", "HEAD"} {
			rec := w.send(method, protocol.PathPush, request(), account.Session{}, basic("pim", secret)...)
			if rec.Code != http.StatusMethodNotAllowed || rec.Header().Get("Allow") != "POST" {
				w.tb.Errorf("%s: %d %v", method, rec.Code, rec.Header())
			}
		}
	},
	"fapi2-security-profile-final-par-ensure-pkce-required": func(w *world) {
		w.pushFails("invalid_request", request("code_challenge", "", "code_challenge_method", ""))
	},
	"fapi2-security-profile-final-par-plain-pkce-rejected": func(w *world) {
		w.pushFails("invalid_request", request("code_challenge_method", "plain"))
	},
	"fapi2-security-profile-final-ensure-unsigned-authorization-request-without-using-par-fails": func(w *world) {
		w.refresh(directory.RefreshSession, func(c *directory.Client) { c.RequirePushed = true })
		if answer := w.authorize(w.session(fullSession)); answer.Get("error") != "invalid_request" || answer.Has("code") {
			w.tb.Error(answer)
		}
	},
	"fapi2-security-profile-final-par-test-pushed-authorization-url-as-audience-for-client-JWT-assertion": func(w *world) {
		w.pushFails("invalid_client", pushedAs(w.keyed()(map[string]any{"aud": issuer + protocol.PathPush})), "X", "")
	},
	"fapi2-security-profile-final-par-test-token-endpoint-url-as-audience-for-client-JWT-assertion": func(w *world) {
		w.pushFails("invalid_client", pushedAs(w.keyed()(map[string]any{"aud": issuer + protocol.PathToken})), "X", "")
	},
	"fapi2-security-profile-final-test-array-as-audience-for-client-JWT-assertion": func(w *world) {
		w.pushFails("invalid_client", pushedAs(w.keyed()(map[string]any{"aud": []string{issuer}})), "X", "")
	},
	"fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted": func(w *world) {
		if rec, _ := w.push(pushedAs(w.keyed()(map[string]any{"nbf": noon.Add(8 * time.Second).Unix()})), "X", ""); rec.Code != http.StatusCreated {
			w.tb.Errorf("%d %s", rec.Code, rec.Body)
		}
	},
	"fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails": func(w *world) {
		w.pushFails("invalid_client", pushedAs(w.keyed()(map[string]any{"nbf": noon.Add(65 * time.Second).Unix()})), "X", "")
	},
	"ligature-par-refused-request-is-spent": func(w *world) {
		_, uri := w.push(request("prompt", "none"))
		if answer := w.answered(w.bring(account.Session{}, uri)); answer.Get("error") != "login_required" {
			w.tb.Fatal(answer)
		}
		w.notAnswered(w.bring(w.session(fullSession), uri))
	},
	"ligature-par-refused-request-gives-no-request_uri": func(w *world) {
		w.pushFails("invalid_scope", request("scope", "email"))
		w.pushFails("invalid_request", request("redirect_uri", callback+"/x"))
		w.pushFails("invalid_client", request(), basic("pim", "wrong")...)
	},
	"ligature-par-enormous": func(w *world) {
		rec := w.send("POST", protocol.PathPush, request("login_hint", strings.Repeat("a", 17000)), account.Session{}, basic("pim", secret)...)
		if rec.Code != http.StatusRequestEntityTooLarge || !strings.Contains(rec.Body.String(), `"invalid_request"`) {
			w.tb.Errorf("%d %s", rec.Code, rec.Body)
		}
	},
	"ligature-par-duplicates": func(w *world) {
		for name := range request("made_up", "1") {
			body := request("made_up", "1")
			body[name] = append(body[name], body[name][0])
			w.pushFails("invalid_request", body)
		}
	},
}

// TestConformancePushed (ATK-103): a request_uri is one client's, for a minute, for one answer.
func TestConformancePushed(t *testing.T) {
	for name, module := range pushedModules {
		t.Run(name, func(t *testing.T) { module(newWorld(t, issuer)) })
	}
}

// fapiModules are further ones of that plan that say more than Basic does. Those of signed requests, of DPoP and of certificates are not
// here, because none of it is offered: TestConformanceNotOffered.
var fapiModules = map[string]func(c conf){
	"fapi2-security-profile-final-ensure-authorization-request-without-state-success": func(c conf) {
		if answer := c.ask("state", ""); !answer.Has("code") || answer.Has("state") {
			c.Error(answer)
		}
	},
	"fapi2-security-profile-final-ensure-authorization-request-without-nonce-success": func(c conf) { c.succeeds("nonce", "") },
	"fapi2-security-profile-final-ensure-authorization-request-with-long-nonce": func(c conf) {
		long := strings.Repeat("n", 400)
		if said := c.succeeds("nonce", long); said["nonce"] != long {
			c.Error(said)
		}
	},
	"fapi2-security-profile-final-ensure-authorization-request-with-long-state": func(c conf) {
		long := strings.Repeat("s", 400)
		if answer := c.ask("state", long); answer.Get("state") != long || !answer.Has("code") {
			c.Error(answer)
		}
	},
	"fapi2-security-profile-final-ensure-other-scope-order-succeeds":            func(c conf) { c.succeeds("scope", "email openid profile") },
	"fapi2-security-profile-final-ensure-response-type-code-idtoken-fails":      func(c conf) { c.fails("unsupported_response_type", "response_type", "code id_token") },
	"fapi2-security-profile-final-ensure-response-type-token-fails":             func(c conf) { c.fails("unsupported_response_type", "response_type", "token") },
	"fapi2-security-profile-final-ensure-redirect-uri-in-authorization-request": func(c conf) { c.nowhere("redirect_uri", "") },
	"fapi2-security-profile-final-plain-fapi-ensure-registered-redirect-uri":    func(c conf) { c.nowhere("redirect_uri", callback+"/x") },
	"fapi2-security-profile-final-ensure-pkce-code-verifier-required": func(c conf) {
		c.noTokens("invalid_grant", redemption(c.ask().Get("code"), "code_verifier", ""))
	},
	"fapi2-security-profile-final-incorrect-pkce-code-verifier-rejected": func(c conf) {
		c.noTokens("invalid_grant", redemption(c.ask().Get("code"), "code_verifier", strings.Repeat("x", 43)))
	},
	"fapi2-security-profile-final-ensure-authorization-code-is-bound-to-client": func(c conf) {
		body := redemption(c.ask().Get("code"), "client_id", "sdm", "client_secret", secret)
		c.noTokens("invalid_grant", body, "X", "")
	},
	"fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second": func(c conf) { c.reuse(time.Second) },
	"fapi2-security-profile-final-ensure-token-endpoint-fails-with-expired-auth-code": func(c conf) {
		code := c.ask().Get("code")
		c.advance(time.Minute)
		c.noTokens("invalid_grant", redemption(code))
	},
	"fapi2-security-profile-final-user-rejects-authentication": func(c conf) {
		c.visit(account.Session{})
		to, err := c.provider.RefusalURL(c.Context(), c.begun[len(c.begun)-1].ID, op.AccessDenied)
		c.must(err)
		said, err := url.Parse(to)
		c.must(err)
		if answer := said.Query(); answer.Get("error") != "access_denied" || answer.Get("state") != "s-1" || answer.Get("iss") != issuer || answer.Has("code") {
			c.Error(to)
		}
	},
	"fapi2-security-profile-final-ensure-client-assertion-with-exp-is-5-minutes-in-past-fails": func(c conf) {
		c.noTokens("invalid_client", asserted(c.ask().Get("code"), c.keyed()(map[string]any{"exp": c.clock().Add(-5 * time.Minute).Unix()})), "X", "")
	},
	"fapi2-security-profile-final-ensure-client-assertion-with-wrong-aud-fails": func(c conf) {
		c.noTokens("invalid_client", asserted(c.ask().Get("code"), c.keyed()(map[string]any{"aud": "https://other.example"})), "X", "")
	},
	"fapi2-security-profile-final-ensure-client-assertion-with-no-sub-fails": func(c conf) {
		c.noTokens("invalid_client", asserted(c.ask().Get("code"), c.keyed()(map[string]any{"sub": nil})), "X", "")
	},
	"fapi2-security-profile-final-refresh-token": conf.refreshToken,
}

// noTokens holds a redemption that must fail, for the reason.
func (c conf) noTokens(reason string, body url.Values, header ...string) {
	c.Helper()
	if _, got := c.redeem(body, header...); got.Error != reason || got.AccessToken != "" || got.IDToken != "" {
		c.Errorf("%+v", got)
	}
}

func TestConformanceFAPI(t *testing.T) {
	for name, module := range fapiModules {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, issuer)
			module(conf{world: w, T: t, session: w.session(fullSession), kind: fullSession})
		})
	}
}
