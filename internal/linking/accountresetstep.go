package linking

import (
	"context"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// LimitReset takes one of the resets that may be asked for an address, and for whatever else the network asks; the network is
// empty where it was counted already. Whom the address belongs to plays no part. fault.Throttled "resets.wait".
func (s *Service) LimitReset(ctx context.Context, email ident.Email, network string) error {
	if network != "" {
		if err := s.reserve(ctx, "reset-network:"+network, NetworkResets()); err != nil {
			return renamed(err, "resets.wait")
		}
	}
	return renamed(s.reserve(ctx, "reset-mailbox:"+countedMailbox(email), ResetsPerHour()), "resets.wait")
}

// AskReset has the link to a new password mailed to an account's address, soon. Nothing is looked up for it (SendAccountReset
// does), so that the answer says nothing about the address.
func (s *Service) AskReset(ctx context.Context, ask ResetAsk) error {
	_, err := s.change(ctx, func(context.Context) (Outcome, error) {
		ask.Mail = ident.MailID(s.Dice.ID("ml"))
		return ResetAskedFor(ask, s.Now()), nil
	})
	return err
}

// SendAccountReset does what was queued for an address as a MailResetAsked with these values: it mails the link. For an
// address that no account has it does nothing: whoever has not linked yet is left to the product of their sign-in
// (AskProductReset).
func (s *Service) SendAccountReset(ctx context.Context, to ident.Email, locale string, values map[string]string) error {
	ask := ResetAsk{Email: to, Locale: locale, Flow: ident.FlowID(values[keyFlowID]), Origin: Origin{Agent: values["agent"], Network: values["network"]}}
	owner, err := s.Store.AddressOwner(ctx, ask.Email)
	if err != nil || owner == "" {
		return err
	}
	_, err = s.change(ctx, func(ctx context.Context) (Outcome, error) {
		h, err := s.Accounts.Holding(ctx, owner)
		if err != nil {
			return Outcome{}, err
		}
		ask.Secret, ask.Mail, ask.Event = s.Dice.Secret(), ident.MailID(s.Dice.ID("ml")), ident.EventID(s.Dice.ID("ev"))
		ask.Hash = s.Dice.Hash(ToReset.SecretPurpose(), ask.Secret)
		return AskReset(h, ask, s.Now()), nil
	})
	return err
}

// CapabilityOf finds what the secret of a mailed link may do, for its page. Reading it changes nothing. A secret that is none fails
// with fault.Missing "capability.missing".
func (s *Service) CapabilityOf(ctx context.Context, purpose CapabilityPurpose, secret string) (Capability, TokenState, error) {
	c, err := s.Accounts.Capability(ctx, s.Dice.Hash(purpose.SecretPurpose(), secret))
	if fault.Is(err, fault.Missing) || (err == nil && c.Purpose != purpose) {
		return Capability{}, TokenStopped, fault.New(fault.Missing, "capability.missing")
	}
	return c, c.Check(purpose, s.Now()), err
}

// Reset sets the password of the account that a mailed link belongs to, in the browser that holds it. It signs nobody in.
// Errors: fault.Invalid "new_password.…", fault.Expired and fault.Missing "capability.…".
func (s *Service) Reset(ctx context.Context, secret, password string, browser ident.BrowserID, from Origin, locale string) (Capability, error) {
	c, state, err := s.CapabilityOf(ctx, ToReset, secret)
	if err != nil {
		return c, err
	}
	if state != TokenGood {
		_, err := spend(c, ToReset, s.Now())
		return c, err
	}
	chosen := &chosenPassword{Service: s, typed: password}
	_, err = s.change(ctx, func(ctx context.Context) (Outcome, error) {
		fresh, _, err := s.CapabilityOf(ctx, ToReset, secret)
		if err != nil {
			return Outcome{}, err
		}
		h, err := s.holding(ctx, c.Account, func(l HeldLink) bool {
			return l.Link.State == account.LinkActive && resetsItself(l, c.Email)
		})
		if err != nil {
			return Outcome{}, err
		}
		e := PasswordReset{Capability: fresh, Browser: browser, Origin: from, Locale: locale, Lots: s.lots(h, "")}
		if e.Hash, e.Weakness, err = chosen.check(ctx, h); err != nil {
			return Outcome{}, err
		}
		return Reset(h, e, s.Now())
	})
	if err == nil {
		// Whoever tried passwords before tried the old one.
		s.settle(ctx, []string{AccountKey(c.Account)}, nil)
	}
	return c, err
}

// chosenPassword is a new password of an account, looked at and hashed once.
type chosenPassword struct {
	*Service
	typed string
	hash  string
}

// check gives the password's hash, or why it will not do.
func (c *chosenPassword) check(ctx context.Context, h Holding) (hash, weakness string, err error) {
	if c.hash != "" {
		return c.hash, "", nil
	}
	words := []string{h.Account.Name}
	for _, a := range h.Addresses {
		words = append(words, a.Email.Key())
	}
	for _, l := range h.Links {
		words = append(words, l.Product.Name, l.Tenant.Name, l.ProductAccount.Username)
	}
	c.hash, weakness, err = c.ChosenPassword(ctx, c.typed, words...)
	return c.hash, weakness, err
}
