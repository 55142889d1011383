package server

import "testing"

// TestRest: after a busy time memory is given back once, and neither in it nor for probes alone.
func TestRest(t *testing.T) {
	freed := 0
	r := rest{free: func() { freed++ }}
	for i, step := range []struct {
		served int64
		want   int
	}{{0, 0}, {restRequests, 0}, {restRequests + 1, 0}, {9000, 0}, {3, 1}, {3, 1}, {0, 1}, {80, 1}, {restRequests, 2}} {
		r.served.Add(step.served)
		if err := r.look(t.Context()); err != nil || freed != step.want {
			t.Errorf("step %d: freed %d times, want %d (%v)", i, freed, step.want, err)
		}
	}
}
