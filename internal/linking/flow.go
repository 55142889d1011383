package linking

import (
	"time"

	"ligature/internal/account"
	"ligature/internal/ident"
)

// The limits of a flow (NIST SP 800-63B-4 §3.1.3.2 for the code; the seed for the resends).
const (
	FlowTTL      = 45 * time.Minute // absolute, from the legacy proof; until then from the start
	LinkTTL      = 15 * time.Minute // a verification link
	CodeTTL      = 10 * time.Minute // a code shown in another browser
	CodeTries    = 5                // per flow, whatever is sent again
	Resends      = 3                // per flow, whatever the address
	ResendPause  = time.Minute
	EmailsPerTry = 5                   // different addresses in one flow
	FreshTTL     = 15 * time.Minute    // how old the account's own password may be when another product is linked
	ReportTTL    = 30 * 24 * time.Hour // how long "this was not me" works
)

// Kind is what a flow is for.
type Kind string

// The kinds. Later ones: reset, invitation, email_change, merge.
const (
	// KindLink is a sign-in or a first link.
	KindLink Kind = "link"
	// KindAnother links an account of a product on the wish of somebody who is signed in, or is the sign-in before it.
	KindAnother Kind = "another"
)

// Flow is one attempt, minutes long. It is a value: Advance makes a new one, nothing changes it in place.
type Flow struct {
	ID          ident.FlowID
	Kind        Kind
	State       State
	Tenant      ident.TenantID  // empty when no product sent the person
	Product     ident.ProductID // the product being opened
	AuthRequest ident.AuthRequestID
	Browser     ident.BrowserID // T: the browser that began
	Ref         ident.Ref       // the number a person can tell support
	Origin      Origin
	Locale      string

	Identifier ident.Identifier
	// Candidate is the product account whose password was proven in this flow; nil before.
	Candidate *account.ProductAccount
	// Legacy is the proof of Candidate; nil before.
	Legacy *account.Proof
	// AdoptHash is the argon2id hash of the product's password, made at the moment of the check; empty when it may not
	// be carried on, and then a new password is asked for.
	AdoptHash string
	// Adopted says that the product's password became the account's.
	Adopted bool
	// RecordedOnly says that an earlier link of the candidate was reported, or suspended under another address than the
	// product records: only that one may be confirmed for it now.
	RecordedOnly bool
	// Earlier is the account that the candidate was linked to once and is not any more: another one may have it only with
	// the mailbox that the product records.
	Earlier ident.AccountID
	// Owner is the account that signed in or came into being, or the one that was signed in from the start and gets the
	// link.
	Owner ident.AccountID
	// OwnerAuthAt is when that account's own password was given; zero where it came into being here.
	OwnerAuthAt time.Time
	// ByMail says that somebody who is signed in proves the mailbox once more instead of the product's password.
	ByMail bool
	// Offers are the product accounts that are named on S6 before any of them is joined.
	Offers []Offer

	// Follows is the flow that ran out of time on S7, for a sign-in that was begun to go on with it. It proves nothing.
	Follows ident.FlowID

	// Opened is the hash of another flow's mailed link, with which this one was begun in the browser that opened it.
	Opened string

	// Notice is a key of what was done just before the flow began, for its first pages to say; empty for nothing.
	Notice string

	Email ident.Email
	// EmailTurn counts the addresses given, from 1. Links and codes of an earlier turn are void.
	EmailTurn int
	// Carried says that the present address was proven by the link in Opened, and needs no mail of its own.
	Carried bool
	// Mails counts verification mails of the whole flow: the first and the resends.
	Mails      int
	LastMailAt time.Time
	// Mailbox is the proof of Email; nil before.
	Mailbox *account.Proof

	// Resets counts how often the product was to send its own reset mail.
	Resets      int
	LastResetAt time.Time

	CodeHash     string
	CodeDeadline time.Time
	CodeFailures int
	Failures     int // wrong passwords in this flow

	Reason      string // of a refusal: one of our keys
	LastStep    string // the step token that made the last change, so that a double click is recognised
	CreatedAt   time.Time
	ChangedAt   time.Time
	Deadline    time.Time
	Version     int64
	SessionFrom account.Scope // what the person got at the end; empty before
	// BrowserGone says that the browser has signed out since and has another name: it can do nothing here any more. Who
	// reads the mailbox still can. It is read, never written.
	BrowserGone bool
}

// Origin is where a flow was begun, coarse enough to be shown to a stranger who got the mail.
type Origin struct {
	Agent   string // "Chrome on Windows"
	Network string // "192.0.2.0/24"
}

// Offer is a product account that may be joined to the account of the flow.
type Offer struct {
	Kind OfferKind
	// ProductAccount has no ID where nothing is stored of it yet.
	ProductAccount account.ProductAccount
	// Link is the link that waits, of OfferWaiting.
	Link ident.LinkID
}

// OfferKind says why a product account is offered.
type OfferKind string

// The kinds.
const (
	// OfferSameEmail: another product records the address that was just proven (seed: "Akeneo merges them after you verify
	// your email").
	OfferSameEmail OfferKind = "same_email"
	// OfferWaiting: its link waits for the account's own password (seed: "On your next sign-in …").
	OfferWaiting OfferKind = "waiting"
)

// ResendsLeft is how many mails can still be asked for.
func (f Flow) ResendsLeft() int { return max(0, Resends+1-max(1, f.Mails)) }

// SignsInAgain reports that the flow, of somebody who was signed in, is over because their account's password was given too
// long ago; they give it again, and go on with what they had typed.
func (f Flow) SignsInAgain() bool {
	return f.Owner != "" && (f.State == AwaitLink || f.State == Expired)
}

// GoesBack reports that a sign-in was begun to go on with another flow, and that nothing else came of it.
func (f Flow) GoesBack() bool {
	return f.Follows != "" && f.State == SignedIn && f.SessionFrom == account.ScopeFull && f.Email.IsZero()
}
