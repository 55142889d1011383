package linking

import (
	"slices"
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// offer adds what may be joined to an account that has just come into being (seed: "Akeneo merges them after you verify
// your email"): only after the link in the mail was opened in this very browser, and only when the proven product account
// is itself recorded with that address. A product that did not answer leaves a deferral.
func offer(out *Outcome, proven directory.Product, others []Found, now time.Time) {
	f := out.Flow
	if !f.mayJoin(proven) {
		return
	}
	for _, found := range others {
		if found.Down && found.trusted() {
			out.Deferrals = append(out.Deferrals, account.Deferral{ID: found.Fresh.Deferral, Tenant: f.Tenant, Account: f.Owner,
				Product: found.Setting.Product.ID, Email: f.Email, Flow: f.ID, CreatedAt: now})
			continue
		}
		if pa, ok := found.joinable(f.Email); ok {
			f.Offers = append(f.Offers, Offer{Kind: OfferSameEmail, ProductAccount: pa})
		}
	}
	if len(f.Offers) > 0 {
		f.State, f.Deadline = AwaitJoin, now.Add(FreshTTL)
	}
	out.Flow = f
}

// mayJoin reports that the flow's proofs reach further than its own product account (ATK-13), whose product is given. The
// address that it records counts only where nobody could have set it to somebody else's: the mail alone is not enough, because
// its owner may be talked into forwarding it (ADR 0025).
func (f Flow) mayJoin(proven directory.Product) bool {
	return f.Mailbox != nil && f.Mailbox.Method == account.MailboxLink && f.Candidate != nil && f.Candidate.Email == f.Email &&
		proven.AddressesProven
}

// trusted reports that the product may be asked about an address alone: whoever controls the mailbox can take an account
// there anyway, and its store finds users by an id that never changes.
func (d Found) trusted() bool {
	p := d.Setting.Product
	return p.MailboxResetsPassword && !p.Shared && d.Setting.Connector.IDStable && d.Setting.Rollout() != directory.RolloutOff
}

// joinable is the one product account that is recorded with the address, if nothing speaks against joining it: it is
// enabled, not privileged, not shared, and neither linked nor about to be (ATK-14, ATK-15).
func (d Found) joinable(email ident.Email) (account.ProductAccount, bool) {
	if !d.trusted() || d.Down || len(d.Records) != 1 || email.IsZero() {
		return account.ProductAccount{}, false
	}
	r := d.Records[0]
	flags := r.Flags
	if r.ExternalID == "" || r.Email != email || flags.Disabled || flags.Locked || flags.Privileged || flags.Shared {
		return account.ProductAccount{}, false
	}
	if !d.Setting.Admits(directory.Who{ExternalID: r.ExternalID, Username: r.Username, Email: r.Email}) {
		return account.ProductAccount{}, false
	}
	if d.Facts.Link != nil || len(d.Facts.Pending) > 0 || d.Facts.Earlier != "" {
		return account.ProductAccount{}, false
	}
	pa := account.ProductAccount{Tenant: d.Setting.Tenant.ID, Product: d.Setting.Product.ID, ExternalID: r.ExternalID,
		Generation: r.Generation, Username: r.Username, Email: r.Email, Name: r.Name, Locale: r.Locale}
	if stored := d.Facts.Stored; stored != nil {
		pa.ID, pa.Subject, pa.SeenAt, pa.Version = stored.ID, stored.Subject, stored.SeenAt, stored.Version
	}
	return pa, true
}

// waitingHere are the offers of the account's links that wait and were proven in the browser of the flow.
func waitingHere(f Flow, waiting []WaitingLink, now time.Time) []Offer {
	var offers []Offer
	for _, w := range waiting {
		if w.Link.Browser == f.Browser && w.offered(f, now) && (w.Setting == nil || w.Setting.Admits(WhoIs(w.ProductAccount))) {
			offers = append(offers, Offer{Kind: OfferWaiting, ProductAccount: w.ProductAccount, Link: w.Link.ID})
		}
	}
	return offers
}

func (w WaitingLink) offered(f Flow, now time.Time) bool {
	return w.Link.Waits(now) && w.Link.Account == f.Owner && w.Link.Tenant == f.Tenant && w.ProductAccount.ID == w.Link.ProductAccount
}

// joined takes what the person said about each offer. What is not refused, and is still as it was when it was named, is
// linked; the rest stays as it is.
func joined(f Flow, e Joined, now time.Time) (Outcome, error) {
	if len(e.NotMine) != len(f.Offers) || len(e.Found) != len(f.Offers) {
		return Outcome{}, fault.New(fault.Moved, "flow.elsewhere")
	}
	owner := e.Owner
	if owner == nil || owner.Account.ID != f.Owner || owner.Account.Status != account.Active {
		return Outcome{}, fault.New(fault.Denied, "proof.missing")
	}
	j := joining{Flow: f, event: e, now: now}
	j.out.Reads = []Read{{Table: TableAccount, ID: string(f.Owner), Version: owner.Account.Version}}
	for i, o := range f.Offers {
		j.take(i, o)
	}
	if d := e.Deferral; d != nil && f.ByMail && f.Reason == "" && d.Waits(now) {
		ended := *d
		ended.EndedAt = now
		j.out.Deferrals = []account.Deferral{ended}
	}
	j.out.Flow = j.Flow
	j.out.Flow.State, j.out.Flow.Offers = f.over(Linked), nil
	return j.out, nil
}

// joining is the work of joined.
type joining struct {
	Flow
	event Joined
	now   time.Time
	out   Outcome
	own   *account.Proof // of the account's password, once it is evidence
}

func (j *joining) take(i int, o Offer) {
	found := j.event.Found[i]
	switch {
	case j.event.NotMine[i]:
		j.refuse(o, found)
	case o.Kind == OfferWaiting:
		j.activate(o, found)
	case o.Kind == OfferSameEmail:
		j.join(o, found)
	}
}

// refuse notes that the person does not know the product account, and ends the link that waited for them.
func (j *joining) refuse(o Offer, found Found) {
	j.note(audit.JoinRefused, o.ProductAccount.ID, string(o.Kind), found.Fresh)
	if w, ok := j.waiting(o); ok {
		ended := w.Link
		ended.State, ended.Reason, ended.EndedAt = account.LinkEnded, account.ReasonNotMine, j.now
		j.out.Links = append(j.out.Links, ended)
		j.out.EndSessions = append(j.out.EndSessions, SessionsEnd{Tenant: ended.Tenant, ProductAccount: ended.ProductAccount})
	}
}

// waiting is the link of the offer, if it waits still.
func (j *joining) waiting(o Offer) (WaitingLink, bool) {
	i := slices.IndexFunc(j.event.Waiting, func(w WaitingLink) bool { return w.Link.ID == o.Link })
	if o.Kind != OfferWaiting || i < 0 || !j.event.Waiting[i].offered(j.Flow, j.now) {
		return WaitingLink{}, false
	}
	return j.event.Waiting[i], true
}

// activate makes a link that waited active: with the account's own password given in the browser where it was proven, or
// with the mailbox proven once more in this one.
func (j *joining) activate(o Offer, found Found) {
	w, ok := j.waiting(o)
	if !ok || found.Down || !found.Setting.Admits(WhoIs(w.ProductAccount)) || found.Facts.Link != nil || !j.mayActivate(w, found) {
		return
	}
	if found.Setting.Connector.IDStable && !found.stillHas(w.ProductAccount) {
		return
	}
	past := j.Flow
	past.Earlier, past.RecordedOnly = found.Facts.before(), found.Facts.reported()
	if past.mustBeRecorded(j.Owner, found.Setting.Product) && w.ProductAccount.Email != j.Email {
		return // reported, or somebody else's, since it began to wait
	}
	next := w.Link
	next.State, next.ActiveAt, next.Flow, next.Browser = account.LinkActive, j.now, j.ID, j.Browser
	next.Evidence = append(slices.Clone(next.Evidence), j.evidence()...)
	j.out.Reads = append(j.out.Reads, readProductAccount(w.ProductAccount))
	j.activated(next, found.Facts, w.ProductAccount, found)
}

// mayActivate reports that a link that waits was proven in this browser, or that the mailbox was proven once more and, as things
// are now, would be enough in the product as well.
func (j *joining) mayActivate(w WaitingLink, found Found) bool {
	return w.Link.Browser == j.Browser || j.holdsMailbox() && w.follows(found.Setting.Product, j.Email) &&
		len(found.Records) == 1 && found.Records[0].Email == j.Email
}

// join links another product's account of the same address.
func (j *joining) join(o Offer, found Found) {
	pa, ok := found.joinable(j.Email)
	if !ok || !j.holdsJoin() || pa.ExternalID != o.ProductAccount.ExternalID || pa.Generation != o.ProductAccount.Generation {
		return
	}
	if pa.ID == "" {
		pa.ID, pa.Subject, pa.SeenAt = found.Fresh.ProductAccount, found.Fresh.Subject, j.now
		j.out.ProductAccounts = append(j.out.ProductAccounts, pa)
	} else {
		j.out.Reads = append(j.out.Reads, readProductAccount(pa))
	}
	fresh := account.Link{ID: found.Fresh.Link, Tenant: j.Tenant, Account: j.Owner, ProductAccount: pa.ID, State: account.LinkActive,
		Evidence: j.evidence(), Flow: j.ID, Browser: j.Browser, CreatedAt: j.now, ActiveAt: j.now}
	j.activated(fresh, found.Facts, pa, found)
}

// holdsJoin reports that the mailbox was proven in this flow by the link in the mail, in this browser.
func (j *joining) holdsJoin() bool {
	p := j.Mailbox
	return p != nil && p.Method == account.MailboxLink && p.Email == j.Email && p.Flow == j.ID && p.Browser == j.Browser &&
		(j.ByMail || j.mayJoin(j.event.Setting.Product))
}

// evidence are the proofs of this flow that a link made here rests on.
func (j *joining) evidence() []ident.ProofID {
	var ids []ident.ProofID
	if j.Mailbox != nil {
		ids = append(ids, j.Mailbox.ID)
		if j.Mailbox.SpentAt.IsZero() {
			spent := *j.Mailbox
			spent.SpentAt = j.now
			j.Mailbox = &spent
			j.out.Proofs = append(j.out.Proofs, spent)
		}
	}
	if j.OwnerAuthAt.IsZero() {
		return ids
	}
	if j.own == nil {
		j.own = &account.Proof{ID: j.event.Fresh.Proof, Method: account.AccountPassword, Tenant: j.Tenant, Product: j.Product,
			Account: j.Owner, Flow: j.ID, Browser: j.Browser, At: j.OwnerAuthAt, SpentAt: j.now}
		j.out.Proofs = append(j.out.Proofs, *j.own)
	}
	return append(ids, j.own.ID)
}

// activated writes a link that is active from now on, ends what else there was of its product account, and tells.
func (j *joining) activated(l account.Link, facts ProductAccountFacts, about account.ProductAccount, found Found) {
	one := Outcome{Links: []account.Link{l}}
	replace(&one, facts, j.now)
	j.out.Links = append(j.out.Links, one.Links...)
	j.out.EndSessions = append(j.out.EndSessions, one.EndSessions...)
	j.note(audit.LinkActivated, about.ID, string(account.AccountPassword), found.Fresh)
	setting := found.Setting
	if about.Product != j.Product {
		j.out.Reads = append(j.out.Reads, Read{Table: TableProduct, ID: string(about.Product), Version: setting.Product.Version},
			Read{Table: TableInstance, Tenant: j.Tenant, ID: string(about.Product), Version: setting.Instance.Version})
	}
	mailFacts := MailFacts{Product: setting.Product.Name, Tenant: setting.Tenant.Name, TimeZone: setting.Tenant.TimeZone,
		Agent: j.Origin.Agent, Network: j.Origin.Network, Request: j.Ref, Username: usernameOf(about), LinkedAt: j.now, Address: j.Email}
	for i, p := range j.proofs(l) {
		if i > 0 {
			mailFacts.Proofs += ","
		}
		mailFacts.Proofs += string(p)
	}
	tell(&j.out, j.Flow, MailLinked, about, mailFacts, found.Fresh, j.now)
}

// proofs are the methods that a mail names.
func (j *joining) proofs(l account.Link) []account.Method {
	var methods []account.Method
	if l.CreatedAt != j.now {
		methods = append(methods, account.LegacyPassword)
	}
	if j.Mailbox != nil {
		methods = append(methods, j.Mailbox.Method)
	}
	if j.own != nil {
		methods = append(methods, account.AccountPassword)
	}
	return methods
}

func (j *joining) note(action audit.Action, pa ident.ProductAccountID, reason string, dice FreshJoin) {
	ev := note(&j.Flow, j.event.Act, 0, j.now, action, reason)
	ev.ID, ev.ProductAccount = dice.Event, pa
	j.out.Events = append(j.out.Events, ev)
}
