package op_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/op"
)

// told names a step: answer, sign in, choose, or the reason of the refusal.
func told(s op.Step) string {
	switch s.Kind {
	case op.StepAnswer:
		return "answer " + string(s.Person.ProductAccount.Subject)
	case op.StepRefuse:
		return string(s.Refusal.Reason)
	case op.StepSignIn:
		return "sign in"
	}
	subjects := make([]string, 0, len(s.Persons))
	for _, person := range s.Persons {
		subjects = append(subjects, string(person.ProductAccount.Subject))
	}
	return "choose " + strings.Join(subjects, " ")
}

func on(persons ...op.Person) op.Facts {
	return op.Facts{Rollout: directory.RolloutOn, Persons: persons}
}

func TestRolloutComesFirst(t *testing.T) {
	for rollout, want := range map[directory.Rollout]string{directory.RolloutOn: "answer sub_1", directory.RolloutPilot: "answer sub_1",
		directory.RolloutOff: "tenant_not_enabled", "": "tenant_not_enabled", "else": "tenant_not_enabled"} {
		for _, prompt := range []string{"", "none", "login"} {
			if prompt == "login" && want == "answer sub_1" {
				continue
			}
			q := parsed(t, op.Params{"prompt": {prompt}})
			facts := op.Facts{Rollout: rollout, Persons: []op.Person{dana()}}
			if got := told(op.Next(q, facts, signedIn(), noon)); got != want {
				t.Errorf("%q %q: %s", rollout, prompt, got)
			}
		}
	}
}

// TestProductSessionDoesNotEscape is ATK-91: every kind of session against every product account and prompt, with the
// expected answers computed from who may speak for whom.
func TestProductSessionDoesNotEscape(t *testing.T) {
	linked := dana()
	otherProduct := dana()
	otherProduct.ProductAccount.Product, otherProduct.ProductAccount.ID = "sdm", "pa_2"
	otherProduct.Link.ProductAccount = "pa_2"
	otherTenant := dana()
	otherTenant.ProductAccount.Tenant, otherTenant.ProductAccount.ID = "globex", "pa_3"
	otherTenant.Link.ProductAccount = "pa_3"
	neighbour := second() // of the same product and tenant, linked to the same account
	stranger := dana()
	stranger.Link.Account, stranger.Account.ID = "ac_9", "ac_9"
	unlinked := dana()
	unlinked.Link, unlinked.Account = account.Link{}, account.Account{}
	pending := dana()
	pending.Link.State = account.LinkPending
	suspended := dana()
	suspended.Link.State = account.LinkSuspended
	disabled := dana()
	disabled.Account.Status = account.Disabled

	sessions := map[string]*op.Session{"none": nil, "full": signedIn(), "limited": limited(""), "limited with account": limited("ac_1")}
	ended := signedIn()
	ended.EndedAt = noon
	idle := signedIn()
	idle.UsedAt = noon.Add(-time.Hour)
	over := signedIn()
	over.Deadline = noon
	sessions["ended"], sessions["idle"], sessions["over"] = ended, idle, over

	targets := map[string]op.Person{"linked": linked, "other product": otherProduct, "other tenant": otherTenant, "neighbour": neighbour,
		"stranger": stranger, "unlinked": unlinked, "pending": pending, "suspended": suspended, "disabled": disabled, "nobody": {}}
	reaches := map[string]string{
		"full: linked": "sub_1", "full: neighbour": "sub_4",
		// A product session speaks for its own product account whatever became of the link, and for nothing else.
		"limited: linked": "sub_1", "limited: unlinked": "sub_1", "limited: pending": "sub_1", "limited: suspended": "sub_1",
		"limited: stranger": "sub_1", "limited: disabled": "sub_1",
		"limited with account: linked": "sub_1", "limited with account: pending": "sub_1", "limited with account: suspended": "sub_1",
	}
	for who, session := range sessions {
		for whom, person := range targets {
			for _, prompt := range []string{"", "none", "consent", "login", "select_account"} {
				subject, reached := reaches[who+": "+whom]
				want := "sign in"
				switch {
				case prompt == "none" && !reached:
					want = "login_required"
				case prompt != "login" && prompt != "select_account" && reached:
					want = "answer " + subject
				}
				for _, scope := range []string{"openid", "openid profile email offline_access"} {
					q := parsed(t, op.Params{"prompt": {prompt}, "scope": {scope}})
					name := fmt.Sprintf("%s: %s, prompt %q, scope %q", who, whom, prompt, scope)
					if got := told(op.Next(q, on(person), session, noon)); got != want {
						t.Errorf("%s: got %s, want %s", name, got, want)
					}
				}
			}
		}
	}
}

func TestHintNamesWhoIsAnswered(t *testing.T) {
	for name, test := range map[string]struct {
		prompt string
		fresh  bool
		want   string
	}{
		"silently":                            {"none", false, "login_required"},
		"asked":                               {"", false, "sign in"},
		"somebody else has signed in for it":  {"", true, "login_required"},
		"somebody else after a prompt for it": {"login", true, "login_required"},
	} {
		t.Run(name, func(t *testing.T) {
			q := parsed(t, op.Params{"prompt": {test.prompt}, "id_token_hint": {`{"iss":"https://id.example","aud":"pim","sub":"sub_9"}`}})
			session := signedIn()
			if test.fresh {
				session.AuthAt = noon
			} else {
				q = q.Bind(session)
			}
			if got := told(op.Next(q, on(dana()), session, noon)); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// TestFreshness is the matrix of prompt and max_age against the age of the session (ATK-106).
func TestFreshness(t *testing.T) {
	ages := map[string]time.Duration{"1m": time.Minute, "1h": time.Hour}
	for _, prompt := range []string{"", "none", "login", "select_account", "login select_account", "consent"} {
		for _, maxAge := range []string{"", "0", "1", "60", "10000"} {
			for ageName, age := range ages {
				for _, after := range []bool{false, true} {
					name := fmt.Sprintf("prompt %q, max_age %q, session of %s, signed in for it: %v", prompt, maxAge, ageName, after)
					q := parsed(t, op.Params{"prompt": {prompt}, "max_age": {maxAge}})
					session := signedIn()
					session.IdleTTL, session.AuthAt = 24*time.Hour, noon.Add(-age)
					now := noon
					if after {
						// Somebody took the whole of age to sign in for this request.
						session.ID, session.AuthAt, session.UsedAt, now = "se_2", noon.Add(time.Second), noon.Add(time.Second), noon.Add(age)
						q.Session, q.Browser = "se_1", session.Browser
					} else {
						q = q.Bind(session)
					}
					stale := maxAge == "0" || maxAge == "1" || maxAge == "60" && age > time.Minute
					again := !after && (stale || prompt == "login" || prompt == "select_account" || prompt == "login select_account")
					want := "answer sub_1"
					if again {
						want = "sign in"
					}
					if again && prompt == "none" {
						want = "login_required"
					}
					if got := told(op.Next(q, on(dana()), session, now)); got != want {
						t.Errorf("%s: got %s, want %s", name, got, want)
					}
				}
			}
		}
	}
}

func TestTheSessionItCameWithIsNeverFresh(t *testing.T) {
	session := signedIn()
	session.AuthAt = noon // the same instant as the request
	q := parsed(t, op.Params{"prompt": {"login"}}).Bind(session)
	if got := told(op.Next(q, on(dana()), session, noon)); got != "sign in" {
		t.Error(got)
	}
}

func TestAnotherBrowserCannotGoOn(t *testing.T) {
	q := parsed(t, op.Params{"prompt": {"login"}}).Bind(signedIn())
	thief := signedIn()
	thief.ID, thief.Browser, thief.AuthAt = "se_7", "br_7", noon.Add(time.Second)
	if got := told(op.Next(q, on(dana()), thief, noon.Add(time.Minute))); got != "sign in" {
		t.Error(got)
	}
}

func TestWishForTheAccountsOwnSignIn(t *testing.T) {
	for name, test := range map[string]struct {
		session *op.Session
		values  string
		prompt  string
		fresh   bool
		want    string
	}{
		"full session":                 {signedIn(), op.ACRAccount, "", false, "answer sub_1"},
		"product session":              {limited("ac_1"), op.ACRAccount, "", false, "sign in"},
		"product session, either":      {limited("ac_1"), op.ACRAccount + " " + op.ACRLegacy, "", false, "answer sub_1"},
		"product session, unknown acr": {limited("ac_1"), "gold", "", false, "answer sub_1"},
		"product session, silently":    {limited("ac_1"), op.ACRAccount, "none", false, "answer sub_1"},
		"product session, asked once":  {limited("ac_1"), op.ACRAccount, "", true, "answer sub_1"},
	} {
		t.Run(name, func(t *testing.T) {
			q := parsed(t, op.Params{"acr_values": {test.values}, "prompt": {test.prompt}})
			if test.fresh {
				test.session.AuthAt = noon
			} else {
				q = q.Bind(test.session)
			}
			step := op.Next(q, on(dana()), test.session, noon)
			if got := told(step); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestReaches(t *testing.T) {
	facts := on(dana())
	if !facts.Reaches("sub_1", signedIn()) || facts.Reaches("sub_2", signedIn()) || facts.Reaches("", signedIn()) {
		t.Error("who is reached")
	}
}

func BenchmarkNext(b *testing.B) {
	q, err := parse(asked(nil))
	if err != nil {
		b.Fatal(err)
	}
	facts, session := on(dana()), signedIn()
	for b.Loop() {
		op.Next(q, facts, session, noon)
	}
}
