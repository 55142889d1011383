package linking

import (
	"cmp"
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// emailGiven sends the first mail, or one to another address. Another address is another turn: what was mailed before
// is void from then on, and a proof of it proves nothing any more (ATK-11, ATK-12).
func emailGiven(f Flow, e EmailGiven, now time.Time) (Outcome, error) {
	if e.Email.IsZero() {
		return Outcome{}, fault.New(fault.Invalid, "email.empty")
	}
	if !e.Setting.Tenant.AllowsAddress(e.Email) {
		return Outcome{}, fault.New(fault.Invalid, "email.domain")
	}
	if f.ByMail {
		return Outcome{}, fault.New(fault.Moved, "flow.elsewhere")
	}
	if f.mustBeRecorded(e.Owner, e.Setting.Product) && e.Email != f.Candidate.Email {
		return Outcome{}, fault.New(fault.Invalid, "email.recorded")
	}
	if carries(f, e, now) {
		return carry(f, e, now), nil
	}
	f.Carried = false
	if err := mayMail(f, now); err != nil {
		return Outcome{}, err
	}
	if e.Email != f.Email {
		if f.EmailTurn >= EmailsPerTry {
			return Outcome{}, fault.New(fault.Throttled, "resend.used_up")
		}
		f.Email = e.Email
		f.EmailTurn++
		f.Mailbox, f.CodeHash, f.CodeDeadline = nil, "", time.Time{}
	}
	f.State = AwaitMailbox
	return send(f, e.Act, e.Mail, confirmMail(e.Owner), now), nil
}

// confirmMail is the verification mail for an address that the account has, or nobody.
func confirmMail(owner ident.AccountID) MailKind {
	if owner != "" {
		return MailConfirmJoin
	}
	return MailConfirm
}

// carries reports that the link this flow was begun with proves the address given: it was opened in this browser, is good
// still, went to this very address, and its flow had proven the same product account that was proven here. For any other
// account the mailbox's owner has agreed to nothing yet.
func carries(f Flow, e EmailGiven, now time.Time) bool {
	f.Email = e.Email
	return f.EmailTurn == 0 && standsOn(f, e.Opened, now)
}

// standsOn reports that the link the flow was begun with is good still for the flow's address and product account. It is
// asked when the link is taken over and once more at the end: what was stopped or changed meanwhile proves nothing.
func standsOn(f Flow, o *Mailed, now time.Time) bool {
	return o != nil && f.Opened != "" && o.MailToken.Hash == f.Opened &&
		o.MailToken.Check(o.Flow, PurposeConfirm, now) == TokenGood &&
		o.Flow.Tenant == f.Tenant && o.Flow.Product == f.Product && o.Flow.Email == f.Email &&
		o.Flow.holdsLegacy() && f.holdsLegacy() && o.Flow.Candidate.ID == f.Candidate.ID
}

// carry takes the opened link over: a link of this flow that needs no mail, as long-lived as the one it stands for.
func carry(f Flow, e EmailGiven, now time.Time) Outcome {
	f.State, f.Email, f.EmailTurn, f.Carried = AwaitMailbox, e.Email, 1, true
	f.Mails, f.LastMailAt = e.Opened.Flow.Mails, e.Opened.Flow.LastMailAt
	own := mailToken(f, PurposeConfirm, e.Mail.ConfirmHash, now, e.Opened.MailToken.Deadline)
	notMe := mailToken(f, PurposeNotMe, e.Mail.NotMeHash, now, now.Add(ReportTTL))
	return Outcome{Flow: f, MailTokens: []MailToken{own, notMe},
		Events: []audit.Event{note(&f, e.Act, 0, now, audit.LinkCarried, string(e.Opened.Flow.Ref))}}
}

// resendAsked sends the mail again, to the same address. Links that were sent before keep working.
func resendAsked(f Flow, e ResendAsked, now time.Time) (Outcome, error) {
	if err := mayMail(f, now); err != nil {
		return Outcome{}, err
	}
	kind := confirmMail(e.Owner)
	if f.ByMail {
		kind = MailActivate
	}
	return send(f, e.Act, e.Mail, kind, now), nil
}

// mayMail holds the seed's two limits: three resends, a minute between two attempts.
func mayMail(f Flow, now time.Time) error {
	if f.Mails == 0 {
		return nil
	}
	if f.Mails > Resends {
		return fault.New(fault.Throttled, "resend.used_up")
	}
	if wait := f.LastMailAt.Add(ResendPause).Sub(now); wait > 0 {
		return fault.Wait("resend.wait", wait)
	}
	return nil
}

// send queues a mail with its two links.
func send(f Flow, a *Act, dice MailDice, kind MailKind, now time.Time) Outcome {
	f.Mails++
	f.LastMailAt = now
	until := now.Add(LinkTTL)
	if f.Deadline.Before(until) {
		until = f.Deadline
	}
	facts := factsOf(f, a)
	facts.Deadline, facts.Confirm, facts.NotMe = until, dice.Confirm, dice.NotMe
	if f.Mails > 1 {
		facts.ResentAt = now
	}
	return Outcome{
		Flow: f,
		MailTokens: []MailToken{mailToken(f, PurposeConfirm, dice.ConfirmHash, now, until),
			mailToken(f, PurposeNotMe, dice.NotMeHash, now, now.Add(ReportTTL))},
		Mails: []Mail{{ID: a.Fresh.Mails[0], Kind: kind, Tenant: f.Tenant, Flow: f.ID, To: f.Email,
			Locale: f.Locale, Facts: facts, At: now, Deadline: until}},
		Events: []audit.Event{note(&f, a, 0, now, audit.MailSent, string(kind))},
	}
}

// mailToken is the stored side of one link of a mail.
func mailToken(f Flow, purpose MailPurpose, hash string, now, deadline time.Time) MailToken {
	return MailToken{Hash: hash, Purpose: purpose, Tenant: f.Tenant, Flow: f.ID, Email: f.Email,
		EmailTurn: f.EmailTurn, CreatedAt: now, Deadline: deadline}
}

// factsOf are the facts every mail of the flow tells.
func factsOf(f Flow, a *Act) MailFacts {
	m := MailFacts{
		Product: a.Setting.Product.Name, Tenant: a.Setting.Tenant.Name, TimeZone: a.Setting.Tenant.TimeZone,
		Agent: f.Origin.Agent, Network: f.Origin.Network, Request: f.Ref, RequestedAt: f.CreatedAt,
	}
	if f.Legacy != nil {
		m.RequestedAt = f.Legacy.At
	}
	if f.Candidate != nil {
		m.Username = cmp.Or(f.Candidate.Username, f.Candidate.Email.Key())
	}
	return m
}

// codeShown gives the holder of the mail a code for the first tab. It confirms nothing: whoever presses the button, a
// person or a scanner, still has to be believed by the first tab.
func codeShown(f Flow, e CodeShown, now time.Time) (Outcome, error) {
	if err := tokenFault(e.MailToken.Check(f, PurposeConfirm, now)); err != nil {
		return Outcome{}, err
	}
	if f.ByMail {
		// No code that could be read aloud ever activates a link.
		return Outcome{}, fault.New(fault.Denied, "code.not_here")
	}
	f.State = AwaitCode
	f.CodeHash = e.CodeHash
	f.CodeDeadline = now.Add(CodeTTL)
	return Outcome{Flow: f, Events: []audit.Event{note(&f, e.Act, 0, now, audit.CodeShown, "")}}, nil
}

// confirmed is Continue in the browser that both began and opened the link.
func confirmed(f Flow, e Confirmed, now time.Time) (Outcome, error) {
	if err := tokenFault(e.MailToken.Check(f, PurposeConfirm, now)); err != nil {
		return Outcome{}, err
	}
	if f.Carried && !standsOn(f, e.Opened, now) {
		return Outcome{}, fault.New(fault.Expired, "mail_link.stopped")
	}
	f.Mailbox = mailboxProof(f, e.Act, account.MailboxLink, now)
	if f.ByMail {
		return lookedAgain(f, e, now)
	}
	return finish(f, e.Act, e.Finish, now)
}

// codeTyped is the code of the other browser, typed into the first tab. Tries are counted over the whole flow: a new
// code is no new try (NIST SP 800-63B-4 §3.1.3.2).
func codeTyped(f Flow, e CodeTyped, now time.Time) (Outcome, error) {
	if e.Hash == "" {
		return Outcome{}, fault.New(fault.Invalid, "code.empty")
	}
	// Both are keyed hashes, so comparing them leaks nothing about the code.
	right := f.CodeHash != "" && e.Hash == f.CodeHash && now.Before(f.CodeDeadline)
	if !right {
		f.CodeFailures++
		if f.CodeFailures >= CodeTries {
			return settle(f, e.Act, now, Refused, "code.exhausted", audit.FlowRefused), nil
		}
		return Outcome{Flow: f, Problem: "code.wrong",
			Events: []audit.Event{note(&f, e.Act, 0, now, audit.CodeRefused, "")}}, nil
	}
	f.Mailbox = mailboxProof(f, e.Act, account.MailboxCode, now)
	return finish(f, e.Act, e.Finish, now)
}

func mailboxProof(f Flow, a *Act, method account.Method, now time.Time) *account.Proof {
	return &account.Proof{
		ID: a.Fresh.MailboxProof, Method: method, Tenant: f.Tenant, Product: f.Product, Flow: f.ID, Browser: a.Browser,
		Email: f.Email, EmailTurn: f.EmailTurn, At: now,
	}
}

// tokenFault turns what a link may no longer do into the reason that is shown.
func tokenFault(s TokenState) error {
	switch s {
	case TokenGood:
		return nil
	case TokenExpired:
		return fault.New(fault.Expired, "mail_link.expired")
	case TokenUsed:
		return fault.New(fault.Expired, "mail_link.used")
	case TokenSuperseded:
		return fault.New(fault.Expired, "mail_link.superseded")
	}
	return fault.New(fault.Expired, "mail_link.stopped")
}

// stopped is the mailbox's owner saying that it was not them. It can only ever take away: an open flow ends, a finished
// link is suspended until it is proven again.
func stopped(f Flow, e Stopped, now time.Time) (Outcome, error) {
	if err := tokenFault(e.MailToken.Check(f, PurposeNotMe, now)); err != nil {
		return Outcome{}, err
	}
	reason := "stopped.unknown"
	if e.Recognised {
		reason = "stopped.recognised"
	}
	var out Outcome
	if f.finished() {
		if f.Reason != "" && !suspends(f, e) {
			return Outcome{}, tokenFault(TokenStopped) // said before: nothing is left to take back
		}
		out = suspended(f, e, now, reason)
	} else {
		out = settle(f, e.Act, now, Abandoned, reason, audit.RequestStopped)
		suspend(&out, f, e, now, reason)
	}
	facts := factsOf(f, e.Act)
	facts.Recognised, facts.Address, facts.ReportedAt = e.Recognised, f.Email, now
	facts.Suspended = len(out.Links) > 0
	tellStopped(&out, f, e, facts, now)
	return out, nil
}

// tellStopped tells whoever reported what came of it (E7), and the tenant's administrators.
func tellStopped(out *Outcome, f Flow, e Stopped, facts MailFacts, now time.Time) {
	administrators := e.Setting.Tenant.Administrators
	to := append([]ident.Email{e.MailToken.Receiver()}, administrators...)
	for i, id := range e.Mails[:min(len(e.Mails), len(to))] {
		m := Mail{ID: id, Kind: MailReported, Tenant: f.Tenant, Flow: f.ID, To: to[i], Locale: e.Setting.Suite.Locale, Facts: facts,
			At: now, Deadline: now.Add(24 * time.Hour)}
		if i == 0 {
			m.Kind, m.Locale, m.Facts.Told = MailStopped, f.Locale, len(administrators) > 0
		}
		out.Mails = append(out.Mails, m)
	}
}

// suspended keeps the finished flow as it is and takes its link out of use.
func suspended(f Flow, e Stopped, now time.Time, reason string) Outcome {
	f.Reason = reason
	f.Offers = nil // what the disowned mailbox would have joined is joined no more
	out := Outcome{Flow: f, Events: []audit.Event{note(&f, e.Act, 0, now, audit.RequestStopped, reason)}}
	suspend(&out, f, e, now, reason)
	return out
}

// suspends reports that the event's link is one that can be taken out of use by it.
func suspends(f Flow, e Stopped) bool {
	l := e.Link
	if l == nil || l.Tenant != f.Tenant || !mayStop(*l) {
		return false
	}
	if e.MailToken.ProductAccount != "" {
		return l.ProductAccount == e.MailToken.ProductAccount
	}
	return f.Candidate != nil && l.ProductAccount == f.Candidate.ID
}

// mayStop reports that a report can do something to a link: it is in use, it waits, or whoever had it took it apart and could
// bring it back.
func mayStop(l account.Link) bool {
	return l.State == account.LinkActive || l.State == account.LinkPending || l.State == account.LinkEnded && l.Reason == account.ReasonUnlinked
}

// suspend takes the event's link out of use and ends the sessions of the browser that made it.
func suspend(out *Outcome, f Flow, e Stopped, now time.Time, reason string) {
	if !suspends(f, e) {
		return
	}
	next := *e.Link
	next.Reason = account.ReasonReported
	if next.State != account.LinkEnded {
		next.State = account.LinkSuspended
	}
	out.Links = []account.Link{next}
	out.EndSessionsOf = next.Browser
	out.EndSessions = append(out.EndSessions, SessionsEnd{Tenant: next.Tenant, ProductAccount: next.ProductAccount})
	out.EndGrants = append(out.EndGrants, GrantsEnd{Account: next.Account, Tenant: next.Tenant, ProductAccount: next.ProductAccount})
	out.Events = append(out.Events, note(&f, e.Act, 1, now, audit.LinkSuspended, reason))
}
