package linking

import (
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// pend ends a flow whose address belongs to an account already (seed: "If the email you entered already belongs to another
// … account"). Both ends are proven, but whose account it is is not: the link waits for that account's password, the
// product's password is not carried on, and the session opens this one product account. An account that is switched off
// gets no link.
func pend(f Flow, a *Act, facts FinishFacts, now time.Time) Outcome {
	owner, stored := facts.AddressOwner, *facts.ProductAccount.Stored
	legacy, mailbox := *f.Legacy, *f.Mailbox
	legacy.SpentAt, mailbox.SpentAt = now, now
	f.Legacy, f.Mailbox = &legacy, &mailbox
	f.State, f.SessionFrom = Pending, account.ScopeProduct
	f.AdoptHash, f.CodeHash = "", ""
	out := Outcome{
		Flow: f,
		Reads: []Read{readProductAccount(stored),
			{Table: TableAccount, ID: string(owner.Account.ID), Version: owner.Account.Version}},
		Proofs:        []account.Proof{legacy, mailbox},
		Sessions:      []account.Session{session(f, a, now, legacy.Method, mailbox.Method)},
		EndSessionsOf: f.Browser,
		Events: []audit.Event{
			note(&f, a, 0, now, audit.MailboxProven, string(mailbox.Method)),
			note(&f, a, 2, now, audit.SignedIn, string(f.SessionFrom)),
		},
	}
	if owner.Account.Status != account.Active {
		ev := note(&f, a, 1, now, audit.FlowRefused, "address.switched_off")
		out.Events = append(out.Events, ev)
		return out
	}
	out.Links = []account.Link{{ID: a.Fresh.Link, Tenant: f.Tenant, Account: owner.Account.ID, ProductAccount: stored.ID,
		State: account.LinkPending, Evidence: []ident.ProofID{legacy.ID, mailbox.ID}, Flow: f.ID, Browser: f.Browser, CreatedAt: now}}
	replacePending(&out, facts.ProductAccount, now)
	out.Events = append(out.Events, note(&f, a, 1, now, audit.LinkWaits, string(mailbox.Method)))
	mailFacts := factsOf(f, a)
	mailFacts.LinkedAt, mailFacts.Address = now, f.Email
	mailFacts.Proofs = string(legacy.Method) + "," + string(mailbox.Method)
	dice := FreshJoin{Mails: [2]ident.MailID(a.Fresh.Mails[:2]), NotMe: a.Fresh.NotMe, NotMeHash: a.Fresh.NotMeHash}
	tell(&out, f, MailWaits, stored, mailFacts, dice, now)
	return out
}

// replacePending ends the links of the product account that waited before: the newest proof counts. A suspended one stays,
// so that what was reported is not forgotten.
func replacePending(out *Outcome, facts ProductAccountFacts, now time.Time) {
	ended := make([]account.Link, 0, len(facts.Pending)+1)
	for _, l := range facts.Pending {
		l.State, l.Reason, l.EndedAt = account.LinkEnded, account.ReasonReplaced, now
		ended = append(ended, l)
	}
	out.Links = append(ended, out.Links...)
}

// mailAsked mails a link to somebody who is signed in and has a link to the product that waits, or a look that could not be
// made. It has to be opened in this very browser.
func mailAsked(f Flow, e MailAsked, now time.Time) (Outcome, error) {
	if !e.Again.allowed(f, e.Setting.Product, now) {
		return Outcome{}, fault.New(fault.Denied, "proof.missing")
	}
	for _, o := range e.Again.waiting(f, e.Setting.Product, now) {
		if !e.Setting.Admits(WhoIs(o.ProductAccount)) {
			return notYet(f, e.Act, now), nil
		}
	}
	if err := mayMail(f, now); err != nil {
		return Outcome{}, err
	}
	f.State, f.ByMail, f.Email = AwaitMailbox, true, e.Again.Owner.Primary
	f.EmailTurn = max(1, f.EmailTurn)
	f.Deadline = now.Add(LinkTTL)
	return send(f, e.Act, e.Mail, MailActivate, now), nil
}

// allowed reports that the account that is signed in may prove its mailbox instead of the password of the product that is given.
func (l LookAgain) allowed(f Flow, opening directory.Product, now time.Time) bool {
	if l.Owner == nil || l.Owner.Account.ID != f.Owner || l.Owner.Account.Status != account.Active || l.Owner.Primary.IsZero() {
		return false
	}
	return len(l.waiting(f, opening, now)) > 0 || l.deferred(f, now)
}

// waiting are the account's links to the product being opened that wait, wherever they were proven, and that its mailbox alone
// can make active.
func (l LookAgain) waiting(f Flow, opening directory.Product, now time.Time) []Offer {
	var offers []Offer
	for _, w := range l.Waiting {
		if w.ProductAccount.Product == f.Product && w.offered(f, now) && w.follows(opening, l.Owner.Primary) {
			offers = append(offers, Offer{Kind: OfferWaiting, ProductAccount: w.ProductAccount, Link: w.Link.ID})
		}
	}
	return offers
}

// follows reports that whoever reads the mailbox could take the product account in its own product anyway. Anybody may have
// named the mailbox when the link was made: the person may have mistyped it, and its owner must not get the product account for
// that (ADR 0025).
func (w WaitingLink) follows(opening directory.Product, mailbox ident.Email) bool {
	return opening.MailboxResetsPassword && !mailbox.IsZero() && w.ProductAccount.Email == mailbox
}

func (l LookAgain) deferred(f Flow, now time.Time) bool {
	d := l.Deferral
	return d != nil && d.Waits(now) && d.Tenant == f.Tenant && d.Product == f.Product && d.Account == f.Owner && d.Email == l.Owner.Primary
}

// lookedAgain names what was found after the mailbox was proven once more; with nothing to name the person goes on with the
// product's password.
func lookedAgain(f Flow, e Confirmed, now time.Time) (Outcome, error) {
	if e.Again == nil || !e.Again.allowed(f, e.Setting.Product, now) {
		return Outcome{}, fault.New(fault.Denied, "proof.missing")
	}
	f.Offers = e.Again.waiting(f, e.Setting.Product, now)
	if pa, ok := e.Again.Found.joinable(f.Email); ok && len(f.Offers) == 0 && e.Again.deferred(f, now) {
		f.Offers = []Offer{{Kind: OfferSameEmail, ProductAccount: pa}}
	}
	f.State, f.Deadline = AwaitJoin, now.Add(FreshTTL)
	out := Outcome{Flow: f, Proofs: []account.Proof{*f.Mailbox},
		Events: []audit.Event{note(&f, e.Act, 0, now, audit.MailboxProven, string(f.Mailbox.Method))}}
	if len(f.Offers) == 0 {
		out.Flow.State, out.Flow.ByMail, out.Flow.Mailbox, out.Problem = AwaitLink, false, nil, "join.nothing"
	}
	return out, nil
}

// stillHas reports whether the product still has the very user, switched on.
func (d Found) stillHas(pa account.ProductAccount) bool {
	return len(d.Records) == 1 && stillThere(&d.Records[0], pa)
}

func usernameOf(p account.ProductAccount) string {
	if p.Username != "" {
		return p.Username
	}
	return p.Email.Key()
}
