//go:build soak && linux

package main

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"ligature/internal/demo/inbox"
	"ligature/internal/demo/pim"
	"ligature/internal/testkit"
)

// visitor is somebody who does not give up when nobody answers, and remembers what was said.
type visitor struct {
	c *crowd
	pim.Person
	mail, password string // what they sign in with now
	other          string // the password of the other product
	network        string // nobody else is in it: a check that a kill cut off has counted, and a network has only so many
	linked         bool

	mu     sync.Mutex
	facts  map[string]bool // what the database has to hold, as picture says it
	steps  int             // acknowledged
	way    []string        // the pages they saw, for whoever asks why they are stuck
	mailed []expected
	stuck  string

	finished bool
}

// expected is a mail that an acknowledged step brings.
type expected struct{ to, subject string }

// said notes a step that was acknowledged, with the mails that it brings.
func (v *visitor) said(mails ...expected) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.steps++
	v.mailed = append(v.mailed, mails...)
}

// holds says what the database holds from now on; nothing while a change is under way.
func (v *visitor) holds(facts ...string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.facts = map[string]bool{}
	for _, f := range facts {
		v.facts[f] = true
	}
}

// link is the fact of a link.
func (v *visitor) link(product, state string) string {
	return "link " + product + " " + v.Username + " " + state + " " + v.mail
}

func (v *visitor) browser(name string) *testkit.Browser {
	b := testkit.NewBrowser(v.c.t, v.Username+" "+name, v.c.dial)
	b.Patience = time.Minute
	b.Header.Set("X-Forwarded-For", v.network)
	return b
}

// in reports that a page is the product's, with the person signed in.
func (v *visitor) in(product string) func(*testkit.Page) bool {
	return func(p *testkit.Page) bool { return strings.HasPrefix(p.URL.String(), product) && p.Says("Person") }
}

func titled(h1 string) func(*testkit.Page) bool {
	return func(p *testkit.Page) bool { return p.H1 == h1 }
}

// walk does what each page asks for until done, and reports whether that came. own says what to do where a button of that
// name is. A page that leads nowhere is left for the beginning after a moment, as somebody would.
func (v *visitor) walk(b *testkit.Browser, start string, done func(*testkit.Page) bool, own map[string]func()) bool {
	patience := time.After(2 * time.Minute)
	b.Open(start)
	for {
		v.saw(b)
		if done(b.Page) {
			return true
		}
		if v.act(b, own) {
			continue
		}
		select {
		case <-patience:
			v.gaveUp(b)
			return false
		case <-time.After(50 * time.Millisecond):
			b.Open(start)
		}
	}
}

// saw remembers the page in front.
func (v *visitor) saw(b *testkit.Browser) {
	v.way = append(v.way, fmt.Sprintf("%d %s %q", b.Page.Status, b.Page.URL.Path, b.Page.H1))
}

// act does what a page asks for; false when it asks for nothing.
func (v *visitor) act(b *testkit.Browser, own map[string]func()) bool {
	for button, press := range own {
		if b.Page.Form(button) != nil {
			press()
			return true
		}
	}
	switch {
	case !strings.HasPrefix(b.Page.URL.String(), issuer):
		return false
	case b.Page.H1 == "Confirm your email address":
		b.Press("Confirm & Continue", "email", v.mail)
	case b.Page.Form("Login") != nil:
		b.Press("Login", "password", v.password)
	case b.Page.Form("Continue") != nil && b.Page.H1 == "Log in":
		name := v.Username
		if v.linked {
			name = v.mail
		}
		b.Press("Continue", "email", name)
	case b.Page.Form("Continue") != nil:
		b.Press("Continue")
	default:
		return false
	}
	return true
}

// open is walk for somebody who is signed in: no page may ask who they are, unless the answer to a form was lost, and the
// cookie in it.
func (v *visitor) open(b *testkit.Browser, start string, done func(*testkit.Page) bool, own map[string]func()) bool {
	return v.walk(b, start, func(p *testkit.Page) bool {
		if strings.HasPrefix(p.URL.String(), issuer) && p.H1 == "Log in" && b.Unanswered == 0 {
			v.c.t.Errorf("%s was signed in and is asked to log in at %s", v.Username, start)
		}
		return done(p)
	}, own)
}

func (v *visitor) gaveUp(b *testkit.Browser) {
	v.saw(b)
	v.stuck = fmt.Sprintf("%s on the way %q: %s", v.Username, v.way[max(0, len(v.way)-12):], b.Page.Text())
}

// links gives one link of that shape after the other from the mails to an address, waiting for those that are late: a mail
// that a server was killed over comes when its lease has ended. It stops when try says that it was the right one.
func (v *visitor) links(to string, shape *regexp.Regexp, try func(link string) bool) bool {
	ctx, cancel := context.WithTimeout(v.c.t.Context(), 7*time.Minute)
	defer cancel()
	tried := map[string]bool{}
	for {
		link := ""
		v.c.rest(func() {
			_, _ = v.c.inbox.Wait(ctx, func(m inbox.Message) bool {
				if !strings.Contains(m.To, to) {
					return false
				}
				found := shape.FindString(m.Text)
				if found == "" || tried[found] {
					return false
				}
				link = found
				return true
			})
		})
		if link == "" {
			v.stuck = fmt.Sprintf("%s on the way %q: no mail to %s leads on; %d were tried", v.Username, v.way[max(0, len(v.way)-12):], to, len(tried))
			return false
		}
		tried[link] = true
		if try(link) {
			return true
		}
	}
}

var (
	confirmOnly  = regexp.MustCompile(`http://\S+/email/confirm\?t=[A-Za-z0-9_-]+`)
	resetOnly    = regexp.MustCompile(`http://\S+/reset/confirm\?t=[A-Za-z0-9_-]+`)
	agreeConfirm = regexp.MustCompile(`http://\S+/me/email/confirm\?t=[A-Za-z0-9_-]+`)
	agreeApprove = regexp.MustCompile(`http://\S+/me/email/approve\?t=[A-Za-z0-9_-]+`)
	unlinkOther  = regexp.MustCompile(`href="(/me/unlink/[^"]+)" aria-label="Unlink… Example DAM`)
	undoOther    = regexp.MustCompile(`href="(/me/undo/[^"]+)"`)
)

// first signs in to the product for the first time.
func (v *visitor) first(b *testkit.Browser) bool {
	if !v.walk(b, productURL+"/", titled("Check your inbox"), nil) {
		return false
	}
	v.said(expected{v.mail, "Confirm your email address"})
	waiting := b.Page.Form("Continue")
	return v.links(v.mail, confirmOnly, func(link string) bool {
		b.Open(link)
		b.Send(waiting)
		v.saw(b)
		// Where the answer was lost, the cookie of the session was in it: the accounts are linked, and the password opens them.
		if b.Page.H1 != "Your accounts are linked" && (b.Unanswered == 0 || b.Page.H1 != "Log in") {
			return false
		}
		v.linked = true
		v.said()
		v.holds(v.link("pim", "active"))
		return v.open(b, productURL+"/", v.in(productURL), nil)
	})
}

// second opens the other product and proves its password.
func (v *visitor) second(b *testkit.Browser) bool {
	if !v.open(b, otherURL+"/", v.in(otherURL), map[string]func(){"CONTINUE": func() { b.Press("CONTINUE", "email", v.Username, "password", v.other) }}) {
		return false
	}
	v.said(expected{v.mail, "is now linked"}, expected{v.otherMail(), "is now linked"})
	v.holds(v.link("pim", "active"), v.link("dam", "active"))
	return true
}

func (v *visitor) otherMail() string { return v.Username + "@dam.example" }

// unlinks takes the link of the other product apart, and back.
func (v *visitor) unlinks(b *testkit.Browser) bool {
	v.holds(v.link("pim", "active"))
	gone := func(p *testkit.Page) bool { return p.H1 == "Your sign-in" && undoOther.MatchString(p.Body) }
	for b.Open(issuer + "/me"); !gone(b.Page); {
		found := unlinkOther.FindStringSubmatch(b.Page.Body)
		if found == nil {
			v.gaveUp(b)
			return false
		}
		if !v.open(b, issuer+found[1], gone, map[string]func(){"Unlink": func() { b.Press("Unlink", "password", v.password) }}) {
			return false
		}
	}
	v.said(expected{v.mail, "was unlinked"}, expected{v.otherMail(), "was unlinked"})
	v.holds(v.link("pim", "active"), v.link("dam", "ended"))
	undo := issuer + undoOther.FindStringSubmatch(b.Page.Body)[1]
	v.holds(v.link("pim", "active"))
	if !v.open(b, undo, func(p *testkit.Page) bool { return p.H1 == "Your sign-in" && unlinkOther.MatchString(p.Body) },
		map[string]func(){"Undo": func() { b.Press("Undo", "password", v.password) }}) {
		return false
	}
	v.said(expected{v.mail, "account again"}, expected{v.otherMail(), "account again"})
	v.holds(v.link("pim", "active"), v.link("dam", "active"))
	return true
}

// moves changes the address of the account.
func (v *visitor) moves(b *testkit.Browser) bool {
	from, to := v.mail, v.Username+"@moved.example"
	if !v.open(b, issuer+"/me/email", titled("Check your inbox"), map[string]func(){"Send links": func() { b.Press("Send links", "email", to, "password", v.password) }}) {
		return false
	}
	v.said(expected{to, "Use this address"}, expected{from, "Change the address"})
	waiting := b.Page.Form("Continue")
	if waiting == nil {
		v.gaveUp(b)
		return false
	}
	if !v.links(from, agreeApprove, func(link string) bool { return b.Open(link).Status == http.StatusOK }) {
		return false
	}
	return v.links(to, agreeConfirm, func(link string) bool {
		b.Open(link)
		v.holds()
		b.Send(waiting)
		v.saw(b)
		if b.Page.H1 != "Your email address was changed" {
			return false
		}
		v.mail = to
		v.said(expected{from, "was changed"}, expected{to, "was changed"})
		v.holds(v.link("pim", "active"), v.link("dam", "active"))
		return true
	})
}

// forgets sets a new password from another device.
func (v *visitor) forgets() bool {
	b := v.browser("forgot")
	defer b.Close()
	if !v.walk(b, issuer+"/reset", titled("Check your inbox"), map[string]func(){"Send reset link": func() { b.Press("Send reset link", "email", v.mail) }}) {
		return false
	}
	v.said(expected{v.mail, "Set a new"})
	changed := func(p *testkit.Page) bool { return p.Says("Your password was changed. Sign in with it.") }
	next := "Pebble-Orchard-" + v.Username
	return v.links(v.mail, resetOnly, func(link string) bool {
		if b.Open(link).Form("Save and continue") == nil {
			v.saw(b)
			return false
		}
		v.holds()
		b.Press("Save and continue", "password", next)
		v.saw(b)
		if b.Unanswered > 0 && b.Page.H1 == "This link has already been used" {
			v.password = next // that was this form; signing in with the password shows it
			return true
		}
		if !changed(b.Page) {
			return false
		}
		v.password = next
		v.said(expected{v.mail, "password was changed"})
		return true
	})
}

// later signs in on another day, from another browser.
func (v *visitor) later() bool {
	b := v.browser("later")
	defer b.Close()
	if !v.walk(b, productURL+"/", v.in(productURL), map[string]func(){
		"Link accounts": func() { b.Press("Link accounts") },
		"CONTINUE":      func() { b.Press("CONTINUE", "email", v.Username, "password", v.Password) },
	}) {
		return false
	}
	v.said()
	return true
}

// journey is all of it, with one of the changes.
func (v *visitor) journey(which int) bool {
	b := v.browser("T")
	defer b.Close()
	if !v.first(b) || !v.tokens(b) || !v.second(b) {
		return false
	}
	switch which % 3 {
	case 0:
		return v.unlinks(b) && v.tokens(b) && v.later()
	case 1:
		return v.moves(b) && v.tokens(b) && v.later()
	default:
		return v.forgets() && v.later()
	}
}
