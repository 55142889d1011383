package op_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/ident"
	"ligature/internal/op"
)

// several are facts in which the account has two product accounts of the product.
func several() op.Facts { return on(dana(), second()) }

// chosen are those facts with a choice that the session remembers.
func chosen(person op.Person) op.Facts {
	f := several()
	f.Choice = op.NewChoice(op.AuthRequest{Tenant: "acme", Product: "pim"}, signedIn(), person, noon.Add(-time.Minute))
	return f
}

// TestSeveralAccounts (ATK-124): who is not named is asked about, and never guessed.
func TestSeveralAccounts(t *testing.T) {
	const both, hint = "choose sub_1 sub_4", `{"iss":"https://id.example","aud":"pim","sub":"sub_4"}`
	for name, test := range map[string]struct {
		facts op.Facts
		asked op.Params
		fresh bool
		want  string
	}{
		"nobody named":                         {several(), nil, false, both},
		"silently":                             {several(), op.Params{"prompt": {"none"}}, false, "account_selection_required"},
		"silently, and too old":                {several(), op.Params{"prompt": {"none"}, "max_age": {"1"}}, false, "login_required"},
		"too old":                              {several(), op.Params{"max_age": {"1"}}, false, "sign in"},
		"asked to sign in":                     {several(), op.Params{"prompt": {"login"}}, false, "sign in"},
		"has just signed in":                   {several(), op.Params{"prompt": {"login"}}, true, both},
		"the hint names one":                   {several(), op.Params{"id_token_hint": {hint}}, false, "answer sub_4"},
		"the hint names one, silently":         {several(), op.Params{"id_token_hint": {hint}, "prompt": {"none"}}, false, "answer sub_4"},
		"the hint names one, something chosen": {chosen(dana()), op.Params{"id_token_hint": {hint}}, false, "answer sub_4"},
		"the hint names somebody else":         {several(), op.Params{"id_token_hint": {`{"iss":"https://id.example","aud":"pim","sub":"sub_9"}`}}, false, "sign in"},
		"chosen before":                        {chosen(second()), nil, false, "answer sub_4"},
		"chosen before, silently":              {chosen(dana()), op.Params{"prompt": {"none"}}, false, "answer sub_1"},
		"chosen, and to be selected":           {chosen(second()), op.Params{"prompt": {"select_account"}}, false, both},
		"chosen, and signed in for it":         {chosen(second()), op.Params{"prompt": {"select_account"}}, true, both},
		"to be selected, after a sign-in":      {several(), op.Params{"prompt": {"login select_account"}}, false, "sign in"},
		"to be selected, only one":             {on(dana()), op.Params{"prompt": {"select_account"}}, false, "sign in"},
		"to be selected, the hint names one":   {several(), op.Params{"id_token_hint": {hint}, "prompt": {"select_account"}}, false, "sign in"},
	} {
		t.Run(name, func(t *testing.T) {
			q, session := parsed(t, test.asked), signedIn()
			if test.fresh {
				session.AuthAt = noon
			} else {
				q = q.Bind(session)
			}
			if got := told(op.Next(q, test.facts, session, noon)); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// TestChoiceIsVoid: a remembered choice counts in its session, for its tenant and product, while its link stands and until
// there is more to choose from.
func TestChoiceIsVoid(t *testing.T) {
	third := second()
	third.ProductAccount.ID, third.ProductAccount.Subject, third.Link.ID, third.Link.ProductAccount = "pa_5", "sub_5", "li_5", "pa_5"
	for name, test := range map[string]struct {
		change func(*op.Facts)
		want   string
	}{
		"nothing changed":          {func(*op.Facts) {}, "answer sub_4"},
		"of another session":       {func(f *op.Facts) { f.Choice.Session = "se_0" }, "choose sub_1 sub_4"},
		"of another tenant":        {func(f *op.Facts) { f.Choice.Tenant = "globex" }, "choose sub_1 sub_4"},
		"of another product":       {func(f *op.Facts) { f.Choice.Product = "sdm" }, "choose sub_1 sub_4"},
		"of another link":          {func(f *op.Facts) { f.Choice.Link = "li_0" }, "choose sub_1 sub_4"},
		"of no link":               {func(f *op.Facts) { f.Choice.Link, f.Persons[1].Link.ID = "", "" }, "choose sub_1 sub_4"},
		"the link was suspended":   {func(f *op.Facts) { f.Persons[1].Link.State = account.LinkSuspended }, "answer sub_1"},
		"the link ended, two left": {func(f *op.Facts) { f.Persons = []op.Person{dana(), third} }, "choose sub_1 sub_5"},
		"the link was made anew":   {func(f *op.Facts) { f.Persons[1].Link.ID = "li_6" }, "choose sub_1 sub_4"},
		"one was linked since": {func(f *op.Facts) {
			third.Link.ActiveAt = noon.Add(-time.Second)
			f.Persons = append(f.Persons, third)
		}, "choose sub_1 sub_4 sub_5"},
		"one was linked before": {func(f *op.Facts) {
			third.Link.ActiveAt = noon.Add(-time.Hour)
			f.Persons = append(f.Persons, third)
		}, "answer sub_4"},
	} {
		t.Run(name, func(t *testing.T) {
			f := chosen(second())
			test.change(&f)
			if got := told(op.Next(parsed(t, nil), f, signedIn(), noon)); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// TestChoose: the answer to the question is one of those that were asked about, whatever was sent.
func TestChoose(t *testing.T) {
	stranger := second()
	stranger.ProductAccount.ID, stranger.Link.ProductAccount, stranger.Link.Account, stranger.Account.ID = "pa_9", "pa_9", "ac_9", "ac_9"
	elsewhere := second()
	elsewhere.ProductAccount.ID, elsewhere.ProductAccount.Tenant, elsewhere.Link.ProductAccount = "pa_3", "globex", "pa_3"
	facts := on(dana(), second(), stranger, elsewhere)
	ended := signedIn()
	ended.EndedAt = noon
	for name, test := range map[string]struct {
		facts   op.Facts
		session *op.Session
		asked   op.Params
		picked  ident.ProductAccountID
		want    string
	}{
		"the first":                      {facts, signedIn(), nil, "pa_1", "answer sub_1"},
		"the second":                     {facts, signedIn(), nil, "pa_4", "answer sub_4"},
		"of a stranger":                  {facts, signedIn(), nil, "pa_9", "choose.foreign: choose sub_1 sub_4"},
		"of another tenant":              {facts, signedIn(), nil, "pa_3", "choose.foreign: choose sub_1 sub_4"},
		"none":                           {facts, signedIn(), nil, "", "choose.foreign: choose sub_1 sub_4"},
		"a subject":                      {facts, signedIn(), nil, "sub_4", "choose.foreign: choose sub_1 sub_4"},
		"another than the hint's":        {facts, signedIn(), op.Params{"id_token_hint": {`{"iss":"https://id.example","aud":"pim","sub":"sub_4"}`}}, "pa_1", "choose.foreign: choose sub_4"},
		"another than the remembered":    {chosen(dana()), signedIn(), nil, "pa_4", "answer sub_4"},
		"selected on purpose":            {chosen(dana()), signedIn(), op.Params{"prompt": {"select_account"}}, "pa_4", "answer sub_4"},
		"one whose link has ended":       {on(dana()), signedIn(), nil, "pa_4", "choose.foreign: choose sub_1"},
		"signed out meanwhile":           {facts, nil, nil, "pa_1", "sign in"},
		"the session ended meanwhile":    {facts, ended, nil, "pa_1", "sign in"},
		"too old meanwhile":              {facts, signedIn(), op.Params{"max_age": {"1"}}, "pa_1", "sign in"},
		"switched off meanwhile":         {op.Facts{Persons: facts.Persons}, signedIn(), nil, "pa_1", "tenant_not_enabled"},
		"by a session of another person": {facts, limited("ac_1"), nil, "pa_4", "choose.foreign: choose sub_1"},
	} {
		t.Run(name, func(t *testing.T) {
			q := parsed(t, test.asked)
			step, err := op.Choose(q, test.facts, test.session, test.picked, noon)
			got := told(step)
			if err != nil {
				got = outcome(err) + ": " + got
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// TestChoiceOfAGrant: each of several accounts has its own sub.
func TestChoiceOfAGrant(t *testing.T) {
	q := parsed(t, nil)
	for _, person := range []op.Person{dana(), second()} {
		step, err := op.Choose(q, several(), signedIn(), person.ProductAccount.ID, noon)
		if err != nil {
			t.Fatal(err)
		}
		g := op.NewGrant(q, registered().Client, signedIn(), step.Person, "gr_1", noon)
		c := op.NewChoice(q, signedIn(), step.Person, noon)
		info, err := op.UserInfo(op.Standing{Grant: g, Person: step.Person})
		if err != nil || g.ProductAccount != person.ProductAccount.ID || c != (op.Choice{Session: "se_1", Tenant: "acme", Product: "pim", Link: person.Link.ID, At: noon}) {
			t.Errorf("%+v %+v %v", g, c, err)
		}
		if want := fmt.Sprintf(`"sub":%q`, person.ProductAccount.Subject); !bytes.Contains(info, []byte(want)) {
			t.Errorf("%s is not told as %s", info, want)
		}
	}
}

// TestSeveralAccountsInAPilot: a pilot that one of two accounts takes part in is no reason to guess; the other one is led to
// the product's own sign-in when it is picked, and only then.
func TestSeveralAccountsInAPilot(t *testing.T) {
	pilot := func(f op.Facts, people ...string) op.Facts {
		f.Rollout, f.Pilots = directory.RolloutPilot, directory.Pilots{{People: people}}
		return f
	}
	hint := op.Params{"id_token_hint": {`{"iss":"https://id.example","aud":"pim","sub":"sub_4"}`}}
	selected := op.Params{"prompt": {"select_account"}}
	for name, test := range map[string]struct {
		facts  op.Facts
		asked  op.Params
		want   string
		picked string
	}{
		"both":                          {pilot(several(), "dana", "dana.orders"), nil, "choose sub_1 sub_4", "answer sub_4"},
		"the first":                     {pilot(several(), "dana"), nil, "choose sub_1 sub_4", "tenant_not_enabled"},
		"the second":                    {pilot(several(), "dana.orders"), nil, "choose sub_1 sub_4", "answer sub_4"},
		"neither":                       {pilot(several(), "else"), nil, "tenant_not_enabled", "tenant_not_enabled"},
		"neither, to be selected":       {pilot(several(), "else"), selected, "sign in", "sign in"},
		"the first, to be selected":     {pilot(several(), "dana"), selected, "choose sub_1 sub_4", "tenant_not_enabled"},
		"the first, the hint is second": {pilot(several(), "dana"), hint, "tenant_not_enabled", "tenant_not_enabled"},
		"chosen, and put out since":     {pilot(chosen(second()), "dana"), nil, "tenant_not_enabled", "tenant_not_enabled"},
		"one, in":                       {pilot(on(second()), "dana.orders"), nil, "answer sub_4", "answer sub_4"},
		"one, out":                      {pilot(on(second()), "dana"), nil, "tenant_not_enabled", "tenant_not_enabled"},
	} {
		t.Run(name, func(t *testing.T) {
			q, session := parsed(t, test.asked), signedIn()
			q = q.Bind(session)
			if got := told(op.Next(q, test.facts, session, noon)); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			step, err := op.Choose(q, test.facts, session, "pa_4", noon)
			if got := told(step); err != nil || got != test.picked {
				t.Errorf("picked: got %s (%v), want %s", got, err, test.picked)
			}
		})
	}
}
