package e2e_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"ligature/internal/account"
	"ligature/internal/demo"
	"ligature/internal/directory"
	"ligature/internal/ident"
	"ligature/internal/server"
	"ligature/internal/testkit"
)

// turn turns a switch of the world's tenant.
func (w *world) turn(order server.Switching) {
	w.t.Helper()
	order.Tenant, order.By, order.Reason = "acme", "test", "story"
	if _, err := w.Server().Switch(w.t.Context(), order); err != nil {
		w.t.Fatal(err)
	}
}

// notHere holds a page to S12d, and follows its button, which gives the product the protocol's error and ends at the
// product's own sign-in.
func (w *world) notHere(b *testkit.Browser, what, product string) {
	w.t.Helper()
	p := w.product(product)
	if b.Page.Status != http.StatusForbidden || b.Page.H1 != "Akeneo Product Cloud sign-in is not switched on for your organisation yet" {
		w.t.Errorf("%s: %d %q %s", what, b.Page.Status, b.Page.H1, b.Page.Text())
		return
	}
	b.Follow("Sign in to " + p.Name + " as before")
	if !strings.HasPrefix(b.Page.URL.String(), p.LegacyLogin) || !b.Page.Says("does not sign in with Akeneo Product Cloud") {
		w.t.Errorf("%s: the button leads to %s", what, b.Page.URL)
	}
}

// notForOthers holds S12d in a browser that did not begin: it says the same, and its button leads straight to the product's
// own sign-in, because the request belongs to the other browser.
func (w *world) notForOthers(k *testkit.Browser, what, product string) {
	w.t.Helper()
	if k.Page.Status != http.StatusForbidden || !k.Page.Says("not switched on for your organisation yet") {
		w.t.Errorf("%s: %d %s", what, k.Page.Status, k.Page.Text())
		return
	}
	for _, l := range k.Page.Links {
		if strings.Contains(l.URL, "state=") {
			w.t.Errorf("%s: another browser is given %s", what, l.URL)
		}
	}
	if k.Follow("Sign in to " + w.product(product).Name + " as before"); k.Page.URL.String() != w.product(product).LegacyLogin {
		w.t.Errorf("%s: the button leads to %s", what, k.Page.URL)
	}
}

// middle is somebody in the middle of a sign-in: a form that was not sent yet, with what is typed into it.
type middle struct {
	who     string
	browser *testkit.Browser
	form    *testkit.Form
	fields  []string
	product string
	email   ident.Email
}

// inTheMiddle brings one person to each step.
func (w *world) inTheMiddle() []middle {
	w.t.Helper()
	var all []middle
	open := func(who string, p demo.Person, button string, walk func(b *testkit.Browser), fields ...string) {
		b := w.browser(who)
		b.Open(w.product(p.Product).URL + "/")
		walk(b)
		email, err := ident.ParseEmail(p.Email)
		if err != nil {
			w.t.Fatal(err)
		}
		form := b.Page.Form(button)
		if form == nil {
			w.t.Fatalf("%s: no %s on %q %s", who, button, b.Page.H1, b.Page.Text())
		}
		all = append(all, middle{who: who, browser: b, form: form, fields: fields, product: p.Product, email: email})
	}
	vera := w.person("never_started", "pim")
	open("at the first page", vera, "Continue", func(*testkit.Browser) {}, "email", vera.Identifier)
	dominic := w.person("username", "pim")
	open("at the password", dominic, "Login", func(b *testkit.Browser) { b.Press("Continue", "email", dominic.Identifier) }, "password", dominic.Password)
	omar := w.person("forgot", "pim")
	open("at the address", omar, "Confirm & Continue", func(b *testkit.Browser) {
		b.Press("Continue", "email", omar.Identifier)
		b.Press("Login", "password", omar.Password)
	}, "email", omar.Email)
	dana := w.person("one_account", "pim")
	open("waiting for the mail", dana, "Continue", func(b *testkit.Browser) {
		w.toInbox(b, dana, dana.Email)
		waiting := b.Page
		b.Open(w.link(dana.Email, 1))
		b.Page = waiting
	})
	li := w.person("shared_address", "pim")
	open("wanting another mail", li, "Resend", func(b *testkit.Browser) { w.toInbox(b, li, li.Email) })
	zoe := w.person("accents", "pim")
	open("holding a code", zoe, "Use code", func(b *testkit.Browser) { w.toInbox(b, zoe, zoe.Email) })
	all[len(all)-1].fields = []string{"otc", show(w.t, w.browser("K"), w.link(zoe.Email, 1))}
	kevin := w.person("short_password", "pim")
	open("setting a password", kevin, "Save and continue", func(b *testkit.Browser) {
		w.toInbox(b, kevin, kevin.Email)
		waiting := b.Page.Form("Continue")
		b.Open(w.link(kevin.Email, 1))
		b.Send(waiting)
	}, "password", "a long new password for the year")
	return all
}

// TestSwitchedInTheMiddle (ATK-111): whoever is in the middle when the tenant, or the product, is switched off, or a pilot
// begins that does not have them, is told so at the next form and led back to the product's own sign-in; nothing is half
// done, and nothing comes of it later.
func TestSwitchedInTheMiddle(t *testing.T) {
	t.Parallel()
	for name, order := range map[string]server.Switching{
		"the tenant is switched off":  {State: directory.RolloutOff},
		"the product is switched off": {Product: "pim", State: directory.RolloutOff},
		"a pilot of others begins":    {State: directory.RolloutPilot, People: []string{"julia"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := openWorld(t)
			all := w.inTheMiddle()
			mailed := len(w.Inbox().Messages())
			w.turn(order)
			for _, m := range all {
				m.browser.Send(m.form, m.fields...)
				w.notHere(m.browser, m.who, m.product)
			}
			w.turn(server.Switching{Product: order.Product, State: directory.RolloutOn})
			for _, m := range all {
				m.browser.Send(m.form, m.fields...)
				if m.browser.Page.Status < 400 && m.browser.Page.Form("Login") != nil {
					t.Errorf("%s: after switching back the old form led to %q", m.who, m.browser.Page.H1)
				}
				if owner, err := w.Server().Store().AddressOwner(t.Context(), m.email); err != nil || owner != "" {
					t.Errorf("%s: an account came of it: %q %v", m.who, owner, err)
				}
			}
			if now := len(w.Inbox().Messages()); now != mailed {
				t.Errorf("%d mails were sent", now-mailed)
			}
			// Everybody can begin again.
			dana := w.person("one_account", "pim")
			again := w.browser("again")
			w.toInbox(again, dana, dana.Email)
		})
	}
}

// TestSwitchedInTheMiddleOfLinking (ATK-111): the same for somebody who is signed in and links a second product.
func TestSwitchedInTheMiddleOfLinking(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	rita, elsewhere := w.person("different_login", "pim"), w.person("different_login", "sdm")
	b := w.browser("T")
	w.firstSignIn(b, rita)
	for name, order := range map[string]server.Switching{
		"the product is off":      {Product: "sdm", State: directory.RolloutOff},
		"the tenant is off":       {State: directory.RolloutOff},
		"a pilot of others":       {State: directory.RolloutPilot, People: []string{"julia"}},
		"the product has a pilot": {Product: "sdm", State: directory.RolloutPilot, People: []string{"noor@suppliers.example"}},
	} {
		b.Open(w.product("sdm").URL + "/")
		if b.Page.H1 != "Link your account." {
			t.Fatalf("%s: %q", name, b.Page.H1)
		}
		form := b.Page.Form("CONTINUE")
		w.turn(order)
		b.Send(form, "email", elsewhere.Identifier, "password", elsewhere.Password)
		w.notHere(b, name, "sdm")
		w.turn(server.Switching{Product: order.Product, State: directory.RolloutOn})
	}
	b.Open(w.product("sdm").URL + "/")
	b.Press("CONTINUE", "email", elsewhere.Identifier, "password", elsewhere.Password)
	if !b.Page.Says("Rita") {
		t.Errorf("after switching back: %s", b.Page.Text())
	}
}

// TestPlaceIsKeptWhileOff: who sends nothing while the tenant is off goes on where they were once it is back.
func TestPlaceIsKeptWhileOff(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	b := w.browser("T")
	w.toInbox(b, dana, dana.Email)
	waiting := b.Page.Form("Continue")
	w.turn(server.Switching{State: directory.RolloutOff})
	b.Open(w.link(dana.Email, 1))
	if b.Page.Status != http.StatusOK || !b.Page.Says(dana.Email) {
		t.Errorf("looking at the link: %d %s", b.Page.Status, b.Page.Text())
	}
	w.turn(server.Switching{State: directory.RolloutOn})
	b.Send(waiting)
	if b.Page.H1 != "Your accounts are linked" {
		t.Errorf("%q %s", b.Page.H1, b.Page.Text())
	}
}

// TestMailedLinksWhileOff: in another browser a link says what is the matter and gives nothing of the first one's request;
// a report still counts.
func TestMailedLinksWhileOff(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana, omar := w.person("one_account", "pim"), w.person("forgot", "pim")
	for _, p := range []demo.Person{dana, omar} {
		w.toInbox(w.browser(p.Case), p, p.Email)
	}
	k := w.browser("K")
	k.Open(w.link(dana.Email, 1))
	w.turn(server.Switching{State: directory.RolloutOff})
	k.Press("Show code")
	w.notForOthers(k, "Show code", "pim")
	k.Open(w.link(dana.Email, 1))
	w.notForOthers(k, "the link again", "pim")
	k.Open(notMeURL.FindString(w.mails(omar.Email, 1)[0].Text))
	k.Press("Stop this request", "recognise", "no")
	if !k.Page.Says("Stopped") || len(w.mails("admin@acme.example", 1)) == 0 {
		t.Errorf("a report: %s", k.Page.Text())
	}
}

// TestFallBackWithinOneRequest: whoever is in a product stays in when the tenant is switched off, the next visitor gets the
// product's own sign-in, in both products, and the one after the switch back comes here again.
func TestFallBackWithinOneRequest(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	sam := w.person("same_email", "pim")
	inside := w.browser("inside")
	w.firstSignIn(inside, sam)
	inside.Press("Continue to Akeneo PIM")
	if !inside.Page.Says("Hello Sam") {
		t.Fatal(inside.Page.Text())
	}
	for _, state := range []directory.Rollout{directory.RolloutOff, directory.RolloutOn, directory.RolloutOff} {
		w.turn(server.Switching{State: state})
		for _, p := range []string{"pim", "sdm"} {
			b := w.browser("newcomer")
			b.Open(w.product(p).URL + "/")
			if own := strings.HasPrefix(b.Page.URL.String(), w.product(p).LegacyLogin); own != (state == directory.RolloutOff) {
				t.Errorf("%s, %s: landed on %s", p, state, b.Page.URL)
			}
		}
		if inside.Open(w.product("pim").URL + "/"); !inside.Page.Says("Hello Sam") {
			t.Errorf("%s: the session in the product is gone: %s", state, inside.Page.URL)
		}
	}
	// The account's session opens nothing either, also silently, and its owner can use the product's own password again.
	elsewhere := w.browser("product session gone")
	elsewhere.Open(w.product("pim").URL + "/")
	elsewhere.Press("Login", "_username", "sam", "_password", sam.Password)
	if !elsewhere.Page.Says("Hello Sam") {
		t.Errorf("the product's own sign-in: %s", elsewhere.Page.Text())
	}
}

// TestOneProductOff (ATK-112): a product that is off for its tenant is refused by every way that leads to it, and the other
// product of the tenant is not.
func TestOneProductOff(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	sam := w.person("same_email", "pim")
	b := w.browser("T")
	w.firstSignIn(b, sam)
	fresh, later := w.browser("fresh"), w.browser("later")
	later.Open(w.product("pim").URL + "/")
	fresh.Open(w.product("pim").URL + "/")
	authorize := slices.IndexFunc(fresh.Hops, func(hop string) bool { return strings.Contains(hop, "/authorize?") })
	direct, begun := fresh.Hops[authorize], fresh.Page.URL.String()
	w.turn(server.Switching{Product: "pim", State: directory.RolloutOff})

	for _, extra := range []string{"", "&prompt=none", "&prompt=login", "&login_hint=sam"} {
		for _, who := range []*testkit.Browser{b, w.browser("nobody")} {
			who.Hops = nil
			who.Open(direct + extra)
			if back := who.Hops[1]; !strings.Contains(back, "error=tenant_not_enabled") {
				t.Errorf("authorize%s led to %s", extra, back)
			}
		}
	}
	fresh.Open(begun)
	fresh.Press("Continue", "email", sam.Identifier)
	w.notHere(fresh, "the page that was open", "pim")
	later.Open(w.ready.Issuer + "/login/again?" + later.Page.URL.RawQuery)
	later.Press("Continue", "email", sam.Identifier)
	w.notHere(later, "starting again", "pim")
	// From the other product, "use your PIM password instead" is not offered, and does nothing by its address.
	other := w.browser("other")
	other.Open(w.product("sdm").URL + "/")
	other.Press("Continue", "email", "nobody@acme.example")
	other.Press("Login", "password", "not the password")
	if other.Page.Says("Akeneo PIM password instead") {
		t.Errorf("a product that is off is offered: %s", other.Page.Text())
	}
	other.Open(w.ready.Issuer + "/login/instead?product=pim&" + other.Page.URL.RawQuery)
	if form := other.Page.Form("Continue"); form != nil {
		other.Send(form, "email", sam.Identifier)
	}
	if other.Page.Status < 400 {
		t.Errorf("by its address: %d %q", other.Page.Status, other.Page.H1)
	}
	b.Open(w.product("sdm").URL + "/")
	if b.Page.H1 != "Link your account." {
		t.Errorf("the other product: %q", b.Page.H1)
	}
}

// TestPilotHasNamedPeople: one person is on one side whatever they type, linked or not; somebody unknown learns nothing; a
// store that is down keeps the place.
func TestPilotHasNamedPeople(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana, dominic, omar := w.person("one_account", "pim"), w.person("username", "pim"), w.person("forgot", "pim")
	w.firstSignIn(w.browser("Dana"), dana)
	linked := w.browser("Omar, linked")
	w.firstSignIn(linked, omar)
	w.turn(server.Switching{State: directory.RolloutPilot, People: []string{dana.Email, "DPARK"}})
	asked := w.HashChecks()
	for typed, in := range map[string]bool{dana.Email: true, "dpetrov": true, dominic.Identifier: true, dominic.Email: true,
		omar.Email: false, "omar": false, "vera": false, "vera@acme.example": false, "Zoé": false, "nobody@acme.example": true, "nobody": true} {
		b := w.browser(typed)
		b.Open(w.product("pim").URL + "/")
		b.Press("Continue", "email", typed)
		if in && b.Page.H1 != "Enter your password" {
			t.Errorf("%s: %d %q", typed, b.Page.Status, b.Page.H1)
		}
		if !in {
			w.notHere(b, typed, "pim")
		}
	}
	if w.HashChecks() != asked {
		t.Error("a password was checked")
	}
	// Who is signed in already is told by the protocol, and stays signed in.
	linked.Open(w.product("pim").URL + "/user/logout")
	out := w.browser("Omar, elsewhere")
	out.Open(w.product("pim").URL + "/")
	linked.Hops = nil
	linked.Open(w.product("sdm").URL + "/")
	if linked.Page.H1 != "Link your account." {
		t.Errorf("the session of somebody outside, in another product: %q", linked.Page.H1)
	}
	// Those who take part go all the way.
	b := w.browser("Dominic")
	w.toInbox(b, dominic, dominic.Email)
	waiting := b.Page.Form("Continue")
	b.Open(w.link(dominic.Email, 1))
	b.Send(waiting)
	b.Press("Continue to Akeneo PIM")
	if !b.Page.Says("Hello Dominic") {
		t.Errorf("Dominic: %s", b.Page.Text())
	}
	// A store that is down: whoever is linked is known without it.
	w.SetStore("pim", "down")
	down := w.browser("down")
	down.Open(w.product("pim").URL + "/")
	down.Press("Continue", "email", "vera@acme.example")
	if down.Page.Status != http.StatusServiceUnavailable || down.Page.H1 != "Akeneo PIM is not answering" {
		t.Errorf("down: %d %q", down.Page.Status, down.Page.H1)
	}
	down.Follow("Try again")
	down.Press("Continue", "email", dana.Email)
	if down.Page.H1 != "Enter your password" {
		t.Errorf("down, somebody linked: %d %q", down.Page.Status, down.Page.H1)
	}
}

// TestPilotShare: a share lets in whom it lets in, by whatever they type, and a larger one keeps them.
func TestPilotShare(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	people := map[string][]string{"dana@acme.example": {"dpetrov"}, "d.park@acme.example": {"dpark"}, "sam@acme.example": {"sam"},
		"rita.moreau@acme.example": {"rita"}, "omar.haddad@acme.example": {"omar"}, "li.wang@acme.example": {"li"},
		"vera@acme.example": {"vera"}, "zoe@acme.example": {"zoé"}, "kevin@acme.example": {"kevin"}, "julia@acme.example": {"julia"}}
	before := map[string]bool{}
	for _, percent := range []int{30, 60, 100} {
		w.turn(server.Switching{State: directory.RolloutPilot, Percent: &percent})
		for _, address := range slices.Sorted(maps.Keys(people)) {
			id, err := w.PIM().UserID(t.Context(), people[address][0])
			if err != nil {
				t.Fatal(err)
			}
			want := directory.Pilot{Percent: percent}.Admits("acme", "pim", directory.Who{ExternalID: ident.ExternalID(id)})
			for _, typed := range append(people[address], address) {
				b := w.browser(typed)
				b.Open(w.product("pim").URL + "/")
				b.Press("Continue", "email", typed)
				in := b.Page.H1 == "Enter your password"
				if in != want || before[address] && !in {
					t.Errorf("%d %%: %s is in: %v, want %v, was %v", percent, typed, in, want, before[address])
				}
			}
			before[address] = want
		}
	}
}

// TestPilotLooksUpSparingly: a flow may ask only so often whom an identifier stands for.
func TestPilotLooksUpSparingly(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	w.turn(server.Switching{State: directory.RolloutPilot, People: []string{"julia"}})
	b := w.browser("M")
	b.Open(w.product("pim").URL + "/")
	first := b.Page.Form("Continue")
	b.Press("Continue", "email", "nobody")
	last := 0
	for i := range 15 {
		b.Open(first.Action + "?flow=" + first.Fields["flow"])
		b.Press("Continue", "email", "nobody"+string(rune('a'+i)))
		if last = b.Page.Status; last != http.StatusOK {
			break
		}
	}
	if last != http.StatusTooManyRequests || b.Page.Header.Get("Retry-After") == "" {
		t.Errorf("fifteen times: %d %q", last, b.Page.H1)
	}
}

// TestRolloutByRemoteControl: the demo's remote control turns every switch.
func TestRolloutByRemoteControl(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	post := func(body string) int {
		r, err := http.NewRequest(http.MethodPost, w.ready.Control+"/tenant/acme", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		return w.status(r)
	}
	for body, want := range map[string]int{`{"rollout":"pilot"}`: 400, `{"rollout":"half"}`: 400, `{"rollout":"on","product":"nothing"}`: 400, `{}`: 400,
		`{"rollout":"pilot","people":["dana@"]}`: 400, `{"rollout":"pilot","percent":101}`: 400} {
		if got := post(body); got != want {
			t.Errorf("%s: %d", body, got)
		}
	}
	if got := post(`{"rollout":"pilot","percent":10,"people":["julia"]}`); got != http.StatusOK {
		t.Fatal(got)
	}
	if got := post(`{"rollout":"off","product":"sdm"}`); got != http.StatusOK {
		t.Fatal(got)
	}
	for client, want := range map[string]string{"pim": `{"state":"pilot","max_age":30}`, "sdm": `{"state":"off","max_age":30}`} {
		b := w.browser(client)
		b.Open(w.ready.Issuer + "/rollout/" + client)
		if b.Page.Body != want {
			t.Errorf("%s: %s", client, b.Page.Body)
		}
	}
	history, err := w.Server().Store().Rollouts(t.Context(), "acme")
	if err != nil || len(history) != 3 || history[2].Product != "sdm" || history[1].Percent != 10 || history[1].People != 1 || history[2].Reason != "remote control" {
		t.Errorf("%+v %v", history, err)
	}
}

// TestWaitingLinkWhileOff (ATK-111): a link that waits does not become active while its product is off, however the person
// signs in, and still waits once it is back.
func TestWaitingLinkWhileOff(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	dana, _ := w.owned(b)
	states := func() map[ident.ProductID]account.LinkState {
		found := map[ident.ProductID]account.LinkState{}
		for _, l := range w.links(dana.Email) {
			found[l.ProductAccount.Product] = l.Link.State
		}
		return found
	}
	w.turn(server.Switching{Product: "sdm", State: directory.RolloutOff})
	w.signIn(b, "pim", dana.Email, dana.Password)
	if !strings.HasPrefix(b.Page.URL.String(), w.product("pim").URL) {
		t.Errorf("a link that cannot be made is named: %q %s", b.Page.H1, b.Page.Text())
	}
	if got := states(); got["pim"] != account.LinkActive || got["sdm"] != account.LinkPending {
		t.Fatalf("while the product is off: %v", got)
	}
	for _, to := range []server.Switching{{State: directory.RolloutOff}, {Product: "sdm", State: directory.RolloutOn}} {
		w.turn(to)
	}
	b.Open(w.product("sdm").URL + "/")
	if !strings.HasPrefix(b.Page.URL.String(), w.product("sdm").LegacyLogin) {
		t.Errorf("while the tenant is off: %s", b.Page.URL)
	}
	w.turn(server.Switching{State: directory.RolloutOn})
	again := w.browser("elsewhere")
	w.signIn(again, "sdm", dana.Email, dana.Password)
	if again.Page.H1 != "Link your account." {
		t.Errorf("after switching back: %q", again.Page.H1)
	}
	if got := states(); got["sdm"] != account.LinkPending {
		t.Errorf("after switching back: %v", got)
	}
}

// TestWaitingLinkOutsideThePilot: in the browser where a link waits, somebody whom the pilot does not have is not asked
// about it again and again; they are told once they prove the product's user.
func TestWaitingLinkOutsideThePilot(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	b := w.browser("T")
	dana, park := w.owned(b)
	w.turn(server.Switching{Product: "sdm", State: directory.RolloutPilot, People: []string{"sam@acme.example"}})
	w.signIn(b, "pim", dana.Email, dana.Password)
	if !strings.HasPrefix(b.Page.URL.String(), w.product("pim").URL) {
		t.Fatalf("signed in and got %q", b.Page.H1)
	}
	b.Open(w.product("sdm").URL + "/")
	if b.Page.H1 != "Link your account." {
		t.Fatalf("opening the product: %q %s", b.Page.H1, b.Page.Text())
	}
	b.Press("CONTINUE", "email", park.Identifier, "password", park.Password)
	w.notHere(b, "with the product's password", "sdm")
	for _, l := range w.links(dana.Email) {
		if l.ProductAccount.Product == "sdm" && l.Link.State != account.LinkPending {
			t.Errorf("the link is %s", l.Link.State)
		}
	}
}
