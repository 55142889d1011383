package linking

import (
	"context"
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/fault"
)

// PasswordChange is a new password, chosen by somebody who is signed in and gave the present one.
type PasswordChange struct {
	Session account.Session
	// Right says that the present password was given.
	Right          bool
	Hash, Weakness string
	Origin         Origin
	Locale         string
	Lots           Lots
}

// ChangePassword sets a new password and ends every other session of the account, and what was open elsewhere. The session it
// was done in goes on under another name.
func ChangePassword(h Holding, e PasswordChange, now time.Time) (Outcome, error) {
	if err := mayChange(h, e.Session, now); err != nil {
		return Outcome{}, err
	}
	if !e.Right {
		return refusedPassword(h, e.Lots, e.Origin, now), nil
	}
	if err := newPassword(e.Hash, e.Weakness); err != nil {
		return Outcome{}, err
	}
	session := e.Session
	session.ID, session.Version, session.UsedAt, session.AuthAt = e.Lots.Session, 0, now, now
	session.Methods = []account.Method{account.AccountPassword}
	out := Outcome{
		Accounts:         []account.Account{h.Account},
		Credentials:      []account.Credential{setPassword(h, e.Hash, e.Lots.Credential, now)},
		VoidCapabilities: []CapabilitiesVoid{{Account: h.Account.ID}},
		EndSessions:      []SessionsEnd{{Account: h.Account.ID}},
		EndFlows:         []FlowsEnd{{Account: h.Account.ID, ExceptBrowser: session.Browser}},
		Sessions:         []account.Session{session},
		Events:           []audit.Event{h.note(e.Lots, 0, now, audit.PasswordChanged, "", e.Origin)},
	}
	h.tell(&out, e.Lots, MailPasswordChanged, h.mailboxes(), MailFacts{Agent: e.Origin.Agent, Network: e.Origin.Network,
		DoneAt: now, Address: h.Primary().Email, How: "changed"}, e.Locale, now)
	return out, nil
}

// refusedPassword takes note of a wrong password and changes nothing.
func refusedPassword(h Holding, lots Lots, from Origin, now time.Time) Outcome {
	return Outcome{Problem: "password.wrong",
		Events: []audit.Event{h.note(lots, 0, now, audit.PasswordRefused, "password.wrong", from)}}
}

// mayChange holds what every change by somebody who is signed in needs: a live session of the whole account.
func mayChange(h Holding, s account.Session, now time.Time) error {
	if h.Account.Status != account.Active || s.Account != h.Account.ID || !s.Full() || !s.Live(now) {
		return fault.New(fault.Denied, "session.missing")
	}
	return nil
}

// PasswordForm is what somebody sends to change their password.
type PasswordForm struct{ Present, Next, StepToken string }

// ChangePassword checks the present password and sets another. secret is the session's new cookie. Errors: fault.Invalid
// "password.…" and "new_password.…", fault.Throttled "attempts.…".
func (s *Service) ChangePassword(ctx context.Context, session account.Session, form PasswordForm, from Origin, locale string) (secret string, err error) {
	chosen := &chosenPassword{Service: s, typed: form.Next}
	given := &givenPassword{Service: s, typed: form.Present, network: from.Network}
	secret = s.Dice.SessionSecret(form.StepToken)
	out, err := s.change(ctx, func(ctx context.Context) (Outcome, error) {
		h, err := s.Accounts.Holding(ctx, session.Account)
		if err != nil {
			return Outcome{}, err
		}
		e := PasswordChange{Session: session, Origin: from, Locale: locale, Lots: s.lots(h, secret)}
		if e.Right, err = given.check(ctx, h); err != nil {
			return Outcome{}, err
		}
		if e.Right {
			e.Hash, e.Weakness, err = chosen.check(ctx, h)
		}
		if err != nil {
			return Outcome{}, err
		}
		return ChangePassword(h, e, s.Now())
	})
	if err == nil {
		err = refusal(out)
	}
	if err != nil {
		return "", err
	}
	return secret, nil
}

// refusal is the problem of a committed outcome as something to correct.
func refusal(out Outcome) error {
	if out.Problem == "" {
		return nil
	}
	return fault.New(fault.Invalid, out.Problem)
}

// givenPassword is the present password of an account, checked once within the limits of a sign-in.
type givenPassword struct {
	*Service
	typed, network string
	stored         string // the hash it was checked against
	checked, right bool
}

// check reports whether the password is the account's. Errors beside those of the limits: fault.Denied "session.missing" when
// it was, until it was changed meanwhile, which ended the session too.
func (g *givenPassword) check(ctx context.Context, h Holding) (bool, error) {
	if g.checked && g.stored == h.Credential.Hash {
		return g.right, nil
	}
	if g.right {
		return g.still(ctx, h)
	}
	right, err := g.OwnPassword(ctx, h.Account.ID, h.Credential.Hash, g.network, g.typed)
	if err != nil {
		return false, err
	}
	g.checked, g.right, g.stored = true, right, h.Credential.Hash
	return right, nil
}

// still looks again at a password that was right a moment ago. It is no guess, so that nothing is counted: a form that is sent
// twice at once would otherwise be taken note of as a wrong password.
func (g *givenPassword) still(ctx context.Context, h Holding) (bool, error) {
	if h.Credential.Hash == "" {
		return false, fault.New(fault.Denied, "session.missing")
	}
	right, _, err := g.Passwords.Verify(ctx, h.Credential.Hash, g.typed)
	if err == nil && !right {
		err = fault.New(fault.Denied, "session.missing")
	}
	if err != nil {
		return false, err
	}
	g.stored = h.Credential.Hash
	return true, nil
}
