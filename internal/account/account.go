// Package account holds the durable facts: who is who, what is linked to what, and by which evidence.
package account

import (
	"time"

	"ligature/internal/ident"
)

// Status says whether an account may be used.
type Status string

// The statuses.
const (
	Active   Status = "active"
	Disabled Status = "disabled"
	Closed   Status = "closed"
)

// Account is the person. It has no address and no password in it.
type Account struct {
	ID        ident.AccountID
	Status    Status
	Name      string
	Locale    string
	CreatedAt time.Time
	Version   int64
}

// Address is a mailbox whose control was proven; it belongs to one account of the suite.
type Address struct {
	Email      ident.Email
	Account    ident.AccountID
	VerifiedAt time.Time
	Proof      ident.ProofID
	Primary    bool
	Version    int64
}

// CredentialKind is a way to sign in.
type CredentialKind string

// Password is the only kind so far.
const Password CredentialKind = "password"

// OriginSet marks a password that the person chose here.
const OriginSet = "set"

// OriginAdopted marks a password that came from a product, so that all of one product's can be invalidated at once.
func OriginAdopted(product ident.ProductID) string { return "adopted:" + string(product) }

// Credential is one way to sign in to an account. Hash is an argon2id PHC string.
type Credential struct {
	ID        ident.CredentialID
	Account   ident.AccountID
	Kind      CredentialKind
	Origin    string
	Hash      string
	CreatedAt time.Time
	Version   int64
}

// ProductAccount is the person's record inside one product, as we know it: its key there, and the `sub` the product
// sees. It exists independently of links, so that the `sub` survives link, merge and unlink.
type ProductAccount struct {
	ID         ident.ProductAccountID
	Tenant     ident.TenantID
	Product    ident.ProductID
	ExternalID ident.ExternalID
	Generation ident.Generation
	Subject    ident.Subject
	Username   string
	Email      ident.Email // as the product records it
	Name       string
	Locale     string
	SeenAt     time.Time
	Version    int64
}

// LinkState is the life of a link.
type LinkState string

// The states. Rows are never deleted.
const (
	LinkPending   LinkState = "pending"
	LinkActive    LinkState = "active"
	LinkSuspended LinkState = "suspended"
	LinkEnded     LinkState = "ended"
)

// Reason is why a link was suspended or ended.
type Reason string

// The reasons.
const (
	ReasonReported Reason = "reported" // somebody who reads the mailbox said that it was not them
	ReasonReset    Reason = "reset"    // the account's password was reset by its mailbox
	// ReasonOtherAddress: so it was, and the account began with this link, under another address than the product records.
	ReasonOtherAddress Reason = "other_address"
	ReasonUnlinked     Reason = "unlinked" // the person took it apart
	ReasonClosed       Reason = "closed"   // the account was closed
	ReasonMerged       Reason = "merged"   // the account became part of another
	ReasonReplaced     Reason = "replaced" // another link of the product account took its place
	ReasonNotMine      Reason = "not_mine" // the person said that the product account is somebody else's
	ReasonRevoked      Reason = "revoked"  // the product took the invitation back
	ReasonExpired      Reason = "expired"  // nobody finished it in time
)

// OnRecord reports that a link that was suspended for the reason comes back only to whoever reads the address that its product
// records.
func (r Reason) OnRecord() bool { return r == ReasonReported || r == ReasonOtherAddress }

// PendingTTL is how long a pending link and a deferral wait.
const PendingTTL = 30 * 24 * time.Hour

// Link ties an account to a product account, with its evidence. A product account has at most one active link.
type Link struct {
	ID             ident.LinkID
	Tenant         ident.TenantID
	Account        ident.AccountID
	ProductAccount ident.ProductAccountID
	State          LinkState
	Reason         Reason // of a link that is suspended or ended
	Evidence       []ident.ProofID
	Flow           ident.FlowID
	Browser        ident.BrowserID // where the proofs were given
	CreatedAt      time.Time
	ActiveAt       time.Time
	EndedAt        time.Time
	Version        int64
}

// Waits reports whether a pending link may still become active.
func (l Link) Waits(now time.Time) bool {
	return l.State == LinkPending && now.Before(l.CreatedAt.Add(PendingTTL))
}

// Deferral is a product that did not answer when same-email accounts were looked for. It lets the account's owner ask for
// the look again, with a new proof of the mailbox; nothing is linked by it.
type Deferral struct {
	ID        ident.DeferralID
	Tenant    ident.TenantID
	Account   ident.AccountID
	Product   ident.ProductID
	Email     ident.Email // the address that was proven
	Flow      ident.FlowID
	CreatedAt time.Time
	EndedAt   time.Time
	Version   int64
}

// Waits reports whether the look may still be repeated.
func (d Deferral) Waits(now time.Time) bool {
	return d.ID != "" && d.EndedAt.IsZero() && now.Before(d.CreatedAt.Add(PendingTTL))
}

// Method is how something was proven. The set is open: later methods join it.
type Method string

// The methods.
const (
	LegacyPassword  Method = "legacy_password"
	MailboxLink     Method = "mailbox_link"
	MailboxCode     Method = "mailbox_code"
	AccountPassword Method = "account_password"
	Invitation      Method = "invitation"
	// OperatorsWord is no proof at all: an operator said so, for trials and load tests.
	OperatorsWord Method = "operator"
)

// Proof is evidence of control over exactly one product account, mailbox or account, given in one flow by one browser.
// It is spent once.
type Proof struct {
	ID             ident.ProofID
	Method         Method
	Tenant         ident.TenantID
	Product        ident.ProductID
	ProductAccount ident.ProductAccountID
	Account        ident.AccountID
	Flow           ident.FlowID
	Browser        ident.BrowserID
	Email          ident.Email
	EmailTurn      int // which address of the flow, counted from 1: a changed address is another turn
	At             time.Time
	SpentAt        time.Time
}

// Scope is how far a session reaches.
type Scope string

// The scopes.
const (
	// ScopeFull opens everything the account is linked to.
	ScopeFull Scope = "full"
	// ScopeProduct opens one product account and nothing else, with no address claim and no refresh token.
	ScopeProduct Scope = "product"
)

// Session is a signed-in browser. Its id is the hash of the cookie's secret.
type Session struct {
	ID             ident.SessionID
	Browser        ident.BrowserID
	Account        ident.AccountID // empty in a product session of a pending link
	Scope          Scope
	Tenant         ident.TenantID // for ScopeProduct
	Product        ident.ProductID
	ProductAccount ident.ProductAccountID
	Methods        []Method
	AuthAt         time.Time
	UsedAt         time.Time
	IdleTTL        time.Duration
	Deadline       time.Time
	EndedAt        time.Time
	// Agent and Network say where it was begun, in words that may be shown; empty when nothing is known.
	Agent, Network string
	Version        int64
}

// Live reports whether the session still counts.
func (s Session) Live(now time.Time) bool {
	return s.ID != "" && s.EndedAt.IsZero() && now.Before(s.Deadline) && now.Before(s.UsedAt.Add(s.IdleTTL))
}

// Full reports that the session is one of a whole account.
func (s Session) Full() bool { return s.Scope == ScopeFull }

// Reaches reports whether the session may speak for the product account: a full session for those linked to its
// account, a product session for its own alone.
func (s Session) Reaches(pa ProductAccount, link *Link) bool {
	if s.Scope == ScopeProduct {
		return s.ProductAccount == pa.ID && s.Tenant == pa.Tenant && s.Product == pa.Product
	}
	return link != nil && link.State == LinkActive && link.Account == s.Account && link.ProductAccount == pa.ID
}
