package linking

import (
	"time"

	"ligature/internal/account"
	"ligature/internal/ident"
)

// MailPurpose keeps the two links of a mail apart: neither works in the other's place (ATK-42).
type MailPurpose string

// The purposes.
const (
	PurposeConfirm MailPurpose = "confirm"
	PurposeNotMe   MailPurpose = "not_me"
)

// MailToken is the stored side of a link in a mail: the hash, and all it is bound to.
type MailToken struct {
	Hash      string
	Purpose   MailPurpose
	Tenant    ident.TenantID
	Flow      ident.FlowID
	Email     ident.Email
	EmailTurn int
	// ProductAccount is the one that a mail about a finished link is about; empty in the mails of a flow that is going on.
	ProductAccount ident.ProductAccountID
	// To is who got the mail, where that is not Email: a mail about a finished link also goes to the address that the product
	// records.
	To        ident.Email
	CreatedAt time.Time
	Deadline  time.Time
}

// Receiver is who got the mail.
func (t MailToken) Receiver() ident.Email {
	if t.To.IsZero() {
		return t.Email
	}
	return t.To
}

// TokenState says what opening a mailed link may still do.
type TokenState string

// The states of a mailed link.
const (
	TokenGood       TokenState = "good"
	TokenExpired    TokenState = "expired"
	TokenUsed       TokenState = "used"
	TokenSuperseded TokenState = "superseded" // the address was changed afterwards
	TokenStopped    TokenState = "stopped"    // somebody said it was not them, or the flow ended otherwise
)

// Check says what the token may still do for the flow. It is the only place where that is decided: pages ask it to
// explain, Advance asks it to act.
func (t MailToken) Check(f Flow, purpose MailPurpose, now time.Time) TokenState {
	switch {
	case t.Purpose != purpose || t.Flow != f.ID || t.Tenant != f.Tenant:
		return TokenStopped
	case f.finished() && purpose == PurposeNotMe && (f.Reason == "" || t.ProductAccount != "") && t.EmailTurn == f.EmailTurn && t.Email == f.Email:
		// What was finished can still be taken back by whoever reads the mailbox it was finished with.
		if now.Before(t.Deadline) {
			return TokenGood
		}
		return TokenExpired
	case f.finished() && (t.EmailTurn != f.EmailTurn || t.Email != f.Email):
		return TokenSuperseded
	case f.finished():
		return TokenUsed
	case f.State == Expired:
		return TokenExpired
	case f.State.Terminal():
		return TokenStopped
	case t.EmailTurn != f.EmailTurn || t.Email != f.Email:
		return TokenSuperseded
	case !now.Before(t.Deadline) || !now.Before(f.Deadline):
		return TokenExpired
	case f.State == AwaitNewPassword && purpose == PurposeConfirm:
		return TokenUsed
	}
	return TokenGood
}

// finished reports that the mail of the flow has done what it was sent for: a link was made, or waits.
func (f Flow) finished() bool {
	return f.State == Linked || f.State == Pending || f.State == AwaitJoin
}

// holdsLegacy reports that the flow's own candidate was proven in this flow, by this browser, in this tenant.
func (f Flow) holdsLegacy() bool {
	p, c := f.Legacy, f.Candidate
	return p != nil && c != nil && c.ID != "" &&
		p.Method == account.LegacyPassword && p.SpentAt.IsZero() &&
		p.ProductAccount == c.ID && c.Tenant == f.Tenant && c.Product == f.Product &&
		p.Tenant == f.Tenant && p.Product == f.Product && p.Flow == f.ID && p.Browser == f.Browser
}

// holdsMailbox reports that the flow's present address was proven in this flow, to this browser.
func (f Flow) holdsMailbox() bool {
	p := f.Mailbox
	return p != nil && (p.Method == account.MailboxLink || p.Method == account.MailboxCode) && p.SpentAt.IsZero() &&
		!f.Email.IsZero() && p.Email == f.Email && p.EmailTurn == f.EmailTurn &&
		p.Tenant == f.Tenant && p.Flow == f.ID && p.Browser == f.Browser
}
