package linking_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/connector"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// oracle keeps its own books of what was proven, from the events alone, and judges outcomes by them. It knows nothing
// of how Advance decides.
type oracle struct {
	t *testing.T
	// legacy: flow, browser, tenant and product account whose password matched in an accepted event.
	legacy map[[4]string]bool
	// waits: links that were committed as pending.
	waits map[ident.LinkID]account.Link
	// minted: hash of a mailed link to the flow, turn and address it was mailed for.
	minted map[string]linking.MailToken
	shown  map[ident.FlowID]string // the code that was shown last
}

// FuzzSequences plays any order of events by any browser, with facts of the wrong flow, user, tenant or address mixed
// in, on two flows at once. No link without a proof of that candidate and that mailbox, of this flow, in this tenant;
// terminal states absorb.
func FuzzSequences(f *testing.F) {
	f.Add([]byte{0, 0, 2, 0, 3, 0, 6, 0})
	f.Add([]byte{0, 0, 2, 0, 3, 0, 5, 0, 7, 0})
	f.Add([]byte{0, 0, 0, 1, 2, 0, 2, 1, 3, 0, 3, 1, 6, 4, 6, 5})
	f.Add([]byte{0, 0, 2, 16, 3, 0, 3, 32, 6, 8, 6, 0})
	f.Add([]byte{0, 0, 2, 64, 3, 0, 6, 0, 8, 0})
	f.Add([]byte{132, 1})
	f.Add([]byte{132, 9, 2, 65, 2, 1})
	f.Add([]byte{0, 0, 2, 0, 3, 0, 6, 64, 10, 0})             // joined with a same-email account
	f.Add([]byte{0, 0, 2, 0, 3, 0, 6, 8, 0, 1, 1, 65, 10, 1}) // pending, then the account's password
	f.Add([]byte{132, 1, 9, 1, 6, 1, 10, 1})                  // signed in, by mail
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 400 {
			return
		}
		playSequence(t, script)
	})
}

func playSequence(t *testing.T, script []byte) {
	o := &oracle{t: t, legacy: map[[4]string]bool{}, minted: map[string]linking.MailToken{}, shown: map[ident.FlowID]string{},
		waits: map[ident.LinkID]account.Link{}}
	d := &dice{}
	flows := []linking.Flow{begun(), begun()}
	flows[1].ID, flows[1].Browser, flows[1].Ref = "fl-2", otherTab, "AAA-BBB"
	if len(script) > 0 && script[0]&128 != 0 {
		signedIn := linking.Begin(linking.Start{Flow: "fl-2", Ref: "AAA-BBB", Event: "ev-1", Tenant: "acme", Product: "pim", Browser: otherTab,
			Owner: "ac-owner", OwnerEmail: email("dana@acme.example"), OwnerAuthAt: start}, start)
		flows[1] = signedIn.Flow
	}
	now := start
	for i := 0; i+1 < len(script); i += 2 {
		which := int(script[i+1]) & 1
		fl := flows[which]
		e := o.event(d, fl, flows, script[i], script[i+1])
		now = now.Add(time.Duration(script[i]) * time.Second)
		out, err := linking.Advance(fl, e, now)
		if err != nil {
			continue
		}
		if fl.State.Terminal() && (out.Flow.State != fl.State || len(out.Sessions) > 0 || e.Kind() != linking.OnStopped) {
			t.Fatalf("%s let %s through", fl.State, e.Kind())
		}
		o.judge(fl, e, out)
		next := out.Flow
		next.Version = fl.Version + 1
		flows[which] = next
	}
}

// event makes an event out of two bytes: the first names the kind, the bits of the second bend the facts.
func (o *oracle) event(d *dice, fl linking.Flow, flows []linking.Flow, kind, bend byte) linking.Event {
	a := d.act(fl.Browser)
	if bend&2 != 0 {
		a.Browser = flows[1-int(bend&1)].Browser
	}
	if bend&128 != 0 {
		a.Setting = setting("other", "pim")
	}
	rec := record([]string{"42", "43"}[bend>>4&1])
	stored := &account.ProductAccount{ID: ident.ProductAccountID("pa-" + string(rec.ExternalID)), Tenant: "acme", Product: "pim",
		ExternalID: rec.ExternalID, Generation: "1", Version: 1}
	address := email([]string{"dana@acme.example", "mallory@evil.example"}[bend>>5&1])
	facts := linking.FinishFacts{ProductAccount: linking.ProductAccountFacts{Stored: stored}}
	if bend&8 != 0 {
		facts.AddressOwner = &linking.OwnerFacts{Account: account.Account{ID: "ac-x", Status: account.Active}, Primary: address}
	}
	other := (&story{dice: d}).found("sdm", "77")
	if bend&64 != 0 {
		facts.Others = []linking.Found{other}
	}
	again := linking.LookAgain{Owner: &linking.OwnerFacts{Account: account.Account{ID: fl.Owner, Status: account.Active}, Primary: fl.Email}, Waiting: o.waiting(stored)}
	token := o.pick(fl, bend)
	switch linking.EventKinds()[int(kind)%len(linking.EventKinds())] {
	case linking.OnIdentified:
		return linking.Identified{Act: a, Identifier: identifier("dpark")}
	case linking.OnAccountPassword:
		return linking.AccountPasswordChecked{Act: a, Right: bend&64 != 0, Owner: linking.OwnerFacts{
			Account: account.Account{ID: "ac-x", Status: account.Active}, Credential: account.Credential{ID: "cr-x", Hash: "h"}, Primary: address}, Waiting: o.waiting(stored)}
	case linking.OnLegacyPassword:
		outcome := []connector.Outcome{connector.Match, connector.WrongPassword, connector.MatchWeak, connector.NotFound}[bend>>6&3]
		owner := &linking.OwnerFacts{Account: account.Account{ID: fl.Owner, Status: account.Active}, Primary: fl.Email}
		if bend&8 != 0 {
			owner.Account.ID = "ac-x"
		}
		return linking.LegacyPasswordChecked{Act: a, Outcome: outcome, Record: rec, AdoptHash: "h", Identifier: identifier("dpark"),
			Owner: owner, Facts: linking.ProductAccountFacts{Stored: stored}}
	case linking.OnEmailGiven:
		return linking.EmailGiven{Act: a, Email: address, Mail: d.mail()}
	case linking.OnResendAsked:
		return linking.ResendAsked{Act: a, Mail: d.mail()}
	case linking.OnCodeShown:
		return linking.CodeShown{Act: a, MailToken: token, CodeHash: d.next("code")}
	case linking.OnConfirmed:
		return linking.Confirmed{Act: a, MailToken: token, Finish: facts, Again: &again}
	case linking.OnCodeTyped:
		return linking.CodeTyped{Act: a, Hash: []string{fl.CodeHash, "guess"}[bend>>6&1], Finish: facts}
	case linking.OnPasswordSet:
		return linking.PasswordSet{Act: a, Hash: "n", Finish: facts}
	case linking.OnMailAsked:
		return linking.MailAsked{Act: a, Again: again, Mail: d.mail()}
	case linking.OnJoined:
		j := linking.Joined{Act: a, Owner: again.Owner, Waiting: again.Waiting}
		for range fl.Offers {
			found := other
			if fl.Offers[0].Kind == linking.OfferWaiting {
				found = (&story{dice: d}).found("pim", string(rec.ExternalID))
			}
			j.Found, j.NotMine = append(j.Found, found), append(j.NotMine, bend&32 != 0)
		}
		return j
	case linking.OnStopped:
		return linking.Stopped{Act: a, MailToken: token}
	case linking.OnResetAsked:
		return linking.ResetAsked{Act: a, Identifier: identifier(address.Key()), Able: bend&4 != 0, Owned: bend&8 != 0, Down: bend&16 != 0}
	}
	return linking.GaveUp{Act: a}
}

// pick is a link that was mailed: for this flow or for another, of this turn or an earlier one, or none at all.
func (o *oracle) pick(fl linking.Flow, bend byte) linking.MailToken {
	hashes := make([]string, 0, len(o.minted))
	for h := range o.minted {
		hashes = append(hashes, h)
	}
	slices.Sort(hashes)
	if len(hashes) == 0 || bend&12 == 12 {
		return linking.MailToken{Hash: "forged", Purpose: linking.PurposeConfirm, Flow: "fl-9"}
	}
	if bend&4 == 0 {
		for _, h := range slices.Backward(hashes) {
			if o.minted[h].Flow == fl.ID {
				return o.minted[h]
			}
		}
	}
	return o.minted[hashes[int(bend)%len(hashes)]]
}

// judge checks an outcome against the books and then enters it.
func (o *oracle) judge(fl linking.Flow, e linking.Event, out linking.Outcome) {
	for _, l := range out.Links {
		if l.State != account.LinkActive {
			continue
		}
		switch fl.State {
		case linking.AwaitLink:
			o.judgeSecond(fl, e, out, l)
			continue
		case linking.AwaitJoin:
			o.judgeJoined(fl, e, l)
			continue
		}
		if !o.legacy[[4]string{string(fl.ID), string(fl.Browser), string(l.Tenant), string(l.ProductAccount)}] {
			o.t.Fatalf("link of %s in %s without a proof of it in flow %s", l.ProductAccount, l.Tenant, fl.ID)
		}
		if !o.mailboxProven(fl, e, out) {
			o.t.Fatalf("link in flow %s although nobody proved %v", fl.ID, out.Addresses)
		}
		if len(out.Accounts) != 1 || len(out.Sessions) != 1 || out.Sessions[0].Browser != fl.Browser {
			o.t.Fatalf("a link makes one account and one session, of the first tab: %d, %d", len(out.Accounts), len(out.Sessions))
		}
	}
	if e.Kind() == linking.OnResetAsked && out.Flow.Version == fl.Version && !onlyAsks(fl, out) {
		o.t.Fatalf("asking for a product's reset in %s changed %+v", fl.State, out)
	}
	for _, l := range out.Links {
		delete(o.waits, l.ID)
		if l.State == account.LinkPending {
			o.waits[l.ID] = l
		}
	}
	if e.Kind() == linking.OnCodeShown && len(out.Sessions) > 0 {
		o.t.Fatal("the other browser got a session")
	}
	if lp, ok := e.(linking.LegacyPasswordChecked); ok && lp.Outcome.Proven() && out.Flow.State == linking.AwaitEmail {
		o.legacy[[4]string{string(fl.ID), string(lp.Browser), "acme", string(out.Flow.Candidate.ID)}] = true
	}
	if cs, ok := e.(linking.CodeShown); ok {
		o.shown[fl.ID] = cs.CodeHash
	}
	for _, mt := range out.MailTokens {
		o.minted[mt.Hash] = mt
	}
}

// onlyAsks reports that nothing came of an outcome but a product to be asked, a count, and the address in the flow; or the
// end of a flow whose time is over.
func onlyAsks(fl linking.Flow, out linking.Outcome) bool {
	mails := len(out.Mails) == 0 || len(out.Mails) == 1 && out.Mails[0].Kind == linking.MailProductReset
	return mails && (out.Flow.State == fl.State || out.Flow.State == linking.Expired) && out.Flow.Owner == fl.Owner && out.Flow.Deadline.Equal(fl.Deadline) &&
		len(out.Accounts)+len(out.Addresses)+len(out.Credentials)+len(out.ProductAccounts)+len(out.Links)+len(out.Proofs)+
			len(out.Sessions)+len(out.MailTokens)+len(out.EndSessions)+len(out.DroppedAddresses)+len(out.DroppedCredentials) == 0 &&
		out.EndSessionsOf == ""
}

// judgeSecond holds a link made on S7 to: this very event proved the password of the linked product account, in the flow's
// browser, for the account that was signed in, whose own password is fresh; and nothing but the link came of it.
func (o *oracle) judgeSecond(fl linking.Flow, e linking.Event, out linking.Outcome, l account.Link) {
	lp, ok := e.(linking.LegacyPasswordChecked)
	if !ok || !lp.Outcome.Proven() || lp.Browser != fl.Browser || lp.Owner.Account.ID != fl.Owner || l.Account != fl.Owner ||
		l.ProductAccount != ident.ProductAccountID("pa-"+string(lp.Record.ExternalID)) || l.Tenant != fl.Tenant {
		o.t.Fatalf("link of %s to %s without its proof for the account that is signed in", l.ProductAccount, l.Account)
	}
	if out.Flow.ChangedAt.Sub(fl.OwnerAuthAt) >= linking.FreshTTL {
		o.t.Fatalf("link %s after the account's password", out.Flow.ChangedAt.Sub(fl.OwnerAuthAt))
	}
	if len(out.Accounts)+len(out.Addresses)+len(out.Credentials)+len(out.Sessions) > 0 {
		o.t.Fatal("more than a link came of S7")
	}
}

// waiting are the links that wait, as a store would give them.
func (o *oracle) waiting(pa *account.ProductAccount) []linking.WaitingLink {
	var waiting []linking.WaitingLink
	for _, l := range o.waits {
		w := linking.WaitingLink{Link: l, ProductAccount: *pa}
		w.ProductAccount.ID = l.ProductAccount
		w.ProductAccount.ExternalID = ident.ExternalID(strings.TrimPrefix(string(l.ProductAccount), "pa-"))
		waiting = append(waiting, w)
	}
	return waiting
}

// judgeJoined holds a link made on S6 to: it waited for this very account, and either was proven in this browser, or the
// mailbox was proven again in it; or it was joined because this browser opened the link in the mail.
func (o *oracle) judgeJoined(fl linking.Flow, e linking.Event, l account.Link) {
	if e.(linking.Joined).Browser != fl.Browser || l.Account != fl.Owner {
		o.t.Fatalf("link of %s to %s by another browser or for another account", l.ProductAccount, l.Account)
	}
	again := fl.Mailbox != nil && fl.Mailbox.Method == account.MailboxLink && fl.Mailbox.Browser == fl.Browser && fl.Mailbox.Flow == fl.ID
	waited, ok := o.waits[l.ID]
	switch {
	case ok && (waited.Account != fl.Owner || waited.Browser != fl.Browser && !again):
		o.t.Fatalf("%s waited for %s in %s", l.ID, waited.Account, waited.Browser)
	case !ok && (!again || fl.Candidate == nil && !fl.ByMail || fl.Candidate != nil && fl.Candidate.Email != fl.Email):
		o.t.Fatalf("%s was joined without its proofs", l.ProductAccount)
	}
}

// mailboxProven reports that the link's address was proven to the first tab: by its own mailed link of this very turn,
// or by the code that such a link showed.
func (o *oracle) mailboxProven(fl linking.Flow, e linking.Event, out linking.Outcome) bool {
	if len(out.Addresses) != 1 || out.Addresses[0].Email != fl.Email {
		return false
	}
	switch e := e.(type) {
	case linking.Confirmed:
		mt, ok := o.minted[e.MailToken.Hash]
		return ok && e.Browser == fl.Browser && mt.Flow == fl.ID && mt.Email == fl.Email && mt.EmailTurn == fl.EmailTurn && mt.Purpose == linking.PurposeConfirm
	case linking.CodeTyped:
		return e.Browser == fl.Browser && e.Hash == o.shown[fl.ID] && e.Hash != ""
	case linking.PasswordSet:
		return fl.Mailbox != nil && fl.Mailbox.Email == fl.Email && fl.Mailbox.EmailTurn == fl.EmailTurn && fl.Mailbox.Browser == fl.Browser
	}
	return false
}

func TestSequencesFindLinks(t *testing.T) {
	// The fuzzer is worth nothing if its plain seeds never reach a link.
	s := at(linking.Linked)
	if s.link == nil || s.link.State != account.LinkActive {
		t.Fatal("the story does not end in a link")
	}
	if err := s.apply(s.confirmed()); !fault.Is(err, fault.Moved) {
		t.Fatalf("a finished flow answered %v, want fault.Moved", err)
	}
}
