package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"ligature/internal/linking"
	"ligature/internal/sqlstore/storetest"
)

// TestWaitingForTheFileEnds: who waits while another process writes waits as long as their context lets them, first in the queue
// or behind others, and is told so; who still waits when it is over gets through.
func TestWaitingForTheFileEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ligature.db")
	storetest.Migrated(t, path)
	store := openFile(t, path, nil)
	other, err := store.Raw.Conn(t.Context())
	check(t, err)
	_, err = other.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	check(t, err)
	var waits, patient sync.WaitGroup
	for i := range 6 {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		waits.Go(func() {
			err := store.SetTally(ctx, linking.Tally{Key: fmt.Sprint("brief ", i), Failures: 1})
			if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() == nil {
				t.Errorf("%d: %v", i, err)
			}
		})
		patient.Go(func() {
			if err := store.SetTally(t.Context(), linking.Tally{Key: fmt.Sprint("patient ", i), Failures: 1}); err != nil {
				t.Errorf("patient %d: %v", i, err)
			}
		})
	}
	// The file is still another's: only their contexts end it. Were they not heard, the patient would give up with them.
	waits.Wait()
	_, err = other.ExecContext(t.Context(), "ROLLBACK")
	check(t, err)
	check(t, other.Close())
	patient.Wait()
	if pools := store.Pools(); pools[0].Name != "write" || pools[0].Stats.WaitCount == 0 {
		t.Errorf("nobody is thought to have waited: %+v", pools[0])
	}
	for i := range 6 {
		for kind, want := range map[string]int{"brief": 0, "patient": 1} {
			tally, err := store.Tally(t.Context(), fmt.Sprint(kind, " ", i))
			if err != nil || tally.Failures != want {
				t.Errorf("%s %d: %+v, %v", kind, i, tally, err)
			}
		}
	}
}
