package protocol_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"ligature/internal/account"
	"ligature/internal/web/protocol"
)

var update = flag.Bool("update", false, "write the golden files")

// TestForeignClient walks the flow with a client that others wrote, over a real connection, for each way a client of ours
// authenticates and signs.
func TestForeignClient(t *testing.T) {
	for name, test := range map[string]struct {
		client string
		style  oauth2.AuthStyle
		secret string
		alg    string
	}{
		"client_secret_basic, ES256": {"pim", oauth2.AuthStyleInHeader, secret, oidc.ES256},
		"client_secret_post, RS256":  {"sdm", oauth2.AuthStyleInParams, secret, oidc.RS256},
		"public, ES256":              {"web", oauth2.AuthStyleInParams, "", oidc.ES256},
	} {
		t.Run(name, func(t *testing.T) {
			w, config, provider := overTheWire(t, test.client)
			config.ClientSecret, config.Endpoint.AuthStyle = test.secret, test.style
			verifier := oauth2.GenerateVerifier()
			authCode, iss := walk(t, config.AuthCodeURL("state-1", oidc.Nonce("nonce-1"), oauth2.S256ChallengeOption(verifier)))
			if iss != w.issuer {
				t.Errorf("iss %q", iss)
			}
			got, err := config.Exchange(t.Context(), authCode, oauth2.VerifierOption(verifier))
			if err != nil {
				t.Fatal(err)
			}
			raw, _ := got.Extra("id_token").(string)
			checks := &oidc.Config{ClientID: test.client, SupportedSigningAlgs: []string{test.alg}, Now: w.clock}
			proven, err := provider.Verifier(checks).Verify(t.Context(), raw)
			if err != nil {
				t.Fatal(err)
			}
			if err := proven.VerifyAccessToken(got.AccessToken); err != nil {
				t.Error("at_hash:", err)
			}
			if proven.Nonce != "nonce-1" || proven.Subject != "sub_"+test.client {
				t.Errorf("%+v", proven)
			}
			info, err := provider.UserInfo(t.Context(), oauth2.StaticTokenSource(got))
			if err != nil || info.Subject != proven.Subject || info.Email != "dana@example.com" || !info.EmailVerified {
				t.Errorf("%+v %v", info, err)
			}
		})
	}
}

// overTheWire serves a world whose issuer is the test server's address, and discovers it.
func overTheWire(t *testing.T, client string) (*world, oauth2.Config, *oidc.Provider) {
	t.Helper()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	w := newWorld(t, server.URL)
	handler = w.mux
	here := server.URL + "/callback"
	declared := declaration(server.URL, callback)
	for i := range declared.Instances {
		if declared.Instances[i].Tenant == "acme" && string(declared.Instances[i].Client) == client {
			declared.Instances[i].RedirectURIs = []string{here}
		}
	}
	w.declare(declared)
	provider, err := oidc.NewProvider(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return w, oauth2.Config{ClientID: client, Endpoint: provider.Endpoint(), RedirectURL: here, Scopes: []string{"openid", "profile", "email"}}, provider
}

// walk follows the redirects as a browser would, up to the callback.
func walk(t *testing.T, from string) (authCode, iss string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/callback" {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	answer, err := browser.Get(from)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	to, err := answer.Location()
	if err != nil {
		t.Fatal(err)
	}
	if to.Query().Get("state") != "state-1" {
		t.Fatalf("answered %s", to)
	}
	return to.Query().Get("code"), to.Query().Get("iss")
}

func TestDiscoveryIsTheGoldenOne(t *testing.T) {
	w := newWorld(t, issuer)
	rec := w.send("GET", protocol.PathDiscovery, nil, account.Session{})
	if h := rec.Header(); rec.Code != http.StatusOK || h.Get("Content-Type") != "application/json" || h.Get("Access-Control-Allow-Origin") != "*" {
		t.Error(rec.Code, h)
	}
	var got bytes.Buffer
	if err := json.Indent(&got, rec.Body.Bytes(), "", "  "); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "discovery.golden.json")
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%s", got.Bytes())
	}
}

// TestMetadataIsTheSame: clients of plain OAuth find the same document where RFC 8414 puts it.
func TestMetadataIsTheSame(t *testing.T) {
	w := newWorld(t, issuer)
	here, there := w.send("GET", protocol.PathDiscovery, nil, account.Session{}), w.send("GET", protocol.PathMetadata, nil, account.Session{})
	if there.Code != http.StatusOK || there.Header().Get("Content-Type") != "application/json" || there.Body.String() != here.Body.String() {
		t.Errorf("%d %s", there.Code, there.Body)
	}
}

func TestJWKS(t *testing.T) {
	w := newWorld(t, issuer)
	rec := w.send("GET", protocol.PathJWKS, nil, account.Session{})
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &set); err != nil || len(set.Keys) != 2 {
		t.Fatal(err, rec.Body)
	}
	for _, key := range set.Keys {
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi"} {
			if _, leaked := key[private]; leaked {
				t.Errorf("private %s is published", private)
			}
		}
	}
}

func TestRedeclaredClientCounts(t *testing.T) {
	for name, pass := range map[string]func(*world){
		"at once when told so":          func(w *world) { w.provider.Forget() },
		"soon, whoever was told of it":  func(w *world) { w.advance(2 * time.Second) },
		"even when the clock goes back": func(w *world) { w.advance(-time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, issuer)
			w.authorize(w.session(fullSession))
			w.declare(declaration(issuer, "https://pim.acme.example/new"))
			pass(w)
			if rec := w.send("GET", protocol.PathAuthorize+"?"+request().Encode(), nil, w.session(fullSession)); rec.Code != http.StatusBadRequest {
				t.Error(rec.Code)
			}
		})
	}
}
