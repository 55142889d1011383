package sqlstore

import (
	"context"
	"time"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

const sessionColumns = `session.id, session.browser_id, session.account_id, session.scope, session.tenant_id,
 session.product_id, session.product_account_id, session.methods, session.auth_at, session.used_at, session.idle_ttl,
 session.deadline, session.ended_at, session.agent, session.network, session.version`

func sessionFields(s *account.Session) []any {
	return []any{&s.ID, &s.Browser, text(&s.Account), &s.Scope, text(&s.Tenant), text(&s.Product),
		text(&s.ProductAccount), unpack(&s.Methods), at(&s.AuthAt), at(&s.UsedAt), ttl(&s.IdleTTL), at(&s.Deadline),
		at(&s.EndedAt), &s.Agent, &s.Network, &s.Version}
}

func scanSession(row scanner) (s account.Session, err error) {
	return s, row.Scan(sessionFields(&s)...)
}

// Session is the session with the id, whether it still counts or not; fault.Missing when there is none.
func (d *DB) Session(ctx context.Context, id ident.SessionID) (account.Session, error) {
	return one(ctx, d.reader(), "session.missing", scanSession, "SELECT "+sessionColumns+" FROM session WHERE id = $1", string(id))
}

// TouchSession records that a live session was used. It is not a change that anybody decides on, so the version stays.
func (d *DB) TouchSession(ctx context.Context, id ident.SessionID, now time.Time) error {
	return d.tx(ctx, func(ctx context.Context, w *work) error {
		_, err := w.exec(ctx, "UPDATE session SET used_at = $2 WHERE id = $1 AND used_at < $2 AND ended_at = 0", string(id), micros(now))
		return err
	})
}

// EndSession ends a session; ending one that is over or unknown changes nothing.
func (d *DB) EndSession(ctx context.Context, id ident.SessionID, now time.Time) error {
	return d.tx(ctx, func(ctx context.Context, w *work) error {
		return w.endLive(ctx, now, "id = $2", string(id))
	})
}

// EndSessions ends a browser's sessions and replaces the browser: its cookie holds for nothing afterwards.
func (d *DB) EndSessions(ctx context.Context, browser ident.BrowserID, now time.Time) error {
	return d.tx(ctx, func(ctx context.Context, w *work) error {
		if _, err := w.exec(ctx, "UPDATE browser SET replaced_at = $2 WHERE id = $1 AND replaced_at = 0", string(browser), micros(now)); err != nil {
			return err
		}
		return w.endLive(ctx, now, "browser_id = $2", string(browser))
	})
}

// BrowserGood reports whether the browser began something here, at or after since, and was not replaced.
func (d *DB) BrowserGood(ctx context.Context, id ident.BrowserID, since time.Time) (bool, error) {
	found, err := maybe(ctx, d.reader(), scanVersion, "SELECT 1 FROM browser WHERE id = $1 AND created_at >= $2 AND replaced_at = 0",
		string(id), micros(since))
	return found != nil, err
}

// endOtherSessions runs before the Outcome's own sessions are inserted, so that all that are selected are others, except
// one that the Outcome goes on with.
func (w *work) endOtherSessions(ctx context.Context, o linking.Outcome) error {
	if o.EndSessionsOf != "" {
		if err := w.endSelected(ctx, o, "browser_id = $2", string(o.EndSessionsOf)); err != nil {
			return err
		}
	}
	for _, end := range o.EndSessions {
		if err := w.endSessionsOf(ctx, o, end); err != nil {
			return err
		}
	}
	return nil
}

// endSessionsOf ends what one selector selects.
func (w *work) endSessionsOf(ctx context.Context, o linking.Outcome, end linking.SessionsEnd) error {
	var where string
	var args []any
	and := func(condition string, arg string) {
		if arg == "" {
			return
		}
		if where != "" {
			where += " AND "
		}
		args = append(args, arg)
		where += condition + placeholder(len(args)+1)
	}
	and("account_id = ", string(end.Account))
	and("tenant_id = ", string(end.Tenant))
	and("product_account_id = ", string(end.ProductAccount))
	if end.Account == "" && end.ProductAccount == "" {
		return fault.New(fault.Internal, "store.session_selector")
	}
	and("browser_id <> ", string(end.ExceptBrowser))
	and("id <> ", string(end.ExceptSession))
	if err := w.endSelected(ctx, o, where, args...); err != nil {
		return err
	}
	return w.endOffline(ctx, o, end)
}

// endSelected ends the sessions that meet the condition, whose parameters begin at $2, except those the Outcome goes on with.
func (w *work) endSelected(ctx context.Context, o linking.Outcome, where string, args ...any) error {
	for _, s := range o.Sessions {
		if s.Version > 0 {
			args = append(args, string(s.ID))
			where += " AND id <> " + placeholder(len(args)+1)
		}
	}
	return w.endLive(ctx, decidedAt(o), where, args...)
}

func (w *work) writeSession(ctx context.Context, s account.Session) error {
	args := []any{string(s.ID), orNull(s.Account), string(s.Scope), orNull(s.Tenant), orNull(s.Product), orNull(s.ProductAccount),
		packList(s.Methods), micros(s.AuthAt), micros(s.UsedAt), s.IdleTTL.Microseconds(), micros(s.Deadline), micros(s.EndedAt)}
	if s.Version > 0 {
		if !s.EndedAt.IsZero() {
			live, err := w.liveSessions(ctx, "id = $1", string(s.ID))
			if err != nil {
				return err
			}
			if err := w.announce(ctx, s.EndedAt, live, ""); err != nil {
				return err
			}
		}
		return w.change(ctx, "session.moved", `UPDATE session SET account_id = $2, scope = $3, tenant_id = $4, product_id = $5,
 product_account_id = $6, methods = $7, auth_at = $8, used_at = $9, idle_ttl = $10, deadline = $11, ended_at = $12,
 version = version + 1 WHERE id = $1 AND version = $13`, append(args, s.Version)...)
	}
	return w.change(ctx, "session.moved", `INSERT INTO session (id, account_id, scope, tenant_id, product_id,
 product_account_id, methods, auth_at, used_at, idle_ttl, deadline, ended_at, browser_id, agent, network, version)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1)`, append(args, string(s.Browser), s.Agent, s.Network)...)
}
