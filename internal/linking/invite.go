package linking

import (
	"time"

	"ligature/internal/audit"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// InviteAsked: a product asks that somebody be invited to one of its accounts.
type InviteAsked struct {
	*Act
	ID        ident.InvitationID
	Ref       ident.Ref
	Client    ident.ClientID
	Email     ident.Email
	Locale    string
	InvitedBy string
	Facts     InvitedFacts
	Mail      MailDice
}

// Invite makes an invitation, or an Outcome without one when the same was asked before and waits: then it is Facts.Open.
// Errors: fault.Invalid "email.empty", "email.domain", "invitation.no_user", "invitation.recorded"; fault.Moved
// "tenant.not_enabled", "pilot.outside", "invitation.no_ids", ".disabled", ".privileged", ".shared", ".used",
// ".other_address", ".limit".
func Invite(e InviteAsked, now time.Time) (Outcome, error) {
	if e.Email.IsZero() {
		return Outcome{}, fault.New(fault.Invalid, "email.empty")
	}
	if !e.Setting.Tenant.AllowsAddress(e.Email) {
		return Outcome{}, fault.New(fault.Invalid, "email.domain")
	}
	if err := admitted(e.Setting, e.Facts); err != nil {
		return Outcome{}, err
	}
	if err := invitable(e.Setting, e.Facts, e.Email); err != nil {
		return Outcome{}, err
	}
	open := e.Facts.Open
	if open != nil && open.At(now) == InvitationPending {
		if open.Email != e.Email {
			return Outcome{}, fault.New(fault.Moved, "invitation.other_address")
		}
		return Outcome{}, nil
	}
	if e.Facts.Pending >= InvitationsPending {
		return Outcome{}, fault.New(fault.Moved, "invitation.limit")
	}
	p, changed := invited(e.Act, e.Facts, now)
	i := Invitation{ID: e.ID, Tenant: p.Tenant, Product: p.Product, ProductAccount: p.ID, ExternalID: p.ExternalID,
		Generation: p.Generation, Client: e.Client, Email: e.Email, Locale: e.Locale, InvitedBy: e.InvitedBy, Ref: e.Ref,
		State: InvitationPending, CreatedAt: now}
	out := mailInvitation(i, e.Act, e.Mail, audit.InvitationMade, now)
	out.InvitationBooks = []InvitationBook{{Tenant: p.Tenant, Product: p.Product, Version: e.Facts.Book.Version}}
	if open != nil {
		over := *open
		over.State, over.Reason, over.EndedAt = InvitationExpired, "invitation.expired", open.Deadline
		out.Invitations = append([]Invitation{over}, out.Invitations...)
	}
	if changed {
		out.ProductAccounts = append(out.ProductAccounts, p)
	} else {
		out.Reads = append(out.Reads, readProductAccount(p))
	}
	return out, nil
}

// mailInvitation queues a mail with its two links. Each mail has a week of its own; those sent before keep theirs.
func mailInvitation(i Invitation, a *Act, dice MailDice, action audit.Action, now time.Time) Outcome {
	i.Mails++
	i.LastMailAt, i.Deadline, i.Mail = now, now.Add(InvitationTTL), a.Fresh.Mails[0]
	scene := i.scene(nil, "", Origin{})
	facts := factsOf(scene, a)
	facts.Deadline, facts.Confirm, facts.NotMe = i.Deadline, dice.Confirm, dice.NotMe
	if i.Mails > 1 {
		facts.ResentAt = now
	}
	event := note(&scene, a, 0, now, action, "")
	event.ProductAccount = i.ProductAccount
	return Outcome{
		Reads:       i.restsOn(a),
		Invitations: []Invitation{i},
		InvitationTokens: []InvitationToken{i.mailToken(PurposeConfirm, dice.ConfirmHash, now, i.Deadline),
			i.mailToken(PurposeNotMe, dice.NotMeHash, now, now.Add(ReportTTL))},
		Mails: []Mail{{ID: i.Mail, Kind: MailInvited, Tenant: i.Tenant, To: i.Email, Locale: i.Locale, Facts: facts, At: now,
			Deadline: i.Deadline}},
		Events: []audit.Event{event},
	}
}

func (i Invitation) mailToken(purpose MailPurpose, hash string, now, deadline time.Time) InvitationToken {
	return InvitationToken{Hash: hash, Purpose: purpose, Tenant: i.Tenant, Invitation: i.ID, CreatedAt: now, Deadline: deadline}
}
