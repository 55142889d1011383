package httpconn_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ligature/internal/connector"
	"ligature/internal/connector/connectortest"
	"ligature/internal/connector/guard"
	"ligature/internal/connector/httpconn"
	"ligature/internal/fault"
)

func TestConnectorSuite(t *testing.T) {
	for name, wrap := range map[string]func(connector.Connector) connector.Connector{
		"bare":    func(c connector.Connector) connector.Connector { return c },
		"guarded": func(c connector.Connector) connector.Connector { return guard.New(c, guard.Options{Failures: 1000}) },
	} {
		t.Run(name, func(t *testing.T) {
			connectortest.Run(t, func(t *testing.T) connectortest.World {
				p := newProduct(t)
				return connectortest.World{
					Connector: wrap(open(t, options(p.server.URL+"/base/"))), Has: connector.Abilities{Find: true, Verify: true, Reset: true}, FoldsCase: true, SaysWhich: true,
					Break: func() { p.broken.Store(true) }, Repair: func() { p.broken.Store(false) }, Stall: p.hang, Calls: func() int { return int(p.calls.Load()) },
				}
			})
		})
	}
}

func TestAbilitiesAreTheDeclaredOnes(t *testing.T) {
	for _, want := range []connector.Abilities{{Verify: true, Find: true, Reset: true}, {Verify: true, Find: true}, {Verify: true, Reset: true}, {Verify: true}} {
		o := options("http://127.0.0.1:1")
		o.CannotFind, o.CannotReset = !want.Find, !want.Reset
		if got := connector.AbilitiesOf(open(t, o)); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

const (
	julia   = `{"id":"7","username":"julia","email":"julia@example.com"}`
	matched = `{"outcome":"match","account":` + julia + `}`
)

// TestAnythingElseIsUnavailable holds that only the contract's own answers count (ATK-85, ATK-89, ATK-90).
func TestAnythingElseIsUnavailable(t *testing.T) {
	reply := func(status int, contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	const ok = "application/json"
	for name, handler := range map[string]http.HandlerFunc{
		"500": reply(500, ok, matched),
		"401": reply(401, ok, matched),
		"404": reply(404, ok, `{"outcome":"not_found","account":null}`),
		"201": reply(201, ok, matched),
		"204": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) },
		"302 to a match": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/match", http.StatusTemporaryRedirect)
		},
		"HTML":                       reply(200, "text/html", matched),
		"no content type":            reply(200, "", matched),
		"text":                       reply(200, "text/plain", matched),
		"empty":                      reply(200, ok, ""),
		"not JSON":                   reply(200, ok, "match"),
		"a list":                     reply(200, ok, "["+matched+"]"),
		"null":                       reply(200, ok, "null"),
		"an empty object":            reply(200, ok, "{}"),
		"cut off":                    reply(200, ok, matched[:len(matched)-3]),
		"two values":                 reply(200, ok, matched+matched),
		"not UTF-8":                  reply(200, ok, strings.Replace(matched, "julia", "\xff", 1)),
		"more than 64 KiB":           reply(200, ok, matched+strings.Repeat(" ", 64<<10)),
		"an outcome nobody knows":    reply(200, ok, strings.Replace(matched, "match", "ok", 1)),
		"an outcome in another case": reply(200, ok, strings.Replace(matched, "match", "Match", 1)),
		"unavailable as an outcome":  reply(200, ok, strings.Replace(matched, "match", "unavailable", 1)),
		"true as an outcome":         reply(200, ok, `{"outcome":true,"account":`+julia+`}`),
		"a match without an account": reply(200, ok, `{"outcome":"match","account":null}`),
		"a match without an id":      reply(200, ok, `{"outcome":"match","account":{"username":"julia"}}`),
		"a match with an empty id":   reply(200, ok, strings.Replace(matched, `"7"`, `""`, 1)),
		"a match with a number":      reply(200, ok, strings.Replace(matched, `"7"`, `7`, 1)),
		"a match of another id":      reply(200, ok, strings.Replace(matched, `"7"`, `"8"`, 1)),
		"a match of a spaced id":     reply(200, ok, strings.Replace(matched, `"7"`, `"7 "`, 1)),
		"an id of 1,000 letters":     reply(200, ok, strings.Replace(matched, `"7"`, `"`+strings.Repeat("7", 1000)+`"`, 1)),
		"a wrong one of another id":  reply(200, ok, `{"outcome":"wrong_password","account":{"id":"8"}}`),
		"a closed connection":        func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"half an answer": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", ok)
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(matched))
		},
		"a gigabyte": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", ok)
			for range 1 << 14 {
				if _, err := w.Write(bytes.Repeat([]byte(" "), 64<<10)); err != nil {
					return
				}
			}
		},
		"drip": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", ok)
			for tick := time.NewTicker(10 * time.Millisecond); r.Context().Err() == nil; <-tick.C {
				_, _ = w.Write([]byte(" "))
				w.(http.Flusher).Flush()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			mux := http.NewServeMux()
			mux.HandleFunc("/ligature/v1/verify", handler)
			mux.HandleFunc("/match", reply(200, ok, matched))
			server := httptest.NewServer(mux)
			defer server.Close()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			started := time.Now()
			answer, err := open(t, options(server.URL)).(connector.Verifier).Verify(ctx, connector.Check{ExternalID: "7", Password: "canary-password"})
			if !fault.Is(err, fault.Unavailable) || answer.Outcome != "" || answer.Record != nil {
				t.Errorf("%q, %v; want unavailable", answer.Outcome, err)
			}
			if err != nil && strings.Contains(err.Error(), "canary") {
				t.Errorf("the error shows the password: %v", err)
			}
			if took := time.Since(started); took > 3*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestFindAnythingElseIsUnavailable(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat(julia+",", 101), ",")
	for name, body := range map[string]string{
		"no list": `{}`, "null": `{"accounts":null}`, "an object": `{"accounts":{}}`, "a null account": `{"accounts":[null]}`, "no id": `{"accounts":[{"username":"julia"}]}`,
		"another id": `{"accounts":[{"id":"8"}]}`, "too many": `{"accounts":[` + many + `]}`, "a time that is none": `{"accounts":[{"id":"7","last_used":"yesterday"}]}`,
		"a flag that is none": `{"accounts":[{"id":"7","locked":"no"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(body))
			}))
			defer server.Close()
			records, err := open(t, options(server.URL)).(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByID, Value: "7"})
			if !fault.Is(err, fault.Unavailable) || len(records) != 0 {
				t.Errorf("%d records, %v; want unavailable", len(records), err)
			}
		})
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, test := range map[string]struct {
		change func(o *httpconn.Options)
		key    string
	}{
		"plain http outside":  {func(o *httpconn.Options) { o.AllowPrivate = false }, "httpconn.url"},
		"no host":             {func(o *httpconn.Options) { o.URL = "https://" }, "httpconn.url"},
		"a user":              {func(o *httpconn.Options) { o.URL = "https://u:p@example.com" }, "httpconn.url"},
		"a query":             {func(o *httpconn.Options) { o.URL = "https://example.com/?x=1" }, "httpconn.url"},
		"a fragment":          {func(o *httpconn.Options) { o.URL = "https://example.com/#x" }, "httpconn.url"},
		"another scheme":      {func(o *httpconn.Options) { o.URL = "file:///etc/passwd" }, "httpconn.url"},
		"no secret":           {func(o *httpconn.Options) { o.Secret = nil }, "httpconn.secret"},
		"a short secret":      {func(o *httpconn.Options) { o.Secret = []byte("short") }, "httpconn.secret"},
		"no clock":            {func(o *httpconn.Options) { o.Now = nil }, "httpconn.wiring"},
		"no randomness":       {func(o *httpconn.Options) { o.Rand = nil }, "httpconn.wiring"},
		"no URL, but a space": {func(o *httpconn.Options) { o.URL = " https://example.com" }, "httpconn.url"},
	} {
		t.Run(name, func(t *testing.T) {
			o := options("http://127.0.0.1:1")
			test.change(&o)
			if _, err := httpconn.Open(o); !fault.Is(err, fault.Invalid) || fault.KeyOf(err) != test.key {
				t.Errorf("%v, want %s", err, test.key)
			}
		})
	}
}

func TestPrivateAddressesAreRefusedWhenDialling(t *testing.T) {
	p := newProduct(t)
	server := httptest.NewTLSServer(p.server.Config.Handler)
	defer server.Close()
	roots := server.Client().Transport.(*http.Transport).TLSClientConfig
	for name, host := range map[string]string{"by address": "127.0.0.1", "by name": "localhost"} {
		_, port, err := net.SplitHostPort(server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		o := options("https://" + net.JoinHostPort(host, port))
		o.AllowPrivate, o.TLS = false, &tls.Config{RootCAs: roots.RootCAs, ServerName: "example.com", MinVersion: tls.VersionTLS12}
		err = open(t, o).Ping(t.Context())
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "not reached") {
			t.Errorf("%s: %v, want a refusal before connecting", name, err)
		}
	}
}

func TestTLSIsVerifiedAgainstTheHost(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(matched))
	}))
	server.Config.ErrorLog = log.New(&bytes.Buffer{}, "", 0)
	server.StartTLS()
	defer server.Close()
	roots := server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	for name, test := range map[string]struct {
		config *tls.Config
		host   string
		good   bool
	}{
		"right name and authority": {&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, "example.com", true},
		"unknown authority":        {nil, "example.com", false},
		"other name":               {&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, "other.example", false},
	} {
		o := options("https://" + test.host)
		o.TLS = test.config
		o.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
		}
		answer, err := open(t, o).(connector.Verifier).Verify(t.Context(), connector.Check{ExternalID: "7", Password: "x y z"})
		if (err == nil && answer.Outcome == connector.Match) != test.good || (err != nil && !fault.Is(err, fault.Unavailable)) {
			t.Errorf("%s: %q, %v", name, answer.Outcome, err)
		}
	}
}

func TestTheEnvironmentsProxyIsNotUsed(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	p := newProduct(t)
	o := options("http://product.example/base")
	o.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != "product.example:80" {
			return nil, fmt.Errorf("dialled %s", address)
		}
		return (&net.Dialer{}).DialContext(ctx, network, p.server.Listener.Addr().String())
	}
	if records, err := open(t, o).(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByUsername, Value: "julia"}); err != nil || len(records) != 1 {
		t.Errorf("%d records, %v", len(records), err)
	}
}

func TestReachable(t *testing.T) {
	type row struct{ public, private bool }
	for text, want := range map[string]row{
		"93.184.216.34": {true, true}, "2606:2800:220:1::1": {true, true}, "100.63.255.255": {true, true}, "100.128.0.1": {true, true}, "172.32.0.1": {true, true},
		"127.0.0.1": {false, true}, "127.8.9.1": {false, true}, "10.0.0.1": {false, true}, "172.16.0.1": {false, true}, "192.168.1.1": {false, true}, "100.64.0.1": {false, true},
		"::1": {false, true}, "fc00::1": {false, true}, "fd12:3456::1": {false, true}, "::ffff:127.0.0.1": {false, true}, "::ffff:10.0.0.1": {false, true},
		"169.254.169.254": {}, "::ffff:169.254.169.254": {}, "100.100.100.200": {}, "168.63.129.16": {}, "fd00:ec2::254": {}, "fd20:ce::254": {}, "169.254.1.1": {}, "fe80::1": {}, "fec0::1": {},
		"0.0.0.0": {}, "0.1.2.3": {}, "::": {}, "::7f00:1": {}, "::ffff:0:7f00:1": {}, "64:ff9b::7f00:1": {}, "64:ff9b:1::1": {}, "2002:7f00:1::": {}, "2001::1": {}, "2001:db8::1": {}, "192.88.99.1": {},
		"198.18.0.1": {}, "192.0.0.1": {}, "192.0.2.1": {}, "198.51.100.1": {}, "203.0.113.1": {}, "224.0.0.1": {}, "239.1.1.1": {}, "240.0.0.1": {}, "255.255.255.255": {}, "ff02::1": {},
		"100::1": {}, "4000::1": {}, "3fff::1": {}, "5f00::1": {},
	} {
		address := netip.MustParseAddr(text)
		if got := (row{httpconn.Reachable(address, false), httpconn.Reachable(address, true)}); got != want {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
	if httpconn.Reachable(netip.MustParseAddr("fe80::1%eth0"), true) || httpconn.Reachable(netip.Addr{}, true) {
		t.Error("an address with a zone, or none, is reached")
	}
}
