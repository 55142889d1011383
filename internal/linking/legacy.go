package linking

import (
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/connector"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// legacyPassword takes the answer of the product being opened. Only a match for a user that has no active link proves
// anything: once a link is active, the product's password is dead here.
func legacyPassword(f Flow, e LegacyPasswordChecked, now time.Time) (Outcome, error) {
	if f.Product == "" {
		return Outcome{}, fault.New(fault.Denied, "flow.no_product")
	}
	if f.State == AwaitLink {
		f.Identifier = e.Identifier
	}
	if e.Outcome == connector.Unavailable {
		// Nothing was learnt and nothing is counted; what was typed beside the password is not typed again.
		return Outcome{Flow: f, Problem: keyProductDown, Events: []audit.Event{note(&f, e.Act, 0, now, audit.ProductDown, "")}}, nil
	}
	if e.Facts.Link != nil && e.Facts.Link.State == account.LinkActive {
		return refusePassword(f, e.Act, now, "password.wrong"), nil
	}
	if !e.Outcome.Proven() {
		out := refusePassword(f, e.Act, now, legacyProblem(e))
		tellTried(&out, f, e, now)
		return out, nil
	}
	record := e.Record
	if record == nil || record.ExternalID == "" {
		return Outcome{}, fault.New(fault.Unavailable, "connector.nameless")
	}
	if problem := flagProblem(record.Flags); problem != "" {
		return refusePassword(f, e.Act, now, problem), nil
	}
	candidate, changed, err := candidateOf(f, e, *record, now)
	if err != nil {
		return Outcome{}, err
	}
	if !e.Setting.Admits(WhoIs(candidate)) {
		return notYet(f, e.Act, now), nil
	}
	proof := account.Proof{
		ID: e.Fresh.Proof, Method: account.LegacyPassword, Tenant: f.Tenant, Product: f.Product,
		ProductAccount: candidate.ID, Flow: f.ID, Browser: f.Browser, At: now,
	}
	f.Candidate, f.Legacy = &candidate, &proof
	f.RecordedOnly = e.Facts.onRecord()
	f.Earlier = e.Facts.before()
	if f.State == AwaitLink {
		return second(f, e, candidate, changed, now)
	}
	f.AdoptHash = ""
	if adoptable(e, record.Flags) {
		f.AdoptHash = e.AdoptHash
	}
	f.State = AwaitEmail
	f.Deadline = now.Add(FlowTTL)
	out := Outcome{Flow: f, Proofs: []account.Proof{proof}}
	if changed {
		out.ProductAccounts = []account.ProductAccount{candidate}
	} else {
		out.Reads = append(out.Reads, readProductAccount(candidate))
	}
	out.Events = []audit.Event{note(&f, e.Act, 0, now, audit.LegacyProven, string(e.Outcome))}
	return out, nil
}

// mustBeRecorded reports that only the address which the product records may be confirmed for the candidate: its last
// link comes back in no other way, or it was linked to another account than owner before.
func (f Flow) mustBeRecorded(owner ident.AccountID, p directory.Product) bool {
	return f.RecordedOnly || p.OtherAddress == directory.ProveRecorded || f.Earlier != "" && f.Earlier != owner
}

// before is the account that the product account belonged to: by the link that is suspended, or else by the latest one that
// has ended; empty when there is none. A reset suspends links, and must not make anybody's product password worth something
// again that was dead here.
func (p ProductAccountFacts) before() ident.AccountID {
	if l := suspendedLink(p); l != nil {
		return l.Account
	}
	return p.Earlier
}

// reported says that somebody who reads the recorded mailbox said of the product account's last link that it was not them.
func (p ProductAccountFacts) reported() bool {
	if l := suspendedLink(p); l != nil {
		return l.Reason == account.ReasonReported
	}
	return p.EarlierReported
}

// onRecord says that only the recorded address brings the product account back: its last link was reported, or the account that
// began with it was reset under another address.
func (p ProductAccountFacts) onRecord() bool {
	l := suspendedLink(p)
	return p.reported() || l != nil && l.Reason.OnRecord()
}

// suspendedLink is the link of the product account that was suspended; nil when there is none.
func suspendedLink(facts ProductAccountFacts) *account.Link {
	if facts.Link != nil && facts.Link.State == account.LinkSuspended {
		return facts.Link
	}
	return nil
}

// legacyProblem is what a person is told about a password that proved nothing. Only "explicit" disclosure and a store
// that really can find may say that somebody does not exist.
func legacyProblem(e LegacyPasswordChecked) string {
	if e.Setting.Suite.Disclosure == directory.Uniform || !e.Setting.Connector.IDStable {
		return "password.wrong"
	}
	switch e.Outcome {
	case connector.NotFound:
		return "password.unknown"
	case connector.Disabled:
		return "legacy.disabled"
	case connector.Locked:
		return "legacy.locked"
	case connector.MustReset:
		return "legacy.must_reset"
	}
	return "password.wrong"
}

func flagProblem(flags connector.Flags) string {
	switch {
	case flags.Disabled:
		return "legacy.disabled"
	case flags.Locked:
		return "legacy.locked"
	case flags.MustReset:
		return "legacy.must_reset"
	}
	return ""
}

// adoptable reports that the product's password may become the account's.
func adoptable(e LegacyPasswordChecked, flags connector.Flags) bool {
	return e.Setting.OnLinkFor() == directory.Adopt && e.Weakness == "" && e.AdoptHash != "" &&
		e.Outcome == connector.Match && !flags.Shared && !flags.Weak && !e.Setting.Product.Weak && !e.Setting.Product.Shared
}

// candidateOf is the product account of the record: the stored one brought up to date, or a new one. changed says that
// it has to be written.
func candidateOf(f Flow, e LegacyPasswordChecked, r connector.Record, now time.Time) (account.ProductAccount, bool, error) {
	stored := e.Facts.Stored
	if stored == nil {
		return account.ProductAccount{
			ID: e.Fresh.ProductAccount, Tenant: f.Tenant, Product: f.Product, ExternalID: r.ExternalID,
			Generation: r.Generation, Subject: e.Fresh.Subject, Username: r.Username, Email: r.Email,
			Name: r.Name, Locale: r.Locale, SeenAt: now,
		}, true, nil
	}
	next := *stored
	if e.Facts.reported() {
		// Whoever reported the link reads the address that was recorded then; a product's later word does not move it.
		r.Email = stored.Email
	}
	if next.Tenant != f.Tenant || next.Product != f.Product || next.ExternalID != r.ExternalID || next.Generation != r.Generation {
		return account.ProductAccount{}, false, fault.New(fault.Denied, "connector.other_account")
	}
	next.Username, next.Email, next.Name, next.Locale = r.Username, r.Email, r.Name, r.Locale
	if next == *stored {
		return next, false, nil
	}
	next.SeenAt = now
	return next, true, nil
}

func readProductAccount(p account.ProductAccount) Read {
	return Read{Table: TableProductAccount, Tenant: p.Tenant, ID: string(p.ID), Version: p.Version}
}
