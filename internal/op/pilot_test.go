package op_test

import (
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/op"
)

// inPilot are facts of a pilot that these people are named in.
func inPilot(people []string, persons ...op.Person) op.Facts {
	return op.Facts{Rollout: directory.RolloutPilot, Pilots: directory.Pilots{{People: people}}, Persons: persons}
}

// TestPilotHasWhoItNames: a session that reaches somebody outside is refused with or without prompt=none; a request that
// asks for another sign-in gets one, once.
func TestPilotHasWhoItNames(t *testing.T) {
	neighbour := dana()
	neighbour.ProductAccount.ID, neighbour.ProductAccount.Subject, neighbour.Link.ProductAccount = "pa_4", "sub_4", "pa_4"
	neighbour.ProductAccount.ExternalID, neighbour.ProductAccount.Username = "43", "dana2"
	stranger := dana()
	stranger.Link.Account, stranger.Account.ID = "ac_9", "ac_9"
	for name, test := range map[string]struct {
		facts   op.Facts
		session *op.Session
		params  op.Params
		fresh   bool
		want    string
	}{
		"inside":                            {inPilot([]string{"dana"}, dana()), signedIn(), nil, false, "answer sub_1"},
		"inside, by the product's id":       {inPilot([]string{"id:42"}, dana()), signedIn(), nil, false, "answer sub_1"},
		"inside, silently":                  {inPilot([]string{"dana"}, dana()), signedIn(), op.Params{"prompt": {"none"}}, false, "answer sub_1"},
		"inside, a product session":         {inPilot([]string{"dana"}, dana()), limited("ac_1"), nil, false, "answer sub_1"},
		"outside":                           {inPilot(nil, dana()), signedIn(), nil, false, "tenant_not_enabled"},
		"outside, silently":                 {inPilot(nil, dana()), signedIn(), op.Params{"prompt": {"none"}}, false, "tenant_not_enabled"},
		"outside, a product session":        {inPilot(nil, dana()), limited(""), nil, false, "tenant_not_enabled"},
		"outside, too old":                  {inPilot(nil, dana()), signedIn(), op.Params{"max_age": {"1"}}, false, "tenant_not_enabled"},
		"outside, by the account's address": {inPilot([]string{"dana@example.com"}, dana()), signedIn(), nil, false, "tenant_not_enabled"},
		"outside, somebody else may":        {inPilot(nil, dana()), signedIn(), op.Params{"prompt": {"login"}}, false, "sign in"},
		"outside, and signed in for it":     {inPilot(nil, dana()), signedIn(), op.Params{"prompt": {"login"}}, true, "tenant_not_enabled"},
		"nobody is signed in":               {inPilot(nil), nil, nil, false, "sign in"},
		"nobody is signed in, silently":     {inPilot(nil), nil, op.Params{"prompt": {"none"}}, false, "login_required"},
		"nobody is linked":                  {inPilot(nil), signedIn(), nil, false, "sign in"},
		"one of two":                        {inPilot([]string{"dana2"}, dana(), neighbour), signedIn(), nil, false, "choose sub_1 sub_4"},
		"one of two, the other is asked for": {inPilot([]string{"dana2"}, dana(), neighbour), signedIn(),
			op.Params{"id_token_hint": {`{"iss":"https://id.example","aud":"pim","sub":"sub_1"}`}}, false, "tenant_not_enabled"},
		"whom the session does not reach": {inPilot(nil, stranger), signedIn(), nil, false, "sign in"},
	} {
		t.Run(name, func(t *testing.T) {
			q := parsed(t, test.params)
			session := test.session
			if test.fresh {
				q.Session, q.Browser = "se_0", session.Browser
				session.AuthAt = noon.Add(time.Second)
			} else if session != nil {
				q = q.Bind(session)
			}
			if got := told(op.Next(q, test.facts, session, noon)); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// TestPilotOfBoth: where tenant and product are in a pilot, somebody has to belong to both.
func TestPilotOfBoth(t *testing.T) {
	facts := inPilot([]string{"dana"}, dana())
	facts.Pilots = append(facts.Pilots, directory.Pilot{People: []string{"omar"}})
	if got := told(op.Next(parsed(t, nil), facts, signedIn(), noon)); got != "tenant_not_enabled" {
		t.Error(got)
	}
	ended := dana()
	ended.Link.State = account.LinkEnded
	if got := told(op.Next(parsed(t, nil), inPilot(nil, ended), signedIn(), noon)); got != "sign in" {
		t.Error("a link that has ended:", got)
	}
}
