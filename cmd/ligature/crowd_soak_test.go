//go:build soak && linux

package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ligature/internal/demo/inbox"
	"ligature/internal/demo/pim"
	"ligature/internal/demo/rp"
	"ligature/internal/seal"
)

// What the crowd meets beside the world's product: another one, and a client that keeps its tokens itself.
const (
	otherURL = "http://dam.localhost:7003"
	toolURL  = "http://tool.localhost:7005/back"
)

// crowd are people who sign in to two products, by way of a front before the servers.
type crowd struct {
	*world
	front           *front
	otherAt, toolAt string
	client          *http.Client
	visitors        []*visitor
	// busy is how many walk at a time; who waits for a mail does not walk.
	busy chan struct{}
}

// openCrowd makes a world for so many people. The servers are not running yet.
func openCrowd(t *testing.T, people, busy int, database string, replicas int) *crowd {
	t.Helper()
	c := &crowd{busy: make(chan struct{}, busy)}
	c.world = openWorld(t, func(text string) string { return crowdConfig(text, database) })
	var processes []*replica
	for range replicas {
		r := &replica{t: t, file: c.file()}
		t.Cleanup(r.kill)
		processes = append(processes, r)
	}
	c.front = openFront(t, processes)
	c.at = c.front.address()
	c.client = &http.Client{Transport: &http.Transport{DialContext: c.dial, DisableKeepAlives: true}, Timeout: 30 * time.Second}
	other, err := pim.Open(t.Context(), pim.Config{Path: filepath.Join(c.dir, "dam.db"), BaseURL: otherURL, Tenant: "acme", Name: "Example DAM",
		SMTPAddr: c.inbox.SMTPAddr(), RP: rp.Config{Issuer: issuer, ClientID: "dam", ClientSecret: clientSecret, HTTPClient: c.client}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	var here, there []pim.Person
	for i := range people {
		name := fmt.Sprintf("person%04d", i)
		p := pim.Person{Username: name, Email: name + "@acme.example", FirstName: "Person", LastName: fmt.Sprint(i), Password: "Lamp-River-" + name}
		v := &visitor{c: c, Person: p, mail: p.Email, password: p.Password, other: "Slate-Harbour-" + name,
			network: fmt.Sprintf("10.%d.%d.1", i/250, i%250), facts: map[string]bool{}}
		c.visitors = append(c.visitors, v)
		here = append(here, p)
		p.Email, p.Password = v.otherMail(), v.other
		there = append(there, p)
	}
	if err := c.pim.Seed(t.Context(), here); err != nil {
		t.Fatal(err)
	}
	if err := other.Seed(t.Context(), there); err != nil {
		t.Fatal(err)
	}
	c.otherAt = c.listen(other)
	c.toolAt = c.listen(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(func() {
		if t.Failed() {
			for i, r := range processes {
				t.Logf("the log of server %d:\n%s", i, r.log)
			}
		}
	})
	return c
}

// crowdConfig is the world's configuration with the other product, limits that a crowd on one machine does not meet, and
// the database.
func crowdConfig(text, database string) string {
	_, connector, _ := strings.Cut(text, "  connectors:\n")
	connector, _, _ = strings.Cut(connector, "  clients:\n")
	_, instance, _ := strings.Cut(text, "  instances:\n")
	second := strings.NewReplacer("acme-pim", "acme-dam", "pim.db", "dam.db", "product: pim", "product: dam", "client: pim", "client: dam", "pim.localhost:7002", "dam.localhost:7003")
	back := "redirect_uris: [http://pim.localhost:7002"
	text = strings.Replace(text, "  clients:\n", second.Replace(connector)+"  clients:\n    - {id: dam, product: dam, secret_file: pim-client, id_token_alg: ES256}\n", 1)
	text += second.Replace(instance)
	return strings.NewReplacer(
		"suite:\n", "trusted_proxies: [127.0.0.0/8]\nsuite:\n",
		"  products:\n", "  limits: {flows_per_network_per_hour: 1000000, mails_per_address_per_hour: 1000, mails_per_address_per_day: 10000}\n  products:\n    - {id: dam, name: Example DAM, mark: flow}\n",
		"level: debug", "level: info", "timeout: 20s", "timeout: 20s\n      lockout_threshold: 0",
		"sqlite:ligature.db", database, back, "redirect_uris: ["+toolURL+", http://pim.localhost:7002").Replace(text)
}

func (c *crowd) listen(h http.Handler) string {
	server := httptest.NewServer(h)
	c.t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// dial reaches the parts by their names.
func (c *crowd) dial(ctx context.Context, network, address string) (net.Conn, error) {
	to := map[string]string{"dam.localhost:7003": c.otherAt, "tool.localhost:7005": c.toolAt}[address]
	if to == "" {
		return c.world.dial(ctx, network, address)
	}
	return (&net.Dialer{}).DialContext(ctx, network, to)
}

// rest lets somebody else walk meanwhile.
func (c *crowd) rest(while func()) {
	<-c.busy
	defer func() { c.busy <- struct{}{} }()
	while()
}

// walk sends the people on their journeys, one after the other, until enough is closed, and gives those who began when all
// of them have come to an end.
func (c *crowd) walk(enough <-chan struct{}, journey func(v *visitor, which int)) (began []*visitor) {
	var all sync.WaitGroup
	defer all.Wait()
	for i, v := range c.visitors {
		select {
		case <-enough:
			return began
		case c.busy <- struct{}{}:
		}
		began = append(began, v)
		all.Go(func() {
			defer func() { <-c.busy }()
			journey(v, i)
		})
	}
	return began
}

// mailsAreRight holds every mail against who it went to: what was acknowledged was sent, nobody got what is somebody
// else's, and each link leads to the sign-in of its receiver.
func (c *crowd) mailsAreRight(began []*visitor, flows map[string]string) {
	c.t.Helper()
	owner := map[string]*visitor{}
	for _, v := range began {
		for _, address := range []string{v.Email, v.otherMail(), v.Username + "@moved.example"} {
			owner[address] = v
		}
	}
	received := map[expected]bool{}
	for _, m := range c.inbox.Messages() {
		v := owner[strings.Trim(m.To, "<> ")]
		if v == nil {
			c.t.Errorf("a mail %q went to %s", m.Subject, m.To)
			continue
		}
		for _, word := range strings.FieldsFunc(m.Text, func(r rune) bool { return !('a' <= r && r <= 'z' || '0' <= r && r <= '9') }) {
			if strings.HasPrefix(word, "person0") && word != v.Username {
				c.t.Errorf("a mail %q about %s went to %s", m.Subject, word, m.To)
			}
		}
		if link := confirmOnly.FindString(m.Text); link != "" {
			_, secret, _ := strings.Cut(link, "?t=")
			if of := flows[seal.HashSecret(seal.ForMailToken, secret)]; of != "" && of != v.Username {
				c.t.Errorf("the link in a mail to %s leads to the sign-in of %s", m.To, of)
			}
		}
		c.received(received, m)
	}
	for _, v := range began {
		for _, want := range v.mailed {
			if !c.got(received, want) {
				c.t.Errorf("%s never got a mail %q", want.to, want.subject)
			}
		}
	}
}

// received notes a mail.
func (c *crowd) received(all map[expected]bool, m inbox.Message) {
	all[expected{strings.Trim(m.To, "<> "), m.Subject}] = true
}

// got reports whether a mail to that address has those words in its subject.
func (c *crowd) got(all map[expected]bool, want expected) bool {
	for m := range all {
		if m.to == want.to && strings.Contains(m.subject, want.subject) {
			return true
		}
	}
	return false
}
