package ldapconn

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ligature/internal/connector"
	"ligature/internal/fault"
)

// listPage is how many entries are asked for at a time (RFC 2696): fewer than directories usually allow.
const listPage = 500

// List gives one page in the order of the ids; the cursor is the last id. A directory has no order of its own that can be
// taken up later, so each page walks through everybody and keeps the next ones.
func (l listing) List(ctx context.Context, cursor string, limit int) (records []connector.Record, next string, err error) {
	limit = min(max(limit, 1), 10_000)
	page := &page{after: cursor, limit: limit}
	// One connection for the whole walk: the cookie of a page is good on the connection that it came on.
	err = l.pooled(ctx, func(conn *ldap.Conn) error {
		page.reset()
		return l.walk(conn, page)
	})
	if page.unusable != nil {
		return nil, "", fault.Wrap(fault.Unavailable, "ldapconn.entry", fmt.Errorf("%w: %w", connector.ErrRecord, page.unusable))
	}
	if err != nil {
		return nil, "", unavailable("ldapconn.list", err)
	}
	records, more, err := page.sorted()
	if err != nil {
		return nil, "", fault.Wrap(fault.Unavailable, "ldapconn.two_entries", err)
	}
	if more {
		next = string(records[len(records)-1].ExternalID)
	}
	return records, next, nil
}

// walk reads everybody, a page at a time.
func (l listing) walk(conn *ldap.Conn, into *page) error {
	paging := ldap.NewControlPaging(listPage)
	request := &ldap.SearchRequest{
		BaseDN: l.base, Scope: ldap.ScopeWholeSubtree, DerefAliases: ldap.NeverDerefAliases, TimeLimit: int(lastResort / time.Second),
		Filter: l.list, Attributes: l.shape.attributes, Controls: []ldap.Control{paging},
	}
	now := l.pool.now()
	for {
		result, err := conn.Search(request)
		if err != nil {
			return err
		}
		for _, entry := range result.Entries {
			p, err := l.shape.read(entry, now)
			if err != nil {
				into.unusable = err
				return errAbandoned
			}
			into.add(p.record)
		}
		said, ok := ldap.FindControl(result.Controls, ldap.ControlTypePaging).(*ldap.ControlPaging)
		if !ok || len(said.Cookie) == 0 {
			return nil
		}
		paging.SetCookie(said.Cookie)
	}
}

// errAbandoned ends a walk halfway; the connection is of no use afterwards.
var errAbandoned = errors.New("the list was left halfway")

// page keeps the first records behind a cursor, of those that come by.
type page struct {
	after    string
	limit    int
	records  []connector.Record
	more     bool
	unusable error
}

func (p *page) reset() { p.records, p.more, p.unusable = nil, false, nil }

func (p *page) add(r connector.Record) {
	if string(r.ExternalID) <= p.after {
		return
	}
	p.records = append(p.records, r)
	if len(p.records) >= 2*p.limit+listPage {
		p.cut()
	}
}

// cut sorts, and lets go of what is beyond the limit.
func (p *page) cut() {
	slices.SortFunc(p.records, func(a, b connector.Record) int { return cmp.Compare(a.ExternalID, b.ExternalID) })
	if len(p.records) > p.limit {
		clear(p.records[p.limit:])
		p.records, p.more = p.records[:p.limit], true
	}
}

// sorted is the page, and whether there is more behind it.
func (p *page) sorted() ([]connector.Record, bool, error) {
	p.cut()
	for i := 1; i < len(p.records); i++ {
		if p.records[i].ExternalID == p.records[i-1].ExternalID {
			return nil, false, fmt.Errorf("%w: two entries with one id", connector.ErrRecord)
		}
	}
	return p.records, p.more, nil
}
