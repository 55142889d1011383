package linking

import (
	"context"
	"time"

	"ligature/internal/account"
	"ligature/internal/connector"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// SecretInvitation is the purpose of the secret in an invitation's link.
const SecretInvitation = "invitation"

// InvitationStore is what invitations need kept. Reads that find nothing fail with fault.Missing unless they say otherwise.
type InvitationStore interface {
	// Invited are the stored facts about a product account that is to be invited; empty ones when nothing is stored. Pending
	// counts what waits at the instant.
	Invited(ctx context.Context, tenant ident.TenantID, product ident.ProductID, external ident.ExternalID, generation ident.Generation, now time.Time) (InvitedFacts, error)
	// Invitation is one of the tenant's for the product.
	Invitation(ctx context.Context, tenant ident.TenantID, product ident.ProductID, id ident.InvitationID) (Invitation, error)
	// Invitations are those of a tenant's product, newest first.
	Invitations(ctx context.Context, q InvitationQuery) ([]Invitation, error)
	// InvitationToken finds the stored side of a mailed link by its hash.
	InvitationToken(ctx context.Context, hash string) (InvitationToken, Invitation, error)
	// MailStateOf is what became of a mail.
	MailStateOf(ctx context.Context, id ident.MailID) (MailState, error)
	// PrimaryEmail is the account's primary address.
	PrimaryEmail(ctx context.Context, id ident.AccountID) (ident.Email, error)
}

// InvitationQuery selects invitations.
type InvitationQuery struct {
	Tenant  ident.TenantID
	Product ident.ProductID
	State   InvitationState // as it is at Now; empty: all
	Now     time.Time
	// AfterAt is where the page before ended, and AfterID its last; zero for the first page.
	AfterAt time.Time
	AfterID ident.InvitationID
	Limit   int
}

// Inviter is the impure part of invitations: it loads, asks the product, lets Invite and AdvanceInvitation decide, and
// commits. It decides nothing itself.
type Inviter struct {
	*Service
	Kept InvitationStore
}

// InvitationScope is whose invitations are spoken of.
type InvitationScope struct {
	Tenant  ident.TenantID
	Product ident.ProductID
	Client  ident.ClientID
}

// NewInvitation is what a product says about whom it invites.
type NewInvitation struct {
	ExternalID ident.ExternalID
	Email      ident.Email
	Locale     string
	InvitedBy  string
}

// Invite makes an invitation; made is false when the same one waits already. Errors: those of Invite; fault.Unavailable when
// the product does not answer; fault.Throttled "mails.wait".
func (s *Inviter) Invite(ctx context.Context, at InvitationScope, n NewInvitation) (i Invitation, made bool, err error) {
	dice := s.invitationDice()
	id, ref := ident.InvitationID(s.Dice.ID("iv")), ident.Ref(s.Dice.Ref())
	taken := map[string]bool{}
	err = s.again(func() error {
		setting, facts, err := s.facts(ctx, at, n.ExternalID)
		if err != nil {
			return err
		}
		locale := n.Locale
		if locale == "" {
			locale = setting.Suite.Locale
		}
		out, err := Invite(InviteAsked{Act: s.act(setting, Step{}), ID: id, Ref: ref, Client: at.Client, Email: n.Email, Locale: locale,
			InvitedBy: n.InvitedBy, Facts: facts, Mail: dice}, s.Now())
		if err != nil {
			return err
		}
		if len(out.Invitations) == 0 {
			i = *facts.Open
			return nil
		}
		i, made = out.Invitations[len(out.Invitations)-1], true
		return s.commitInvitation(ctx, setting, out, taken)
	})
	return i, made && err == nil, err
}

// Find is one invitation; fault.Missing when the scope has none such.
func (s *Inviter) Find(ctx context.Context, at InvitationScope, id ident.InvitationID) (Invitation, error) {
	return s.Kept.Invitation(ctx, at.Tenant, at.Product, id)
}

// List are the invitations that the query selects.
func (s *Inviter) List(ctx context.Context, q InvitationQuery) ([]Invitation, error) {
	return s.Kept.Invitations(ctx, q)
}

// Delivery is what became of the invitation's last mail; empty when that is not known any more.
func (s *Inviter) Delivery(ctx context.Context, i Invitation) (MailState, error) {
	state, err := s.Kept.MailStateOf(ctx, i.Mail)
	if fault.Is(err, fault.Missing) {
		return "", nil
	}
	return state, err
}

// ResendInvitation mails again.
func (s *Inviter) ResendInvitation(ctx context.Context, at InvitationScope, id ident.InvitationID) (Invitation, error) {
	dice := s.invitationDice()
	return s.change(ctx, at, id, func(_ Invitation, a *Act) (InviteEvent, error) { return InviteResent{Act: a, Mail: dice}, nil })
}

// CancelInvitation takes back one that nobody has accepted.
func (s *Inviter) CancelInvitation(ctx context.Context, at InvitationScope, id ident.InvitationID) (Invitation, error) {
	return s.change(ctx, at, id, func(_ Invitation, a *Act) (InviteEvent, error) { return InviteCancelled{Act: a}, nil })
}

// RevokeInvitation takes back one, accepted or not.
func (s *Inviter) RevokeInvitation(ctx context.Context, at InvitationScope, id ident.InvitationID) (Invitation, error) {
	return s.change(ctx, at, id, func(i Invitation, a *Act) (InviteEvent, error) {
		e := InviteRevoked{Act: a}
		var err error
		if e.Link, err = s.linkOf(ctx, i); err != nil || e.Link == nil {
			return e, err
		}
		e.Primary, err = s.Kept.PrimaryEmail(ctx, e.Link.Account)
		if fault.Is(err, fault.Missing) {
			err = nil
		}
		return e, err
	})
}

// linkOf is the link that the invitation made, ended or not: one that its holder took apart could be brought back. nil when it
// made none.
func (s *Inviter) linkOf(ctx context.Context, i Invitation) (*account.Link, error) {
	if i.Link == "" {
		return nil, nil
	}
	links, err := s.Joins.LinksTo(ctx, i.Tenant, i.ProductAccount)
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		if l.ID == i.Link {
			return &l, nil
		}
	}
	return nil, nil
}

// change loads an invitation, decides one event of it and commits.
func (s *Inviter) change(ctx context.Context, at InvitationScope, id ident.InvitationID, build func(Invitation, *Act) (InviteEvent, error)) (Invitation, error) {
	var i Invitation
	taken := map[string]bool{}
	err := s.again(func() error {
		stored, err := s.Find(ctx, at, id)
		if err != nil {
			return err
		}
		setting, err := s.Store.Setting(ctx, at.Tenant, at.Product)
		if err != nil {
			return err
		}
		event, err := build(stored, s.act(setting, Step{}))
		if err != nil {
			return err
		}
		out, err := AdvanceInvitation(stored, event, s.Now())
		if err != nil {
			return err
		}
		i = out.Invitations[0]
		return s.commitInvitation(ctx, setting, out, taken)
	})
	return i, err
}

// again repeats what was decided on rows that have moved meanwhile.
func (s *Inviter) again(once func() error) error {
	var err error
	for range moves {
		if err = once(); fault.KeyOf(err) != keyStale {
			return err
		}
	}
	return err
}

// act is the common part of an event; its session's secret goes with it.
func (s *Inviter) act(setting directory.Setting, step Step) *Act {
	return &Act{Browser: step.Browser, Setting: &setting, Step: step.StepToken, Fresh: s.fresh(s.Dice.Secret())}
}

// commitInvitation counts the mails to strangers and commits.
func (s *Inviter) commitInvitation(ctx context.Context, setting directory.Setting, out Outcome, taken map[string]bool) error {
	if err := s.limitInvitations(ctx, setting.Suite.Limits.OrDefault(), out, taken); err != nil {
		return err
	}
	err := s.Store.Commit(ctx, out)
	if fault.Is(err, fault.Moved) {
		return fault.Wrap(fault.Moved, keyStale, err)
	}
	return err
}

// limitInvitations counts the invitations that go to a mailbox: apart from the mails that its owner asks for, so that no
// product can use those up.
func (s *Inviter) limitInvitations(ctx context.Context, limits directory.Limits, out Outcome, taken map[string]bool) error {
	for _, m := range out.Mails {
		if m.Kind != MailInvited {
			continue
		}
		mailbox := countedMailbox(m.To)
		for _, count := range []mailCount{
			{"invited-hour:" + mailbox, MailsPerHour(limits.MailsPerHour)},
			{"invited-day:" + mailbox, MailsPerDay(limits.MailsPerDay)},
			{"inviting-hour:" + string(m.Tenant), MailsPerHour(InvitationMailsPerHour)},
		} {
			if count.policy.Free == 0 || taken[count.key] {
				continue
			}
			if err := s.reserve(ctx, count.key, count.policy); err != nil {
				return renamed(err, "mails.wait")
			}
			taken[count.key] = true
		}
	}
	return nil
}

// InvitationMailsPerHour is how many invitations a tenant may mail in an hour.
const InvitationMailsPerHour = 500

// facts are what is stored and what the product says about one of its accounts. fault.Moved "invitation.no_ids" for a product
// that cannot say.
func (s *Inviter) facts(ctx context.Context, at InvitationScope, external ident.ExternalID) (directory.Setting, InvitedFacts, error) {
	setting, err := s.Store.Setting(ctx, at.Tenant, at.Product)
	if err != nil {
		return setting, InvitedFacts{}, err
	}
	conn, err := s.Connectors.Connector(setting.Connector.Name)
	if err != nil {
		return setting, InvitedFacts{}, err
	}
	finder, ok := conn.(connector.Finder)
	if !ok {
		return setting, InvitedFacts{}, fault.New(fault.Moved, "invitation.no_ids")
	}
	records, err := finder.Find(ctx, connector.Query{By: connector.ByID, Value: string(external)})
	if err != nil {
		return setting, InvitedFacts{}, err
	}
	if len(records) != 1 || records[0].ExternalID != external {
		return setting, InvitedFacts{}, nil
	}
	facts, err := s.Kept.Invited(ctx, at.Tenant, at.Product, external, records[0].Generation, s.Now())
	facts.Record = &records[0]
	return setting, facts, err
}

// invitationDice draws the secrets of one mail; the one that stops is derived, as in mailDice.
func (s *Inviter) invitationDice() MailDice {
	confirm := s.Dice.Secret()
	notMe := s.StopSecret(confirm)
	return MailDice{Confirm: confirm, ConfirmHash: s.Dice.Hash(SecretInvitation, confirm),
		NotMe: notMe, NotMeHash: s.Dice.Hash(SecretNotMe, notMe)}
}
