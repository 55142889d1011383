package demo

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"ligature/internal/audit"
	"ligature/internal/ident"
	"ligature/internal/sqlstore"
)

// guide remembers what the tour's buttons did, and what there is to say about it once.
type guide struct {
	mu     sync.Mutex
	seen   map[string]bool
	saying string
}

func (g *guide) saw(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.seen == nil {
		g.seen = map[string]bool{}
	}
	g.seen[id] = true
}

func (g *guide) has(id string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.seen[id]
}

func (g *guide) say(text string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.saying = text
}

// said gives what was to be said, once.
func (g *guide) said() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	text := g.saying
	g.saying = ""
	return text
}

// tourStep is one step of the tour; it is done when the server has seen what it asks for, or a button did it.
type tourStep struct {
	id   string
	done func(sqlstore.Happening) bool
}

// tourSteps are the steps in the order of the page. Those that nothing in the events tells of are ticked by their buttons.
func tourSteps() []tourStep {
	linked := func(product ident.ProductID, name string) func(sqlstore.Happening) bool {
		return func(h sqlstore.Happening) bool {
			return h.Event.Action == audit.LinkActivated && h.Product == product && (h.Username == name || h.Email.Key() == name)
		}
	}
	any := func(actions ...audit.Action) func(sqlstore.Happening) bool {
		return func(h sqlstore.Happening) bool {
			for _, a := range actions {
				if h.Event.Action == a {
					return true
				}
			}
			return false
		}
	}
	return []tourStep{
		{"first", linked("pim", "dana@acme.example")}, {"several", linked("sdm", "sam@acme.example")},
		{"second", linked("sdm", "rita.m@suppliers.example")}, {"forgot", any(audit.ResetAsked)}, {"waits", any(audit.LinkWaits)},
		{"unexpected", any(audit.RequestStopped)}, {"device", any(audit.CodeShown)}, {"invited", any(audit.InvitationAccepted)},
		{"own", any(audit.LinkRestored)}, {"rollout", any(audit.RolloutChanged)}, {"down", any()},
	}
}

// ticked are the steps that are done.
func (w *World) ticked(ctx context.Context) (map[string]bool, error) {
	happened, err := w.server.Store().Happenings(ctx, tenant, 2000)
	done := map[string]bool{}
	for _, s := range tourSteps() {
		done[s.id] = w.guide.has(s.id)
		for _, h := range happened {
			// The tenant's first switch is its declaration.
			first := h.Event.Action == audit.RolloutChanged && h.Event.At.Equal(happened[len(happened)-1].Event.At)
			done[s.id] = done[s.id] || s.done(h) && !first
		}
	}
	return done, err
}

var (
	mailedLink = regexp.MustCompile(`http://\S+/email/confirm\?t=[A-Za-z0-9_-]+`)
	anyLink    = regexp.MustCompile(`http://[^\s"<>]+`)
	shownCode  = regexp.MustCompile(`<bdi[^>]*>([0-9A-Z]{4} [0-9A-Z]{4})</bdi>`)
)

// newestLink is the verification link of the newest mail that has one, and the mail's text.
func (w *World) newestLink() (link, text string) {
	for _, m := range w.inbox.Messages() {
		if link = mailedLink.FindString(m.Text); link != "" {
			return link, m.Text
		}
	}
	return "", ""
}

// elsewhere is a browser that knows nothing: no cookie, no other page.
func (w *World) elsewhere() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: w.dial, DisableKeepAlives: true}, Timeout: 10 * time.Second}
}

// scan does what mail scanners do to the newest mail: every link, by HEAD and GET, several times.
func (w *World) scan(ctx context.Context) string {
	_, text := w.newestLink()
	if text == "" {
		return "There is no verification mail yet. Begin a first sign-in, up to Check your inbox."
	}
	for range 3 {
		for _, link := range anyLink.FindAllString(text, -1) {
			for _, method := range []string{http.MethodHead, http.MethodGet} {
				r, err := http.NewRequestWithContext(ctx, method, link, nil)
				if err != nil {
					continue
				}
				if answered, err := w.elsewhere().Do(r); err == nil {
					_ = answered.Body.Close()
				}
			}
		}
	}
	w.guide.saw("scanner")
	return "The scanner opened every link of the newest mail, by HEAD and by GET, three times. Nothing was confirmed and nothing was stopped: go on with Continue."
}

// openElsewhere opens the newest mail's link in a browser that did not begin, and reads the code there.
func (w *World) openElsewhere(ctx context.Context) string {
	link, _ := w.newestLink()
	at, err := url.Parse(link)
	if link == "" || err != nil {
		return "There is no verification mail yet. Begin a first sign-in, up to Check your inbox."
	}
	body := url.Values{"t": {at.Query().Get("t")}}.Encode()
	at.Path, at.RawQuery = "/email/confirm/code", ""
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at.String(), strings.NewReader(body))
	if err != nil {
		return "The other device could not open the link."
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	answered, err := w.elsewhere().Do(r)
	if err != nil {
		return "The other device could not open the link."
	}
	defer answered.Body.Close()
	page, _ := io.ReadAll(io.LimitReader(answered.Body, 1<<16))
	found := shownCode.FindSubmatch(page)
	if found == nil {
		return "The link of the newest mail does nothing any more. Begin another first sign-in, up to Check your inbox."
	}
	return "The other device shows " + string(found[1]) + ". Type it into the tab that began; nowhere else is it worth anything."
}
