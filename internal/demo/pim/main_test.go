package pim_test

import (
	"context"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"ligature/internal/demo/pim"
	"ligature/internal/demo/rp"
	"ligature/internal/demo/rp/rptest"
	"ligature/internal/demo/rp/stand"
)

// world is one PIM with its provider, a clock that tests move, and the mails it sent.
type world struct {
	*pim.Product
	url      string
	path     string
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

const password = "correct horse battery"

func people(at time.Time) []pim.Person {
	return []pim.Person{
		{Username: "dana", Email: "dana@acme.example", FirstName: "Dana", LastName: "Ruiz", Password: password, Roles: []string{"ROLE_CATALOG_MANAGER"},
			Groups: []string{"Manager"}, UILocale: "fr_FR", CatalogLocale: "de_DE", Channel: "print", Timezone: "Europe/Paris", EmailNotifications: true,
			Views: []string{"Everything", "To translate"}, DefaultView: "To translate", Notifications: []string{"Import finished"}, LastLoginAt: at.AddDate(0, 0, -3), Logins: 41,
			History: []pim.Edit{{Product: "oak-shelf", Field: "description", Value: "Solid oak.", At: at.AddDate(0, -1, 0)},
				{Product: "tea-set", Field: "name", Value: "Tea set for six", At: at.AddDate(0, 0, -9)}}},
		{Username: "root", Email: "root@acme.example", FirstName: "Ada", LastName: "Min", Password: password, Roles: []string{"ROLE_ADMINISTRATOR"}},
		{Username: "mary", Email: "mary@acme.example", FirstName: "Mary", LastName: "Smith", Password: password},
		{Username: "gone", Email: "gone@acme.example", FirstName: "Gone", LastName: "Away", Password: password, Disabled: true},
		{Username: "robot", Email: "robot@acme.example", FirstName: "Con", LastName: "Nection", Password: password, Type: "api"},
		{Username: "other@acme.example", Email: "first@acme.example", FirstName: "A", LastName: "A", Password: password},
		{Username: "second", Email: "other@acme.example", FirstName: "B", LastName: "B", Password: password},
	}
}

func start(t *testing.T) *world { return startWith(t, pim.Config{}) }

// startWith opens the product with what the configuration already says.
func startWith(t *testing.T, cfg pim.Config) *world {
	t.Helper()
	w := &world{at: time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC), mails: &outbox{}, path: filepath.Join(t.TempDir(), "pim.sqlite")}
	w.provider = rptest.Start(t, w.now)
	server := httptest.NewUnstartedServer(nil)
	w.url = "http://" + server.Listener.Addr().String()
	var err error
	cfg.Path, cfg.BaseURL, cfg.Tenant, cfg.Mailer, cfg.Now = w.path, w.url, "acme", w.mails, w.now
	cfg.RP = rp.Config{Issuer: w.provider.URL, ClientID: rptest.ClientID, ClientSecret: rptest.ClientSecret}
	w.Product, err = pim.Open(t.Context(), cfg)
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

// comesAs makes the provider sign in the user of that name.
func (w *world) comesAs(t *testing.T, username string) {
	t.Helper()
	id, err := w.UserID(t.Context(), username)
	if err != nil {
		t.Fatal(err)
	}
	w.provider.SignsIn(map[string]any{"sub": "s", "tenant": "acme", "product_account": map[string]string{"id": id, "username": username}})
}

func (w *world) login(browser *rptest.Browser, typed, secret string) rptest.Page {
	return browser.Post(w.url+"/user/login-check", "_username", typed, "_password", secret, "_target_path", "/")
}

func (w *world) dump(t *testing.T) stand.Dump {
	t.Helper()
	dump, err := w.Dump(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return dump
}
