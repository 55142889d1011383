package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// together runs n functions at the same moment and gives their errors.
func together(n int, run func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() {
			<-start
			errs[i] = run(i)
		})
	}
	close(start)
	wait.Wait()
	return errs
}

// wantOneWinner fails unless one error is nil and all others are Moved.
func wantOneWinner(t *testing.T, errs []error) int {
	t.Helper()
	winner := -1
	for i, err := range errs {
		switch {
		case err == nil && winner < 0:
			winner = i
		case err == nil:
			t.Errorf("both %d and %d won", winner, i)
		default:
			wantKind(t, err, fault.Moved)
		}
	}
	if winner < 0 {
		t.Fatalf("nobody won: %v", errs)
	}
	return winner
}

// testRaceForAddress: of several flows that finish with one address at the same moment, one makes the account and the
// others leave nothing (ATK-118).
func testRaceForAddress(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	const racers = 4
	for round := range 10 {
		address := fmt.Sprintf("dana%d@acme.example", round)
		outs := make([]linking.Outcome, racers)
		for i := range outs {
			j := newJourney(acme, []ident.ProductID{pim, sdm}[i%2], address)
			j.upToFinish(ctx, t, db)
			outs[i] = j.finish()
		}
		winner := wantOneWinner(t, together(racers, func(i int) error { return db.Commit(ctx, outs[i]) }))
		owner, err := db.AddressOwner(ctx, email(address))
		must(t, err)
		wantEqual(t, "owner", owner, outs[winner].Accounts[0].ID)
		for i, o := range outs {
			f, err := db.Flow(ctx, o.Flow.ID)
			must(t, err)
			if finished := f.State == linking.Linked; finished != (i == winner) {
				t.Errorf("flow %d: finished is %v, winner is %d", i, finished, winner)
			}
		}
	}
}

// testRaceForFlow: of several steps of one flow at the same moment, one is taken.
func testRaceForFlow(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	j := newJourney(acme, pim, "dana@acme.example")
	must(t, db.Commit(ctx, j.begin()))
	j.Flow.Version++
	f := j.Flow
	f.State = linking.AwaitPassword
	wantOneWinner(t, together(8, func(int) error { return db.Commit(ctx, linking.Outcome{Flow: f}) }))
}

// testClaims: no mail is claimed twice while a claim holds, whoever asks.
func testClaims(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	const mails, workers = 60, 6
	out := linking.Outcome{}
	j := newJourney(acme, pim, "dana@acme.example")
	for range mails {
		out.Mails = append(out.Mails, j.letter(linking.MailConfirm, epoch))
	}
	must(t, db.Commit(ctx, out))
	var mu sync.Mutex
	claims := map[ident.MailID]int{}
	for _, err := range together(workers, func(int) error {
		for {
			got, err := db.ClaimMails(ctx, epoch, 7, time.Minute)
			if err != nil || len(got) == 0 {
				return err
			}
			mu.Lock()
			for _, m := range got {
				claims[m.ID]++
			}
			mu.Unlock()
		}
	}) {
		must(t, err)
	}
	// A worker that finds everything locked by others goes home early; what is left is still there.
	rest, err := db.ClaimMails(ctx, epoch, mails, time.Minute)
	must(t, err)
	for _, m := range rest {
		claims[m.ID]++
	}
	wantEqual(t, "number of claimed mails", len(claims), mails)
	for mail, n := range claims {
		if n != 1 {
			t.Errorf("%s was claimed %d times", mail, n)
		}
	}
}

// testRaceWithRollout: a tenant that is switched off stops what is decided on its being on: either the link was there
// before, or it never comes (security: enablement is read again inside the finishing transaction).
func testRaceWithRollout(t *testing.T, open Opener) {
	ctx, db := declared(t, open)
	for range 10 {
		must(t, db.SetRollout(ctx, acme, directory.RolloutOn, "test", "", epoch))
		tenant, err := db.Tenant(ctx, acme)
		must(t, err)
		j := newJourney(acme, pim, id("x")+"@acme.example")
		j.upToFinish(ctx, t, db)
		out := j.finish()
		out.Reads[0].Version = tenant.Version
		errs := together(2, func(i int) error {
			if i == 0 {
				return db.Commit(ctx, out)
			}
			return db.SetRollout(ctx, acme, directory.RolloutOff, "test", "", epoch)
		})
		must(t, errs[1])
		if errs[0] != nil {
			wantKind(t, errs[0], fault.Moved)
		}
		wantKind(t, db.Commit(ctx, linking.Outcome{Reads: out.Reads[:1]}), fault.Moved)
	}
}

// testApplySideBySide: replicas that start together with the same declaration change it once.
func testApplySideBySide(t *testing.T, open Opener) {
	ctx, db := background(t), open(t, nil)
	changed := make([]int, 4)
	for _, err := range together(len(changed), func(i int) error {
		changes, err := db.ApplySuite(ctx, Declaration(), epoch)
		changed[i] = len(changes)
		return err
	}) {
		must(t, err)
	}
	first := 0
	for _, n := range changed {
		if n > 0 {
			first++
		}
	}
	wantEqual(t, "number of those who changed something", first, 1)
}
