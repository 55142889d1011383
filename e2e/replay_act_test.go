package e2e_test

import (
	"regexp"
	"strings"
	"time"

	"ligature/internal/demo/inbox"
	"ligature/internal/linking/model"
	"ligature/internal/testkit"
)

// act does over HTTP what somebody does in the model, and reports whether the pages offered it. An act that cannot be told in
// browsers fails the test.
func (r *replay) act(a model.Act) bool {
	r.t.Helper()
	r.Clock().Advance(61 * time.Second) // minutes that have to pass have passed, in the model too
	at := r.tabs[min(int(a.In), len(r.tabs)-1)]
	switch a.Kind {
	case model.Proves:
		return r.proves(at, a)
	case model.SignsIn:
		return r.signsIn(at, played[a.At], a.Box.Email().Key(), passwordOf(a.With))
	case model.GivesAddress:
		return r.givesAddress(at, a.Box)
	case model.AsksAgain:
		return at.back(r) && r.mailing(at, at.box, func() bool { return at.press("Resend") })
	case model.Continues:
		return r.continues(at, a)
	case model.TypesOTP:
		return at.back(r) && at.otc != "" && at.press("Use code", "otc", at.otc)
	case model.SetsPassword:
		return at.back(r) && at.press("Save and continue", "password", passwordOf(a.With))
	case model.LinksAnother:
		return r.linksAnother(at, a.Legacy)
	case model.AsksMail:
		box := r.model.SignedIn(a.In)
		return r.opensFor(at, played[a.At]) && r.mailing(at, box, func() bool { return at.press("Email me a link") })
	case model.OpensWaiting:
		r.opensFor(at, played[a.At])
		return at.Page.H1 == "Link these accounts?" && at.keep()
	case model.Joins, model.Declines:
		return r.joins(at, a)
	}
	return r.actAside(a, at)
}

// actAside is what leads no flow on.
func (r *replay) actAside(a model.Act, at *tab) bool {
	r.t.Helper()
	of := r.tabs[min(int(a.From), len(r.tabs)-1)]
	switch a.Kind {
	case model.ShowsOTP:
		return r.shows(of)
	case model.TellsOTP:
		return of.otc != ""
	case model.ForwardsLink:
		if a.From == model.Left {
			return r.resets[a.Box] != ""
		}
		return of.links[0] != ""
	case model.Fetches:
		if of.links[0] == "" {
			return false
		}
		r.other("a scanner").Open(of.links[0])
		return true
	case model.AsksReset:
		r.asksReset(a.Box)
		return true
	case model.Resets:
		if r.resets[a.Box] == "" {
			r.asksReset(a.Box)
		}
		at.Open(r.resets[a.Box])
		delete(r.resets, a.Box)
		return at.press("Save and continue", "password", passwordOf(a.With)) && at.Page.Says("Your password was changed.")
	case model.ReportsFlow:
		if of.links[0] == "" {
			return false
		}
		r.stopAs(r.other("whoever reads the mail"), r.mailWith(of.links[0]))
		return true
	case model.SignsOut:
		at.Open(r.ready.Issuer + "/end_session")
		at.flow = ""
		return at.press("Sign out")
	case model.SetsAddress:
		r.inPIM("UPDATE oro_user SET email = $1 WHERE username = $2", a.Box.Email().Key(), model.A.Username())
		r.scene.Records[model.A-1].Email = a.Box
		return true
	case model.HandsOver:
		// That takes weeks: what was going on is over. Sessions last, as they do in the model.
		for _, one := range r.tabs {
			one.flow, one.otc, one.waiting, one.links = "", "", nil, map[model.Box]string{}
		}
		clear(r.resets)
		r.seed(model.B)
		return true
	case model.LeaksPassword:
		return true
	}
	r.t.Fatalf("browsers cannot play this: %s", a)
	return false
}

// press is Press for a page that may not have the button.
func (t *tab) press(button string, fields ...string) bool {
	form := t.Page.Form(button)
	if form == nil {
		return false
	}
	t.Send(form, fields...)
	return true
}

// keep notes the sign-in whose page is in front.
func (t *tab) keep() bool {
	flow := t.Page.URL.Query().Get("flow")
	if flow == "" {
		return false
	}
	if flow != t.flow {
		t.flow, t.links, t.otc, t.waiting, t.box = flow, map[model.Box]string{}, "", nil, 0
	}
	return true
}

// back goes to the page of the sign-in that goes on.
func (t *tab) back(r *replay) bool {
	if t.flow == "" {
		return false
	}
	t.Open(r.ready.Issuer + "/login?flow=" + t.flow)
	return true
}

// fresh brings a browser to an empty sign-in at a product, whoever is signed in there.
func (r *replay) fresh(at *tab, product string) bool {
	at.Open(r.product(product).URL + "/auth/login")
	authorize := at.Hops[min(1, len(at.Hops)-1)]
	switch flow := at.Page.URL.Query().Get("flow"); {
	case at.Page.H1 == "Log in":
	case flow != "" && strings.HasPrefix(at.Page.URL.String(), r.ready.Issuer):
		at.Open(r.ready.Issuer + "/login/again?flow=" + flow)
	case at.Page.H1 == "Choose an account":
		at.Follow("Sign in as somebody else")
	case strings.HasPrefix(authorize, r.ready.Issuer):
		at.Open(authorize + "&prompt=login")
	}
	return at.Page.H1 == "Log in"
}

// signsIn gives an identifier and a password at a product, and notes where that leads if something is still to be done.
func (r *replay) signsIn(at *tab, product, identifier, password string) bool {
	if !r.fresh(at, product) || !at.press("Continue", "email", identifier) || !at.press("Login", "password", password) {
		return false
	}
	r.leads(at)
	return true
}

// leads keeps the sign-in that goes on; one that is over leaves what another tab has.
func (r *replay) leads(at *tab) {
	if !strings.HasPrefix(at.Page.URL.String(), r.ready.Issuer) {
		return
	}
	waits := at.Page.Form("Confirm & Continue") != nil || at.Page.Form("Save and continue") != nil || len(refusable(at.Page)) > 0
	if waits {
		at.keep()
	}
}

// proves signs in with a product's password; a form that another site sends goes without the page that it stands on.
func (r *replay) proves(at *tab, a model.Act) bool {
	product := played[r.scene.Records[a.Legacy-1].Instance]
	identifier, password := r.typed(a.Legacy), passwordOf(r.model.PasswordOf(a.Legacy))
	if !a.Forged() {
		return r.signsIn(at, product, identifier, password)
	}
	own := r.other("Mallory's forms")
	own.Open(r.product(product).URL + "/auth/login")
	form := own.Page.Form("Continue")
	request := at.Request(form, "email", identifier)
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	request.Header.Set("Origin", "http://evil.example")
	at.Do(request)
	if at.Page.Status < 400 {
		r.t.Errorf("a form from another site: %d %q", at.Page.Status, at.Page.H1)
	}
	return false
}

// mailing does something that sends a mail, and notes the link in it.
func (r *replay) mailing(at *tab, box model.Box, do func() bool) bool {
	r.t.Helper()
	to := box.Email().Key()
	before := r.arrived(to, confirming)
	if !do() {
		return false
	}
	if at.Page.H1 != "Check your inbox" || at.Page.Status >= 400 {
		return true // refused, and no mail
	}
	mails := r.mailsLike(to, before+1, confirming)
	at.keep()
	at.box, at.waiting = box, at.Page.Form("Continue")
	at.links[0] = confirmURL.FindString(mails[len(mails)-1].Text)
	return true
}

func (r *replay) givesAddress(at *tab, box model.Box) bool {
	if !at.back(r) {
		return false
	}
	if at.Page.H1 == "Check your inbox" {
		at.Follow("Change email address")
	}
	if at.Page.Form("Confirm & Continue") == nil {
		return false
	}
	earlier, link := at.box, at.links[0]
	at.links[0], at.otc = "", ""
	if earlier != 0 {
		at.links[earlier] = link
	}
	return r.mailing(at, box, func() bool { return at.press("Confirm & Continue", "email", box.Email().Key()) })
}

// continues opens a link in the browser that began, and presses Continue where it waits. Who does not hold the link of the
// present address only presses; an earlier one still lies in its mailbox.
func (r *replay) continues(at *tab, a model.Act) bool {
	link := at.links[a.Other]
	if link == "" || at.waiting == nil {
		return false
	}
	if a.Other != 0 || r.model.Holds(a) {
		at.Open(link)
	}
	at.Send(at.waiting)
	r.leads(at)
	return true
}

// shows opens the link of a sign-in in a browser of nobody in particular, and has its code shown.
func (r *replay) shows(of *tab) bool {
	if of.links[0] == "" {
		return false
	}
	k := &tab{Browser: r.other("some browser")}
	k.Open(of.links[0])
	if !k.press("Show code") {
		return false
	}
	of.otc = shownCode.FindString(k.Page.Text())
	return of.otc != ""
}

// opensFor opens a product for whoever is signed in, and says whether it asks for its own password.
func (r *replay) opensFor(at *tab, product string) bool {
	at.Open(r.product(product).URL + "/auth/login")
	if at.Page.H1 == "Link your account." {
		return true
	}
	if !strings.HasPrefix(at.Page.URL.String(), r.product(product).URL) && at.Page.H1 != "Choose an account" {
		return false
	}
	at.Open(r.ready.Issuer + "/linked")
	for _, name := range at.Page.Buttons() {
		if name == "Use another "+r.product(product).Name+" account" {
			at.press(name)
			return at.Page.H1 == "Link your account."
		}
	}
	return false
}

func (r *replay) linksAnother(at *tab, l model.Legacy) bool {
	if !r.opensFor(at, played[r.scene.Records[l-1].Instance]) {
		// What waits is asked about first, and beside it the product's password can be given all the same.
		if at.Page.H1 != "Link these accounts?" || !at.press("Link accounts", notMine(at.Page, func(string) bool { return true })...) {
			return false
		}
	}
	return at.press("CONTINUE", "email", r.typed(l), "password", passwordOf(r.model.PasswordOf(l)))
}

var offerField = regexp.MustCompile(`(?s)<li class="offer">.*?<bdi dir="ltr">([^<]*)</bdi>.*?name="(not_mine_\d+)"`)

// refusable are the fields with which what a page names can be refused, by the username that stands there.
func refusable(p *testkit.Page) map[string]string {
	all := map[string]string{}
	for _, m := range offerField.FindAllStringSubmatch(p.Body, -1) {
		all[m[2]] = m[1]
	}
	return all
}

// notMine are the fields that refuse.
func notMine(p *testkit.Page, refuses func(username string) bool) (fields []string) {
	for field, username := range refusable(p) {
		if refuses(username) {
			fields = append(fields, field, "yes")
		}
	}
	return fields
}

// joins goes on from the page that names what was found, and refuses what the model's actor refuses.
func (r *replay) joins(at *tab, a model.Act) bool {
	if at.flow == "" {
		return false
	}
	at.back(r)
	if len(refusable(at.Page)) == 0 {
		return false
	}
	refused := map[string]bool{}
	for _, l := range r.model.Offered(a.In) {
		refused[r.typed(l)] = a.Kind == model.Declines || r.model.Refuses(a.By, l)
	}
	fields := notMine(at.Page, func(username string) bool { return refused[username] })
	for _, button := range at.Page.Buttons() {
		if button == "Link accounts" || strings.HasPrefix(button, "Continue to ") {
			return at.press(button, fields...)
		}
	}
	return false
}

// asksReset asks for a new password of the account with the address, and notes the link.
func (r *replay) asksReset(box model.Box) {
	r.t.Helper()
	before := r.arrived(box.Email().Key(), func(m inbox.Message) bool { return resetURL.MatchString(m.Text) })
	r.resets[box] = r.forgets(r.other("whoever forgot"), box.Email().Key(), before+1)
}

// arrived counts the mails to an address that are like that and are there already.
func (r *replay) arrived(to string, like func(inbox.Message) bool) (n int) {
	for _, m := range r.Inbox().Messages() {
		if containsAddress(m.To, to) && like(m) {
			n++
		}
	}
	return n
}

// mailWith is the text of the mail that holds a link.
func (r *replay) mailWith(link string) string {
	r.t.Helper()
	for _, m := range r.Inbox().Messages() {
		if strings.Contains(m.Text, link) {
			return m.Text
		}
	}
	r.t.Fatal("no mail holds that link")
	return ""
}
