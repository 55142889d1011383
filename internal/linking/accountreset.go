package linking

import (
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// ResetAsk is somebody who says that they forgot the password of the account with an address.
type ResetAsk struct {
	Email  ident.Email
	Flow   ident.FlowID // the sign-in it was asked for from; empty for none
	Origin Origin
	Locale string
	// Secret is the link's, and Hash its stored form.
	Secret, Hash string
	Mail         ident.MailID
	Event        ident.EventID
}

// ResetAskedFor queues what was asked, for an address that nobody has looked up: what is written, and what the answer takes,
// is the same for every address, and a server that ends meanwhile loses nothing.
func ResetAskedFor(ask ResetAsk, now time.Time) Outcome {
	return Outcome{Mails: []Mail{{ID: ask.Mail, Kind: MailResetAsked, To: ask.Email, Locale: ask.Locale, At: now, Deadline: now.Add(ResetAskTTL),
		Facts: MailFacts{Flow: ask.Flow, Agent: ask.Origin.Agent, Network: ask.Origin.Network}}}}
}

// AskReset mails the link to a new password. For an account that is not active the Outcome is empty: nothing is mailed, and
// nobody is told.
func AskReset(h Holding, ask ResetAsk, now time.Time) Outcome {
	if _, ok := h.address(ask.Email); !ok || h.Account.Status != account.Active {
		return Outcome{}
	}
	until := now.Add(ResetTTL)
	return Outcome{
		Reads: []Read{{Table: TableAccount, ID: string(h.Account.ID), Version: h.Account.Version}},
		Capabilities: []Capability{{Hash: ask.Hash, Purpose: ToReset, Account: h.Account.ID, Email: ask.Email, Flow: ask.Flow,
			CreatedAt: now, Deadline: until}},
		Mails: []Mail{{ID: ask.Mail, Kind: MailReset, To: ask.Email, Locale: ask.Locale, At: now, Deadline: until,
			Facts: MailFacts{Agent: ask.Origin.Agent, Network: ask.Origin.Network, TimeZone: h.TimeZone(), RequestedAt: now, Deadline: until,
				Confirm: ask.Secret}}},
		Events: []audit.Event{{ID: ask.Event, At: now, Action: audit.AccountResetAsked, Account: h.Account.ID, Network: ask.Origin.Network}},
	}
}

// PasswordReset is a new password, set in the browser that holds the mailed link.
type PasswordReset struct {
	Capability Capability
	// Browser is K: the one that holds the link and sets the password.
	Browser ident.BrowserID
	Origin  Origin
	Locale  string
	// Hash is the new password's; Weakness is why it will not do, empty when it will.
	Hash, Weakness string
	Lots           Lots
}

// Reset sets the account's password by its mailbox, and takes away whatever somebody else may have had in it: every session,
// every open flow, capability, email change and deferral, every other address, and every pending link that was proven in
// another browser.
//
// No link stays active. One whose product records exactly the mailbox that was just proven, and lets that mailbox reset its
// password, waits for the next sign-in in this browser, which names it once; any other is suspended until its product's
// password was given again. Whoever squatted the account may have put a product account of his own into it.
func Reset(h Holding, e PasswordReset, now time.Time) (Outcome, error) {
	spent, err := spend(e.Capability, ToReset, now)
	if err != nil {
		return Outcome{}, err
	}
	address, ok := h.address(spent.Email)
	if !ok || spent.Account != h.Account.ID || h.Account.Status != account.Active || e.Browser == "" {
		return Outcome{}, fault.New(fault.Expired, "capability.void")
	}
	if err := newPassword(e.Hash, e.Weakness); err != nil {
		return Outcome{}, err
	}
	out := Outcome{
		Reads:            h.whole(),
		Accounts:         []account.Account{h.Account},
		Credentials:      []account.Credential{setPassword(h, e.Hash, e.Lots.Credential, now)},
		Capabilities:     []Capability{spent},
		VoidCapabilities: []CapabilitiesVoid{{Account: h.Account.ID}},
		EndSessions:      []SessionsEnd{{Account: h.Account.ID}},
		EndFlows:         []FlowsEnd{{Account: h.Account.ID}},
		Deferrals:        endDeferrals(h.Deferrals, now),
		Proofs: []account.Proof{{ID: e.Lots.Proofs[0], Method: account.MailboxLink, Account: h.Account.ID, Browser: e.Browser,
			Email: spent.Email, At: now, SpentAt: now}},
		Events: []audit.Event{h.note(e.Lots, 0, now, audit.PasswordReset, "", e.Origin)},
	}
	onlyAddress(&out, h, address, now)
	told := resetLinks(&out, h, e, now)
	h.tell(&out, e.Lots, MailPasswordChanged, h.mailboxes(told...), MailFacts{Agent: e.Origin.Agent, Network: e.Origin.Network,
		DoneAt: now, Address: spent.Email, How: "reset"}, e.Locale, now)
	return out, nil
}

// onlyAddress leaves the account the mailbox that was just proven. Another address of it would be another way to reset the
// password, and whoever reads that mailbox may be the one who has to go (ATK-09).
func onlyAddress(out *Outcome, h Holding, proven account.Address, now time.Time) {
	for _, a := range h.Addresses {
		if a.Email != proven.Email {
			out.DroppedAddresses = append(out.DroppedAddresses, a)
		}
	}
	if proven.Primary && !proven.VerifiedAt.IsZero() {
		return
	}
	proven.VerifiedAt, proven.Proof, proven.Primary = now, out.Proofs[0].ID, true
	out.Addresses = []account.Address{proven}
}

// newPassword refuses what cannot be an account's password.
func newPassword(hash, weakness string) error {
	if weakness != "" {
		return fault.New(fault.Invalid, "new_password."+weakness)
	}
	if hash == "" {
		return fault.New(fault.Invalid, "new_password.empty")
	}
	return nil
}

// setPassword is the account's password with a new hash. It is the person's own from now on, wherever the old one came from.
func setPassword(h Holding, hash string, fresh ident.CredentialID, now time.Time) account.Credential {
	c := h.Credential
	if c.ID == "" {
		c = account.Credential{ID: fresh, Account: h.Account.ID, Kind: account.Password, CreatedAt: now}
	}
	c.Origin, c.Hash = account.OriginSet, hash
	return c
}

// resetLinks decides each link of the account, and gives the addresses that the products of active ones record.
func resetLinks(out *Outcome, h Holding, e PasswordReset, now time.Time) []ident.Email {
	var told []ident.Email
	for i, held := range h.Links {
		l := held.Link
		switch {
		case l.State == account.LinkActive && resetsItself(held, e.Capability.Email):
			l.State, l.Reason, l.EndedAt = account.LinkEnded, account.ReasonReset, now
			out.Links = append(out.Links, l, again(held.Link, e.Lots.Links[i], e.Browser, now))
		case l.State == account.LinkActive:
			l.State, l.Reason = account.LinkSuspended, resetReason(held, h.Account, e.Capability.Email)
			out.Links = append(out.Links, l)
		case l.State == account.LinkPending && l.Browser != e.Browser:
			l.State, l.Reason, l.EndedAt = account.LinkEnded, account.ReasonReset, now
			out.Links = append(out.Links, l)
			continue
		default:
			continue
		}
		told = append(told, held.ProductAccount.Email, held.recorded())
		out.Reads = append(out.Reads, Read{Table: TableProduct, ID: string(held.Product.ID), Version: held.Product.Version},
			readProductAccount(held.ProductAccount))
		out.EndSessions = append(out.EndSessions, SessionsEnd{Tenant: l.Tenant, ProductAccount: l.ProductAccount})
		ev := h.note(e.Lots, len(out.Events), now, audit.LinkSuspended, string(account.ReasonReset), e.Origin)
		ev.Tenant, ev.ProductAccount = l.Tenant, l.ProductAccount
		out.Events = append(out.Events, ev)
	}
	out.Reads = oneEach(out.Reads)
	return told
}

// resetReason says how a link comes back that a reset suspends: with its product's password, as a rule. An account that began
// with the link, under another address than the product records, may have begun with a mistake, and its mailbox may never have
// been the person's (ADR 0025).
func resetReason(l HeldLink, a account.Account, mailbox ident.Email) account.Reason {
	if l.Link.CreatedAt.Equal(a.CreatedAt) && l.recorded() != mailbox {
		return account.ReasonOtherAddress
	}
	return account.ReasonReset
}

// resetsItself reports that whoever reads the mailbox could take the product account in its own product anyway, because the
// product records that very address, and did so when it was asked last.
func resetsItself(l HeldLink, mailbox ident.Email) bool {
	return l.Product.MailboxResetsPassword && !mailbox.IsZero() && l.ProductAccount.Email == mailbox && l.recorded() == mailbox
}

// again is an ended link as one that waits for the next sign-in in the browser, on the same evidence.
func again(l account.Link, id ident.LinkID, browser ident.BrowserID, now time.Time) account.Link {
	return account.Link{ID: id, Tenant: l.Tenant, Account: l.Account, ProductAccount: l.ProductAccount,
		State: account.LinkPending, Evidence: l.Evidence, Flow: l.Flow, Browser: browser, CreatedAt: now}
}

// oneEach drops what is read twice: the same row is locked once.
func oneEach(reads []Read) []Read {
	seen := map[Read]bool{}
	var all []Read
	for _, r := range reads {
		if !seen[r] {
			seen[r] = true
			all = append(all, r)
		}
	}
	return all
}

func endDeferrals(open []account.Deferral, now time.Time) []account.Deferral {
	var ended []account.Deferral
	for _, d := range open {
		d.EndedAt = now
		ended = append(ended, d)
	}
	return ended
}

// note is an audit event of the account.
func (h Holding) note(lots Lots, i int, now time.Time, action audit.Action, reason string, from Origin) audit.Event {
	return audit.Event{ID: lots.Events[i], At: now, Action: action, Reason: reason, Account: h.Account.ID, Network: from.Network}
}

// tell mails the same to each of the mailboxes.
func (h Holding) tell(out *Outcome, lots Lots, kind MailKind, to []ident.Email, facts MailFacts, locale string, now time.Time) {
	facts.TimeZone = h.TimeZone()
	for i, mailbox := range to {
		if i >= len(lots.Mails) {
			return
		}
		out.Mails = append(out.Mails, Mail{ID: lots.Mails[i], Kind: kind, To: mailbox, Locale: locale, Facts: facts, At: now,
			Deadline: now.Add(24 * time.Hour)})
	}
}
