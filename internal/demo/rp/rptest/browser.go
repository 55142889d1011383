package rptest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// Browser keeps cookies and follows redirects.
type Browser struct {
	t      testing.TB
	client *http.Client
}

// Page is what a browser ended on.
type Page struct {
	Status int
	// URL is the last address, with its query.
	URL *url.URL
	// Text is the body.
	Text   string
	Header http.Header
}

// NewBrowser opens a browser without cookies.
func NewBrowser(t testing.TB) *Browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Browser{t: t, client: &http.Client{Jar: jar}}
}

// Open opens an address.
func (b *Browser) Open(target string) Page {
	b.t.Helper()
	request, err := http.NewRequest(http.MethodGet, target, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.Do(request)
}

// Post sends a form.
func (b *Browser) Post(target string, fields ...string) Page {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	request, err := http.NewRequest(http.MethodPost, target, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.Do(request)
}

// Do sends a request and follows where it leads.
func (b *Browser) Do(request *http.Request) Page {
	b.t.Helper()
	response, err := b.client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return Page{Status: response.StatusCode, URL: response.Request.URL, Text: string(body), Header: response.Header}
}
