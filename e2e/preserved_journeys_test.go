package e2e_test

import (
	"time"

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
		{"an invitation to the PIM", one("administrator"), []string{visit, invite}, (*world).invitation},
		{"an invitation of somebody who has an account", one("one_account", "sdm_only"), []string{visit, invite}, (*world).invitationOfAnAccount},
		{"an invitation that nobody expected", one("sdm_only"), []string{visit, invite}, (*world).invitationStopped},
		{"a change of the account's address", one("one_account"), visits, (*world).addressChange},
		{"unlinked, taken back, and linked again", one("different_login"), visits, (*world).unlinkAndBack},
		{"two accounts merged, and taken back", one("different_login"), visits, (*world).mergeAndBack},
		{"an account is closed", one("different_login"), visits, (*world).closesAccount},
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

func (w *world) invitation() {
	julia, mona := w.pimAs("administrator"), "mona@acme.example"
	w.inviteInPIM(julia, mona)
	julia.Follow(mona)
	julia.Press("Save", "roles", "ROLE_CATALOG_MANAGER")
	b := w.browser("mona")
	b.Open(w.invited(mona, 1))
	b.Press("Accept invitation", "password", invitedPassword)
	w.enters(b, "pim")
}

func (w *world) invitationOfAnAccount() {
	b, dana := w.comeIn("one_account", "pim"), w.person("one_account", "pim")
	w.inviteInSDM(w.sdmAs("sdm_only"), dana.Email)
	b.Open(w.invited(dana.Email, 3))
	b.Press("Accept invitation", "password", dana.Password)
	w.enters(b, "sdm")
}

func (w *world) invitationStopped() {
	const vera = "vera@suppliers.example"
	w.inviteInSDM(w.sdmAs("sdm_only"), vera)
	b := w.browser("vera")
	w.stopAs(b, w.mails(vera, 1)[0].Text)
	b.Open(w.invited(vera, 1))
}

// addressChange: the product goes on to have the address that it has.
func (w *world) addressChange() {
	b, dana := w.comeIn("one_account", "pim"), w.person("one_account", "pim")
	const to = "dana.petrov@acme.example"
	confirm, approve := w.changesEmail(b, dana, to)
	waiting := b.Page.Form("Continue")
	b.Open(confirm)
	b.Open(approve)
	b.Send(waiting)
	next := w.browser("next day")
	w.signIn(next, "pim", to, dana.Password)
	w.enters(next, "pim")
}
