package server

import (
	"cmp"
	"context"
	"time"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/mail"
	"ligature/internal/op"
	"ligature/internal/seal"
	"ligature/internal/sqlstore"
	"ligature/internal/web/signin"
)

// people adapts the store to what pages read.
type people struct {
	*sqlstore.DB
	openid *sqlstore.OpenID
}

// Linked reports whether the account has an active link in the tenant's instance of the product.
func (p people) Linked(ctx context.Context, id ident.AccountID, tenant ident.TenantID, product ident.ProductID) (bool, error) {
	links, err := p.LinksFor(ctx, tenant, product, id)
	return len(links) > 0 && links[0].Link.State == account.LinkActive, err
}

// LinkedProducts are the active links of the account, as the page of the person shows them.
func (p people) LinkedProducts(ctx context.Context, id ident.AccountID) ([]signin.LinkedProduct, error) {
	links, err := p.LinksOf(ctx, id)
	products := make([]signin.LinkedProduct, 0, len(links))
	for _, l := range links {
		if l.Link.State == account.LinkActive {
			products = append(products, signin.LinkedProduct{Tenant: l.Link.Tenant, Product: l.ProductAccount.Product,
				ProductAccount: l.ProductAccount.ID, Username: l.ProductAccount.Username, Name: l.ProductName, Mark: l.Mark, HomeURL: l.HomeURL})
		}
	}
	return products, err
}

// AuthRequest is a kept authorization request.
func (p people) AuthRequest(ctx context.Context, id ident.AuthRequestID) (op.AuthRequest, error) {
	return p.openid.AuthRequest(ctx, id)
}

// dice adapts the sources of randomness and hashes to the domain's names.
type dice struct {
	dice *seal.Dice
	keys *seal.Keys
}

func (d dice) ID(prefix string) string  { return d.dice.NewID(prefix) }
func (d dice) Secret() string           { return d.dice.NewSecret() }
func (d dice) OTP() string              { return d.dice.NewCode() }
func (d dice) Ref() string              { return d.dice.NewRef() }
func (d dice) Valid(secret string) bool { return seal.ValidSecret(secret) }
func (d dice) Hash(purpose, s string) string {
	return seal.HashSecret(seal.Purpose(purpose), s)
}

// Derive is one-way: the hash has the shape of a secret of its own.
func (d dice) Derive(purpose, s string) string {
	return seal.HashSecret(seal.Purpose("derive/"+purpose), s)
}

func (d dice) CodeHash(flow ident.FlowID, typed string) (string, bool) {
	folded, ok := seal.FoldCode(typed)
	if !ok {
		return "", false
	}
	return d.keys.HashCode(seal.ForMailCode, string(flow), folded), true
}

// passwords adapts the hasher, with one list of common passwords for each least length.
type passwords struct {
	*seal.Hasher
	lists map[int]*seal.Blocklist
}

func newPasswords(h *seal.Hasher) passwords {
	return passwords{Hasher: h, lists: map[int]*seal.Blocklist{
		linking.AdoptFloor: seal.NewBlocklist(linking.AdoptFloor),
		linking.SetFloor:   seal.NewBlocklist(linking.SetFloor),
	}}
}

// Weakness is why a password will not do: "too_short", "too_long", "blank" or "common"; empty when it will.
func (p passwords) Weakness(password string, floor int, words ...string) string {
	reason := p.lists[floor].Weakness(password, words...)
	if reason == "" {
		return ""
	}
	return reason[len("password."):]
}

// outbox adapts the store's queue to the mail worker.
type outbox struct {
	db      *sqlstore.DB
	replyTo func(ctx context.Context, tenant ident.TenantID) string
}

func (o outbox) ClaimMails(ctx context.Context, now time.Time, limit int, lease time.Duration) ([]mail.Queued, error) {
	claimed, err := o.db.ClaimMails(ctx, now, limit, lease)
	queued := make([]mail.Queued, 0, len(claimed))
	for _, m := range claimed {
		queued = append(queued, mail.Queued{Attempt: m.Attempt, Deadline: m.Deadline, Message: mail.Message{
			ID: string(m.ID), Kind: mail.Kind(m.Kind), To: m.To.Key(), Locale: m.Locale, Values: m.Values,
			ReplyTo: o.replyTo(ctx, m.Tenant), QueuedAt: m.At,
		}})
	}
	return queued, err
}

func (o outbox) MailSent(ctx context.Context, id string, at time.Time) error {
	return o.db.MailSent(ctx, ident.MailID(id), at)
}

func (o outbox) MailFailed(ctx context.Context, id string, at time.Time, retryAt *time.Time, reason string) error {
	return o.db.MailFailed(ctx, ident.MailID(id), at, retryAt, reason)
}

// mailWorker empties the outbox.
func (s *Server) mailWorker() *mail.Worker {
	suite := s.options.Declaration.Suite
	brand := mail.Brand{Account: suite.Brand.Account, Company: suite.Brand.Company, SupportURL: suite.Brand.SupportURL,
		Primary: suite.Brand.Primary}
	return &mail.Worker{
		Queue: outbox{s.db, s.replyTo},
		Render: func(m mail.Message) (mail.Rendered, error) {
			rendered, err := mail.Render(brand, suite.Issuer, m)
			rendered.FromName = cmp.Or(s.options.SenderName, rendered.FromName)
			return rendered, err
		},
		Send: s.sender.Send, Now: s.now, Wake: s.wake, Log: s.log, Lease: s.options.MailLease,
	}
}

// replyTo is the first administrator of the tenant: answers to mails about security are reports.
func (s *Server) replyTo(ctx context.Context, tenant ident.TenantID) string {
	t, err := s.db.Tenant(ctx, tenant)
	if err != nil {
		if !fault.Is(err, fault.Missing) {
			s.log.Warn("a mail goes without a reply address", "error", err.Error())
		}
		return ""
	}
	if len(t.Administrators) == 0 {
		return ""
	}
	return t.Administrators[0].Key()
}
