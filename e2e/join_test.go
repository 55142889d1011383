package e2e_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/demo"
	"ligature/internal/sqlstore"
	"ligature/internal/testkit"
)

// opens reports that a product opened without a question.
func (w *world) opens(b *testkit.Browser, product string) bool {
	w.t.Helper()
	b.Open(w.product(product).URL + "/")
	return strings.HasPrefix(b.Page.URL.String(), w.product(product).URL)
}

// signIn signs in with an account's password, from a product's address.
func (w *world) signIn(b *testkit.Browser, product, identifier, password string) {
	w.t.Helper()
	b.Open(w.product(product).URL + "/")
	b.Press("Continue", "email", identifier)
	b.Press("Login", "password", password)
}

// links are those of whoever has the address.
func (w *world) links(email string) []sqlstore.LinkedProduct {
	w.t.Helper()
	found, err := w.Server().Store().LinksOf(w.t.Context(), owner(w.t, w, email))
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// TestSameEmailAccounts (seed: "You have several product accounts under the same email address"): Sam's second account is
// named once, and then opens with the same password.
func TestSameEmailAccounts(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	sam := w.person("same_email", "pim")
	b := w.browser("T")
	w.firstSignIn(b, sam)
	if !b.Page.Says("Supplier Data Manager") || !b.Page.Says("Not mine") {
		t.Fatalf("the second account is not named: %s", b.Page.Text())
	}
	if n := len(w.links(sam.Email)); n != 1 {
		t.Fatalf("%d links before Sam went on", n)
	}
	b.Press("Continue to Akeneo PIM")
	if !strings.HasPrefix(b.Page.URL.String(), w.product("pim").URL) {
		t.Fatalf("landed on %s: %s", b.Page.URL, b.Page.Text())
	}
	if !w.opens(b, "sdm") || !b.Page.Says("Sam") {
		t.Errorf("the joined product: %s %q", b.Page.URL, b.Page.H1)
	}
	next := w.browser("next day")
	w.signIn(next, "sdm", sam.Email, sam.Password)
	if !strings.HasPrefix(next.Page.URL.String(), w.product("sdm").URL) {
		t.Errorf("the next day: %s %s", next.Page.URL, next.Page.Text())
	}
	subjects := map[string]bool{}
	for _, m := range w.mails(sam.Email, 3) {
		subjects[m.Subject] = true
	}
	if !subjects["Supplier Data Manager is now linked to your Akeneo Product Cloud account"] {
		t.Errorf("told by %v", subjects)
	}
}

// TestNotMine: Li refuses what is Lin's. Lin's account stays as it was.
func TestNotMine(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	li, lin := w.person("shared_address", "pim"), w.person("shared_address", "sdm")
	b := w.browser("T")
	w.firstSignIn(b, li)
	b.Press("Continue to Akeneo PIM", "not_mine_0", "yes")
	if n := len(w.links(li.Email)); n != 1 {
		t.Fatalf("%d links", n)
	}
	if w.opens(b, "sdm") || b.Page.H1 != "Link your account." {
		t.Errorf("what was refused opened: %q", b.Page.H1)
	}
	b.Press("CONTINUE", "email", lin.Identifier, "password", lin.Password)
	if !strings.HasPrefix(b.Page.URL.String(), w.product("sdm").URL) {
		t.Errorf("by its password: %d %s", b.Page.Status, b.Page.Text())
	}
}

// TestDeferredLook: a product that did not answer at the first sign-in is asked again later, with a new proof of the mailbox.
func TestDeferredLook(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	sam := w.person("same_email", "pim")
	b := w.browser("T")
	w.toInbox(b, sam, sam.Email)
	waiting := b.Page.Form("Continue")
	b.Open(w.link(sam.Email, 1))
	w.SetStore("sdm", demo.Down)
	b.Send(waiting)
	if b.Page.H1 != "Your accounts are linked" || b.Page.Says("Not mine") {
		t.Fatalf("%q %s", b.Page.H1, b.Page.Text())
	}
	b.Press("Continue to Akeneo PIM")
	w.SetStore("sdm", demo.Up)
	if w.opens(b, "sdm") || b.Page.H1 != "Link your account." {
		t.Fatalf("opened %s %q", b.Page.URL, b.Page.H1)
	}
	b.Press("Email me a link")
	if b.Page.H1 != "Check your inbox" {
		t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	b.Open(w.link(sam.Email, 3))
	b.Press("Continue")
	if b.Page.H1 != "Link these accounts?" || !b.Page.Says("Supplier Data Manager") {
		t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	b.Press("Link accounts")
	if !strings.HasPrefix(b.Page.URL.String(), w.product("sdm").URL) {
		t.Errorf("landed on %s: %s", b.Page.URL, b.Page.Text())
	}
}

// owned lets Dana have an account, and Dominic confirm her address in a browser of his own: his link waits.
func (w *world) owned(b *testkit.Browser) (dana, park demo.Person) {
	w.t.Helper()
	dana, park = w.person("one_account", "pim"), w.person("sdm_only", "sdm")
	w.firstSignIn(w.browser("dana"), dana)
	w.toInbox(b, park, dana.Email)
	waiting := b.Page.Form("Continue")
	b.Open(w.link(dana.Email, 3))
	b.Send(waiting)
	if b.Page.H1 != "Your email is confirmed" || !b.Page.Says("use the password of that account") {
		w.t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	return dana, park
}

// TestOwnedAddress (seed: "If the email you entered already belongs to another … account"): the product opens; at the next
// sign-in in that browser the account's own password holds, and the product is added after it was named.
func TestOwnedAddress(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	dana, park := w.owned(b)
	b.Press("Continue to Supplier Data Manager")
	if !strings.HasPrefix(b.Page.URL.String(), w.product("sdm").URL) || !b.Page.Says("Noor") {
		t.Fatalf("landed on %s: %s", b.Page.URL, b.Page.Text())
	}
	w.signIn(b, "pim", dana.Email, park.Password)
	if b.Page.Status != http.StatusUnprocessableEntity {
		t.Fatalf("the product's password was taken for the account's: %d %q", b.Page.Status, b.Page.H1)
	}
	b.Press("Login", "password", dana.Password)
	if b.Page.H1 != "Link these accounts?" || !b.Page.Says("Supplier Data Manager") || !b.Page.Says(park.Email) {
		t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	b.Press("Link accounts")
	if !strings.HasPrefix(b.Page.URL.String(), w.product("pim").URL) {
		t.Fatalf("landed on %s: %s", b.Page.URL, b.Page.Text())
	}
	for _, l := range w.links(dana.Email) {
		if l.Link.State != account.LinkActive {
			t.Errorf("%s is %s", l.ProductAccount.Product, l.Link.State)
		}
	}
	next := w.browser("next day")
	w.signIn(next, "sdm", dana.Email, dana.Password)
	if !strings.HasPrefix(next.Page.URL.String(), w.product("sdm").URL) {
		t.Errorf("the next day: %s %s", next.Page.URL, next.Page.Text())
	}
}

// TestWaitingLinkReported: the mail about a link that waited can still take it back after it has become active.
func TestWaitingLinkReported(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	dana, noor := w.owned(b)
	told := w.mails(noor.Email, 1)[0]
	b.Press("Continue to Supplier Data Manager")
	w.signIn(b, "pim", dana.Email, dana.Password)
	b.Press("Link accounts")
	v := w.browser("V")
	v.Open(notMeURL.FindString(told.Text))
	v.Press("Stop this request", "recognise", "no")
	for _, l := range w.links(dana.Email) {
		if l.ProductAccount.Product == "sdm" && l.Link.State != account.LinkSuspended {
			t.Errorf("the reported link is %s", l.Link.State)
		}
	}
}

// TestWaitingLinkElsewhere (ATK-02, ATK-05, ATK-06): in another browser nothing opens by the account's password alone. The
// product's is asked for once, and its reader's mailbox is not enough: the product records another address.
func TestWaitingLinkElsewhere(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana, park := w.owned(w.browser("T"))
	x := w.browser("X")
	w.signIn(x, "pim", dana.Email, dana.Password)
	if !strings.HasPrefix(x.Page.URL.String(), w.product("pim").URL) {
		t.Fatalf("%s %s", x.Page.URL, x.Page.Text())
	}
	if w.opens(x, "sdm") || x.Page.H1 != "Link your account." {
		t.Fatalf("the link that waits opened in another browser: %s %q", x.Page.URL, x.Page.H1)
	}
	if x.Page.Form("Email me a link") != nil {
		t.Error("whoever has the address that was typed could take the product account by a mail")
	}
	x.Press("CONTINUE", "email", park.Identifier, "password", park.Password)
	if !strings.HasPrefix(x.Page.URL.String(), w.product("sdm").URL) {
		t.Errorf("landed on %s: %s", x.Page.URL, x.Page.Text())
	}
}

// TestWaitingLinkByMail: where the product records the account's own address, a mail that is opened in that very browser does.
func TestWaitingLinkByMail(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	first, second := w.person("same_email", "sdm"), w.person("same_email", "pim")
	second.Identifier = "sam"
	b := w.browser("T")
	w.firstSignIn(b, first)
	b.Press("Continue to Supplier Data Manager", "not_mine_0", "yes")
	y := w.browser("Y")
	w.toInbox(y, second, second.Email)
	waiting := y.Page.Form("Continue")
	mails := w.mails(first.Email, 3)
	y.Open(confirmURL.FindString(mails[len(mails)-1].Text))
	y.Send(waiting)
	if y.Page.H1 != "Your email is confirmed" {
		t.Fatalf("%d %q %s", y.Page.Status, y.Page.H1, y.Page.Text())
	}
	x := w.browser("X")
	w.signIn(x, "sdm", first.Email, first.Password)
	if w.opens(x, "pim") || x.Page.H1 != "Link your account." {
		t.Fatalf("the link that waits opened in another browser: %s %q", x.Page.URL, x.Page.H1)
	}
	x.Press("Email me a link")
	mails = w.mails(first.Email, 5)
	link := confirmURL.FindString(mails[4].Text)
	k := w.browser("K")
	k.Open(link)
	if !slices.Equal(k.Page.Buttons(), []string{"Change language"}) || !k.Page.Says("It does nothing here") {
		t.Errorf("a stranger's browser may press %v: %s", k.Page.Buttons(), k.Page.Text())
	}
	x.Open(link)
	x.Press("Continue")
	if x.Page.H1 != "Link these accounts?" {
		t.Fatalf("%d %q %s", x.Page.Status, x.Page.H1, x.Page.Text())
	}
	x.Press("Link accounts")
	if !strings.HasPrefix(x.Page.URL.String(), w.product("pim").URL) {
		t.Errorf("landed on %s: %s", x.Page.URL, x.Page.Text())
	}
}

// TestSquattedAccount (ATK-04): an account that a stranger made with the victim's address gets none of her products, however
// often she proves hers.
func TestSquattedAccount(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	attacker, victim := w.person("sdm_only", "sdm"), w.person("username", "pim")
	m := w.browser("M")
	w.toInbox(m, attacker, victim.Email)
	k := w.browser("V's mail")
	shown := show(t, k, w.link(victim.Email, 1))
	m.Press("Use code", "otc", shown)
	m.Press("Continue to Supplier Data Manager")
	v := w.browser("V")
	w.toInbox(v, victim, victim.Email)
	waiting := v.Page.Form("Continue")
	mails := w.mails(victim.Email, 3)
	v.Open(confirmURL.FindString(mails[len(mails)-1].Text))
	v.Send(waiting)
	v.Press("Continue to Akeneo PIM")
	if !strings.HasPrefix(v.Page.URL.String(), w.product("pim").URL) {
		t.Fatalf("the victim: %s %s", v.Page.URL, v.Page.Text())
	}
	for _, name := range []string{"M", "M elsewhere"} {
		b := w.browser(name)
		w.signIn(b, "sdm", victim.Email, attacker.Password)
		if w.opens(b, "pim") || b.Page.H1 != "Link your account." {
			t.Errorf("%s opened %s: %q", name, b.Page.URL, b.Page.H1)
		}
	}
}

// TestAutoMergeSweep (ATK-13): a leaked code, and an address that the attacker's own account does not record, join nothing.
func TestAutoMergeSweep(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	attacker, sam := w.person("username", "pim"), w.person("same_email", "sdm")
	m := w.browser("M")
	w.toInbox(m, attacker, sam.Email)
	m.Press("Use code", "otc", show(t, w.browser("K"), w.link(sam.Email, 1)))
	if m.Page.H1 != "Your accounts are linked" || m.Page.Says("Not mine") {
		t.Fatalf("a leaked code: %q %s", m.Page.H1, m.Page.Text())
	}
	second := openWorld(t)
	b := second.browser("same browser, another address")
	second.toInbox(b, second.person("username", "pim"), sam.Email)
	waiting := b.Page.Form("Continue")
	b.Open(second.link(sam.Email, 1))
	b.Send(waiting)
	if b.Page.H1 != "Your accounts are linked" || b.Page.Says("Not mine") {
		t.Errorf("an address of somebody else: %q %s", b.Page.H1, b.Page.Text())
	}
}

// TestProductSessionReachesNothingElse (ATK-91): what opens with a link that waits is one product, without the account.
func TestProductSessionReachesNothingElse(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	w.owned(b)
	b.Press("Continue to Supplier Data Manager")
	if w.opens(b, "pim") {
		t.Errorf("a session of one product opened %s", b.Page.URL)
	}
	b.Open(w.ready.Issuer + "/linked")
	if b.Page.H1 != "Log in" {
		t.Errorf("the account's page: %q %s", b.Page.H1, b.Page.Text())
	}
	if !w.opens(b, "sdm") {
		t.Errorf("its own product: %s %q", b.Page.URL, b.Page.H1)
	}
}

// TestOthersLoseTheirSession (ATK-18, I5): who had a session of a product account loses it when somebody links it elsewhere.
func TestOthersLoseTheirSession(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	t1 := w.browser("T")
	dana, park := w.owned(t1)
	t1.Press("Continue to Supplier Data Manager")
	again := w.product("sdm").URL + "/auth/login"
	if t1.Open(again); !strings.HasPrefix(t1.Page.URL.String(), w.product("sdm").URL) {
		t.Fatalf("%s %q", t1.Page.URL, t1.Page.H1)
	}
	x := w.browser("X")
	w.signIn(x, "pim", dana.Email, dana.Password)
	x.Open(w.product("sdm").URL + "/")
	x.Press("CONTINUE", "email", park.Identifier, "password", park.Password)
	if !strings.HasPrefix(x.Page.URL.String(), w.product("sdm").URL) {
		t.Fatalf("%d %s", x.Page.Status, x.Page.Text())
	}
	if t1.Open(again); t1.Page.H1 != "Log in" {
		t.Errorf("the other browser still has %q", t1.Page.H1)
	}
}

// TestOneAddressTwoAccounts (ATK-118): two product accounts are proven for one address at the same instant. One account comes
// into being; the other's link waits, and its password is not carried on.
func TestOneAddressTwoAccounts(t *testing.T) {
	t.Parallel()
	for range 5 {
		w := openWorld(t)
		dana, noor := w.person("one_account", "pim"), w.person("sdm_only", "sdm")
		both := [2]*testkit.Browser{w.browser("A"), w.browser("B")}
		forms := [2]*testkit.Form{}
		for i, p := range []demo.Person{dana, noor} {
			w.toInbox(both[i], p, "team@acme.example")
			forms[i] = both[i].Page.Form("Continue")
			both[i].Open(w.link("team@acme.example", i+1))
		}
		var all sync.WaitGroup
		for i, b := range both {
			r := b.Request(forms[i])
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			for name, value := range b.Cookies(w.ready.Issuer) {
				r.Header.Add("Cookie", name+"="+value)
			}
			all.Go(func() {
				if status := w.status(r); status != http.StatusSeeOther {
					t.Errorf("answered %d", status)
				}
			})
		}
		all.Wait()
		states := map[account.LinkState]int{}
		for _, l := range w.links("team@acme.example") {
			states[l.Link.State]++
		}
		if states[account.LinkActive] != 1 || states[account.LinkPending] != 1 {
			t.Fatalf("links %v", states)
		}
		right := 0
		for _, p := range []demo.Person{dana, noor} {
			b := w.browser("check")
			w.signIn(b, "pim", "team@acme.example", p.Password)
			if b.Page.Status == http.StatusOK && b.Page.H1 != "Enter your password" {
				right++
			}
			w.Clock().Advance(time.Minute)
		}
		if right != 1 {
			t.Fatalf("%d of the two passwords sign in", right)
		}
	}
}
