package restconn_test

import (
	"net/http/httptest"
	"path/filepath"
	"testing"

	"ligature/internal/connector"
	"ligature/internal/connector/restconn"
	"ligature/internal/demo/pim"
	"ligature/internal/demo/rp"
	"ligature/internal/demo/rp/stand"
	"ligature/internal/demo/sdm"
)

// same holds that a check changed nothing in the product but what it hands out.
func same(t *testing.T, before, after stand.Dump, handedOut ...string) {
	t.Helper()
	for _, table := range handedOut {
		delete(before, table)
		delete(after, table)
	}
	if before.Text() != after.Text() {
		t.Error("the product's tables changed")
	}
}

// TestAgainstTheStandInOfAkeneoPIM: its token endpoint has the real messages.
func TestAgainstTheStandInOfAkeneoPIM(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	url := "http://" + server.Listener.Addr().String()
	product, err := pim.Open(t.Context(), pim.Config{Path: filepath.Join(t.TempDir(), "pim.db"), BaseURL: url, RP: rp.Config{Issuer: "http://id.localhost", ClientID: "pim"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = product.Close() }()
	const password = "correct horse battery"
	if err := product.Seed(t.Context(), []pim.Person{
		{Username: "dana", Email: "Dana@acme.example", FirstName: "Dana", LastName: "Ruiz", Password: password},
		{Username: "gone", Email: "gone@acme.example", FirstName: "Gone", LastName: "Away", Password: password, Disabled: true},
	}); err != nil {
		t.Fatal(err)
	}
	id, err := product.AddAPIClient(t.Context(), "Ligature", "abc", secret)
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = product
	server.Start()
	defer server.Close()
	before, err := product.Dump(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o := restconn.Options{Preset: "akeneo-pim", URL: url, ClientID: id, Secret: []byte(secret), AllowPrivate: true}
	c := open(t, o)
	if err := c.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	for address, want := range map[string]map[string]connector.Outcome{
		"dana@acme.example":   {password: connector.Match, "wrong": connector.Rejected, password + " ": connector.Rejected},
		"gone@acme.example":   {password: connector.Rejected},
		"nobody@acme.example": {password: connector.Rejected},
	} {
		for typedPassword, outcome := range want {
			answer, err := c.(connector.Verifier).Verify(t.Context(), typed(t, address, typedPassword))
			if err != nil || answer.Outcome != outcome || answer.Record != nil {
				t.Errorf("%s: %s, %v; want %s", address, answer.Outcome, err, outcome)
			}
		}
	}
	after, err := product.Dump(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, before, after, "pim_api_access_token", "pim_api_refresh_token")
}

// TestAgainstTheStandInOfSupplierDataManager: the key of a name stays the same, so there is one however often somebody is asked about.
func TestAgainstTheStandInOfSupplierDataManager(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	url := "http://" + server.Listener.Addr().String()
	product, err := sdm.Open(t.Context(), sdm.Config{Path: filepath.Join(t.TempDir(), "sdm.db"), BaseURL: url, ConnectorSecret: []byte(secret),
		RP: rp.Config{Issuer: "http://id.localhost", ClientID: "sdm"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = product.Close() }()
	const password = "Correct-Horse-7"
	if err := product.Seed(t.Context(), []sdm.Person{
		{Email: "Rita@acme.example", FirstName: "Rita", LastName: "Moreau", Password: password},
		{Email: "off@acme.example", FirstName: "Off", LastName: "Line", Password: password, Inactive: true},
	}); err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = product
	server.Start()
	defer server.Close()
	c := open(t, restconn.Options{Preset: "supplier-data-manager", URL: url, AllowPrivate: true})
	if err := c.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	for range 2 {
		for address, want := range map[string]connector.Outcome{"rita@acme.example": connector.Match, "off@acme.example": connector.Rejected, "nobody@acme.example": connector.Rejected} {
			answer, err := c.(connector.Verifier).Verify(t.Context(), typed(t, address, password))
			if err != nil || answer.Outcome != want {
				t.Errorf("%s: %s, %v; want %s", address, answer.Outcome, err, want)
			}
		}
	}
	after, err := product.Dump(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(after["authtoken_token"]); n != 1 {
		t.Errorf("%d keys, want one", n)
	}
	// Three failures of a product are its lock's beginning: what is asked here is counted there.
	if answer, err := c.(connector.Verifier).Verify(t.Context(), typed(t, "rita@acme.example", "wrong")); err != nil || answer.Outcome != connector.Rejected {
		t.Errorf("a wrong password: %s, %v", answer.Outcome, err)
	}
}
