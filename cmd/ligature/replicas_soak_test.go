//go:build soak && servers && linux

package main

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"ligature/internal/testkit/servers"
)

// TestSoakReplicas walks the journeys over three servers on one PostgreSQL, each request on another one than that before it,
// once for every request of a journey and every point at which the server that has it can be killed (kill -9): as soon as it
// has the request, instead of its answer, after its answer. It is started again; the person presses again what was not
// answered. Everybody ends in the product, with one account and one link each; nothing happened twice, nothing was lost,
// every mail came. Afterwards guesses that are spread over the three are counted together.
func TestSoakReplicas(t *testing.T) {
	dsn := servers.Postgres(t)
	c := openCrowd(t, 240, 2, dsn, 3)
	k := &stepKiller{plans: map[string]*plan{}, killed: make(chan *replica, 1)}
	c.front.watch = k.watch
	for _, r := range c.front.replicas {
		r.start()
	}
	enough, ended := make(chan struct{}), make(chan []*visitor)
	var once sync.Once
	go func() {
		ended <- c.walk(enough, func(v *visitor, which int) {
			p := k.plan(v.network, which/int(points)+1, which%int(points))
			b := v.browser("T")
			defer b.Close()
			v.finished = v.first(b) && v.tokens(b) && v.second(b) && v.later()
			if v.finished && !k.fired(p) {
				once.Do(func() { close(enough) }) // no journey has so many requests
			}
		})
	}()
	var began []*visitor
	for began == nil {
		select {
		case r := <-k.killed:
			r.start()
		case began = <-ended:
		}
	}
	kills, steps := 0, 0
	for _, v := range began {
		steps += v.steps
		if k.fired(k.plans[v.network]) {
			kills++
		}
		if !v.finished {
			t.Errorf("did not end in the product: %s", v.stuck)
		}
	}
	if kills < 20*int(points) {
		t.Errorf("%d kills; the test looks at too little", kills)
	}
	c.guesses(began[0])
	ask := func(query string) []string { return postgresRows(t, dsn, query) }
	c.eventuallySent(ask)
	c.matches(ask, c.remembered())
	c.mailsAreRight(began, flowsOf(ask))
	t.Logf("%d kills at as many points, %d people, %d steps acknowledged, %d mails", kills, len(began), steps, len(c.inbox.Messages()))
}

// guesses types wrong passwords for one account, each at another server.
func (c *crowd) guesses(v *visitor) {
	c.t.Helper()
	b := v.browser("guesses")
	defer b.Close()
	b.Open(productURL + "/")
	b.Press("Continue", "email", v.mail)
	tried := 0
	for ; tried < 12 && b.Page.Form("Login") != nil; tried++ {
		b.Press("Login", "password", "Wrong-Guess-Of-Somebody-7")
	}
	if b.Page.Status != http.StatusTooManyRequests || tried > 6 {
		c.t.Errorf("after %d guesses over three servers: %d %q", tried, b.Page.Status, b.Page.H1)
	}
}

// plan is at which request of a person a server is killed, and when.
type plan struct {
	at, point, step int
	fired           bool
}

// stepKiller kills the server that has a certain request of a person.
type stepKiller struct {
	mu     sync.Mutex
	plans  map[string]*plan // by network
	steps  sync.Map         // of *http.Request: its number
	killed chan *replica
}

func (k *stepKiller) plan(network string, at, point int) *plan {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.plans[network] = &plan{at: at, point: point}
	return k.plans[network]
}

func (k *stepKiller) fired(p *plan) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return p != nil && p.fired
}

// watch is the front's.
func (k *stepKiller) watch(m moment, at *replica, r *http.Request) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	p := k.plans[r.Header.Get("X-Forwarded-For")]
	if p == nil {
		return false
	}
	if m == taken {
		p.step++
		k.steps.Store(r, p.step)
	}
	step, _ := k.steps.Load(r)
	if p.fired || step != p.at || (m == answered) == (p.point == withForm) {
		return false
	}
	p.fired = true
	at.kill()
	k.killed <- at
	return p.point == insteadOfAnswer
}

// postgresRows are the first column of a query.
func postgresRows(t *testing.T, dsn, query string) (all []string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	found, err := conn.Query(ctx, query)
	if err == nil {
		all, err = pgx.CollectRows(found, pgx.RowTo[string])
	}
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return all
}
