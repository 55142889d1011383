package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ligature/internal/connector/conform"
	"ligature/internal/connector/httpconn"
	"ligature/internal/demo/rp"
	"ligature/internal/demo/rp/rptest"
	"ligature/internal/demo/sdm"
)

// The demo's second product keeps the contract that its developer would be held to; the report and the exit code say so,
// and neither has the password or the secret in it.
func TestConform(t *testing.T) {
	const secret, password = "Connector-Canary-0123456789abcdef", "Password-Canary-7"
	provider := rptest.Start(t, time.Now)
	server := httptest.NewUnstartedServer(nil)
	url := "http://" + server.Listener.Addr().String()
	product, err := sdm.Open(t.Context(), sdm.Config{Path: filepath.Join(t.TempDir(), "sdm.sqlite"), BaseURL: url, Tenant: "acme", Now: time.Now, ConnectorSecret: []byte(secret),
		RP: rp.Config{Issuer: provider.URL, ClientID: rptest.ClientID, ClientSecret: rptest.ClientSecret}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = product.Close() })
	if err := product.Seed(t.Context(), []sdm.Person{{Email: "Rita@acme.example", FirstName: "Rita", LastName: "Moreau", Password: password}}); err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = product
	server.Start()
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	refuser := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	t.Cleanup(refuser.Close)

	for name, test := range map[string]struct {
		args   []string
		in     string
		status int
		want   string // in what is printed, or said
	}{
		"kept":        {[]string{url, "--secret-file", file, "--email", "rita@acme.example", "--password-file", "-", "--cannot-reset"}, password + "\n", 0, " 0 broken"},
		"as JSON":     {[]string{url, "--secret-file", file, "--email", "rita@acme.example", "--password-file", "-", "--cannot-reset", "--json"}, password, 0, `"broken":0`},
		"broken":      {[]string{refuser.URL, "--secret-file", file, "--email", "rita@acme.example", "--password-file", "-"}, password, 1, "answered with 401"},
		"unreachable": {[]string{"http://127.0.0.1:1", "--secret-file", file, "--email", "rita@acme.example", "--password-file", "-"}, password, 2, "could not be asked"},
		"no secret":   {[]string{url, "--email", "rita@acme.example", "--password-file", "-"}, password, 2, "--secret-file"},
		"no password": {[]string{url, "--secret-file", file, "--email", "rita@acme.example"}, "", 2, "PROBE_PASSWORD"},
		"no such file": {[]string{url, "--secret-file", file + ".not", "--email", "rita@acme.example"}, "", 2,
			"Name a file"},
		"a bad URL":    {[]string{"ftp://x", "--secret-file", file, "--email", "rita@acme.example", "--password-file", "-"}, password, 2, "https"},
		"half a pair":  {[]string{"https://x.example", "--secret-file", file, "--client-cert-file", file, "--email", "rita@acme.example", "--password-file", "-"}, password, 2, "client_key"},
		"no URL there": {[]string{"--secret-file", file}, "", exitUsage, "expected"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, talk bytes.Buffer
			status := run(t.Context(), append([]string{"connector", "conform"}, test.args...), console{in: bufio.NewReader(strings.NewReader(test.in)), out: &out, err: &talk, getenv: noEnv})
			all := out.String() + talk.String()
			if status != test.status || !strings.Contains(all, test.want) {
				t.Errorf("exit code %d, want %d, with %q:\n%s", status, test.status, test.want, all)
			}
			if strings.Contains(all, "Canary") {
				t.Errorf("a secret is shown:\n%s", all)
			}
			var report conform.Report
			if name == "as JSON" && (json.Unmarshal(out.Bytes(), &report) != nil || report.Held < 35 || len(report.Findings) != report.Held+report.Noted+report.Skipped) {
				t.Errorf("%s", out.String())
			}
		})
	}
}

// The contract is printed whole.
func TestContractIsPrinted(t *testing.T) {
	var out bytes.Buffer
	if status := run(t.Context(), []string{"connector", "contract"}, console{out: &out, err: &out, getenv: noEnv}); status != 0 || !bytes.Equal(out.Bytes(), httpconn.OpenAPI()) {
		t.Errorf("exit code %d:\n%s", status, out.String())
	}
}
