package linking

import (
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
	TableAccount        Table = "account"
	TableCredential     Table = "credential"
	TableProductAccount Table = "product_account"
	TableLink           Table = "link"
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

	MailTokens []MailToken
	Mails      []Mail
	Events     []audit.Event

	// Problem is what the person is told although the outcome is committed: a key of the text catalogue; empty when
	// the step succeeded.
	Problem string
}

// MailKind is a mail of the catalogue.
type MailKind string

// The mails.
const (
	MailConfirm     MailKind = "E1"
	MailConfirmJoin MailKind = "E2" // the address has an account already
	MailLinked      MailKind = "E4"
	MailReported    MailKind = "reported" // to the tenant's administrators
)

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
	Product, Tenant, TimeZone string
	Agent, Network            string
	Request                   ident.Ref
	Username                  string // masked before it leaves
	RequestedAt               time.Time
	Until, ResentAt, LinkedAt time.Time
	Confirm, NotMe            string // the secrets of its links
	Proof                     account.Method
	Address                   ident.Email // masked before it leaves
	Recognised                bool
}

// Values are the facts by the names of the mail catalogue. They may hold the secrets of links: they are sealed at rest
// and dropped once the mail is sent.
func (m Mail) Values() map[string]string {
	f := m.Facts
	v := map[string]string{
		"product": f.Product, "tenant": f.Tenant, "time_zone": f.TimeZone, "agent": f.Agent, "network": f.Network,
		"request": string(f.Request), "username_masked": ident.MaskUsername(f.Username),
		"mail_token": f.Confirm, "not_me_token": f.NotMe, "proof": string(f.Proof), "address": f.Address.Masked(),
		"requested_at": stampText(f.RequestedAt), "until": stampText(f.Until),
		"resent_at": stampText(f.ResentAt), "linked_at": stampText(f.LinkedAt),
	}
	if m.Kind == MailConfirm || m.Kind == MailConfirmJoin {
		v["minutes"] = strconv.Itoa(int(f.Until.Sub(m.At).Round(time.Minute) / time.Minute))
	}
	if m.Kind == MailReported {
		v["recognised"] = strconv.FormatBool(f.Recognised)
	}
	for key, value := range v {
		if value == "" {
			delete(v, key)
		}
	}
	return v
}

func stampText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
