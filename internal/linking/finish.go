package linking

import (
	"slices"
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/connector"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// finish ends a flow with the password that the product had.
func finish(f Flow, a *Act, facts FinishFacts, now time.Time) (Outcome, error) {
	return conclude(f, a, facts, account.OriginAdopted(f.Product), f.AdoptHash, now)
}

// conclude makes the account, or says why not; without a password's hash it asks for a password first. It is reached with
// both proofs, and checks both again: here, and in second, a link becomes active, and nowhere else.
func conclude(f Flow, a *Act, facts FinishFacts, origin, hash string, now time.Time) (Outcome, error) {
	if !f.holdsLegacy() || !f.holdsMailbox() {
		return Outcome{}, fault.New(fault.Denied, "proof.missing")
	}
	stored := facts.ProductAccount.Stored
	if stored == nil || stored.ID != f.Candidate.ID || stored.Generation != f.Candidate.Generation {
		return Outcome{}, fault.New(fault.Denied, "proof.stale")
	}
	if link := facts.ProductAccount.Link; link != nil && link.State == account.LinkActive {
		return settle(f, a, now, Refused, "legacy.linked", audit.FlowRefused), nil
	}
	if facts.Asked && !stillThere(facts.Record, *stored) {
		return settle(f, a, now, Refused, "legacy.disabled", audit.FlowRefused), nil
	}
	f.Earlier = facts.ProductAccount.before()
	f.RecordedOnly = f.RecordedOnly || facts.ProductAccount.onRecord()
	if f.mustBeRecorded(facts.ownerID(), a.Setting.Product) && f.Email != stored.Email {
		return Outcome{}, fault.New(fault.Denied, "email.recorded")
	}
	if facts.AddressOwner != nil {
		return pend(f, a, facts, now), nil
	}
	if hash == "" {
		f.State = AwaitNewPassword
		f.CodeHash = ""
		return Outcome{Flow: f, Proofs: []account.Proof{*f.Mailbox},
			Events: []audit.Event{note(&f, a, 0, now, audit.MailboxProven, string(f.Mailbox.Method))}}, nil
	}
	out := link(f, a, *stored, origin, hash, now)
	replace(&out, facts.ProductAccount, now)
	offer(&out, a.Setting.Product, facts.Others, now)
	return out, nil
}

// ownerID is the account that has the address; empty when none has.
func (f FinishFacts) ownerID() ident.AccountID {
	if f.AddressOwner == nil {
		return ""
	}
	return f.AddressOwner.Account.ID
}

// replace ends every other link of a product account that gets a new one, and its sessions elsewhere: nobody keeps what
// they had of it (ATK-18).
func replace(out *Outcome, facts ProductAccountFacts, now time.Time) {
	others := facts.Pending
	if l := suspendedLink(facts); l != nil {
		others = append(slices.Clone(others), *l)
	}
	fresh := out.Links[len(out.Links)-1]
	ended := make([]account.Link, 0, len(others)+len(out.Links))
	for _, l := range others {
		if l.ID != fresh.ID {
			l.State, l.Reason, l.EndedAt = account.LinkEnded, account.ReasonReplaced, now
			ended = append(ended, l)
		}
	}
	out.Links = append(ended, out.Links...)
	out.EndSessions = append(out.EndSessions, SessionsEnd{Tenant: fresh.Tenant, ProductAccount: fresh.ProductAccount,
		ExceptBrowser: fresh.Browser})
}

// stillThere reports that the product still has the very user, switched on (ATK-86).
func stillThere(r *connector.Record, stored account.ProductAccount) bool {
	return r != nil && r.ExternalID == stored.ExternalID && r.Generation == stored.Generation && !r.Flags.Disabled
}

// passwordSet is the last step of somebody whose product password may not be carried on.
func passwordSet(f Flow, e PasswordSet, now time.Time) (Outcome, error) {
	if e.Weakness != "" {
		return Outcome{}, fault.New(fault.Invalid, e.Weakness)
	}
	if e.Hash == "" {
		return Outcome{}, fault.New(fault.Invalid, "new_password.empty")
	}
	return conclude(f, e.Act, e.Finish, account.OriginSet, e.Hash, now)
}

// link brings account, address, password, link and session into being, together.
func link(f Flow, a *Act, stored account.ProductAccount, origin, hash string, now time.Time) Outcome {
	f.State, f.Owner = Linked, a.Fresh.Account
	f.SessionFrom = account.ScopeFull
	if f.Mailbox.Method == account.MailboxCode {
		// A code can be read aloud to a stranger; it opens no more than the password that was typed here already did.
		f.SessionFrom = account.ScopeProduct
	}
	legacy, mailbox := *f.Legacy, *f.Mailbox
	legacy.SpentAt, mailbox.SpentAt = now, now
	f.Legacy, f.Mailbox = &legacy, &mailbox
	f.AdoptHash, f.CodeHash = "", ""
	f.Adopted = origin != account.OriginSet

	out := Outcome{
		Flow:  f,
		Reads: []Read{readProductAccount(stored)},
		Accounts: []account.Account{{ID: f.Owner, Status: account.Active, Name: stored.Name,
			Locale: f.Locale, CreatedAt: now}},
		Addresses: []account.Address{{Email: f.Email, Account: f.Owner, VerifiedAt: now, Proof: mailbox.ID, Primary: true}},
		Credentials: []account.Credential{{ID: a.Fresh.Credential, Account: f.Owner, Kind: account.Password,
			Origin: origin, Hash: hash, CreatedAt: now}},
		Links: []account.Link{{ID: a.Fresh.Link, Tenant: f.Tenant, Account: f.Owner, ProductAccount: stored.ID,
			State: account.LinkActive, Evidence: []ident.ProofID{legacy.ID, mailbox.ID}, Flow: f.ID, Browser: f.Browser,
			CreatedAt: now, ActiveAt: now}},
		Proofs:        []account.Proof{legacy, mailbox},
		Sessions:      []account.Session{session(f, a, now, legacy.Method, mailbox.Method)},
		EndSessionsOf: f.Browser,
		Events: []audit.Event{
			note(&f, a, 0, now, audit.MailboxProven, string(mailbox.Method)),
			note(&f, a, 1, now, audit.AccountCreated, origin),
			note(&f, a, 2, now, audit.LinkActivated, string(mailbox.Method)),
			note(&f, a, 3, now, audit.SignedIn, string(f.SessionFrom)),
		},
	}
	tellLinked(&out, f, a, stored, mailbox.Method, now)
	return out
}

// tellLinked tells every address known of the person: the confirmed one, and the one the product records when it is
// another (told at once, because it may belong to the rightful owner). Each mail can have the link suspended.
func tellLinked(out *Outcome, f Flow, a *Act, stored account.ProductAccount, other account.Method, now time.Time) {
	facts := factsOf(f, a)
	facts.LinkedAt, facts.Address = now, f.Email
	facts.Proofs = string(f.Legacy.Method) + "," + string(other)
	dice := FreshJoin{Mails: [2]ident.MailID(a.Fresh.Mails[:2]), NotMe: a.Fresh.NotMe, NotMeHash: a.Fresh.NotMeHash}
	tell(out, f, MailLinked, stored, facts, dice, now)
}

// tell mails the address of the account, and the one that the product records when it is another. Each mail can have the
// link suspended that it is about.
func tell(out *Outcome, f Flow, kind MailKind, about account.ProductAccount, facts MailFacts, dice FreshJoin, now time.Time) {
	for i, address := range [2]ident.Email{f.Email, about.Email} {
		if address.IsZero() || (i == 1 && address == f.Email) {
			continue
		}
		facts.NotMe = dice.NotMe[i]
		report := mailToken(f, PurposeNotMe, dice.NotMeHash[i], now, now.Add(ReportTTL))
		report.ProductAccount = about.ID
		if address != f.Email {
			report.To = address
		}
		out.MailTokens = append(out.MailTokens, report)
		out.Mails = append(out.Mails, Mail{ID: dice.Mails[i], Kind: kind, Tenant: f.Tenant, Flow: f.ID, To: address,
			Locale: f.Locale, Facts: facts, At: now, Deadline: now.Add(24 * time.Hour)})
	}
}
