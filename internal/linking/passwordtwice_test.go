package linking_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// plain stores passwords as they are, with what tells two hashes of one apart after a "#".
type plain struct{ linking.Passwords }

func (plain) Verify(_ context.Context, stored, password string) (ok, rehash bool, err error) {
	stored, _, _ = strings.Cut(stored, "#")
	return stored == password, false, nil
}
func (plain) Hash(_ context.Context, password string) (string, error) { return password, nil }
func (plain) Weakness(string, int, ...string) string                  { return "" }

// overtaken is a store in which somebody else's change of the account comes first, once, and the account as it is stored.
type overtaken struct {
	*shelf
	linking.AccountStore
	stored  linking.Holding
	by      string // the hash that the other change leaves
	commits []linking.Outcome
}

func (o *overtaken) Holding(context.Context, ident.AccountID) (linking.Holding, error) {
	return o.stored, nil
}

func (o *overtaken) Commit(_ context.Context, out linking.Outcome) error {
	if o.by != "" {
		o.stored.Credential.Hash, o.by = o.by, ""
		return fault.New(fault.Moved, "credential.moved")
	}
	o.commits = append(o.commits, out)
	return nil
}

// TestPasswordChangedMeanwhile: the own password's form, sent twice at once: the second finds its password right, and then changed by the
// first. That is no wrong attempt, neither counted nor taken note of. Where the same password was only hashed anew, the change goes on.
func TestPasswordChangedMeanwhile(t *testing.T) {
	for name, c := range map[string]struct {
		typed, by, key    string
		commits, failures int
	}{
		"nobody was faster":          {typed: "old", commits: 1},
		"the same form was faster":   {typed: "old", by: "new", key: "session.missing"},
		"the same password, anew":    {typed: "old", by: "old#2", commits: 1},
		"a wrong one":                {typed: "guess", key: "password.wrong", commits: 1, failures: 1},
		"a wrong one, and overtaken": {typed: "guess", by: "other", key: "password.wrong", commits: 1, failures: 2},
		"a wrong one that came true": {typed: "guess", by: "guess", commits: 1},
	} {
		stored := holding(held())
		stored.Credential.Hash = "old"
		s := &overtaken{shelf: &shelf{setting: *setting("acme", "pim"), tallies: map[string]linking.Tally{}}, stored: stored, by: c.by}
		service := &linking.Service{Store: s, Accounts: s, Tallies: s, Dice: rolls{}, Passwords: plain{}, Now: func() time.Time { return start }}
		_, err := service.ChangePassword(t.Context(), signedIn(), linking.PasswordForm{Present: c.typed, Next: "new", StepToken: "step"},
			linking.Origin{}, "en")
		if c.key == "" && err != nil || c.key != "" && fault.KeyOf(err) != c.key || len(s.commits) != c.commits {
			t.Errorf("%s: %v, %d changes", name, err, len(s.commits))
		}
		if got := s.tallies[linking.AccountKey(stored.Account.ID)].Failures; got != c.failures {
			t.Errorf("%s: %d failures counted", name, got)
		}
	}
}
