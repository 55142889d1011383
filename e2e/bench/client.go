package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// target is the server that is measured, as a client and its people know it.
type target struct {
	base        *url.URL
	discovery   string
	jwks        string
	authorize   string
	exchange    string // the token endpoint
	userinfo    string
	introspect  string
	client      string
	basic       header // the client's proof of itself
	redirectURI string
	scope       string // that the client may ask for by itself; empty: it has none
	people      []person
}

// person is somebody who can sign in.
type person struct{ email, password string }

const wellKnown = "/.well-known/openid-configuration"

// The code challenge is that of RFC 7636, appendix B: a client draws one for each request, which is no work of the server's.
const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// discover asks the server for its endpoints.
func discover(issuer, client, secret, redirectURI string) (*target, error) {
	base, err := url.Parse(issuer)
	if err != nil {
		return nil, err
	}
	w := &wire{base: base}
	defer w.close()
	got, err := w.do("GET", wellKnown, nil, "")
	if err != nil {
		return nil, err
	}
	var document struct {
		JWKS       string `json:"jwks_uri"`
		Authorize  string `json:"authorization_endpoint"`
		Token      string `json:"token_endpoint"`
		UserInfo   string `json:"userinfo_endpoint"`
		Introspect string `json:"introspection_endpoint"`
	}
	if err := json.Unmarshal(got.body, &document); err != nil {
		return nil, fmt.Errorf("discovery: %w", err)
	}
	pair := url.QueryEscape(client) + ":" + url.QueryEscape(secret)
	return &target{base: base, discovery: wellKnown, jwks: w.local(document.JWKS), authorize: w.local(document.Authorize),
		exchange: w.local(document.Token), userinfo: w.local(document.UserInfo), introspect: w.local(document.Introspect),
		client: client, redirectURI: redirectURI,
		basic: header{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(pair))}}, nil
}

// request is the path of an authorization request.
func (t *target) request(scope string, more ...string) string {
	query := url.Values{"client_id": {t.client}, "redirect_uri": {t.redirectURI}, "response_type": {"code"}, "scope": {scope},
		"state": {"s"}, "code_challenge": {challenge}, "code_challenge_method": {"S256"}}
	for i := 0; i+1 < len(more); i += 2 {
		query.Set(more[i], more[i+1])
	}
	return t.authorize + "?" + query.Encode()
}

var formPost = header{"Sec-Fetch-Site", "same-origin"}

// busy is the answer of a server that has more to hash than it can, and how long it wants to be left alone.
type busy struct{ after time.Duration }

// Error is for the report.
func (b busy) Error() string { return "turned away: 503, Retry-After " + b.after.String() }

// signIn is a whole sign-in through the forms, from the product's request to the code that it gets. network is where the
// person says to be; a server that trusts the load as a proxy counts its limits by it.
func (t *target) signIn(w *wire, cookies *jar, who person, network string) error {
	from := header{"X-Forwarded-For", network}
	got, err := w.do("GET", t.request("openid", "prompt", "login"), cookies, "", from)
	if err != nil {
		return err
	}
	fields := []string{"email=" + url.QueryEscape(who.email), "password=" + url.QueryEscape(who.password)}
	for i, path := range []string{"/login", "/login/password"} {
		if got.status != 303 || !strings.HasPrefix(got.location, "/login") {
			return unexpected("before the form "+path, got)
		}
		page, err := w.do("GET", got.location, cookies, "", from)
		if err != nil {
			return err
		}
		form := "flow=" + url.QueryEscape(hidden(page.body, "flow")) + "&step=" + url.QueryEscape(hidden(page.body, "step")) + "&" + fields[i]
		if got, err = w.send(path, cookies, form, from); err != nil {
			return err
		}
	}
	if got.status == 303 && strings.HasPrefix(got.location, "/") {
		if got, err = w.do("GET", got.location, cookies, "", from); err != nil {
			return err
		}
	}
	_, err = t.authCode(got)
	return err
}

// send sends a form, and again for as long as the server asks for that and the wire's owner goes along.
func (w *wire) send(path string, cookies *jar, form string, from header) (answer, error) {
	for {
		asked := time.Now()
		got, err := w.do("POST", path, cookies, form, from, formPost)
		if err != nil {
			return got, err
		}
		w.slowest = max(w.slowest, time.Since(asked))
		seconds, err := strconv.Atoi(got.retryAfter)
		if err != nil || got.status != 503 {
			return got, nil
		}
		turned := busy{time.Duration(seconds) * time.Second}
		if w.patient == nil || !w.patient(turned) {
			return got, turned
		}
	}
}

// hidden is the value of a hidden field.
func hidden(page []byte, name string) string { return after(page, `name="`+name+`" value="`, `"`) }

// authCode is the code in an answer to the product.
func (t *target) authCode(got answer) (string, error) {
	query, ok := strings.CutPrefix(got.location, t.redirectURI+"?")
	if !ok {
		return "", unexpected("instead of the product", got)
	}
	for pair := range strings.SplitSeq(query, "&") {
		if value, ok := strings.CutPrefix(pair, "code="); ok {
			return value, nil
		}
	}
	return "", unexpected("no code", got)
}

// codeFlow is authorize and token in an open session; the answer of the token endpoint comes back.
func (t *target) codeFlow(w *wire, cookies *jar, request string) ([]byte, error) {
	got, err := w.do("GET", request, cookies, "")
	if err != nil {
		return nil, err
	}
	authCode, err := t.authCode(got)
	if err != nil {
		return nil, err
	}
	return t.ask(w, "grant_type=authorization_code&code="+authCode+"&code_verifier="+verifier+"&redirect_uri="+url.QueryEscape(t.redirectURI))
}

// ask is one request to the token endpoint.
func (t *target) ask(w *wire, form string) ([]byte, error) {
	got, err := w.do("POST", t.exchange, nil, form, t.basic)
	if err != nil {
		return nil, err
	}
	if got.status != 200 || after(got.body, `"access_token":"`, `"`) == "" {
		return nil, unexpected("from the token endpoint", got)
	}
	return got.body, nil
}

// expect is a request whose answer has the status 200 and holds a text.
func (t *target) expect(w *wire, method, path, body, holds string, headers ...header) error {
	got, err := w.do(method, path, nil, body, headers...)
	if err != nil {
		return err
	}
	if got.status != 200 || !strings.Contains(string(got.body), holds) {
		return unexpected("from "+path, got)
	}
	return nil
}

func unexpected(where string, got answer) error {
	path, query, _ := strings.Cut(got.location, "?")
	reason := after(got.body, `"error":"`, `"`) + after(got.body, "<h1>", "</h1>")
	if values, err := url.ParseQuery(query); err == nil {
		reason += values.Get("error") + " " + values.Get("error_description")
	}
	return fmt.Errorf("%s: status %d, to %q %s", where, got.status, path, reason)
}
