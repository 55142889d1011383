package storetest

import (
	"context"
	"testing"

	"ligature/internal/linking"
)

// testTallies: attempts side by side are all counted, because each is written on the version it was read in; and attempts on
// several keys, in whatever order, wait for each other only as long as it takes.
func testTallies(t *testing.T, open Opener) {
	ctx, db := background(t), open(t, nil)
	const attempts = 20
	keys := []string{"account:x", "network:x", "account:y"}
	inOrder := func(i int) []string { // each key is at each place
		return []string{keys[i%3], keys[(i+1)%3], keys[(i+2)%3]}
	}
	for _, err := range together(attempts, func(i int) error { return Count(ctx, db, 1, inOrder(i)...) }) {
		must(t, err)
	}
	got, err := db.Tallies(ctx, keys...)
	must(t, err)
	for i, key := range keys {
		wantEqual(t, "tally", got[i], linking.Tally{Key: key, Failures: attempts, FirstAt: epoch, Version: attempts})
	}
	for _, err := range together(attempts+3, func(i int) error { return db.Settle(ctx, nil, inOrder(i)) }) {
		must(t, err)
	}
	got, err = db.Tallies(ctx, append(keys, "account:nobodys")...)
	must(t, err)
	for i, key := range keys {
		wantEqual(t, "tally that was taken back", got[i], linking.Tally{Key: key, FirstAt: epoch, Version: 2*attempts + 3})
	}
	wantEqual(t, "tally that is not there", got[3], linking.Tally{Key: "account:nobodys"})
}

// testTalliesOneByOne: of several tallies those are written whose version is the stored one, and it is said which.
func testTalliesOneByOne(t *testing.T, open Opener) {
	ctx, db := background(t), open(t, nil)
	must(t, Count(ctx, db, 3, "network:x", "account:x"))
	set := func(want []bool, tallies ...linking.Tally) {
		t.Helper()
		written, err := db.SetTallies(ctx, tallies...)
		must(t, err)
		wantEqual(t, "written", written, want)
	}
	tally := func(key string, failures int, version int64) linking.Tally {
		return linking.Tally{Key: key, Failures: failures, FirstAt: epoch, WaitDeadline: epoch, Version: version}
	}
	set([]bool{true, false, true}, tally("network:x", 4, 3), tally("account:x", 9, 2), tally("account:new", 1, 0))
	set([]bool{false, false}, tally("network:x", 9, 0), tally("account:new", 9, 0))
	got, err := db.Tallies(ctx, "account:new", "network:x", "account:x")
	must(t, err)
	wantEqual(t, "tallies", got, []linking.Tally{tally("account:new", 1, 1), tally("network:x", 4, 4),
		{Key: "account:x", Failures: 3, FirstAt: epoch, Version: 3}})

	must(t, db.Settle(ctx, []string{"account:new", "account:gone"}, []string{"network:x"}))
	must(t, db.Settle(ctx, []string{"account:x"}, nil))
	got, err = db.Tallies(ctx, "account:new", "network:x", "account:x")
	must(t, err)
	wantEqual(t, "settled tallies", got, []linking.Tally{{Key: "account:new", FirstAt: epoch, Version: 2}, tally("network:x", 3, 5),
		{Key: "account:x", FirstAt: epoch, Version: 4}})
}

// Count counts n attempts on each of the keys, each on the version it was read in.
func Count(ctx context.Context, db Store, n int, keys ...string) error {
	left := map[string]int{}
	for _, key := range keys {
		left[key] = n
	}
	for len(left) > 0 {
		var wanted []linking.Tally
		tallies, err := db.Tallies(ctx, keys...)
		if err != nil {
			return err
		}
		for _, tally := range tallies {
			if left[tally.Key] > 0 {
				tally.Failures++
				tally.FirstAt = epoch
				wanted = append(wanted, tally)
			}
		}
		written, err := db.SetTallies(ctx, wanted...)
		if err != nil {
			return err
		}
		for i, tally := range wanted {
			if written[i] {
				left[tally.Key]--
			}
			if left[tally.Key] == 0 {
				delete(left, tally.Key)
			}
		}
	}
	return nil
}
