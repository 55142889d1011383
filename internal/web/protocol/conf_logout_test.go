package protocol_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/ident"
	"ligature/internal/op"
	"ligature/internal/web/protocol"
)

// confDiscovery is what the discovery modules look at.
type confDiscovery map[string]any

func (d confDiscovery) list(name string) []any { list, _ := d[name].([]any); return list }

func TestConformanceConfig(t *testing.T) {
	w := newWorld(t, issuer)
	rec := w.send("GET", protocol.PathDiscovery, nil, account.Session{})
	said := confDiscovery{}
	if rec.Code != http.StatusOK || rec.Header().Get("Content-Type") != "application/json" || json.Unmarshal(rec.Body.Bytes(), &said) != nil {
		t.Fatal(rec.Code, rec.Header())
	}
	t.Run("oidcc-discovery-endpoint-verification", func(t *testing.T) {
		for name, value := range said {
			if at, ok := value.(string); ok && name != "issuer" && !strings.HasPrefix(at, issuer+"/") {
				t.Errorf("%s is %s", name, at)
			}
		}
		for name, want := range map[string]string{"response_types_supported": "code", "subject_types_supported": "pairwise", "scopes_supported": "openid",
			"id_token_signing_alg_values_supported": "RS256", "grant_types_supported": "authorization_code", "code_challenge_methods_supported": "S256",
			"response_modes_supported": "form_post", "token_endpoint_auth_methods_supported": "private_key_jwt"} {
			if !slices.Contains(said.list(name), any(want)) {
				t.Errorf("%s has no %s: %v", name, want, said[name])
			}
		}
		if said["issuer"] != issuer || len(w.kids()) == 0 || slices.Contains(said.list("id_token_signing_alg_values_supported"), any("none")) {
			t.Error(said["issuer"])
		}
	})
	t.Run("oidcc-rp-initiated-logout-discovery-endpoint-verification", func(t *testing.T) {
		if said["end_session_endpoint"] != issuer+protocol.PathEndSession {
			t.Error(said["end_session_endpoint"])
		}
	})
	t.Run("oidcc-backchannel-logout-discovery-endpoint-verification", func(t *testing.T) {
		if said["backchannel_logout_supported"] != true || said["backchannel_logout_session_supported"] != true {
			t.Error(said)
		}
	})
}

func TestConformanceRPInitiatedLogout(t *testing.T) {
	for name, test := range map[string]struct {
		pairs func(idToken string) []string
		to    string // where the browser goes; empty: it is asked, or refused
		ends  bool
	}{
		"oidcc-rp-initiated-logout": {func(id string) []string {
			return []string{"id_token_hint", id, "post_logout_redirect_uri", bye, "state", "s"}
		}, bye + "?state=s", true},
		"oidcc-rp-initiated-logout-no-state": {func(id string) []string {
			return []string{"id_token_hint", id, "post_logout_redirect_uri", bye}
		}, bye, true},
		"oidcc-rp-initiated-logout-no-post-logout-redirect-uri": {func(id string) []string { return []string{"id_token_hint", id, "state", "s"} }, protocol.PathSignedOut, true},
		"oidcc-rp-initiated-logout-bad-post-logout-redirect-uri": {func(id string) []string {
			return []string{"id_token_hint", id, "post_logout_redirect_uri", "https://evil.example/"}
		}, "", false},
		"oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri": {func(id string) []string {
			return []string{"id_token_hint", id, "post_logout_redirect_uri", bye + "?foo=bar"}
		}, "", false},
		"oidcc-rp-initiated-logout-modified-id-token-hint": {func(id string) []string {
			return []string{"id_token_hint", "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + strings.Split(id, ".")[1] + ".", "post_logout_redirect_uri", bye}
		}, "", false},
		"oidcc-rp-initiated-logout-bad-id-token-hint": {func(id string) []string {
			return []string{"id_token_hint", id[:len(id)-6] + "AAAAAA", "post_logout_redirect_uri", bye}
		}, "", false},
		"oidcc-rp-initiated-logout-no-id-token-hint": {func(string) []string { return []string{"post_logout_redirect_uri", bye} }, "", false},
		"oidcc-rp-initiated-logout-no-params":        {func(string) []string { return nil }, "", false},
		"oidcc-rp-initiated-logout-only-state":       {func(string) []string { return []string{"state", "s"} }, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, issuer)
			s, got := w.signedInWith()
			rec := w.endSession(s, test.pairs(got.IDToken)...)
			if rec.Header().Get("Location") != test.to || w.live(s) == test.ends {
				t.Errorf("%d %v, live: %v", rec.Code, rec.Header(), w.live(s))
			}
			answer := w.authorize(s, "prompt", "none")
			if (answer.Get("error") == "login_required") != test.ends {
				t.Error(answer)
			}
		})
	}
}

// TestConformanceBackChannelLogout: what is queued by signing out is exactly what the client's ID token was about. The token
// itself and its delivery are held in internal/op and internal/server.
func TestConformanceBackChannelLogout(t *testing.T) {
	t.Run("oidcc-backchannel-rp-initiated-logout", func(t *testing.T) {
		w := newWorld(t, issuer)
		w.refresh(directory.RefreshSession, func(c *directory.Client) { c.LogoutURI = "https://pim.acme.example/logout" })
		s, got := w.signedInWith()
		w.endSession(s, "id_token_hint", got.IDToken)
		due, err := w.db.ClaimLogouts(t.Context(), w.clock(), 10, time.Minute)
		w.must(err)
		said := w.claims(got.IDToken, op.TypeIDToken)
		if len(due) != 1 || said["sid"] != op.SID(due[0].Session, due[0].Client) || said["sub"] != string(due[0].Subject) || due[0].Client != ident.ClientID("pim") {
			t.Fatalf("%+v", due)
		}
		if answer := w.authorize(s, "prompt", "none"); answer.Get("error") != "login_required" {
			t.Error(answer)
		}
	})
}
