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

// undoFacts is the sealed part of an undo: rows as they were and as they are left. It has a form of its own because
// addresses mask themselves when they are encoded.
type undoFacts struct {
	Before rowsFacts `json:"before"`
	After  rowsFacts `json:"after"`
}

type rowsFacts struct {
	Links     []linkFacts    `json:"links,omitempty"`
	Addresses []addressFacts `json:"addresses,omitempty"`
}

type linkFacts struct {
	ID             ident.LinkID           `json:"id"`
	Tenant         ident.TenantID         `json:"tenant"`
	Account        ident.AccountID        `json:"account"`
	ProductAccount ident.ProductAccountID `json:"product_account"`
	State          account.LinkState      `json:"state"`
	Reason         account.Reason         `json:"reason,omitempty"`
	Evidence       []ident.ProofID        `json:"evidence,omitempty"`
	Flow           ident.FlowID           `json:"flow,omitempty"`
	Browser        ident.BrowserID        `json:"browser,omitempty"`
	CreatedAt      int64                  `json:"created_at"`
	ActiveAt       int64                  `json:"active_at,omitempty"`
	EndedAt        int64                  `json:"ended_at,omitempty"`
}

type addressFacts struct {
	Email      string          `json:"email"`
	Account    ident.AccountID `json:"account"`
	VerifiedAt int64           `json:"verified_at"`
	Proof      ident.ProofID   `json:"proof,omitempty"`
	Primary    bool            `json:"primary,omitempty"`
}

func packRows(rows account.Rows) (f rowsFacts) {
	for _, l := range rows.Links {
		f.Links = append(f.Links, linkFacts{ID: l.ID, Tenant: l.Tenant, Account: l.Account, ProductAccount: l.ProductAccount,
			State: l.State, Reason: l.Reason, Evidence: l.Evidence, Flow: l.Flow, Browser: l.Browser,
			CreatedAt: micros(l.CreatedAt), ActiveAt: micros(l.ActiveAt), EndedAt: micros(l.EndedAt)})
	}
	for _, a := range rows.Addresses {
		f.Addresses = append(f.Addresses, addressFacts{Email: a.Email.Key(), Account: a.Account, VerifiedAt: micros(a.VerifiedAt),
			Proof: a.Proof, Primary: a.Primary})
	}
	return f
}

func restoreRows(f rowsFacts) (rows account.Rows, err error) {
	for _, l := range f.Links {
		rows.Links = append(rows.Links, account.Link{ID: l.ID, Tenant: l.Tenant, Account: l.Account, ProductAccount: l.ProductAccount,
			State: l.State, Reason: l.Reason, Evidence: l.Evidence, Flow: l.Flow, Browser: l.Browser,
			CreatedAt: instant(l.CreatedAt), ActiveAt: instant(l.ActiveAt), EndedAt: instant(l.EndedAt)})
	}
	for _, a := range f.Addresses {
		email, err := restoreEmail(a.Email)
		if err != nil {
			return rows, err
		}
		rows.Addresses = append(rows.Addresses, account.Address{Email: email, Account: a.Account, VerifiedAt: instant(a.VerifiedAt),
			Proof: a.Proof, Primary: a.Primary})
	}
	return rows, nil
}

func (w *work) writeUndo(ctx context.Context, u account.Undo) error {
	if u.Version > 0 {
		return w.change(ctx, "undo.moved", "UPDATE undo SET done_at = $2, version = version + 1 WHERE id = $1 AND version = $3 AND done_at = 0",
			string(u.ID), micros(u.DoneAt), u.Version)
	}
	facts := w.db.cfg.Sealer.Seal("undo", "facts", string(u.ID), []byte(pack(undoFacts{packRows(u.Before), packRows(u.After)})))
	return w.change(ctx, "undo.moved", `INSERT INTO undo (id, account_id, other_id, kind, facts, created_at, deadline, done_at, version)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)`, string(u.ID), string(u.Account), orNull(u.Other), string(u.Kind), facts,
		micros(u.CreatedAt), micros(u.Deadline), micros(u.DoneAt))
}

// Undos are what the account may take back still, the latest first.
func (d *DB) Undos(ctx context.Context, id ident.AccountID, now time.Time) ([]account.Undo, error) {
	return many(ctx, d.reader(), d.scanUndo, `SELECT id, account_id, other_id, kind, facts, created_at, deadline, done_at, version
 FROM undo WHERE account_id = $1 AND done_at = 0 AND deadline > $2 ORDER BY created_at DESC, id`, string(id), micros(now))
}

func (d *DB) scanUndo(row scanner) (account.Undo, error) {
	var u account.Undo
	var sealed []byte
	if err := row.Scan(&u.ID, &u.Account, text(&u.Other), &u.Kind, &sealed, at(&u.CreatedAt), at(&u.Deadline), at(&u.DoneAt), &u.Version); err != nil {
		return u, err
	}
	plain, err := d.cfg.Sealer.Open("undo", "facts", string(u.ID), sealed)
	if err != nil {
		return u, err
	}
	var facts undoFacts
	if err := json.Unmarshal(plain, &facts); err != nil {
		return u, fault.Wrap(fault.Internal, "undo.facts", err)
	}
	if u.Before, err = restoreRows(facts.Before); err != nil {
		return u, err
	}
	u.After, err = restoreRows(facts.After)
	return u, err
}

func (w *work) writeMerge(ctx context.Context, m account.Merge) error {
	if m.Version > 0 {
		return w.change(ctx, "merge.moved", "UPDATE account_merge SET done_at = $2, version = version + 1 WHERE id = $1 AND version = $3 AND done_at = 0",
			string(m.ID), micros(m.DoneAt), m.Version)
	}
	return w.change(ctx, "merge.moved", `INSERT INTO account_merge (id, account_id, other_id, browser_id, session_id, created_at, deadline,
 done_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)`, string(m.ID), string(m.Account), string(m.Other), string(m.Browser),
		string(m.Session), micros(m.CreatedAt), micros(m.Deadline), micros(m.DoneAt))
}

// Merge is a merge that was proven, used or not; fault.Missing when there is none.
func (d *DB) Merge(ctx context.Context, id ident.MergeID) (account.Merge, error) {
	return one(ctx, d.reader(), "merge.missing", func(row scanner) (m account.Merge, err error) {
		return m, row.Scan(&m.ID, &m.Account, &m.Other, &m.Browser, &m.Session, at(&m.CreatedAt), at(&m.Deadline), at(&m.DoneAt), &m.Version)
	}, `SELECT id, account_id, other_id, browser_id, session_id, created_at, deadline, done_at, version FROM account_merge
 WHERE id = $1`, string(id))
}

// checkHolding fails with fault.Moved unless as much hangs on the account as was read, and keeps everybody else from
// adding to it until the transaction ends: who adds something to an account reads the account's row first.
func (w *work) checkHolding(ctx context.Context, r linking.Read) error {
	if _, err := many(ctx, w, scanVersion, "SELECT version FROM account WHERE id = $1"+w.db.dialect.alone, r.ID); err != nil {
		return err
	}
	count, err := one(ctx, w, "account.missing", scanVersion, `SELECT
 (SELECT COUNT(*) FROM link WHERE account_id = $1 AND state <> 'ended') +
 (SELECT COUNT(*) FROM account_address WHERE account_id = $1) +
 (SELECT COUNT(*) FROM deferral WHERE account_id = $1 AND ended_at = 0)`, r.ID)
	if err == nil && count != r.Version {
		err = fault.New(fault.Moved, "holding.moved")
	}
	return err
}

// endGrants runs while the sessions that gave them are live still: grants of ended ones are over as it is, but for offline
// ones. Their clients are told: for the product, that session is over.
func (w *work) endGrants(ctx context.Context, o linking.Outcome) error {
	return each(ctx, o.EndGrants, func(ctx context.Context, end linking.GrantsEnd) error {
		live, err := w.liveSessions(ctx, "account_id = $1", string(end.Account))
		if err != nil {
			return err
		}
		err = w.announce(ctx, decidedAt(o), live, " AND authorization_grant.tenant_id = $3 AND authorization_grant.product_account_id = $4",
			string(end.Tenant), string(end.ProductAccount))
		if err != nil {
			return err
		}
		args := []any{micros(decidedAt(o)), string(end.Tenant), string(end.ProductAccount), string(end.Account)}
		// Two statements, because each of them has an index and both together have none.
		for _, which := range []string{"session_id IN (SELECT id FROM session WHERE account_id = $4 AND ended_at = 0)", "offline AND account_id = $4"} {
			if _, err := w.exec(ctx, `UPDATE authorization_grant SET ended_at = $1 WHERE ended_at = 0 AND tenant_id = $2
 AND product_account_id = $3 AND `+which, args...); err != nil {
				return err
			}
		}
		return nil
	})
}
