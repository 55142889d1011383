package linking

import (
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// InviteEvent is something that happened to an invitation, with the facts it is to be decided on.
type InviteEvent interface{ actor }

// InviteResent: the product asks that the mail be sent again.
type InviteResent struct {
	*Act
	Mail MailDice
}

// InviteCancelled: the product takes back an invitation that nobody has accepted.
type InviteCancelled struct{ *Act }

// InviteRevoked: the product takes back what it gave, accepted or not.
type InviteRevoked struct {
	*Act
	// Link is the one that the invitation made, as it is now, ended or not; nil when it made none.
	Link *account.Link
	// Primary is the address of the account that accepted it, where it is known.
	Primary ident.Email
}

// InviteStopped: whoever reads the mailbox did not expect it (seed: "An administrator created a new … account that uses
// your email address").
type InviteStopped struct {
	*Act
	MailToken InvitationToken
	// Recognised says that they know who it was and do not want it.
	Recognised bool
	// Link is the one that the invitation made, as it is now, ended or not; nil when it made none.
	Link *account.Link
}

// AdvanceInvitation decides what becomes of an invitation, as Advance does of a flow: an error means that nothing changes.
// fault.Moved "invitation.over" says that the invitation is past what was asked, fault.Expired "invitation.expired" that its
// time is.
func AdvanceInvitation(i Invitation, e InviteEvent, now time.Time) (Outcome, error) {
	a := e.act()
	if a.Setting.Tenant.ID != i.Tenant || a.Setting.Product.ID != i.Product {
		return Outcome{}, fault.New(fault.Denied, "invitation.other_tenant")
	}
	switch e := e.(type) {
	case InviteResent:
		return resendInvitation(i, e, now)
	case InviteCancelled:
		return cancelInvitation(i, e, now)
	case InviteRevoked:
		return revokeInvitation(i, e, now)
	case InviteStopped:
		return stopInvitation(i, e, now)
	case InviteTaken:
		return takeInvitation(i, e, now)
	}
	return Outcome{}, fault.New(fault.Internal, "invitation.event")
}

// waiting fails unless the invitation can still be accepted.
func (i Invitation) waiting(now time.Time) error {
	switch i.At(now) {
	case InvitationPending:
		return nil
	case InvitationExpired:
		return fault.New(fault.Expired, "invitation.expired")
	}
	return fault.New(fault.Moved, "invitation.over")
}

func resendInvitation(i Invitation, e InviteResent, now time.Time) (Outcome, error) {
	if err := i.waiting(now); err != nil {
		return Outcome{}, err
	}
	if err := admitted(e.Setting, InvitedFacts{}); err != nil {
		return Outcome{}, err
	}
	if i.ResendsLeft() == 0 {
		return Outcome{}, fault.New(fault.Moved, "invitation.resends")
	}
	if wait := i.LastMailAt.Add(InvitationPause).Sub(now); wait > 0 {
		return Outcome{}, fault.Wait("invitation.wait", wait)
	}
	return mailInvitation(i, e.Act, e.Mail, audit.InvitationResent, now), nil
}

func cancelInvitation(i Invitation, e InviteCancelled, now time.Time) (Outcome, error) {
	if err := i.waiting(now); err != nil {
		return Outcome{}, err
	}
	return endInvitation(i, e.Act, "invitation.cancelled", now), nil
}

// endInvitation ends an invitation that nobody has accepted.
func endInvitation(i Invitation, a *Act, reason string, now time.Time) Outcome {
	i.State, i.Reason, i.EndedAt = InvitationCancelled, reason, now
	return i.ended(a, audit.InvitationEnded, reason, now)
}

// ended is the outcome that writes the invitation and its event.
func (i Invitation) ended(a *Act, action audit.Action, reason string, now time.Time) Outcome {
	scene := i.scene(nil, "", Origin{})
	event := note(&scene, a, 0, now, action, reason)
	event.ProductAccount = i.ProductAccount
	return Outcome{Invitations: []Invitation{i}, Events: []audit.Event{event}}
}

// madeBy reports that the link is the one that the invitation made.
func (i Invitation) madeBy(l *account.Link) bool {
	return l != nil && i.Link != "" && l.ID == i.Link && l.Tenant == i.Tenant && l.ProductAccount == i.ProductAccount
}

// noteLink is the event for whoever has the link now, who is told of it.
func (i Invitation) noteLink(a *Act, l account.Link, action audit.Action, now time.Time) audit.Event {
	scene := i.scene(nil, "", Origin{})
	event := note(&scene, a, 1, now, action, string(l.Reason))
	event.Account, event.ProductAccount = l.Account, l.ProductAccount
	return event
}

// revokeInvitation ends the link that the invitation made. What speaks for the product account alone ends with it; a session
// of the whole account goes on and finds the product closed. A link that was taken apart meanwhile is told why it ends now,
// because whoever had it could bring it back otherwise; nobody needs a mail about that.
func revokeInvitation(i Invitation, e InviteRevoked, now time.Time) (Outcome, error) {
	if i.State != InvitationAccepted {
		if err := i.waiting(now); err != nil {
			return Outcome{}, err
		}
		return endInvitation(i, e.Act, "invitation.cancelled", now), nil
	}
	i.State, i.EndedAt = InvitationRevoked, now
	out := i.ended(e.Act, audit.InvitationRevoked, "", now)
	if !i.madeBy(e.Link) {
		return out, nil
	}
	over := *e.Link
	over.Reason = account.ReasonRevoked
	if over.State == account.LinkEnded {
		out.Links = []account.Link{over}
		return out, nil
	}
	over.State, over.EndedAt = account.LinkEnded, now
	out.Links = []account.Link{over}
	out.Events = append(out.Events, i.noteLink(e.Act, over, audit.LinkEnded, now))
	out.EndSessions = []SessionsEnd{{Tenant: i.Tenant, ProductAccount: i.ProductAccount}}
	out.EndGrants = []GrantsEnd{{Account: over.Account, Tenant: i.Tenant, ProductAccount: i.ProductAccount}}
	scene := i.scene(nil, "", Origin{})
	facts := factsOf(scene, e.Act)
	facts.ReportedAt = now
	for n, to := range [2]ident.Email{i.Email, e.Primary} {
		if to.IsZero() || (n == 1 && to == i.Email) {
			continue
		}
		out.Mails = append(out.Mails, Mail{ID: e.Fresh.Mails[n], Kind: MailRevoked, Tenant: i.Tenant, To: to, Locale: i.Locale,
			Facts: facts, At: now, Deadline: now.Add(24 * time.Hour)})
	}
	return out, nil
}

// stopInvitation can only ever take away: an invitation that waits ends, the link of one that was accepted is suspended, and
// one that was taken apart meanwhile does not come back.
func stopInvitation(i Invitation, e InviteStopped, now time.Time) (Outcome, error) {
	if err := tokenFault(e.MailToken.Check(i, PurposeNotMe, now)); err != nil {
		return Outcome{}, err
	}
	reason := "stopped.unknown"
	if e.Recognised {
		reason = "stopped.recognised"
	}
	out := endInvitation(i, e.Act, reason, now)
	if i.State == InvitationAccepted {
		i.Reason = reason
		out = i.ended(e.Act, audit.RequestStopped, reason, now)
		if i.madeBy(e.Link) {
			next := *e.Link
			next.Reason = account.ReasonReported
			if next.State != account.LinkEnded {
				next.State = account.LinkSuspended
				out.Events = append(out.Events, i.noteLink(e.Act, next, audit.LinkSuspended, now))
			}
			out.Links = []account.Link{next}
			out.EndSessionsOf = next.Browser
			out.EndSessions = []SessionsEnd{{Tenant: i.Tenant, ProductAccount: i.ProductAccount}}
			out.EndGrants = []GrantsEnd{{Account: next.Account, Tenant: i.Tenant, ProductAccount: i.ProductAccount}}
		}
	}
	scene := i.scene(nil, "", Origin{})
	facts := factsOf(scene, e.Act)
	facts.Recognised, facts.Address, facts.ReportedAt = e.Recognised, i.Email, now
	facts.Suspended = len(out.Links) > 0
	for n, admin := range e.Setting.Tenant.Administrators {
		if n >= len(e.Fresh.Mails) {
			break
		}
		out.Mails = append(out.Mails, Mail{ID: e.Fresh.Mails[n], Kind: MailDeclined, Tenant: i.Tenant, To: admin,
			Locale: e.Setting.Suite.Locale, Facts: facts, At: now, Deadline: now.Add(24 * time.Hour)})
	}
	return out, nil
}
