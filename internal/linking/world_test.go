package linking_test

import (
	"slices"
	"strconv"
	"time"

	"ligature/internal/account"
	"ligature/internal/connector"
	"ligature/internal/directory"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// start is when the stories of these tests begin.
var start = time.Date(2026, 11, 3, 14, 1, 7, 0, time.UTC)

const (
	firstTab = ident.BrowserID("browser-t")
	otherTab = ident.BrowserID("browser-k")
)

func email(s string) ident.Email {
	e, err := ident.ParseEmail(s)
	if err != nil {
		panic("test address: " + s)
	}
	return e
}

func identifier(s string) ident.Identifier {
	i, err := ident.ParseIdentifier(s)
	if err != nil {
		panic("test identifier: " + s)
	}
	return i
}

func setting(tenant, product string) *directory.Setting {
	return &directory.Setting{
		Suite:     directory.Suite{Issuer: "https://id.example.com", Brand: directory.Brand{Account: "Example Cloud", Company: "Example"}, Locale: "en"},
		Tenant:    directory.Tenant{ID: ident.TenantID(tenant), Name: "Acme", Rollout: directory.RolloutOn, Administrators: []ident.Email{email("admin@acme.example")}, Version: 3},
		Product:   directory.Product{ID: ident.ProductID(product), Name: "Akeneo PIM", MailboxResetsPassword: true, AddressesProven: true, Version: 2},
		Connector: directory.ConnectorSpec{Name: "pim", IDStable: true, LockoutThreshold: 5},
	}
}

// dice counts, so that every run draws the same.
type dice struct{ n int }

func (d *dice) next(prefix string) string {
	d.n++
	return prefix + "-" + strconv.Itoa(d.n)
}

func (d *dice) fresh() linking.Fresh {
	f := linking.Fresh{
		Account: ident.AccountID(d.next("ac")), Credential: ident.CredentialID(d.next("cr")),
		ProductAccount: ident.ProductAccountID(d.next("pa")), Subject: ident.Subject(d.next("sub")),
		Link: ident.LinkID(d.next("ln")), Proof: ident.ProofID(d.next("pr")), MailboxProof: ident.ProofID(d.next("pr")),
		Session: ident.SessionID(d.next("se")),
	}
	for i := range f.NotMe {
		f.NotMe[i] = d.next("notme")
		f.NotMeHash[i] = "hash:" + f.NotMe[i]
	}
	for i := range f.Mails {
		f.Mails[i] = ident.MailID(d.next("ml"))
	}
	for i := range f.Events {
		f.Events[i] = ident.EventID(d.next("ev"))
	}
	return f
}

func (d *dice) mail() linking.MailDice {
	c, n := d.next("confirm"), d.next("notme")
	return linking.MailDice{Confirm: c, ConfirmHash: "hash:" + c, NotMe: n, NotMeHash: "hash:" + n}
}

func (d *dice) mailIDs(n int) []ident.MailID {
	ids := make([]ident.MailID, n)
	for i := range ids {
		ids[i] = ident.MailID(d.next("ml"))
	}
	return ids
}

func (d *dice) act(browser ident.BrowserID) *linking.Act {
	return &linking.Act{Browser: browser, Setting: setting("acme", "pim"), Fresh: d.fresh()}
}

func record(id string) *connector.Record {
	return &connector.Record{ExternalID: ident.ExternalID(id), Generation: "1", Username: "dpark", Email: email("dana@acme.example"), Name: "Dana Park"}
}

// begun is a flow at its start.
func begun() linking.Flow {
	out := linking.Begin(linking.Start{Flow: "fl-1", Ref: "K7Q-4MD", Event: "ev-0", Tenant: "acme", Product: "pim",
		AuthRequest: "ar-1", Browser: firstTab, Origin: linking.Origin{Agent: "Chrome on Windows", Network: "192.0.2.0/24"}, Locale: "en"}, start)
	out.Flow.Version = 1
	return out.Flow
}

// story walks a flow through events, storing what each leaves behind.
type story struct {
	dice   *dice
	flow   linking.Flow
	now    time.Time
	stored *account.ProductAccount
	link   *account.Link
	owner  *linking.OwnerFacts
	others []linking.Found
	// waiting are the pending links, as a store would give them.
	waiting []linking.WaitingLink
	tokens  map[string]linking.MailToken // by secret
	last    linking.Outcome
}

func newStory() *story {
	return &story{dice: &dice{}, flow: begun(), now: start, tokens: map[string]linking.MailToken{}}
}

// apply advances and keeps what the outcome changes, as a store would.
func (s *story) apply(e linking.Event) error {
	out, err := linking.Advance(s.flow, e, s.now)
	if err != nil {
		return err
	}
	s.last = out
	s.flow = out.Flow
	s.flow.Version++
	for _, pa := range out.ProductAccounts {
		pa.Version++
		s.stored = &pa
		if s.flow.Candidate != nil && s.flow.Candidate.ID == pa.ID {
			s.flow.Candidate = &pa
		}
	}
	for _, l := range out.Links {
		s.waiting = nil
		if l.State == account.LinkPending {
			s.waiting = []linking.WaitingLink{{Link: l, ProductAccount: *s.stored}}
			continue
		}
		s.link = &l
	}
	for _, t := range out.MailTokens {
		s.tokens[t.Hash] = t
	}
	return nil
}

func (s *story) identified() linking.Event {
	return linking.Identified{Act: s.dice.act(firstTab), Identifier: identifier("dpark")}
}

func (s *story) legacy(outcome connector.Outcome) linking.Event {
	e := linking.LegacyPasswordChecked{Act: s.dice.act(firstTab), Outcome: outcome, AdoptHash: "argon2id-hash",
		Facts: linking.ProductAccountFacts{Stored: s.stored, Link: s.link}}
	if outcome.Proven() {
		e.Record = record("42")
	}
	if s.flow.State == linking.AwaitLink {
		e.Identifier = identifier("dpark")
		e.Owner = &linking.OwnerFacts{Account: account.Account{ID: "ac-dana", Status: account.Active, Version: 5}, Primary: email("dana@acme.example")}
	}
	return e
}

func (s *story) email(address string) linking.Event {
	return linking.EmailGiven{Act: s.dice.act(firstTab), Email: email(address), Mail: s.dice.mail()}
}

func (s *story) resend() linking.Event {
	return linking.ResendAsked{Act: s.dice.act(firstTab), Mail: s.dice.mail()}
}

func (s *story) reset(address string) linking.Event {
	return linking.ResetAsked{Act: s.dice.act(firstTab), Identifier: identifier(address), Able: true}
}

// token is the confirming link mailed last.
func (s *story) token(purpose linking.MailPurpose) linking.MailToken {
	var newest linking.MailToken
	for _, t := range s.tokens {
		if t.Purpose == purpose && (newest.Hash == "" || len(t.Hash) > len(newest.Hash) || (len(t.Hash) == len(newest.Hash) && t.Hash > newest.Hash)) {
			newest = t
		}
	}
	return newest
}

func (s *story) finish() linking.FinishFacts {
	return linking.FinishFacts{AddressOwner: s.owner, ProductAccount: linking.ProductAccountFacts{Stored: s.stored, Link: s.link}, Others: s.others}
}

func (s *story) codeShown() linking.Event {
	return linking.CodeShown{Act: s.dice.act(otherTab), MailToken: s.token(linking.PurposeConfirm), CodeHash: "code-hash"}
}

func (s *story) confirmed() linking.Event {
	e := linking.Confirmed{Act: s.dice.act(firstTab), MailToken: s.token(linking.PurposeConfirm), Finish: s.finish()}
	if s.flow.ByMail {
		again := s.again()
		e.Again = &again
	}
	return e
}

func dana() *linking.OwnerFacts {
	return &linking.OwnerFacts{Account: account.Account{ID: "ac-dana", Status: account.Active, Version: 5},
		Credential: account.Credential{ID: "cr-dana", Hash: "h", Version: 4}, Primary: email("dana@acme.example")}
}

// again is what somebody who is signed in may be offered for a new proof of the mailbox: a link that waits.
func (s *story) again() linking.LookAgain {
	return linking.LookAgain{Owner: dana(), Waiting: s.waiting, Found: s.found("pim", "42")}
}

func (s *story) mailAsked() linking.Event {
	return linking.MailAsked{Act: s.dice.act(firstTab), Again: s.again(), Mail: s.dice.mail()}
}

// found is a product that has one user for an address.
func (s *story) found(product, id string) linking.Found {
	f := linking.Found{Setting: *setting("acme", product), Records: []connector.Record{*record(id)}, Fresh: linking.FreshJoin{
		ProductAccount: ident.ProductAccountID(s.dice.next("pa")), Subject: ident.Subject(s.dice.next("sub")), Link: ident.LinkID(s.dice.next("ln")),
		Deferral: ident.DeferralID(s.dice.next("df")), Event: ident.EventID(s.dice.next("ev"))}}
	f.Setting.Product.MailboxResetsPassword = true
	for i := range f.Fresh.Mails {
		f.Fresh.Mails[i] = ident.MailID(s.dice.next("ml"))
		f.Fresh.NotMe[i] = s.dice.next("notme")
		f.Fresh.NotMeHash[i] = "hash:" + f.Fresh.NotMe[i]
	}
	return f
}

// joined goes on with every offer, except those that are refused.
func (s *story) joined(refused ...int) linking.Joined {
	e := linking.Joined{Act: s.dice.act(firstTab), Owner: dana(), Waiting: s.waiting}
	e.Owner.Account.ID = s.flow.Owner
	for i, o := range s.flow.Offers {
		found := s.found(string(o.ProductAccount.Product), string(o.ProductAccount.ExternalID))
		if o.Kind == linking.OfferWaiting {
			found.Facts.Stored = s.stored
		}
		e.Found = append(e.Found, found)
		e.NotMine = append(e.NotMine, slices.Contains(refused, i))
	}
	return e
}

// pending is a story whose address belongs to Dana, and whose link waits for her.
func pending() *story {
	s := at(linking.AwaitMailbox)
	s.owner = dana()
	if err := s.apply(s.confirmed()); err != nil {
		panic(err)
	}
	return s
}

// begin starts another flow in the same world.
func (s *story) begin(b linking.Start) {
	b.Flow, b.Ref, b.Event, b.Tenant, b.Product, b.AuthRequest = ident.FlowID(s.dice.next("fl")), "AAA-BBB", "ev-1", "acme", "pim", "ar-2"
	s.flow = linking.Begin(b, s.now).Flow
	s.flow.Version = 1
}

func (s *story) codeTyped(hash string) linking.Event {
	return linking.CodeTyped{Act: s.dice.act(firstTab), Hash: hash, Finish: s.finish()}
}

func (s *story) passwordSet() linking.Event {
	return linking.PasswordSet{Act: s.dice.act(firstTab), Hash: "new-hash", Finish: s.finish()}
}

func (s *story) stopped() linking.Event {
	return linking.Stopped{Act: s.dice.act(otherTab), MailToken: s.token(linking.PurposeNotMe), Link: s.link, Mails: s.dice.mailIDs(2)}
}

func (s *story) accountPassword(right bool) linking.Event {
	return linking.AccountPasswordChecked{Act: s.dice.act(firstTab), Right: right, Known: true, Owner: *dana(), Waiting: s.waiting}
}

// at brings a story to a state by the shortest way.
func at(state linking.State) *story {
	s := newStory()
	do := func(e linking.Event) {
		if err := s.apply(e); err != nil {
			panic(string(state) + ": " + err.Error())
		}
	}
	switch state {
	case linking.AwaitIdentifier:
		return s
	case linking.Abandoned:
		do(linking.GaveUp{Act: s.dice.act(firstTab)})
		return s
	case linking.AwaitLink:
		s = pending()
		s.begin(linking.Start{Browser: firstTab, Owner: "ac-dana", OwnerEmail: email("dana@acme.example"), OwnerAuthAt: start})
		return s
	case linking.Pending:
		return pending()
	case linking.AwaitJoin:
		s = at(linking.AwaitMailbox)
		s.others = []linking.Found{s.found("sdm", "77")}
		if err := s.apply(s.confirmed()); err != nil {
			panic(err)
		}
		return s
	case linking.Expired:
		s.now = s.now.Add(linking.FlowTTL)
		do(s.identified())
		s.now = start
		return s
	}
	do(s.identified())
	if state == linking.AwaitPassword {
		return s
	}
	if state == linking.SignedIn {
		do(s.accountPassword(true))
		return s
	}
	outcome := connector.Match
	if state == linking.AwaitNewPassword {
		outcome = connector.MatchWeak
	}
	do(s.legacy(outcome))
	if state == linking.AwaitEmail {
		return s
	}
	do(s.email("dana@acme.example"))
	switch state {
	case linking.AwaitCode:
		do(s.codeShown())
	case linking.Refused:
		s.link = &account.Link{ID: "ln-other", State: account.LinkActive}
		do(s.confirmed())
	case linking.Linked, linking.AwaitNewPassword:
		do(s.confirmed())
	}
	return s
}
