package e2e_test

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"ligature/internal/demo"
	"ligature/internal/demo/inbox"
	"ligature/internal/testkit"
)

// inSDM changes Supplier Data Manager's own tables.
func (w *world) inSDM(statement string, args ...any) {
	w.t.Helper()
	w.products.own(func() {
		db, err := sql.Open("sqlite", filepath.Join(w.dir, "sdm.db"))
		if err != nil {
			w.t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		if _, err := db.ExecContext(w.t.Context(), statement, args...); err != nil {
			w.t.Fatal(err)
		}
	})
}

// TestLinkPageRefusals: what a product says about an account has a page of its own on S7, with what can be done next, and the
// place is kept.
func TestLinkPageRefusals(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	w.inPIM(`UPDATE oro_user SET consecutive_authentication_failure_counter = 5,
 authentication_failure_reset_date = strftime('%Y-%m-%d %H:%M:%S', 'now') WHERE username = 'li'`)
	w.inSDM("UPDATE users_user SET must_reset_password = 1 WHERE email = 'li.wang@acme.example'")
	ines, li, lin := w.person("disabled", "pim"), w.person("shared_address", "pim"), w.person("shared_address", "sdm")
	for _, c := range []struct {
		name, story, from string
		person            demo.Person
		h1, next, lands   string
	}{
		{"switched off", "sdm_only", "sdm", ines, "This Akeneo PIM account is switched off", "Use a different email", "Link your account."},
		{"locked", "sdm_only", "sdm", li, "This Akeneo PIM account is locked for now", "Try again", "Link your account."},
		{"must reset", "username", "pim", lin, "Supplier Data Manager asks for a new password first", "Reset your Supplier Data Manager password", "Reset your Supplier Data Manager password"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := w.browser(c.name)
			w.signedInAt(b, c.story, c.from, c.person.Product)
			b.Press("CONTINUE", "email", c.person.Identifier, "password", c.person.Password)
			if b.Page.Status != http.StatusForbidden || b.Page.H1 != c.h1 || !b.Page.Says("Nothing was changed") {
				t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
			}
			b.Follow(c.next)
			if b.Page.H1 != c.lands || b.Page.Value("legacy-login")+b.Page.Value("reset-email") != c.person.Identifier {
				t.Errorf("next: %q with %q", b.Page.H1, b.Page.Value("legacy-login")+b.Page.Value("reset-email"))
			}
		})
	}
}

// TestPasswordPageRefusals: the same on S2.
func TestPasswordPageRefusals(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	w.inSDM("UPDATE users_user SET must_reset_password = 1 WHERE email = 'noor@suppliers.example'")
	noor := w.person("sdm_only", "sdm")
	b := w.browser("N")
	b.Open(w.product("sdm").URL + "/")
	b.Press("Continue", "email", noor.Identifier)
	b.Press("Login", "password", noor.Password)
	if b.Page.Status != http.StatusForbidden || b.Page.H1 != "Supplier Data Manager asks for a new password first" {
		t.Fatalf("%d %q", b.Page.Status, b.Page.H1)
	}
	b.Follow("Reset your Supplier Data Manager password")
	b.Press("Send reset link")
	const renewed = "Renewed_Lantern-46!"
	at := w.ownResetURL("sdm", noor.Email)
	w.products.own(func() { w.setAtProduct(w.browser("mail"), "sdm", at, renewed) })
	b.Follow("Back to the login page")
	b.Press("Login", "password", renewed)
	if b.Page.H1 != "Confirm your email address" {
		t.Errorf("with the new password: %d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
}

// signedInAt brings somebody to S7 of a product; who has an account already signs in with it.
func (w *world) signedInAt(b *testkit.Browser, story, from, to string) {
	w.t.Helper()
	p := w.person(story, from)
	b.Open(w.product(to).URL + "/")
	b.Press("Continue", "email", p.Email)
	b.Press("Login", "password", p.Password)
	if b.Page.H1 != "Link your account." {
		w.firstSignIn(b, p)
		b.Open(w.product(to).URL + "/")
	}
	if b.Page.H1 != "Link your account." {
		w.t.Fatalf("%s at %s: %q\n%s", story, to, b.Page.H1, b.Page.Text())
	}
}

// TestSeveralUsersOfOneAddress (ATK-88): nobody can tell them apart, so their passwords go nowhere; what everybody is told is
// that a username works.
func TestSeveralUsersOfOneAddress(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	const columns = `createdAt, email, first_name, last_name, ui_locale_id, password, salt, enabled, user_type,
 consecutive_authentication_failure_counter, authentication_failure_reset_date, properties, last_login`
	w.inPIM("ALTER TABLE oro_user RENAME TO one_user")
	w.inPIM("CREATE VIEW oro_user AS SELECT id, username, " + columns + " FROM one_user UNION ALL SELECT 1000 + id, username || '-two', " + columns +
		" FROM one_user WHERE username = 'li'")
	li := w.person("shared_address", "pim")
	b := w.browser("T")
	w.toLinkPage(b, "sdm_only", "sdm", "pim")
	b.Press("CONTINUE", "email", li.Email, "password", li.Password)
	if b.Page.Status != http.StatusUnprocessableEntity || !b.Page.Says("If several Akeneo PIM accounts use one address, enter the username instead.") {
		t.Fatalf("by the address: %d %s", b.Page.Status, b.Page.Text())
	}
	b.Press("CONTINUE", "email", "li", "password", li.Password)
	if b.Page.Status == http.StatusUnprocessableEntity {
		t.Errorf("by the username: %d %s", b.Page.Status, b.Page.Text())
	}
}

// TestLinkPageWhileTheProductIsDown: the place is kept, and what was typed.
func TestLinkPageWhileTheProductIsDown(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	w.toLinkPage(b, "different_login", "pim", "sdm")
	rita := w.person("different_login", "sdm")
	w.SetStore("sdm", demo.Down)
	b.Press("CONTINUE", "email", rita.Identifier, "password", rita.Password)
	if b.Page.Status != http.StatusServiceUnavailable || b.Page.H1 != "Supplier Data Manager is not answering" || b.Page.Header.Get("Retry-After") == "" {
		t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	w.SetStore("sdm", demo.Up)
	b.Follow("Try again")
	if b.Page.Value("legacy-login") != rita.Identifier {
		t.Fatalf("the login has to be typed again: %q", b.Page.Value("legacy-login"))
	}
	b.Press("CONTINUE", "password", rita.Password)
	if !strings.HasPrefix(b.Page.URL.String(), w.product("sdm").URL) {
		t.Errorf("%d %s", b.Page.Status, b.Page.Text())
	}
}

// TestTriesOfADeadPasswordAreTold (ATK-06, ATK-67): a linked account's product password opens nothing on S7, whoever has it;
// the answer is that of any wrong one, and after three tries in a day its owner is told, once, by the account's own mail.
func TestTriesOfADeadPasswordAreTold(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	noor, nobody := w.person("sdm_only", "sdm"), "nobody@suppliers.example"
	w.firstSignIn(w.browser("N"), noor)
	m := w.browser("M")
	w.toLinkPage(m, "username", "pim", "sdm")
	told := func(m inbox.Message) bool { return m.Subject == "Your old Supplier Data Manager password was tried" }
	for i := range 4 {
		answers := map[string]string{}
		for _, login := range []string{noor.Identifier, nobody} {
			m.Press("CONTINUE", "email", login, "password", noor.Password)
			if m.Page.Status != http.StatusUnprocessableEntity || !m.Page.Says("If this Supplier Data Manager account is already linked, use the Akeneo Product Cloud account it is linked to.") {
				t.Fatalf("try %d: %d %s", i+1, m.Page.Status, m.Page.Text())
			}
			answers[login] = m.Page.Text()
		}
		if answers[noor.Identifier] != answers[nobody] {
			t.Errorf("try %d is answered otherwise than for nobody", i+1)
		}
	}
	mails := w.mailsLike(noor.Email, 1, told)
	if len(mails) != 1 || !strings.Contains(mails[0].Text, "somebody tried 3 times") || strings.Contains(mails[0].Text, noor.Password) {
		t.Errorf("%d mails: %s", len(mails), mails[0].Text)
	}
	if dump := w.sdmFailures(noor.Email); dump != 0 {
		t.Errorf("the product was asked: it counted %d failures", dump)
	}
}

// sdmFailures is how many wrong passwords the product has counted for somebody.
func (w *world) sdmFailures(email string) (n int) {
	w.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(w.dir, "sdm.db"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.QueryRowContext(w.t.Context(), "SELECT failed_logins FROM users_user WHERE email = $1", email).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}
