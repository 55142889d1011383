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

// EmailChangeTTL is how long an email change waits for both mailboxes; each link works LinkTTL.
const EmailChangeTTL = FlowTTL

// EmailChangesPerHour is how many email changes one account may begin.
func EmailChangesPerHour() AttemptPolicy { return AttemptPolicy{Free: 3, Window: time.Hour} }

// EmailChange is a request to give an account another address. Both mailboxes have to agree to it, in the browser that asked:
// a session alone moves nothing, and neither does a mailbox alone. It is a value.
type EmailChange struct {
	ID         ident.EmailChangeID
	Account    ident.AccountID
	Browser    ident.BrowserID // the one that asked
	Ref        ident.Ref
	Origin     Origin
	Locale     string
	From, To   ident.Email
	Mails      int // to each of the two, the resends among them
	LastMailAt time.Time
	CreatedAt  time.Time
	Deadline   time.Time
	EndedAt    time.Time
	End        ChangeEnd // how it ended; empty while it is open
	Version    int64
}

// ChangeEnd says how an email change ended.
type ChangeEnd string

// The ends.
const (
	ChangeDone       ChangeEnd = "done"
	ChangeStopped    ChangeEnd = "stopped"    // one of the mailboxes said no
	ChangeSuperseded ChangeEnd = "superseded" // another one was begun
	ChangeVoid       ChangeEnd = "void"       // the account's password changed meanwhile
	ChangeRefused    ChangeEnd = "refused"    // the new address has an account of its own
)

// Open reports whether the change may still be finished.
func (c EmailChange) Open(now time.Time) bool {
	return c.ID != "" && c.EndedAt.IsZero() && now.Before(c.Deadline)
}

// ResendsLeft is how often the mails can still be asked for.
func (c EmailChange) ResendsLeft() int { return max(0, Resends+1-c.Mails) }

// ended is the change with its end.
func (c EmailChange) ended(how ChangeEnd, now time.Time) EmailChange {
	c.EndedAt, c.End = now, how
	return c
}

func endChanges(open []EmailChange, how ChangeEnd, now time.Time) []EmailChange {
	var ended []EmailChange
	for _, c := range open {
		ended = append(ended, c.ended(how, now))
	}
	return ended
}

// ChangeDice are the secrets of the two mails of a change, and their hashes: the link that agrees, and the one that stops.
type ChangeDice struct {
	Agree, AgreeHash, Stop, StopHash string
}

// EmailChangeAsk begins an email change.
type EmailChangeAsk struct {
	Session account.Session
	// Right says that the account's password was given.
	Right  bool
	To     ident.Email
	ID     ident.EmailChangeID
	Ref    ident.Ref
	Origin Origin
	Locale string
	// New and Present are the secrets of the mails to the two mailboxes.
	New, Present ChangeDice
	Lots         Lots
}

// BeginEmailChange mails both mailboxes. Whether somebody else has the new address makes no difference here: that is told
// to whoever proved the mailbox, at the end.
func BeginEmailChange(h Holding, e EmailChangeAsk, now time.Time) (Outcome, error) {
	if err := mayChange(h, e.Session, now); err != nil {
		return Outcome{}, err
	}
	if !e.Right {
		return refusedPassword(h, e.Lots, e.Origin, now), nil
	}
	from := h.Primary()
	if from.Email.IsZero() {
		return Outcome{}, fault.New(fault.Denied, "account.missing")
	}
	if err := h.mayHave(e.To); err != nil {
		return Outcome{}, err
	}
	c := EmailChange{ID: e.ID, Account: h.Account.ID, Browser: e.Session.Browser, Ref: e.Ref, Origin: e.Origin, Locale: e.Locale,
		From: from.Email, To: e.To, CreatedAt: now, Deadline: now.Add(EmailChangeTTL)}
	out := Outcome{
		Reads:        []Read{{Table: TableAccount, ID: string(h.Account.ID), Version: h.Account.Version}},
		EmailChanges: endChanges(h.Changes, ChangeSuperseded, now),
		Events:       []audit.Event{h.note(e.Lots, 0, now, audit.EmailChangeBegun, "", e.Origin)},
	}
	h.mailChange(&out, c, e.New, e.Present, e.Lots, now)
	return out, nil
}

// mayHave reports whether the account may be moved to the address: another than it has, one that every tenant allows, and
// the recorded one where a product insists on it.
func (h Holding) mayHave(to ident.Email) error {
	if to.IsZero() {
		return fault.New(fault.Invalid, "email.empty")
	}
	if to == h.Primary().Email {
		return fault.New(fault.Invalid, "email.same")
	}
	for _, l := range h.Links {
		if l.Link.State != account.LinkActive {
			continue
		}
		if !l.Tenant.AllowsAddress(to) {
			return fault.New(fault.Invalid, "email.domain")
		}
		if l.Product.OtherAddress == directory.ProveRecorded && l.recorded() != to {
			return fault.New(fault.Invalid, "email.recorded")
		}
	}
	return nil
}

// mailChange queues the two mails of a change, with the capabilities in them.
func (h Holding) mailChange(out *Outcome, c EmailChange, fresh, present ChangeDice, lots Lots, now time.Time) {
	c.Mails++
	c.LastMailAt = now
	until := now.Add(LinkTTL)
	if c.Deadline.Before(until) {
		until = c.Deadline
	}
	out.EmailChanges = append(out.EmailChanges, c)
	for i, leg := range []struct {
		purpose CapabilityPurpose
		kind    MailKind
		to      ident.Email
		dice    ChangeDice
	}{{ToConfirmEmail, MailEmailConfirm, c.To, fresh}, {ToApproveEmail, MailEmailApprove, c.From, present}} {
		agree := Capability{Hash: leg.dice.AgreeHash, Purpose: leg.purpose, Account: c.Account, Email: leg.to, Change: c.ID, CreatedAt: now, Deadline: until}
		stop := agree
		stop.Hash, stop.Purpose, stop.Deadline = leg.dice.StopHash, ToStopEmail, c.Deadline
		out.Capabilities = append(out.Capabilities, agree, stop)
		facts := MailFacts{Agent: c.Origin.Agent, Network: c.Origin.Network, TimeZone: h.TimeZone(), Request: c.Ref, RequestedAt: c.CreatedAt, Deadline: until,
			Confirm: leg.dice.Agree, NotMe: leg.dice.Stop, Address: c.To}
		if c.Mails > 1 {
			facts.ResentAt = now
		}
		out.Mails = append(out.Mails, Mail{ID: lots.Mails[i], Kind: leg.kind, To: leg.to, Locale: c.Locale, Facts: facts, At: now, Deadline: until})
	}
}

// EmailChangeResend asks for the mails of a change again.
type EmailChangeResend struct {
	Change       EmailChange
	Browser      ident.BrowserID
	New, Present ChangeDice
	Lots         Lots
}

// ResendEmailChange mails both mailboxes again; earlier links keep working.
func ResendEmailChange(h Holding, e EmailChangeResend, now time.Time) (Outcome, error) {
	if err := changeOpen(h, e.Change, e.Browser, now); err != nil {
		return Outcome{}, err
	}
	if e.Change.ResendsLeft() == 0 {
		return Outcome{}, fault.New(fault.Throttled, "resend.used_up")
	}
	if wait := e.Change.LastMailAt.Add(ResendPause).Sub(now); wait > 0 {
		return Outcome{}, fault.Wait("resend.wait", wait)
	}
	out := Outcome{Events: []audit.Event{h.note(e.Lots, 0, now, audit.MailSent, string(MailEmailConfirm), e.Change.Origin)}}
	h.mailChange(&out, e.Change, e.New, e.Present, e.Lots, now)
	return out, nil
}

// changeOpen reports whether the change may still be acted on, from the browser that began it.
func changeOpen(h Holding, c EmailChange, browser ident.BrowserID, now time.Time) error {
	if browser == "" || c.Browser != browser || c.Account != h.Account.ID || h.Account.Status != account.Active {
		return fault.New(fault.Denied, "change.other_browser")
	}
	if !c.Open(now) || h.Primary().Email != c.From {
		return fault.New(fault.Expired, "change.over")
	}
	return nil
}

// EmailChangeFinish is Continue in the browser that asked, which has opened both links.
type EmailChangeFinish struct {
	Session account.Session
	Change  EmailChange
	// Confirm and Approve are the links of the new and of the present mailbox.
	Confirm, Approve Capability
	// Owner has the new address; empty when nobody has.
	Owner  ident.AccountID
	Origin Origin
	Locale string
	Lots   Lots
}

// FinishEmailChange makes the new address the account's primary one and drops the one it had. Where another account has the
// new address, nothing changes; whoever proved that mailbox may know that it has one, and not whose it is.
func FinishEmailChange(h Holding, e EmailChangeFinish, now time.Time) (Outcome, error) {
	c := e.Change
	if err := mayChange(h, e.Session, now); err != nil {
		return Outcome{}, err
	}
	if err := changeOpen(h, c, e.Session.Browser, now); err != nil {
		return Outcome{}, err
	}
	confirm, err := spendFor(c, c.To, e.Confirm, ToConfirmEmail, now)
	if err != nil {
		return Outcome{}, err
	}
	approve, err := spendFor(c, c.From, e.Approve, ToApproveEmail, now)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{Accounts: []account.Account{h.Account}, Capabilities: []Capability{confirm, approve}}
	if e.Owner != "" && e.Owner != h.Account.ID {
		out.Problem = "address.owned"
		out.EmailChanges = []EmailChange{c.ended(ChangeRefused, now)}
		out.Events = []audit.Event{h.note(e.Lots, 0, now, audit.EmailChangeEnded, out.Problem, e.Origin)}
		return out, nil
	}
	if err := h.mayHave(c.To); err != nil {
		return Outcome{}, err
	}
	h.readdress(&out, c, e.Lots, now)
	out.VoidCapabilities = []CapabilitiesVoid{{Account: h.Account.ID}}
	out.EmailChanges = []EmailChange{c.ended(ChangeDone, now)}
	out.Reads = h.whole()
	out.Deferrals = endDeferrals(h.Deferrals, now)
	out.Events = []audit.Event{h.note(e.Lots, 0, now, audit.EmailChanged, "", e.Origin)}
	h.tell(&out, e.Lots, MailEmailChanged, h.mailboxes(c.To), MailFacts{Agent: e.Origin.Agent, Network: e.Origin.Network,
		DoneAt: now, Address: c.To}, e.Locale, now)
	return out, nil
}

// spendFor spends a link of the change that went to the mailbox.
func spendFor(c EmailChange, mailbox ident.Email, k Capability, purpose CapabilityPurpose, now time.Time) (Capability, error) {
	if k.Change != c.ID || k.Account != c.Account || k.Email != mailbox {
		return k, fault.New(fault.Invalid, "change.unconfirmed")
	}
	return spend(k, purpose, now)
}

// readdress exchanges the primary address. The old one is free from then on: an address that an account keeps is a way to
// reset its password, and people give up addresses because somebody else will read them.
func (h Holding) readdress(out *Outcome, c EmailChange, lots Lots, now time.Time) {
	out.Proofs = []account.Proof{
		{ID: lots.Proofs[0], Method: account.MailboxLink, Account: h.Account.ID, Browser: c.Browser, Email: c.To, At: now, SpentAt: now},
		{ID: lots.Proofs[1], Method: account.MailboxLink, Account: h.Account.ID, Browser: c.Browser, Email: c.From, At: now, SpentAt: now},
	}
	next, had := h.address(c.To)
	if !had {
		next = account.Address{Email: c.To, Account: h.Account.ID}
	}
	next.VerifiedAt, next.Proof, next.Primary = now, lots.Proofs[0], true
	out.Addresses = []account.Address{next}
	out.DroppedAddresses = []account.Address{h.Primary()}
}

// EmailChangeStop is one of the two mailboxes saying that it did not ask.
type EmailChangeStop struct {
	Change EmailChange
	Stop   Capability
	Origin Origin
	Lots   Lots
}

// StopEmailChange ends a change. It can do nothing else, whoever holds its link.
func StopEmailChange(h Holding, e EmailChangeStop, now time.Time) (Outcome, error) {
	c := e.Change
	if e.Stop.Change != c.ID || !slices.Contains([]ident.Email{c.From, c.To}, e.Stop.Email) {
		return Outcome{}, fault.New(fault.Expired, "capability.void")
	}
	spent, err := spend(e.Stop, ToStopEmail, now)
	if err != nil {
		return Outcome{}, err
	}
	if !c.Open(now) {
		return Outcome{}, fault.New(fault.Expired, "change.over")
	}
	return Outcome{
		Reads:        []Read{{Table: TableAccount, ID: string(h.Account.ID), Version: h.Account.Version}},
		Capabilities: []Capability{spent},
		EmailChanges: []EmailChange{c.ended(ChangeStopped, now)},
		Events:       []audit.Event{h.note(e.Lots, 0, now, audit.EmailChangeEnded, string(ChangeStopped), e.Origin)},
	}, nil
}
