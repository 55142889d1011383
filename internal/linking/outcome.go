package linking

import (
	"cmp"
	"maps"
	"strconv"
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/ident"
)

// Table names a table whose row versions a decision may rest on.
type Table string

// The tables.
const (
	TableTenant         Table = "tenant"
	TableProduct        Table = "product"
	TableInstance       Table = "instance" // its Tenant, and the product as ID
	TableAccount        Table = "account"
	TableCredential     Table = "credential"
	TableProductAccount Table = "product_account"
	TableLink           Table = "link"
	// TableHolding stands for all that hangs on an account: its ID is the account's, its Version counts the account's links
	// that have not ended, its addresses and its open deferrals. It is asked for where a row more must not be missed.
	TableHolding Table = "holding"
)

// Read is a row that a decision rests on, and the version it had. The commit fails with fault.Moved when it has another
// one by then. Tenant is empty for suite-level tables.
type Read struct {
	Table   Table
	Tenant  ident.TenantID
	ID      string
	Version int64
}

// Outcome is everything that changes by one event. It is committed whole or not at all.
//
// A row with Version 0 is new: the commit fails with fault.Moved when it exists already, or when its address or its
// active link is taken. Any other row is an update and carries the version that was read.
type Outcome struct {
	// Flow is the next flow; its Version is the one that was read, 0 for a new flow.
	Flow Flow
	// Reads are the rows decided on besides the ones written.
	Reads []Read

	Accounts        []account.Account
	Addresses       []account.Address
	Credentials     []account.Credential
	ProductAccounts []account.ProductAccount
	Links           []account.Link
	Proofs          []account.Proof // inserted, or marked spent when SpentAt is set
	Sessions        []account.Session
	// EndSessionsOf ends the browser's other sessions: a new authentication never lives beside an old one.
	EndSessionsOf ident.BrowserID
	// EndSessions ends further sessions; those of the Outcome itself go on.
	EndSessions []SessionsEnd
	// EndGrants ends what sessions that go on have given: a link that comes back must not bring tokens back with it.
	EndGrants []GrantsEnd
	// DroppedAddresses and DroppedCredentials are deleted; each carries the version that was read.
	DroppedAddresses   []account.Address
	DroppedCredentials []account.Credential
	Deferrals          []account.Deferral
	Undos              []account.Undo
	Merges             []account.Merge
	// EndFlows ends open flows; the Outcome's own goes on.
	EndFlows []FlowsEnd

	// Capabilities are inserted, or marked spent when they carry the version that was read: once, whoever else tries.
	Capabilities []Capability
	// VoidCapabilities takes the power of all other capabilities and open email changes of an account.
	VoidCapabilities []CapabilitiesVoid
	EmailChanges     []EmailChange

	Invitations      []Invitation
	InvitationTokens []InvitationToken
	InvitationBooks  []InvitationBook

	MailTokens []MailToken
	Mails      []Mail
	Events     []audit.Event

	// Problem is what the person is told although the outcome is committed: a key of the text catalogue; empty when
	// the step succeeded.
	Problem string
}

// SessionsEnd selects sessions: those that meet every field that is set. Without an Account and a ProductAccount it selects
// none.
type SessionsEnd struct {
	Account        ident.AccountID
	Tenant         ident.TenantID // goes with ProductAccount
	ProductAccount ident.ProductAccountID
	ExceptBrowser  ident.BrowserID
	ExceptSession  ident.SessionID
}

// GrantsEnd selects the grants for one product account that live sessions of the account gave.
type GrantsEnd struct {
	Account        ident.AccountID
	Tenant         ident.TenantID
	ProductAccount ident.ProductAccountID
}

// MailKind is a mail of the catalogue.
type MailKind string

// The mails.
const (
	MailConfirm     MailKind = "confirm"
	MailConfirmJoin MailKind = "join" // the address has an account already
	MailLinked      MailKind = "linked"
	MailWaits       MailKind = "waits"    // the link waits for the password of the account that has the address
	MailActivate    MailKind = "activate" // to somebody who is signed in and proves the mailbox once more
	MailReported    MailKind = "reported" // to the tenant's administrators
	MailStopped     MailKind = "stopped"  // to whoever reported

	// These are of an account and no product: they tell nothing of a sign-in to one.
	MailReset           MailKind = "reset"
	MailPasswordChanged MailKind = "password_changed"
	MailEmailConfirm    MailKind = "email_confirm"
	MailEmailApprove    MailKind = "email_approve"
	MailEmailChanged    MailKind = "email_changed"
	// MailLegacyTried tells an account that the old password of a product account linked to it was tried.
	MailLegacyTried MailKind = "legacy_tried"
	// MailProductReset is not ours: the product is asked to send its own. Where the product account is linked, its reader is
	// told that instead.
	MailProductReset MailKind = "product_reset"
	// MailResetAsked is nobody's mail: somebody has asked for a new password for the account with this address, which is
	// looked up when its turn comes. It is queued for every address alike.
	MailResetAsked MailKind = "account_reset"
)

// verifies reports that the mail holds a link that proves its mailbox.
func (k MailKind) verifies() bool {
	return k == MailConfirm || k == MailConfirmJoin || k == MailActivate
}

// Mail is a mail to queue.
type Mail struct {
	ID     ident.MailID
	Kind   MailKind
	Tenant ident.TenantID
	Flow   ident.FlowID
	To     ident.Email
	Locale string
	Facts  MailFacts
	At     time.Time
	// Deadline is when sending it has no point any more.
	Deadline time.Time
}

// MailFacts are what a mail tells a reader who may be a stranger: nothing that they could not be told, and nothing that
// anybody else typed (ATK-49).
type MailFacts struct {
	Product, Tenant, TimeZone                string
	Agent, Network                           string
	Request                                  ident.Ref
	Username                                 string // masked before it leaves
	RequestedAt                              time.Time
	Deadline, ResentAt, LinkedAt, ReportedAt time.Time
	Confirm, NotMe                           string // the secrets of its links
	Proofs                                   string // methods, separated by commas
	Address                                  ident.Email
	Recognised, Suspended                    bool
	// DoneAt, Products and Other are for what people do with their own account: when, which products it is about, and the
	// address of the other account.
	DoneAt   time.Time
	Products string
	Other    ident.Email
	How      string // a password came to be changed: "reset" or "changed"
	Tries    int    // of MailLegacyTried
	Told     bool   // administrators were told as well
	// ProductID is the product of a MailProductReset, for whoever asks it.
	ProductID ident.ProductID
	// Flow is the sign-in that a MailResetAsked was asked for from; empty for none.
	Flow ident.FlowID
}

// Values are the facts by the names of the mail catalogue. They may hold the secrets of links: they are sealed at rest
// and dropped once the mail is sent.
func (m Mail) Values() map[string]string {
	if v := m.ownValues(); v != nil {
		return v
	}
	if v := m.invitationValues(); v != nil {
		return v
	}
	f := m.Facts
	if m.ofAccount() {
		return m.accountValues()
	}
	switch m.Kind {
	case MailResetAsked:
		return filled(map[string]string{keyFlowID: string(f.Flow), "agent": f.Agent, "network": f.Network})
	case MailLegacyTried:
		return filled(map[string]string{"product": f.Product, "tenant": f.Tenant, "tries": strconv.Itoa(f.Tries)})
	case MailStopped:
		return filled(map[string]string{"product": f.Product, "tenant": f.Tenant, "request": string(f.Request),
			"outcome": outcomeOf(f), "told": map[bool]string{true: "yes"}[f.Told]})
	}
	if m.Kind == MailProductReset {
		return f.askValues(m.Tenant)
	}
	v := map[string]string{
		"product": f.Product, "tenant": f.Tenant, "zone": f.TimeZone,
		"agent": cmp.Or(f.Agent, "unknown"), "network": cmp.Or(f.Network, "unknown"),
		"request": string(f.Request), "username_masked": cmp.Or(ident.MaskUsername(f.Username), "***"),
		"mail_token": f.Confirm, "not_me_token": f.NotMe, "proof": f.Proofs,
		"until": stampText(f.Deadline), "resent_at": stampText(f.ResentAt),
		"linked_at": stampText(f.LinkedAt), "reported_at": stampText(f.ReportedAt),
	}
	if m.Kind != MailLinked && m.Kind != MailWaits {
		v["requested_at"] = stampText(f.RequestedAt)
	}
	if m.Kind == MailLinked || m.Kind == MailWaits || m.Kind == MailReported {
		v["address"] = f.Address.Key()
	}
	if m.Kind.verifies() {
		v["minutes"] = strconv.Itoa(int(f.Deadline.Sub(m.At).Round(time.Minute) / time.Minute))
	}
	if m.Kind == MailReported {
		v["recognised"], v["outcome"] = "no", outcomeOf(f)
		if f.Recognised {
			v["recognised"] = "known"
		}
	}
	return filled(v)
}

// filled drops what is empty.
func filled(v map[string]string) map[string]string {
	maps.DeleteFunc(v, func(_, value string) bool { return value == "" })
	return v
}

func (m Mail) ofAccount() bool {
	switch m.Kind {
	case MailReset, MailPasswordChanged, MailEmailConfirm, MailEmailApprove, MailEmailChanged:
		return true
	}
	return false
}

// accountValues are the facts of a mail about an account.
func (m Mail) accountValues() map[string]string {
	f := m.Facts
	v := map[string]string{
		"agent": cmp.Or(f.Agent, "unknown"), "network": cmp.Or(f.Network, "unknown"), "zone": f.TimeZone,
		"request": string(f.Request), "mail_token": f.Confirm, "not_me_token": f.NotMe, "address": f.Address.Key(),
		"requested_at": stampText(f.RequestedAt), "until": stampText(f.Deadline), "resent_at": stampText(f.ResentAt), "done_at": stampText(f.DoneAt), "how": f.How,
	}
	if !f.Deadline.IsZero() {
		v["minutes"] = strconv.Itoa(int(f.Deadline.Sub(m.At).Round(time.Minute) / time.Minute))
	}
	return filled(v)
}

// outcomeOf is what "this was not me" did.
func outcomeOf(f MailFacts) string {
	if f.Suspended {
		return "suspended"
	}
	return "stopped"
}

// The keys of a MailProductReset and of a MailResetAsked that no mail shows.
const (
	keyTenantID  = "tenant_id"
	keyProductID = "product_id"
	keyFlowID    = "flow_id"
)

// askValues are what is kept of a reset until the product was asked: which product, and what its reader is told if the
// account is linked.
func (f MailFacts) askValues(tenant ident.TenantID) map[string]string {
	return filled(map[string]string{keyTenantID: string(tenant), keyProductID: string(f.ProductID), "product": f.Product,
		"tenant": f.Tenant, "zone": f.TimeZone, "agent": cmp.Or(f.Agent, "unknown"), "network": cmp.Or(f.Network, "unknown"),
		"request": string(f.Request), "requested_at": stampText(f.RequestedAt)})
}

func stampText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
