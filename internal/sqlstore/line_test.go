package sqlstore_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"ligature/internal/sqlstore"
)

// TestFirstComeFirstServed holds that connections are given in the order in which they were asked for, that somebody who goes away
// holds nobody up, and that the waits are counted and timed.
func TestFirstComeFirstServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := sqlstore.NewLine(1, time.Now)
		leave, err := l.Enter(t.Context())
		check(t, err)
		gone, cancel := context.WithCancel(t.Context())
		var served []int
		for i := range 50 {
			ctx := t.Context()
			if i == 7 {
				ctx = gone
			}
			go func() {
				leave, err := l.Enter(ctx)
				if err == nil {
					served = append(served, i)
					leave()
				}
			}()
			synctest.Wait() // so that they come one after the other
		}
		cancel()
		time.Sleep(time.Second) // the bubble's clock
		leave()
		synctest.Wait()
		if len(served) != 49 || !slices.IsSorted(served) || slices.Contains(served, 7) {
			t.Errorf("served %v", served)
		}
		if waits, waited := l.Waits(); waits != 50 || waited != 49*time.Second {
			t.Errorf("%d waits of %v", waits, waited)
		}
	})
}
