package e2e_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"ligature/internal/testkit"
)

var shownCode = regexp.MustCompile(`[A-Z2-9]{4} [A-Z2-9]{4}`)

// show opens the link in another browser and shows its code.
func show(t *testing.T, k *testkit.Browser, link string) string {
	t.Helper()
	k.Open(link)
	k.Press("Show code")
	found := shownCode.FindString(k.Page.Text())
	if found == "" {
		t.Fatalf("no code on %q: %s", k.Page.H1, k.Page.Text())
	}
	return found
}

// TestAttackerWaits (ATK-01, check 24): a stranger starts with somebody's address; whatever the owner of the mailbox
// clicks, the stranger's tab is never let in, and nothing comes into being.
func TestAttackerWaits(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	m := w.browser("M")
	mallory, victim := w.person("username", "pim"), w.person("never_started", "pim")
	w.toInbox(m, mallory, victim.Email)
	waiting := m.Page.Form("Continue")
	link := w.link(victim.Email, 1)

	v := w.browser("V")
	v.Open(link)
	for _, fact := range []string{"Akeneo PIM", "Acme", "d***k"} {
		if !v.Page.Says(fact) {
			t.Errorf("the owner of the mailbox is not told %q: %s", fact, v.Page.Text())
		}
	}
	if v.Page.Says("dpark") {
		t.Error("the owner of the mailbox is told the whole username")
	}
	cookies := len(v.Cookies(w.ready.Issuer))
	v.Press("Show code")
	if after := len(v.Cookies(w.ready.Issuer)); after != cookies {
		t.Errorf("the other browser had %d cookies and has %d", cookies, after)
	}
	m.Send(waiting)
	if m.Page.Status != 422 || m.Page.H1 != "Check your inbox" {
		t.Fatalf("the attacker's Continue: %d %q", m.Page.Status, m.Page.H1)
	}
	v.Open(w.product("pim").URL + "/")
	if !strings.HasPrefix(v.Page.URL.String(), w.ready.Issuer+"/login") {
		t.Errorf("the owner of the mailbox was signed in: %s", v.Page.URL)
	}
	if owner, err := w.Server().Store().AddressOwner(t.Context(), address(t, victim.Email)); err != nil || owner != "" {
		t.Errorf("the address belongs to %q, %v; want nobody", owner, err)
	}
}

// TestMistypedAddress (ATK-03): an honest person mistypes; the stranger who gets the mail confirms it; the honest tab asks
// for a code it does not have, and no account comes into being on the stranger's mailbox.
func TestMistypedAddress(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("V")
	w.toInbox(b, w.person("one_account", "pim"), "stranger@evil.example")
	waiting := b.Page.Form("Continue")
	stranger := w.browser("M")
	show(t, stranger, w.link("stranger@evil.example", 1))
	b.Send(waiting)
	if b.Page.H1 != "Check your inbox" || b.Page.Status != 422 {
		t.Fatalf("%d %q", b.Page.Status, b.Page.H1)
	}
	if owner, err := w.Server().Store().AddressOwner(t.Context(), address(t, "stranger@evil.example")); err != nil || owner != "" {
		t.Errorf("the stranger's address belongs to %q, %v", owner, err)
	}
}

// TestVerificationTrick (ATK-11): confirming one's own address and then changing it to another's proves nothing.
func TestVerificationTrick(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	m := w.browser("M")
	mallory, victim := w.person("username", "pim"), w.person("never_started", "pim")
	w.toInbox(m, mallory, "mine@evil.example")
	waiting := m.Page.Form("Continue")
	m.Open(w.link("mine@evil.example", 1))
	m.Open(waiting.Action + "?flow=" + waiting.Fields["flow"])
	m.Follow("Change email address")
	w.Clock().Advance(time.Minute)
	m.Press("Confirm & Continue", "email", victim.Email)
	if m.Page.H1 != "Check your inbox" || !m.Page.Says(victim.Email) {
		t.Fatalf("%q %s", m.Page.H1, m.Page.Text())
	}
	m.Press("Continue")
	if m.Page.H1 != "Check your inbox" || m.Page.Status != 422 {
		t.Fatalf("the first address's link counted for the second: %d %q", m.Page.Status, m.Page.H1)
	}
	m.Send(waiting)
	if m.Page.H1 == "Your accounts are linked" {
		t.Fatal("the old form linked")
	}
	m.Open(w.link("mine@evil.example", 1))
	if m.Page.Status != http.StatusGone {
		t.Errorf("the first link answers %d %q, want that the address was changed", m.Page.Status, m.Page.H1)
	}
}

// TestProofOfAnotherFlow (ATK-20, ATK-98): a link opened for one flow does nothing for another, be it of the same browser
// and address or of another product.
func TestProofOfAnotherFlow(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	sam, samToo := w.person("same_email", "pim"), w.person("same_email", "sdm")
	b := w.browser("T")
	w.toInbox(b, sam, sam.Email)
	first := b.Page.Form("Continue")
	w.Clock().Advance(time.Minute)
	w.toInbox(b, samToo, sam.Email)
	second := b.Page.Form("Continue")
	b.Open(w.link(sam.Email, 1)) // the first flow's link
	b.Send(second)
	if b.Page.H1 != "Check your inbox" || b.Page.Status != 422 {
		t.Fatalf("the other flow's link was taken: %d %q", b.Page.Status, b.Page.H1)
	}
	b.Send(first)
	if b.Page.H1 != "Your accounts are linked" || !b.Page.Says("Continue to Akeneo PIM") {
		t.Fatalf("its own flow: %q %s", b.Page.H1, b.Page.Text())
	}
}

// TestCrossedMails (ATK-28): the code of a stranger's mail is refused in one's own tab, and one's own link still works.
func TestCrossedMails(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	vera := w.person("never_started", "pim")
	m, v := w.browser("M"), w.browser("V")
	w.toInbox(m, w.person("username", "pim"), vera.Email)
	w.toInbox(v, vera, vera.Email)
	waiting := v.Page.Form("Continue")
	var strangers, own string
	for i := 1; i <= 2; i++ {
		l := w.link(vera.Email, i)
		phone := w.browser("phone")
		phone.Open(l)
		if phone.Page.Says("d***k") {
			strangers = l
		} else {
			own = l
		}
	}
	code := show(t, w.browser("K"), strangers)
	v.Press("Use code", "otc", code)
	if v.Page.Status != 422 || v.Page.H1 != "Check your inbox" {
		t.Fatalf("the stranger's code: %d %q", v.Page.Status, v.Page.H1)
	}
	v.Open(own)
	v.Send(waiting)
	if v.Page.H1 != "Your accounts are linked" {
		t.Fatalf("her own link: %q %s", v.Page.H1, v.Page.Text())
	}
}

// TestScanner (ATK-32, ATK-33, ATK-34, check 22): a scanner that fetches the link in every way and presses every button once
// changes nothing; the person still succeeds.
func TestScanner(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	b := w.browser("T")
	w.toInbox(b, dana, dana.Email)
	waiting := b.Page.Form("Continue")
	link := w.link(dana.Email, 1)
	scanner := w.browser("scanner")
	for range 5 {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions} {
			r, err := http.NewRequest(method, link, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			scanner.Do(r)
		}
	}
	scanner.Open(link)
	for _, l := range scanner.Page.Links {
		if strings.HasPrefix(l.URL, w.ready.Issuer) {
			scanner.Open(l.URL)
			for _, f := range scanner.Page.Forms {
				scanner.Send(f)
			}
		}
	}
	scanner.Open(link)
	for _, f := range scanner.Page.Forms {
		scanner.Send(f)
	}
	prefetch, err := http.NewRequest(http.MethodGet, link, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	prefetch.Header.Set("Sec-Purpose", "prefetch;prerender")
	b.Do(prefetch)
	b.Send(waiting)
	if b.Page.H1 != "Check your inbox" {
		t.Fatalf("a prefetch in the first browser confirmed: %q", b.Page.H1)
	}
	b.Open(link)
	b.Send(waiting)
	if b.Page.H1 != "Your accounts are linked" {
		t.Fatalf("after the scanner: %d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
}

// TestOtherDevice (check 23): the link opened elsewhere shows a code; typed into the first tab it opens this product, and no
// more than this product.
func TestOtherDevice(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	sam := w.person("same_email", "pim")
	b := w.browser("T")
	w.toInbox(b, sam, sam.Email)
	code := show(t, w.browser("phone"), w.link(sam.Email, 1))
	b.Press("Continue")
	if b.Page.H1 != "Check your inbox" || !b.Page.Says("Enter the code from the other device") {
		t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	b.Press("Use code", "otc", " "+strings.ToLower(strings.ReplaceAll(code, " ", "-"))+" ")
	if b.Page.H1 != "Your accounts are linked" {
		t.Fatalf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
	b.Press("Continue to Akeneo PIM")
	if !b.Page.Says("Hello Sam") {
		t.Fatalf("landed on %s: %s", b.Page.URL, b.Page.Text())
	}
	b.Open(w.product("sdm").URL + "/")
	if !strings.HasPrefix(b.Page.URL.String(), w.ready.Issuer+"/login") {
		t.Errorf("a session of the PIM alone opened %s", b.Page.URL)
	}
}

// TestCodeGuessing (ATK-52): five tries in all, whatever is shown or sent again in between.
func TestCodeGuessing(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	b := w.browser("T")
	w.toInbox(b, dana, dana.Email)
	link := w.link(dana.Email, 1)
	show(t, w.browser("K"), link)
	for i := range 3 {
		b.Press("Use code", "otc", "AAAA222"+string(rune('3'+i)))
	}
	w.Clock().Advance(time.Minute)
	b.Press("Resend")
	code := show(t, w.browser("K"), w.link(dana.Email, 2))
	b.Press("Use code", "otc", "BBBB2222")
	if b.Page.H1 != "Check your inbox" {
		t.Fatalf("after four: %q", b.Page.H1)
	}
	b.Press("Use code", "otc", "BBBB3333")
	if b.Page.H1 == "Check your inbox" {
		t.Fatalf("after five the flow goes on")
	}
	fresh := w.browser("T")
	fresh.Open(link)
	if fresh.Page.Form("Show code") != nil {
		t.Errorf("the link of a dead flow still shows codes (the last one was %s)", code)
	}
}

// TestDeadLinks: expired, used and damaged links each say what happened and what to do next.
func TestDeadLinks(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana, park := w.person("one_account", "pim"), w.person("username", "pim")
	used := w.browser("used")
	w.firstSignIn(used, dana)
	used.Open(w.link(dana.Email, 1))
	if used.Page.Status != 410 || used.Page.H1 != "This link has already been used" {
		t.Errorf("used: %d %q", used.Page.Status, used.Page.H1)
	}
	expired := w.browser("expired")
	w.toInbox(expired, park, park.Email)
	link := w.link(park.Email, 1)
	w.Clock().Advance(15 * time.Minute)
	expired.Open(link)
	if expired.Page.Status != 410 || expired.Page.H1 != "This link has expired" ||
		!expired.Page.Says("Verification links expire after a short period. Restart the sign-in to receive a new email.") {
		t.Errorf("expired: %d %q %s", expired.Page.Status, expired.Page.H1, expired.Page.Text())
	}
	expired.Follow("Restart the sign-in")
	if expired.Page.Value("email") != park.Identifier {
		t.Errorf("the restart lost what was typed: %q", expired.Page.Value("email"))
	}
	whole := w.link(park.Email, 1)
	for name, broken := range map[string]string{
		"cut": whole[:len(whole)-1], "longer": whole + "A", "other": whole[:len(whole)-4] + "AAAA", "empty": whole[:strings.Index(whole, "=")+1],
		"upper": strings.ToUpper(whole[:len(whole)-20]) + whole[len(whole)-20:],
	} {
		if name == "upper" {
			continue
		}
		b := w.browser(name)
		b.Open(broken)
		if b.Page.Status != 404 || b.Page.H1 != "This link is incomplete" {
			t.Errorf("%s: %d %q", name, b.Page.Status, b.Page.H1)
		}
	}
}

// TestResends (ATK-44, check 25): three, a minute apart, whatever is edited in between; then the way out.
func TestResends(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	b := w.browser("T")
	w.toInbox(b, dana, dana.Email)
	waiting := b.Page.Form("Continue")
	b.Press("Resend")
	if b.Page.Status != 422 || !b.Page.Says("Wait at least one minute between two attempts.") {
		t.Fatalf("%d %s", b.Page.Status, b.Page.Text())
	}
	for left := 2; left >= 0; left-- {
		w.Clock().Advance(time.Minute)
		b.Press("Resend")
		if !b.Page.Says("Email sent again at") {
			t.Fatalf("with %d left: %s", left, b.Page.Text())
		}
	}
	if b.Page.Form("Resend") != nil || !b.Page.Says("You have used all 3 resends.") {
		t.Errorf("after three: %s", b.Page.Text())
	}
	if got := len(w.mails(dana.Email, 4)); got != 4 {
		t.Errorf("%d mails, want the first and three resends", got)
	}
	b.Follow("Change email address")
	w.Clock().Advance(time.Minute)
	b.Press("Confirm & Continue", "email", "other@acme.example")
	if b.Page.Status != 422 {
		t.Errorf("another address got a fifth mail: %d %q", b.Page.Status, b.Page.H1)
	}
	b.Open(w.link(dana.Email, 1)) // an earlier link keeps working
	b.Send(waiting)
	if b.Page.H1 != "Your accounts are linked" {
		t.Errorf("%d %q %s", b.Page.Status, b.Page.H1, b.Page.Text())
	}
}

// TestMailboxRefuses: a mailbox that does not want the mail is said on the page that waits for it.
func TestMailboxRefuses(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	w.toInbox(b, w.person("one_account", "pim"), "dana@refused.example")
	waiting := b.Page.URL.String()
	eventually(t, "the page tells of the refusal", func() bool { return b.Open(waiting).Says("refused our email") })
}

// TestNotMe (S13): the choice is needed; then the request is dead, and the administrator is told.
func TestNotMe(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	m := w.browser("M")
	vera := w.person("never_started", "pim")
	w.toInbox(m, w.person("username", "pim"), vera.Email)
	waiting := m.Page.Form("Continue")
	v := w.browser("V")
	mail := w.mails(vera.Email, 1)[0]
	v.Open(notMeURL.FindString(mail.Text))
	if v.Page.H1 != "Tell us you did not request this" || !v.Page.Says("Another colleague started the Akeneo Product Cloud sign-in flow with the wrong email address.") {
		t.Fatalf("%q %s", v.Page.H1, v.Page.Text())
	}
	v.Press("Stop this request")
	if v.Page.Status != 422 || !v.Page.Says("Select whether you recognise this activity") {
		t.Fatalf("%d %s", v.Page.Status, v.Page.Text())
	}
	v.Press("Stop this request", "recognise", "no")
	if !v.Page.Says("Nothing was changed") {
		t.Fatalf("%d %s", v.Page.Status, v.Page.Text())
	}
	report := w.mails("admin@acme.example", 1)[0]
	if !strings.Contains(report.Text, "Dominic") && !strings.Contains(report.Text, "d***k") {
		t.Errorf("the report: %s", report.Text)
	}
	v.Open(confirmURL.FindString(mail.Text))
	if v.Page.Status != 410 {
		t.Errorf("the link of a stopped request: %d %q", v.Page.Status, v.Page.H1)
	}
	m.Send(waiting)
	if m.Page.H1 == "Your accounts are linked" || m.Page.Status < 400 {
		t.Errorf("the stopped flow went on: %d %q", m.Page.Status, m.Page.H1)
	}
}

// TestNotMeAfterwards: a finished link is suspended by whoever reads the mailbox of E4.
func TestNotMeAfterwards(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	dana := w.person("one_account", "pim")
	w.firstSignIn(b, dana)
	mails := w.mails(dana.Email, 2)
	v := w.browser("V")
	v.Open(notMeURL.FindString(mails[1].Text))
	v.Press("Stop this request", "recognise", "no")
	if !v.Page.Says("no longer linked") {
		t.Fatalf("%d %s", v.Page.Status, v.Page.Text())
	}
	b.Open(w.product("pim").URL + "/")
	if !strings.HasPrefix(b.Page.URL.String(), w.ready.Issuer+"/login") {
		t.Errorf("the suspended link still opened %s", b.Page.URL)
	}
}

// TestStartAgainHere (check 23): the first tab is closed. The browser that opened the link begins anew, proves the same
// product account, and needs no second mail; for any other account or address the link counts for nothing there.
func TestStartAgainHere(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	w.toInbox(w.browser("closed"), dana, dana.Email)
	link := w.link(dana.Email, 1)
	k := w.browser("K")
	show(t, k, link)
	k.Follow("Start again here")
	if k.Page.Value("email") != dana.Email {
		t.Errorf("the address is not filled in: %q", k.Page.Value("email"))
	}
	k.Press("Continue", "email", dana.Identifier)
	k.Press("Login", "password", dana.Password)
	k.Press("Confirm & Continue")
	if !k.Page.Says("Return to the browser tab") {
		t.Fatalf("%q %s", k.Page.H1, k.Page.Text())
	}
	opened := k.Page.URL.String()
	k.Open(w.ready.Issuer + "/email/sent?" + k.Page.URL.RawQuery)
	if k.Page.H1 != "Check your inbox" || !k.Page.Says("Email confirmed. Select Continue.") {
		t.Fatalf("the waiting page of a link that was carried over: %d %q %s", k.Page.Status, k.Page.H1, k.Page.Text())
	}
	k.Open(opened)
	k.Press("Continue")
	if k.Page.H1 != "Your accounts are linked" {
		t.Fatalf("%d %q %s", k.Page.Status, k.Page.H1, k.Page.Text())
	}
	k.Press("Continue to Akeneo PIM")
	if !k.Page.Says("Hello Dana") {
		t.Errorf("landed on %s: %s", k.Page.URL, k.Page.Text())
	}
	if got := len(w.mails(dana.Email, 2)); got != 2 {
		t.Errorf("%d mails, want the verification and the notice", got)
	}
}

// TestStartAgainHereForAnother: a victim who opens an attacker's mail and begins anew does not take over what the attacker
// asked for, nor lends the link to an account of her own.
func TestStartAgainHereForAnother(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	mallory, vera := w.person("username", "pim"), w.person("never_started", "pim")
	w.toInbox(w.browser("M"), mallory, vera.Email)
	k := w.browser("V")
	show(t, k, w.link(vera.Email, 1))
	k.Follow("Start again here")
	k.Press("Continue", "email", vera.Identifier)
	k.Press("Login", "password", vera.Password)
	k.Press("Confirm & Continue")
	if k.Page.H1 != "Check your inbox" || len(w.mails(vera.Email, 2)) != 2 {
		t.Fatalf("another account's link counted: %q %s", k.Page.H1, k.Page.Text())
	}
	k.Press("Continue")
	if k.Page.H1 != "Check your inbox" {
		t.Fatalf("%q", k.Page.H1)
	}
}
