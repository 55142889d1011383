package linking

import (
	"context"
	"math"
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// TriedTells is how many tries of a password that a link has made worthless its owner is told of, and TriedWindow in how long.
// They are told once in that time, however many there are.
const (
	TriedTells  = 3
	TriedWindow = 24 * time.Hour
)

// TriedFacts are about the password of a product account that is linked, and so opens nothing here: how often one was
// tried, and whom it is told.
type TriedFacts struct {
	Times int
	// Owner is the account that the product account is linked to; Email and Locale are set when it is to be told.
	Owner  ident.AccountID
	Email  ident.Email
	Locale string
}

// tellTried tells the owner of a linked product account that its old password was tried, by their own address and never
// through the product. The mail has the count and nothing else: who tries must not be able to say anything to them by it.
func tellTried(out *Outcome, f Flow, e LegacyPasswordChecked, now time.Time) {
	t := e.Tried
	if t == nil || t.Times != TriedTells || t.Email.IsZero() {
		return
	}
	tried := note(&f, e.Act, 1, now, audit.LegacyTried, "")
	tried.Account = t.Owner
	out.Events = append(out.Events, tried)
	out.Mails = append(out.Mails, Mail{ID: e.Fresh.Mails[0], Kind: MailLegacyTried, Tenant: f.Tenant, Flow: f.ID, To: t.Email, Locale: t.Locale,
		Facts: MailFacts{Product: e.Setting.Product.Name, Tenant: e.Setting.Tenant.Name, Tries: t.Times},
		At:    now, Deadline: now.Add(TriedWindow)})
}

// tried counts a try, whatever the password was: nobody looked at it.
func (c *passwordCheck) tried(ctx context.Context, f Flow, id ident.ExternalID, link account.Link) (*TriedFacts, error) {
	tally, err := c.tally(ctx, "tried:"+legacyKey(f, id), AttemptPolicy{Free: math.MaxInt, Window: TriedWindow})
	if fault.Is(err, fault.Throttled) {
		return &TriedFacts{}, nil // so many side by side that this one was not counted
	}
	if err != nil || tally.Failures != TriedTells {
		return &TriedFacts{Times: tally.Failures, Owner: link.Account}, err
	}
	h, err := c.Accounts.Holding(ctx, link.Account)
	return &TriedFacts{Times: tally.Failures, Owner: link.Account, Email: h.Primary().Email, Locale: h.Account.Locale}, err
}
