package sqlstore

import (
	"context"
	"encoding/json"
	"time"

	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// invitationFacts is the sealed part of an invitation: whom it went to, and who sent it.
type invitationFacts struct {
	Email     string `json:"email"`
	InvitedBy string `json:"invited_by,omitempty"`
}

const invitationColumns = `invitation.id, invitation.tenant_id, invitation.product_id, invitation.product_account_id,
 product_account.external_id, product_account.generation, invitation.client_id, invitation.state, invitation.reason,
 invitation.facts, invitation.locale, invitation.ref, invitation.mail_id, invitation.mails, invitation.last_mail_at,
 invitation.account_id, invitation.link_id, invitation.browser_id, invitation.last_step, invitation.created_at,
 invitation.deadline, invitation.accepted_at, invitation.ended_at, invitation.version`

const fromInvitation = ` FROM invitation JOIN product_account ON product_account.tenant_id = invitation.tenant_id
 AND product_account.id = invitation.product_account_id`

func (d *DB) scanInvitation(row scanner) (i linking.Invitation, err error) {
	var sealed []byte
	if err := row.Scan(invitationFields(&i, &sealed)...); err != nil {
		return i, err
	}
	return i, d.openInvitation(&i, sealed)
}

func invitationFields(i *linking.Invitation, sealed *[]byte) []any {
	return []any{&i.ID, &i.Tenant, &i.Product, &i.ProductAccount, &i.ExternalID, &i.Generation, &i.Client, &i.State, &i.Reason,
		sealed, &i.Locale, &i.Ref, &i.Mail, &i.Mails, at(&i.LastMailAt), text(&i.Account), &i.Link, &i.Browser, &i.LastStep,
		at(&i.CreatedAt), at(&i.Deadline), at(&i.AcceptedAt), at(&i.EndedAt), &i.Version}
}

func (d *DB) openInvitation(i *linking.Invitation, sealed []byte) error {
	plain, err := d.cfg.Sealer.Open("invitation", "facts", string(i.ID), sealed)
	if err != nil {
		return err
	}
	var facts invitationFacts
	if err := json.Unmarshal(plain, &facts); err != nil {
		return fault.Wrap(fault.Internal, "invitation.facts", err)
	}
	i.InvitedBy = facts.InvitedBy
	i.Email, err = restoreEmail(facts.Email)
	return err
}

// Invitation is one invitation of the tenant for the product; fault.Missing "invitation.missing".
func (d *DB) Invitation(ctx context.Context, tenant ident.TenantID, product ident.ProductID, id ident.InvitationID) (linking.Invitation, error) {
	return one(ctx, d.reader(), "invitation.missing", d.scanInvitation, "SELECT "+invitationColumns+fromInvitation+
		" WHERE invitation.tenant_id = $1 AND invitation.product_id = $2 AND invitation.id = $3", string(tenant), string(product), string(id))
}

// InvitationToken is the stored side of a mailed link with its invitation; fault.Missing "mail_token.missing".
func (d *DB) InvitationToken(ctx context.Context, hash string) (linking.InvitationToken, linking.Invitation, error) {
	type pair struct {
		stored linking.InvitationToken
		i      linking.Invitation
	}
	found, err := one(ctx, d.reader(), "mail_token.missing", func(row scanner) (p pair, err error) {
		var sealed []byte
		fields := []any{&p.stored.Hash, &p.stored.Purpose, &p.stored.Tenant, &p.stored.Invitation, at(&p.stored.CreatedAt), at(&p.stored.Deadline)}
		if err := row.Scan(append(fields, invitationFields(&p.i, &sealed)...)...); err != nil {
			return p, err
		}
		return p, d.openInvitation(&p.i, sealed)
	}, `SELECT invitation_token.hash, invitation_token.purpose, invitation_token.tenant_id, invitation_token.invitation_id,
 invitation_token.created_at, invitation_token.deadline, `+invitationColumns+fromInvitation+`
 JOIN invitation_token ON invitation_token.tenant_id = invitation.tenant_id AND invitation_token.invitation_id = invitation.id
 WHERE invitation_token.hash = $1`, hash)
	return found.stored, found.i, err
}

// Invitations are those of a tenant's product, newest first, at most q.Limit after the one the page before ended with.
func (d *DB) Invitations(ctx context.Context, q linking.InvitationQuery) ([]linking.Invitation, error) {
	args := []any{string(q.Tenant), string(q.Product), q.Limit}
	next := func(arg any) string {
		args = append(args, arg)
		return placeholder(len(args))
	}
	where := ""
	switch q.State {
	case "":
	case linking.InvitationPending:
		where = " AND invitation.state = 'pending' AND invitation.deadline > " + next(micros(q.Now))
	case linking.InvitationExpired:
		where = " AND (invitation.state = 'expired' OR invitation.state = 'pending' AND invitation.deadline <= " + next(micros(q.Now)) + ")"
	default:
		where = " AND invitation.state = " + next(string(q.State))
	}
	if q.AfterID != "" {
		after := next(micros(q.AfterAt))
		where += " AND (invitation.created_at < " + after + " OR invitation.created_at = " + after + " AND invitation.id < " + next(string(q.AfterID)) + ")"
	}
	return many(ctx, d.reader(), d.scanInvitation, "SELECT "+invitationColumns+fromInvitation+
		" WHERE invitation.tenant_id = $1 AND invitation.product_id = $2"+where+
		" ORDER BY invitation.created_at DESC, invitation.id DESC LIMIT $3", args...)
}

// Invited are the stored facts about a product account that is to be invited. Every link counts, whatever became of it.
func (d *DB) Invited(ctx context.Context, tenant ident.TenantID, product ident.ProductID, external ident.ExternalID, generation ident.Generation, now time.Time) (linking.InvitedFacts, error) {
	facts := linking.InvitedFacts{Book: linking.InvitationBook{Tenant: tenant, Product: product}}
	var err error
	book, err := maybe(ctx, d.reader(), scanVersion, "SELECT version FROM invitation_book WHERE tenant_id = $1 AND product_id = $2",
		string(tenant), string(product))
	if err != nil {
		return facts, err
	}
	if book != nil {
		facts.Book.Version = *book
	}
	pending, err := one(ctx, d.reader(), "invitation.count", scanVersion, `SELECT COUNT(*) FROM invitation
 WHERE tenant_id = $1 AND product_id = $2 AND state = 'pending' AND deadline > $3`, string(tenant), string(product), micros(now))
	if err != nil {
		return facts, err
	}
	facts.Pending = int(pending)
	facts.Stored, err = maybe(ctx, d.reader(), scanProductAccount, "SELECT "+productAccountColumns+` FROM product_account
 WHERE tenant_id = $1 AND product_id = $2 AND external_id = $3 AND generation = $4`,
		string(tenant), string(product), string(external), string(generation))
	if err != nil || facts.Stored == nil {
		return facts, err
	}
	linked, err := maybe(ctx, d.reader(), scanVersion, "SELECT 1 FROM link WHERE tenant_id = $1 AND product_account_id = $2 LIMIT 1",
		string(tenant), string(facts.Stored.ID))
	if err != nil {
		return facts, err
	}
	facts.Linked = linked != nil
	facts.Open, err = maybe(ctx, d.reader(), d.scanInvitation, "SELECT "+invitationColumns+fromInvitation+
		" WHERE invitation.tenant_id = $1 AND invitation.product_account_id = $2 AND invitation.state = 'pending'",
		string(tenant), string(facts.Stored.ID))
	return facts, err
}

// MailStateOf is what became of a mail; fault.Missing when there is none such.
func (d *DB) MailStateOf(ctx context.Context, id ident.MailID) (linking.MailState, error) {
	return one(ctx, d.reader(), "mail.missing", scanMailState, "SELECT state, failures, reason FROM outbox WHERE id = $1", string(id))
}

func (w *work) writeInvitation(ctx context.Context, i linking.Invitation) error {
	facts := w.db.cfg.Sealer.Seal("invitation", "facts", string(i.ID), []byte(pack(invitationFacts{i.Email.Key(), i.InvitedBy})))
	args := []any{string(i.Tenant), string(i.ID), string(i.State), i.Reason, facts, string(i.Mail), i.Mails, micros(i.LastMailAt),
		orNull(i.Account), string(i.Link), string(i.Browser), i.LastStep, micros(i.Deadline), micros(i.AcceptedAt), micros(i.EndedAt)}
	if i.Version > 0 {
		return w.change(ctx, "invitation.moved", `UPDATE invitation SET state = $3, reason = $4, facts = $5, mail_id = $6, mails = $7,
 last_mail_at = $8, account_id = $9, link_id = $10, browser_id = $11, last_step = $12, deadline = $13, accepted_at = $14,
 ended_at = $15, version = version + 1 WHERE tenant_id = $1 AND id = $2 AND version = $16`, append(args, i.Version)...)
	}
	return w.change(ctx, "invitation.moved", `INSERT INTO invitation (tenant_id, id, state, reason, facts, mail_id, mails, last_mail_at,
 account_id, link_id, browser_id, last_step, deadline, accepted_at, ended_at, product_id, product_account_id, client_id, locale,
 ref, created_at, version)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, 1)`,
		append(args, string(i.Product), string(i.ProductAccount), string(i.Client), i.Locale, string(i.Ref), micros(i.CreatedAt))...)
}

func (w *work) writeInvitationToken(ctx context.Context, t linking.InvitationToken) error {
	return w.change(ctx, "mail_token.moved", `INSERT INTO invitation_token (hash, tenant_id, invitation_id, purpose, created_at, deadline)
 VALUES ($1, $2, $3, $4, $5, $6)`, t.Hash, string(t.Tenant), string(t.Invitation), string(t.Purpose), micros(t.CreatedAt), micros(t.Deadline))
}

// writeInvitationBook takes the next page of a product's book, so that only one of two that were decided at once is written.
func (w *work) writeInvitationBook(ctx context.Context, b linking.InvitationBook) error {
	if b.Version > 0 {
		return w.change(ctx, "invitation_book.moved", `UPDATE invitation_book SET version = version + 1
 WHERE tenant_id = $1 AND product_id = $2 AND version = $3`, string(b.Tenant), string(b.Product), b.Version)
	}
	return w.change(ctx, "invitation_book.moved", "INSERT INTO invitation_book (tenant_id, product_id, version) VALUES ($1, $2, 1)",
		string(b.Tenant), string(b.Product))
}

// waitingLast lets a product account change its waiting invitation without having two for a moment.
func waitingLast(all []linking.Invitation) []linking.Invitation {
	sorted := make([]linking.Invitation, 0, len(all))
	for _, waiting := range []bool{false, true} {
		for _, i := range all {
			if (i.State == linking.InvitationPending) == waiting {
				sorted = append(sorted, i)
			}
		}
	}
	return sorted
}
