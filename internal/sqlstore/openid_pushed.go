package sqlstore

import (
	"context"
	"encoding/json"
	"time"

	"ligature/internal/fault"
	"ligature/internal/op"
)

// SavePushed implements op.RequestStore. The parameters are sealed: a login_hint is among them.
func (o *OpenID) SavePushed(ctx context.Context, p op.Pushed) error {
	plain, err := json.Marshal(p.Params)
	if err != nil {
		return fault.Wrap(fault.Internal, "pushed.pack", err)
	}
	_, err = o.db.group.exec(ctx, `INSERT INTO pushed_request (hash, client_id, params, created_at, deadline, done_at)
 VALUES ($1, $2, $3, $4, $5, $6)`, p.Hash, string(p.Client), o.db.cfg.Sealer.Seal("pushed_request", "params", p.Hash, plain),
		micros(p.CreatedAt), micros(p.Deadline), micros(p.DoneAt))
	return err
}

// Pushed implements op.RequestStore; fault.Missing "pushed.missing".
func (o *OpenID) Pushed(ctx context.Context, hash string) (op.Pushed, error) {
	return one(ctx, o.reader(), "pushed.missing", func(row scanner) (p op.Pushed, err error) {
		var sealed []byte
		if err := row.Scan(&p.Hash, &p.Client, &sealed, at(&p.CreatedAt), at(&p.Deadline), at(&p.DoneAt)); err != nil {
			return p, err
		}
		plain, err := o.db.cfg.Sealer.Open("pushed_request", "params", p.Hash, sealed)
		if err == nil {
			err = json.Unmarshal(plain, &p.Params)
		}
		return p, fault.Wrap(fault.Internal, "pushed.open", err)
	}, "SELECT hash, client_id, params, created_at, deadline, done_at FROM pushed_request WHERE hash = $1", hash)
}

// SpendPushed implements op.RequestStore; fault.Moved "pushed.done".
func (o *OpenID) SpendPushed(ctx context.Context, hash string, now time.Time) error {
	changed, err := o.db.group.exec(ctx, "UPDATE pushed_request SET done_at = $2 WHERE hash = $1 AND done_at = 0", hash, micros(now))
	if err == nil && changed != 1 {
		return fault.New(fault.Moved, "pushed.done")
	}
	return err
}

// SpendAssertion implements op.RequestStore; fault.Moved "assertion.spent". The primary key makes one caller the first.
func (o *OpenID) SpendAssertion(ctx context.Context, a op.Assertion) error {
	changed, err := o.db.group.exec(ctx, `INSERT INTO client_assertion (client_id, jti, deadline) VALUES ($1, $2, $3)
 ON CONFLICT (client_id, jti) DO NOTHING`, string(a.Client), a.ID, micros(a.Deadline))
	if err == nil && changed != 1 {
		return fault.New(fault.Moved, "assertion.spent")
	}
	return err
}
