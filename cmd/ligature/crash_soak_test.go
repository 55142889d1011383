//go:build soak && linux

package main

import (
	"database/sql"
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// rounds is how often the server is killed.
const rounds = 200

// TestSoakCrash kills a server on SQLite (kill -9) two hundred times while people sign in, link, exchange tokens, unlink,
// change addresses and passwords: what they were answered is there afterwards, once; every mail was sent, and to nobody else.
//
// Where a kill falls is counted in answers: after one, instead of one (it is written, and lost on its way), or as soon as
// the server has a form. People press again what was not answered.
//
// It was red while a reset that somebody had asked for was held in memory until after the answer.
func TestSoakCrash(t *testing.T) {
	c := openCrowd(t, 600, 4, "sqlite:ligature.db", 1)
	k := &killer{dice: rand.New(rand.NewPCG(1, 2)), done: make(chan struct{}, 1)}
	c.front.watch = k.watch
	server := c.front.replicas[0]
	server.start()
	enough, ended := make(chan struct{}), make(chan []*visitor)
	go func() {
		ended <- c.walk(enough, func(v *visitor, which int) {
			if v.journey(which) {
				v.finished = true
			}
		})
	}()
	for range rounds {
		k.arm()
		select {
		case <-k.done:
		case <-time.After(2 * time.Minute):
			t.Fatal("nobody walks")
		}
		holds, copied := c.remembered(), c.copied()
		server.start()
		c.compare(copied, holds)
	}
	close(enough)
	began := <-ended
	finished, steps := 0, 0
	var stuck []string
	for _, v := range began {
		steps += v.steps
		if !v.finished {
			stuck = append(stuck, v.stuck)
			continue
		}
		finished++
		c.busy <- struct{}{}
		if !v.later() {
			t.Errorf("at the end %s", v.stuck)
		}
		<-c.busy
	}
	ask := func(query string) []string { return rows(t, filepath.Join(c.dir, "ligature.db"), query) }
	c.eventuallySent(ask)
	if status := server.stop(); status != exitOK {
		t.Errorf("the last server: exit code %d", status)
	}
	flows := flowsOf(ask)
	c.compare(c.copied(), c.remembered())
	c.mailsAreRight(began, flows)
	t.Logf("%d kills, %d people, %d journeys to their end, %d steps acknowledged, %d mails", rounds, len(began), finished, steps, len(c.inbox.Messages()))
	if len(stuck) > len(began)/20 || finished < rounds/4 {
		t.Errorf("%d of %d came to their end; the test looks at too little\n%s", finished, len(began), strings.Join(stuck, "\n"))
	}
}

// killer kills a server after some answers.
type killer struct {
	mu    sync.Mutex
	dice  *rand.Rand
	armed bool
	left  int // answers until then
	point int
	done  chan struct{}
}

// The points at which it kills.
const (
	afterAnswer = iota
	insteadOfAnswer
	withForm
	points
)

func (k *killer) arm() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.armed, k.left, k.point = true, 5+k.dice.IntN(30), k.dice.IntN(points)
}

// watch is the front's.
func (k *killer) watch(m moment, at *replica, r *http.Request) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if m == answered {
		k.left--
	}
	if !k.armed || k.left > 0 || (m == answered) == (k.point == withForm) || k.point == withForm && r.Method != http.MethodPost {
		return false
	}
	at.kill()
	k.armed = false
	k.done <- struct{}{}
	return k.point == insteadOfAnswer
}

// remembered are the facts that people were told.
func (c *crowd) remembered() map[string]bool {
	all := map[string]bool{}
	for _, v := range c.visitors {
		v.mu.Lock()
		maps.Copy(all, v.facts)
		v.mu.Unlock()
	}
	return all
}

// copied copies the files as the server has left them: the next server finds what this one left, not what a look at it has
// mended.
func (c *crowd) copied() string {
	c.t.Helper()
	to := filepath.Join(c.t.TempDir(), "copy.db")
	for _, end := range []string{"", "-wal"} {
		left, err := os.ReadFile(filepath.Join(c.dir, "ligature.db"+end))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			c.t.Fatal(err)
		}
		if err := os.WriteFile(to+end, left, 0o600); err != nil {
			c.t.Fatal(err)
		}
	}
	return to
}

// compare holds a copy of the database against what people were told, and against itself.
func (c *crowd) compare(file string, holds map[string]bool) {
	c.t.Helper()
	for _, text := range rows(c.t, file, "PRAGMA integrity_check") {
		if text != "ok" {
			c.t.Errorf("the file is not whole: %s", text)
		}
	}
	for _, text := range rows(c.t, file, "SELECT \"table\" FROM pragma_foreign_key_check") {
		c.t.Errorf("a row of %s refers to nothing", text)
	}
	c.matches(func(query string) []string { return rows(c.t, file, query) }, holds)
	_ = os.RemoveAll(filepath.Dir(file))
}

// matches holds a database against what people were told, and against itself.
func (c *crowd) matches(ask func(query string) []string, holds map[string]bool) {
	c.t.Helper()
	found := map[string]int{}
	for _, fact := range ask(picture) {
		found[fact]++
	}
	for fact := range holds {
		if found[fact] != 1 {
			c.t.Errorf("somebody was told %q, and it is there %d times", fact, found[fact])
		}
	}
	for _, what := range doubled {
		for _, which := range ask(what.query) {
			c.t.Errorf("%s: %s", what.name, which)
		}
	}
}

// picture is what visitors can be sure of, in one form on every database.
const picture = `SELECT 'link ' || pa.product_id || ' ' || pa.username || ' ' || l.state || ' ' || a.email FROM link l
 JOIN product_account pa ON pa.tenant_id = l.tenant_id AND pa.id = l.product_account_id
 JOIN account_address a ON a.account_id = l.account_id AND a.is_primary`

// doubled are questions that have no answer while nothing happened twice.
var doubled = []struct{ name, query string }{
	{"a person has two accounts", `SELECT pa.username FROM link l JOIN product_account pa ON pa.tenant_id = l.tenant_id AND pa.id = l.product_account_id
 GROUP BY pa.username HAVING COUNT(DISTINCT l.account_id) > 1`},
	{"an account without a link", `SELECT id FROM account WHERE NOT EXISTS (SELECT 1 FROM link WHERE link.account_id = account.id)`},
	{"two links of one product account at a time", `SELECT product_account_id FROM link WHERE state <> 'ended' GROUP BY product_account_id HAVING COUNT(*) > 1`},
	{"one request was answered twice", `SELECT auth_request_id FROM authorization_grant WHERE auth_request_id <> '' GROUP BY auth_request_id HAVING COUNT(*) > 1`},
	{"two families of one grant", `SELECT grant_id FROM token_family GROUP BY grant_id HAVING COUNT(*) > 1`},
	{"an event of a flow happened twice", `SELECT flow_id || ' ' || action FROM event
 WHERE flow_id <> '' AND action IN ('account.created', 'link.activated', 'legacy.proven', 'mailbox.proven', 'session.started', 'email.changed', 'password.reset')
 GROUP BY flow_id, action HAVING COUNT(*) > 1`},
}

// rows are the first column of a query, of a SQLite file that nobody else uses.
func rows(t *testing.T, file, query string) (all []string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(file))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	return column(t, db, query)
}

func column(t *testing.T, db *sql.DB, query string) (all []string) {
	t.Helper()
	found, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var text string
		if err := found.Scan(&text); err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// flowsOf says whose sign-in each mailed link leads to, where it has led to a link.
func flowsOf(ask func(query string) []string) map[string]string {
	all := map[string]string{}
	for _, text := range ask(`SELECT m.hash || ' ' || pa.username FROM mail_token m JOIN link l ON l.flow_id = m.flow_id
 JOIN product_account pa ON pa.tenant_id = l.tenant_id AND pa.id = l.product_account_id`) {
		hash, of, _ := strings.Cut(text, " ")
		all[hash] = of
	}
	return all
}

// eventuallySent waits until no mail is queued: the last one comes when the lease of a server that was killed has ended.
func (c *crowd) eventuallySent(ask func(query string) []string) {
	c.t.Helper()
	deadline, tick := time.After(4*time.Minute), time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		waiting := ask(`SELECT kind || ' ' || state || ' ' || reason FROM outbox WHERE state <> 'sent'`)
		if len(waiting) == 0 {
			return
		}
		select {
		case <-deadline:
			c.t.Errorf("mails that were never sent: %v", waiting)
			return
		case <-tick.C:
		}
	}
}
