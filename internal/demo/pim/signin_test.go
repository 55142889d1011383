package pim_test

import (
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"ligature/internal/demo/pim"
	"ligature/internal/demo/rp"
	"ligature/internal/demo/rp/rptest"
)

// changedBySignIn names the only things a sign-in may change: two columns, and sessions.
func changedBySignIn() []string {
	return []string{"oro_user.last_login", "oro_user.login_count", "pim_session"}
}

func TestSignInChangesNothingButTheVisit(t *testing.T) {
	w := start(t)
	w.comesAs(t, "dana")
	before := w.dump(t)
	w.advance(time.Hour)
	browser := rptest.NewBrowser(t)
	page := browser.Open(w.url + "/enrich/product/oak-shelf?tab=history")
	if page.Status != http.StatusOK || page.URL.RequestURI() != "/enrich/product/oak-shelf?tab=history" {
		t.Fatalf("ended on %s with %d, want the deep link", page.URL, page.Status)
	}
	home := browser.Open(w.url + "/").Text
	for _, kept := range []string{"Dana Ruiz", ">dana<", "dana@acme.example", "Catalog manager", "Manager", "fr_FR", "de_DE", "print", "Europe/Paris",
		"To translate", "Everything", "Import finished", "Solid oak.", "Tea set for six", ">42<", "your Akeneo Product Cloud account"} {
		if !strings.Contains(home, kept) {
			t.Errorf("home lacks %q", kept)
		}
	}
	after := w.dump(t)
	if reflect.DeepEqual(before, after) {
		t.Error("nothing changed at all: the dump does not see the visit")
	}
	if was, is := before.Without(changedBySignIn()...), after.Without(changedBySignIn()...); !reflect.DeepEqual(was, is) {
		t.Errorf("more than the visit changed:\n%s\n%s", was.Text(), is.Text())
	}
	if tables := slices.Sorted(maps.Keys(after)); len(tables) < 20 {
		t.Errorf("dump has only %v", tables)
	}
}

func TestSignInIsRefused(t *testing.T) {
	for _, test := range []struct {
		name   string
		claims func(id string) map[string]any
		user   string
	}{
		{"disabled user", nil, "gone"},
		{"connection user", nil, "robot"},
		{"unknown id with a known email", func(string) map[string]any {
			return map[string]any{"sub": "s", "tenant": "acme", "email": "dana@acme.example", "email_verified": true,
				"product_account": map[string]string{"id": "9999", "username": "dana"}}
		}, "dana"},
		{"no product account", func(string) map[string]any {
			return map[string]any{"sub": "s", "tenant": "acme", "email": "dana@acme.example", "email_verified": true}
		}, "dana"},
		{"another tenant", func(id string) map[string]any {
			return map[string]any{"sub": "s", "tenant": "globex", "product_account": map[string]string{"id": id}}
		}, "dana"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := start(t)
			w.comesAs(t, test.user)
			if test.claims != nil {
				id, err := w.UserID(t.Context(), test.user)
				if err != nil {
					t.Fatal(err)
				}
				w.provider.SignsIn(test.claims(id))
			}
			before := w.dump(t)
			if page := rptest.NewBrowser(t).Open(w.url + "/"); page.Status != http.StatusForbidden || !strings.Contains(page.Text, "Nothing was changed") {
				t.Errorf("status %d, want 403 and a word about it", page.Status)
			}
			if !reflect.DeepEqual(before, w.dump(t)) {
				t.Error("something changed")
			}
		})
	}
}

// The ids of a database of somebody's own mean nothing here: whoever comes in is who the sign-in names, whatever row has
// that id, and is the same user the next time.
func TestGuestsComeInUnderTheirOwnNames(t *testing.T) {
	w := startWith(t, pim.Config{Guests: true})
	taken, err := w.UserID(t.Context(), "dana")
	if err != nil {
		t.Fatal(err)
	}
	for _, visit := range []string{"first", "second"} {
		w.provider.SignsIn(map[string]any{"sub": "s", "tenant": "acme", "name": "Julien Février", "email": "julien@example.com", "email_verified": true,
			"product_account": map[string]string{"id": taken, "username": "julien"}})
		home := rptest.NewBrowser(t).Open(w.url + "/").Text
		for _, said := range []string{"Julien Février", "julien@example.com"} {
			if !strings.Contains(home, said) {
				t.Errorf("%s visit: home lacks %q", visit, said)
			}
		}
		if strings.Contains(home, "Dana") {
			t.Errorf("%s visit: somebody else's page", visit)
		}
	}
	if own, err := w.UserID(t.Context(), "julien"); err != nil || own == taken {
		t.Errorf("julien is %s (%v), and dana %s", own, err, taken)
	}
	if page := w.login(rptest.NewBrowser(t), "julien", ""); !strings.Contains(page.Text, "Log") || strings.Contains(page.Text, "Signed in as") {
		t.Error("a guest came in without a password")
	}
}

func TestOwnLoginTakesOver(t *testing.T) {
	for _, test := range []struct {
		name, says string
		arm        func(*rptest.Provider)
	}{
		{"tenant off", "does not sign in with", func(p *rptest.Provider) { p.Refuses(rp.TenantNotEnabled) }},
		{"temporarily unavailable", "does not answer", func(p *rptest.Provider) { p.Refuses(rp.TemporarilyUnavailable) }},
		{"provider gone", "does not answer", func(p *rptest.Provider) { p.Stop() }},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := start(t)
			test.arm(w.provider)
			browser := rptest.NewBrowser(t)
			page := browser.Open(w.url + "/enrich/product/tea-set")
			if page.URL.Path != pim.LoginPath || page.Status != http.StatusOK || !strings.Contains(page.Text, test.says) {
				t.Fatalf("ended on %s (%d)", page.URL, page.Status)
			}
			page = browser.Post(w.url+"/user/login-check", "_username", "DANA@acme.example", "_password", password, "_target_path", page.URL.Query().Get("target"))
			if page.URL.Path != "/enrich/product/tea-set" || page.Status != http.StatusOK {
				t.Errorf("after the login on %s (%d), want the deep link", page.URL, page.Status)
			}
		})
	}
	t.Run("but not when the person stopped", func(t *testing.T) {
		w := start(t)
		w.provider.Refuses(rp.AccessDenied)
		if page := rptest.NewBrowser(t).Open(w.url + "/"); page.Status != http.StatusForbidden || page.URL.Path != pim.CallbackPath {
			t.Errorf("ended on %s (%d)", page.URL, page.Status)
		}
	})
}

// TestRolloutIsAskedFirst: while the workspace is off nobody is sent away, whoever is in stays in, and switching on counts
// at the next visit.
func TestRolloutIsAskedFirst(t *testing.T) {
	w := start(t)
	w.comesAs(t, "dana")
	w.provider.Rolls("on")
	inside, newcomer := rptest.NewBrowser(t), rptest.NewBrowser(t)
	inside.Open(w.url + "/")
	w.advance(time.Minute)
	w.provider.Rolls("off")
	if page := newcomer.Open(w.url + "/enrich/product/tea-set"); page.URL.Path != pim.LoginPath || page.URL.Query().Get("target") != "/enrich/product/tea-set" ||
		!strings.Contains(page.Text, "does not sign in with") {
		t.Errorf("while off on %s", page.URL)
	}
	if page := inside.Open(w.url + "/enrich/product/tea-set"); page.Status != http.StatusOK || page.URL.Path != "/enrich/product/tea-set" {
		t.Errorf("a session from before on %s", page.URL)
	}
	w.provider.Rolls("pilot")
	if page := newcomer.Open(w.url + "/enrich/product/tea-set"); page.URL.Path != "/enrich/product/tea-set" {
		t.Errorf("in a pilot on %s", page.URL)
	}
}

func TestSignOutEndsBothSessions(t *testing.T) {
	w := start(t)
	w.comesAs(t, "dana")
	browser := rptest.NewBrowser(t)
	browser.Open(w.url + "/")
	page := browser.Post(w.url + "/user/logout")
	if page.URL.Path != pim.SignedOutPath {
		t.Errorf("ended on %s", page.URL)
	}
	ended := w.provider.SignedOut()
	if len(ended) != 1 || ended[0].Get("id_token_hint") == "" || ended[0].Get("client_id") != rptest.ClientID {
		t.Errorf("provider was told %v", ended)
	}
	if rows := w.dump(t)["pim_session"]; len(rows) != 0 {
		t.Errorf("%d sessions are left", len(rows))
	}
}

func TestReloadedCallbackLeadsHome(t *testing.T) {
	w := start(t)
	w.comesAs(t, "dana")
	browser := rptest.NewBrowser(t)
	if page := browser.Open(w.url + pim.CallbackPath + "?state=01234567&code=x"); page.Status != http.StatusBadRequest {
		t.Errorf("callback without a login: %d", page.Status)
	}
	browser.Open(w.url + "/")
	if page := browser.Open(w.url + pim.CallbackPath + "?state=01234567&code=x"); page.Status != http.StatusOK || page.URL.Path != "/" {
		t.Errorf("reloaded callback: %s (%d)", page.URL, page.Status)
	}
}

func TestCrossSitePostsAreRefused(t *testing.T) {
	w := start(t)
	browser := rptest.NewBrowser(t)
	request, err := http.NewRequest(http.MethodPost, w.url+"/user/login-check", strings.NewReader(url.Values{"_username": {"dana"}, "_password": {password}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	if page := browser.Do(request); page.Status != http.StatusForbidden {
		t.Errorf("status %d", page.Status)
	}
}

func TestOpenAgainKeepsEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pim.sqlite")
	cfg := pim.Config{Path: path, BaseURL: "http://pim.localhost:8080", RP: rp.Config{Issuer: "http://id.localhost:8080", ClientID: "pim"},
		Now: func() time.Time { return time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC) }}
	first, err := pim.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Seed(t.Context(), people(cfg.Now())); err != nil {
		t.Fatal(err)
	}
	before, err := first.Dump(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := pim.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = second.Close() }()
	if err := second.Seed(t.Context(), people(cfg.Now())); err != nil {
		t.Fatal(err)
	}
	after, err := second.Dump(t.Context())
	if err != nil || !reflect.DeepEqual(before, after) {
		t.Errorf("opening and seeding again changed something: %v", err)
	}
}
