//go:build soak

package main

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver is registered by import; there is no other way to have it

	"ligature/internal/demo/inbox"
	"ligature/internal/demo/pim"
	"ligature/internal/testkit"
)

// rounds is how often the server is killed.
const rounds = 200

// crashes is a server that is killed over and over while people sign in.
type crashes struct {
	*world

	mu sync.Mutex
	// asked and linked are the steps that were acknowledged: the page said so.
	asked, linked map[string]pim.Person
	later         []func()
	stuck         []string
	networks      atomic.Int64
}

// TestSoakCrash kills a server on SQLite (kill -9) two hundred times while people sign in: what a page has said is there
// afterwards, once; every mail was sent, and to nobody else.
func TestSoakCrash(t *testing.T) {
	address := freeAddress(t)
	c := &crashes{asked: map[string]pim.Person{}, linked: map[string]pim.Person{}}
	c.world = openWorld(t, func(text string) string {
		text = strings.Replace(text, "listen: 127.0.0.1:0", "listen: "+address, 1)
		text = strings.Replace(text, "suite:\n", "trusted_proxies: [127.0.0.0/8]\nsuite:\n", 1)
		return strings.Replace(text, "  products:", "  limits: {flows_per_network_per_hour: 1000000}\n  products:", 1)
	})
	c.at = address
	seeded := crowd(2 * rounds)
	if err := c.pim.Seed(t.Context(), seeded); err != nil {
		t.Fatal(err)
	}
	people, enough := make(chan pim.Person), make(chan struct{})
	go func() {
		defer close(people)
		for _, p := range seeded {
			select {
			case people <- p:
			case <-enough:
				return
			}
		}
	}()
	var walking sync.WaitGroup
	for range 3 {
		walking.Go(func() {
			for p := range people {
				c.begin(p)
			}
		})
	}
	c.kill()
	last := c.start()
	close(enough)
	walking.Wait()
	for _, finish := range c.later {
		finish()
	}
	c.eventuallySent()
	if err := last.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := last.Wait(); err != nil {
		t.Errorf("the last server: %v", err)
	}
	t.Logf("%d kills, %d addresses acknowledged, %d links, %d mails, %d gave up", rounds, len(c.asked), len(c.linked), len(c.inbox.Messages()), len(c.stuck))
	if len(c.linked) < rounds/4 || len(c.stuck) > len(c.linked) {
		t.Errorf("%d of %d people were linked; the test looks at too little\n%s", len(c.linked), len(c.asked), strings.Join(c.stuck, "\n"))
	}
	c.everythingIsThere()
}

// eventuallySent waits until no mail is queued: the last one comes when the lease of a server that was killed has ended.
func (c *crashes) eventuallySent() {
	c.t.Helper()
	deadline, tick := time.After(4*time.Minute), time.NewTicker(time.Second)
	defer tick.Stop()
	for c.stored(`SELECT COUNT(*) FROM outbox WHERE state = 'queued'`) > 0 {
		select {
		case <-deadline:
			return // everythingIsThere says which
		case <-tick.C:
		}
	}
}

// crowd are as many people.
func crowd(n int) []pim.Person {
	all := make([]pim.Person, n)
	for i := range all {
		name := fmt.Sprintf("person%03d", i)
		all[i] = pim.Person{Username: name, Email: name + "@acme.example", FirstName: "Person", LastName: fmt.Sprint(i), Password: "Lamp-River-" + name}
	}
	return all
}

// kill starts the server and kills it a moment later, again and again.
func (c *crashes) kill() {
	c.t.Helper()
	dice := rand.New(rand.NewPCG(1, 2))
	for range rounds {
		running := c.start()
		<-time.After(time.Duration(200+dice.IntN(500)) * time.Millisecond)
		if err := running.Process.Kill(); err != nil {
			c.t.Fatal(err)
		}
		_ = running.Wait() // it was killed
	}
}

// start runs ligature serve as a process of its own, and waits until it takes connections.
func (c *crashes) start() *exec.Cmd {
	c.t.Helper()
	child := exec.Command("ligature", "serve", "--config", c.file())
	child.Stderr = c.log
	if err := child.Start(); err != nil {
		c.t.Fatal(err)
	}
	deadline, tick := time.After(30*time.Second), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for {
		if conn, err := net.Dial("tcp", c.at); err == nil {
			_ = conn.Close()
			return child
		}
		select {
		case <-deadline:
			c.t.Fatal("the server does not start")
		case <-tick.C:
		}
	}
}

// browser is a patient one, in a network of its own: a check that a kill cut off has counted, and a network has only so many.
func (c *crashes) browser(p pim.Person) *testkit.Browser {
	b := c.world.browser(p.Username)
	b.Patience = time.Minute
	n := c.networks.Add(1)
	b.Header.Set("X-Forwarded-For", fmt.Sprintf("203.0.%d.%d", n/250, n%250))
	return b
}

// begin walks a person to the page that waits for the mail, and on when the mail comes soon. One that a server was killed
// over comes when its lease has ended; that journey is finished later.
func (c *crashes) begin(p pim.Person) {
	b := c.browser(p)
	if !c.walk(b, p, "Check your inbox") {
		return
	}
	c.note(c.asked, p)
	if c.confirmed(p, time.Second) != "" {
		c.finish(b, p)
		return
	}
	c.mu.Lock()
	c.later = append(c.later, func() { c.finish(b, p) })
	c.mu.Unlock()
}

// finish opens the mailed link and goes on, and signs in once more from another browser.
func (c *crashes) finish(b *testkit.Browser, p pim.Person) {
	link := c.confirmed(p, 3*time.Minute)
	if link == "" {
		c.t.Errorf("%s never got a mail", p.Username)
		return
	}
	b.Open(link)
	if !c.walk(b, p, "Your accounts are linked") {
		return
	}
	c.note(c.linked, p)
	b.Close()
	again := c.browser(p)
	c.walk(again, p, "")
	again.Close()
}

func (c *crashes) note(in map[string]pim.Person, p pim.Person) {
	c.mu.Lock()
	defer c.mu.Unlock()
	in[p.Username] = p
}

// walk does what each page asks for until the page with that heading, or the product without one, and reports whether it came. A page that says that
// something went wrong is left for the product's own address, as somebody would. A password check that a kill cut off has
// counted, as it must; whoever met too many of them is told to wait, and is left standing here.
func (c *crashes) walk(b *testkit.Browser, p pim.Person, heading string) bool {
	c.t.Helper()
	for range 60 {
		if b.Page != nil {
			if heading != "" && b.Page.H1 == heading {
				return true
			}
			if heading == "" && strings.HasPrefix(b.Page.URL.String(), productURL) && b.Page.Says("Person") {
				return true
			}
		}
		switch {
		case b.Page == nil:
			b.Open(productURL + "/")
		case b.Page.H1 == "Confirm your email address":
			b.Press("Confirm & Continue", "email", p.Email)
		case b.Page.Form("Login") != nil && strings.HasPrefix(b.Page.URL.String(), issuer):
			b.Press("Login", "password", p.Password)
		case b.Page.Form("Continue") != nil && b.Page.Value("email") == "" && strings.HasSuffix(b.Page.URL.Path, "/login"):
			b.Press("Continue", "email", p.Username)
		case b.Page.Form("Continue") != nil:
			b.Press("Continue")
		default:
			b.Open(productURL + "/")
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stuck = append(c.stuck, fmt.Sprintf("%s at %s %q", p.Username, b.Page.URL.Path, b.Page.H1))
	return false
}

// confirmed waits for a person's verification mail and gives its link; empty when none came.
func (c *crashes) confirmed(p pim.Person, wait time.Duration) string {
	ctx, cancel := context.WithTimeout(c.t.Context(), wait)
	defer cancel()
	link := ""
	_, _ = c.inbox.Wait(ctx, func(m inbox.Message) bool {
		for _, m := range c.inbox.Messages() {
			if strings.Contains(m.To, p.Email) {
				if link = confirmOnly.FindString(m.Text); link != "" {
					return true
				}
			}
		}
		return false
	})
	return link
}

var confirmOnly = regexp.MustCompile(`http://\S+/email/confirm\?t=[A-Za-z0-9_-]+`)

// stored asks the database that the server has left for one number.
func (c *crashes) stored(query string, args ...any) (n int) {
	c.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(filepath.Join(c.dir, "ligature.db"))+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.QueryRowContext(c.t.Context(), query, args...).Scan(&n); err != nil {
		c.t.Fatal(err)
	}
	return n
}

// everythingIsThere holds the database and the mailbox against what was acknowledged.
func (c *crashes) everythingIsThere() {
	c.t.Helper()
	for _, p := range c.linked {
		if n := c.stored(`SELECT COUNT(*) FROM link JOIN product_account ON product_account.id = link.product_account_id
 JOIN account_address ON account_address.account_id = link.account_id
 WHERE link.state = 'active' AND product_account.username = $1 AND account_address.email = $2`, p.Username, p.Email); n != 1 {
			c.t.Errorf("%s was told that the accounts are linked, and has %d links", p.Username, n)
		}
	}
	if links, accounts := c.stored(`SELECT COUNT(*) FROM link`), c.stored(`SELECT COUNT(*) FROM account`); links != accounts || links < len(c.linked) || links > len(c.asked) {
		c.t.Errorf("%d people were told, and there are %d links and %d accounts", len(c.linked), links, accounts)
	}
	if n := c.stored(`SELECT COUNT(*) FROM outbox WHERE state <> 'sent'`); n != 0 {
		c.t.Errorf("%d mails were never sent", n)
	}
	known := map[string]bool{}
	for _, p := range c.asked {
		known[p.Email] = true
		if c.confirmed(p, time.Second) == "" {
			c.t.Errorf("%s was told to look into the inbox, and nothing is there", p.Username)
		}
	}
	for _, m := range c.inbox.Messages() {
		if !known[strings.Trim(m.To, "<> ")] {
			c.t.Errorf("a mail went to %s", m.To)
		}
		for name, p := range c.asked {
			if strings.Contains(m.Text, name) && !strings.Contains(m.To, p.Email) {
				c.t.Errorf("a mail about %s went to %s", name, m.To)
			}
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
