package connector_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"ligature/internal/connector"
	"ligature/internal/ident"
)

func TestOnlyMatchesAreProofs(t *testing.T) {
	for outcome, want := range map[connector.Outcome]bool{
		connector.Match: true, connector.MatchWeak: true, connector.Rejected: false, connector.WrongPassword: false, connector.NotFound: false, connector.Disabled: false,
		connector.Locked: false, connector.MustReset: false, connector.Unavailable: false, "": false, "MATCH": false,
	} {
		if outcome.Proven() != want {
			t.Errorf("%q proves: %v, want %v", outcome, !want, want)
		}
	}
}

func TestHopelessPasswords(t *testing.T) {
	for password, want := range map[string]bool{
		"": true, " ": true, "\t\n": true, "\u00a0\u3000": true, "a\x00b": true, "\xff": true, strings.Repeat("x", 1025): true,
		"a": false, " a ": false, "密码": false, strings.Repeat("x", 1024): false,
	} {
		if connector.Hopeless(password) != want {
			t.Errorf("%.10q is hopeless: %v, want %v", password, !want, want)
		}
	}
}

// TestQuestionsDoNotShowWhatWasTyped holds for every verb, for fields of other structs, and for JSON.
func TestQuestionsDoNotShowWhatWasTyped(t *testing.T) {
	id, err := ident.ParseIdentifier("canary-user")
	if err != nil {
		t.Fatal(err)
	}
	check := connector.Check{ExternalID: "canary-id", Identifier: id, Password: "canary-password"}
	query := connector.Query{By: connector.ByEmail, Value: "canary@example.com"}
	for _, value := range []any{check, &check, query, &query, []any{check, query}, struct{ C connector.Check }{check}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			if got := fmt.Sprintf(verb, value); strings.Contains(got, "canary") || strings.Contains(got, "63616e617279") {
				t.Errorf("%s shows %s", verb, got)
			}
		}
		if got, err := json.Marshal(value); err != nil || strings.Contains(string(got), "canary") {
			t.Errorf("JSON shows %s, %v", got, err)
		}
	}
}
