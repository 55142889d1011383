package testkit

import (
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Browser is one person's browser, with scripts off: a cookie jar, the page in front of it, and how it got there.
type Browser struct {
	t      testing.TB
	name   string
	client *http.Client
	jar    *jar
	// Page is the page in front.
	Page *Page
	// Hops are the addresses of the last navigation, redirects included.
	Hops []string
	// Header is added to every request.
	Header http.Header
	// Patience is how long what nobody answers is sent again and again, as somebody does who presses reload; 0 is not at all.
	Patience time.Duration
	// Unanswered counts the forms that had to be sent again: what the first answer brought, a cookie for example, may be lost.
	Unanswered int
}

// Dial opens a connection to a name of the world under test.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// NewBrowser opens a browser with an empty jar.
func NewBrowser(t testing.TB, name string, dial Dial) *Browser {
	t.Helper()
	b := &Browser{t: t, name: name, jar: newJar(t), Header: http.Header{}}
	transport := &http.Transport{DialContext: dial, DisableKeepAlives: false}
	t.Cleanup(transport.CloseIdleConnections)
	b.client = &http.Client{Transport: transport, Jar: b.jar, Timeout: 20 * time.Second,
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			b.Hops = append(b.Hops, r.URL.String())
			if len(via) > 15 {
				return http.ErrUseLastResponse
			}
			return nil
		}}
	return b
}

// Close closes the browser's connections; it can be used again.
func (b *Browser) Close() { b.client.CloseIdleConnections() }

// jar keeps Secure cookies for plain http as well: browsers do so for *.localhost.
type jar struct{ inner *cookiejar.Jar }

func newJar(t testing.TB) *jar {
	inner, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &jar{inner}
}

func secure(u *url.URL) *url.URL {
	c := *u
	c.Scheme = "https"
	return &c
}

// SetCookies implements http.CookieJar.
func (j *jar) SetCookies(u *url.URL, cookies []*http.Cookie) { j.inner.SetCookies(secure(u), cookies) }

// Cookies implements http.CookieJar.
func (j *jar) Cookies(u *url.URL) []*http.Cookie { return j.inner.Cookies(secure(u)) }

// Cookies are the cookies the browser would send to an address, by name.
func (b *Browser) Cookies(at string) map[string]string {
	u, err := url.Parse(at)
	if err != nil {
		b.t.Fatal(err)
	}
	all := map[string]string{}
	for _, c := range b.jar.Cookies(u) {
		all[c.Name] = c.Value
	}
	return all
}

// Do sends a request as this browser would and shows the answer.
func (b *Browser) Do(r *http.Request) *Page {
	b.t.Helper()
	b.Hops = []string{r.URL.String()}
	maps.Copy(r.Header, b.Header)
	response, body, err := b.send(r)
	if err != nil && b.Patience > 0 {
		response, body, err = b.again(r, err)
	}
	if err != nil {
		b.t.Fatalf("%s: %s %s: %v", b.name, r.Method, r.URL, err)
	}
	b.Page = parsePage(b.t, response, body)
	return b.Page
}

func (b *Browser) send(r *http.Request) (*http.Response, []byte, error) {
	response, err := b.client.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return response, body, err
}

// again sends what was sent, until it is answered or patience ends. Where an answer has led on already, it goes on from there:
// what reload does.
func (b *Browser) again(r *http.Request, err error) (*http.Response, []byte, error) {
	patience := time.After(b.Patience)
	every := time.NewTicker(20 * time.Millisecond)
	defer every.Stop()
	for {
		if at := b.Hops[len(b.Hops)-1]; at != r.URL.String() {
			if r, err = http.NewRequest(http.MethodGet, at, http.NoBody); err != nil {
				return nil, nil, err
			}
			maps.Copy(r.Header, b.Header)
		}
		if r.Method == http.MethodPost {
			b.Unanswered++
		}
		select {
		case <-patience:
			return nil, nil, err
		case <-every.C:
		}
		r.Header.Del("Cookie") // the client has added them, and adds them again
		if r.GetBody != nil {
			if r.Body, err = r.GetBody(); err != nil {
				return nil, nil, err
			}
		}
		response, body, failed := b.send(r)
		if failed == nil {
			return response, body, nil
		}
		err = failed
	}
}

// Open goes to an address.
func (b *Browser) Open(at string) *Page {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodGet, at, http.NoBody)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "none")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	return b.Do(r)
}

// Press sends the form with the button of that name, with the fields as they stand and these on top. Names of fields are
// those of the form.
func (b *Browser) Press(button string, fields ...string) *Page {
	b.t.Helper()
	form := b.Page.Form(button)
	if form == nil {
		b.t.Fatalf("%s: no button %q on %q; there are %q\n%s", b.name, button, b.Page.Title, b.Page.Buttons(), b.Page.Text())
	}
	return b.Send(form, fields...)
}

// Send sends a form of any page, also of one that is no longer in front.
func (b *Browser) Send(form *Form, fields ...string) *Page {
	b.t.Helper()
	r := b.Request(form, fields...)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Origin", r.URL.Scheme+"://"+r.URL.Host)
	return b.Do(r)
}

// Request is the request of a form, not yet sent.
func (b *Browser) Request(form *Form, fields ...string) *http.Request {
	b.t.Helper()
	values := url.Values{}
	for name, value := range form.Fields {
		values.Set(name, value)
	}
	for i := 0; i+1 < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	at := form.Action
	body := strings.NewReader(values.Encode())
	if form.Method == http.MethodGet {
		u, err := url.Parse(at)
		if err != nil {
			b.t.Fatal(err)
		}
		u.RawQuery = values.Encode()
		at, body = u.String(), strings.NewReader("")
	}
	r, err := http.NewRequest(form.Method, at, body)
	if err != nil {
		b.t.Fatal(err)
	}
	if form.Method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

// Follow opens the link with that text.
func (b *Browser) Follow(text string) *Page {
	b.t.Helper()
	for _, l := range b.Page.Links {
		if l.Text == text {
			return b.Open(l.URL)
		}
	}
	b.t.Fatalf("%s: no link %q on %q; there are %v", b.name, text, b.Page.Title, b.Page.Links)
	return nil
}
