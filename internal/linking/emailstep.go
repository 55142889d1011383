package linking

import (
	"context"
	"slices"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// changeDice draws the secrets of one mail of an email change. The one that stops is derived, so that the page of the link can
// offer to stop without either being stored.
func (s *Service) changeDice(purpose CapabilityPurpose) ChangeDice {
	agree := s.Dice.Secret()
	stop := s.StopChangeSecret(agree)
	return ChangeDice{Agree: agree, AgreeHash: s.Dice.Hash(purpose.SecretPurpose(), agree), Stop: stop, StopHash: s.Dice.Hash(ToStopEmail.SecretPurpose(), stop)}
}

// StopChangeSecret is the secret that stops what a link of an email change agrees to.
func (s *Service) StopChangeSecret(agree string) string {
	return s.Dice.Derive(ToStopEmail.SecretPurpose(), agree)
}

// insistent are the links whose product wants the account to have the address it records.
func insistent(l HeldLink) bool {
	return l.Link.State == account.LinkActive && l.Product.OtherAddress == directory.ProveRecorded
}

// BeginEmailChange mails the present and the new mailbox of somebody who is signed in and gave the password. Errors:
// fault.Invalid "email.…" and "password.…", fault.Throttled.
func (s *Service) BeginEmailChange(ctx context.Context, session account.Session, typed, password string, from Origin, locale string) (EmailChange, error) {
	if typed == "" {
		return EmailChange{}, fault.New(fault.Invalid, "email.empty")
	}
	to, err := ident.ParseEmail(typed)
	if err != nil {
		return EmailChange{}, err
	}
	given := &givenPassword{Service: s, typed: password, network: from.Network}
	counted := false
	out, err := s.change(ctx, func(ctx context.Context) (Outcome, error) {
		h, err := s.holding(ctx, session.Account, insistent)
		if err != nil {
			return Outcome{}, err
		}
		e := EmailChangeAsk{Session: session, To: to, ID: ident.EmailChangeID(s.Dice.ID("ec")), Ref: ident.Ref(s.Dice.Ref()), Origin: from,
			Locale: locale, New: s.changeDice(ToConfirmEmail), Present: s.changeDice(ToApproveEmail), Lots: s.lots(h, "")}
		if e.Right, err = given.check(ctx, h); err != nil {
			return Outcome{}, err
		}
		out, err := BeginEmailChange(h, e, s.Now())
		if err == nil && out.Problem == "" && !counted {
			counted, err = true, s.limitChange(ctx, session.Account, to)
		}
		return out, err
	})
	if err == nil {
		err = refusal(out)
	}
	if err != nil {
		return EmailChange{}, err
	}
	return out.EmailChanges[len(out.EmailChanges)-1], nil
}

// limitChange takes one of the email changes of the account, and one of the mails that strangers may cause to the mailbox.
func (s *Service) limitChange(ctx context.Context, id ident.AccountID, to ident.Email) error {
	if err := s.reserve(ctx, "email-change:"+string(id), EmailChangesPerHour()); err != nil {
		return renamed(err, "mails.wait")
	}
	return s.limitMailbox(ctx, to)
}

// limitMailbox takes one of the mails that strangers may cause to the mailbox, whoever has it.
func (s *Service) limitMailbox(ctx context.Context, to ident.Email) error {
	setting, err := s.Store.Setting(ctx, "", "")
	if err != nil {
		return err
	}
	for _, count := range mailCounts(setting.Suite.Limits.OrDefault(), Flow{}, Mail{To: to}) {
		if count.policy.Free == 0 {
			continue
		}
		if err := s.reserve(ctx, count.key, count.policy); err != nil {
			return renamed(err, "mails.wait")
		}
	}
	return nil
}

// EmailChange is an email change for the browser that began it; anybody else is told that there is none.
func (s *Service) EmailChange(ctx context.Context, id ident.EmailChangeID, browser ident.BrowserID) (EmailChange, error) {
	c, err := s.Accounts.EmailChange(ctx, id)
	if err == nil && (browser == "" || c.Browser != browser) {
		return EmailChange{}, fault.New(fault.Missing, "email_change.missing")
	}
	return c, err
}

// held is the account of a change, and the change as it stands in it; fault.Expired "change.over" when it has ended.
func (s *Service) held(ctx context.Context, c EmailChange) (Holding, EmailChange, error) {
	h, err := s.holding(ctx, c.Account, insistent)
	if err != nil {
		return h, c, err
	}
	i := slices.IndexFunc(h.Changes, func(open EmailChange) bool { return open.ID == c.ID })
	if i < 0 {
		return h, c, fault.New(fault.Expired, "change.over")
	}
	return h, h.Changes[i], nil
}

// ResendEmailChange mails again, and counts at the new mailbox as the first mail did. Errors: fault.Throttled "resend.…" and
// "mails.wait", fault.Expired "change.over".
func (s *Service) ResendEmailChange(ctx context.Context, c EmailChange) error {
	counted := false
	_, err := s.change(ctx, func(ctx context.Context) (Outcome, error) {
		h, fresh, err := s.held(ctx, c)
		if err != nil {
			return Outcome{}, err
		}
		out, err := ResendEmailChange(h, EmailChangeResend{Change: fresh, Browser: c.Browser, New: s.changeDice(ToConfirmEmail),
			Present: s.changeDice(ToApproveEmail), Lots: s.lots(h, "")}, s.Now())
		if err == nil && !counted {
			counted, err = true, s.limitMailbox(ctx, fresh.To)
		}
		return out, err
	})
	return err
}

// Agreed are the links of a change that a browser has opened and that are good still.
type Agreed struct{ Confirm, Approve *Capability }

// Agreed picks the links of the change out of the secrets that a browser holds.
func (s *Service) Agreed(ctx context.Context, c EmailChange, secrets []string) (Agreed, error) {
	var found Agreed
	for _, secret := range secrets {
		for purpose, to := range map[CapabilityPurpose]**Capability{ToConfirmEmail: &found.Confirm, ToApproveEmail: &found.Approve} {
			k, state, err := s.CapabilityOf(ctx, purpose, secret)
			if fault.Is(err, fault.Missing) {
				continue
			}
			if err != nil {
				return found, err
			}
			if k.Change == c.ID && state == TokenGood {
				*to = &k
			}
		}
	}
	return found, nil
}

// FinishEmailChange ends the wait for both mailboxes. secrets are the links that this browser has opened. Errors:
// fault.Invalid "change.unconfirmed" while one is missing, and "address.owned" when an account has the address; fault.Expired.
func (s *Service) FinishEmailChange(ctx context.Context, session account.Session, c EmailChange, secrets []string, from Origin, locale string) error {
	out, err := s.change(ctx, func(ctx context.Context) (Outcome, error) {
		h, fresh, err := s.held(ctx, c)
		if err != nil {
			return Outcome{}, err
		}
		agreed, err := s.Agreed(ctx, fresh, secrets)
		if err != nil {
			return Outcome{}, err
		}
		if agreed.Confirm == nil || agreed.Approve == nil {
			return Outcome{}, fault.New(fault.Invalid, "change.unconfirmed")
		}
		owner, err := s.Store.AddressOwner(ctx, fresh.To)
		if err != nil {
			return Outcome{}, err
		}
		return FinishEmailChange(h, EmailChangeFinish{Session: session, Change: fresh, Confirm: *agreed.Confirm, Approve: *agreed.Approve,
			Owner: owner, Origin: from, Locale: locale, Lots: s.lots(h, "")}, s.Now())
	})
	if err == nil {
		err = refusal(out)
	}
	return err
}

// StopEmailChange is one of the two mailboxes saying that it did not ask. Errors: fault.Missing and fault.Expired.
func (s *Service) StopEmailChange(ctx context.Context, secret string, from Origin) error {
	_, err := s.change(ctx, func(ctx context.Context) (Outcome, error) {
		k, _, err := s.CapabilityOf(ctx, ToStopEmail, secret)
		if err != nil {
			return Outcome{}, err
		}
		c, err := s.Accounts.EmailChange(ctx, k.Change)
		if err != nil {
			return Outcome{}, err
		}
		h, c, err := s.held(ctx, c)
		if err != nil {
			return Outcome{}, err
		}
		return StopEmailChange(h, EmailChangeStop{Change: c, Stop: k, Origin: from, Lots: s.lots(h, "")}, s.Now())
	})
	return err
}
