package e2e_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"ligature/internal/demo"
	"ligature/internal/demo/inbox"
	"ligature/internal/testkit"
)

// resetPages are the links in the products' own mails.
var resetPages = map[string]*regexp.Regexp{
	"pim": regexp.MustCompile(`http://\S+/user/reset/[0-9a-z]+`),
	"sdm": regexp.MustCompile(`http://\S+/reset-password/[A-Za-z0-9_-]+`),
}

// resetMails waits until a product has sent n reset mails to an address and gives them, oldest first.
func (w *world) resetMails(product, to string, n int) []inbox.Message {
	w.t.Helper()
	return w.mailsLike(to, n, func(m inbox.Message) bool { return resetPages[product].MatchString(m.Text) })
}

// ownResetURL is the link in the first reset mail that a product sent to an address.
func (w *world) ownResetURL(product, to string) string {
	w.t.Helper()
	return resetPages[product].FindString(w.resetMails(product, to, 1)[0].Text)
}

// setAtProduct sets a password on the page of the product that its mail leads to.
func (w *world) setAtProduct(b *testkit.Browser, product, link, password string) {
	w.t.Helper()
	b.Open(link)
	if product == "pim" {
		b.Press("Reset", "pim_user_reset_form[first]", password, "pim_user_reset_form[second]", password)
	} else {
		b.Press(b.Page.Buttons()[0], "new_password", password, "confirm_password", password)
	}
	if b.Page.Status != http.StatusOK || !strings.Contains(b.Page.URL.Path, "login") {
		w.t.Fatalf("the product's reset page: %d %s\n%s", b.Page.Status, b.Page.URL, b.Page.Text())
	}
}

// toLinkPage brings somebody who has an account from one product to S7 of another.
func (w *world) toLinkPage(b *testkit.Browser, story, from, to string) {
	w.t.Helper()
	w.firstSignIn(b, w.person(story, from))
	b.Open(w.product(to).URL + "/")
	if b.Page.H1 != "Link your account." {
		w.t.Fatalf("%s to %s: %q\n%s", from, to, b.Page.H1, b.Page.Text())
	}
}

// TestForgotLegacyPassword is the seed's "If you forgot the legacy password of the additional product", its six steps, for
// both products, without a script.
func TestForgotLegacyPassword(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, to, name, login string }{
		{"sdm", "pim", "Akeneo PIM", "omar.haddad@acme.example"},
		{"pim", "sdm", "Supplier Data Manager", "omar@acme.example"},
		{"pim", "sdm", "Supplier Data Manager", "rita.m@suppliers.example"},
	} {
		t.Run(c.to+" "+c.login, func(t *testing.T) {
			w := openWorld(t)
			story := map[bool]string{true: "forgot", false: "different_login"}[strings.HasPrefix(c.login, "omar")]
			b, mailer := w.browser("T"), w.browser("mail")
			w.toLinkPage(b, story, c.from, c.to)

			b.Follow("Forgot your " + c.name + " password?") // 1
			if b.Page.H1 != "Reset your "+c.name+" password" {
				t.Fatalf("S8: %q", b.Page.H1)
			}

			b.Press("SEND RESET LINK", "email", c.login) // 2 and 3
			if b.Page.H1 != "Check your inbox" || !b.Page.Says("A password reset email has been sent. Reset your password, then click below to link your account.") {
				t.Fatalf("S9: %q %s", b.Page.H1, b.Page.Text())
			}
			const renewed = "Entirely-New-Pass-77!"
			w.setAtProduct(mailer, c.to, w.ownResetURL(c.to, c.login), renewed) // 4
			b.Press("Back")                                                     // 5
			if b.Page.H1 != "Link your account." || b.Page.Value("legacy-login") != c.login {
				t.Fatalf("after Back: %q with %q", b.Page.H1, b.Page.Value("legacy-login"))
			}
			b.Press("CONTINUE", "password", renewed) // 6
			if !strings.HasPrefix(b.Page.URL.String(), w.product(c.to).URL) || b.Page.Status != http.StatusOK {
				t.Fatalf("landed on %s: %s", b.Page.URL, b.Page.Text())
			}
		})
	}
}

// TestResetPrefill (ATK-29): what S7, S8 and S9 show comes from the flow, whatever an address or a form of the page says, and
// is never markup.
func TestResetPrefill(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	w.toLinkPage(b, "forgot", "sdm", "pim")
	const evil = "mallory@evil.example"
	page := b.Page.URL.String()
	b.Follow("Forgot your Akeneo PIM password?")
	forgot := b.Page.URL.String()
	b.Press("SEND RESET LINK", "email", "omar.haddad@acme.example")
	sent := b.Page.URL.String()
	for _, at := range []string{page, forgot, sent} {
		for _, field := range []string{"email", "identifier", "login_hint", "typed", "legacy-login"} {
			b.Open(at + "&" + field + "=" + evil)
			if strings.Contains(b.Page.Text(), evil) || b.Page.Value("legacy-login") == evil || b.Page.Value("reset-email") == evil {
				t.Errorf("%s shows what %s said", at, field)
			}
		}
	}
	b.Open(sent)
	b.Press("Back", "email", evil)
	if got := b.Page.Value("legacy-login"); got != "omar.haddad@acme.example" {
		t.Errorf("Back pre-filled %q", got)
	}
	b.Open(forgot)
	b.Press("SEND RESET LINK", "email", `"><script>alert(1)</script>@evil.example`)
	if b.Page.Status != http.StatusUnprocessableEntity || strings.Contains(b.Page.Body, "<script>alert") || !b.Page.Says("Enter an email address in the correct format, like name@example.com") {
		t.Errorf("markup as an address: %d %s", b.Page.Status, b.Page.Text())
	}
}

// forgot goes from a product's address to the end of S8.
func (w *world) forgot(b *testkit.Browser, product demo.ReadyProduct, address string) {
	w.t.Helper()
	b.Open(product.URL + "/")
	b.Follow("Forgot your " + product.Name + " password?")
	b.Press("SEND RESET LINK", "email", address)
}

var clockTime = regexp.MustCompile(`\d\d:\d\d UTC`)

// TestResetSaysNothing (ATK-30, ATK-69): somebody who is signed in asks for one address after another. Every answer is the
// same, also when it is to wait; a mailbox gets three mails an hour; nothing changes here; and the reader of a linked
// account's mailbox is told what to do instead, while its product is not asked.
func TestResetSaysNothing(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	noor, sdm := w.person("sdm_only", "sdm"), w.product("sdm")
	w.firstSignIn(w.browser("N"), noor)
	m := w.browser("M")
	w.toLinkPage(m, "same_email", "pim", "sdm")
	links := func() int {
		of, err := w.Server().Store().LinksOf(t.Context(), owner(t, w, noor.Email))
		if err != nil {
			t.Fatal(err)
		}
		return len(of)
	}
	before := links()
	for round := range 5 {
		var first string
		for i, address := range []string{"nobody@nowhere.example", "li.wang@acme.example", noor.Email} {
			w.forgot(m, sdm, address)
			if want := map[bool]int{true: http.StatusOK, false: http.StatusUnprocessableEntity}[round < 3]; m.Page.Status != want {
				t.Fatalf("round %d for the address %d: %d", round, i, m.Page.Status)
			}
			page := clockTime.ReplaceAllString(strings.ReplaceAll(m.Page.Text(), address, "ADDRESS"), "HH:MM")
			if first == "" {
				first = page
			}
			if page != first {
				t.Fatalf("round %d: address %d is answered otherwise:\n%s\n---\n%s", round, i, page, first)
			}
		}
		w.resetMails("sdm", "li.wang@acme.example", min(round+1, 3)) // the product has its own pause of a minute
		w.Clock().Advance(61 * time.Second)
	}
	linked := func(m inbox.Message) bool {
		return m.Subject == "Sign in to Supplier Data Manager with your Akeneo Product Cloud account"
	}
	if got := len(w.mailsLike(noor.Email, 3, linked)); got != 3 {
		t.Errorf("the reader of a linked account's mailbox was told %d times", got)
	}
	if got := len(w.resetMails("sdm", "li.wang@acme.example", 3)); got != 3 {
		t.Errorf("a mailbox got %d mails in an hour", got)
	}
	if got := len(w.resetMails("sdm", noor.Email, 0)); got != 0 {
		t.Errorf("the product was asked %d times for a password that opens nothing here", got)
	}
	if links() != before {
		t.Error("a link changed")
	}
	again := w.browser("next day")
	again.Open(sdm.URL + "/")
	again.Press("Continue", "email", noor.Email)
	again.Press("Login", "password", noor.Password)
	if !strings.HasPrefix(again.Page.URL.String(), sdm.URL) {
		t.Errorf("the owner's sign-in: %s %s", again.Page.URL, again.Page.Text())
	}
}

// TestResetResends: once a minute, with what is left told, and at most three mails an hour for one address.
func TestResetResends(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	w.toLinkPage(b, "forgot", "pim", "sdm")
	const login = "omar@acme.example"
	w.forgot(b, w.product("sdm"), login)
	sending := b.Page.Form("Resend")
	if !b.Page.Says("Didn't receive the link?") || !b.Page.Says("You can ask for the email 2 more times.") {
		t.Fatal(b.Page.Text())
	}
	b.Press("Resend")
	if b.Page.Status != http.StatusUnprocessableEntity || !b.Page.Says("Wait at least one minute between two attempts.") {
		t.Fatalf("at once: %d %s", b.Page.Status, b.Page.Text())
	}
	for i, left := range []string{"You can ask for the email 1 more time.", "No more emails can be asked for now."} {
		w.resetMails("sdm", login, i+1) // the product has its own pause of a minute
		w.Clock().Advance(61 * time.Second)
		b.Press("Resend")
		if b.Page.Status != http.StatusOK || !b.Page.Says(left) || !b.Page.Says("Email asked for again at") {
			t.Fatalf("%d %s", b.Page.Status, b.Page.Text())
		}
	}
	w.resetMails("sdm", login, 3)
	w.Clock().Advance(61 * time.Second)
	b.Send(sending)
	if b.Page.Form("Resend") != nil || !b.Page.Says("No more emails can be asked for now.") {
		t.Errorf("an old form: %d %s", b.Page.Status, b.Page.Text())
	}
	b.Follow("Change email address")
	b.Press("SEND RESET LINK", "email", login)
	if b.Page.Status != http.StatusUnprocessableEntity || !b.Page.Says("Enough reset emails were asked for.") {
		t.Errorf("the fourth of an hour: %d %s", b.Page.Status, b.Page.Text())
	}
	b.Press("SEND RESET LINK", "email", "other@acme.example")
	if b.Page.H1 != "Check your inbox" {
		t.Errorf("another address: %d %s", b.Page.Status, b.Page.Text())
	}
}

// TestResetTwice: a double click asks once and leads where one click does.
func TestResetTwice(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	w.toLinkPage(b, "forgot", "pim", "sdm")
	b.Follow("Forgot your Supplier Data Manager password?")
	form := b.Page.Form("SEND RESET LINK")
	for range 2 {
		b.Send(form, "email", "omar.haddad@acme.example")
		if b.Page.H1 != "Check your inbox" || !b.Page.Says("You can ask for the email 2 more times.") {
			t.Fatalf("%d %q", b.Page.Status, b.Page.H1)
		}
	}
	for _, stale := range []string{"email=x%40acme.example&email=y%40acme.example", "email%5B%5D=x%40acme.example"} {
		r := b.Request(form)
		r.Body, r.ContentLength = http.NoBody, 0
		r.URL.RawQuery = stale
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if b.Do(r); b.Page.Status < 400 {
			t.Errorf("%s was answered %d", stale, b.Page.Status)
		}
	}
}

// TestResetOncePerDay: a product that sends no second mail in a day is said to, on the page, to everybody.
func TestResetOncePerDay(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	w.toLinkPage(b, "forgot", "sdm", "pim")
	const said = "Akeneo PIM sends at most one reset email in 24 hours. If you asked for one today, use that email."
	for _, address := range []string{"omar.haddad@acme.example", "nobody@nowhere.example"} {
		w.forgot(b, w.product("pim"), address)
		if !b.Page.Says(said) {
			t.Fatalf("%s: %s", address, b.Page.Text())
		}
	}
	link := w.ownResetURL("pim", "omar.haddad@acme.example")
	w.Clock().Advance(61 * time.Second)
	w.forgot(b, w.product("pim"), "omar.haddad@acme.example")
	if b.Page.Status != http.StatusOK {
		t.Fatalf("the second: %d", b.Page.Status)
	}
	w.setAtProduct(w.browser("mail"), "pim", link, "The-First-Mail-Works")
	b.Press("Back")
	b.Press("CONTINUE", "password", "The-First-Mail-Works")
	if !strings.HasPrefix(b.Page.URL.String(), w.product("pim").URL) {
		t.Errorf("%s %s", b.Page.URL, b.Page.Text())
	}
	other := w.browser("O")
	w.toLinkPage(other, "same_email", "pim", "sdm")
	w.forgot(other, w.product("sdm"), "sam@acme.example")
	if other.Page.Says("in 24 hours") {
		t.Error("a product that always sends is said not to")
	}
}

// TestResetOfAProductThatCannot: S8 leads to the product's own page, and takes no form.
func TestResetOfAProductThatCannot(t *testing.T) {
	t.Parallel()
	for _, product := range []string{"pim", "sdm"} {
		w := openWorldWith(t, demo.Options{WithoutReset: product})
		b := w.browser("T")
		from := map[string]string{"pim": "sdm", "sdm": "pim"}[product]
		w.toLinkPage(b, "forgot", from, product)
		name := w.product(product).Name
		b.Follow("Forgot your " + name + " password?")
		if b.Page.Form("SEND RESET LINK") != nil {
			t.Fatalf("%s: a form that nobody takes", name)
		}
		b.Follow("Reset your " + name + " password at " + name)
		if b.Page.Status != http.StatusOK || !strings.HasPrefix(b.Page.URL.String(), w.product(product).URL) || !strings.Contains(b.Page.URL.Path, "orgot") && !strings.Contains(b.Page.URL.Path, "reset-request") {
			t.Errorf("%s: led to %d %s", name, b.Page.Status, b.Page.URL)
		}
	}
}

// TestResetWhileTheProductIsDown: everybody is told, whatever the address; the place and the address are kept, and nothing is
// counted.
func TestResetWhileTheProductIsDown(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	w.toLinkPage(b, "different_login", "pim", "sdm")
	w.SetStore("sdm", demo.Down)
	for _, address := range []string{"nobody@nowhere.example", "rita.m@suppliers.example"} {
		w.forgot(b, w.product("sdm"), address)
		if b.Page.Status != http.StatusServiceUnavailable || b.Page.H1 != "Supplier Data Manager is not answering" {
			t.Fatalf("%s: %d %q", address, b.Page.Status, b.Page.H1)
		}
	}
	w.SetStore("sdm", demo.Up)
	b.Follow("Try again")
	if b.Page.Value("reset-email") != "rita.m@suppliers.example" {
		t.Fatalf("the address has to be typed again: %q", b.Page.Value("reset-email"))
	}
	b.Press("SEND RESET LINK")
	if b.Page.H1 != "Check your inbox" || !b.Page.Says("You can ask for the email 2 more times.") {
		t.Error(b.Page.Text())
	}
	w.ownResetURL("sdm", "rita.m@suppliers.example")
}

// TestResetFromTheSignIn (ATK-69): "Forgot your password?" before anybody has an account. Never linked, half linked and linked:
// whoever has no account gets the product's mail, and whoever has one the account's, and never both; the pages are the same.
func TestResetFromTheSignIn(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	vera, dana, omar := w.person("never_started", "pim"), w.person("one_account", "pim"), w.person("forgot", "pim")
	w.firstSignIn(w.browser("D"), dana)
	half := w.browser("half")
	w.toInbox(half, omar, omar.Email) // the password was proven, the mailbox was not
	account := func(m inbox.Message) bool {
		return strings.Contains(m.Subject, "Set a new Akeneo Product Cloud password")
	}
	var pages []string
	for _, c := range []struct {
		name, address    string
		product, account int
	}{{"never linked", vera.Email, 1, 0}, {"half linked", omar.Email, 1, 0}, {"linked", dana.Email, 0, 1}, {"nobody", "nobody@acme.example", 0, 0}} {
		b := w.browser(c.name)
		b.Open(w.product("pim").URL + "/")
		b.Press("Continue", "email", c.address)
		b.Follow("Forgot your password?")
		b.Press("Send reset link")
		if b.Page.H1 != "Check your inbox" || !b.Page.Says("Akeneo PIM sends at most one reset email in 24 hours.") {
			t.Fatalf("%s: %q %s", c.name, b.Page.H1, b.Page.Text())
		}
		pages = append(pages, b.Page.Text())
		b.Follow("Back to the login page")
		pages[len(pages)-1] += strings.ReplaceAll(b.Page.Text()+b.Page.Value("username"), c.address, "ADDRESS")
		pages[len(pages)-1] = clockTime.ReplaceAllString(pages[len(pages)-1], "HH:MM")
		w.resetMails("pim", c.address, c.product)
		w.mailsLike(c.address, c.account, account)
	}
	for i, page := range pages {
		if page != pages[0] {
			t.Errorf("page %d is another one:\n%s\n---\n%s", i, page, pages[0])
		}
	}
	for address, want := range map[string][2]int{vera.Email: {1, 0}, omar.Email: {1, 0}, dana.Email: {0, 1}, "nobody@acme.example": {0, 0}} {
		if got := [2]int{len(w.resetMails("pim", address, 0)), len(w.mailsLike(address, 0, account))}; got != want {
			t.Errorf("%s: product's and account's mails %v, want %v", address, got, want)
		}
	}
	const renewed = "A-Password-For-Vera-5"
	w.setAtProduct(w.browser("mail"), "pim", w.ownResetURL("pim", vera.Email), renewed)
	b := w.browser("V")
	b.Open(w.product("pim").URL + "/")
	b.Press("Continue", "email", vera.Email)
	b.Press("Login", "password", renewed)
	if b.Page.H1 != "Confirm your email address" {
		t.Errorf("with the new password: %d %q", b.Page.Status, b.Page.H1)
	}
}

// TestResetFromTheSignInOfAProductThatCannot: everybody is shown the product's own page.
func TestResetFromTheSignInOfAProductThatCannot(t *testing.T) {
	t.Parallel()
	w := openWorldWith(t, demo.Options{WithoutReset: "pim"})
	b := w.browser("V")
	b.Open(w.product("pim").URL + "/")
	b.Press("Continue", "email", w.person("never_started", "pim").Email)
	b.Follow("Forgot your password?")
	b.Press("Send reset link")
	b.Follow("reset your Akeneo PIM password at Akeneo PIM")
	if b.Page.Status != http.StatusOK || b.Page.URL.String() != w.product("pim").URL+"/user/reset-request" {
		t.Errorf("led to %d %s", b.Page.Status, b.Page.URL)
	}
}

// TestResetTakesLong: the product's mail takes longer than the account's password stays fresh. The password is given once more,
// and the legacy login is there again all the same: nothing is typed twice.
func TestResetTakesLong(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	w.toLinkPage(b, "different_login", "pim", "sdm")
	rita, login := w.person("different_login", "pim"), w.person("different_login", "sdm").Email
	w.forgot(b, w.product("sdm"), login)
	const renewed = "Entirely-New-Pass-77!"
	w.setAtProduct(w.browser("mail"), "sdm", w.ownResetURL("sdm", login), renewed)
	w.Clock().Advance(20 * time.Minute)
	b.Press("Back")
	if b.Page.Status != http.StatusGone || !b.Page.Says("You were away for more than 15 minutes. Nothing was changed.") {
		t.Fatalf("%d %s", b.Page.Status, b.Page.Text())
	}
	b.Follow("Start again")
	if b.Page.H1 != "Log in" || b.Page.Value("email") != rita.Email {
		t.Fatalf("%q with %q", b.Page.H1, b.Page.Value("email"))
	}
	b.Press("Continue")
	b.Press("Login", "password", rita.Password)
	if b.Page.H1 != "Link your account." || b.Page.Value("legacy-login") != login {
		t.Fatalf("%q with %q: %s", b.Page.H1, b.Page.Value("legacy-login"), b.Page.Text())
	}
	b.Press("CONTINUE", "password", renewed)
	if !strings.HasPrefix(b.Page.URL.String(), w.product("sdm").URL) {
		t.Errorf("landed on %s: %s", b.Page.URL, b.Page.Text())
	}
}

// TestGoingBackAsSomebodyElse: what one person typed on S7 is not shown to the next who signs in there.
func TestGoingBackAsSomebodyElse(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	w.firstSignIn(w.browser("S"), w.person("username", "pim"))
	b := w.browser("T")
	w.toLinkPage(b, "different_login", "pim", "sdm")
	const login = "rita.m@suppliers.example"
	b.Press("CONTINUE", "email", login, "password", "wrong this time")
	at := b.Page.Form("CONTINUE").Fields["flow"]
	w.Clock().Advance(16 * time.Minute)
	b.Open(w.ready.Issuer + "/link?flow=" + at)
	b.Follow("Start again")
	park := w.person("username", "pim")
	b.Press("Continue", "email", park.Email)
	b.Press("Login", "password", park.Password)
	if b.Page.H1 != "Link your account." || b.Page.Value("legacy-login") != park.Email || strings.Contains(b.Page.Body, login) {
		t.Errorf("%q with %q", b.Page.H1, b.Page.Value("legacy-login"))
	}
}

// TestResetWaitsForTheProduct: a product that does not answer when it is to be asked is asked again. On the sign-in page nobody
// is told of it, because the same page serves those whose account has a password of its own.
func TestResetWaitsForTheProduct(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	vera := w.person("never_started", "pim")
	b := w.browser("V")
	b.Open(w.product("pim").URL + "/")
	b.Press("Continue", "email", vera.Email)
	w.SetStore("pim", demo.Down)
	b.Follow("Forgot your password?")
	b.Press("Send reset link")
	if b.Page.H1 != "Check your inbox" {
		t.Fatalf("%d %q", b.Page.Status, b.Page.H1)
	}
	eventually(t, "the mail is put off", func() bool { return strings.Contains(w.log.String(), "mail deferred") })
	w.SetStore("pim", demo.Up)
	w.Clock().Advance(6 * time.Second)
	w.resetMails("pim", vera.Email, 1)
}
