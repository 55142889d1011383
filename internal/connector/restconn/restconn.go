// Package restconn checks passwords through the public API of a known product, which hands out a token for an address and a
// password and does nothing else of use: nobody is found without a password, and no answer names an id. What was handed out
// is thrown away at once.
//
// Only an answer that the product is known to give means something. Whatever else it says is fault.Unavailable: never a match,
// and never a wrong password.
package restconn

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"ligature/internal/connector"
	"ligature/internal/connector/httpconn"
	"ligature/internal/fault"
)

// Options configure a connector. The fields with yaml names are the operator's; the others are the program's.
type Options struct {
	// Preset names the product: see Presets.
	Preset string `yaml:"preset"`
	// URL is the product's: https, or http when AllowPrivate; no user, query or fragment.
	URL string `yaml:"url"`
	// ClientID and Secret are those of a connection, for a product that asks for them.
	ClientID string `yaml:"client_id"`
	Secret   []byte `yaml:"-"`
	// TokenName is the name under which the product keeps what it hands out, for a product that does.
	TokenName string `yaml:"token_name"`
	// AllowPrivate permits private and loopback addresses, for products in the same network.
	AllowPrivate bool `yaml:"allow_private"`
	// DialContext replaces dialling, with the check of addresses; for tests.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error) `yaml:"-"`
}

const (
	// maxAnswer is how much of an answer is read.
	maxAnswer = 64 << 10
	// lastResort ends a call whose caller set no deadline.
	lastResort = 30 * time.Second
)

// Conn is a connector that can verify.
type Conn struct {
	base    *url.URL
	options Options
	dialect dialect
	http    *http.Client
}

// Open checks the options and makes a connector; it does not dial. Errors: fault.Invalid "restconn.preset", "restconn.url",
// "restconn.client".
func Open(o Options) (connector.Connector, error) {
	d, ok := dialects()[o.Preset]
	if !ok {
		return nil, fault.New(fault.Invalid, "restconn.preset")
	}
	base, err := parseBase(o.URL, o.AllowPrivate)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "restconn.url", err)
	}
	if d.client && (o.ClientID == "" || len(o.Secret) == 0) {
		return nil, fault.New(fault.Invalid, "restconn.client")
	}
	o.TokenName = cmp.Or(o.TokenName, "ligature")
	dial := o.DialContext
	if dial == nil {
		dial = (&net.Dialer{Timeout: 2 * time.Second, ControlContext: reachable(o.AllowPrivate)}).DialContext
	}
	return &Conn{base: base, options: o, dialect: d, http: &http.Client{
		Timeout: lastResort,
		// The environment's proxy is not the operator's choice for this product, and would dodge the check of addresses.
		Transport: &http.Transport{Proxy: nil, DialContext: dial, ForceAttemptHTTP2: true, DisableCompression: true,
			MaxIdleConnsPerHost: 8, IdleConnTimeout: 30 * time.Second, TLSHandshakeTimeout: 2 * time.Second, MaxResponseHeaderBytes: 16 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// parseBase accepts scheme, host and path.
func parseBase(text string, allowPrivate bool) (*url.URL, error) {
	base, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("not a URL")
	case base.Scheme != "https" && (base.Scheme != "http" || !allowPrivate):
		return nil, errors.New("not https")
	case base.Hostname() == "" || base.User != nil || base.RawQuery != "" || base.ForceQuery || base.Fragment != "" || base.Opaque != "":
		return nil, errors.New("more or less than scheme, host and path")
	}
	base.Path, base.RawPath = strings.TrimSuffix(base.Path, "/"), ""
	return base, nil
}

// reachable refuses addresses after the name was resolved, just before connecting.
func reachable(allowPrivate bool) func(ctx context.Context, network, address string, c syscall.RawConn) error {
	return func(_ context.Context, _, address string, _ syscall.RawConn) error {
		where, err := netip.ParseAddrPort(address)
		if err != nil || !httpconn.Reachable(where.Addr(), allowPrivate) {
			return errors.New("an address that products are not reached at")
		}
		return nil
	}
}

// Verify asks once. See connector.Verifier. It answers about an address alone: a check that names an id cannot be made.
func (c *Conn) Verify(ctx context.Context, check connector.Check) (connector.Answer, error) {
	if connector.Hopeless(check.Password) {
		return connector.Answer{Outcome: connector.Rejected}, nil
	}
	if check.ExternalID != "" || check.Identifier.IsZero() {
		return connector.Answer{}, fault.New(fault.Invalid, "connector.nobody")
	}
	email, ok := check.Identifier.Email()
	if !ok {
		return connector.Answer{Outcome: connector.Rejected}, nil
	}
	body, err := json.Marshal(c.dialect.question(c.options, email.Key(), check.Password))
	if err != nil {
		return connector.Answer{}, fault.Wrap(fault.Internal, "restconn.question", errors.New("it cannot be written down"))
	}
	if c.dialect.longest > 0 && len(body) > c.dialect.longest {
		return connector.Answer{}, unavailable("restconn.too_long", fmt.Errorf("the product takes %d bytes: %w", c.dialect.longest, connector.ErrRecord))
	}
	said, err := c.ask(ctx, body)
	if err != nil {
		return connector.Answer{}, err
	}
	outcome, err := c.dialect.read(said)
	return connector.Answer{Outcome: outcome}, err
}

// Ping asks for something that the product refuses whoever asks, and about nobody. It notices credentials of a client that are
// not right.
func (c *Conn) Ping(ctx context.Context) error {
	said, err := c.ask(ctx, []byte(c.dialect.ping))
	if err != nil {
		return err
	}
	return c.dialect.alive(said)
}

// Close closes connections that are open and not used.
func (c *Conn) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// said is what a product answered.
type said struct {
	status int
	// after is how long the product wants to be left alone; 0 when it does not say.
	after time.Duration
	// object is the answer, as the product's JSON.
	object map[string]json.RawMessage
}

// ask sends one request. No error shows what was sent or answered.
func (c *Conn) ask(ctx context.Context, body []byte) (said, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base.String()+c.dialect.path, bytes.NewReader(body))
	if err != nil {
		return said{}, unavailable("restconn.request", errors.New("it cannot be made"))
	}
	// A password is not asked about twice: without this, the transport would repeat a request whose connection had died.
	request.GetBody = nil
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "ligature")
	if c.dialect.client {
		request.SetBasicAuth(c.options.ClientID, string(c.options.Secret))
	}
	response, err := c.http.Do(request)
	if err != nil {
		return said{}, unavailable("restconn.unreachable", cause(err))
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return said{}, unavailable("restconn.unreachable", cause(err))
	case len(raw) > maxAnswer:
		return said{}, unavailable("restconn.malformed", errors.New("a longer answer than any it gives"))
	}
	answer := said{status: response.StatusCode}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		answer.after = time.Duration(min(seconds, 3600)) * time.Second
	}
	if kind, _, err := mime.ParseMediaType(response.Header.Get("Content-Type")); err == nil && kind == "application/json" {
		answer.object = decode(raw)
	}
	return answer, nil
}

// cause is an error without the URL.
func cause(err error) error {
	if outer, ok := errors.AsType[*url.Error](err); ok {
		return outer.Err
	}
	return err
}

// decode reads one JSON object; nil for anything else.
func decode(raw []byte) map[string]json.RawMessage {
	var object map[string]json.RawMessage
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if !utf8.Valid(raw) || decoder.Decode(&object) != nil {
		return nil
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil
	}
	return object
}

// text is a member that is a text; "" for any other.
func (s said) text(name string) string {
	var text string
	if json.Unmarshal(s.object[name], &text) != nil {
		return ""
	}
	return text
}

func unavailable(key string, err error) error { return fault.Wrap(fault.Unavailable, key, err) }

// unknown is an answer that the product is not known to give.
func unknown(s said) error {
	return unavailable("restconn.answer", fmt.Errorf("status %d, and not an answer that this product is known to give", s.status))
}
