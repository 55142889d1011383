package sqlconn

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"ligature/internal/connector"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// maxPage is the most rows that one question asks for.
const maxPage = 10_000

// List gives one page in the statement's order; the cursor is the last id.
func (l listing) List(ctx context.Context, cursor string, limit int) (records []connector.Record, next string, err error) {
	records, _, next, err = l.ListKept(ctx, cursor, limit)
	return records, next, err
}

// ListKept implements connector.Keeper. Without a statement for lists there is nobody in it.
func (c *Conn) ListKept(ctx context.Context, cursor string, limit int) (records []connector.Record, kept []connector.Storage, next string, err error) {
	if c.list.text == "" {
		return nil, nil, "", nil
	}
	limit = min(max(limit, 1), maxPage)
	table, err := c.query(ctx, c.list, limit, map[string]any{"after": cursor, "limit": limit})
	if err != nil {
		return nil, nil, "", fault.Wrap(fault.Unavailable, "sqlconn.query", c.public(err))
	}
	for i := range table.rows {
		e, err := table.entry(i)
		if err != nil {
			return nil, nil, "", fault.Wrap(fault.Unavailable, "sqlconn.row", fmt.Errorf("%w: %w", connector.ErrRecord, err))
		}
		records = append(records, e.record)
		if table.has("password_hash") {
			kept = append(kept, c.storage(e))
		}
	}
	if len(records) == limit {
		next = string(records[limit-1].ExternalID)
		if next == cursor {
			return nil, nil, "", fault.Wrap(fault.Unavailable, "sqlconn.list", errors.New("the list does not move on: is it ordered by id, after :after?"))
		}
	}
	return records, kept, next, nil
}

// Kept implements connector.Keeper.
func (c *Conn) Kept(ctx context.Context, id ident.ExternalID) (connector.Storage, error) {
	entries, err := c.entries(ctx, connector.Query{By: connector.ByID, Value: string(id)})
	if err != nil {
		return connector.Storage{}, err
	}
	if len(entries) == 0 {
		return connector.Storage{}, fault.New(fault.Missing, "sqlconn.nobody")
	}
	return c.storage(entries[0]), nil
}

// storage says how a password is kept, and does no work.
func (c *Conn) storage(e entry) connector.Storage {
	if e.hash == "" {
		return connector.Storage{}
	}
	reading, err := c.hash.Read(e.hash, e.salt)
	if err != nil {
		return connector.Storage{Refused: strings.TrimPrefix(fault.KeyOf(err), "legacyhash.")}
	}
	return connector.Storage{Format: string(reading.Format), Cost: reading.Cost, Weak: reading.Weak}
}
