package e2e_test

import (
	"net/http"
	"strings"
	"time"

	"ligature/internal/demo"
	"ligature/internal/testkit"
)

// setsPassword is the first sign-in of somebody whose old password is not carried on.
func (w *world) setsPassword(story string) {
	b, p := w.browser("T"), w.person(story, "pim")
	w.toInbox(b, p, p.Email)
	waiting := b.Page.Form("Continue")
	b.Open(w.link(p.Email, 1))
	b.Send(waiting)
	b.Press("Save and continue", "password", "a long new password for the year")
	w.enters(b, "pim")
}

func (w *world) anotherAddress() {
	b, dana := w.browser("T"), w.person("one_account", "pim")
	w.toInbox(b, dana, "dana.new@acme.example")
	waiting := b.Page.Form("Continue")
	b.Open(w.link("dana.new@acme.example", 1))
	b.Send(waiting)
	w.enters(b, "pim")
}

func (w *world) sameEmail() {
	b := w.comeIn("same_email", "pim")
	w.enters(b, "sdm")
}

func (w *world) notMine() {
	b := w.browser("T")
	w.firstSignIn(b, w.person("shared_address", "pim"))
	b.Press("Continue to Akeneo PIM", "not_mine_0", "yes")
	if w.opens(b, "sdm") {
		w.t.Fatal("what was refused opened")
	}
}

func (w *world) deferredLook() {
	b, sam := w.browser("T"), w.person("same_email", "pim")
	w.toInbox(b, sam, sam.Email)
	waiting := b.Page.Form("Continue")
	b.Open(w.link(sam.Email, 1))
	w.SetStore("sdm", demo.Down)
	b.Send(waiting)
	w.SetStore("sdm", demo.Up)
	w.opens(b, "sdm")
	b.Press("Email me a link")
	b.Open(w.link(sam.Email, 3))
	b.Press("Continue")
	b.Press("Link accounts")
	w.enters(b, "sdm")
	w.enters(b, "pim")
}

func (w *world) linkYourAccount() {
	b, elsewhere := w.comeIn("different_login", "pim"), w.person("different_login", "sdm")
	w.opens(b, "sdm")
	b.Press("CONTINUE", "email", elsewhere.Identifier, "password", "wrong this time")
	b.Press("CONTINUE", "password", elsewhere.Password)
	w.enters(b, "sdm")
}

func (w *world) twoAccounts() {
	b := w.browser("T")
	w.linkBoth(b)
	b.Open(w.product("pim").URL + "/auth/login")
	b.Press(orders)
	w.inPIMAs(b, "nadia.orders")
}

func (w *world) ownedAddress() {
	b := w.browser("T")
	dana, _ := w.owned(b)
	b.Press("Continue to Supplier Data Manager")
	w.signIn(b, "pim", dana.Email, dana.Password)
	b.Press("Link accounts")
	w.enters(b, "pim")
}

func (w *world) otherDevice() {
	b, sam := w.browser("T"), w.person("same_email", "pim")
	w.toInbox(b, sam, sam.Email)
	shown := show(w.t, w.browser("phone"), w.link(sam.Email, 1))
	b.Press("Use code", "otc", shown)
	w.enters(b, "pim")
}

func (w *world) wrongPasswords() {
	dana := w.person("one_account", "pim")
	for _, typed := range [][2]string{{dana.Identifier, "not hers"}, {"dpetrov", "not hers either"}, {dana.Identifier, dana.Password + " "},
		{"nobody@acme.example", dana.Password}, {"nobody", "nothing"}, {"' OR '1'='1", "' OR '1'='1"}, {"sysbot", w.person("excluded", "pim").Password}} {
		b := w.browser("T")
		w.signIn(b, "pim", typed[0], typed[1])
		if b.Page.H1 == "Confirm your email address" {
			w.t.Fatalf("%v went on", typed)
		}
	}
}

// countedPasswords: the product counts, and is never asked as often as its own lock takes.
func (w *world) countedPasswords() {
	noor := w.person("sdm_only", "sdm")
	for range 12 {
		w.signIn(w.browser("M"), "sdm", noor.Identifier, "not hers")
		w.Clock().Advance(time.Minute)
	}
}

func (w *world) switchedOff() {
	ines := w.person("disabled", "pim")
	w.signIn(w.browser("T"), "pim", ines.Identifier, ines.Password)
}

func (w *world) leftAlone() {
	b, dana := w.browser("T"), w.person("one_account", "pim")
	w.toInbox(b, dana, dana.Email)
	waiting := b.Page.Form("Continue")
	w.Clock().Advance(time.Minute)
	b.Press("Resend")
	link := w.link(dana.Email, 2)
	w.Clock().Advance(24 * time.Hour)
	b.Open(link)
	b.Send(waiting)
	if w.opens(b, "pim") {
		w.t.Fatal("what was left for a day went on")
	}
}

func (w *world) stoppedMail() {
	m, vera := w.browser("M"), w.person("never_started", "pim")
	w.toInbox(m, w.person("username", "pim"), vera.Email)
	waiting := m.Page.Form("Continue")
	w.stopAs(w.browser("V"), w.mails(vera.Email, 1)[0].Text)
	m.Send(waiting)
	if w.opens(m, "pim") {
		w.t.Fatal("a stopped request went on")
	}
}

func (w *world) reportedLink() {
	b, dana := w.comeIn("one_account", "pim"), w.person("one_account", "pim")
	w.stopAs(w.browser("V"), w.mails(dana.Email, 2)[1].Text)
	b.Open(w.product("pim").URL + "/auth/login")
	if strings.HasPrefix(b.Page.URL.String(), w.product("pim").URL) {
		w.t.Fatal("a reported link still opened")
	}
}

func (w *world) productDown() {
	for _, state := range []demo.StoreState{demo.Down, demo.Up} {
		w.SetStore("pim", state)
		dana := w.person("one_account", "pim")
		w.signIn(w.browser("T"), "pim", dana.Identifier, dana.Password)
	}
}

func (w *world) signsOut() {
	b := w.comeIn("one_account", "pim")
	b.Open(w.product("pim").URL + "/user/account")
	b.Press("Sign out")
	if w.opens(b, "pim") {
		w.t.Fatal("signed out, and in again without a password")
	}
}

func (w *world) nextDay() {
	park := w.person("username", "pim")
	w.comeIn("username", "pim")
	w.Clock().Advance(24 * time.Hour)
	for _, identifier := range []string{park.Email, park.Identifier} {
		b := w.browser("next day")
		w.signIn(b, "pim", identifier, park.Password)
		w.enters(b, "pim")
	}
}

func (w *world) tenantOff() {
	if err := w.Server().SetRollout(w.t.Context(), "acme", "off", "test", "trial"); err != nil {
		w.t.Fatal(err)
	}
	b, dana := w.browser("T"), w.person("one_account", "pim")
	b.Open(w.product("pim").URL + "/")
	b.Press("Login", "_username", "dpetrov", "_password", dana.Password)
	w.enters(b, "pim")
	w.browser("M").Open(w.product("pim").LegacyLogin)
	m := w.browser("M")
	m.Open(w.product("pim").LegacyLogin)
	m.Press("Login", "_username", "dpetrov", "_password", "not hers")
	if m.Page.Status != http.StatusUnauthorized {
		w.t.Fatalf("the product's own login: %d %s", m.Page.Status, m.Page.Text())
	}
}

// unlinks takes the link of the second product apart.
func (w *world) unlinks(b *testkit.Browser) {
	w.t.Helper()
	w.me(b)
	b.Open(w.unlinkURL(b, "Supplier Data Manager"))
	b.Press("Unlink", "password", w.person("different_login", "pim").Password)
}

func (w *world) unlinkAndBack() {
	b, rita, elsewhere := w.browser("T"), w.person("different_login", "pim"), w.person("different_login", "sdm")
	w.ritaLinked(b)
	w.unlinks(b)
	w.follow(b, "/me/undo/")
	b.Press("Undo", "password", rita.Password)
	w.enters(b, "sdm")
	w.unlinks(b)
	b.Open(w.product("sdm").URL + "/auth/login")
	b.Press("CONTINUE", "email", elsewhere.Identifier, "password", elsewhere.Password)
	w.enters(b, "sdm")
}

func (w *world) mergeAndBack() {
	rita, elsewhere := w.person("different_login", "pim"), w.person("different_login", "sdm")
	w.firstSignIn(w.browser("by accident"), elsewhere)
	b := w.comeIn("different_login", "pim")
	w.opens(b, "sdm")
	b.Follow("Merge it with this one, if it is yours")
	b.Press("See what would change", "email", elsewhere.Email, "password", elsewhere.Password)
	b.Press("Merge the accounts")
	w.enters(b, "sdm")
	b.Open(w.ready.Issuer + "/me")
	w.follow(b, "/me/undo/")
	b.Press("Undo", "password", rita.Password)
	w.enters(b, "pim")
}

func (w *world) closesAccount() {
	b := w.browser("T")
	w.ritaLinked(b)
	w.me(b)
	b.Follow("Close your account")
	b.Press("Close the account", "sure", "yes", "password", w.person("different_login", "pim").Password)
	b.Open(w.product("pim").URL + "/auth/login")
	if strings.HasPrefix(b.Page.URL.String(), w.product("pim").URL) {
		w.t.Fatal("a closed account opened a product")
	}
}
