package connectortest

import (
	"context"
	"testing"
	"time"

	"ligature/internal/connector"
	"ligature/internal/fault"
)

// everyCall asks once by each ability, and gives the errors by name.
func everyCall(ctx context.Context, t *testing.T, w World) map[string]error {
	t.Helper()
	julia := person(t, "julia")
	errs := map[string]error{}
	answer, err := w.Connector.(connector.Verifier).Verify(ctx, w.check(t, julia, julia.Password))
	errs["Verify"] = err
	if err != nil && answer.Outcome != "" {
		t.Errorf("Verify gave an error and %s", answer.Outcome)
	}
	if finder, ok := w.Connector.(connector.Finder); ok {
		for _, by := range []connector.Key{connector.ByEmail, connector.ByUsername, connector.ByID} {
			_, err := finder.Find(ctx, connector.Query{By: by, Value: map[connector.Key]string{connector.ByEmail: julia.Email, connector.ByUsername: julia.Username, connector.ByID: julia.ID}[by]})
			errs["Find by "+string(by)] = err
		}
	}
	if resetter, ok := w.Connector.(connector.Resetter); ok {
		errs["RequestReset"] = resetter.RequestReset(ctx, w.check(t, julia, "").Identifier)
	}
	if lister, ok := w.Connector.(connector.Lister); ok {
		_, _, errs["List"] = lister.List(ctx, "", 5)
	}
	return errs
}

func pulledPlug(t *testing.T, w World) {
	w.Break()
	for name, err := range everyCall(t.Context(), t, w) {
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s without the product: %v, want unavailable", name, err)
		}
	}
	if err := w.Connector.Ping(t.Context()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Ping without the product: %v, want unavailable", err)
	}
	w.Repair()
	for name, err := range everyCall(t.Context(), t, w) {
		if err != nil {
			t.Errorf("%s after the repair: %v", name, err)
		}
	}
}

func hangs(t *testing.T, w World) {
	w.Stall()
	for range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
		started := time.Now()
		for name, err := range everyCall(ctx, t, w) {
			if !fault.Is(err, fault.Unavailable) {
				t.Errorf("%s: %v, want unavailable", name, err)
			}
		}
		cancel()
		if took := time.Since(started); took > 3*time.Second {
			t.Errorf("the calls took %v, the deadline was 150 ms", took)
		}
	}
}

func cancelled(t *testing.T, w World) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, err := range everyCall(ctx, t, w) {
		if err == nil {
			t.Errorf("%s was answered although nobody waits", name)
		}
	}
}
