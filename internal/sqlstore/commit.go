package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
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

// versionOf are the statements that give the version of a row a decision rests on; n is how many parameters there are before
// its own. Declared rows that were withdrawn have none.
func versionOf(r linking.Read, n int) (query string, args []any, err error) {
	switch r.Table {
	case linking.TableTenant, linking.TableProduct:
		return fmt.Sprintf("SELECT version FROM %s WHERE id = $%d AND withdrawn_at = 0", r.Table, n+1), []any{r.ID}, nil
	case linking.TableInstance:
		return fmt.Sprintf("SELECT version FROM instance WHERE product_id = $%d AND tenant_id = $%d AND withdrawn_at = 0", n+1, n+2), []any{r.ID, string(r.Tenant)}, nil
	case linking.TableAccount, linking.TableCredential:
		return fmt.Sprintf("SELECT version FROM %s WHERE id = $%d", r.Table, n+1), []any{r.ID}, nil
	case linking.TableProductAccount, linking.TableLink:
		return fmt.Sprintf("SELECT version FROM %s WHERE id = $%d AND tenant_id = $%d", r.Table, n+1, n+2), []any{r.ID, string(r.Tenant)}, nil
	}
	return "", nil, fault.New(fault.Internal, "store.read_table")
}

// readsTogether is how many rows one statement looks at: as many as a sign-in rests on. With no bound there would be as many
// statements to prepare as somebody has links.
const readsTogether = 6

// checkReads fails with fault.Moved unless each row still has the version it was read in, and keeps it so until the
// transaction ends. Version 0 says that there was no row.
func (w *work) checkReads(ctx context.Context, reads []linking.Read) error {
	sorted := slices.SortedFunc(slices.Values(reads), func(a, b linking.Read) int {
		return cmp.Or(cmp.Compare(turnOf(a.Table), turnOf(b.Table)), cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.ID, b.ID))
	})
	for len(sorted) > 0 && sorted[0].Table == linking.TableHolding {
		if err := w.checkHolding(ctx, sorted[0]); err != nil {
			return err
		}
		sorted = sorted[1:]
	}
	for some := range slices.Chunk(sorted, readsTogether) {
		if err := w.checkVersions(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

// checkVersions checks and locks rows in their order, in one statement.
func (w *work) checkVersions(ctx context.Context, reads []linking.Read) error {
	var columns []string
	var args []any
	for _, r := range reads {
		query, more, err := versionOf(r, len(args))
		if err != nil {
			return err
		}
		columns = append(columns, "COALESCE(("+query+w.db.dialect.share+"), 0)")
		args = append(args, more...)
	}
	versions := make([]int64, len(reads))
	fields := make([]any, len(reads))
	for i := range versions {
		fields[i] = &versions[i]
	}
	_, err := many(ctx, w, func(row scanner) (struct{}, error) { return struct{}{}, row.Scan(fields...) }, "SELECT "+strings.Join(columns, ", "), args...)
	if err != nil {
		return err
	}
	for i, r := range reads {
		if versions[i] != r.Version {
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
