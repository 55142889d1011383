// Package audit names what is worth keeping: every change of an account, a link or a session leaves an event.
package audit

import (
	"time"

	"ligature/internal/ident"
)

// Action names what happened, "thing.what", in the past tense where it is a fact.
type Action string

// The actions of signing in and linking.
const (
	FlowBegun         Action = "flow.begun"
	Identified        Action = "flow.identified"
	PasswordRefused   Action = "password.refused"
	LegacyProven      Action = "legacy.proven"
	MailSent          Action = "mail.sent"
	ResetAsked        Action = "reset.asked" // of a product
	ProductDown       Action = "product.down"
	LegacyTried       Action = "legacy.tried" // of a product account that is linked
	CodeShown         Action = "code.shown"
	LinkCarried       Action = "mail.carried"
	CodeRefused       Action = "code.refused"
	MailboxProven     Action = "mailbox.proven"
	AccountCreated    Action = "account.created"
	LinkActivated     Action = "link.activated"
	LinkSuspended     Action = "link.suspended"
	LinkWaits         Action = "link.waits"
	JoinRefused       Action = "join.refused"
	SignedIn          Action = "session.started"
	SignedOut         Action = "session.ended"
	RequestStopped    Action = "request.stopped"
	FlowRefused       Action = "flow.refused"
	FlowExpired       Action = "flow.expired"
	FlowAbandoned     Action = "flow.abandoned"
	AccountResetAsked Action = "account_reset.asked"
	PasswordReset     Action = "password.reset"
	PasswordChanged   Action = "password.changed"
	EmailChangeBegun  Action = "email_change.begun"
	EmailChangeEnded  Action = "email_change.ended"
	EmailChanged      Action = "email.changed"
	RolloutChanged    Action = "rollout.changed"
	ClientAuthRefused Action = "client.refused"
	LinkEnded         Action = "link.ended"
	LinkRestored      Action = "link.restored" // an unlink or a merge was taken back
	LinkMoved         Action = "link.moved"    // to the account that a merge left
	MergeProven       Action = "merge.proven"
	AccountMerged     Action = "account.merged"
	AccountParted     Action = "account.parted" // a merge was taken back
	AccountClosed     Action = "account.closed"
	AuthCodeReplayed  Action = "authcode.replayed"
)

// The actions of invitations.
const (
	InvitationMade     Action = "invitation.made"
	InvitationResent   Action = "invitation.resent"
	InvitationAccepted Action = "invitation.accepted"
	InvitationEnded    Action = "invitation.ended"
	InvitationRevoked  Action = "invitation.revoked"
)

// Event is one fact. Reason is one of our own keys, never what somebody typed.
type Event struct {
	ID             ident.EventID
	Tenant         ident.TenantID
	At             time.Time
	Action         Action
	Reason         string
	Ref            ident.Ref
	Flow           ident.FlowID
	Account        ident.AccountID
	ProductAccount ident.ProductAccountID
	Network        string // shortened to /24 or /48
	Request        string // the reference of the request that it happened in; the store adds it
}
