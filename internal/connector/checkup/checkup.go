// Package checkup asks a product's store everything once that matters before people sign in with it: does it answer, who is in
// it, can their passwords be checked, is somebody found. It tries no password, and no hash and no address comes out of it.
package checkup

import (
	"cmp"
	"context"
	"hash/maphash"
	"slices"
	"time"

	"ligature/internal/connector"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// Options say what is asked.
type Options struct {
	// Identifier is somebody to look up; none when it is zero.
	Identifier ident.Identifier
	// Timeout bounds each question; default 30 s.
	Timeout time.Duration
	// Progress is told how many users were seen; nil when nobody wants to know.
	Progress func(users int)
}

const (
	// pageSize is how many users one question lists.
	pageSize = 1000
	// sampled is how many users are asked for one by one where the list does not tell how passwords are kept.
	sampled = 500
)

// Report is what came out.
type Report struct {
	Abilities connector.Abilities
	// Counted says that the store lists its users; Users is about nobody otherwise.
	Counted bool
	Users   Counts
	// Kept is how passwords are kept, the most frequent way first, and KeptOf how many users were looked at for that.
	Kept   []Share
	KeptOf int
	// Found is who has the identifier; nil when none was asked for or nobody can be found here.
	Found *Found
}

// Counts are how many of a product's users have what.
type Counts struct {
	Total int
	// Disabled, Locked, Privileged, Shared, Weak and MustReset are the flags.
	Disabled, Locked, Privileged, Shared, Weak, MustReset int
	// WithoutEmail have no address, or something that is none. SameEmail share one with somebody before them in the list.
	WithoutEmail, SameEmail int
	// SameID have an id that somebody before them has: then nobody can tell them apart.
	SameID int
}

// Share is one way to keep a password. The zero Storage is having none.
type Share struct {
	connector.Storage
	Users int
}

// Found is who has an identifier.
type Found struct {
	// By is the key that was asked with.
	By      connector.Key
	Matches []Match
}

// Match is a user that was found. Kept is nil where the store does not tell.
type Match struct {
	Record connector.Record
	Kept   *connector.Storage
}

// Whole reports that nobody was met whom this store could not serve: every password that was seen can be checked, ids are
// different, and the identifier has one user.
func (r Report) Whole() bool {
	return r.Users.SameID == 0 && (r.Found == nil || len(r.Found.Matches) == 1) &&
		!slices.ContainsFunc(r.Kept, func(s Share) bool { return s.Refused != "" })
}

// Run asks. Errors are those of the connector, and fault.Unavailable "checkup.endless" for a list that comes round.
func Run(ctx context.Context, c connector.Connector, o Options) (Report, error) {
	o.Timeout = cmp.Or(o.Timeout, 30*time.Second)
	if o.Progress == nil {
		o.Progress = func(int) {}
	}
	e := &examination{connector: c, options: o, shares: map[connector.Storage]int{}, ids: map[uint64]bool{}, emails: map[uint64]bool{}, seed: maphash.MakeSeed()}
	e.report.Abilities = connector.AbilitiesOf(c)
	if err := e.within(ctx, c.Ping); err != nil {
		return Report{}, err
	}
	if err := e.list(ctx); err != nil {
		return Report{}, err
	}
	if err := e.find(ctx); err != nil {
		return Report{}, err
	}
	for storage, users := range e.shares {
		e.report.Kept = append(e.report.Kept, Share{storage, users})
	}
	slices.SortFunc(e.report.Kept, func(a, b Share) int {
		return cmp.Or(b.Users-a.Users, cmp.Compare(a.Refused, b.Refused), cmp.Compare(a.Format, b.Format), cmp.Compare(a.Cost, b.Cost))
	})
	return e.report, nil
}

// examination is one run.
type examination struct {
	connector   connector.Connector
	options     Options
	report      Report
	shares      map[connector.Storage]int
	ids, emails map[uint64]bool
	seed        maphash.Seed
	// asked is how many were asked for one by one.
	asked int
}

// within gives one question its time.
func (e *examination) within(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, e.options.Timeout)
	defer cancel()
	return ask(ctx)
}

// list goes through everybody.
func (e *examination) list(ctx context.Context) error {
	lister, ok := e.connector.(connector.Lister)
	if !ok {
		return nil
	}
	e.report.Counted = true
	keeper, keeps := e.connector.(connector.Keeper)
	cursors := map[string]bool{}
	for cursor := ""; ; {
		var page []connector.Record
		var kept []connector.Storage
		var next string
		if err := e.within(ctx, func(ctx context.Context) (err error) {
			if keeps {
				page, kept, next, err = keeper.ListKept(ctx, cursor, pageSize)
			} else {
				page, next, err = lister.List(ctx, cursor, pageSize)
			}
			return err
		}); err != nil {
			return err
		}
		if err := e.count(ctx, page, kept); err != nil {
			return err
		}
		e.options.Progress(e.report.Users.Total)
		if next == "" {
			return nil
		}
		if cursors[next] {
			return fault.New(fault.Unavailable, "checkup.endless")
		}
		cursors[next], cursor = true, next
	}
}

// count takes a page in.
func (e *examination) count(ctx context.Context, page []connector.Record, kept []connector.Storage) error {
	u := &e.report.Users
	for i, r := range page {
		u.Total++
		for flag, number := range map[*int]bool{&u.Disabled: r.Flags.Disabled, &u.Locked: r.Flags.Locked, &u.Privileged: r.Flags.Privileged,
			&u.Shared: r.Flags.Shared, &u.Weak: r.Flags.Weak, &u.MustReset: r.Flags.MustReset, &u.WithoutEmail: r.Email.IsZero(),
			&u.SameID: e.again(e.ids, string(r.ExternalID)), &u.SameEmail: !r.Email.IsZero() && e.again(e.emails, r.Email.Key())} {
			if number {
				*flag++
			}
		}
		switch keeper, keeps := e.connector.(connector.Keeper); {
		case kept != nil:
			e.shares[kept[i]]++
			e.report.KeptOf++
		case keeps && e.asked < sampled && i%(pageSize/20) == 0:
			if err := e.ask(ctx, keeper, r.ExternalID); err != nil {
				return err
			}
		}
	}
	return nil
}

// ask is for one user whose page did not tell.
func (e *examination) ask(ctx context.Context, keeper connector.Keeper, id ident.ExternalID) error {
	e.asked++
	return e.within(ctx, func(ctx context.Context) error {
		storage, err := keeper.Kept(ctx, id)
		switch {
		case fault.Is(err, fault.Missing): // gone since it was listed
			return nil
		case err != nil:
			return err
		}
		e.shares[storage]++
		e.report.KeptOf++
		return nil
	})
}

// again reports whether a text was seen before. Two texts with one hash are not told apart; of a million there are none.
func (e *examination) again(seen map[uint64]bool, text string) bool {
	h := maphash.String(e.seed, text)
	before := seen[h]
	seen[h] = true
	return before
}

// find looks the identifier up.
func (e *examination) find(ctx context.Context) error {
	finder, ok := e.connector.(connector.Finder)
	if !ok || e.options.Identifier.IsZero() {
		return nil
	}
	return e.within(ctx, func(ctx context.Context) error {
		// As a sign-in does: an address as an address, and what was not found so as a username.
		if email, ok := e.options.Identifier.Email(); ok {
			if err := e.findBy(ctx, finder, connector.Query{By: connector.ByEmail, Value: email.Key()}); err != nil || len(e.report.Found.Matches) > 0 {
				return err
			}
		}
		return e.findBy(ctx, finder, connector.Query{By: connector.ByUsername, Value: e.options.Identifier.Typed()})
	})
}

// findBy asks by one key.
func (e *examination) findBy(ctx context.Context, finder connector.Finder, q connector.Query) error {
	e.report.Found = &Found{By: q.By}
	records, err := finder.Find(ctx, q)
	if err != nil {
		return err
	}
	for _, r := range records {
		m := Match{Record: r}
		if keeper, ok := e.connector.(connector.Keeper); ok {
			storage, err := keeper.Kept(ctx, r.ExternalID)
			if err != nil {
				return err
			}
			m.Kept = &storage
		}
		e.report.Found.Matches = append(e.report.Found.Matches, m)
	}
	return nil
}
