package op_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"ligature/internal/op"
)

func TestRequestIsUnderstood(t *testing.T) {
	q := parsed(t, op.Params{"prompt": {"login consent"}, "max_age": {"60"}, "login_hint": {"dana"}, "ui_locales": {"fr de"},
		"acr_values": {"a b"}, "display": {"page"}, "claims": {"{}"}, "made_up": {"1"}, "scope": {"email offline_access openid"},
		"id_token_hint": {`{"iss":"https://id.example","aud":"pim","sub":"sub_1"}`}})
	if q.Client != "pim" || q.Tenant != "acme" || q.Product != "pim" || q.Instance != "acme-pim" || q.RedirectURI != callback {
		t.Errorf("who: %+v", q)
	}
	if q.RPState != "rp state/1" || q.Nonce != "n-1" || q.CodeChallenge != challenge || q.HintSubject != "sub_1" || q.LoginHint != "dana" {
		t.Errorf("what: %+v", q)
	}
	if strings.Join(q.Scope, " ") != "openid email" || !q.Asks(op.PromptLogin) || !q.Asks(op.PromptConsent) || !q.MaxAgeSet || q.MaxAge != time.Minute {
		t.Errorf("how: %+v", q)
	}
	if len(q.UILocales) != 2 || len(q.ACRValues) != 2 || !q.CreatedAt.Equal(noon) || !q.Deadline.Equal(noon.Add(time.Hour)) {
		t.Errorf("rest: %+v", q)
	}
}

func TestRequestIsRefused(t *testing.T) {
	hint := func(claims string) op.Params { return op.Params{"id_token_hint": {claims}} }
	for name, test := range map[string]struct {
		change op.Params
		want   string
	}{
		"good":                       {nil, ""},
		"no client":                  {op.Params{"client_id": nil}, "authorize.client"},
		"empty client":               {op.Params{"client_id": {""}}, "authorize.client"},
		"two clients":                {op.Params{"client_id": {"pim", "pim"}}, "authorize.client"},
		"another client":             {op.Params{"client_id": {"sdm"}}, "authorize.client"},
		"no redirect URI":            {op.Params{"redirect_uri": nil}, "authorize.redirect_missing"},
		"empty redirect URI":         {op.Params{"redirect_uri": {""}}, "authorize.redirect_missing"},
		"two redirect URIs":          {op.Params{"redirect_uri": {callback, callback}}, "authorize.redirect"},
		"another redirect URI":       {op.Params{"redirect_uri": {"https://evil.example/"}}, "authorize.redirect"},
		"no response type":           {op.Params{"response_type": nil}, "invalid_request"},
		"token":                      {op.Params{"response_type": {"token"}}, "unsupported_response_type"},
		"id_token":                   {op.Params{"response_type": {"id_token"}}, "unsupported_response_type"},
		"hybrid":                     {op.Params{"response_type": {"code id_token"}}, "unsupported_response_type"},
		"response mode query":        {op.Params{"response_mode": {"query"}}, ""},
		"response mode fragment":     {op.Params{"response_mode": {"fragment"}}, "invalid_request"},
		"response mode form_post":    {op.Params{"response_mode": {"form_post"}}, ""},
		"no scope":                   {op.Params{"scope": nil}, "invalid_scope"},
		"scope without openid":       {op.Params{"scope": {"profile"}}, "invalid_scope"},
		"scope in capitals":          {op.Params{"scope": {"OpenID"}}, "invalid_scope"},
		"unknown scope beside":       {op.Params{"scope": {"openid address phone"}}, ""},
		"no PKCE":                    {op.Params{"code_challenge": nil, "code_challenge_method": nil}, "invalid_request"},
		"method without challenge":   {op.Params{"code_challenge": nil}, "invalid_request"},
		"challenge without method":   {op.Params{"code_challenge_method": nil}, "invalid_request"},
		"plain":                      {op.Params{"code_challenge_method": {"plain"}}, "invalid_request"},
		"s256 in small":              {op.Params{"code_challenge_method": {"s256"}}, "invalid_request"},
		"short challenge":            {op.Params{"code_challenge": {challenge[1:]}}, "invalid_request"},
		"padded challenge":           {op.Params{"code_challenge": {challenge + "="}}, "invalid_request"},
		"challenge in other base64":  {op.Params{"code_challenge": {strings.Repeat("+", 43)}}, "invalid_request"},
		"request object":             {op.Params{"request": {"e30.e30."}}, "request_not_supported"},
		"request object by URI":      {op.Params{"request_uri": {"https://pim.acme.example/r"}}, "request_uri_not_supported"},
		"registration":               {op.Params{"registration": {"{}"}}, "registration_not_supported"},
		"unknown prompt":             {op.Params{"prompt": {"create"}}, "invalid_request"},
		"prompt none and login":      {op.Params{"prompt": {"none login"}}, "invalid_request"},
		"prompt none twice":          {op.Params{"prompt": {"none none"}}, ""},
		"max_age no number":          {op.Params{"max_age": {"soon"}}, "invalid_request"},
		"max_age negative":           {op.Params{"max_age": {"-1"}}, "invalid_request"},
		"max_age enormous":           {op.Params{"max_age": {"99999999999999999999"}}, "invalid_request"},
		"max_age empty":              {op.Params{"max_age": {""}}, ""},
		"control character in state": {op.Params{"state": {"a\nb"}}, "invalid_request"},
		"NUL in nonce":               {op.Params{"nonce": {"a\x00b"}}, "invalid_request"},
		"no UTF-8 in login_hint":     {op.Params{"login_hint": {"\xff"}}, "invalid_request"},
		"hint of nobody":             {hint("garbage"), "invalid_request"},
		"hint of another client":     {hint(`{"iss":"https://id.example","aud":"sdm","sub":"s"}`), "invalid_request"},
		"hint of another issuer":     {hint(`{"iss":"https://else.example","aud":"pim","sub":"s"}`), "invalid_request"},
		"hint without a subject":     {hint(`{"iss":"https://id.example","aud":"pim"}`), "invalid_request"},
		"hint for several":           {hint(`{"iss":"https://id.example","aud":["pim"],"sub":"s"}`), "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parse(asked(test.change))
			if got := outcome(err); got != test.want {
				t.Errorf("got %q (%v), want %q", got, err, test.want)
			}
		})
	}
}

func TestRepeatedParametersAreRefused(t *testing.T) {
	for _, name := range []string{"response_type", "response_mode", "scope", "state", "nonce", "prompt", "max_age", "login_hint",
		"ui_locales", "acr_values", "id_token_hint", "code_challenge", "code_challenge_method", "request", "request_uri",
		"registration", "display", "claims", "claims_locales", "made_up"} {
		for _, values := range [][]string{{"a", "b"}, {"a", "a"}, {"a", ""}} {
			_, err := parse(asked(op.Params{name: values}))
			if outcome(err) != "invalid_request" {
				t.Errorf("%s %q: %v", name, values, err)
			}
		}
	}
}

func TestWithoutPKCE(t *testing.T) {
	for name, test := range map[string]struct {
		optional bool
		method   string
		nonce    string
		want     string
	}{
		"confidential, allowed, nonce":    {true, op.AuthBasic, "n", ""},
		"confidential, allowed, no nonce": {true, op.AuthBasic, "", "invalid_request"},
		"confidential, not allowed":       {false, op.AuthPost, "n", "invalid_request"},
		"public, allowed by mistake":      {true, op.AuthNone, "n", "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			r := registered()
			r.Client.PKCEOptional, r.Client.AuthMethod = test.optional, test.method
			p := asked(op.Params{"code_challenge": nil, "code_challenge_method": nil, "nonce": {test.nonce}})
			_, err := op.ParseAuthRequest(p, r, issuer, unsigned, noon)
			if got := outcome(err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestRefusalNamesStateAndIssuer (ATK-102): an answer says whose it is, so that a client can tell that it is not the one it waits for.
func TestRefusalNamesStateAndIssuer(t *testing.T) {
	_, err := parse(asked(op.Params{"redirect_uri": {callback + "?lang=de"}, "response_type": {"token"}}))
	refusal, ok := errors.AsType[*op.Refusal](err)
	if !ok {
		t.Fatal(err)
	}
	to := refusal.URL(issuer)
	if !strings.HasPrefix(to, callback+"?lang=de&error=unsupported_response_type&") {
		t.Errorf("the registered URI was not kept: %s", to)
	}
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	if query := u.Query(); query.Get("state") != "rp state/1" || query.Get("iss") != issuer || query.Has("code") {
		t.Errorf("answer %s", to)
	}
}

func TestRepeatedStateIsNotSentBack(t *testing.T) {
	_, err := parse(asked(op.Params{"state": {"a", "b"}}))
	refusal, ok := errors.AsType[*op.Refusal](err)
	if !ok || strings.Contains(refusal.URL(issuer), "state=") {
		t.Errorf("got %v", err)
	}
}

func TestOneRedirectURIOfTwoTenantsLeadsNowhere(t *testing.T) {
	r := registered()
	r.Instances[1].RedirectURIs = append(r.Instances[1].RedirectURIs, callback)
	if _, err := op.ParseAuthRequest(asked(nil), r, issuer, unsigned, noon); outcome(err) != "authorize.redirect_ambiguous" {
		t.Errorf("got %v", err)
	}
}

// mutations of the registered redirect URI, none of which may be redirected to (ATK-99).
var mutations = []string{
	"HTTPS://pim.acme.example/callback", "https://PIM.acme.example/callback", "https://pim.acme.example/Callback",
	"http://pim.acme.example/callback", "https://pim.acme.example:443/callback", "https://pim.acme.example:8443/callback",
	"https://pim.acme.example/callback/", "https://pim.acme.example//callback", "https://pim.acme.example/callback/.",
	"https://pim.acme.example/x/../callback", "https://pim.acme.example/callback/..", "https://pim.acme.example/%63allback",
	"https://pim.acme.example/callback%2F", "https://pim.acme.example/callback%00", "https://pim.acme.example/callback\x00",
	"https://pim.acme.example/callback ", " https://pim.acme.example/callback", "https://pim.acme.example/callback\n",
	"\thttps://pim.acme.example/callback", "https://pim.acme.example/callback?", "https://pim.acme.example/callback?a=b",
	"https://pim.acme.example/callback?lang=de&x=1", "https://pim.acme.example/callback?lang=fr", "https://pim.acme.example/callback?lang=de#",
	"https://pim.acme.example/callback#", "https://pim.acme.example/callback#x", "https://user@pim.acme.example/callback",
	"https://pim.acme.example@evil.example/callback", "https://evil.example\\@pim.acme.example/callback",
	"https://pim.acme.example.evil.example/callback", "https://evil.example/pim.acme.example/callback",
	"https://pim.acme.example./callback", "https://pim.acme.examplE/callback", "https:pim.acme.example/callback",
	"https:///pim.acme.example/callback", "https:\\\\pim.acme.example\\callback", "//pim.acme.example/callback", "/callback",
	"https://pim.acme.example", "https://pim.acme.example/callbac", "https://pim.acme.example/callback;x", "javascript:alert(1)",
	"https://[::1]/callback", "https://pim.globex.example/callback?lang=de", "https://pim.acme.example/callback\r\nX: y",
}

// TestRedirectURIMutationsAreRefused (ATK-99): the registered address and no other, to the byte.
func TestRedirectURIMutationsAreRefused(t *testing.T) {
	if len(mutations) < 40 {
		t.Fatalf("only %d", len(mutations))
	}
	for _, uri := range mutations {
		if _, err := parse(asked(op.Params{"redirect_uri": {uri}})); outcome(err) != "authorize.redirect" {
			t.Errorf("%q: %v", uri, err)
		}
	}
}

func FuzzRedirectURI(f *testing.F) {
	for _, uri := range mutations {
		f.Add(uri)
	}
	good := map[string]bool{"": true}
	for _, instance := range registered().Instances {
		for _, uri := range instance.RedirectURIs {
			good[uri] = true
		}
	}
	f.Fuzz(func(t *testing.T, uri string) {
		_, err := parse(asked(op.Params{"redirect_uri": {uri}}))
		if !good[uri] && outcome(err) != "authorize.redirect" {
			t.Errorf("%q: %v", uri, err)
		}
	})
}

func FuzzAuthRequest(f *testing.F) {
	f.Add("code", "openid", "state", "none", "1", challenge, "S256", "fr", "{}")
	f.Add("token", "", "\x00", "login  none", "-1", "", "", strings.Repeat("a ", 99), `{"iss":"https://id.example","aud":"pim","sub":"s"}`)
	f.Fuzz(func(t *testing.T, responseType, scope, rpState, prompt, maxAge, codeChallenge, method, locales, hint string) {
		q, err := parse(asked(op.Params{"response_type": {responseType}, "scope": {scope}, "state": {rpState}, "prompt": {prompt},
			"max_age": {maxAge}, "code_challenge": {codeChallenge}, "code_challenge_method": {method}, "ui_locales": {locales},
			"id_token_hint": {hint}}))
		if err != nil {
			refusal, ok := errors.AsType[*op.Refusal](err)
			if !ok || refusal.RedirectURI != callback {
				t.Fatalf("a refusal that leads elsewhere: %v", err)
			}
			to, err := url.Parse(refusal.URL(issuer))
			if err != nil || to.Host != "pim.acme.example" || to.Query().Get("iss") != issuer || strings.ContainsAny(refusal.URL(issuer), "\r\n") {
				t.Fatalf("answer %q", refusal.URL(issuer))
			}
			return
		}
		if q.CodeChallenge == "" || len(q.Scope) == 0 || q.Scope[0] != op.ScopeOpenID || q.RPState != rpState {
			t.Fatalf("accepted %+v", q)
		}
		if to, err := url.Parse(q.Answer(issuer, "secret").URL()); err != nil || to.Query().Get("code") != "secret" || to.Query().Get("state") != rpState {
			t.Fatalf("answer %q", q.Answer(issuer, "secret").URL())
		}
	})
}

func TestRedirectOrigin(t *testing.T) {
	for uri, want := range map[string]string{callback: "https://pim.acme.example", "http://127.0.0.1:8080/cb?x=1": "http://127.0.0.1:8080", "app:/cb": "", "": ""} {
		if got := (op.AuthRequest{RedirectURI: uri}).RedirectOrigin(); got != want {
			t.Errorf("%q: %q", uri, got)
		}
	}
}

func TestRequestIsOpenOnceAndForAnHour(t *testing.T) {
	q := parsed(t, nil)
	if err := q.Open(noon.Add(op.AuthRequestTTL - time.Second)); err != nil {
		t.Error(err)
	}
	if err := q.Open(noon.Add(op.AuthRequestTTL)); outcome(err) != "authorize.expired" {
		t.Error(err)
	}
	q.DoneAt = noon
	if err := q.Open(noon); outcome(err) != "authorize.answered" {
		t.Error(err)
	}
}
