package protocol_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"ligature/internal/directory"
	"ligature/internal/op"
)

// keyed makes PIM's client one that proves itself by a key, and gives what signs its assertions.
func (w *world) keyed() func(changes map[string]any) string {
	w.tb.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	w.must(err)
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: private.Public(), KeyID: "k1", Algorithm: "ES256", Use: "sig"}}})
	w.must(err)
	w.refresh(directory.RefreshSession, func(c *directory.Client) { c.AuthMethod, c.SecretHash, c.JWKS = op.AuthPrivateKey, "", string(set) })
	return func(changes map[string]any) string {
		claims := map[string]any{"iss": "pim", "sub": "pim", "aud": issuer, "jti": w.dice.NewID("j"), "exp": w.clock().Add(time.Minute).Unix(), "iat": w.clock().Unix()}
		maps.Copy(claims, changes)
		for name, value := range claims {
			if value == nil {
				delete(claims, name)
			}
		}
		payload, err := json.Marshal(claims)
		w.must(err)
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: private}, (&jose.SignerOptions{}).WithHeader("kid", "k1"))
		w.must(err)
		signed, err := signer.Sign(payload)
		w.must(err)
		compact, err := signed.CompactSerialize()
		w.must(err)
		return compact
	}
}

func asserted(authCode, assertion string, changes ...string) url.Values {
	return redemption(authCode, append([]string{"client_assertion", assertion, "client_assertion_type", op.AssertionType}, changes...)...)
}

func TestPrivateKeyJWT(t *testing.T) {
	w := newWorld(t, issuer)
	sign := w.keyed()
	assertion := sign(nil)
	if _, got := w.redeem(asserted(w.authCode(), assertion), "X", ""); got.IDToken == "" {
		t.Fatalf("%+v", got)
	}
	if rec, got := w.redeem(asserted(w.authCode(), assertion), "X", ""); rec.Code != 401 || got.Error != "invalid_client" {
		t.Errorf("a second time: %d %+v", rec.Code, got)
	}
	if _, got := w.redeem(asserted(w.authCode(), sign(nil), "client_id", "pim"), "X", ""); got.IDToken == "" {
		t.Errorf("with client_id: %+v", got)
	}
	none := "eyJhbGciOiJub25lIn0.eyJpc3MiOiJwaW0iLCJzdWIiOiJwaW0ifQ."
	for name, body := range map[string]url.Values{
		"aud of the token endpoint": asserted("x", sign(map[string]any{"aud": issuer + "/token"})),
		"aud of two":                asserted("x", sign(map[string]any{"aud": []string{issuer, "https://other.example"}})),
		"aud as a list":             asserted("x", sign(map[string]any{"aud": []string{issuer}})),
		"no aud":                    asserted("x", sign(map[string]any{"aud": nil})),
		"another iss":               asserted("x", sign(map[string]any{"iss": "sdm"})),
		"another sub":               asserted("x", sign(map[string]any{"sub": "sdm"})),
		"no jti":                    asserted("x", sign(map[string]any{"jti": nil})),
		"no exp":                    asserted("x", sign(map[string]any{"exp": nil})),
		"expired":                   asserted("x", sign(map[string]any{"exp": noon.Unix()})),
		"good for a day":            asserted("x", sign(map[string]any{"exp": noon.Add(24 * time.Hour).Unix()})),
		"of tomorrow":               asserted("x", sign(map[string]any{"nbf": noon.Add(24 * time.Hour).Unix()})),
		"another client_id":         asserted("x", sign(nil), "client_id", "sdm"),
		"another type":              asserted("x", sign(nil), "client_assertion_type", "urn:other"),
		"no type":                   asserted("x", sign(nil), "client_assertion_type", ""),
		"alg none":                  asserted("x", none),
		"cut":                       asserted("x", sign(nil)[:80]),
		"a tampered one":            asserted("x", sign(nil)+"A"),
		"a secret instead":          redemption("x", "client_id", "pim", "client_secret", secret),
		"nothing":                   redemption("x", "client_id", "pim"),
	} {
		if rec, got := w.redeem(body, "X", ""); rec.Code != 401 || got.Error != "invalid_client" {
			t.Errorf("%s: %d %+v", name, rec.Code, got)
		}
	}
	if rec, got := w.redeem(asserted("x", sign(nil)), basic("pim", secret)...); rec.Code != 400 || got.Error != "invalid_request" {
		t.Errorf("two ways: %d %+v", rec.Code, got)
	}
	other := newWorld(t, issuer).keyed()
	if rec, _ := w.redeem(asserted("x", other(nil)), "X", ""); rec.Code != 401 {
		t.Error("another key:", rec.Code)
	}
}
