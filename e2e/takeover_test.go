package e2e_test

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ligature/internal/demo"
	"ligature/internal/testkit"
)

// The attacks that end in somebody else's account, each as far as it gets. docs/security.md lists them with the mutation that
// lets them through.

// TestLeakedCode (ATK-02): the victim reads the code of her mail aloud to a stranger, whose account has her address from then on.
// What she proves later opens to nobody by the stranger's password, and her mailbox puts the stranger out.
func TestLeakedCode(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	attacker, victim := w.person("sdm_only", "sdm"), w.person("username", "pim")
	m := w.browser("M")
	w.toInbox(m, attacker, victim.Email)
	m.Press("Use code", "otc", show(t, w.browser("V's mail"), w.link(victim.Email, 1)))
	v := w.browser("V")
	w.toInbox(v, victim, victim.Email)
	waiting := v.Page.Form("Continue")
	mails := w.mails(victim.Email, 3)
	v.Open(confirmURL.FindString(mails[len(mails)-1].Text))
	v.Send(waiting)
	if v.Page.H1 != "Your email is confirmed" {
		t.Fatalf("the victim: %d %q %s", v.Page.Status, v.Page.H1, v.Page.Text())
	}
	x := w.browser("M elsewhere")
	w.signIn(x, "sdm", victim.Email, attacker.Password)
	if w.opens(x, "pim") || x.Page.H1 != "Link your account." {
		t.Fatalf("the stranger opened %s: %q", x.Page.URL, x.Page.H1)
	}
	if got := w.linked(victim.Email); got["sdm"] != "active" || got["pim"] != "pending" {
		t.Fatalf("links: %v", got)
	}
	w.setPassword(v, w.forgets(v, victim.Email, 1), newPassword)
	for _, b := range []*testkit.Browser{m, x} {
		if b.Open(w.ready.Issuer + "/me"); b.Page.H1 != "Log in" {
			t.Errorf("the stranger is still signed in: %q", b.Page.H1)
		}
	}
	w.signIn(x, "pim", victim.Email, attacker.Password)
	if x.Page.Status != http.StatusUnprocessableEntity {
		t.Errorf("the stranger's password: %d %q", x.Page.Status, x.Page.H1)
	}
	w.signIn(v, "sdm", victim.Email, newPassword)
	v.Press("Link accounts")
	if !w.opens(v, "pim") {
		t.Fatalf("the victim: %s %q %s", v.Page.URL, v.Page.H1, v.Page.Text())
	}
	if got := w.linked(victim.Email); got["sdm"] == "active" || got["pim"] != "active" {
		t.Errorf("links after her reset: %v", got)
	}
	if w.me(v); !v.Page.Says("Supplier Data Manager") {
		t.Errorf("she is not told what the stranger had linked: %s", v.Page.Text())
	}
}

// TestRecycledMailbox (ATK-05): somebody who left still has the account of an address that was given to a successor. What the
// successor proves for the address waits, and whoever left cannot take it, neither by the account's password nor by a mail.
func TestRecycledMailbox(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	successor := w.browser("successor")
	left, _ := w.owned(successor) // the mails of the address reach the successor alone
	for _, from := range []string{"pim", "sdm"} {
		x := w.browser("who left, from " + from)
		w.signIn(x, from, left.Email, left.Password)
		if x.Page.H1 == "Link these accounts?" || w.opens(x, "sdm") {
			t.Fatalf("from %s: %s %q", from, x.Page.URL, x.Page.H1)
		}
		if x.Page.H1 != "Link your account." || x.Page.Form("Email me a link") != nil {
			t.Errorf("from %s: %q %v", from, x.Page.H1, x.Page.Buttons())
		}
	}
	if got := w.linked(left.Email); got["sdm"] != "pending" {
		t.Errorf("links: %v", got)
	}
	w.setPassword(successor, w.forgets(successor, left.Email, 1), newPassword)
	gone := w.browser("who left, again")
	w.signIn(gone, "pim", left.Email, left.Password)
	if gone.Page.Status != http.StatusUnprocessableEntity {
		t.Errorf("the old password after the successor's reset: %d %q", gone.Page.Status, gone.Page.H1)
	}
	w.signIn(successor, "pim", left.Email, newPassword)
	if successor.Page.H1 != "Link these accounts?" || !successor.Page.Says("Supplier Data Manager") {
		t.Errorf("the successor: %q %s", successor.Page.H1, successor.Page.Text())
	}
}

// TestTrojanLink (ATK-06): a stranger puts a product account of their own before the victim's account, with a code that she read
// aloud. She never lands in it, and it reaches nothing of hers.
func TestTrojanLink(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	victim, attacker := w.person("one_account", "pim"), w.person("sdm_only", "sdm")
	w.firstSignIn(w.browser("V at first"), victim)
	m := w.browser("M")
	w.toInbox(m, attacker, victim.Email)
	m.Press("Use code", "otc", show(t, w.browser("V's mail"), w.link(victim.Email, 3)))
	if m.Page.H1 != "Your email is confirmed" {
		t.Fatalf("%d %q %s", m.Page.Status, m.Page.H1, m.Page.Text())
	}
	m.Press("Continue to Supplier Data Manager")
	if w.opens(m, "pim") {
		t.Errorf("the stranger is in the victim's product: %s", m.Page.Text())
	}
	if m.Open(w.ready.Issuer + "/me"); m.Page.H1 != "Log in" {
		t.Errorf("the stranger is in the victim's account: %q", m.Page.H1)
	}
	for _, product := range []string{"sdm", "pim"} {
		v := w.browser("V from " + product)
		w.signIn(v, product, victim.Email, victim.Password)
		if v.Page.H1 == "Link these accounts?" || w.opens(v, "sdm") || v.Page.H1 != "Link your account." {
			t.Fatalf("from %s she is led into it: %s %q", product, v.Page.URL, v.Page.H1)
		}
	}
	if got := w.linked(victim.Email); got["pim"] != "active" || got["sdm"] != "pending" {
		t.Errorf("links: %v", got)
	}
	w.mailAbout(victim.Email, "Supplier Data Manager waits to be added to your Akeneo Product Cloud account")
}

// varying is what a page tells of its own request alone.
var varying = regexp.MustCompile(`Reference \w{3}-\w{3}|\d\d:\d\d`)

// halfMinutes rounds a wait, which gets shorter while a busy machine answers.
func halfMinutes(retryAfter string) string {
	n, err := strconv.Atoi(retryAfter)
	if err != nil {
		return retryAfter
	}
	return strconv.Itoa((n+15)/30) + " half minutes"
}

// TestUniformAnswers (ATK-67): where every wrong sign-in is to be answered alike, nobody learns who has an account, whom a product
// knows, and who was switched off: the page, its status, its headers, its cookies and the waits are the same.
func TestUniformAnswers(t *testing.T) {
	t.Parallel()
	w := openWorldWith(t, demo.Options{Uniform: true})
	linked := w.person("one_account", "pim")
	w.firstSignIn(w.browser("D"), linked)
	people := map[string]string{"linked": linked.Email, "a product's own": w.person("never_started", "pim").Identifier,
		"switched off": w.person("disabled", "pim").Identifier, "excluded": w.person("excluded", "pim").Identifier,
		"unknown": "nobody@acme.example", "unknown username": "nobody"}
	answers := map[string][]string{}
	for who, identifier := range people {
		b := w.browser(who)
		w.Clock().Advance(15 * time.Minute) // the network has waits of its own
		b.Open(w.product("pim").URL + "/")
		b.Press("Continue", "email", identifier)
		for range 6 { // the last ones have to wait
			b.Press("Login", "password", "wrong every time")
			said := varying.ReplaceAllString(strings.ReplaceAll(b.Page.Text()+strings.Join(b.Page.Buttons(), ","), identifier, "IDENTIFIER"), "VARYING")
			names := slices.Sorted(maps.Keys(b.Page.Header))
			cookies := slices.Sorted(maps.Keys(b.Cookies(w.ready.Issuer)))
			answers[who] = append(answers[who], strings.Join([]string{http.StatusText(b.Page.Status), halfMinutes(b.Page.Header.Get("Retry-After")),
				strings.Join(names, " "), strings.Join(cookies, " "), said}, "\n"))
			if b.Page.Form("Login") == nil {
				break
			}
		}
	}
	for who, got := range answers {
		for i, want := range answers["unknown"] {
			if len(got) != len(answers["unknown"]) || got[i] != want {
				t.Errorf("%s is told from unknown, by answer %d of %d:\n%s\n---\n%s", who, i+1, len(got), got[min(i, len(got)-1)], want)
				break
			}
		}
	}
}
