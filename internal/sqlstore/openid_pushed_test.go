package sqlstore_test

import (
	"bytes"
	"reflect"
	"sync"
	"testing"
	"time"

	"ligature/internal/fault"
	"ligature/internal/op"
)

// testPushed (ATK-103): a pushed request comes back as it was kept, sealed; of grants that answer it one is kept.
func testPushed(t *testing.T, p *provided) {
	pushed := op.Pushed{Hash: "h", Client: "pim", Params: op.Params{"login_hint": {"dana.canary@example.com"}, "x": {"1", "2"}},
		CreatedAt: openIDNoon, Deadline: openIDNoon.Add(time.Minute)}
	check(t, p.SavePushed(p.ctx, pushed))
	if got, err := p.Pushed(p.ctx, "h"); err != nil || !reflect.DeepEqual(got, pushed) {
		t.Errorf("got %+v (%v), want %+v", got, err, pushed)
	}
	if _, err := p.Pushed(p.ctx, "other"); !fault.Is(err, fault.Missing) {
		t.Error(err)
	}
	var params []byte
	check(t, p.store.Raw.QueryRowContext(p.ctx, "SELECT params FROM pushed_request").Scan(&params))
	if bytes.Contains(params, []byte("canary")) {
		t.Error("stored in the open")
	}
	won := 0
	for _, id := range []string{"gr_1", "gr_2"} {
		g := granted(id)
		g.Pushed = "h"
		err := p.AnswerRequest(p.ctx, g, op.Choice{})
		if err == nil {
			won++
		} else if !fault.Is(err, fault.Moved) {
			t.Error(err)
		}
	}
	if got, err := p.Pushed(p.ctx, "h"); won != 1 || err != nil || !got.DoneAt.Equal(openIDNoon) {
		t.Errorf("%d won, %+v %v", won, got, err)
	}
	if err := p.SpendPushed(p.ctx, "h", openIDNoon); !fault.Is(err, fault.Moved) {
		t.Error("refused after it was answered:", err)
	}
	pushed.Hash = "refused"
	check(t, p.SavePushed(p.ctx, pushed))
	check(t, p.SpendPushed(p.ctx, "refused", openIDNoon))
	late := granted("gr_3")
	late.Pushed = "refused"
	if err := p.AnswerRequest(p.ctx, late, op.Choice{}); !fault.Is(err, fault.Moved) {
		t.Error("answered after it was refused:", err)
	}
}

// testAssertion: of many that bring one assertion one is taken, and another client has names of its own.
func testAssertion(t *testing.T, p *provided) {
	a := op.Assertion{Client: "pim", ID: "j", Deadline: openIDNoon.Add(time.Minute)}
	results := make([]error, 8)
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() { results[i] = p.SpendAssertion(p.ctx, a) })
	}
	all.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
		} else if !fault.Is(err, fault.Moved) {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d won", won)
	}
	check(t, p.SpendAssertion(p.ctx, op.Assertion{Client: "sdm", ID: "j", Deadline: a.Deadline}))
	if n, err := p.ForgetOpenID(p.ctx, openIDNoon.Add(time.Minute), 10); err != nil || n != 0 {
		t.Error("forgotten while it counts:", n, err)
	}
	if n, err := p.ForgetOpenID(p.ctx, openIDNoon.Add(time.Hour), 1); err != nil || n != 1 {
		t.Error(n, err)
	}
}
