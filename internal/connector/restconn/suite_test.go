package restconn_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ligature/internal/connector"
	"ligature/internal/connector/connectortest"
	"ligature/internal/connector/guard"
	"ligature/internal/connector/restconn"
)

const (
	clientID = "1_4gm4jvpd0ha8swkks8wkws8w0wwcgowgoko0k4sggk0k888ocg"
	secret   = "21yl7ikxa80gggcssosss4ck4gs0sk8gs8kw4ogsccw0s0koko"
)

// product is one that has the suite's people and answers as the real one does.
type product struct {
	server *httptest.Server
	calls  atomic.Int64
	down   atomic.Bool
	stall  atomic.Bool
	ended  chan struct{}
}

// newProduct serves until t ends.
func newProduct(t *testing.T, answer http.HandlerFunc) *product {
	t.Helper()
	p := &product{ended: make(chan struct{})}
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.calls.Add(1)
		switch {
		case p.down.Load():
			connection, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_ = connection.Close()
			}
		case p.stall.Load():
			_, _ = io.Copy(io.Discard, r.Body)
			select {
			case <-r.Context().Done():
			case <-p.ended:
			case <-time.After(10 * time.Second):
			}
		default:
			answer(w, r)
		}
	}))
	t.Cleanup(func() { close(p.ended); p.server.Close() })
	return p
}

func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// right reports that somebody who may enter has that address and password.
func right(email, password string) bool {
	for _, p := range connectortest.People() {
		if strings.EqualFold(p.Email, email) && p.Password != "" && p.Password == password {
			return p.Flags == (connector.Flags{}) || p.Flags.Privileged || p.Flags.Shared
		}
	}
	return false
}

// fields reads a request as both products do.
func fields(r *http.Request) map[string]string {
	var asked map[string]string
	_ = json.NewDecoder(r.Body).Decode(&asked)
	return asked
}

// pimAnswers answers as the PIM's public reference says.
func pimAnswers(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, message string) {
		text, _ := json.Marshal(map[string]any{"code": status, "message": message})
		reply(w, status, string(text))
	}
	id, pass, _ := r.BasicAuth()
	asked := fields(r)
	switch {
	case r.ContentLength > 300:
		refuse(413, "Request content exceeded the maximum allowed size of 300 bytes")
	case r.URL.Path != "/pim/api/oauth/v1/token" || r.Method != http.MethodPost:
		refuse(404, "No route found")
	case id != clientID || pass != secret:
		refuse(422, `Parameter "client_id" is missing or does not match any client, or secret is invalid`)
	case asked["grant_type"] == "refresh_token":
		refuse(422, "Refresh token is invalid or has expired")
	case asked["grant_type"] != "password" || asked["username"] == "" || asked["password"] == "":
		refuse(422, `Parameter "grant_type", "username" or "password" is missing, empty or invalid`)
	case !right(asked["username"], asked["password"]):
		refuse(422, "No user found for the given username and password")
	default:
		reply(w, 200, `{"access_token":"NzFiYTM4ZTEwMjcwZTcyZWIzZTA0NmY3NjE3MTIyMjM1Y2NlMmNlNWEyMTAzY2UzYmY0YWIxYmUzNTkyMDcyNQ","expires_in":3600,"token_type":"bearer","scope":null,"refresh_token":"x"}`)
	}
}

// sdmAnswers answers in the style of Django REST framework.
func sdmAnswers(w http.ResponseWriter, r *http.Request) {
	asked := fields(r)
	switch {
	case r.URL.Path != "/api/v1/auth/token/" || r.Method != http.MethodPost:
		reply(w, 404, `{"detail":"Not found."}`)
	case asked["email"] == "" || asked["password"] == "" || asked["token_name"] == "":
		reply(w, 400, `{"email":["This field is required."]}`)
	case !right(asked["email"], asked["password"]):
		reply(w, 400, `{"non_field_errors":["Unable to log in with provided credentials."]}`)
	default:
		reply(w, 200, `{"key":"0190b5d1-7c5a-4cc2-a1c9-6ac1a0a0a0a0"}`)
	}
}

func options(preset, url string) restconn.Options {
	o := restconn.Options{Preset: preset, URL: url, AllowPrivate: true}
	if preset == "akeneo-pim" {
		o.URL, o.ClientID, o.Secret = url+"/pim/", clientID, []byte(secret)
	}
	return o
}

func open(t *testing.T, o restconn.Options) connector.Connector {
	t.Helper()
	c, err := restconn.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestConnectorSuite(t *testing.T) {
	for preset, answer := range map[string]http.HandlerFunc{"akeneo-pim": pimAnswers, "supplier-data-manager": sdmAnswers} {
		for name, wrap := range map[string]func(connector.Connector) connector.Connector{
			"bare":    func(c connector.Connector) connector.Connector { return c },
			"guarded": func(c connector.Connector) connector.Connector { return guard.New(c, guard.Options{Failures: 1000}) },
		} {
			t.Run(preset+" "+name, func(t *testing.T) {
				connectortest.Run(t, func(t *testing.T) connectortest.World {
					p := newProduct(t, answer)
					return connectortest.World{
						Connector: wrap(open(t, options(preset, p.server.URL))), Has: connector.Abilities{Verify: true}, Nameless: true, Short: preset == "akeneo-pim",
						Break: func() { p.down.Store(true) }, Repair: func() { p.down.Store(false) }, Stall: func() { p.stall.Store(true) },
						Calls: func() int { return int(p.calls.Load()) },
					}
				})
			})
		}
	}
}
