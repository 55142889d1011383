package restconn_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"ligature/internal/connector"
	"ligature/internal/connector/restconn"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// typed is a check of an address.
func typed(t *testing.T, address, password string) connector.Check {
	t.Helper()
	id, err := ident.ParseIdentifier(address)
	if err != nil {
		t.Fatal(err)
	}
	return connector.Check{Identifier: id, Password: password}
}

// answering is a product that gives one answer to everything.
func answering(t *testing.T, preset string, status int, kind, body string) (connector.Connector, *product) {
	t.Helper()
	p := newProduct(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		if status/100 == 3 {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})
	return open(t, options(preset, p.server.URL)), p
}

// TestOnlyKnownAnswersMeanSomething: a page of a proxy, a new kind of refusal and a half answer are no answers.
func TestOnlyKnownAnswersMeanSomething(t *testing.T) {
	const ok, canary = "application/json", "c4n4ry"
	const bearer = `{"access_token":"x","token_type":"bearer"}`
	for name, test := range map[string]struct {
		preset string
		status int
		kind   string
		body   string
		want   connector.Outcome
		key    string
	}{
		"pim: right":                          {"akeneo-pim", 200, ok, bearer, connector.Match, ""},
		"pim: right, said with a charset":     {"akeneo-pim", 200, ok + "; charset=utf-8", bearer, connector.Match, ""},
		"pim: nobody":                         {"akeneo-pim", 422, ok, `{"code":422,"message":"No user found for the given username and password"}`, connector.Rejected, ""},
		"pim: throttled":                      {"akeneo-pim", 429, ok, `{}`, "", "restconn.throttled"},
		"pim: another client":                 {"akeneo-pim", 422, ok, `{"message":"Parameter \"client_id\" is missing or does not match any client, or secret is invalid"}`, "", "restconn.client"},
		"pim: another grant":                  {"akeneo-pim", 422, ok, `{"message":"This grant type is not authorized for this client"}`, "", "restconn.client"},
		"pim: too large":                      {"akeneo-pim", 413, ok, `{"message":"Request content exceeded the maximum allowed size of 200 bytes"}`, "", "restconn.too_long"},
		"pim: a refusal nobody knows":         {"akeneo-pim", 422, ok, `{"message":"No user found"}`, "", "restconn.answer"},
		"pim: a refusal with another status":  {"akeneo-pim", 400, ok, `{"message":"No user found for the given username and password"}`, "", "restconn.answer"},
		"pim: a page":                         {"akeneo-pim", 200, "text/html", bearer, "", "restconn.answer"},
		"pim: no token":                       {"akeneo-pim", 200, ok, `{"token_type":"bearer"}`, "", "restconn.answer"},
		"pim: a token that is none":           {"akeneo-pim", 200, ok, `{"access_token":true,"token_type":"bearer"}`, "", "restconn.answer"},
		"pim: another type":                   {"akeneo-pim", 200, ok, `{"access_token":"x","token_type":"mac"}`, "", "restconn.answer"},
		"pim: two answers":                    {"akeneo-pim", 200, ok, bearer + bearer, "", "restconn.answer"},
		"pim: a list":                         {"akeneo-pim", 200, ok, "[" + bearer + "]", "", "restconn.answer"},
		"pim: not UTF-8":                      {"akeneo-pim", 200, ok, `{"access_token":"` + "\xff" + `","token_type":"bearer"}`, "", "restconn.answer"},
		"pim: nothing":                        {"akeneo-pim", 204, ok, "", "", "restconn.answer"},
		"pim: elsewhere":                      {"akeneo-pim", 302, ok, bearer, "", "restconn.answer"},
		"pim: down":                           {"akeneo-pim", 503, ok, `{"code":503}`, "", "restconn.answer"},
		"pim: huge":                           {"akeneo-pim", 200, ok, `{"access_token":"` + strings.Repeat("x", 70<<10) + `","token_type":"bearer"}`, "", "restconn.malformed"},
		"pim: deep":                           {"akeneo-pim", 200, ok, `{"a":` + strings.Repeat("[", 60_000), "", "restconn.answer"},
		"sdm: right":                          {"supplier-data-manager", 200, ok, `{"key":"0190b5d1-7c5a-4cc2-a1c9-6ac1a0a0a0a0"}`, connector.Match, ""},
		"sdm: right, made":                    {"supplier-data-manager", 201, ok, `{"key":"0190b5d1-7c5a-4cc2-a1c9-6ac1a0a0a0a0"}`, connector.Match, ""},
		"sdm: wrong":                          {"supplier-data-manager", 400, ok, `{"non_field_errors":["Unable to log in with provided credentials."]}`, connector.Rejected, ""},
		"sdm: wrong, the other way":           {"supplier-data-manager", 401, ok, `{"detail":"Incorrect authentication credentials."}`, connector.Rejected, ""},
		"sdm: throttled":                      {"supplier-data-manager", 429, ok, `{"detail":"Request was throttled."}`, "", "restconn.throttled"},
		"sdm: a field":                        {"supplier-data-manager", 400, ok, `{"token_name":["Too long."]}`, "", "restconn.answer"},
		"sdm: no reasons":                     {"supplier-data-manager", 400, ok, `{"non_field_errors":[]}`, "", "restconn.answer"},
		"sdm: forbidden":                      {"supplier-data-manager", 403, ok, `{"detail":"no"}`, "", "restconn.answer"},
		"sdm: a key that is none":             {"supplier-data-manager", 200, ok, `{"key":"x"}`, "", "restconn.answer"},
		"sdm: a page that was signed in to":   {"supplier-data-manager", 200, "text/html", `<html>`, "", "restconn.answer"},
		"sdm: a page of a proxy that refuses": {"supplier-data-manager", 401, "text/html", `<html>`, "", "restconn.answer"},
	} {
		c, p := answering(t, test.preset, test.status, test.kind, test.body)
		answer, err := c.(connector.Verifier).Verify(t.Context(), typed(t, "julia@example.com", canary))
		if answer.Outcome != test.want || keyOf(err) != test.key || answer.Record != nil {
			t.Errorf("%s: %q, %v; want %q, %s", name, answer.Outcome, err, test.want, test.key)
		}
		if err != nil && (!fault.Is(err, fault.Unavailable) || strings.Contains(err.Error(), canary) || strings.Contains(err.Error(), "julia")) {
			t.Errorf("%s: %v", name, err)
		}
		if p.calls.Load() != 1 {
			t.Errorf("%s: asked %d times", name, p.calls.Load())
		}
	}
}

// TestAskedOnceWhateverHappens: a connection that dies under a question is not tried again, because the product may have counted it.
func TestAskedOnceWhateverHappens(t *testing.T) {
	for preset, handler := range map[string]http.HandlerFunc{"akeneo-pim": pimAnswers, "supplier-data-manager": sdmAnswers} {
		p := newProduct(t, handler)
		c := open(t, options(preset, p.server.URL)).(connector.Verifier)
		if _, err := c.Verify(t.Context(), typed(t, "julia@example.com", "paint the fence 42")); err != nil {
			t.Fatal(err)
		}
		before := p.calls.Load()
		p.down.Store(true)
		if _, err := c.Verify(t.Context(), typed(t, "julia@example.com", "paint the fence 42")); !fault.Is(err, fault.Unavailable) || errors.Is(err, connector.ErrRecord) {
			t.Errorf("%s: %v, want unavailable", preset, err)
		}
		if asked := p.calls.Load() - before; asked != 1 {
			t.Errorf("%s: asked %d times", preset, asked)
		}
	}
}

// TestUsernamesAreNotSent: an API that names nobody is asked about addresses alone.
func TestUsernamesAreNotSent(t *testing.T) {
	p := newProduct(t, pimAnswers)
	c := open(t, options("akeneo-pim", p.server.URL))
	answer, err := c.(connector.Verifier).Verify(t.Context(), typed(t, "julia", "paint the fence 42"))
	if err != nil || answer.Outcome != connector.Rejected || p.calls.Load() != 0 {
		t.Errorf("%s, %v, asked %d times", answer.Outcome, err, p.calls.Load())
	}
}

// TestPingNoticesAnotherClient without trying a password.
func TestPingNoticesAnotherClient(t *testing.T) {
	p := newProduct(t, pimAnswers)
	o := options("akeneo-pim", p.server.URL)
	if err := open(t, o).Ping(t.Context()); err != nil {
		t.Error(err)
	}
	o.Secret = []byte("another")
	if err := open(t, o).Ping(t.Context()); fault.KeyOf(err) != "restconn.client" {
		t.Errorf("%v, want restconn.client", err)
	}
	s := newProduct(t, sdmAnswers)
	if err := open(t, options("supplier-data-manager", s.server.URL)).Ping(t.Context()); err != nil {
		t.Error(err)
	}
	if err := open(t, options("supplier-data-manager", s.server.URL+"/below")).Ping(t.Context()); fault.KeyOf(err) != "restconn.answer" {
		t.Errorf("another place: %v", err)
	}
}

// TestPrivateAddressesAreNotReached unless the operator says so; nor is another machine's metadata, whatever they say.
func TestPrivateAddressesAreNotReached(t *testing.T) {
	p := newProduct(t, sdmAnswers)
	o := options("supplier-data-manager", strings.Replace(p.server.URL, "http://", "https://", 1))
	o.AllowPrivate = false
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := open(t, o).(connector.Verifier).Verify(ctx, typed(t, "julia@example.com", "x")); fault.KeyOf(err) != "restconn.unreachable" || p.calls.Load() != 0 {
		t.Errorf("%v, asked %d times", err, p.calls.Load())
	}
}

func TestOptionsAreChecked(t *testing.T) {
	good := restconn.Options{Preset: "akeneo-pim", URL: "https://pim.example.com", ClientID: clientID, Secret: []byte(secret)}
	for name, test := range map[string]struct {
		change   func(o *restconn.Options)
		key, fix string
	}{
		"no preset":              {func(o *restconn.Options) { o.Preset = "" }, "restconn.preset", "preset"},
		"another preset":         {func(o *restconn.Options) { o.Preset = "django" }, "restconn.preset", "preset"},
		"no URL":                 {func(o *restconn.Options) { o.URL = "" }, "restconn.url", "url"},
		"plain http":             {func(o *restconn.Options) { o.URL = "http://pim.example.com" }, "restconn.url", "url"},
		"a password in the URL":  {func(o *restconn.Options) { o.URL = "https://a:c4n4ry@pim.example.com" }, "restconn.url", "url"},
		"a query":                {func(o *restconn.Options) { o.URL += "?x" }, "restconn.url", "url"},
		"no client":              {func(o *restconn.Options) { o.ClientID = "" }, "restconn.client", "client_id"},
		"no secret":              {func(o *restconn.Options) { o.Secret = nil }, "restconn.client", "secret"},
		"a client with a colon":  {func(o *restconn.Options) { o.ClientID = "a:b" }, "", "client_id"},
		"a name that is not his": {func(o *restconn.Options) { o.TokenName = "x" }, "", "token_name"},
		"a client too many":      {func(o *restconn.Options) { o.Preset, o.Secret = "supplier-data-manager", nil }, "", "client_id"},
		"a secret too many":      {func(o *restconn.Options) { o.Preset, o.ClientID = "supplier-data-manager", "" }, "", "secret"},
		"a long name": {func(o *restconn.Options) {
			o.Preset, o.ClientID, o.Secret, o.TokenName = "supplier-data-manager", "", nil, strings.Repeat("x", 65)
		}, "", "token_name"},
	} {
		o := good
		test.change(&o)
		if _, err := restconn.Open(o); keyOf(err) != test.key {
			t.Errorf("%s: %v, want %s", name, err, test.key)
		}
		var told []string
		o.Check(func(key, problem, fix string) {
			told = append(told, key)
			if strings.Contains(problem+fix, "c4n4ry") {
				t.Errorf("%s: the mistake shows what was written", name)
			}
		})
		if len(told) != 1 || told[0] != test.fix {
			t.Errorf("%s: told %v, want %s", name, told, test.fix)
		}
	}
	good.Check(func(key, problem, _ string) { t.Errorf("%s %s", key, problem) })
}

// keyOf is the key of an error, and nothing when there is none.
func keyOf(err error) string {
	if err == nil {
		return ""
	}
	return fault.KeyOf(err)
}
