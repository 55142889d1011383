package sqlstore

import (
	"context"
	"time"

	"ligature/internal/op"
)

// endLive ends the live sessions that meet the condition, whose parameters begin at $2, and queues a notice for every client
// that was given something in one of them.
func (w *work) endLive(ctx context.Context, now time.Time, where string, args ...any) error {
	args = append([]any{micros(now)}, args...)
	ended, err := many(ctx, w, scanText, "UPDATE session SET ended_at = $1, version = version + 1 WHERE ended_at = 0 AND "+where+" RETURNING id", args...)
	if err != nil {
		return err
	}
	return w.announce(ctx, now, ended, "")
}

// liveSessions are those that meet the condition and were not ended.
func (w *work) liveSessions(ctx context.Context, where string, args ...any) ([]string, error) {
	return many(ctx, w, scanText, "SELECT id FROM session WHERE ended_at = 0 AND "+where, args...)
}

func scanText(row scanner) (s string, err error) { return s, row.Scan(&s) }

// announce queues notices for the grants that came from the sessions and meet the condition, whose parameters begin at $3: the
// sessions may go on, but not what the clients made of them. Each session is a statement of its own, so that no database comes
// to begin with the grants of everybody.
func (w *work) announce(ctx context.Context, now time.Time, sessions []string, grants string, args ...any) error {
	return each(ctx, sessions, func(ctx context.Context, session string) error {
		_, err := w.exec(ctx, `INSERT INTO logout_notice (session_id, client_id, subject, attempts, created_at, due_at)
 SELECT DISTINCT authorization_grant.session_id, authorization_grant.client_id, product_account.subject, 0, CAST($1 AS BIGINT), CAST($1 AS BIGINT)
 FROM authorization_grant
 JOIN client ON client.id = authorization_grant.client_id AND client.logout_uri <> '' AND client.withdrawn_at = 0
 JOIN product_account ON product_account.tenant_id = authorization_grant.tenant_id
 AND product_account.id = authorization_grant.product_account_id
 WHERE authorization_grant.session_id = $2 AND authorization_grant.code_uses > 0`+grants+`
 ON CONFLICT (session_id, client_id, subject) DO NOTHING`, append([]any{micros(now), session}, args...)...)
		return err
	})
}

// ClaimLogouts takes up to limit notices that are due at now, counts an attempt for each and hides them from other claims
// until now plus lease.
func (d *DB) ClaimLogouts(ctx context.Context, now time.Time, limit int, lease time.Duration) ([]op.Logout, error) {
	var claimed []op.Logout
	err := d.tx(ctx, func(ctx context.Context, w *work) error {
		found, err := many(ctx, w, func(row scanner) (l op.Logout, err error) {
			err = row.Scan(&l.Session, &l.Client, &l.Subject, &l.Attempt, &l.URI, &l.Private, &l.Algorithm)
			l.Attempt++
			return l, err
		}, `SELECT logout_notice.session_id, logout_notice.client_id, logout_notice.subject, logout_notice.attempts, client.logout_uri,
 client.logout_private, client.id_token_alg FROM logout_notice JOIN client ON client.id = logout_notice.client_id
 WHERE logout_notice.due_at <= $1 ORDER BY logout_notice.due_at LIMIT $2`+w.db.dialect.skipOf("logout_notice"), micros(now), limit)
		if err != nil {
			return err
		}
		claimed = found
		return each(ctx, found, func(ctx context.Context, l op.Logout) error {
			return w.changeNotice(ctx, "UPDATE logout_notice SET attempts = attempts + 1, due_at = $4", l, micros(now.Add(lease)))
		})
	})
	return claimed, err
}

func (w *work) changeNotice(ctx context.Context, query string, l op.Logout, more ...any) error {
	_, err := w.exec(ctx, query+" WHERE session_id = $1 AND client_id = $2 AND subject = $3",
		append([]any{string(l.Session), string(l.Client), string(l.Subject)}, more...)...)
	return err
}

// LogoutTold forgets a notice: the client was told, or is given up.
func (d *DB) LogoutTold(ctx context.Context, l op.Logout) error {
	return d.tx(ctx, func(ctx context.Context, w *work) error {
		return w.changeNotice(ctx, "DELETE FROM logout_notice", l)
	})
}

// LogoutFailed makes a notice due again.
func (d *DB) LogoutFailed(ctx context.Context, l op.Logout, again time.Time) error {
	return d.tx(ctx, func(ctx context.Context, w *work) error {
		return w.changeNotice(ctx, "UPDATE logout_notice SET due_at = $4", l, micros(again))
	})
}
