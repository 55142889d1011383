package e2e_test

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"ligature/internal/demo/inbox"
)

var requestNumber = regexp.MustCompile(`\b[A-Z0-9]{3}-[A-Z0-9]{3}\b`)

// stopMails are the answers to whoever reported (E7).
func stopMails(m inbox.Message) bool { return strings.HasPrefix(m.Subject, "We stopped the request ") }

// settled returns when every mail that was queued before has had its turn: mails go out in the order they were queued in, a few
// at a time, so that the last of several later ones is behind all of them.
func (w *world) settled() {
	w.t.Helper()
	for i := range 5 {
		address := "settled-" + strconv.Itoa(len(w.Inbox().Messages())) + "-" + strconv.Itoa(i) + "@acme.example"
		w.toInbox(w.browser("later"), w.person("never_started", "pim"), address)
		w.mails(address, 1)
	}
}

// TestStoppedIsAnswered (S13, E7): before a link is finished. Whoever reported gets an answer with the number that was in the
// mail, the tenant's administrators are told, and pressing again does nothing and looks the same.
func TestStoppedIsAnswered(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	vera := w.person("never_started", "pim")
	w.toInbox(w.browser("M"), w.person("username", "pim"), vera.Email)
	mail := w.mails(vera.Email, 1)[0]
	v := w.browser("V")
	w.stopAs(v, mail.Text)
	said := v.Page.Text()
	if v.Page.H1 != "Stopped" || !v.Page.Says("Nothing was changed and the link no longer works. Your administrator has been told.") {
		t.Fatalf("%d %s", v.Page.Status, said)
	}
	answer := w.mailsLike(vera.Email, 1, stopMails)[0]
	number := requestNumber.FindString(mail.Text)
	if number == "" || answer.Subject != "We stopped the request "+number {
		t.Errorf("the answer %q to a mail about %q", answer.Subject, number)
	}
	text := strings.Join(strings.Fields(answer.Text), " ")
	if !strings.Contains(text, "You told us that you did not request "+number+". We stopped it: nothing was linked and its link is dead. Your administrator has been told.") ||
		strings.Contains(answer.Text, "?t=") {
		t.Errorf("the answer says:\n%s", answer.Text)
	}
	const administrator = "admin@acme.example"
	if got := len(w.mails(administrator, 1)); got != 1 {
		t.Errorf("the administrator was told %d times", got)
	}
	w.stopAs(v, mail.Text)
	if v.Page.Text() != said {
		t.Errorf("pressed again: %s", v.Page.Text())
	}
	w.settled()
	if got := len(w.mailsLike(vera.Email, 0, stopMails)); got != 1 || len(w.mails(administrator, 0)) != 1 {
		t.Errorf("pressed again, %d answers", got)
	}
}

// TestReportOfASecondProduct (E4, E7, §9.7): a link made on S7 is told to the account's address and to the one that the product
// records. Whoever reads the recorded one can have it suspended, and gets the answer there; the account is told nothing of
// who reported.
func TestReportOfASecondProduct(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	w.toLinkPage(b, "different_login", "pim", "sdm")
	rita, elsewhere := w.person("different_login", "pim"), w.person("different_login", "sdm")
	b.Press("CONTINUE", "email", elsewhere.Identifier, "password", elsewhere.Password)
	linked := func(m inbox.Message) bool { return strings.HasPrefix(m.Subject, "Supplier Data Manager is now linked") }
	for _, to := range []string{rita.Email, elsewhere.Email} {
		if got := len(w.mailsLike(to, 1, linked)); got != 1 {
			t.Fatalf("%s was told %d times", to, got)
		}
	}
	v := w.browser("V")
	w.stopAs(v, w.mailsLike(elsewhere.Email, 1, linked)[0].Text)
	if !v.Page.Says("The accounts are no longer linked.") {
		t.Fatalf("%d %s", v.Page.Status, v.Page.Text())
	}
	if answer := w.mailsLike(elsewhere.Email, 1, stopMails)[0]; !strings.Contains(answer.Text, "we suspended") {
		t.Errorf("the answer says:\n%s", answer.Text)
	}
	w.mailsLike("admin@acme.example", 1, func(m inbox.Message) bool { return strings.Contains(m.Subject, "was reported") })
	w.settled()
	if got := len(w.mailsLike(rita.Email, 0, stopMails)); got != 0 {
		t.Error("the answer went to somebody who reported nothing")
	}
	if links := w.links(rita.Email); len(links) != 2 {
		t.Fatalf("%d links", len(links))
	}
	for _, l := range w.links(rita.Email) {
		if suspended := l.Link.State == "suspended"; suspended != (l.ProductAccount.Product == "sdm") {
			t.Errorf("the link to %s is %s", l.ProductAccount.Product, l.Link.State)
		}
	}
}

// TestScannerStopsNothing (ATK-33): a scanner that fetches "I did not request this" in every way, and presses its button, stops
// nothing, whether something is to be confirmed still or was finished.
func TestScannerStopsNothing(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	b, scanner := w.browser("T"), w.browser("scanner")
	scan := func(mail inbox.Message) {
		at := notMeURL.FindString(mail.Text)
		if at == "" {
			t.Fatalf("no way to say no in %q", mail.Subject)
		}
		for _, method := range []string{http.MethodHead, http.MethodGet, http.MethodOptions, http.MethodGet} {
			r, err := http.NewRequest(method, at, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			scanner.Do(r)
		}
		scanner.Open(at)
		for _, f := range scanner.Page.Forms {
			scanner.Send(f)
		}
	}
	w.toInbox(b, dana, dana.Email)
	waiting := b.Page.Form("Continue")
	scan(w.mails(dana.Email, 1)[0])
	b.Open(w.link(dana.Email, 1))
	b.Send(waiting)
	if b.Page.H1 != "Your accounts are linked" {
		t.Fatalf("after the scanner: %d %q", b.Page.Status, b.Page.H1)
	}
	scan(w.mails(dana.Email, 2)[1])
	b.Open(w.product("pim").URL + "/")
	if !b.Page.Says("Hello Dana") {
		t.Errorf("after the scanner: %d %s", b.Page.Status, b.Page.Text())
	}
	w.settled()
	if got := len(w.mailsLike(dana.Email, 0, stopMails)); got != 0 {
		t.Errorf("%d requests were stopped", got)
	}
}
