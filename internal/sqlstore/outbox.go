package sqlstore

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// QueuedMail is a claimed mail of the outbox, opened.
type QueuedMail struct {
	ID       ident.MailID
	Kind     linking.MailKind
	Tenant   ident.TenantID
	To       ident.Email
	Locale   string
	Values   map[string]string
	Attempt  int // that this claim begins, from 1
	At       time.Time
	Deadline time.Time
}

// writeMail queues a mail.
func (w *work) writeMail(ctx context.Context, m linking.Mail) error {
	id := string(m.ID)
	return w.change(ctx, "mail.moved", `INSERT INTO outbox (id, tenant_id, flow_id, kind, locale, receiver, payload, state,
 attempts, failures, reason, created_at, due_at, ended_at, deadline)
 VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', 0, 0, '', $8, $8, 0, $9)`, id, orNull(m.Tenant), string(m.Flow), string(m.Kind),
		m.Locale, w.sealEmail("outbox", "receiver", id, m.To), w.db.cfg.Sealer.Seal("outbox", "payload", id, []byte(pack(m.Values()))),
		micros(m.At), micros(m.Deadline))
}

// ClaimMails takes up to limit mails that are due at now, oldest first, counts an attempt for each and hides them from
// other claims until now plus lease.
func (d *DB) ClaimMails(ctx context.Context, now time.Time, limit int, lease time.Duration) ([]QueuedMail, error) {
	return d.claim(ctx, "kind <> 'product_reset'", now, limit, lease)
}

// ClaimResets is ClaimMails for the mails that a product is asked to send: a product that hangs must keep no mail of ours
// waiting.
func (d *DB) ClaimResets(ctx context.Context, now time.Time, limit int, lease time.Duration) ([]QueuedMail, error) {
	return d.claim(ctx, "kind = 'product_reset'", now, limit, lease)
}

func (d *DB) claim(ctx context.Context, which string, now time.Time, limit int, lease time.Duration) ([]QueuedMail, error) {
	var claimed []QueuedMail
	err := d.tx(ctx, func(ctx context.Context, w *work) (err error) {
		claimed, err = many(ctx, w, d.scanMail, `UPDATE outbox SET attempts = attempts + 1, due_at = $2 WHERE id IN (
 SELECT id FROM outbox WHERE state = 'queued' AND due_at <= $1 AND `+which+` ORDER BY due_at, id LIMIT $3`+d.dialect.skip+`)
 RETURNING id, kind, tenant_id, locale, receiver, payload, attempts, created_at, deadline`,
			micros(now), micros(now.Add(lease)), limit)
		return err
	})
	return claimed, err
}

func (d *DB) scanMail(row scanner) (QueuedMail, error) {
	var m QueuedMail
	var receiver, payload []byte
	err := row.Scan(&m.ID, &m.Kind, text(&m.Tenant), &m.Locale, &receiver, &payload, &m.Attempt, at(&m.At), at(&m.Deadline))
	if err != nil {
		return m, err
	}
	if m.To, err = d.openEmail("outbox", "receiver", string(m.ID), receiver); err != nil {
		return m, err
	}
	plain, err := d.cfg.Sealer.Open("outbox", "payload", string(m.ID), payload)
	if err != nil {
		return m, err
	}
	return m, fault.Wrap(fault.Internal, "mail.payload", json.Unmarshal(plain, &m.Values))
}

// MailSent records that a mail was handed over and drops its values; fault.Missing when it was not waiting.
func (d *DB) MailSent(ctx context.Context, id ident.MailID, now time.Time) error {
	return d.settleMail(ctx, `UPDATE outbox SET state = 'sent', payload = NULL, ended_at = $2 WHERE id = $1 AND state = 'queued'`,
		string(id), micros(now))
}

// MailFailed records a failed attempt. With retryAt the mail is due again then; with nil it has failed for good and its
// values are dropped. fault.Missing when it was not waiting.
func (d *DB) MailFailed(ctx context.Context, id ident.MailID, now time.Time, retryAt *time.Time, reason string) error {
	if retryAt != nil {
		return d.settleMail(ctx, `UPDATE outbox SET failures = failures + 1, reason = $2, due_at = $3 WHERE id = $1 AND state = 'queued'`,
			string(id), reason, micros(*retryAt))
	}
	return d.settleMail(ctx, `UPDATE outbox SET state = 'failed', failures = failures + 1, reason = $2, ended_at = $3, payload = NULL
 WHERE id = $1 AND state = 'queued'`, string(id), reason, micros(now))
}

func (d *DB) settleMail(ctx context.Context, query string, args ...any) error {
	return d.tx(ctx, func(ctx context.Context, w *work) error {
		n, err := w.exec(ctx, query, args...)
		if err == nil && n == 0 {
			return fault.New(fault.Missing, "mail.missing")
		}
		return err
	})
}

// MailsWaiting is how many mails of ours were not handed over yet and may still be, and when the oldest of them was queued;
// zero when there is none.
func (d *DB) MailsWaiting(ctx context.Context) (n int64, oldestAt time.Time, err error) {
	type row struct {
		n  int64
		at time.Time
	}
	found, err := one(ctx, d.reader(), "mail.missing", func(s scanner) (r row, err error) { return r, s.Scan(&r.n, at(&r.at)) },
		"SELECT COUNT(*), COALESCE(MIN(created_at), 0) FROM outbox WHERE state = 'queued'")
	return found.n, found.at, err
}

// troubleFrom is how many failures make a mail one that has trouble: one is how some receivers greet strangers.
const troubleFrom = 2

// MailState is what became of the flow's last mail of ours; fault.Missing when it has none.
func (d *DB) MailState(ctx context.Context, flow ident.FlowID) (linking.MailState, error) {
	return one(ctx, d.reader(), "mail.missing", scanMailState,
		"SELECT state, failures, reason FROM outbox WHERE flow_id = $1 AND kind <> 'product_reset' ORDER BY created_at DESC, id LIMIT 1", string(flow))
}

func scanMailState(row scanner) (linking.MailState, error) {
	var state, reason string
	var failures int
	if err := row.Scan(&state, &failures, &reason); err != nil {
		return "", err
	}
	switch {
	case state == "sent":
		return linking.MailGone, nil
	case state == "failed" && strings.HasPrefix(reason, "mail.refused"):
		return linking.MailRefused, nil
	case state == "failed" || failures >= troubleFrom:
		return linking.MailTrouble, nil
	}
	return linking.MailQueued, nil
}
