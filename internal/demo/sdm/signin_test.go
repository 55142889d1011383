package sdm_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"ligature/internal/demo/rp"
	"ligature/internal/demo/rp/rptest"
	"ligature/internal/demo/sdm"
)

func (w *world) comesAs(t *testing.T, email string) {
	t.Helper()
	w.provider.SignsIn(map[string]any{"sub": "s", "tenant": "acme", "product_account": map[string]string{"id": w.id(t, email), "username": ""}})
}

func TestSignInChangesNothingButTheVisit(t *testing.T) {
	visit := []string{"users_user.last_login", "users_user.login_count", "django_session"}
	w := start(t)
	w.comesAs(t, "rita@acme.example")
	before := w.dump(t)
	w.advance(time.Hour)
	browser := rptest.NewBrowser(t)
	if page := browser.Open(w.url + "/account?tab=notifications"); page.Status != http.StatusOK || page.URL.RequestURI() != "/account?tab=notifications" {
		t.Fatalf("ended on %s (%d), want the deep link", page.URL, page.Status)
	}
	home := browser.Open(w.url + "/").Text
	for _, kept := range []string{"Rita Moreau", "Rita@acme.example", "member", "Français", "after 45 minutes", "Import of chairs", "Raised the level of Sam", ">8<", "your Akeneo Product Cloud account"} {
		if !strings.Contains(home, kept) {
			t.Errorf("home lacks %q", kept)
		}
	}
	after := w.dump(t)
	if reflect.DeepEqual(before, after) {
		t.Error("nothing changed at all: the dump does not see the visit")
	}
	if was, is := before.Without(visit...), after.Without(visit...); !reflect.DeepEqual(was, is) {
		t.Errorf("more than the visit changed:\n%s\n%s", was.Text(), is.Text())
	}
}

func TestSignInIsRefused(t *testing.T) {
	for _, test := range []struct{ name, email, id, tenant string }{
		{"inactive user", "off@acme.example", "", "acme"}, {"inactive organisation", "closed@closed.example", "", "acme"},
		{"unknown id with a known email", "rita@acme.example", "999", "acme"}, {"id in another spelling", "rita@acme.example", "01", "acme"},
		{"another tenant", "rita@acme.example", "", "globex"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := start(t)
			id := test.id
			if id == "" {
				id = w.id(t, test.email)
			}
			w.provider.SignsIn(map[string]any{"sub": "s", "tenant": test.tenant, "email": test.email, "email_verified": true, "product_account": map[string]string{"id": id}})
			before := w.dump(t)
			if page := rptest.NewBrowser(t).Open(w.url + "/"); page.Status != http.StatusForbidden {
				t.Errorf("status %d", page.Status)
			}
			if !reflect.DeepEqual(before, w.dump(t)) {
				t.Error("something changed")
			}
		})
	}
}

func TestOwnLoginTakesOver(t *testing.T) {
	for _, test := range []struct {
		name, says string
		arm        func(*rptest.Provider)
	}{
		{"tenant off", "does not sign in with", func(p *rptest.Provider) { p.Refuses(rp.TenantNotEnabled) }},
		{"provider gone", "does not answer", func(p *rptest.Provider) { p.Stop() }},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := start(t)
			test.arm(w.provider)
			browser := rptest.NewBrowser(t)
			page := browser.Open(w.url + "/jobs")
			if page.URL.Path != sdm.LoginPath || !strings.Contains(page.Text, test.says) {
				t.Fatalf("ended on %s (%d)", page.URL, page.Status)
			}
			page = browser.Post(w.url+"/login", "email", "RITA@acme.example", "password", password, "next", page.URL.Query().Get("target"))
			if page.URL.Path != "/jobs" {
				t.Errorf("after the login on %s, want the deep link", page.URL)
			}
		})
	}
}

func TestOwnLogin(t *testing.T) {
	w := start(t)
	for _, test := range []struct{ name, email, password, says string }{
		{"right", "rita@acme.example", password, "Hello Rita Moreau"}, {"old rule", "old@acme.example", "all lower case", "Hello Old Rule"},
		{"wrong", "rita@acme.example", "wrong", "Email or password is incorrect."}, {"unknown", "no@acme.example", password, "Email or password is incorrect."},
		{"inactive", "off@acme.example", password, "Email or password is incorrect."}, {"inactive organisation", "closed@closed.example", password, "Email or password is incorrect."},
		{"no password", "nopass@acme.example", "", "Email or password is incorrect."}, {"locked", "locked@acme.example", password, "Too many attempts."},
		{"must reset", "must@acme.example", password, "has to be replaced"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if page := w.login(rptest.NewBrowser(t), test.email, test.password); !strings.Contains(page.Text, test.says) {
				t.Errorf("%s (%d) does not say %q", page.URL, page.Status, test.says)
			}
		})
	}
	t.Run("ten failures lock for a quarter of an hour", func(t *testing.T) {
		for range 10 {
			w.login(rptest.NewBrowser(t), "boss@acme.example", "wrong")
		}
		if page := w.login(rptest.NewBrowser(t), "boss@acme.example", password); !strings.Contains(page.Text, "Too many attempts.") {
			t.Error("not locked")
		}
		w.advance(15 * time.Minute)
		if page := w.login(rptest.NewBrowser(t), "boss@acme.example", password); !strings.Contains(page.Text, "Hello Bo Ss") {
			t.Error("still locked")
		}
	})
}

// TestRolloutIsAskedFirst: while the workspace is off nobody is sent away, whoever is in stays in, and switching on counts
// at the next visit.
func TestRolloutIsAskedFirst(t *testing.T) {
	w := start(t)
	w.comesAs(t, "rita@acme.example")
	w.provider.Rolls("on")
	inside, newcomer := rptest.NewBrowser(t), rptest.NewBrowser(t)
	inside.Open(w.url + "/")
	w.advance(time.Minute)
	w.provider.Rolls("off")
	if page := newcomer.Open(w.url + "/jobs"); page.URL.Path != sdm.LoginPath || page.URL.Query().Get("target") != "/jobs" ||
		!strings.Contains(page.Text, "does not sign in with") {
		t.Errorf("while off on %s", page.URL)
	}
	if page := inside.Open(w.url + "/jobs"); page.Status != http.StatusOK || page.URL.Path != "/jobs" {
		t.Errorf("a session from before on %s", page.URL)
	}
	w.provider.Rolls("pilot")
	if page := newcomer.Open(w.url + "/jobs"); page.URL.Path != "/jobs" {
		t.Errorf("in a pilot on %s", page.URL)
	}
}

func TestSignOutEndsBothSessions(t *testing.T) {
	w := start(t)
	w.comesAs(t, "rita@acme.example")
	browser := rptest.NewBrowser(t)
	browser.Open(w.url + "/")
	if page := browser.Post(w.url + "/logout"); page.URL.Path != sdm.SignedOutPath || len(w.provider.SignedOut()) != 1 {
		t.Errorf("ended on %s, provider was told %v", page.URL, w.provider.SignedOut())
	}
}
