package sdm_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"ligature/internal/demo/rp"
	"ligature/internal/demo/sdm"
)

// FuzzSignature feeds headers to the contract's door: only the right signature of this very question is let in, whatever
// stands in the headers, and nothing that stands there is an outage.
func FuzzSignature(f *testing.F) {
	at := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	product, err := sdm.Open(f.Context(), sdm.Config{Path: f.TempDir() + "/sdm.sqlite", BaseURL: "http://sdm.localhost", Tenant: "acme", Now: func() time.Time { return at }, ConnectorSecret: []byte(secret),
		RP: rp.Config{Issuer: "http://id.localhost", ClientID: "sdm", ClientSecret: "x"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = product.Close() })
	const path, body, nonce = "/ligature/v1/find", `{"by":"email","value":"x@acme.example"}`, "AAAAAAAAAAAAAAAAAAAAAA"
	now := strconv.FormatInt(at.Unix(), 10)
	f.Add(now, nonce, sdm.Signature([]byte(secret), now, nonce, http.MethodPost, path, []byte(body)))
	f.Add("+"+now, nonce, "v1=")
	f.Add("-9223372036854775808", "AAAAAAAAAAAAAAAAAAAAA=", "v1="+strings.Repeat("0", 64))
	f.Add("", "", "")
	f.Fuzz(func(t *testing.T, timestamp, nonce, signature string) {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Ligature-Timestamp", timestamp)
		r.Header.Set("Ligature-Nonce", nonce)
		r.Header.Set("Ligature-Signature", signature)
		w := httptest.NewRecorder()
		product.ServeHTTP(w, r)
		right := signature == sdm.Signature([]byte(secret), timestamp, nonce, http.MethodPost, path, []byte(body))
		if w.Code != http.StatusUnauthorized && (w.Code != http.StatusOK || !right) {
			t.Errorf("status %d for a signature that is right: %v", w.Code, right)
		}
	})
}
