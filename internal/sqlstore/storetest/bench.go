package storetest

import (
	"testing"

	"ligature/internal/linking"
)

// BenchmarkFinish measures the commit at which account, link and session come into being, one after the other: the
// largest Outcome there is.
func BenchmarkFinish(b *testing.B, open Opener) {
	ctx, db := declared(b, open)
	outs := make([]linking.Outcome, b.N)
	for i := range outs {
		j := newJourney(acme, pim, id("bench")+"@acme.example")
		j.upToFinish(ctx, b, db)
		outs[i] = j.finish()
	}
	b.ResetTimer()
	for _, out := range outs {
		must(b, db.Commit(ctx, out))
	}
}

// BenchmarkFlow measures reading a flow that is under way.
func BenchmarkFlow(b *testing.B, open Opener) {
	ctx, db := declared(b, open)
	j := newJourney(acme, pim, "bench@acme.example")
	j.upToFinish(ctx, b, db)
	for b.Loop() {
		if _, err := db.Flow(ctx, j.Flow.ID); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSetting measures reading all that a flow depends on.
func BenchmarkSetting(b *testing.B, open Opener) {
	ctx, db := declared(b, open)
	for b.Loop() {
		if _, err := db.Setting(ctx, acme, pim); err != nil {
			b.Fatal(err)
		}
	}
}
