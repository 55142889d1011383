package linking_test

import (
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/connector"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// TestSameEmailIsNamedBeforeItIsJoined (seed: "Akeneo merges them after you verify your email"): the other product's account
// is offered, and linked when the person goes on; refused, it stays as it is.
func TestSameEmailIsNamedBeforeItIsJoined(t *testing.T) {
	s := at(linking.AwaitJoin)
	if len(s.last.Links) != 1 || len(s.last.Sessions) != 1 || !s.last.Sessions[0].Full() {
		t.Fatalf("the first link does not stand by itself: %+v", s.last.Links)
	}
	if len(s.flow.Offers) != 1 || s.flow.Offers[0].ProductAccount.ExternalID != "77" {
		t.Fatalf("offered %+v", s.flow.Offers)
	}
	if err := s.apply(s.joined()); err != nil {
		t.Fatal(err)
	}
	got := s.last.Links
	if len(got) != 1 || got[0].State != account.LinkActive || got[0].Account != s.flow.Owner || len(got[0].Evidence) == 0 {
		t.Fatalf("linked %+v", got)
	}
	if len(s.last.Mails) != 1 || s.last.Mails[0].Kind != linking.MailLinked {
		t.Errorf("told by %+v", s.last.Mails)
	}
	refusing := at(linking.AwaitJoin)
	if err := refusing.apply(refusing.joined(0)); err != nil {
		t.Fatal(err)
	}
	if len(refusing.last.Links)+len(refusing.last.ProductAccounts) != 0 || refusing.flow.State != linking.Linked {
		t.Errorf("a refused account was touched: %+v", refusing.last.Links)
	}
}

// TestWhatIsNotJoined: each condition of joining, missing once, when it is offered and again when it is taken (ATK-10,
// ATK-13, ATK-14, ATK-15).
func TestWhatIsNotJoined(t *testing.T) {
	bends := map[string]func(f *linking.Found){
		"two accounts with the address":     func(f *linking.Found) { f.Records = append(f.Records, *record("78")) },
		"no account":                        func(f *linking.Found) { f.Records = nil },
		"another address":                   func(f *linking.Found) { f.Records[0].Email = email("other@acme.example") },
		"disabled":                          func(f *linking.Found) { f.Records[0].Flags.Disabled = true },
		"locked":                            func(f *linking.Found) { f.Records[0].Flags.Locked = true },
		"privileged":                        func(f *linking.Found) { f.Records[0].Flags.Privileged = true },
		"shared":                            func(f *linking.Found) { f.Records[0].Flags.Shared = true },
		"a shared product":                  func(f *linking.Found) { f.Setting.Product.Shared = true },
		"a product whose mailbox is no key": func(f *linking.Found) { f.Setting.Product.MailboxResetsPassword = false },
		"no stable id":                      func(f *linking.Found) { f.Setting.Connector.IDStable = false },
		"linked":                            func(f *linking.Found) { f.Facts.Link = &account.Link{State: account.LinkActive} },
		"waiting for somebody":              func(f *linking.Found) { f.Facts.Pending = []account.Link{{State: account.LinkPending}} },
		"somebody else's before":            func(f *linking.Found) { f.Facts.Earlier = "ac-other" },
	}
	for name, bend := range bends {
		t.Run(name, func(t *testing.T) {
			s := at(linking.AwaitMailbox)
			found := s.found("sdm", "77")
			bend(&found)
			s.others = []linking.Found{found}
			if err := s.apply(s.confirmed()); err != nil || s.flow.State != linking.Linked {
				t.Fatalf("offered: %s %v", s.flow.State, err)
			}
			s = at(linking.AwaitJoin)
			e := s.joined()
			bend(&e.Found[0])
			if err := s.apply(e); err != nil {
				t.Fatal(err)
			}
			if len(s.last.Links) > 0 || s.flow.State != linking.Linked {
				t.Errorf("taken: %+v", s.last.Links)
			}
		})
	}
}

// TestAddressesThatPeopleSet (ADR 0026): where people may set the address that the product records, it speaks for nothing in
// other products, and they are not even asked.
func TestAddressesThatPeopleSet(t *testing.T) {
	s := at(linking.AwaitMailbox)
	s.others = []linking.Found{s.found("sdm", "77")}
	e := s.confirmed().(linking.Confirmed)
	e.Setting.Product.AddressesProven = false
	if err := s.apply(e); err != nil || s.flow.State != linking.Linked || len(s.flow.Offers)+len(s.last.Deferrals) > 0 {
		t.Errorf("offered: %s %v %+v", s.flow.State, err, s.flow.Offers)
	}
	taken := at(linking.AwaitJoin)
	j := taken.joined()
	j.Setting.Product.AddressesProven = false
	if err := taken.apply(j); err != nil || len(taken.last.Links) > 0 {
		t.Errorf("taken: %v %+v", err, taken.last.Links)
	}
	down := at(linking.AwaitMailbox)
	found := down.found("sdm", "77")
	found.Records, found.Down = nil, true
	down.others = []linking.Found{found}
	e = down.confirmed().(linking.Confirmed)
	e.Setting.Product.AddressesProven = false
	if err := down.apply(e); err != nil || len(down.last.Deferrals) > 0 {
		t.Errorf("deferred: %v %+v", err, down.last.Deferrals)
	}
}

// TestOnlyOwnProofsReachFurther: a typed code, an address that the proven product account does not record, and an address
// that has an account offer nothing.
func TestOnlyOwnProofsReachFurther(t *testing.T) {
	offering := func(s *story, address string) *story {
		s.others = []linking.Found{s.found("sdm", "77")}
		s.others[0].Records[0].Email = email(address)
		return s
	}
	coded := offering(at(linking.AwaitCode), "dana@acme.example")
	if err := coded.apply(coded.codeTyped("code-hash")); err != nil || coded.flow.State != linking.Linked {
		t.Errorf("a typed code: %s %v", coded.flow.State, err)
	}
	other := at(linking.AwaitEmail)
	if err := other.apply(other.email("victim@acme.example")); err != nil {
		t.Fatal(err)
	}
	offering(other, "victim@acme.example")
	if err := other.apply(other.confirmed()); err != nil || other.flow.State != linking.Linked {
		t.Errorf("another address: %s %v", other.flow.State, err)
	}
	owned := offering(at(linking.AwaitMailbox), "dana@acme.example")
	owned.owner = dana()
	if err := owned.apply(owned.confirmed()); err != nil || owned.flow.State != linking.Pending || len(owned.flow.Offers) > 0 {
		t.Errorf("an owned address: %s %v", owned.flow.State, err)
	}
}

// TestOwnedAddressWaits (seed: "If the email you entered already belongs to another … account"): the link waits, the session
// opens this product alone, and the product's password is not carried on.
func TestOwnedAddressWaits(t *testing.T) {
	s := pending()
	o := s.last
	if len(o.Links) != 1 || o.Links[0].State != account.LinkPending || o.Links[0].Account != "ac-dana" || o.Links[0].Browser != firstTab {
		t.Fatalf("links %+v", o.Links)
	}
	if len(o.Accounts)+len(o.Credentials)+len(o.Addresses) > 0 || s.flow.AdoptHash != "" {
		t.Error("more than a link came of it")
	}
	if len(o.Sessions) != 1 || o.Sessions[0].Scope != account.ScopeProduct || o.Sessions[0].Account != "" {
		t.Fatalf("session %+v", o.Sessions)
	}
	if len(o.Mails) != 1 || o.Mails[0].Kind != linking.MailWaits || o.Mails[0].To != email("dana@acme.example") {
		t.Errorf("mails %+v", o.Mails)
	}
	off := at(linking.AwaitMailbox)
	off.owner = dana()
	off.owner.Account.Status = account.Disabled
	if err := off.apply(off.confirmed()); err != nil || off.flow.State != linking.Pending || len(off.last.Links)+len(off.last.Mails) > 0 {
		t.Errorf("an account that is switched off (ATK-25): %s %v %+v", off.flow.State, err, off.last.Links)
	}
}

// signIn lets Dana sign in with her own password.
func (s *story) signIn(t *testing.T, browser ident.BrowserID) {
	t.Helper()
	s.begin(linking.Start{Browser: browser})
	for _, e := range []linking.Event{s.identified(), s.accountPassword(true)} {
		if err := s.apply(from(e, browser)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWaitingLinkTakesThePasswordInItsBrowser: named once at the next sign-in there, in no other browser, and not for ever
// (ATK-05, ATK-23).
func TestWaitingLinkTakesThePasswordInItsBrowser(t *testing.T) {
	s := pending()
	s.signIn(t, firstTab)
	if s.flow.State != linking.AwaitJoin || len(s.flow.Offers) != 1 || s.flow.Offers[0].Kind != linking.OfferWaiting {
		t.Fatalf("%s %+v", s.flow.State, s.flow.Offers)
	}
	if len(s.last.Sessions) != 1 || !s.last.Sessions[0].Full() || len(s.last.Links) > 0 {
		t.Fatalf("the sign-in itself: %+v %+v", s.last.Sessions, s.last.Links)
	}
	if err := s.apply(s.joined()); err != nil {
		t.Fatal(err)
	}
	l := s.last.Links
	if len(l) != 1 || l[0].State != account.LinkActive || len(l[0].Evidence) != 3 || s.flow.State != linking.SignedIn {
		t.Fatalf("%s %+v", s.flow.State, l)
	}
	if len(s.last.EndSessions) != 1 || s.last.EndSessions[0].ProductAccount != l[0].ProductAccount {
		t.Errorf("others keep their session: %+v", s.last.EndSessions)
	}

	refused := pending()
	refused.signIn(t, firstTab)
	if err := refused.apply(refused.joined(0)); err != nil || refused.last.Links[0].Reason != account.ReasonNotMine {
		t.Errorf("not mine: %v %+v", err, refused.last.Links)
	}
	elsewhere := pending()
	elsewhere.signIn(t, otherTab)
	if elsewhere.flow.State != linking.SignedIn {
		t.Errorf("in another browser: %s", elsewhere.flow.State)
	}
	late := pending()
	late.now = late.now.Add(account.PendingTTL)
	late.signIn(t, firstTab)
	if late.flow.State != linking.SignedIn {
		t.Errorf("after 30 days: %s", late.flow.State)
	}
	reported := pending()
	reported.signIn(t, firstTab)
	other := reported.joined()
	other.Found[0].Facts.Earlier = "ac-before"
	other.Found[0].Facts.Stored = reported.stored
	other.Waiting[0].ProductAccount.Email = email("else@acme.example")
	if err := reported.apply(other); err != nil || len(reported.last.Links) > 0 {
		t.Errorf("somebody else's since, under another address: %v %+v", err, reported.last.Links)
	}
	gone := pending()
	gone.signIn(t, firstTab)
	e := gone.joined()
	e.Found[0].Records = nil
	if err := gone.apply(e); err != nil || len(gone.last.Links) > 0 {
		t.Errorf("a user that the product does not have any more: %v %+v", err, gone.last.Links)
	}
}

// TestWaitingLinkByMail: in another browser the mailbox is proven once more, there; no code that could be read aloud does it.
func TestWaitingLinkByMail(t *testing.T) {
	s := pending()
	s.begin(linking.Start{Browser: otherTab, Owner: "ac-dana", OwnerEmail: email("dana@acme.example"), OwnerAuthAt: s.now})
	if err := s.apply(from(s.mailAsked(), otherTab)); err != nil {
		t.Fatal(err)
	}
	shown := linking.CodeShown{Act: s.dice.act("browser-x"), MailToken: s.token(linking.PurposeConfirm), CodeHash: "c"}
	if err := s.apply(shown); fault.KeyOf(err) != "code.not_here" {
		t.Errorf("a code: %v", err)
	}
	if err := s.apply(s.email("mallory@evil.example")); err == nil {
		t.Error("another address was taken")
	}
	if err := s.apply(from(s.confirmed(), otherTab)); err != nil || s.flow.State != linking.AwaitJoin {
		t.Fatalf("%s %v", s.flow.State, err)
	}
	if err := s.apply(from(s.joined(), otherTab)); err != nil {
		t.Fatal(err)
	}
	if len(s.last.Links) != 1 || s.last.Links[0].State != account.LinkActive || s.last.Links[0].Browser != otherTab {
		t.Fatalf("%+v", s.last.Links)
	}
	nothing := pending()
	nothing.waiting = nil
	nothing.begin(linking.Start{Browser: otherTab, Owner: "ac-dana", OwnerEmail: email("dana@acme.example"), OwnerAuthAt: nothing.now})
	if err := nothing.apply(from(nothing.mailAsked(), otherTab)); fault.KeyOf(err) != "proof.missing" {
		t.Errorf("with nothing that waits: %v", err)
	}
}

// TestMailboxThatTheProductDoesNotKnow (ADR 0026): the mailbox of an account makes a link active only where it could take the
// product account in its own product anyway; for everything else the product's password is asked for.
func TestMailboxThatTheProductDoesNotKnow(t *testing.T) {
	ask := func(bend func(*linking.MailAsked)) error {
		s := pending()
		s.begin(linking.Start{Browser: otherTab, Owner: "ac-dana", OwnerEmail: email("dana@acme.example"), OwnerAuthAt: s.now})
		e := s.mailAsked().(linking.MailAsked)
		bend(&e)
		return s.apply(from(e, otherTab))
	}
	if err := ask(func(*linking.MailAsked) {}); err != nil {
		t.Fatal(err)
	}
	for name, bend := range map[string]func(*linking.MailAsked){
		"the product records another address": func(e *linking.MailAsked) { e.Again.Waiting[0].ProductAccount.Email = email("other@acme.example") },
		"the product records none":            func(e *linking.MailAsked) { e.Again.Waiting[0].ProductAccount.Email = ident.Email{} },
		"a mailbox does not reset it":         func(e *linking.MailAsked) { e.Setting.Product.MailboxResetsPassword = false },
	} {
		if err := ask(bend); fault.KeyOf(err) != "proof.missing" {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := pending()
	s.begin(linking.Start{Browser: otherTab, Owner: "ac-dana", OwnerEmail: email("dana@acme.example"), OwnerAuthAt: s.now})
	for _, e := range []linking.Event{from(s.mailAsked(), otherTab), nil} {
		if e == nil {
			e = from(s.confirmed(), otherTab)
		}
		if err := s.apply(e); err != nil {
			t.Fatal(err)
		}
	}
	moved := s.joined()
	moved.Found[0].Records[0].Email = email("other@acme.example")
	if err := s.apply(from(moved, otherTab)); err != nil || len(s.last.Links) > 0 {
		t.Errorf("the product's address has changed since: %v %+v", err, s.last.Links)
	}
}

// TestOutageDefers: a product that does not answer leaves a deferral; the look is repeated with a new proof of the mailbox.
func TestOutageDefers(t *testing.T) {
	s := at(linking.AwaitMailbox)
	down := s.found("sdm", "77")
	down.Records, down.Down = nil, true
	s.others = []linking.Found{down}
	if err := s.apply(s.confirmed()); err != nil || s.flow.State != linking.Linked || len(s.last.Deferrals) != 1 {
		t.Fatalf("%s %v %+v", s.flow.State, err, s.last.Deferrals)
	}
	deferral := s.last.Deferrals[0]
	deferral.Version = 1
	ask := func(now time.Time, e func(linking.LookAgain) linking.LookAgain) (*story, error) {
		again := newStory()
		again.now = now
		again.begin(linking.Start{Browser: firstTab, Owner: deferral.Account, OwnerEmail: email("dana@acme.example"), OwnerAuthAt: now})
		again.flow.Product = "sdm"
		look := again.again()
		look.Owner.Account.ID, look.Deferral, look.Found = deferral.Account, &deferral, again.found("sdm", "77")
		look = e(look)
		asked := again.mailAsked().(linking.MailAsked)
		asked.Setting, asked.Again = setting("acme", "sdm"), look
		if err := again.apply(asked); err != nil {
			return again, err
		}
		confirmed := again.confirmed().(linking.Confirmed)
		confirmed.Setting, confirmed.Again = setting("acme", "sdm"), &look
		if err := again.apply(confirmed); err != nil || again.flow.State != linking.AwaitJoin {
			return again, err
		}
		joined := again.joined()
		joined.Setting, joined.Deferral = setting("acme", "sdm"), &deferral
		return again, again.apply(joined)
	}
	same := func(l linking.LookAgain) linking.LookAgain { return l }
	done, err := ask(start.Add(time.Hour), same)
	if err != nil || len(done.last.Links) != 1 || len(done.last.Deferrals) != 1 || done.last.Deferrals[0].EndedAt.IsZero() {
		t.Fatalf("%v %+v %+v", err, done.last.Links, done.last.Deferrals)
	}
	if _, err := ask(start.Add(account.PendingTTL), same); fault.KeyOf(err) != "proof.missing" {
		t.Errorf("after 30 days: %v", err)
	}
	if _, err := ask(start.Add(time.Hour), func(l linking.LookAgain) linking.LookAgain {
		l.Owner.Primary = email("new@acme.example")
		return l
	}); fault.KeyOf(err) != "proof.missing" {
		t.Errorf("after a change of address: %v", err)
	}
	none, err := ask(start.Add(time.Hour), func(l linking.LookAgain) linking.LookAgain {
		l.Found.Records[0].Flags.Privileged = true
		return l
	})
	if err != nil || none.flow.State != linking.AwaitLink {
		t.Errorf("with nothing to join: %s %v", none.flow.State, err)
	}
}

// TestRelinkingElsewhereNeedsTheRecordedAddress: who had the product account before is not forgotten.
func TestRelinkingElsewhereNeedsTheRecordedAddress(t *testing.T) {
	s := at(linking.AwaitPassword)
	legacy := s.legacy(connector.Match).(linking.LegacyPasswordChecked)
	legacy.Facts.Earlier = "ac-before"
	if err := s.apply(legacy); err != nil {
		t.Fatal(err)
	}
	if err := s.apply(s.email("mallory@evil.example")); fault.KeyOf(err) != "email.recorded" {
		t.Errorf("another address: %v", err)
	}
	own := s.email("d.old@acme.example").(linking.EmailGiven)
	own.Owner = "ac-before"
	if err := s.apply(own); err != nil {
		t.Errorf("an address of the account that had it: %v", err)
	}
}
