package rp_test

import (
	"sync/atomic"
	"testing"
	"time"

	"ligature/internal/demo/rp/rptest"
)

// TestOffIsBelievedAsLongAsAsked: an answer is kept for its max_age, one that says off is asked for again each time with
// its tag, and a provider that tells nothing is not off.
func TestOffIsBelievedAsLongAsAsked(t *testing.T) {
	var moved atomic.Int64
	began := time.Now()
	now := func() time.Time { return began.Add(time.Duration(moved.Load())) }
	provider := rptest.Start(t, now)
	p := startProduct(t, provider.URL, now)
	off := func(want bool, asked int) {
		t.Helper()
		if got := p.party.Off(t.Context()); got != want {
			t.Errorf("off is %v", got)
		}
		if got := len(provider.RolloutsAsked()); got != asked {
			t.Errorf("asked %d times, want %d", got, asked)
		}
	}
	off(false, 1) // it tells nothing
	provider.Rolls("on")
	off(false, 2)
	off(false, 2)
	provider.Rolls("off")
	moved.Add(int64(29 * time.Second))
	off(false, 2)
	moved.Add(int64(2 * time.Second))
	off(true, 3)
	off(true, 4)
	if tags := provider.RolloutsAsked(); tags[2] != `"on"` || tags[3] != `"off"` {
		t.Errorf("tags sent: %q", tags)
	}
	provider.Rolls("pilot")
	off(false, 5)
	off(false, 5)
	provider.Stop()
	moved.Add(int64(time.Minute))
	off(false, 5)
}

// TestRefusalEndsBelief: what the authorization endpoint says counts at once, however long the answer before was good for.
func TestRefusalEndsBelief(t *testing.T) {
	provider := rptest.Start(t, time.Now)
	p := startProduct(t, provider.URL, time.Now)
	provider.Rolls("on")
	if p.party.Off(t.Context()) {
		t.Fatal("off")
	}
	provider.Rolls("off")
	provider.Refuses("tenant_not_enabled")
	rptest.NewBrowser(t).Open(p.url + "/go")
	if !p.party.Off(t.Context()) {
		t.Error("the answer from before the refusal was believed")
	}
}
