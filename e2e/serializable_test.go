//go:build servers

package e2e_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"ligature/internal/demo"
	"ligature/internal/testkit"
)

// TestNoSerializationFailureReachesAnybody: on a database whose transactions are serializable by default, as some clusters
// have it and nothing else, PostgreSQL gives sign-ins back that met on one row (40001). They are run again: everybody who
// signs in side by side with everybody else is in, with no page in between that tells of it.
func TestNoSerializationFailureReachesAnybody(t *testing.T) {
	t.Parallel()
	w := openWorldWith(t, demo.Options{Database: database(t) + "&default_transaction_isolation=serializable"})
	people := []string{"one_account", "username", "forgot", "never_started", "administrator"}
	for _, story := range people {
		w.firstSignIn(w.browser(story), w.person(story, "pim"))
	}
	const each = 3 // more of one person's at once would be taken for guessing
	var all sync.WaitGroup
	for i := range each * len(people) {
		p := w.person(people[i%len(people)], "pim")
		b := w.browser(p.Case)
		all.Go(func() {
			defer b.Close()
			for _, step := range []func() *testkit.Page{
				func() *testkit.Page { return b.Open(w.product("pim").URL + "/") },
				func() *testkit.Page { return b.Press("Continue", "email", p.Email) },
				func() *testkit.Page { return b.Press("Login", "password", p.Password) },
			} {
				if page := step(); page.Status != http.StatusOK {
					t.Errorf("%s: %d %q\n%s", p.Case, page.Status, page.H1, page.Text())
					return
				}
			}
			if !strings.HasPrefix(b.Page.URL.String(), w.product("pim").URL) {
				t.Errorf("%s ended at %s: %s", p.Case, b.Page.URL, b.Page.Text())
			}
		})
	}
	all.Wait()
	if !strings.Contains(w.log.String(), "SQLSTATE 40001") {
		t.Error("no transaction was given back: the test shows nothing")
	}
}
