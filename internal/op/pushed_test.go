package op_test

import (
	"testing"
	"time"

	"ligature/internal/op"
)

// TestPushedIsBound (ATK-103): it is its client's alone, for a minute, until it is answered, and keeps no secret.
func TestPushedIsBound(t *testing.T) {
	p, err := op.NewPushed(asked(op.Params{"client_secret": {"s"}, "client_assertion": {"a"}}), registered(), issuer, unsigned, "h", noon)
	if err != nil || len(p.Params["client_secret"])+len(p.Params["client_assertion"]) != 0 || p.Params["redirect_uri"][0] != callback {
		t.Fatalf("%+v %v", p, err)
	}
	spent := p
	spent.DoneAt = noon
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"in time":        {p.Open("pim", noon.Add(time.Minute-1)), ""},
		"late":           {p.Open("pim", noon.Add(time.Minute)), "authorize.expired"},
		"another client": {p.Open("sdm", noon), "authorize.pushed"},
		"answered":       {spent.Open("pim", noon), "authorize.answered"},
	} {
		if outcome(test.err) != test.want {
			t.Errorf("%s: %v", name, test.err)
		}
	}
	if _, err := op.NewPushed(asked(op.Params{"request_uri": {""}}), registered(), issuer, unsigned, "h", noon); outcome(err) != "invalid_request" {
		t.Error("a request_uri inside:", err)
	}
}
