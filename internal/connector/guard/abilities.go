package guard

import (
	"context"

	"ligature/internal/connector"
	"ligature/internal/ident"
)

// Each ability is a type with one method, so that a guard can be put together that has these and no others.
type (
	finder   struct{ find *core }
	verifier struct{ verify *core }
	resetter struct{ reset *core }
	lister   struct{ list *core }
)

// Find guards connector.Finder.
func (g finder) Find(ctx context.Context, q connector.Query) ([]connector.Record, error) {
	return call(ctx, g.find, "find", found, func(ctx context.Context) ([]connector.Record, error) {
		return g.find.inner.(connector.Finder).Find(ctx, q)
	})
}

// Verify guards connector.Verifier. It asks once. Passwords that no product is asked about do not get through, and an
// answer that contradicts itself or the question is none.
func (g verifier) Verify(ctx context.Context, check connector.Check) (connector.Answer, error) {
	if connector.Hopeless(check.Password) {
		return connector.Answer{Outcome: connector.Rejected}, nil
	}
	return call(ctx, g.verify, "verify", outcome, func(ctx context.Context) (connector.Answer, error) {
		answer, err := g.verify.inner.(connector.Verifier).Verify(ctx, check)
		if err != nil {
			return connector.Answer{}, err
		}
		return answer, g.verify.plausible(check, answer)
	})
}

// RequestReset guards connector.Resetter.
func (g resetter) RequestReset(ctx context.Context, id ident.Identifier) error {
	_, err := call(ctx, g.reset, "reset", asked, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, g.reset.inner.(connector.Resetter).RequestReset(ctx, id)
	})
	return err
}

// List guards connector.Lister; each page is a call.
func (g lister) List(ctx context.Context, cursor string, limit int) ([]connector.Record, string, error) {
	type page struct {
		records []connector.Record
		next    string
	}
	p, err := call(ctx, g.list, "list", func(page) string { return "listed" }, func(ctx context.Context) (page, error) {
		records, next, err := g.list.inner.(connector.Lister).List(ctx, cursor, limit)
		return page{records, next}, err
	})
	return p.records, p.next, err
}

// found, outcome and asked are answers in a word.
func found(records []connector.Record) string {
	if len(records) == 0 {
		return string(connector.NotFound)
	}
	return "found"
}

func outcome(a connector.Answer) string { return string(a.Outcome) }

func asked(struct{}) string { return "asked" }

// withAbilities puts a guard together. The table is written out because a type's methods are fixed when it is compiled.
func withAbilities(c *core, has connector.Abilities) connector.Connector {
	f, v, r, l := finder{c}, verifier{c}, resetter{c}, lister{c}
	type base = *core
	switch has {
	case connector.Abilities{Find: true}:
		return struct {
			base
			finder
		}{c, f}
	case connector.Abilities{Verify: true}:
		return struct {
			base
			verifier
		}{c, v}
	case connector.Abilities{Reset: true}:
		return struct {
			base
			resetter
		}{c, r}
	case connector.Abilities{List: true}:
		return struct {
			base
			lister
		}{c, l}
	case connector.Abilities{Find: true, Verify: true}:
		return struct {
			base
			finder
			verifier
		}{c, f, v}
	case connector.Abilities{Find: true, Reset: true}:
		return struct {
			base
			finder
			resetter
		}{c, f, r}
	case connector.Abilities{Find: true, List: true}:
		return struct {
			base
			finder
			lister
		}{c, f, l}
	case connector.Abilities{Verify: true, Reset: true}:
		return struct {
			base
			verifier
			resetter
		}{c, v, r}
	case connector.Abilities{Verify: true, List: true}:
		return struct {
			base
			verifier
			lister
		}{c, v, l}
	}
	return withManyAbilities(c, has)
}

// withManyAbilities is the rest of the table: the last two, three, four and none.
func withManyAbilities(c *core, has connector.Abilities) connector.Connector {
	f, v, r, l := finder{c}, verifier{c}, resetter{c}, lister{c}
	type base = *core
	switch has {
	case connector.Abilities{Reset: true, List: true}:
		return struct {
			base
			resetter
			lister
		}{c, r, l}
	case connector.Abilities{Find: true, Verify: true, Reset: true}:
		return struct {
			base
			finder
			verifier
			resetter
		}{c, f, v, r}
	case connector.Abilities{Find: true, Verify: true, List: true}:
		return struct {
			base
			finder
			verifier
			lister
		}{c, f, v, l}
	case connector.Abilities{Find: true, Reset: true, List: true}:
		return struct {
			base
			finder
			resetter
			lister
		}{c, f, r, l}
	case connector.Abilities{Verify: true, Reset: true, List: true}:
		return struct {
			base
			verifier
			resetter
			lister
		}{c, v, r, l}
	case connector.Abilities{Find: true, Verify: true, Reset: true, List: true}:
		return struct {
			base
			finder
			verifier
			resetter
			lister
		}{c, f, v, r, l}
	}
	return c
}
