package e2e_test

import (
	"net/http"
	"strings"
	"time"

	"ligature/internal/demo"
	"ligature/internal/demo/inbox"
	"ligature/internal/directory"
	"ligature/internal/server"
	"ligature/internal/testkit"
)

// journey is something people do, with what the products themselves write while they do it.
type journey struct {
	name string
	// people are those who may have left traces, by their case.
	people []string
	// acts are what the products do about it; each has to show.
	acts []string
	walk func(w *world)
}

// journeys are all the ways through. A new one is a line here.
func journeys() []journey {
	one := func(cases ...string) []string { return cases }
	visits := []string{visit}
	return []journey{
		{"first sign-in", one("one_account"), visits, func(w *world) { w.comeIn("one_account", "pim") }},
		{"first sign-in with a username", one("username"), visits, func(w *world) { w.comeIn("username", "pim") }},
		{"first sign-in with accents", one("accents"), visits, func(w *world) { w.comeIn("accents", "pim") }},
		{"first sign-in in the other product", one("sdm_only"), visits, func(w *world) { w.comeIn("sdm_only", "sdm") }},
		{"a username that is an address", one("name_clash"), visits, func(w *world) { w.comeIn("name_clash", "pim") }},
		{"an administrator", one("administrator"), visits, func(w *world) { w.comeIn("administrator", "pim") }},
		{"an account of several people", one("shared_account"), visits, func(w *world) { w.setsPassword("shared_account") }},
		{"a short password is replaced", one("short_password"), visits, func(w *world) { w.setsPassword("short_password") }},
		{"another address is confirmed", one("one_account"), visits, (*world).anotherAddress},
		{"the same email in two products", one("same_email"), visits, (*world).sameEmail},
		{"the same email, not mine", one("shared_address"), visits, (*world).notMine},
		{"a product that was down is looked at later", one("same_email"), visits, (*world).deferredLook},
		{"Link your account", one("different_login"), visits, (*world).linkYourAccount},
		{"two accounts in one product", one("two_accounts"), visits, (*world).twoAccounts},
		{"an address that has an account", one("one_account", "sdm_only"), visits, (*world).ownedAddress},
		{"a code from another device", one("same_email"), visits, (*world).otherDevice},
		{"wrong passwords, and nobody's", nil, nil, (*world).wrongPasswords},
		{"wrong passwords that the product counts", one("sdm_only"), []string{guess}, (*world).countedPasswords},
		{"switched off in the product", nil, nil, (*world).switchedOff},
		{"begun and left", nil, nil, (*world).leftAlone},
		{"a mail that was not asked for", nil, nil, (*world).stoppedMail},
		{"a link that is reported afterwards", one("one_account"), visits, (*world).reportedLink},
		{"the product does not answer", nil, nil, (*world).productDown},
		{"sign-out", one("one_account"), visits, (*world).signsOut},
		{"the next day, by address and by old username", one("username"), visits, (*world).nextDay},
		{"the tenant is off", one("one_account"), []string{visit, ownGuess}, (*world).tenantOff},
		{"a pilot, and who is outside of it", one("one_account", "username"), visits, (*world).pilot},
		{"a forgotten PIM password, by the product's own pages", one("forgot"), []string{visit, reset}, func(w *world) { w.ownReset("pim") }},
		{"a forgotten SDM password, by the product's own pages", one("forgot"), []string{visit, reset}, func(w *world) { w.ownReset("sdm") }},
		{"a forgotten PIM password, from Link your account", one("forgot"), []string{visit, reset}, func(w *world) { w.forgottenOnTheWay("sdm", "pim") }},
		{"a forgotten SDM password, from Link your account", one("forgot"), []string{visit, reset}, func(w *world) { w.forgottenOnTheWay("pim", "sdm") }},
		{"a forgotten password of the account", one("one_account"), visits, (*world).accountReset},
		{"a reset that is asked for and left", one("forgot"), []string{ask}, (*world).resetLeft},
	}
}

// enters opens a product and fails unless the person is in.
func (w *world) enters(b *testkit.Browser, product string) {
	w.t.Helper()
	if !w.opens(b, product) {
		w.t.Fatalf("%s did not open: %d %q at %s\n%s", product, b.Page.Status, b.Page.H1, b.Page.URL, b.Page.Text())
	}
}

// comeIn is the first sign-in, all the way into the product.
func (w *world) comeIn(story, product string) *testkit.Browser {
	w.t.Helper()
	b := w.browser("T")
	w.firstSignIn(b, w.person(story, product))
	b.Press("Continue to " + w.product(product).Name)
	w.enters(b, product)
	return b
}

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

// askOwnReset asks for a new password on a product's own page, and gives the link in the product's own mail.
func (w *world) askOwnReset(b *testkit.Browser, product, email string) string {
	w.t.Helper()
	b.Open(w.product(product).LegacyLogin)
	b.Follow("Forgot your password?")
	if product == "pim" {
		b.Press("Request", "username", email)
	} else {
		b.Press("Send me a link", "email", email)
	}
	return w.ownResetURL(product, email)
}

const renewed = "Entirely-New-Pass-77!"

// renew chooses a new password on the page of the product that its mail leads to, a minute later.
func (w *world) renew(b *testkit.Browser, product, link string) {
	w.t.Helper()
	w.Clock().Advance(time.Minute)
	w.setAtProduct(b, product, link, renewed)
	w.products.follow()
}

// ownReset is a forgotten password of somebody who has not linked yet: the product's own pages, then the first sign-in.
func (w *world) ownReset(product string) {
	omar := w.person("forgot", product)
	w.renew(w.browser("mail"), product, w.askOwnReset(w.browser("mail"), product, omar.Email))
	omar.Password = renewed
	b := w.browser("T")
	w.toInbox(b, omar, omar.Email)
	waiting := b.Page.Form("Continue")
	b.Open(confirmURL.FindString(w.mailsLike(omar.Email, 1, func(m inbox.Message) bool { return confirmURL.MatchString(m.Text) })[0].Text))
	b.Send(waiting)
	w.enters(b, product)
}

// forgottenOnTheWay is a forgotten password of the additional product, in the seed's six steps.
func (w *world) forgottenOnTheWay(from, to string) {
	b, omar := w.browser("T"), w.person("forgot", to)
	w.toLinkPage(b, "forgot", from, to)
	b.Follow("Forgot your " + w.product(to).Name + " password?")
	b.Press("SEND RESET LINK", "email", omar.Identifier)
	w.renew(w.browser("mail"), to, w.ownResetURL(to, omar.Email))
	b.Press("Back")
	b.Press("CONTINUE", "password", renewed)
	w.enters(b, to)
}

// resetLeft asks for resets that nobody uses, here and at the products.
func (w *world) resetLeft() {
	w.askOwnReset(w.browser("T"), "pim", w.person("forgot", "pim").Email)
	w.askOwnReset(w.browser("T"), "sdm", w.person("forgot", "sdm").Email)
}

// accountReset is a forgotten password of the account, which is none of the products'.
func (w *world) accountReset() {
	b, dana := w.comeIn("one_account", "pim"), w.person("one_account", "pim")
	k := w.browser("K")
	w.setPassword(k, w.forgets(k, dana.Email, 1), newPassword)
	w.signIn(k, "pim", dana.Email, newPassword)
	k.Press("Link accounts")
	w.enters(k, "pim")
	b.Open(w.product("pim").URL + "/auth/login")
}

// pilot lets one person in and leaves another at the product's own login.
func (w *world) pilot() {
	dana, park := w.person("one_account", "pim"), w.person("username", "pim")
	w.turn(server.Switching{State: directory.RolloutPilot, People: []string{dana.Email}})
	w.comeIn("one_account", "pim")
	b := w.browser("outside")
	b.Open(w.product("pim").URL + "/")
	b.Press("Continue", "email", park.Identifier)
	w.notHere(b, "outside the pilot", "pim")
	b.Press("Login", "_username", park.Identifier, "_password", park.Password)
	w.enters(b, "pim")
}
