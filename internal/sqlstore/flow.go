package sqlstore

import (
	"context"
	"encoding/json"
	"time"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// flowFacts is the sealed part of a flow: all that a person typed or a product told. It has a form of its own because
// the domain's types mask themselves when they are encoded.
type flowFacts struct {
	Identifier string          `json:"identifier,omitempty"`
	Email      string          `json:"email,omitempty"`
	AdoptHash  string          `json:"adopt_hash,omitempty"`
	Adopted    bool            `json:"adopted,omitempty"`
	Recorded   bool            `json:"recorded_only,omitempty"`
	Opened     string          `json:"opened,omitempty"`
	Follows    ident.FlowID    `json:"follows,omitempty"`
	Notice     string          `json:"notice,omitempty"`
	Carried    bool            `json:"carried,omitempty"`
	OwnerAuth  int64           `json:"owner_auth,omitempty"`
	Earlier    ident.AccountID `json:"earlier,omitempty"`
	ByMail     bool            `json:"by_mail,omitempty"`
	Offers     []offerFacts    `json:"offers,omitempty"`
	Resets     int             `json:"resets,omitempty"`
	LastReset  int64           `json:"last_reset,omitempty"`
	Candidate  *candidateFacts `json:"candidate,omitempty"`
	Legacy     *proofFacts     `json:"legacy,omitempty"`
	Mailbox    *proofFacts     `json:"mailbox,omitempty"`
}

type offerFacts struct {
	Kind           linking.OfferKind `json:"kind"`
	ProductAccount *candidateFacts   `json:"product_account"`
	Link           ident.LinkID      `json:"link,omitempty"`
}

type candidateFacts struct {
	ID         ident.ProductAccountID `json:"id"`
	Tenant     ident.TenantID         `json:"tenant"`
	Product    ident.ProductID        `json:"product"`
	ExternalID ident.ExternalID       `json:"external_id"`
	Generation ident.Generation       `json:"generation"`
	Subject    ident.Subject          `json:"subject"`
	Username   string                 `json:"username"`
	Email      string                 `json:"email"`
	Name       string                 `json:"name"`
	Locale     string                 `json:"locale"`
	SeenAt     int64                  `json:"seen_at"`
	Version    int64                  `json:"version"`
}

type proofFacts struct {
	ID             ident.ProofID          `json:"id"`
	Method         account.Method         `json:"method"`
	Tenant         ident.TenantID         `json:"tenant"`
	Product        ident.ProductID        `json:"product"`
	ProductAccount ident.ProductAccountID `json:"product_account"`
	Account        ident.AccountID        `json:"account"`
	Flow           ident.FlowID           `json:"flow"`
	Browser        ident.BrowserID        `json:"browser"`
	Email          string                 `json:"email"`
	EmailTurn      int                    `json:"email_turn"`
	At             int64                  `json:"at"`
	SpentAt        int64                  `json:"spent_at"`
}

const flowColumns = `flow.id, flow.tenant_id, flow.product_id, flow.kind, flow.state, flow.auth_request_id,
 flow.browser_id, flow.ref, flow.agent, flow.network, flow.locale, flow.facts, flow.owner_id, flow.email_turn, flow.mails,
 flow.last_mail_at, flow.code_hash, flow.code_deadline, flow.code_failures, flow.failures, flow.reason, flow.last_step,
 flow.session_scope, flow.created_at, flow.changed_at, flow.deadline, flow.version,
 EXISTS (SELECT 1 FROM browser WHERE browser.id = flow.browser_id AND browser.replaced_at <> 0)`

// Flow is the flow with the id; fault.Missing when there is none.
func (d *DB) Flow(ctx context.Context, id ident.FlowID) (linking.Flow, error) {
	return one(ctx, d.reader(), "flow.missing", d.onlyFlow, "SELECT "+flowColumns+" FROM flow WHERE id = $1", string(id))
}

func (d *DB) onlyFlow(row scanner) (linking.Flow, error) { return d.scanFlow(row) }

// Conversation is the flow with its setting and where it returns to, read in one statement while nothing declared or switched has changed since the
// setting was read last; fault.Missing when there is no such flow, or its tenant or product was withdrawn.
func (d *DB) Conversation(ctx context.Context, id ident.FlowID) (linking.Conversation, error) {
	var revision int64
	c, err := one(ctx, d.reader(), "flow.missing", func(row scanner) (c linking.Conversation, err error) {
		c.Flow, err = d.scanFlow(row, &revision, &c.ReturnURI)
		return c, err
	}, "SELECT "+flowColumns+`, suite.revision, COALESCE(auth_request.redirect_uri, '') FROM flow JOIN suite ON suite.id = 1
 LEFT JOIN auth_request ON auth_request.id = flow.auth_request_id WHERE flow.id = $1`, string(id))
	if err != nil {
		return linking.Conversation{}, err
	}
	if c.Setting, err = d.settingAt(ctx, c.Flow.Tenant, c.Flow.Product, revision); err != nil {
		return linking.Conversation{}, err
	}
	return c, nil
}

// scanFlow scans the columns of a flow, and more after them.
func (d *DB) scanFlow(row scanner, more ...any) (linking.Flow, error) {
	var f linking.Flow
	var sealed []byte
	err := row.Scan(append([]any{&f.ID, text(&f.Tenant), text(&f.Product), &f.Kind, &f.State, &f.AuthRequest, &f.Browser, &f.Ref,
		&f.Origin.Agent, &f.Origin.Network, &f.Locale, &sealed, text(&f.Owner), &f.EmailTurn, &f.Mails, at(&f.LastMailAt),
		&f.CodeHash, at(&f.CodeDeadline), &f.CodeFailures, &f.Failures, &f.Reason, &f.LastStep, &f.SessionFrom,
		at(&f.CreatedAt), at(&f.ChangedAt), at(&f.Deadline), &f.Version, &f.BrowserGone}, more...)...)
	if err != nil {
		return f, err
	}
	plain, err := d.cfg.Sealer.Open("flow", "facts", string(f.ID), sealed)
	if err != nil {
		return f, err
	}
	return f, restoreFacts(&f, plain)
}

// writeFlow inserts a new flow, or updates the one that was read.
func (w *work) writeFlow(ctx context.Context, f linking.Flow) error {
	facts := w.db.cfg.Sealer.Seal("flow", "facts", string(f.ID), packFacts(f))
	typed := ""
	if !f.Identifier.IsZero() {
		typed = w.db.cfg.Sealer.HashText("flow.identifier", f.Identifier.Key())
	}
	args := []any{string(f.ID), string(f.State), typed, facts, orNull(f.Owner), f.EmailTurn, f.Mails, micros(f.LastMailAt),
		f.CodeHash, micros(f.CodeDeadline), f.CodeFailures, f.Failures, f.Reason, f.LastStep, string(f.SessionFrom),
		micros(f.ChangedAt), micros(f.Deadline)}
	if f.Version > 0 {
		return w.change(ctx, "flow.moved", `UPDATE flow SET state = $2, identifier_hash = $3, facts = $4, owner_id = $5,
 email_turn = $6, mails = $7, last_mail_at = $8, code_hash = $9, code_deadline = $10, code_failures = $11, failures = $12,
 reason = $13, last_step = $14, session_scope = $15, changed_at = $16, deadline = $17, locale = $18,
 version = version + 1 WHERE id = $1 AND version = $19`, append(args, f.Locale, f.Version)...)
	}
	if f.Browser != "" {
		if err := w.writeBrowser(ctx, f.Browser, f.CreatedAt); err != nil {
			return err
		}
	}
	return w.change(ctx, "flow.moved", `INSERT INTO flow (id, state, identifier_hash, facts, owner_id, email_turn, mails,
 last_mail_at, code_hash, code_deadline, code_failures, failures, reason, last_step, session_scope, changed_at, deadline,
 tenant_id, product_id, kind, auth_request_id, browser_id, ref, agent, network, locale, created_at, version)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
 $25, $26, $27, 1)`, append(args, orNull(f.Tenant), orNull(f.Product), string(f.Kind), string(f.AuthRequest),
		string(f.Browser), string(f.Ref), f.Origin.Agent, f.Origin.Network, f.Locale, micros(f.CreatedAt))...)
}

// writeBrowser makes a browser known when it begins its first flow.
func (w *work) writeBrowser(ctx context.Context, id ident.BrowserID, now time.Time) error {
	_, err := w.exec(ctx, `INSERT INTO browser (id, created_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`, string(id), micros(now))
	return err
}

func packFacts(f linking.Flow) []byte {
	facts := flowFacts{Identifier: f.Identifier.Typed(), Email: f.Email.Key(), AdoptHash: f.AdoptHash, Adopted: f.Adopted,
		Recorded: f.RecordedOnly, Opened: f.Opened, Follows: f.Follows, Notice: f.Notice, Carried: f.Carried,
		OwnerAuth: micros(f.OwnerAuthAt), Earlier: f.Earlier,
		ByMail: f.ByMail, Resets: f.Resets, LastReset: micros(f.LastResetAt), Candidate: packCandidate(f.Candidate),
		Legacy: packProof(f.Legacy), Mailbox: packProof(f.Mailbox)}
	for _, o := range f.Offers {
		facts.Offers = append(facts.Offers, offerFacts{Kind: o.Kind, ProductAccount: packCandidate(&o.ProductAccount), Link: o.Link})
	}
	return []byte(pack(facts))
}

func packCandidate(c *account.ProductAccount) *candidateFacts {
	if c == nil {
		return nil
	}
	return &candidateFacts{ID: c.ID, Tenant: c.Tenant, Product: c.Product, ExternalID: c.ExternalID, Generation: c.Generation,
		Subject: c.Subject, Username: c.Username, Email: c.Email.Key(), Name: c.Name, Locale: c.Locale, SeenAt: micros(c.SeenAt),
		Version: c.Version}
}

func restoreCandidate(c *candidateFacts) (*account.ProductAccount, error) {
	if c == nil {
		return nil, nil
	}
	email, err := restoreEmail(c.Email)
	return &account.ProductAccount{ID: c.ID, Tenant: c.Tenant, Product: c.Product, ExternalID: c.ExternalID,
		Generation: c.Generation, Subject: c.Subject, Username: c.Username, Email: email, Name: c.Name, Locale: c.Locale,
		SeenAt: instant(c.SeenAt), Version: c.Version}, err
}

func packProof(p *account.Proof) *proofFacts {
	if p == nil {
		return nil
	}
	return &proofFacts{ID: p.ID, Method: p.Method, Tenant: p.Tenant, Product: p.Product, ProductAccount: p.ProductAccount,
		Account: p.Account, Flow: p.Flow, Browser: p.Browser, Email: p.Email.Key(), EmailTurn: p.EmailTurn,
		At: micros(p.At), SpentAt: micros(p.SpentAt)}
}

func restoreFacts(f *linking.Flow, plain []byte) error {
	var facts flowFacts
	if err := json.Unmarshal(plain, &facts); err != nil {
		return fault.Wrap(fault.Internal, "flow.facts", err)
	}
	var err error
	f.Identifier = ident.RestoreIdentifier(facts.Identifier)
	f.AdoptHash, f.Adopted, f.RecordedOnly = facts.AdoptHash, facts.Adopted, facts.Recorded
	f.Notice = facts.Notice
	f.Follows = facts.Follows
	f.Opened, f.Carried, f.OwnerAuthAt = facts.Opened, facts.Carried, instant(facts.OwnerAuth)
	f.Earlier, f.ByMail = facts.Earlier, facts.ByMail
	f.Resets, f.LastResetAt = facts.Resets, instant(facts.LastReset)
	if f.Email, err = restoreEmail(facts.Email); err != nil {
		return err
	}
	if f.Legacy, err = restoreProof(facts.Legacy); err != nil {
		return err
	}
	if f.Mailbox, err = restoreProof(facts.Mailbox); err != nil {
		return err
	}
	if f.Candidate, err = restoreCandidate(facts.Candidate); err != nil {
		return err
	}
	for _, o := range facts.Offers {
		pa, err := restoreCandidate(o.ProductAccount)
		if err != nil {
			return err
		}
		if pa == nil {
			return fault.New(fault.Internal, "flow.facts")
		}
		f.Offers = append(f.Offers, linking.Offer{Kind: o.Kind, ProductAccount: *pa, Link: o.Link})
	}
	return nil
}

func restoreProof(p *proofFacts) (*account.Proof, error) {
	if p == nil {
		return nil, nil
	}
	email, err := restoreEmail(p.Email)
	return &account.Proof{ID: p.ID, Method: p.Method, Tenant: p.Tenant, Product: p.Product, ProductAccount: p.ProductAccount,
		Account: p.Account, Flow: p.Flow, Browser: p.Browser, Email: email, EmailTurn: p.EmailTurn,
		At: instant(p.At), SpentAt: instant(p.SpentAt)}, err
}
