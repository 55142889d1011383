package server

import (
	"cmp"
	"context"
	"time"

	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/mail"
	"ligature/internal/sqlstore"
)

// outbox adapts the store's queue to the mail worker.
type outbox struct {
	db      *sqlstore.DB
	claim   func(ctx context.Context, now time.Time, limit int, lease time.Duration) ([]sqlstore.QueuedMail, error)
	replyTo func(ctx context.Context, tenant ident.TenantID) string
}

func (o outbox) ClaimMails(ctx context.Context, now time.Time, limit int, lease time.Duration) ([]mail.Queued, error) {
	claimed, err := o.claim(ctx, now, limit, lease)
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

// workers empty the outbox: one hands mails to the relay, the other has products send theirs. A product that hangs keeps
// none of our own mails waiting.
func (s *Server) workers() []*mail.Worker {
	return []*mail.Worker{
		s.watchMails(&mail.Worker{Queue: outbox{s.db, s.db.ClaimMails, s.replyTo}, Deliver: s.deliver, Now: s.now, Wake: s.wake,
			Log: s.log, Lease: s.options.MailLease}),
		s.watchMails(&mail.Worker{Queue: outbox{s.db, s.db.ClaimResets, s.replyTo}, Deliver: s.askReset, Now: s.now, Wake: s.wakeResets,
			Log: s.log, Lease: s.options.MailLease}),
	}
}

// deliver puts a mail into words and hands it to the relay; of what is no mail yet, it has the mail made.
func (s *Server) deliver(ctx context.Context, m mail.Message) error {
	if m.Kind == mail.Kind(linking.MailResetAsked) {
		to, err := ident.ParseEmail(m.To)
		if err != nil {
			return err
		}
		return s.linking.SendAccountReset(ctx, to, m.Locale, m.Values)
	}
	suite := s.options.Declaration.Suite
	brand := mail.Brand{Account: suite.Brand.Account, Company: suite.Brand.Company, SupportURL: suite.Brand.SupportURL,
		Primary: suite.Brand.Primary}
	rendered, err := mail.Render(brand, suite.Issuer, m)
	if err != nil {
		return err
	}
	rendered.FromName = cmp.Or(s.options.SenderName, rendered.FromName)
	return s.sender.Send(ctx, rendered, m.To)
}

// askReset has a product send its reset mail, or tells the reader of the mailbox that the product account is linked.
func (s *Server) askReset(ctx context.Context, m mail.Message) error {
	to, err := ident.ParseEmail(m.To)
	if err != nil {
		return err
	}
	rest, asked, err := s.linking.SendReset(ctx, to, m.Values)
	if err != nil || asked {
		return err
	}
	m.Kind, m.Values = mail.KindAlreadyLinked, rest
	return s.deliver(ctx, m)
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
