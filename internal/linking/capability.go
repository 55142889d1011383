package linking

import (
	"time"

	"ligature/internal/fault"
	"ligature/internal/ident"
)

// A bearer link in a mail is fine where the browser that opens it does the work and gets the result, and dangerous where
// another one gets it. So the two are different types with tables of their own, and nothing takes one for the other: a
// MailToken lets the browser that began go on, a Capability acts in the browser that holds it.

// CapabilityPurpose says what a capability does. Each hashes its secrets under a purpose of its own (ATK-42).
type CapabilityPurpose string

// The purposes.
const (
	// ToReset sets a new password of the account.
	ToReset CapabilityPurpose = "reset"
	// ToConfirmEmail says that the reader of the new mailbox agrees to an email change.
	ToConfirmEmail CapabilityPurpose = "email_confirm"
	// ToApproveEmail says the same of the present mailbox.
	ToApproveEmail CapabilityPurpose = "email_approve"
	// ToStopEmail ends an email change; it can do nothing else.
	ToStopEmail CapabilityPurpose = "email_stop"
)

// SecretPurpose is the name under which the purpose's secrets are hashed.
func (p CapabilityPurpose) SecretPurpose() string { return string(p) + "_token" }

// ResetTTL is how long the link to a new password works (NIST SP 800-63B-4 §4.2.1.2).
const ResetTTL = 30 * time.Minute

// Capability is the stored side of a mailed link with which whoever holds it acts: the hash of its secret, and all it is
// bound to. It is spent once.
type Capability struct {
	Hash    string
	Purpose CapabilityPurpose
	Account ident.AccountID
	Email   ident.Email // the mailbox it was sent to
	// Flow is the sign-in it was asked for from; empty for none. It gives nothing: only its own browser goes on with it.
	Flow ident.FlowID
	// Change is the email change it belongs to; empty for the other purposes.
	Change    ident.EmailChangeID
	CreatedAt time.Time
	Deadline  time.Time
	SpentAt   time.Time
	// VoidAt is when something else took its power away.
	VoidAt  time.Time
	Version int64
}

// Check says what the capability may still do. Pages ask it to explain, the functions that act ask it to act.
func (c Capability) Check(purpose CapabilityPurpose, now time.Time) TokenState {
	switch {
	case c.Hash == "" || c.Purpose != purpose:
		return TokenStopped
	case !c.SpentAt.IsZero():
		return TokenUsed
	case !c.VoidAt.IsZero():
		return TokenStopped
	case !now.Before(c.Deadline):
		return TokenExpired
	}
	return TokenGood
}

// CapabilitiesVoid selects the unspent capabilities of an account, its open email changes and the merges that were proven for it: all there are when the Outcome
// is committed, known or not, apart from those that it writes itself.
type CapabilitiesVoid struct{ Account ident.AccountID }

// FlowsEnd selects open flows that act for an account.
type FlowsEnd struct {
	Account       ident.AccountID
	ExceptBrowser ident.BrowserID
}

// spend marks a capability as used, if it may still be.
func spend(c Capability, purpose CapabilityPurpose, now time.Time) (Capability, error) {
	switch c.Check(purpose, now) {
	case TokenGood:
		c.SpentAt = now
		return c, nil
	case TokenExpired:
		return c, fault.New(fault.Expired, "capability.expired")
	case TokenUsed:
		return c, fault.New(fault.Expired, "capability.used")
	}
	return c, fault.New(fault.Expired, "capability.void")
}
