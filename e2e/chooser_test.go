package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"ligature/internal/demo"
	"ligature/internal/testkit"
)

const (
	nadia  = "Nadia Osman nadia nadia@acme.example"
	orders = "Nadia Osman (orders) nadia.orders orders@acme.example"
)

// linkBoth lets Nadia link both of her users in the PIM, the second one from her overview.
func (w *world) linkBoth(b *testkit.Browser) {
	w.t.Helper()
	w.firstSignIn(b, w.person("two_accounts", "pim"))
	b.Open(w.ready.Issuer + "/linked")
	b.Press("Use another Akeneo PIM account")
	b.Press("CONTINUE", "email", "nadia.orders", "password", "Meadow-Signal-71-Brick")
	if b.Page.H1 != "Your accounts are linked" || !b.Page.Says("nadia nadia.orders") {
		w.t.Fatalf("after the second link: %d %q at %s\n%s", b.Page.Status, b.Page.H1, b.Page.URL, b.Page.Text())
	}
}

// inPIMAs fails unless the browser is in the PIM as that user.
func (w *world) inPIMAs(b *testkit.Browser, username string) {
	w.t.Helper()
	if !strings.HasPrefix(b.Page.URL.String(), w.product("pim").URL) || !strings.Contains(b.Page.Body, `<span class="mono">`+username+`</span>`) {
		w.t.Fatalf("not in the PIM as %s: %d %q at %s", username, b.Page.Status, b.Page.H1, b.Page.URL)
	}
}

// TestTwoAccounts is the story of one person with two users in one product: both are linked, opening the product asks which
// one, for as long as the session lasts (ATK-124).
func TestTwoAccounts(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	person := w.person("two_accounts", "pim")
	w.linkBoth(w.browser("the first day"))

	b := w.browser("the next day")
	w.signIn(b, "pim", person.Email, person.Password)
	if b.Page.H1 != "Choose an account" || !b.Page.Says("You have more than one Akeneo PIM account.") || b.Page.Status != http.StatusOK {
		t.Fatalf("%d %q at %s: %s", b.Page.Status, b.Page.H1, b.Page.URL, b.Page.Text())
	}
	if !strings.HasSuffix(b.Page.Text(), "Sign in as somebody else") {
		t.Errorf("the last thing offered is not to sign in as somebody else: %s", b.Page.Text())
	}
	b.Press(orders)
	w.inPIMAs(b, "nadia.orders")

	// The session remembers, for the product's next request, and until it is asked to select.
	b.Open(w.product("pim").URL + "/auth/login")
	w.inPIMAs(b, "nadia.orders")
	b.Open(w.product("pim").URL + "/user/account")
	b.Follow("Open another user")
	if b.Page.H1 != "Choose an account" {
		t.Fatalf("select_account: %q at %s", b.Page.H1, b.Page.URL)
	}
	b.Press(nadia)
	w.inPIMAs(b, "nadia")
	b.Open(w.product("pim").URL + "/auth/login")
	w.inPIMAs(b, "nadia")

	// A new session knows nothing of it.
	b.Open(w.product("pim").URL + "/user/account")
	b.Press("Sign out")
	w.signIn(b, "pim", person.Email, person.Password)
	if b.Page.H1 != "Choose an account" {
		t.Fatalf("after signing out: %q at %s", b.Page.H1, b.Page.URL)
	}
	// The second user's name is an alias of the same account, with the account's password.
	again := w.browser("by username")
	w.signIn(again, "pim", "nadia.orders", person.Password)
	if again.Page.H1 != "Choose an account" {
		t.Fatalf("by the second username: %q\n%s", again.Page.H1, again.Page.Text())
	}
}

// TestTwoAccountsSilently: a product that asks without showing a page is told that somebody has to choose, and gets its
// answer once they have.
func TestTwoAccountsSilently(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	person := w.person("two_accounts", "pim")
	w.linkBoth(w.browser("the first day"))
	b := w.browser("T")
	w.signIn(b, "pim", person.Email, person.Password)
	silently := func() url.Values {
		request, err := http.NewRequest(http.MethodGet, w.product("pim").URL+"/auth/login", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		authorize := w.redirectOf(w.browser("the product"), request) + "&prompt=none"
		if request, err = http.NewRequest(http.MethodGet, authorize, http.NoBody); err != nil {
			t.Fatal(err)
		}
		to, err := url.Parse(w.redirectOf(b, request))
		if err != nil {
			t.Fatal(err)
		}
		return to.Query()
	}
	if answer := silently(); answer.Get("error") != "account_selection_required" {
		t.Errorf("before the choice: %v", answer)
	}
	b.Press(nadia)
	w.inPIMAs(b, "nadia")
	if answer := silently(); !answer.Has("code") {
		t.Errorf("after the choice: %v", answer)
	}
}

// TestChooserAttacks: a choice counts in the browser and session that were asked, for an account that is among those shown.
func TestChooserAttacks(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	person := w.person("two_accounts", "pim")
	w.linkBoth(w.browser("the first day"))
	b := w.browser("T")
	w.signIn(b, "pim", person.Email, person.Password)
	at, form := b.Page.URL.String(), b.Page.Form(orders)
	if form == nil {
		t.Fatalf("no button for %s: %q", orders, b.Page.Buttons())
	}

	stranger := w.browser("M")
	w.firstSignIn(stranger, w.person("one_account", "pim"))
	if stranger.Open(at); stranger.Page.Status != http.StatusGone || strings.Contains(stranger.Page.Body, "nadia") {
		t.Errorf("another browser was shown %d %q", stranger.Page.Status, stranger.Page.H1)
	}
	if stranger.Send(form); stranger.Page.Status != http.StatusGone {
		t.Errorf("another browser's choice was answered %d at %s", stranger.Page.Status, stranger.Page.URL)
	}
	if stranger.Open(w.ready.Issuer + "/authorize/other?" + b.Page.URL.RawQuery); stranger.Page.Status != http.StatusGone {
		t.Errorf("another browser goes on: %d %q", stranger.Page.Status, stranger.Page.H1)
	}
	for name, changed := range map[string][]string{"somebody else's": {"account", "pa_0"}, "none": {"account", ""}, "forged": {"step", strings.Repeat("A", 64)}} {
		b.Send(form, changed...)
		if b.Page.H1 != "Choose an account" || !strings.HasPrefix(b.Page.URL.String(), w.ready.Issuer) {
			t.Errorf("%s: %d %q at %s", name, b.Page.Status, b.Page.H1, b.Page.URL)
		}
		if name != "forged" && (b.Page.Status != http.StatusUnprocessableEntity || !b.Page.Says("Choose one of these accounts")) {
			t.Errorf("%s: %d %s", name, b.Page.Status, b.Page.Text())
		}
	}
	r := b.Request(form)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if b.Do(r); b.Page.Status != http.StatusForbidden {
		t.Errorf("a form of another site: %d", b.Page.Status)
	}
	b.Send(form)
	w.inPIMAs(b, "nadia.orders")
	if b.Send(form); b.Page.Status != http.StatusGone {
		t.Errorf("the same choice again: %d at %s", b.Page.Status, b.Page.URL)
	}
}

// TestSomebodyElse: the chooser leads to another sign-in for the product that waits, and nobody is signed out by looking.
func TestSomebodyElse(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	person, dana := w.person("two_accounts", "pim"), w.person("one_account", "pim")
	w.firstSignIn(w.browser("dana"), dana)
	w.linkBoth(w.browser("the first day"))
	b := w.browser("T")
	w.signIn(b, "pim", person.Email, person.Password)
	chooser, form := b.Page.URL.String(), b.Page.Form(nadia)
	b.Follow("Sign in as somebody else")
	if b.Page.H1 != "Log in" || !b.Page.Says("Akeneo PIM") {
		t.Fatalf("%q at %s", b.Page.H1, b.Page.URL)
	}
	login := b.Page.Form("Continue")
	if b.Open(chooser); b.Page.H1 != "Choose an account" {
		t.Fatalf("signed out by looking: %q", b.Page.H1)
	}
	b.Send(login, "email", dana.Email)
	b.Press("Login", "password", dana.Password)
	w.inPIMAs(b, "dpetrov")
	if b.Send(form); b.Page.Status != http.StatusGone {
		t.Errorf("the form of the session before: %d at %s", b.Page.Status, b.Page.URL)
	}
}

// TestAnotherAccount is how the second account gets there: from the overview or from the chooser, with its own password, at
// most fifteen minutes after the account's.
func TestAnotherAccount(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	person := w.person("two_accounts", "pim")
	b := w.browser("T")
	w.firstSignIn(b, person)
	b.Open(w.ready.Issuer + "/linked")
	overview := b.Page.Form("Use another Akeneo PIM account")
	b.Press("Use another Akeneo PIM account")
	if b.Page.H1 != "Link your account." || b.Page.Value("legacy-login") != "" || !b.Page.Says("Go back without linking another account") {
		t.Fatalf("%q %s", b.Page.H1, b.Page.Text())
	}
	// The very same product account again answers as a wrong password does.
	b.Press("CONTINUE", "email", "nadia", "password", person.Password)
	linked := b.Page.Text()
	b.Press("CONTINUE", "email", "nadia", "password", "wrong this time")
	if b.Page.Status != http.StatusUnprocessableEntity || b.Page.Text() != linked {
		t.Fatalf("%d: %s\n%s", b.Page.Status, b.Page.Text(), linked)
	}
	b.Follow("Go back without linking another account")
	if b.Page.URL.Path != "/linked" {
		t.Errorf("back is %s", b.Page.URL)
	}
	for name, test := range map[string]struct {
		status  int
		changed []string
	}{
		"forged":                   {http.StatusConflict, []string{"step", strings.Repeat("A", 64)}},
		"of another tenant":        {http.StatusNotFound, []string{"tenant", "globex"}},
		"of a product nobody has":  {http.StatusNotFound, []string{"product", "web"}},
		"for a request nobody has": {http.StatusNotFound, []string{"request", "ar_0"}},
	} {
		if b.Send(overview, test.changed...); b.Page.Status != test.status {
			t.Errorf("%s: %d %q", name, b.Page.Status, b.Page.H1)
		}
	}
	if stranger := w.browser("M"); stranger.Send(overview).H1 != "Log in" {
		t.Errorf("nobody: %q", stranger.Page.H1)
	}

	// Sixteen minutes later the account's password comes first, and then it goes on where it was to go.
	w.Clock().Advance(16 * time.Minute)
	b.Send(overview)
	if b.Page.H1 != "Log in" || b.Page.Value("email") != person.Email {
		t.Fatalf("after sixteen minutes: %q %q", b.Page.H1, b.Page.Value("email"))
	}
	b.Press("Continue")
	b.Press("Login", "password", person.Password)
	if b.Page.H1 != "Link your account." {
		t.Fatalf("after the password: %q at %s", b.Page.H1, b.Page.URL)
	}
	b.Press("CONTINUE", "email", "nadia.orders", "password", "Meadow-Signal-71-Brick")
	if b.Page.H1 != "Your accounts are linked" {
		t.Fatalf("%q: %s", b.Page.H1, b.Page.Text())
	}
	// From the chooser the request waits, and the choice is asked anew because there is more to choose from.
	b.Press("Continue to Akeneo PIM")
	if b.Page.H1 != "Choose an account" {
		t.Fatalf("with two accounts: %q at %s", b.Page.H1, b.Page.URL)
	}
	b.Press(nadia)
	w.inPIMAs(b, "nadia")
	b.Open(w.product("pim").URL + "/auth/login?prompt=select_account")
	b.Press("Use another Akeneo PIM account")
	li := w.person("shared_address", "pim")
	b.Press("CONTINUE", "email", li.Identifier, "password", li.Password)
	if b.Page.H1 != "Choose an account" || b.Page.Form("Li Wang li li.wang@acme.example") == nil {
		t.Fatalf("after linking from the chooser: %q %q", b.Page.H1, b.Page.Buttons())
	}
	b.Press("Li Wang li li.wang@acme.example")
	w.inPIMAs(b, "li")
}

// waits lets Nadia link her first user, and confirm the same address with her second one in a browser of its own: it waits.
func (w *world) waits(b *testkit.Browser) demo.Person {
	w.t.Helper()
	person := w.person("two_accounts", "pim")
	w.firstSignIn(w.browser("the first day"), person)
	second := person
	second.Identifier, second.Password = "nadia.orders", "Meadow-Signal-71-Brick"
	w.toInbox(b, second, person.Email)
	waiting := b.Page.Form("Continue")
	b.Open(w.link(person.Email, 3))
	b.Send(waiting)
	b.Press("Continue to Akeneo PIM")
	w.inPIMAs(b, "nadia.orders")
	return person
}

// TestSecondAccountWaits: the second user of one product can also come by the same address, and is named before it is
// linked; then there is something to choose.
func TestSecondAccountWaits(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	person := w.waits(b)
	b.Open(w.product("pim").URL + "/auth/login?prompt=select_account")
	b.Press("Continue", "email", person.Email)
	b.Press("Login", "password", person.Password)
	if b.Page.H1 != "Link these accounts?" || !b.Page.Says("nadia.orders") {
		t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	b.Press("Link accounts")
	if b.Page.H1 != "Choose an account" {
		t.Fatalf("after linking: %q at %s", b.Page.H1, b.Page.URL)
	}
	b.Press(orders)
	w.inPIMAs(b, "nadia.orders")
}

// TestSecondAccountWaitsElsewhere: in another browser the first user opens, because it is the only one that is linked; the
// second is asked for when the person wants it, by its password. A mail is not enough: the PIM records another address of it.
func TestSecondAccountWaitsElsewhere(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	person := w.waits(w.browser("T"))
	x := w.browser("X")
	w.signIn(x, "pim", person.Email, person.Password)
	w.inPIMAs(x, "nadia")
	x.Open(w.ready.Issuer + "/linked")
	x.Press("Use another Akeneo PIM account")
	if x.Page.Form("Email me a link") != nil {
		t.Error("a mail would do")
	}
	x.Press("CONTINUE", "email", "nadia.orders", "password", "Meadow-Signal-71-Brick")
	if x.Page.URL.Path != "/linked" || !x.Page.Says("nadia nadia.orders") {
		t.Fatalf("%q at %s: %s", x.Page.H1, x.Page.URL, x.Page.Text())
	}
}
