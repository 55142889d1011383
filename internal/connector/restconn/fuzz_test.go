package restconn

import (
	"testing"

	"ligature/internal/connector"
	"ligature/internal/fault"
)

// FuzzAnswer: whatever a product answers, it is one of two outcomes or no answer, and a proof has a token in it.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"access_token":"x","token_type":"bearer"}`, `{"code":422,"message":"No user found for the given username and password"}`, `{"key":"0190b5d1-7c5a-4cc2-a1c9-6ac1a0a0a0a0"}`,
		`{"non_field_errors":["no"]}`, `{"detail":"no"}`, `[]`, `null`, `{"key":{}}`, `{"access_token":1}`, "", `{"message":"No user found for the given username and password"}{}`,
	} {
		for _, status := range []int{200, 201, 400, 401, 413, 422, 429, 500} {
			f.Add(status, []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, status int, raw []byte) {
		for name, d := range dialects() {
			s := said{status: status, object: decode(raw)}
			outcome, err := d.read(s)
			switch {
			case err != nil && (outcome != "" || !fault.Is(err, fault.Unavailable)):
				t.Errorf("%s: %q and %v", name, outcome, err)
			case err == nil && outcome.Proven() && (status/100 != 2 || s.text("access_token") == "" && s.text("key") == ""):
				t.Errorf("%s: %d %q is a proof", name, status, raw)
			case err == nil && outcome != connector.Match && outcome != connector.Rejected:
				t.Errorf("%s: %q", name, outcome)
			}
			if err := d.alive(s); err != nil && !fault.Is(err, fault.Unavailable) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
