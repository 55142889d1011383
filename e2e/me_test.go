package e2e_test

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/demo/inbox"
	"ligature/internal/testkit"
)

// me opens a person's own page.
func (w *world) me(b *testkit.Browser) *testkit.Page {
	w.t.Helper()
	b.Open(w.ready.Issuer + "/me")
	if b.Page.H1 != "Your sign-in" {
		w.t.Fatalf("/me is %d %q\n%s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	return b.Page
}

// follow opens the first link of the page that leads below a path.
func (w *world) follow(b *testkit.Browser, path string) *testkit.Page {
	w.t.Helper()
	for _, l := range b.Page.Links {
		if strings.Contains(l.URL, path) {
			return b.Open(l.URL)
		}
	}
	w.t.Fatalf("nothing leads to %s from %q: %v", path, b.Page.H1, b.Page.Links)
	return nil
}

// ritaLinked links Rita's two products, by two passwords.
func (w *world) ritaLinked(b *testkit.Browser) {
	w.t.Helper()
	rita, elsewhere := w.person("different_login", "pim"), w.person("different_login", "sdm")
	w.firstSignIn(b, rita)
	b.Open(w.product("sdm").URL + "/")
	b.Press("CONTINUE", "email", elsewhere.Identifier, "password", elsewhere.Password)
	if !strings.HasPrefix(b.Page.URL.String(), w.product("sdm").URL) {
		w.t.Fatalf("landed on %s: %s", b.Page.URL, b.Page.Text())
	}
}

// subjects are the `sub`s of the product accounts that somebody has a link to, by product.
func (w *world) subjects(email string) map[string]string {
	w.t.Helper()
	all := map[string]string{}
	for _, l := range w.links(email) {
		all[string(l.ProductAccount.Product)] = string(l.ProductAccount.Subject)
	}
	return all
}

// mailAbout waits for a mail to the address with the subject.
func (w *world) mailAbout(to, subject string) inbox.Message {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Second)
	defer cancel()
	m, err := w.Inbox().Wait(ctx, func(m inbox.Message) bool { return containsAddress(m.To, to) && m.Subject == subject })
	if err != nil {
		w.t.Fatalf("no mail %q to %s: %v", subject, to, err)
	}
	return m
}

// TestOwnPage (S14): a person sees what their account opens, since when and by which proof, where they are signed in, and
// what happened.
func TestOwnPage(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	rita := w.person("different_login", "pim")
	b := w.browser("T")
	b.Header.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0) Chrome/131.0 Safari/537.36")
	b.Open(w.ready.Issuer + "/me")
	if b.Page.H1 != "Log in" {
		t.Fatalf("to a stranger /me is %q", b.Page.H1)
	}
	w.ritaLinked(b)
	b.Open(w.ready.Issuer + "/linked")
	b.Follow("Your sign-in")
	for _, text := range []string{"as rita.moreau@acme.example", "Akeneo PIM", "User name rita ", "Workspace Acme", "the Akeneo PIM password the link in an email",
		"rita.m@suppliers.example", "your Akeneo Product Cloud password", "It came from Akeneo PIM."} {
		if !b.Page.Says(text) {
			t.Errorf("the page does not say %q:\n%s", text, b.Page.Text())
		}
	}
	w.follow(b, "/me/activity")
	for _, text := range []string{"Supplier Data Manager was linked.", "Akeneo PIM was linked.", "You signed in.", "Your account was made."} {
		if !b.Page.Says(text) {
			t.Errorf("the activity does not say %q:\n%s", text, b.Page.Text())
		}
	}

	other := w.browser("phone")
	other.Header.Set("User-Agent", "Mozilla/5.0 (iPhone) Version/18.0 Safari/605.1")
	w.signIn(other, "pim", rita.Email, rita.Password)
	b.Open(w.ready.Issuer + "/me/sessions")
	if !b.Page.Says("Chrome on Windows Network") || !b.Page.Says("Safari on iPhone Network") || strings.Count(b.Page.Text(), "This is the browser you are looking at.") != 1 {
		t.Errorf("the sessions are %s", b.Page.Text())
	}
	b.Press("End this session")
	if !b.Page.Says("The session is over.") || b.Page.Says("Safari on iPhone") {
		t.Errorf("after ending one: %s", b.Page.Text())
	}
	other.Open(w.ready.Issuer + "/me")
	if other.Page.H1 != "Log in" {
		t.Errorf("a session that was ended sees %q", other.Page.H1)
	}
	w.me(b)
}

// TestOwnSessionsOfOthers: all others end at once; the browser that says so goes on.
func TestOwnSessionsOfOthers(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	b := w.browser("T")
	w.firstSignIn(b, dana)
	others := []*testkit.Browser{w.browser("one"), w.browser("two")}
	for _, o := range others {
		w.signIn(o, "pim", dana.Email, dana.Password)
	}
	b.Open(w.ready.Issuer + "/me/sessions")
	b.Press("End all other sessions")
	if !b.Page.Says("All other sessions are over.") || strings.Count(b.Page.Text(), "Network") != 1 {
		t.Errorf("%d %s", b.Page.Status, b.Page.Text())
	}
	for _, o := range others {
		o.Open(w.ready.Issuer + "/me")
		if o.Page.H1 != "Log in" {
			t.Errorf("another session sees %q", o.Page.H1)
		}
	}
}

// TestUnlink (ATK-24, ATK-128, competitors' "re-link after unlink fails"): taking a link apart asks for the password, tells
// everybody, and leads back to where the product was before the link; the same account links it again as it did the first
// time, and the product sees the same `sub`.
func TestUnlink(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	rita, elsewhere := w.person("different_login", "pim"), w.person("different_login", "sdm")
	b := w.browser("T")
	w.ritaLinked(b)
	before := w.subjects(rita.Email)
	w.mails(elsewhere.Email, 1)
	w.me(b)
	unlink := w.unlinkURL(b, "Supplier Data Manager")
	b.Open(unlink)
	for _, text := range []string{"Supplier Data Manager asks for its own user name and password again.", "You can take it back for 30 days."} {
		if !b.Page.Says(text) {
			t.Errorf("the page does not say %q: %s", text, b.Page.Text())
		}
	}
	b.Press("Unlink", "password", "")
	if b.Page.Status != http.StatusUnprocessableEntity || !b.Page.Says("Enter your password") {
		t.Errorf("without a password: %d %s", b.Page.Status, b.Page.Text())
	}
	b.Press("Unlink", "password", "wrong this time")
	if b.Page.Status != http.StatusUnprocessableEntity || !b.Page.Says("Enter the correct password.") || len(w.links(rita.Email)) != 2 {
		t.Fatalf("with a wrong password: %d %s", b.Page.Status, b.Page.Text())
	}
	form := b.Page.Form("Unlink")
	b.Press("Unlink", "password", rita.Password)
	if b.Page.H1 != "Your sign-in" || !b.Page.Says("It is unlinked.") || len(w.links(rita.Email)) != 1 {
		t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	b.Send(form, "password", rita.Password)
	if b.Page.H1 != "Your sign-in" {
		t.Errorf("the form sent twice: %d %q", b.Page.Status, b.Page.H1)
	}
	for _, to := range []string{rita.Email, elsewhere.Email} {
		m := w.mailAbout(to, "Supplier Data Manager was unlinked from your Akeneo Product Cloud account")
		if !strings.Contains(m.Text, "/me\n") ||
			!strings.Contains(strings.Join(strings.Fields(m.Text), " "), "Sign in to Supplier Data Manager with its own user name and password again.") {
			t.Errorf("to %s: %s", to, m.Text)
		}
	}

	// The product's own password leads in again, by "Link your account." of this account, as the first time.
	b.Open(w.product("sdm").URL + "/auth/login")
	if b.Page.H1 != "Link your account." {
		t.Fatalf("after the unlink the product opens %q", b.Page.H1)
	}
	b.Press("CONTINUE", "email", elsewhere.Identifier, "password", elsewhere.Password)
	if !strings.HasPrefix(b.Page.URL.String(), w.product("sdm").URL) {
		t.Fatalf("landed on %s: %s", b.Page.URL, b.Page.Text())
	}
	for product, sub := range w.subjects(rita.Email) {
		if before[product] != sub {
			t.Errorf("the sub at %s is another one", product)
		}
	}
	w.me(b)
	w.follow(b, "/me/undo/")
	if b.Page.Status != http.StatusConflict || !b.Page.Says("The product account was linked again since.") || b.Page.Form("Undo") != nil {
		t.Errorf("an undo of what was linked again: %d %s", b.Page.Status, b.Page.Text())
	}
}

// unlinkURL is where the link of a product is taken apart.
func (w *world) unlinkURL(b *testkit.Browser, product string) string {
	w.t.Helper()
	found := regexp.MustCompile(`href="(/me/unlink/[^"]+)" aria-label="Unlink… ` + product).FindStringSubmatch(b.Page.Body)
	if found == nil {
		w.t.Fatalf("no way to unlink %s:\n%s", product, b.Page.Text())
	}
	return w.ready.Issuer + found[1]
}

// TestTheLastLinkStays: it goes only with the account.
func TestTheLastLinkStays(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	b := w.browser("T")
	w.firstSignIn(b, dana)
	w.me(b)
	b.Open(w.unlinkURL(b, "Akeneo PIM"))
	if !b.Page.Says("An account needs at least one.") || b.Page.Form("Unlink") != nil {
		t.Errorf("%d %s", b.Page.Status, b.Page.Text())
	}
	b.Follow("Close your account")
	if b.Page.H1 != "Close your account?" {
		t.Errorf("it leads to %q", b.Page.H1)
	}
}

// TestUndo: an unlink is taken back with the password, and the very same link is there again; it cannot be taken back twice,
// nor after its time.
func TestUndo(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	rita := w.person("different_login", "pim")
	b := w.browser("T")
	w.ritaLinked(b)
	held := w.links(rita.Email)
	w.me(b)
	b.Open(w.unlinkURL(b, "Supplier Data Manager"))
	b.Press("Unlink", "password", rita.Password)
	w.follow(b, "/me/undo/")
	undo := b.Page.URL.String()
	if b.Page.H1 != "Link it again?" || !b.Page.Says("Supplier Data Manager, rita.m@suppliers.example") {
		t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	b.Press("Undo", "password", "wrong this time")
	if b.Page.Status != http.StatusUnprocessableEntity || len(w.links(rita.Email)) != 1 {
		t.Fatalf("with a wrong password: %d %s", b.Page.Status, b.Page.Text())
	}
	b.Press("Undo", "password", rita.Password)
	if !b.Page.Says("It is linked again.") {
		t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	now := w.links(rita.Email)
	for i := range held {
		was, is := held[i].Link, now[i].Link
		if was.ID != is.ID || is.State != account.LinkActive || !was.ActiveAt.Equal(is.ActiveAt) || len(was.Evidence) != len(is.Evidence) {
			t.Errorf("the link is %+v, and was %+v", is, was)
		}
	}
	if !w.opens(b, "sdm") {
		t.Errorf("the product opens %q", b.Page.H1)
	}
	if b.Open(undo); b.Page.Status != http.StatusNotFound {
		t.Errorf("taken back twice: %d", b.Page.Status)
	}
	w.mailAbout(rita.Email, "Supplier Data Manager is linked to your Akeneo Product Cloud account again")
	w.mailAbout("rita.m@suppliers.example", "Supplier Data Manager is linked to your Akeneo Product Cloud account again")
}

// TestReportAfterUnlinking (ATK-21, ATK-24): whoever reads the recorded mailbox reports a link that was taken apart meanwhile.
// It does not come back then, neither by undo nor, without that mailbox, by the product's password.
func TestReportAfterUnlinking(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	rita, elsewhere := w.person("different_login", "pim"), w.person("different_login", "sdm")
	b := w.browser("T")
	w.ritaLinked(b)
	report := w.mailAbout(elsewhere.Email, "Supplier Data Manager is now linked to your Akeneo Product Cloud account")
	w.me(b)
	b.Open(w.unlinkURL(b, "Supplier Data Manager"))
	b.Press("Unlink", "password", rita.Password)
	w.follow(b, "/me/undo/")
	undo := b.Page.URL.String()
	w.stopAs(w.browser("V"), report.Text)
	b = w.browser("T again")
	w.signIn(b, "pim", rita.Email, rita.Password)
	if b.Open(undo); b.Page.Status != http.StatusConflict || b.Page.Form("Undo") != nil || !b.Page.Says("Something has changed since") {
		t.Errorf("it could come back: %d %s", b.Page.Status, b.Page.Text())
	}
	b.Open(w.product("sdm").URL + "/")
	b.Press("CONTINUE", "email", elsewhere.Identifier, "password", elsewhere.Password)
	if strings.HasPrefix(b.Page.URL.String(), w.product("sdm").URL) || len(w.links(rita.Email)) != 1 {
		t.Errorf("it was linked again without the recorded mailbox: %d %q", b.Page.Status, b.Page.H1)
	}
}

// TestUndoAfterReset: what a reset by mail would take out of use does not come back by undo.
func TestUndoAfterReset(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	rita := w.person("different_login", "pim")
	b := w.browser("T")
	w.ritaLinked(b)
	w.me(b)
	b.Open(w.unlinkURL(b, "Supplier Data Manager"))
	b.Press("Unlink", "password", rita.Password)
	w.follow(b, "/me/undo/")
	undo := b.Page.URL.String()
	k := w.browser("K")
	w.setPassword(k, w.forgets(k, rita.Email, 1), newPassword)
	k.Press("Continue")
	k.Press("Login", "password", newPassword)
	if k.Open(undo); k.Page.Status != http.StatusConflict || !k.Page.Says("Your password was reset by email since.") || k.Page.Form("Undo") != nil {
		t.Errorf("%d %q %s", k.Page.Status, k.Page.H1, k.Page.Text())
	}
}

// TestRelinkElsewhere (ATK-24): what an account had once goes to another one only with the recorded mailbox, whether that
// account exists already or would be a new one.
func TestRelinkElsewhere(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	rita, elsewhere := w.person("different_login", "pim"), w.person("different_login", "sdm")
	b := w.browser("T")
	w.ritaLinked(b)
	w.me(b)
	b.Open(w.unlinkURL(b, "Supplier Data Manager"))
	b.Press("Unlink", "password", rita.Password)

	m := w.browser("M")
	w.firstSignIn(m, w.person("one_account", "pim"))
	m.Open(w.product("sdm").URL + "/")
	m.Press("CONTINUE", "email", elsewhere.Identifier, "password", elsewhere.Password)
	if strings.HasPrefix(m.Page.URL.String(), w.product("sdm").URL) || m.Page.Status < 400 {
		t.Fatalf("another account took it: %d %q at %s", m.Page.Status, m.Page.H1, m.Page.URL)
	}
	fresh := w.browser("a new account")
	fresh.Open(w.product("sdm").URL + "/")
	fresh.Press("Continue", "email", elsewhere.Identifier)
	fresh.Press("Login", "password", elsewhere.Password)
	fresh.Press("Confirm & Continue", "email", "m@evil.example")
	if fresh.Page.Status != http.StatusUnprocessableEntity || !fresh.Page.Says("Enter the address that Supplier Data Manager has on record for you") {
		t.Fatalf("a new account took it to another address: %d %s", fresh.Page.Status, fresh.Page.Text())
	}
	sent := len(w.mails(elsewhere.Email, 1))
	fresh.Press("Confirm & Continue", "email", elsewhere.Email)
	waiting := fresh.Page.Form("Continue")
	var link string
	for n := sent; link == ""; n++ {
		link = confirmURL.FindString(w.mails(elsewhere.Email, n)[n-1].Text)
	}
	fresh.Open(link)
	fresh.Send(waiting)
	if fresh.Page.H1 != "Your accounts are linked" {
		t.Errorf("with the recorded mailbox: %d %q %s", fresh.Page.Status, fresh.Page.H1, fresh.Page.Text())
	}
}

// TestOwnPagesNeedTheWholeAccount: a session of one product sees none of them.
func TestOwnPagesNeedTheWholeAccount(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	b, k := w.browser("T"), w.browser("K")
	w.toInbox(b, dana, dana.Email)
	waiting := b.Page
	otp := show(t, k, w.link(dana.Email, 1))
	b.Page = waiting
	b.Press("Use code", "otc", otp)
	if b.Page.H1 != "Your accounts are linked" {
		t.Fatalf("%d %q", b.Page.Status, b.Page.H1)
	}
	for _, at := range []string{"", "/sessions", "/activity", "/close", "/merge"} {
		if b.Open(w.ready.Issuer + "/me" + at); b.Page.H1 != "Log in" {
			t.Errorf("/me%s is %d %q", at, b.Page.Status, b.Page.H1)
		}
	}
}

// TestMerge (ATK-110, ATK-128, competitors' "accidental account"): somebody who made two accounts proves both, sees what
// would change, merges them, and takes that back. The products see the same `sub`s throughout.
func TestMerge(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	rita, elsewhere := w.person("different_login", "pim"), w.person("different_login", "sdm")
	second := w.browser("by accident")
	w.firstSignIn(second, elsewhere)
	b := w.browser("T")
	w.firstSignIn(b, rita)
	subjects := w.subjects(rita.Email)
	for product, sub := range w.subjects(elsewhere.Email) {
		subjects[product] = sub
	}
	held := append(w.links(rita.Email), w.links(elsewhere.Email)...)

	b.Open(w.product("sdm").URL + "/")
	b.Follow("Merge it with this one, if it is yours")
	b.Press("See what would change", "email", elsewhere.Email, "password", "wrong this time")
	wrong := b.Page
	if wrong.Status != http.StatusUnprocessableEntity || !wrong.Says("Enter the correct email and password of the other account") {
		t.Fatalf("with a wrong password: %d %s", wrong.Status, wrong.Text())
	}
	b.Press("See what would change", "email", "nobody@acme.example", "password", "wrong this time")
	if b.Page.Status != wrong.Status || b.Page.Text() != wrong.Text() {
		t.Errorf("an unknown address is told from a wrong password: %d %s", b.Page.Status, b.Page.Text())
	}
	b.Press("See what would change", "email", elsewhere.Email, "password", elsewhere.Password)
	plan := b.Page.URL.String()
	for _, text := range []string{"The account of rita.m@suppliers.example becomes part of the account of rita.moreau@acme.example.",
		"The password of rita.moreau@acme.example. The other one no longer works.", "Supplier Data Manager", "You can take it back for 30 days."} {
		if !b.Page.Says(text) {
			t.Errorf("the preview does not say %q:\n%s", text, b.Page.Text())
		}
	}
	if len(w.links(rita.Email)) != 1 {
		t.Fatal("the preview changed something")
	}
	other := w.browser("another browser")
	w.signIn(other, "pim", rita.Email, rita.Password)
	if other.Open(plan); other.Page.Status != http.StatusNotFound {
		t.Errorf("another browser of the same account sees the plan: %d", other.Page.Status)
	}
	form := b.Page.Form("Merge the accounts")
	if form == nil {
		t.Fatal("the preview has no button")
	}
	if other.Send(form); other.Page.Status < 400 || len(w.links(rita.Email)) != 1 {
		t.Errorf("another browser merged: %d %q", other.Page.Status, other.Page.H1)
	}
	b.Press("Merge the accounts")
	if !b.Page.Says("The two accounts are one now.") || !b.Page.Says("rita.m@suppliers.example") {
		t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	if b.Send(form); b.Page.H1 != "Your sign-in" {
		t.Errorf("the form sent twice: %d %q", b.Page.Status, b.Page.H1)
	}
	w.mergedIsOne(b, second, subjects)

	b.Open(w.ready.Issuer + "/me")
	w.follow(b, "/me/undo/")
	b.Press("Undo", "password", rita.Password, "new_password", "short")
	if b.Page.Status != http.StatusUnprocessableEntity || !b.Page.Says("Enter a password of at least 15 characters") {
		t.Fatalf("with a short new password: %d %s", b.Page.Status, b.Page.Text())
	}
	const chosen = "a ladder, two lamps, and rain"
	b.Press("Undo", "password", rita.Password, "new_password", chosen)
	if !b.Page.Says("The two accounts are separate again.") {
		t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	now := append(w.links(rita.Email), w.links(elsewhere.Email)...)
	for i := range held {
		if held[i].Link.ID != now[i].Link.ID || held[i].Link.Account != now[i].Link.Account || now[i].Link.State != account.LinkActive {
			t.Errorf("the link is %+v, and was %+v", now[i].Link, held[i].Link)
		}
	}
	for _, to := range []string{rita.Email, elsewhere.Email} {
		w.mailAbout(to, "Two Akeneo Product Cloud accounts are separate again")
	}
	fresh := w.browser("the old password")
	w.signIn(fresh, "sdm", elsewhere.Email, elsewhere.Password)
	if fresh.Page.Status < 400 {
		t.Errorf("a password that a merge dropped signs in: %q", fresh.Page.H1)
	}
	fresh.Press("Login", "password", chosen)
	if !strings.HasPrefix(fresh.Page.URL.String(), w.product("sdm").URL) {
		t.Errorf("with the new password: %d %q", fresh.Page.Status, fresh.Page.H1)
	}
}

// mergedIsOne: after the merge one password opens everything under either address, the other account's sessions are over,
// and its password is dead.
func (w *world) mergedIsOne(b, second *testkit.Browser, subjects map[string]string) {
	t := w.t
	t.Helper()
	rita, elsewhere := w.person("different_login", "pim"), w.person("different_login", "sdm")
	for product, sub := range w.subjects(rita.Email) {
		if subjects[product] != sub {
			t.Errorf("the sub at %s is another one", product)
		}
	}
	if !w.opens(b, "sdm") || !b.Page.Says("Rita") {
		t.Errorf("the product that came over opens %q at %s", b.Page.H1, b.Page.URL)
	}
	if second.Open(w.ready.Issuer + "/me"); second.Page.H1 != "Log in" {
		t.Errorf("a session of the other account sees %q", second.Page.H1)
	}
	next := w.browser("the next day")
	w.signIn(next, "sdm", elsewhere.Email, rita.Password)
	if !strings.HasPrefix(next.Page.URL.String(), w.product("sdm").URL) {
		t.Errorf("the other address with the password that holds: %d %q", next.Page.Status, next.Page.H1)
	}
	old := w.browser("the old password")
	w.signIn(old, "sdm", elsewhere.Email, elsewhere.Password)
	if old.Page.Status != http.StatusUnprocessableEntity {
		t.Errorf("the other password: %d %q", old.Page.Status, old.Page.H1)
	}
	for _, to := range []string{rita.Email, elsewhere.Email} {
		w.mailAbout(to, "Two Akeneo Product Cloud accounts are now one")
	}
}

// TestMergeAsksAgain: a session whose password is older than fifteen minutes gives it again, and a plan has to be confirmed
// within as many.
func TestMergeAsksAgain(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	rita, elsewhere := w.person("different_login", "pim"), w.person("different_login", "sdm")
	w.firstSignIn(w.browser("by accident"), elsewhere)
	b := w.browser("T")
	w.firstSignIn(b, rita)
	w.Clock().Advance(16 * time.Minute)
	b.Open(w.ready.Issuer + "/me/merge")
	b.Press("See what would change", "email", elsewhere.Email, "password", elsewhere.Password)
	if b.Page.Status != http.StatusUnprocessableEntity || !b.Page.Says("Enter the password of this account") {
		t.Fatalf("without the own password: %d %s", b.Page.Status, b.Page.Text())
	}
	b.Press("See what would change", "password", elsewhere.Password, "own_password", "wrong this time")
	if b.Page.Status != http.StatusUnprocessableEntity || !b.Page.Says("Enter the correct password of this account.") {
		t.Fatalf("with a wrong own password: %d %s", b.Page.Status, b.Page.Text())
	}
	b.Press("See what would change", "password", elsewhere.Password, "own_password", rita.Password)
	if b.Page.H1 != "Merge the two accounts?" {
		t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	w.Clock().Advance(15 * time.Minute)
	b.Press("Merge the accounts")
	if b.Page.Status != http.StatusNotFound || len(w.links(rita.Email)) != 1 {
		t.Errorf("after fifteen minutes: %d %q", b.Page.Status, b.Page.H1)
	}
}

// TestGuessingByMerge: whoever is signed in guesses at another account's password no more often than at the sign-in, and the
// sign-in and the merge count together.
func TestGuessingByMerge(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	rita, elsewhere := w.person("different_login", "pim"), w.person("different_login", "sdm")
	w.firstSignIn(w.browser("V"), elsewhere)
	m := w.browser("M")
	w.firstSignIn(m, rita)
	m.Open(w.ready.Issuer + "/me/merge")
	form := m.Page.Form("See what would change")
	for range 5 {
		m.Send(form, "email", elsewhere.Email, "password", "a guess")
	}
	m.Send(form, "email", elsewhere.Email, "password", elsewhere.Password)
	if m.Page.Status != http.StatusTooManyRequests || m.Page.Header.Get("Retry-After") == "" {
		t.Errorf("after five guesses: %d %q", m.Page.Status, m.Page.H1)
	}
	v := w.browser("V again")
	w.signIn(v, "sdm", elsewhere.Email, elsewhere.Password)
	if v.Page.Status != http.StatusTooManyRequests {
		t.Errorf("the sign-in counts by itself: %d", v.Page.Status)
	}
}

// TestClose: closing asks for the password and a word, leaves the products as they were, and the person begins anew from
// any of them.
func TestClose(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	rita, elsewhere := w.person("different_login", "pim"), w.person("different_login", "sdm")
	b := w.browser("T")
	w.ritaLinked(b)
	before := w.subjects(rita.Email)
	w.me(b)
	b.Follow("Close your account")
	b.Press("Close the account", "password", rita.Password)
	if b.Page.Status != http.StatusUnprocessableEntity || !b.Page.Says("Select that you understand what follows") {
		t.Fatalf("without a word: %d %s", b.Page.Status, b.Page.Text())
	}
	b.Press("Close the account", "sure", "yes", "password", "wrong this time")
	if b.Page.Status != http.StatusUnprocessableEntity || !b.Page.Says("Enter the correct password.") {
		t.Fatalf("with a wrong password: %d %s", b.Page.Status, b.Page.Text())
	}
	b.Press("Close the account", "sure", "yes", "password", rita.Password)
	if b.Page.H1 != "Your account is closed" {
		t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	if b.Open(w.ready.Issuer + "/me"); b.Page.H1 != "Log in" {
		t.Errorf("the closed account sees %q", b.Page.H1)
	}
	for _, to := range []string{rita.Email, elsewhere.Email} {
		w.mailAbout(to, "Your Akeneo Product Cloud account was closed")
	}
	again := w.browser("the next day")
	sent := len(w.mails(rita.Email, 1))
	w.toInbox(again, rita, rita.Email)
	waiting := again.Page.Form("Continue")
	again.Open(w.link(rita.Email, sent+1))
	again.Send(waiting)
	if again.Page.H1 != "Your accounts are linked" {
		t.Fatalf("begun anew: %d %q %s", again.Page.Status, again.Page.H1, again.Page.Text())
	}
	if now := w.subjects(rita.Email); now["pim"] != before["pim"] {
		t.Error("the product sees another sub after the account was closed and begun anew")
	}
}

// TestOwnPagesOfOthers (ATK-113): what is another account's, or nobody's, is not there: its links, what it may take back, its
// sessions and merges. A session of one product sees none of these pages.
func TestOwnPagesOfOthers(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	rita := w.person("different_login", "pim")
	v := w.browser("V")
	w.ritaLinked(v)
	w.me(v)
	unlink := w.unlinkURL(v, "Supplier Data Manager")
	v.Open(unlink)
	form := v.Page.Form("Unlink")
	v.Press("Unlink", "password", rita.Password)
	w.follow(v, "/me/undo/")
	undo, undoForm := v.Page.URL.String(), v.Page.Form("Undo")
	w.me(v)
	kept := w.unlinkURL(v, "Akeneo PIM")
	second := w.browser("V's phone")
	w.signIn(second, "pim", rita.Email, rita.Password)
	v.Open(w.ready.Issuer + "/me/sessions")
	end := v.Page.Form("End this session")

	m := w.browser("M")
	dana := w.person("one_account", "pim")
	w.firstSignIn(m, dana)
	for _, at := range []string{unlink, kept, undo, w.ready.Issuer + "/me/unlink/nothing", w.ready.Issuer + "/me/undo/nothing", w.ready.Issuer + "/me/merge/nothing"} {
		if m.Open(at); m.Page.Status != http.StatusNotFound {
			t.Errorf("%s: %d %q", at, m.Page.Status, m.Page.H1)
		}
	}
	for name, f := range map[string]*testkit.Form{"unlink": form, "undo": undoForm, "end a session": end} {
		if m.Send(f, "password", dana.Password); m.Page.Status != http.StatusNotFound {
			t.Errorf("%s: %d %q", name, m.Page.Status, m.Page.H1)
		}
	}
	if second.Open(w.ready.Issuer + "/me"); second.Page.H1 != "Your sign-in" {
		t.Errorf("a stranger ended a session: %q", second.Page.H1)
	}
	own := w.me(m)
	if own.Says("rita") {
		t.Error("a stranger sees Rita")
	}
}
