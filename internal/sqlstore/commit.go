package sqlstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"ligature/internal/account"
	"ligature/internal/fault"
	"ligature/internal/linking"
)

// Commit writes an Outcome in one transaction, or fails with fault.Moved and has written nothing: when a version
// differs, when a new row exists already, when its address or its active link is taken, or when something it refers to
// is gone. An Outcome without a flow is written without one.
func (d *DB) Commit(ctx context.Context, o linking.Outcome) error {
	err := d.tx(ctx, func(ctx context.Context, w *work) error { return w.writeOutcome(ctx, o) })
	if err == nil && len(o.Mails) > 0 && d.cfg.OnMail != nil {
		d.cfg.OnMail()
	}
	if err == nil && d.cfg.OnOutcome != nil {
		d.cfg.OnOutcome(o)
	}
	return err
}

// writeOutcome keeps one order for everybody, so that two commits wait for each other instead of locking up: first the
// rows decided on, then the product account, the address, the link, the flow; last what nobody else writes.
func (w *work) writeOutcome(ctx context.Context, o linking.Outcome) error {
	for _, step := range []func() error{
		func() error { return w.checkReads(ctx, o.Reads) },
		func() error { return each(ctx, o.ProductAccounts, w.writeProductAccount) },
		func() error { return each(ctx, o.Accounts, w.writeAccount) },
		func() error { return each(ctx, o.DroppedAddresses, w.dropAddress) },
		func() error { return each(ctx, demotedFirst(o.Addresses), w.writeAddress) },
		func() error { return each(ctx, o.DroppedCredentials, w.dropCredential) },
		func() error { return each(ctx, o.Credentials, w.writeCredential) },
		func() error { return each(ctx, endedFirst(o.Links), w.writeLink) },
		func() error { return each(ctx, o.InvitationBooks, w.writeInvitationBook) },
		func() error { return each(ctx, waitingLast(o.Invitations), w.writeInvitation) },
		func() error { return each(ctx, o.Deferrals, w.writeDeferral) },
		func() error { return each(ctx, o.Undos, w.writeUndo) },
		func() error { return each(ctx, o.Merges, w.writeMerge) },
		func() error { return w.writeCapabilities(ctx, o) },
		func() error { return w.writeFlowOf(ctx, o) },
		func() error { return w.endFlowsOf(ctx, o) },
		func() error { return each(ctx, o.Proofs, w.writeProof) },
		func() error { return w.endGrants(ctx, o) },
		func() error { return w.endOtherSessions(ctx, o) },
		func() error { return each(ctx, o.Sessions, w.writeSession) },
		func() error { return each(ctx, o.MailTokens, w.writeMailToken) },
		func() error { return each(ctx, o.InvitationTokens, w.writeInvitationToken) },
		func() error { return each(ctx, o.Mails, w.writeMail) },
		func() error { return w.writeEvents(ctx, o.Events) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func each[T any](ctx context.Context, rows []T, write func(context.Context, T) error) error {
	for _, row := range rows {
		if err := write(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) writeFlowOf(ctx context.Context, o linking.Outcome) error {
	if o.Flow.ID == "" {
		return nil
	}
	return w.writeFlow(ctx, o.Flow)
}

// demotedFirst lets an account change its primary address without having two for a moment.
func demotedFirst(addresses []account.Address) []account.Address {
	return slices.SortedStableFunc(slices.Values(addresses), func(a, b account.Address) int {
		return cmp.Compare(rank(a.Primary || a.Version == 0), rank(b.Primary || b.Version == 0))
	})
}

// endedFirst lets a product account change its active link without having two for a moment.
func endedFirst(links []account.Link) []account.Link {
	return slices.SortedStableFunc(slices.Values(links), func(a, b account.Link) int {
		return cmp.Compare(rank(a.State == account.LinkActive), rank(b.State == account.LinkActive))
	})
}

func rank(later bool) int {
	if later {
		return 1
	}
	return 0
}

// versionOf are the statements that give the version of a row a decision rests on. Declared rows that were withdrawn
// have none.
func versionOf(r linking.Read) (query string, args []any, err error) {
	switch r.Table {
	case linking.TableTenant:
		return "SELECT version FROM tenant WHERE id = $1 AND withdrawn_at = 0", []any{r.ID}, nil
	case linking.TableProduct:
		return "SELECT version FROM product WHERE id = $1 AND withdrawn_at = 0", []any{r.ID}, nil
	case linking.TableInstance:
		return "SELECT version FROM instance WHERE product_id = $1 AND tenant_id = $2 AND withdrawn_at = 0", []any{r.ID, string(r.Tenant)}, nil
	case linking.TableAccount:
		return "SELECT version FROM account WHERE id = $1", []any{r.ID}, nil
	case linking.TableCredential:
		return "SELECT version FROM credential WHERE id = $1", []any{r.ID}, nil
	case linking.TableProductAccount:
		return "SELECT version FROM product_account WHERE id = $1 AND tenant_id = $2", []any{r.ID, string(r.Tenant)}, nil
	case linking.TableLink:
		return "SELECT version FROM link WHERE id = $1 AND tenant_id = $2", []any{r.ID, string(r.Tenant)}, nil
	}
	return "", nil, fault.New(fault.Internal, "store.read_table")
}

// checkReads fails with fault.Moved unless each row still has the version it was read in, and keeps it so until the
// transaction ends. Version 0 says that there was no row.
func (w *work) checkReads(ctx context.Context, reads []linking.Read) error {
	sorted := slices.SortedFunc(slices.Values(reads), func(a, b linking.Read) int {
		return cmp.Or(cmp.Compare(turnOf(a.Table), turnOf(b.Table)), cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.ID, b.ID))
	})
	for _, r := range sorted {
		if r.Table == linking.TableHolding {
			if err := w.checkHolding(ctx, r); err != nil {
				return err
			}
			continue
		}
		query, args, err := versionOf(r)
		if err != nil {
			return err
		}
		version, err := maybe(ctx, w, scanVersion, query+w.db.dialect.share, args...)
		if err != nil {
			return err
		}
		if version == nil {
			version = new(int64)
		}
		if *version != r.Version {
			return fault.New(fault.Moved, string(r.Table)+".moved")
		}
	}
	return nil
}

// turnOf is when a table's rows are locked: whole holdings first, because they are locked against everybody, instances after
// tenants, as when a suite is applied, the rest by name.
func turnOf(t linking.Table) linking.Table {
	if t == linking.TableHolding {
		return ""
	}
	if t == linking.TableInstance {
		return linking.TableTenant + "_"
	}
	return t
}

func scanVersion(row scanner) (version int64, err error) { return version, row.Scan(&version) }

// decidedAt is when an Outcome was decided: the store has no clock.
func decidedAt(o linking.Outcome) time.Time {
	if !o.Flow.ChangedAt.IsZero() {
		return o.Flow.ChangedAt
	}
	for _, e := range o.Events {
		return e.At
	}
	for _, s := range o.Sessions {
		return s.UsedAt
	}
	return time.Time{}
}
