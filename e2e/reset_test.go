package e2e_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/demo"
	"ligature/internal/linking"
	"ligature/internal/seal"
	"ligature/internal/testkit"
)

var resetURL = regexp.MustCompile(`http://\S+/reset/confirm\?t=[A-Za-z0-9_-]+`)

const newPassword = "Pebble-Orchard-Lantern-7"

// mailed is the newest address of that shape in the mails to somebody whose subject holds the text.
func (w *world) mailed(to, subject string, shape *regexp.Regexp, n int) string {
	w.t.Helper()
	var found []string
	for total := 1; len(found) < n; total++ {
		found = nil
		for _, m := range w.mails(to, total) {
			if strings.Contains(m.Subject, subject) {
				found = append(found, shape.FindString(m.Text))
			}
		}
	}
	return found[n-1]
}

func (w *world) resetLink(to string, n int) string {
	w.t.Helper()
	return w.mailed(to, "Set a new Akeneo Product Cloud password", resetURL, n)
}

// TestForgottenPassword is S11 from S2 on: the mail, the new password, the sign-in that goes on to the product, and the link
// that is named once and not kept silently.
func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	other := w.browser("other device")
	w.firstSignIn(other, dana)
	b := w.browser("K")
	b.Open(w.product("pim").URL + "/")
	b.Press("Continue", "email", dana.Email)
	b.Follow("Forgot your password?")
	if got := b.Page.Value("reset-email"); got != dana.Email || !strings.Contains(b.Page.Body, "readonly") {
		t.Errorf("the address is not carried over: %q", got)
	}
	b.Press("Send reset link")
	if b.Page.H1 != "Check your inbox" || b.Page.Says(dana.Email) {
		t.Fatalf("%q %s", b.Page.H1, b.Page.Text())
	}
	b.Open(w.resetLink(dana.Email, 1))
	if b.Page.H1 != "Set your Akeneo Product Cloud password" || b.Page.URL.RawQuery != "" || b.Page.Value("username") != dana.Email {
		t.Fatalf("%s %q", b.Page.URL, b.Page.H1)
	}
	b.Press("Save and continue", "password", "short")
	if b.Page.Status != http.StatusUnprocessableEntity || !b.Page.Says("at least 15 characters") {
		t.Errorf("a short one: %d %s", b.Page.Status, b.Page.Text())
	}
	b.Press("Save and continue", "password", newPassword)
	if b.Page.H1 != "Log in" || !b.Page.Says("Your password was changed. Sign in with it.") || b.Page.Value("email") != dana.Email {
		t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	b.Press("Continue")
	b.Press("Login", "password", dana.Password)
	if b.Page.Status != http.StatusUnprocessableEntity {
		t.Fatalf("the old password: %d %q", b.Page.Status, b.Page.H1)
	}
	b.Press("Login", "password", newPassword)
	if b.Page.H1 != "Link these accounts?" || !b.Page.Says("Akeneo PIM") || !b.Page.Says("Not mine") {
		t.Fatalf("after the reset: %q %s", b.Page.H1, b.Page.Text())
	}
	b.Press("Link accounts")
	if !strings.HasPrefix(b.Page.URL.String(), w.product("pim").URL) || !b.Page.Says("Dana") {
		t.Fatalf("landed on %s: %s", b.Page.URL, b.Page.Text())
	}
	if links := w.links(dana.Email); len(links) != 1 || links[0].Link.State != account.LinkActive {
		t.Errorf("links %+v", links)
	}
	other.Open(w.ready.Issuer + "/linked")
	if other.Page.H1 != "Log in" {
		t.Errorf("the other device is still signed in: %q", other.Page.H1)
	}
	w.mailed(dana.Email, "password was changed", regexp.MustCompile(`http://\S+/reset\b`), 1)
}

// setPassword opens a link to a new password and sets it.
func (w *world) setPassword(b *testkit.Browser, link, password string) {
	w.t.Helper()
	b.Open(link)
	b.Press("Save and continue", "password", password)
	if !b.Page.Says("Your password was changed. Sign in with it.") {
		w.t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
}

// forgets asks for a reset without a sign-in, and gives the link of the n-th mail.
func (w *world) forgets(b *testkit.Browser, address string, n int) string {
	w.t.Helper()
	b.Open(w.ready.Issuer + "/reset")
	b.Press("Send reset link", "email", address)
	if b.Page.H1 != "Check your inbox" {
		w.t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	return w.resetLink(address, n)
}

// pending makes Rita's account in the PIM, and a second one that waits for its password: begun in the browser with the same
// address.
func (w *world) pending(b *testkit.Browser) (rita, elsewhere demo.Person) {
	w.t.Helper()
	rita, elsewhere = w.person("different_login", "pim"), w.person("different_login", "sdm")
	w.firstSignIn(w.browser("first"), rita)
	w.toInbox(b, elsewhere, rita.Email)
	waiting := b.Page.Form("Continue")
	all := w.mails(rita.Email, 3)
	b.Open(confirmURL.FindString(all[len(all)-1].Text))
	b.Send(waiting)
	if b.Page.H1 != "Your email is confirmed" {
		w.t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	return rita, elsewhere
}

// TestResetHalfLinked (ATK-27): whoever forgot the password on the way to adding a product resets it in the same browser, and
// the product is added there at the next sign-in.
func TestResetHalfLinked(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	rita, _ := w.pending(b)
	for _, path := range []string{"/me/password", "/me/email"} { // ATK-91: what waits reaches nothing of the account
		if b.Open(w.ready.Issuer + path); b.Page.H1 != "Log in" {
			t.Errorf("%s for a session of one product: %q", path, b.Page.H1)
		}
	}
	w.setPassword(b, w.forgets(b, rita.Email, 1), newPassword)
	w.signIn(b, "pim", rita.Email, newPassword)
	if b.Page.H1 != "Link these accounts?" || !b.Page.Says("Supplier Data Manager") || !b.Page.Says("Akeneo PIM") {
		t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	b.Press("Link accounts")
	if !strings.HasPrefix(b.Page.URL.String(), w.product("pim").URL) || !w.opens(b, "sdm") {
		t.Fatalf("landed on %s: %s", b.Page.URL, b.Page.Text())
	}
	for _, l := range w.links(rita.Email) {
		if l.Link.State != account.LinkActive {
			t.Errorf("%s is %s", l.ProductName, l.Link.State)
		}
	}
}

// TestResetDropsWhatWasProvenElsewhere (ATK-06): what somebody else put before the account in another browser is gone after
// the reset, and does not even get named.
func TestResetDropsWhatWasProvenElsewhere(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	m := w.browser("M")
	rita, elsewhere := w.pending(m)
	b := w.browser("K")
	w.setPassword(b, w.forgets(b, rita.Email, 1), newPassword)
	w.signIn(b, "sdm", rita.Email, newPassword)
	if b.Page.H1 != "Link these accounts?" || b.Page.Says("Supplier Data Manager") {
		t.Fatalf("%q %s", b.Page.H1, b.Page.Text())
	}
	if links := w.links(rita.Email); len(links) != 1 || links[0].Link.State != account.LinkPending || links[0].ProductName != "Akeneo PIM" {
		t.Errorf("links %+v", links)
	}
	b.Press("Link accounts")
	if b.Page.H1 != "Link your account." {
		t.Fatalf("%q %s", b.Page.H1, b.Page.Text())
	}
	b.Press("CONTINUE", "email", elsewhere.Identifier, "password", elsewhere.Password)
	if !strings.HasPrefix(b.Page.URL.String(), w.product("sdm").URL) {
		t.Errorf("by its own password: %s %s", b.Page.URL, b.Page.Text())
	}
}

// TestResetSuspends: a link whose product records another address asks for its password once more, on S7; one that waits does
// so in another browser than that of the reset.
func TestResetSuspends(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	rita, elsewhere := w.person("different_login", "pim"), w.person("different_login", "sdm")
	first := w.browser("T")
	w.firstSignIn(first, rita)
	first.Open(w.product("sdm").URL + "/")
	first.Press("CONTINUE", "email", elsewhere.Identifier, "password", elsewhere.Password)
	b := w.browser("K")
	w.setPassword(b, w.forgets(b, rita.Email, 1), newPassword)
	w.mailed(elsewhere.Email, "password was changed", regexp.MustCompile(`/reset\b`), 1)
	w.signIn(b, "sdm", rita.Email, newPassword)
	if b.Page.H1 != "Link these accounts?" || b.Page.Says("Supplier Data Manager") {
		t.Fatalf("%q %s", b.Page.H1, b.Page.Text())
	}
	b.Press("Link accounts")
	if b.Page.H1 != "Link your account." {
		t.Fatalf("the suspended product: %q %s", b.Page.H1, b.Page.Text())
	}
	b.Press("CONTINUE", "email", elsewhere.Identifier, "password", elsewhere.Password)
	if !strings.HasPrefix(b.Page.URL.String(), w.product("sdm").URL) || !w.opens(b, "pim") {
		t.Errorf("landed on %s: %s", b.Page.URL, b.Page.Text())
	}
}

// TestResetInAnotherBrowserThanTheNextSignIn: what waits was proven in the browser of the reset alone.
func TestResetInAnotherBrowserThanTheNextSignIn(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	w.firstSignIn(w.browser("T"), dana)
	w.setPassword(w.browser("K"), w.forgets(w.browser("K0"), dana.Email, 1), newPassword)
	x := w.browser("X")
	w.signIn(x, "pim", dana.Email, newPassword)
	if x.Page.H1 != "Link your account." {
		t.Fatalf("%q %s", x.Page.H1, x.Page.Text())
	}
	m := w.browser("M")
	m.Open(w.product("pim").URL + "/")
	m.Press("Continue", "email", "dpetrov")
	m.Press("Login", "password", dana.Password)
	m.Press("Confirm & Continue", "email", "mallory@evil.example")
	if m.Page.Status != http.StatusUnprocessableEntity || !m.Page.Says("on record") {
		t.Errorf("the product's password took the account elsewhere: %d %q", m.Page.Status, m.Page.H1)
	}
	x.Press("CONTINUE", "email", "dpetrov", "password", dana.Password)
	if !x.Page.Says("Hello Dana") {
		t.Errorf("landed on %s: %s", x.Page.URL, x.Page.Text())
	}
}

// authCode is a code that the PIM's client would get for whoever is signed in.
func (w *world) authCode(b *testkit.Browser) string {
	w.t.Helper()
	q := url.Values{"client_id": {"pim"}, "redirect_uri": {w.product("pim").URL + "/auth/callback"}, "response_type": {"code"},
		"scope": {"openid email"}, "nonce": {"n"}, "code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"}}
	r, err := http.NewRequest(http.MethodGet, w.ready.Issuer+"/authorize?"+q.Encode(), http.NoBody)
	if err != nil {
		w.t.Fatal(err)
	}
	to, err := url.Parse(w.redirectOf(b, r))
	if err != nil || to.Query().Get("code") == "" {
		w.t.Fatalf("sent to %v", to)
	}
	return to.Query().Get("code")
}

// redeem uses a code up, as the PIM's client, and gives the access token; empty when the code is good for nothing.
func (w *world) redeem(authCode string) string {
	w.t.Helper()
	form := url.Values{"grant_type": {"authorization_code"}, "code": {authCode}, "redirect_uri": {w.product("pim").URL + "/auth/callback"},
		"code_verifier": {"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"}}
	r, err := http.NewRequest(http.MethodPost, w.ready.Issuer+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth("pim", w.ClientSecret("pim"))
	var got struct {
		AccessToken string `json:"access_token"`
		Error       string `json:"error"`
	}
	if err := json.Unmarshal(w.body(r), &got); err != nil || got.AccessToken == "" && got.Error != "invalid_grant" {
		w.t.Fatalf("%+v %v", got, err)
	}
	return got.AccessToken
}

// TestResetEndsWhatWasOpen (ATK-07, ATK-120): sessions and codes of before are worth nothing after the reset.
func TestResetEndsWhatWasOpen(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	m := w.browser("M")
	w.firstSignIn(m, dana)
	before, after := w.authCode(m), w.authCode(m)
	if w.redeem(before) == "" {
		t.Fatal("a code does not hold before the reset")
	}
	v := w.browser("V")
	w.setPassword(v, w.forgets(v, dana.Email, 1), newPassword)
	if w.redeem(after) != "" {
		t.Error("a code of before holds after the reset")
	}
	m.Open(w.ready.Issuer + "/linked")
	if m.Page.H1 != "Log in" {
		t.Errorf("M is still signed in: %q", m.Page.H1)
	}
}

// TestResetTellsNothing (ATK-69): everybody gets the same answer, whoever the address belongs to, and the same wait to ten
// seconds: the clock goes on meanwhile.
func TestResetTellsNothing(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana, rita, vera := w.person("one_account", "pim"), w.person("different_login", "pim"), w.person("never_started", "pim")
	w.firstSignIn(w.browser("T"), dana)
	w.firstSignIn(w.browser("T2"), rita)
	w.disable(rita.Email)
	addresses := []string{dana.Email, rita.Email, vera.Email, "nobody@nowhere.example"}
	checks := w.HashChecks()
	answers := map[string]bool{}
	for _, address := range addresses {
		b := w.browser(address)
		for range 4 {
			b.Open(w.ready.Issuer + "/reset")
			b.Press("Send reset link", "email", address)
			b.Page.Header.Del("Date")
			text := strings.TrimSuffix(b.Page.Text(), referenceOf(b.Page))
			wait, _ := strconv.Atoi(b.Page.Header.Get("Retry-After"))
			answers[fmt.Sprint(b.Page.Status, (wait+5)/10, b.Page.URL, len(b.Hops), slices.Sorted(maps.Keys(b.Page.Header)), text)] = true
		}
	}
	if len(answers) != 2 {
		t.Errorf("%d different answers, want that and the wait:\n%s", len(answers), strings.Join(slices.Collect(maps.Keys(answers)), "\n"))
	}
	if got := w.HashChecks() - checks; got != 0 {
		t.Errorf("%d hashes were checked", got)
	}
	w.resetLink(dana.Email, 3)
	for _, m := range w.Inbox().Messages() {
		for _, nobody := range addresses[1:] {
			if containsAddress(m.To, nobody) && strings.Contains(m.Subject, "new Akeneo Product Cloud password") {
				t.Errorf("%s got %q", nobody, m.Subject)
			}
		}
	}
}

// referenceOf is the number at the end of an error page.
func referenceOf(p *testkit.Page) string {
	_, number, _ := strings.Cut(p.Text(), "Reference ")
	return number
}

// disable switches an account off, as an operator will.
func (w *world) disable(address string) {
	w.t.Helper()
	h, err := w.Server().Store().Holding(w.t.Context(), owner(w.t, w, address))
	if err != nil {
		w.t.Fatal(err)
	}
	h.Account.Status = account.Disabled
	if err := w.Server().Store().Commit(w.t.Context(), linking.Outcome{Accounts: []account.Account{h.Account}}); err != nil {
		w.t.Fatal(err)
	}
}

// TestResetLink (ATK-32, ATK-34 to ATK-38, ATK-40, ATK-41, ATK-43, ATK-46): opening it in every way changes nothing, and it sets one
// password, once, within half an hour.
func TestResetLink(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	w.firstSignIn(w.browser("T"), dana)
	scanner := w.browser("scanner")
	for _, name := range []string{"X-Forwarded-Host", "X-Original-Host", "Forwarded"} { // ATK-43
		scanner.Header.Set(name, "evil.example")
	}
	link := w.forgets(scanner, dana.Email, 1)
	if !strings.HasPrefix(link, w.ready.Issuer+"/") {
		t.Fatalf("the link leads to %s", link)
	}
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodGet} {
		r, err := http.NewRequest(method, link, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		w.status(r)
	}
	ahead, err := http.NewRequest(http.MethodGet, link, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	ahead.Header.Set("Sec-Purpose", "prefetch;prerender")
	if got := w.status(ahead); got != http.StatusServiceUnavailable {
		t.Errorf("fetched ahead: %d", got)
	}
	secret := link[strings.Index(link, "=")+1:]
	stored := seal.HashSecret(seal.ForResetToken, secret)
	for _, bad := range []string{"", secret[:42], secret + "A", secret[1:] + "=", strings.ToUpper(secret), stored, url.QueryEscape(secret[:42] + "é")} {
		if b := w.browser("bad"); b.Open(w.ready.Issuer+"/reset/confirm?t="+bad).Status != http.StatusNotFound || !b.Page.Says("Copy the whole address") {
			t.Errorf("%q: %d %q", bad, b.Page.Status, b.Page.H1)
		}
	}
	b := w.browser("K")
	b.Open(link)
	form := b.Page.Form("Save and continue")
	won := 0
	for _, status := range w.together(b, form, 4, "password", newPassword) {
		if status == http.StatusSeeOther {
			won++
		}
	}
	if won != 1 {
		t.Errorf("%d of four forms at once were taken", won)
	}
	b.Send(form, "password", "Another-Long-Password-1")
	if b.Page.Status != http.StatusGone || !b.Page.Says("already been used") {
		t.Errorf("once more: %d %s", b.Page.Status, b.Page.Text())
	}
	if late := w.browser("late"); late.Open(link).Status != http.StatusGone {
		t.Errorf("opened again: %d", late.Page.Status)
	}
	w.signIn(b, "pim", dana.Email, newPassword)
	if b.Page.H1 != "Link these accounts?" {
		t.Errorf("the first password does not hold: %q", b.Page.H1)
	}
	next := w.forgets(b, dana.Email, 2)
	b.Open(next)
	form = b.Page.Form("Save and continue")
	w.Clock().Advance(30 * time.Minute)
	b.Send(form, "password", "Another-Long-Password-1")
	if b.Page.Status != http.StatusGone || !b.Page.Says("This link has expired") {
		t.Errorf("after half an hour: %d %s", b.Page.Status, b.Page.Text())
	}
	for _, hidden := range []string{secret, newPassword} {
		if strings.Contains(w.log.String(), hidden) {
			t.Error("a secret is in the log")
		}
	}
}

// TestPurposesOfLinks (ATK-42): no link of a mail works in another one's place.
func TestPurposesOfLinks(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana, vera := w.person("one_account", "pim"), w.person("never_started", "pim")
	w.firstSignIn(w.browser("T"), dana)
	b := w.browser("B")
	w.toInbox(b, vera, vera.Email)
	at := func(link string) string { return link[strings.Index(link, "=")+1:] }
	text := w.mails(vera.Email, 1)[0].Text
	secrets := map[string]string{"/reset/confirm": at(w.forgets(w.browser("K"), dana.Email, 1)),
		"/email/confirm": at(confirmURL.FindString(text)), "/email/not-me": at(notMeURL.FindString(text))}
	for path, secret := range secrets {
		for _, elsewhere := range []string{"/reset/confirm", "/email/confirm", "/me/email/confirm", "/me/email/approve"} {
			if path == elsewhere {
				continue
			}
			if p := w.browser("K2").Open(w.ready.Issuer + elsewhere + "?t=" + secret); p.Status != http.StatusNotFound {
				t.Errorf("the secret of %s at %s: %d %q", path, elsewhere, p.Status, p.H1)
			}
		}
		for _, elsewhere := range []string{"/email/not-me", "/me/email/stop"} {
			if path == elsewhere {
				continue
			}
			k := w.browser("K3")
			k.Open(w.ready.Issuer + elsewhere + "?t=" + secret)
			if k.Send(k.Page.Forms[0], "recognise", "no"); k.Page.Status != http.StatusNotFound {
				t.Errorf("the secret of %s stops at %s: %d %q", path, elsewhere, k.Page.Status, k.Page.H1)
			}
		}
	}
}

// TestResetUnlocks: whoever was locked out by guesses gets in by the mailbox, and the page of the wait leads there.
func TestResetUnlocks(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	w.firstSignIn(w.browser("T"), dana)
	b := w.browser("B")
	b.Open(w.product("pim").URL + "/")
	b.Press("Continue", "email", dana.Email)
	for b.Page.Status != http.StatusTooManyRequests {
		b.Press("Login", "password", "a wrong guess")
	}
	b.Follow("Reset your password")
	b.Press("Send reset link")
	w.setPassword(b, w.resetLink(dana.Email, 1), newPassword)
	b.Press("Continue")
	b.Press("Login", "password", newPassword)
	if b.Page.H1 != "Link these accounts?" {
		t.Errorf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
}

// TestResetNeverLinked: whoever has no account yet gets the product's own mail by the same way, sets the product's password at
// the product, and goes on with the first sign-in. Nothing of it comes from us, and whoever has an account gets none of the
// product's.
func TestResetNeverLinked(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	omar, dana := w.person("forgot", "pim"), w.person("one_account", "pim")
	w.firstSignIn(w.browser("D"), dana)
	b, mailer := w.browser("T"), w.browser("mail")
	asks := func(b *testkit.Browser, address string) {
		t.Helper()
		b.Open(w.product("pim").URL + "/")
		b.Press("Continue", "email", address)
		b.Follow("Forgot your password?")
		b.Press("Send reset link")
		if b.Page.H1 != "Check your inbox" || !b.Page.Says("Akeneo PIM sends you its own email") {
			t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
		}
	}
	asks(b, omar.Email)
	asks(w.browser("D2"), dana.Email)
	const renewed = "Entirely-New-Pass-77!"
	w.setAtProduct(mailer, "pim", w.ownResetURL("pim", omar.Email), renewed)
	b.Follow("Back to the login page")
	if b.Page.H1 != "Enter your password" || b.Page.Value("username") != omar.Email {
		t.Fatalf("%q %s", b.Page.H1, b.Page.Text())
	}
	b.Press("Login", "password", renewed)
	if b.Page.H1 != "Confirm your email address" {
		t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	w.resetLink(dana.Email, 1)
	for _, m := range w.Inbox().Messages() {
		if containsAddress(m.To, omar.Email) && resetURL.MatchString(m.Text) || containsAddress(m.To, dana.Email) && resetPages["pim"].MatchString(m.Text) {
			t.Errorf("%s got %q", m.To, m.Subject)
		}
	}
}
