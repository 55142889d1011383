package sdm_test

import (
	"crypto/rand"
	"net/http"
	"strings"
	"testing"

	"ligature/internal/connector/conform"
	"ligature/internal/connector/httpconn"
	"ligature/internal/testkit/openapi"
)

// Everything that is answered below the contract's paths is in its document.
func TestAnswersAreTheDocuments(t *testing.T) {
	w := start(t)
	d := openapi.Read(t, httpconn.OpenAPI())
	id := func(email string) string { return w.id(t, email) }
	for path, bodies := range map[string][]string{
		"/ligature/v1/find": {`{"by":"email","value":"rita@acme.example"}`, `{"by":"email","value":"nobody@acme.example"}`, `{"by":"username","value":"rita"}`,
			`{"by":"id","value":"` + id("sales@acme.example") + `"}`, `{"by":"phone","value":"1"}`, `{`, `{"by":"email","value":"` + strings.Repeat("x", 64<<10) + `"}`},
		"/ligature/v1/verify": {`{"id":"","identifier":"rita@acme.example","password":"` + password + `"}`, `{"id":"","identifier":"rita@acme.example","password":"wrong"}`,
			`{"id":"4711","identifier":"rita@acme.example","password":"wrong"}`, `{"id":"` + id("old@acme.example") + `","identifier":"","password":"all lower case"}`,
			`{"id":"` + id("off@acme.example") + `","identifier":"","password":"` + password + `"}`, `{"id":"` + id("must@acme.example") + `","identifier":"","password":"` + password + `"}`,
			`{"id":"` + id("locked@acme.example") + `","identifier":"","password":"` + password + `"}`, `{"id":7}`},
		"/ligature/v1/reset": {`{"identifier":"rita@acme.example"}`, `{"identifier":"nobody@acme.example"}`, `[]`},
	} {
		for _, body := range bodies {
			page := w.send(t, w.call(path, body))
			if err := d.Answer(path, page.Status, page.Header.Get("Content-Type"), []byte(page.Text)); err != nil {
				t.Errorf("%s %.80s: %v", path, body, err)
			}
		}
		unsigned := w.call(path, `{}`)
		unsigned.signature = ""
		if page := w.send(t, unsigned); page.Status != http.StatusUnauthorized || d.Answer(path, page.Status, "", nil) != nil {
			t.Errorf("%s unsigned: %d", path, page.Status)
		}
	}
}

// The stand-in is held to what any product's developer is held to.
func TestConforms(t *testing.T) {
	w := start(t)
	report, err := conform.Run(t.Context(), conform.Options{Email: "rita@acme.example", Password: password,
		Endpoint: httpconn.Options{URL: w.url, AllowPrivate: true, Secret: []byte(secret), Now: w.now, Rand: rand.Reader}})
	if err != nil || report.Broken > 0 || report.Held < 40 {
		t.Errorf("%v, %+v", err, report)
	}
}
