package sdm_test

import (
	"context"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"ligature/internal/demo/rp"
	"ligature/internal/demo/rp/rptest"
	"ligature/internal/demo/rp/stand"
	"ligature/internal/demo/sdm"
)

// world is one stand-in with its provider, a clock that tests move, and the mails it sent.
type world struct {
	*sdm.Product
	url      string
	provider *rptest.Provider
	mails    *outbox

	mu sync.Mutex
	at time.Time
}

type outbox struct{ letters []stand.Letter }

func (o *outbox) Send(_ context.Context, letter stand.Letter) error {
	o.letters = append(o.letters, letter)
	return nil
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

const (
	password = "Correct-Horse-7"
	secret   = "0123456789abcdef0123456789abcdef"
)

func people(at time.Time) []sdm.Person {
	return []sdm.Person{
		{Email: "Rita@acme.example", FirstName: "Rita", LastName: "Moreau", Password: password, Language: "fr", LastLoginAt: at.AddDate(0, 0, -2), Logins: 7,
			Mails:    sdm.Mails{FTPFailure: true, LongJob: true, LongJobMinutes: 45},
			Jobs:     []sdm.Job{{Project: "Spring", Name: "Import of chairs", Status: "done", At: at.AddDate(0, 0, -20)}},
			Activity: []sdm.Activity{{Text: "Raised the level of Sam", At: at.AddDate(0, 0, -10)}}},
		{Email: "boss@acme.example", FirstName: "Bo", LastName: "Ss", Password: password, Administrator: true},
		{Email: "old@acme.example", FirstName: "Old", LastName: "Rule", Password: "all lower case", OldPassword: true},
		{Email: "off@acme.example", FirstName: "Off", LastName: "Line", Password: password, Inactive: true},
		{Email: "closed@closed.example", FirstName: "Clo", LastName: "Sed", Password: password, Company: "Closed", CompanyInactive: true},
		{Email: "must@acme.example", FirstName: "Must", LastName: "Reset", Password: password, MustReset: true},
		{Email: "locked@acme.example", FirstName: "Lo", LastName: "Cked", Password: password, UnlocksAt: at.Add(time.Hour)},
		{Email: "sales@acme.example", FirstName: "Sa", LastName: "Les", Password: password, Shared: true},
		{Email: "nopass@acme.example", FirstName: "No", LastName: "Pass"},
	}
}

func start(t *testing.T) *world {
	t.Helper()
	w := &world{at: time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC), mails: &outbox{}}
	w.provider = rptest.Start(t, w.now)
	server := httptest.NewUnstartedServer(nil)
	w.url = "http://" + server.Listener.Addr().String()
	var err error
	w.Product, err = sdm.Open(t.Context(), sdm.Config{Path: filepath.Join(t.TempDir(), "sdm.sqlite"), BaseURL: w.url, Tenant: "acme", Mailer: w.mails,
		Now: w.now, ConnectorSecret: []byte(secret), RP: rp.Config{Issuer: w.provider.URL, ClientID: rptest.ClientID, ClientSecret: rptest.ClientSecret}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	if err := w.Seed(t.Context(), people(w.at)); err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = w.Product
	server.Start()
	t.Cleanup(server.Close)
	return w
}

// id is the product's key of a user.
func (w *world) id(t *testing.T, email string) string {
	t.Helper()
	id, err := w.UserID(t.Context(), email)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (w *world) login(browser *rptest.Browser, typed, typedPassword string) rptest.Page {
	return browser.Post(w.url+"/login", "email", typed, "password", typedPassword, "next", "/")
}

func (w *world) dump(t *testing.T) stand.Dump {
	t.Helper()
	dump, err := w.Dump(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return dump
}
