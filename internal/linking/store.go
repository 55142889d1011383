package linking

import (
	"context"
	"time"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// Store is what the conversation needs kept. Reads that find nothing fail with fault.Missing unless they say otherwise;
// a store that does not answer fails with fault.Unavailable.
type Store interface {
	// Setting is everything declared that a flow of the tenant and product depends on. With neither it holds the suite
	// alone.
	Setting(ctx context.Context, tenant ident.TenantID, product ident.ProductID) (directory.Setting, error)
	// Flow is the flow. Its id is random and gives no power without the browser it is bound to.
	Flow(ctx context.Context, id ident.FlowID) (Flow, error)
	// Conversation is the flow with its setting: fault.Missing too when what it depends on was withdrawn.
	Conversation(ctx context.Context, id ident.FlowID) (Conversation, error)
	// Owner is the account that an identifier belongs to: by an address of it, or by the username recorded at an active
	// link of the product being opened. nil when there is none.
	Owner(ctx context.Context, tenant ident.TenantID, product ident.ProductID, id ident.Identifier) (*OwnerFacts, error)
	// AddressOwner is the account that has the address; empty when none has.
	AddressOwner(ctx context.Context, email ident.Email) (ident.AccountID, error)
	// ProductAccount is what is stored of a product's user; empty facts when nothing is.
	ProductAccount(ctx context.Context, tenant ident.TenantID, product ident.ProductID, external ident.ExternalID, generation ident.Generation) (ProductAccountFacts, error)
	MailStore
	// Commit writes an Outcome whole, or fails with fault.Moved and has written nothing.
	Commit(ctx context.Context, o Outcome) error
}

// MailStore is what is kept of mails that a flow waits for.
type MailStore interface {
	// MailToken finds the stored side of a mailed link by its hash.
	MailToken(ctx context.Context, hash string) (MailToken, error)
	// MailState is what became of the flow's last mail; a flow that carries a link over has none.
	MailState(ctx context.Context, flow ident.FlowID) (MailState, error)
}

// Conversation is a flow with everything declared that it depends on, as both were at one moment.
type Conversation struct {
	Flow    Flow
	Setting directory.Setting
	// ReturnURI is the redirect URI of the authorization request that waits; empty when none does.
	ReturnURI string
}

// JoinStore is what joining several product accounts to one account needs beside the Store.
type JoinStore interface {
	// ProductsOf are the products that the tenant has.
	ProductsOf(ctx context.Context, tenant ident.TenantID) ([]directory.Product, error)
	// WaitingLinks are the account's pending links in the tenant.
	WaitingLinks(ctx context.Context, tenant ident.TenantID, id ident.AccountID) ([]WaitingLink, error)
	// LinksTo are the product account's links, ended ones too, active ones first.
	LinksTo(ctx context.Context, tenant ident.TenantID, id ident.ProductAccountID) ([]account.Link, error)
	// Deferral is the account's open deferral for the product; nil when there is none.
	Deferral(ctx context.Context, tenant ident.TenantID, product ident.ProductID, id ident.AccountID) (*account.Deferral, error)
}

// MailState is what became of a mail, for the screen that waits for it.
type MailState string

// The states of a mail.
const (
	MailQueued  MailState = "queued"
	MailGone    MailState = "sent"
	MailTrouble MailState = "trouble" // tried several times, still trying
	MailRefused MailState = "refused" // the other side does not want it
)

// Tally counts failed attempts on one key.
type Tally struct {
	Key          string
	Failures     int
	FirstAt      time.Time // of the present series
	WaitDeadline time.Time // no attempt before
	Version      int64     // 0 when nothing is stored
}

// TallyStore keeps tallies.
type TallyStore interface {
	// Tallies are the counts of the keys, in their order.
	Tallies(ctx context.Context, keys ...string) ([]Tally, error)
	// SetTallies writes each of which the stored version is still its Version, and says which were written, in their order.
	SetTallies(ctx context.Context, tallies ...Tally) (written []bool, err error)
	// Settle ends the series of the keys of over with their waits, and takes one failure off each count of back that has one.
	Settle(ctx context.Context, over, back []string) error
}

// AttemptPolicy says how failures slow down or stop further attempts.
type AttemptPolicy struct {
	// Free is how many attempts a series has before waits begin (or before it ends, when Wait is 0).
	Free int
	// Wait is the first wait, doubled by each further failure up to MaxWait. 0: nothing more until Window is over.
	Wait, MaxWait time.Duration
	// Window is when a series is forgotten; 0: only success ends it.
	Window time.Duration
	// Stop is how many failures end it for good (NIST SP 800-63B-4 §3.2.2: at most 100); 0 for none.
	Stop int
}

// AccountAttempts guards one account. Only a right password ends a series, so that a hundred failures in a row are the end
// however slowly they come.
func AccountAttempts() AttemptPolicy {
	return AttemptPolicy{Free: 5, Wait: 30 * time.Second, MaxWait: time.Hour, Stop: 100}
}

// UnknownAttempts guards an identifier that belongs to nobody. It is what an account gets, to the last attempt: or whoever goes
// on long enough would see by the waits, and by their end, that somebody has an account.
func UnknownAttempts() AttemptPolicy { return AccountAttempts() }

// UserAttempts guards one user of a product. A day ends a series: nobody could reset what stopped for good there.
func UserAttempts() AttemptPolicy {
	return AttemptPolicy{Free: 5, Wait: 30 * time.Second, MaxWait: time.Hour, Window: 24 * time.Hour}
}

// NetworkAttempts guards against one network trying many identifiers; it waits and never refuses.
func NetworkAttempts() AttemptPolicy {
	return AttemptPolicy{Free: 20, Wait: 15 * time.Second, MaxWait: 5 * time.Minute, Window: 10 * time.Minute}
}

// ProductAttempts keeps below a product's own lockout: budget attempts in a window, then the product is not asked.
func ProductAttempts(budget int) AttemptPolicy {
	return AttemptPolicy{Free: budget, Window: 5 * time.Minute}
}

// Reserve takes one attempt before it is made, so that attempts side by side cannot pass together. It gives the tally
// to store, or fault.Throttled with the wait.
func (p AttemptPolicy) Reserve(t Tally, now time.Time) (Tally, error) {
	if t.Failures > 0 && p.Window > 0 && !now.Before(t.FirstAt.Add(p.Window)) {
		t.Failures = 0
		t.WaitDeadline = time.Time{}
	}
	if now.Before(t.WaitDeadline) {
		return t, fault.Wait("attempts.wait", t.WaitDeadline.Sub(now))
	}
	if p.Stop > 0 && t.Failures >= p.Stop {
		return t, fault.Wait("attempts.stopped", p.MaxWait)
	}
	if p.Wait == 0 && t.Failures >= p.Free {
		return t, fault.Wait("attempts.wait", t.FirstAt.Add(p.Window).Sub(now))
	}
	if t.Failures == 0 {
		t.FirstAt = now
	}
	t.Failures++
	if p.Wait > 0 && t.Failures >= p.Free {
		wait := p.Wait << min(t.Failures-p.Free, 20)
		t.WaitDeadline = now.Add(min(wait, p.MaxWait))
	}
	return t, nil
}
