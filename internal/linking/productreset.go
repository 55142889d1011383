package linking

import (
	"context"
	"maps"
	"time"

	"ligature/internal/account"
	"ligature/internal/connector"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// ResetsPerHour keeps a mailbox from being flooded through a product: as many reset mails for one address of one product,
// then none until the hour is over (ATK-30).
func ResetsPerHour() AttemptPolicy { return AttemptPolicy{Free: 3, Window: time.Hour} }

// NetworkResets slows a network down that asks for many addresses; it waits and never refuses.
func NetworkResets() AttemptPolicy {
	return AttemptPolicy{Free: 20, Wait: 15 * time.Second, MaxWait: 5 * time.Minute, Window: 10 * time.Minute}
}

// resetKey counts the reset mails for one address of one product.
func resetKey(f Flow, e ident.Email) string {
	return "resets:" + string(f.Tenant) + ":" + string(f.Product) + ":" + countedMailbox(e)
}

// ResetWay is how somebody who forgot a product's password gets another.
type ResetWay struct {
	// Able says that the product can be asked to send its own mail.
	Able bool
	// URL is the product's own page for it, for where it cannot.
	URL string
	// Pause is how long the product sends no second mail; 0 when it always does.
	Pause time.Duration
}

// ResetWay is the way of what a flow opens. A product that cannot be reached now is taken to be able.
func (s *Service) ResetWay(setting directory.Setting) ResetWay {
	return ResetWay{Able: s.resettable(setting), URL: setting.Instance.OwnResetURL(), Pause: setting.Product.ResetPause}
}

func (s *Service) resettable(setting directory.Setting) bool {
	conn, err := s.Connectors.Connector(setting.Connector.Name)
	if err != nil {
		return true
	}
	_, able := conn.(connector.Resetter)
	return able
}

// ResetsLeft is how many reset mails the flow may still ask for the address in it.
func (s *Service) ResetsLeft(ctx context.Context, f Flow) (int, error) {
	email, ok := f.Identifier.Email()
	if !ok {
		return f.ResetsLeft(), nil
	}
	t, err := s.counted(ctx, resetKey(f, email))
	if err != nil {
		return 0, err
	}
	policy := ResetsPerHour()
	if !s.Now().Before(t.FirstAt.Add(policy.Window)) {
		t.Failures = 0
	}
	return min(f.ResetsLeft(), max(0, policy.Free-t.Failures)), nil
}

// AskProductReset has the product of the flow send its own reset mail to the address typed, if it knows it; of an
// AwaitPassword flow only where no account has the address. Result and time are the same for an address that the product
// knows, for one that it does not, for one that is linked and for one that an account has: what is to be done is queued, and
// done later by SendReset. Nothing is counted for a product that does not answer; then the Result has the Problem
// "connector.down", whatever the address.
//
// Errors: fault.Invalid "email.empty" and "email.malformed"; fault.Denied "reset.elsewhere" for somebody who waits for a
// product that cannot be asked; fault.Throttled "resend.wait" (a minute between two),
// "resend.used_up" (three resends), "resets.wait" (so many for one address, or from one network).
func (s *Service) AskProductReset(ctx context.Context, step Step, typed string) (Result, error) {
	if typed == "" {
		return Result{}, fault.New(fault.Invalid, "email.empty")
	}
	if _, err := ident.ParseEmail(typed); err != nil {
		return Result{}, err
	}
	id, err := ident.ParseIdentifier(typed)
	if err != nil {
		return Result{}, err
	}
	ask := &resetAsk{Service: s, id: id, network: step.Network}
	return s.run(ctx, step, ask.event)
}

// resetAsk counts one ask once, however often its step has to be decided anew.
type resetAsk struct {
	*Service
	id      ident.Identifier
	network string
	asked   bool // the product was reached for, and the network counted
	down    bool
	counted bool // of the address
}

func (r *resetAsk) event(ctx context.Context, f Flow, a *Act) (Event, error) {
	e := ResetAsked{Act: a, Identifier: r.id, Able: r.resettable(*a.Setting)}
	if _, ended, err := guard(&f, OnResetAsked, a, r.Now()); ended != nil || err != nil || mayReset(f, r.Now()) != nil || f.Product == "" ||
		!e.Able && f.State == AwaitLink {
		// Advance refuses it the same way; the point is that nothing was asked or counted.
		return e, nil
	}
	if err := r.reach(ctx, f, a); err != nil {
		return nil, err
	}
	if e.Down = r.down; e.Down {
		return e, nil
	}
	email, _ := r.id.Email()
	if !r.counted {
		if err := r.reserve(ctx, resetKey(f, email), ResetsPerHour()); err != nil {
			return nil, renamed(err, "resets.wait")
		}
		r.counted = true
	}
	owner, err := r.Store.AddressOwner(ctx, email)
	e.Owned = owner != ""
	return e, err
}

// reach counts the network and, for somebody who waits for that product alone, finds out whether it is there. On the sign-in
// page nobody is told: there the same page serves those whose account has a password of its own.
func (r *resetAsk) reach(ctx context.Context, f Flow, a *Act) error {
	if r.asked {
		return nil
	}
	if r.network != "" {
		if err := r.reserve(ctx, "reset-network:"+r.network, NetworkResets()); err != nil {
			return renamed(err, "resets.wait")
		}
	}
	r.asked = true
	if f.State != AwaitLink {
		return nil
	}
	conn, err := r.Connectors.Connector(a.Setting.Connector.Name)
	if err == nil {
		err = conn.Ping(ctx)
	}
	r.down = err != nil
	return nil
}

// SendReset does what was queued for an address as a MailProductReset with these values: the product is asked to send its
// own mail. Where the address belongs to a product account that is linked, the product is asked nothing, because its
// password opens nothing here any more, and asked is false: the reader of the mailbox is to be told that instead, with the
// values left. A product that does not answer is fault.Unavailable, to be tried again.
func (s *Service) SendReset(ctx context.Context, to ident.Email, values map[string]string) (left map[string]string, asked bool, err error) {
	left = maps.Clone(values)
	delete(left, keyTenantID)
	delete(left, keyProductID)
	setting, err := s.Store.Setting(ctx, ident.TenantID(values[keyTenantID]), ident.ProductID(values[keyProductID]))
	if err != nil {
		return nil, false, err
	}
	conn, err := s.Connectors.Connector(setting.Connector.Name)
	if err != nil {
		return nil, false, err
	}
	if finder, ok := conn.(connector.Finder); ok {
		linked, err := s.linkedAddress(ctx, finder, setting, to)
		if err != nil || linked {
			return left, false, err
		}
	}
	resetter, ok := conn.(connector.Resetter)
	if !ok {
		return left, true, nil // it could when the mail was asked for; there is nobody to ask any more
	}
	return left, true, resetter.RequestReset(ctx, ident.RestoreIdentifier(to.Key()))
}

// linkedAddress reports that the product has the address for one user, whose link is active.
func (s *Service) linkedAddress(ctx context.Context, finder connector.Finder, setting directory.Setting, to ident.Email) (bool, error) {
	records, err := finder.Find(ctx, connector.Query{By: connector.ByEmail, Value: to.Key()})
	if err != nil || len(records) != 1 || records[0].Email != to {
		return false, err
	}
	facts, err := s.Store.ProductAccount(ctx, setting.Tenant.ID, setting.Product.ID, records[0].ExternalID, records[0].Generation)
	return facts.Link != nil && facts.Link.State == account.LinkActive, err
}
