package linking

import (
	"context"
	"slices"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// mailDice draws the secrets of one mail. The one that stops is derived from the one that confirms, so that the page of
// the link can offer to stop without either being stored.
func (s *Service) mailDice() MailDice {
	confirm := s.Dice.Secret()
	notMe := s.StopSecret(confirm)
	return MailDice{Confirm: confirm, ConfirmHash: s.Dice.Hash(SecretConfirm, confirm),
		NotMe: notMe, NotMeHash: s.Dice.Hash(SecretNotMe, notMe)}
}

// StopSecret is the "I did not request this" that belongs to a link's secret.
func (s *Service) StopSecret(confirm string) string { return s.Dice.Derive(SecretNotMe, confirm) }

// Email takes the address the person wants to use and mails a link to it.
func (s *Service) Email(ctx context.Context, step Step, typed string) (Result, error) {
	if typed == "" {
		return Result{}, fault.New(fault.Invalid, "email.empty")
	}
	email, err := ident.ParseEmail(typed)
	if err != nil {
		return Result{}, err
	}
	dice := s.mailDice()
	result, err := s.run(ctx, step, func(ctx context.Context, f Flow, a *Act) (Event, error) {
		owner, err := s.Store.AddressOwner(ctx, email)
		if err != nil {
			return nil, err
		}
		opened, err := s.opened(ctx, f)
		return EmailGiven{Act: a, Email: email, Owner: owner, Mail: dice, Opened: opened}, err
	})
	if err == nil && result.Flow.Carried && !result.Replayed {
		result.MailSecret = dice.Confirm
	}
	return result, err
}

// opened is the link that a flow was begun with; nil when there is none, or none any more.
func (s *Service) opened(ctx context.Context, f Flow) (*Mailed, error) {
	if f.Opened == "" {
		return nil, nil
	}
	stored, err := s.Store.MailToken(ctx, f.Opened)
	if fault.Is(err, fault.Missing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	began, err := s.Store.Flow(ctx, stored.Flow)
	if fault.Is(err, fault.Missing) {
		return nil, nil
	}
	return &Mailed{MailToken: stored, Flow: began, State: stored.Check(began, PurposeConfirm, s.Now())}, err
}

// Resend mails again.
func (s *Service) Resend(ctx context.Context, step Step) (Result, error) {
	dice := s.mailDice()
	return s.run(ctx, step, func(ctx context.Context, f Flow, a *Act) (Event, error) {
		owner, err := s.Store.AddressOwner(ctx, f.Email)
		return ResendAsked{Act: a, Owner: owner, Mail: dice}, err
	})
}

// Mailed finds what a mailed secret belongs to, for its page. Reading it changes nothing. A secret that is none fails
// with fault.Missing "mail_link.damaged".
func (s *Service) Mailed(ctx context.Context, purpose MailPurpose, secret string) (Mailed, error) {
	stored, err := s.Store.MailToken(ctx, s.Dice.Hash(secretOf(purpose), secret))
	if fault.Is(err, fault.Missing) || (err == nil && stored.Purpose != purpose) {
		return Mailed{}, fault.New(fault.Missing, "mail_link.damaged")
	}
	if err != nil {
		return Mailed{}, err
	}
	f, err := s.Store.Flow(ctx, stored.Flow)
	if err != nil {
		return Mailed{}, err
	}
	return Mailed{MailToken: stored, Flow: f, State: stored.Check(f, purpose, s.Now())}, nil
}

func secretOf(purpose MailPurpose) string {
	if purpose == PurposeNotMe {
		return SecretNotMe
	}
	return SecretConfirm
}

// ShowCode makes the code for a link that was opened in another browser. The code is in the Result and nowhere else.
func (s *Service) ShowCode(ctx context.Context, secret string) (Result, error) {
	mailed, err := s.Mailed(ctx, PurposeConfirm, secret)
	if err != nil {
		return Result{}, err
	}
	shown := s.Dice.OTP()
	hash, _ := s.Dice.CodeHash(mailed.Flow.ID, shown)
	result, err := s.run(ctx, Step{Flow: mailed.Flow.ID}, func(_ context.Context, _ Flow, a *Act) (Event, error) {
		return CodeShown{Act: a, MailToken: mailed.MailToken, CodeHash: hash}, nil
	})
	if err == nil && result.Problem == "" {
		result.OTP = shown
	}
	return result, err
}

// Continue ends the wait of the first tab. secrets are the links that this browser has opened; the one that belongs to
// the flow is the proof. Without one nothing is confirmed yet: fault.Invalid "mailbox.unconfirmed".
func (s *Service) Continue(ctx context.Context, step Step, secrets []string) (Result, error) {
	mailed, err := s.mailedOf(ctx, step.Flow, secrets)
	if err != nil {
		return Result{}, err
	}
	return s.run(ctx, step, func(ctx context.Context, f Flow, a *Act) (Event, error) {
		if mailed == nil {
			if _, ended, err := guard(&f, OnConfirmed, a, s.Now()); ended != nil || err != nil {
				return Confirmed{Act: a}, nil
			}
			return nil, fault.New(fault.Invalid, "mailbox.unconfirmed")
		}
		e := Confirmed{Act: a, MailToken: mailed.MailToken}
		if mailed.State != TokenGood {
			return e, nil // refused for that, whatever the product would say
		}
		var err error
		if f.ByMail {
			e.Again, err = s.lookAgain(ctx, f, a)
			return e, err
		}
		if e.Opened, err = s.opened(ctx, f); err != nil {
			return nil, err
		}
		if e.Finish, err = s.finishFacts(ctx, f, a); err == nil {
			e.Finish.Others, err = s.others(ctx, f, a.Setting.Product, e.Finish)
		}
		return e, err
	})
}

// mailedOf picks the opened link that belongs to the flow, one that is good still before any other; nil when there is none.
func (s *Service) mailedOf(ctx context.Context, flow ident.FlowID, secrets []string) (*Mailed, error) {
	var found *Mailed
	for _, secret := range secrets {
		mailed, err := s.Mailed(ctx, PurposeConfirm, secret)
		if fault.Is(err, fault.Missing) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if mailed.Flow.ID == flow {
			if mailed.State == TokenGood {
				return &mailed, nil
			}
			found = &mailed
		}
	}
	return found, nil
}

// Confirmed reports whether one of the opened links would let the flow continue, for the page that waits.
func (s *Service) Confirmed(ctx context.Context, flow ident.FlowID, secrets []string) (bool, error) {
	mailed, err := s.mailedOf(ctx, flow, secrets)
	return mailed != nil && mailed.State == TokenGood, err
}

// EnterOTP takes the code of the other browser.
func (s *Service) EnterOTP(ctx context.Context, step Step, typed string) (Result, error) {
	hash, ok := s.Dice.CodeHash(step.Flow, typed)
	if !ok {
		hash = "malformed"
	}
	if typed == "" {
		return Result{}, fault.New(fault.Invalid, "code.empty")
	}
	return s.run(ctx, step, func(ctx context.Context, f Flow, a *Act) (Event, error) {
		if _, ended, err := guard(&f, OnCodeTyped, a, s.Now()); ended != nil || err != nil {
			return CodeTyped{Act: a}, nil
		}
		facts, err := s.finishFacts(ctx, f, a)
		return CodeTyped{Act: a, Hash: hash, Finish: facts}, err
	})
}

// NewPassword sets the account's password where the product's may not be carried on.
func (s *Service) NewPassword(ctx context.Context, step Step, password string) (Result, error) {
	if password == "" {
		return Result{}, fault.New(fault.Invalid, "new_password.empty")
	}
	if len(password) > MaxPasswordBytes {
		return Result{}, fault.New(fault.Invalid, "new_password.too_long")
	}
	var hash string
	return s.run(ctx, step, func(ctx context.Context, f Flow, a *Act) (Event, error) {
		if _, ended, err := guard(&f, OnPasswordSet, a, s.Now()); ended != nil || err != nil {
			return PasswordSet{Act: a}, nil
		}
		if weak := s.Passwords.Weakness(password, SetFloor, passwordWords(f, a, nil)...); weak != "" {
			return PasswordSet{Act: a, Weakness: "new_password." + weak}, nil
		}
		facts, err := s.finishFacts(ctx, f, a)
		if err != nil {
			return nil, err
		}
		if facts.Others, err = s.others(ctx, f, a.Setting.Product, facts); err != nil {
			return nil, err
		}
		if hash == "" {
			if hash, err = s.Passwords.Hash(ctx, password); err != nil {
				return nil, err
			}
		}
		return PasswordSet{Act: a, Hash: hash, Finish: facts}, nil
	})
}

// Stop is "I did not request this": it can only ever cancel.
func (s *Service) Stop(ctx context.Context, secret string, recognised bool) (Result, error) {
	mailed, err := s.Mailed(ctx, PurposeNotMe, secret)
	if err != nil {
		return Result{}, err
	}
	return s.run(ctx, Step{Flow: mailed.Flow.ID}, func(ctx context.Context, f Flow, a *Act) (Event, error) {
		e := Stopped{Act: a, MailToken: mailed.MailToken, Recognised: recognised}
		for range 1 + len(a.Setting.Tenant.Administrators) {
			e.Mails = append(e.Mails, ident.MailID(s.Dice.ID("ml")))
		}
		var err error
		e.Link, err = s.linkToStop(ctx, f, mailed.MailToken.ProductAccount)
		return e, err
	})
}

// linkToStop is the link that a mail of the flow can have suspended: of the product account that the mail was about, or else
// of the flow's candidate, if this flow made it, or one that was begun with this flow's mail in the browser that opened it;
// nil otherwise.
func (s *Service) linkToStop(ctx context.Context, f Flow, about ident.ProductAccountID) (*account.Link, error) {
	if about == "" && f.Candidate == nil {
		return nil, nil
	}
	if about == "" {
		about = f.Candidate.ID
	}
	links, err := s.Joins.LinksTo(ctx, f.Tenant, about)
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		if !mayStop(l) {
			continue
		}
		// A link that waited, or was kept through a reset, has another flow since; the proof that this one gave stays in it.
		if l.Flow == f.ID || f.Legacy != nil && slices.Contains(l.Evidence, f.Legacy.ID) {
			return &l, nil
		}
		began, err := s.beganWith(ctx, l.Flow)
		if err != nil {
			return nil, err
		}
		if began == f.ID {
			return &l, nil
		}
	}
	return nil, nil
}

// beganWith is the flow whose mailed link another flow was begun with; empty when there is none.
func (s *Service) beganWith(ctx context.Context, flow ident.FlowID) (ident.FlowID, error) {
	maker, err := s.Store.Flow(ctx, flow)
	if fault.Is(err, fault.Missing) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	began, err := s.opened(ctx, maker)
	if err != nil || began == nil {
		return "", err
	}
	return began.Flow.ID, nil
}
