package linking

import (
	"context"

	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// OpenedInvitation is what the link of an invitation's mail leads to.
type OpenedInvitation struct {
	MailToken  InvitationToken
	Invitation Invitation
	State      TokenState
	Setting    directory.Setting
	// Owned says that an account has the address: its password accepts. Otherwise a password is set.
	Owned bool
	// Closed says why it cannot be accepted as things are switched now; empty when it can.
	Closed string
}

// Opened finds what a mailed secret belongs to. Reading it changes nothing. A secret that is none fails with fault.Missing
// "mail_link.damaged".
func (s *Inviter) Opened(ctx context.Context, purpose MailPurpose, secret string) (OpenedInvitation, error) {
	hashed := SecretInvitation
	if purpose == PurposeNotMe {
		hashed = SecretNotMe
	}
	stored, i, err := s.Kept.InvitationToken(ctx, s.Dice.Hash(hashed, secret))
	if fault.Is(err, fault.Missing) || (err == nil && stored.Purpose != purpose) {
		return OpenedInvitation{}, fault.New(fault.Missing, "mail_link.damaged")
	}
	if err != nil {
		return OpenedInvitation{}, err
	}
	o := OpenedInvitation{MailToken: stored, Invitation: i, State: stored.Check(i, purpose, s.Now())}
	if o.Setting, err = s.Store.Setting(ctx, i.Tenant, i.Product); err != nil {
		return o, err
	}
	if err := admitted(&o.Setting, InvitedFacts{}); err != nil {
		o.Closed = fault.KeyOf(err)
	}
	owner, err := s.Store.AddressOwner(ctx, i.Email)
	o.Owned = owner != ""
	return o, err
}

// Taken is where accepting led.
type Taken struct {
	Invitation Invitation
	Setting    directory.Setting
	// Problem is why it was refused although it was taken note of; empty when it went through.
	Problem string
	// SessionSecret is the new session's cookie; empty when there is none.
	SessionSecret string
	// Replayed says that the form had been taken before.
	Replayed bool
}

// Acceptance is the form that accepts.
type Acceptance struct {
	Secret   string // of the link that this browser opened
	Password string
	// New says that the form asked for a new account's password.
	New    bool
	Origin Origin
	Locale string
}

// Accept takes the form that accepts. Errors: fault.Expired and fault.Missing for a link that does nothing, fault.Invalid
// "password.…" and "new_password.…" for what can be corrected, fault.Throttled, fault.Unavailable, and fault.Moved
// "invitation.owned", "invitation.unowned" when the other form is right now, or why the product account cannot be taken.
func (s *Inviter) Accept(ctx context.Context, step Step, form Acceptance) (Taken, error) {
	if err := plausible(form.Password); err != nil {
		return Taken{}, err
	}
	check := &acceptance{Inviter: s, step: step, form: form,
		typed: passwordCheck{Service: s.Service, password: form.Password, network: step.Network}}
	var taken Taken
	err := s.again(func() (err error) {
		taken, err = check.once(ctx)
		return err
	})
	if typed := &check.typed; err == nil && taken.Problem == "" && !taken.Replayed && typed.right() {
		typed.giveBack(ctx)
	}
	return taken, err
}

// acceptance checks one typed password once, however often the step has to be decided anew.
type acceptance struct {
	*Inviter
	typed passwordCheck
	step  Step
	form  Acceptance
	hash  string
}

func (c *acceptance) once(ctx context.Context) (Taken, error) {
	opened, err := c.Opened(ctx, PurposeConfirm, c.form.Secret)
	if err != nil {
		return Taken{}, err
	}
	i := opened.Invitation
	taken := Taken{Invitation: i, Setting: opened.Setting}
	if i.State == InvitationAccepted && c.step.StepToken != "" && i.LastStep == c.step.StepToken && i.Browser == c.step.Browser {
		taken.Replayed = true
		return taken, nil
	}
	if err := tokenFault(opened.State); err != nil {
		return taken, err // nobody's password is checked for a link that does nothing
	}
	setting, facts, err := c.facts(ctx, InvitationScope{Tenant: i.Tenant, Product: i.Product}, i.ExternalID)
	if err != nil {
		return taken, err
	}
	secret := c.Dice.SessionSecret(c.step.StepToken)
	act := &Act{Browser: c.step.Browser, Setting: &setting, Step: c.step.StepToken, Fresh: c.fresh(secret)}
	event := InviteTaken{Act: act, MailToken: opened.MailToken, Facts: facts, New: c.form.New, Origin: c.form.Origin, Locale: c.form.Locale}
	if event.Owner, err = c.Store.Owner(ctx, i.Tenant, i.Product, ident.RestoreIdentifier(i.Email.Key())); err != nil {
		return taken, err
	}
	if err := c.password(ctx, i, &event); err != nil {
		return taken, err
	}
	out, err := AdvanceInvitation(i, event, c.Now())
	if err != nil {
		return taken, err
	}
	if err := c.commitInvitation(ctx, setting, out, map[string]bool{}); err != nil {
		return taken, err
	}
	taken.Problem = out.Problem
	if len(out.Invitations) > 0 {
		taken.Invitation, taken.SessionSecret = out.Invitations[0], secret
	}
	return taken, nil
}

// password spends one argon2id: on the owner's password, or on the new one. What was typed into the form for the one is never
// tried as the other.
func (c *acceptance) password(ctx context.Context, i Invitation, e *InviteTaken) error {
	switch {
	case e.New != (e.Owner == nil):
		return nil // refused for that
	case e.Owner != nil:
		check := &c.typed
		if check.owner == nil || check.owner.stored != e.Owner.Credential.Hash {
			verdict, err := check.checkAccount(ctx, Flow{}, e.Act, *e.Owner)
			if err != nil {
				return err
			}
			check.owner = verdict
		}
		e.Right, e.Rehash = check.owner.right, check.owner.rehash
		return nil
	}
	words := passwordWords(i.scene(e.Facts.Stored, "", Origin{}), e.Act, e.Facts.Record)
	if weak := c.Passwords.Weakness(c.form.Password, SetFloor, words...); weak != "" {
		e.Weakness = "new_password." + weak
		return nil
	}
	if c.hash == "" {
		hash, err := c.Passwords.Hash(ctx, c.form.Password)
		if err != nil {
			return err
		}
		c.hash = hash
	}
	e.Hash = c.hash
	return nil
}

// DeclineInvitation is "I did not expect this": it can only ever take away. suspended says that a link was taken out of use.
func (s *Inviter) DeclineInvitation(ctx context.Context, secret string, recognised bool) (suspended bool, err error) {
	opened, err := s.Opened(ctx, PurposeNotMe, secret)
	if err != nil {
		return false, err
	}
	i := opened.Invitation
	_, err = s.change(ctx, InvitationScope{Tenant: i.Tenant, Product: i.Product}, i.ID, func(i Invitation, a *Act) (InviteEvent, error) {
		link, err := s.linkOf(ctx, i)
		suspended = i.State == InvitationAccepted && link != nil
		return InviteStopped{Act: a, MailToken: opened.MailToken, Recognised: recognised, Link: link}, err
	})
	return suspended && err == nil, err
}
