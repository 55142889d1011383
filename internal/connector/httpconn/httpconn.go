// Package httpconn asks a product over a small JSON contract that a product implements with three endpoints:
//
//	POST {base}/ligature/v1/find    {"by":"email"|"username"|"id","value":"…"}
//	     200 {"accounts":[account…]}                     none, one or more
//	POST {base}/ligature/v1/verify  {"id":"…","identifier":"…","password":"…"}
//	     200 {"outcome":"match|match_weak|rejected|wrong_password|not_found|disabled|locked|must_reset","account":account|null}
//	POST {base}/ligature/v1/reset   {"identifier":"…"}
//	     202 {}
//
// An account is {"id","generation","username","email","name","locale","disabled","locked","privileged","shared",
// "must_reset","last_used"}; id is a string and never empty, last_used is RFC 3339 or null, the rest may be left out.
//
// Every request carries Ligature-Timestamp (Unix seconds), Ligature-Nonce (base64url of 16 random bytes) and
// Ligature-Signature: "v1=" and the hexadecimal HMAC-SHA256, under the shared secret, of
//
//	timestamp "\n" nonce "\n" method "\n" path "\n" hex(sha256(body))
//
// where path is the path of the URL as sent, without a query. A product refuses a timestamp that is minutes away and a
// nonce it has seen. Whatever a product answers outside this contract is fault.Unavailable: never a match, and never
// "no such user".
package httpconn

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"ligature/internal/connector"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// The headers of a signed request.
const (
	HeaderTimestamp = "Ligature-Timestamp"
	HeaderNonce     = "Ligature-Nonce"
	HeaderSignature = "Ligature-Signature"
)

const (
	maxAnswer      = 64 << 10
	minSecretBytes = 16
	maxAccounts    = 100
)

// Options configure a connector. The fields with yaml names are the operator's; the others are the program's.
type Options struct {
	// URL is the base: https, or http when AllowPrivate; no user, query or fragment.
	URL string `yaml:"url"`
	// Secret is shared with the product, at least 16 bytes.
	Secret []byte `yaml:"-"`
	// AllowPrivate permits private and loopback addresses, for products in the same network.
	AllowPrivate bool `yaml:"allow_private"`
	// CannotFind and CannotReset leave out abilities that the product does not have.
	CannotFind  bool `yaml:"cannot_find"`
	CannotReset bool `yaml:"cannot_reset"`
	// CA is the PEM of the authorities that sign the product's certificate; nil means the system's.
	CA []byte `yaml:"-"`
	// ClientCert and ClientKey are PEM, both or none: by them the product knows its caller (mutual TLS).
	ClientCert []byte `yaml:"-"`
	ClientKey  []byte `yaml:"-"`
	// ServerName is the name that the product's certificate must have, where it is not the host of URL.
	ServerName string `yaml:"server_name"`
	// DialContext replaces dialling, with the check of addresses; for tests and stand-ins.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error) `yaml:"-"`
	// TLS replaces all settings of TLS, for tests.
	TLS *tls.Config `yaml:"-"`
	// Now and Rand are the clock and the randomness for signatures; both are required.
	Now  func() time.Time `yaml:"-"`
	Rand io.Reader        `yaml:"-"`
}

// client speaks the contract.
type client struct {
	base   *url.URL
	secret []byte
	http   *http.Client
	now    func() time.Time
	rand   io.Reader
}

// Open checks the options and makes a connector; it does not dial. The result has Find, Verify and RequestReset, without
// those that the options say are missing. Errors: fault.Invalid "httpconn.url", "httpconn.secret", "httpconn.tls",
// "httpconn.wiring".
func Open(options Options) (connector.Connector, error) {
	if len(options.Secret) < minSecretBytes {
		return nil, fault.New(fault.Invalid, "httpconn.secret")
	}
	if options.Now == nil || options.Rand == nil {
		return nil, fault.New(fault.Invalid, "httpconn.wiring")
	}
	base, way, err := Reach(options)
	if err != nil {
		return nil, err
	}
	c := &client{base: base, secret: bytes.Clone(options.Secret), http: way, now: options.Now, rand: options.Rand}
	verify := verifying{c}
	switch {
	case options.CannotFind && options.CannotReset:
		return verify, nil
	case options.CannotFind:
		return struct {
			verifying
			resetting
		}{verify, resetting{c}}, nil
	case options.CannotReset:
		return struct {
			verifying
			finding
		}{verify, finding{c}}, nil
	}
	return struct {
		verifying
		finding
		resetting
	}{verify, finding{c}, resetting{c}}, nil
}

// Reach gives the base and the way that Open's connector takes to it, with every guard, for those who ask outside the
// contract. Errors: fault.Invalid "httpconn.url", "httpconn.tls".
func Reach(options Options) (*url.URL, *http.Client, error) {
	base, err := parseBase(options.URL, options.AllowPrivate)
	if err != nil {
		return nil, nil, fault.Wrap(fault.Invalid, "httpconn.url", err)
	}
	secure, err := options.tlsConfig()
	if err != nil {
		return nil, nil, fault.Wrap(fault.Invalid, "httpconn.tls", err)
	}
	dial := options.DialContext
	if dial == nil {
		dial = (&net.Dialer{Timeout: 2 * time.Second, ControlContext: controlFor(options.AllowPrivate)}).DialContext
	}
	return base, &http.Client{
		Timeout: 30 * time.Second, // the last resort, for a caller without a deadline
		// The environment's proxy is not the operator's choice for this product, and would dodge the check of addresses.
		Transport: &http.Transport{
			Proxy: nil, DialContext: dial, TLSClientConfig: secure, ForceAttemptHTTP2: true, DisableCompression: true,
			MaxIdleConnsPerHost: 8, IdleConnTimeout: 30 * time.Second, TLSHandshakeTimeout: 2 * time.Second, MaxResponseHeaderBytes: 16 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

func parseBase(text string, allowPrivate bool) (*url.URL, error) {
	base, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("not a URL")
	}
	switch {
	case base.Scheme != "https" && (base.Scheme != "http" || !allowPrivate):
		return nil, errors.New("not https")
	case base.Hostname() == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "" || base.Opaque != "":
		return nil, errors.New("more or less than scheme, host and path")
	}
	base.Path = strings.TrimSuffix(base.Path, "/")
	base.RawPath = ""
	return base, nil
}

// Sign is the value of the signature header. The stand-ins and the tests use it to check what they get.
func Sign(secret []byte, timestamp, nonce, method, path string, body []byte) string {
	sum := sha256.Sum256(body)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(timestamp + "\n" + nonce + "\n" + method + "\n" + path + "\n" + hex.EncodeToString(sum[:])))
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// ask posts a question once and decodes the answer, which must have the status want.
func (c *client) ask(ctx context.Context, verb string, question, answer any, want int) error {
	body, err := json.Marshal(question)
	if err != nil {
		return fault.Wrap(fault.Internal, "httpconn.encode", err)
	}
	target := *c.base
	target.Path += "/ligature/v1/" + verb
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), bytes.NewReader(body))
	if err != nil {
		return fault.Wrap(fault.Internal, "httpconn.request", err)
	}
	// Without GetBody, net/http cannot send the same question twice over when a kept connection turns out to be dead.
	r.GetBody = nil
	if err := c.sign(r, body); err != nil {
		return err
	}
	response, err := c.http.Do(r)
	if err != nil {
		return unavailable("httpconn.unreachable", withoutURL(err))
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != want {
		return unavailable("httpconn.status", fmt.Errorf("status %d, want %d", response.StatusCode, want))
	}
	media, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return unavailable("httpconn.content_type", errors.New("not application/json"))
	}
	// None was asked for; what is packed would have to be unpacked to know how much it is.
	if response.Header.Get("Content-Encoding") != "" {
		return unavailable("httpconn.encoding", errors.New("a content encoding"))
	}
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return unavailable("httpconn.read", err)
	}
	if len(raw) > maxAnswer {
		return unavailable("httpconn.oversize", errors.New("more than 64 KiB"))
	}
	return decode(raw, answer)
}

func (c *client) sign(r *http.Request, body []byte) error {
	random := make([]byte, 16)
	if _, err := io.ReadFull(c.rand, random); err != nil {
		return fault.Wrap(fault.Internal, "httpconn.random", err)
	}
	timestamp := strconv.FormatInt(c.now().Unix(), 10)
	nonce := base64.RawURLEncoding.EncodeToString(random)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "ligature")
	r.Header.Set(HeaderTimestamp, timestamp)
	r.Header.Set(HeaderNonce, nonce)
	r.Header.Set(HeaderSignature, Sign(c.secret, timestamp, nonce, r.Method, r.URL.EscapedPath(), body))
	return nil
}

// unavailable keeps the cause but never what was asked.
func unavailable(key string, err error) error { return fault.Wrap(fault.Unavailable, key, err) }

// withoutURL takes the URL out of an error of net/http; the host is in the configuration, and nothing else is needed.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// Ping reports whether the product's host takes connections; it asks nothing.
func (c *client) Ping(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, c.base.String()+"/ligature/v1/", nil)
	if err != nil {
		return fault.Wrap(fault.Internal, "httpconn.request", err)
	}
	response, err := c.http.Do(r)
	if err != nil {
		return unavailable("httpconn.unreachable", withoutURL(err))
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusInternalServerError {
		return unavailable("httpconn.status", fmt.Errorf("status %d", response.StatusCode))
	}
	return nil
}

// Close gives back the kept connections.
func (c *client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// lookupValue is the form of a typed identifier that goes to a product: an address in its canonical form, a username as
// it was typed.
func lookupValue(id ident.Identifier) string {
	if email, ok := id.Email(); ok {
		return email.Key()
	}
	return id.Typed()
}
