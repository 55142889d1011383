package protocol_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/op"
	"ligature/internal/web/protocol"
)

func TestCodeBecomesTokens(t *testing.T) {
	w := newWorld(t, issuer)
	rec, got := w.redeem(redemption(w.authCode()))
	if rec.Code != http.StatusOK || got.Type != "Bearer" || got.ExpiresIn != 300 || got.Scope != "openid profile email" {
		t.Fatalf("%d %+v", rec.Code, got)
	}
	if h := rec.Header(); h.Get("Cache-Control") != "no-store" || h.Get("Content-Type") != "application/json" ||
		h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Access-Control-Allow-Credentials") != "" {
		t.Error(h)
	}
	id := w.claims(got.IDToken, op.TypeIDToken)
	if id["aud"] != "pim" || id["nonce"] != "n-1" || id["email"] != "dana@example.com" || id["email_verified"] != true || id["tenant"] != "acme" {
		t.Error(id)
	}
	access := w.claims(got.AccessToken, op.TypeAccessToken)
	if access["aud"] != issuer || access["client_id"] != "pim" || access["jti"] == "" {
		t.Error(access)
	}
}

func TestRedemptionsThatFail(t *testing.T) {
	w := newWorld(t, issuer)
	sdm := redemption("", "redirect_uri", callback, "client_id", "sdm", "client_secret", secret)
	for name, test := range map[string]struct {
		body   url.Values
		header []string
		wait   time.Duration
		want   string
	}{
		"wrong verifier":     {redemption("", "code_verifier", strings.Repeat("a", 43)), nil, 0, "invalid_grant"},
		"no verifier":        {redemption("", "code_verifier", ""), nil, 0, "invalid_grant"},
		"challenge":          {redemption("", "code_verifier", op.CodeChallenge(verifier)), nil, 0, "invalid_grant"},
		"short verifier":     {redemption("", "code_verifier", "short"), nil, 0, "invalid_grant"},
		"other redirect":     {redemption("", "redirect_uri", callback+"/"), nil, 0, "invalid_grant"},
		"no redirect":        {redemption("", "redirect_uri", ""), nil, 0, "invalid_request"},
		"after 60 seconds":   {redemption(""), nil, time.Minute, "invalid_grant"},
		"another client":     {sdm, []string{}, 0, "invalid_grant"},
		"another grant type": {redemption("", "grant_type", "password"), nil, 0, "unsupported_grant_type"},
		"no grant type":      {redemption("", "grant_type", ""), nil, 0, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			authCode := w.authCode()
			w.advance(test.wait)
			test.body.Set("code", authCode)
			header := test.header
			if header == nil {
				header = basic("pim", secret)
			}
			rec, got := w.redeem(test.body, header...)
			if rec.Code != http.StatusBadRequest || got.Error != test.want || got.IDToken != "" {
				t.Errorf("%d %+v", rec.Code, got)
			}
		})
	}
	for _, authCode := range []string{"unknown", "\x00", strings.Repeat("a", 10000)} {
		if rec, got := w.redeem(redemption(authCode)); rec.Code != http.StatusBadRequest || got.Error != "invalid_grant" {
			t.Errorf("%.9q: %d %+v", authCode, rec.Code, got)
		}
	}
}

func TestAnotherClientDoesNotSpendTheCode(t *testing.T) {
	w := newWorld(t, issuer)
	authCode := w.authCode()
	if _, got := w.redeem(redemption(authCode, "client_id", "sdm", "client_secret", secret), []string{}...); got.Error != "invalid_client" && got.Error != "invalid_grant" {
		t.Fatalf("%+v", got)
	}
	if _, got := w.redeem(redemption(authCode)); got.IDToken == "" {
		t.Errorf("%+v", got)
	}
}

func TestWrongVerifierSpendsTheCode(t *testing.T) {
	w := newWorld(t, issuer)
	authCode := w.authCode()
	w.redeem(redemption(authCode, "code_verifier", strings.Repeat("a", 43)))
	if _, got := w.redeem(redemption(authCode)); got.Error != "invalid_grant" {
		t.Errorf("%+v", got)
	}
}

func TestParallelRedemption(t *testing.T) {
	w := newWorld(t, issuer)
	authCode := w.authCode()
	answers := make([]tokens, 20)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { _, answers[i] = w.redeem(redemption(authCode)) })
	}
	all.Wait()
	won := 0
	for _, got := range answers {
		switch {
		case got.IDToken != "":
			won++
			if rec := w.userInfo(got.AccessToken); rec.Code != http.StatusUnauthorized {
				t.Errorf("the winner's token lived through the replay: %d", rec.Code)
			}
		case got.Error != "invalid_grant":
			t.Errorf("%+v", got)
		}
	}
	if won != 1 {
		t.Errorf("%d won", won)
	}
}

func TestReplayEndsTheGrant(t *testing.T) {
	w := newWorld(t, issuer)
	authCode := w.authCode()
	_, first := w.redeem(redemption(authCode))
	if rec := w.userInfo(first.AccessToken); rec.Code != http.StatusOK {
		t.Fatal(rec.Code)
	}
	w.advance(30 * time.Second)
	if rec, got := w.redeem(redemption(authCode)); rec.Code != http.StatusBadRequest || got.Error != "invalid_grant" {
		t.Error(rec.Code, got)
	}
	if rec := w.userInfo(first.AccessToken); rec.Code != http.StatusUnauthorized {
		t.Error("the access token lives", rec.Code)
	}
	if !strings.Contains(w.log.String(), "code replayed") || strings.Contains(w.log.String(), authCode) {
		t.Errorf("log: %s", w.log)
	}
}

func TestClientAuthentication(t *testing.T) {
	w := newWorld(t, issuer)
	post := func(client, plain string) url.Values {
		return redemption("x", "client_id", client, "client_secret", plain)
	}
	twoMethods := append(basic("pim", secret), "X", "")
	for name, test := range map[string]struct {
		body   url.Values
		header []string
		status int
		want   string
	}{
		"basic":                     {redemption("x"), basic("pim", secret), 400, "invalid_grant"},
		"basic and client_id":       {redemption("x", "client_id", "pim"), basic("pim", secret), 400, "invalid_grant"},
		"post":                      {post("sdm", secret), []string{}, 400, "invalid_grant"},
		"public":                    {redemption("x", "client_id", "web"), []string{}, 400, "invalid_grant"},
		"wrong secret":              {redemption("x"), basic("pim", "wrong"), 401, "invalid_client"},
		"empty secret":              {redemption("x"), basic("pim", ""), 401, "invalid_client"},
		"unknown client":            {redemption("x"), basic("nobody", secret), 401, "invalid_client"},
		"the hash as secret":        {redemption("x"), basic("pim", hashOf("client_secret")(secret)), 401, "invalid_client"},
		"wrong secret by post":      {post("sdm", "wrong"), []string{}, 401, "invalid_client"},
		"basic client by post":      {post("pim", secret), []string{}, 401, "invalid_client"},
		"post client by basic":      {redemption("x"), basic("sdm", secret), 401, "invalid_client"},
		"basic client as public":    {redemption("x", "client_id", "pim"), []string{}, 401, "invalid_client"},
		"public client with secret": {post("web", "x"), []string{}, 401, "invalid_client"},
		"public client by basic":    {redemption("x"), basic("web", "x"), 401, "invalid_client"},
		"nobody":                    {redemption("x"), []string{}, 401, "invalid_client"},
		"another scheme":            {redemption("x"), []string{"Authorization", "Bearer x"}, 401, "invalid_client"},
		"broken basic":              {redemption("x"), []string{"Authorization", "Basic %%%"}, 401, "invalid_client"},
		"assertion":                 {redemption("x", "client_assertion", "a.b.c", "client_id", "pim"), []string{}, 401, "invalid_client"},
		"two ways":                  {post("pim", secret), twoMethods, 400, "invalid_request"},
		"two clients":               {redemption("x", "client_id", "sdm"), basic("pim", secret), 400, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			rec, got := w.redeem(test.body, test.header...)
			if rec.Code != test.status || got.Error != test.want {
				t.Errorf("%d %+v", rec.Code, got)
			}
			if challenge := rec.Header().Get("WWW-Authenticate"); (rec.Code == 401) != strings.HasPrefix(challenge, "Basic ") {
				t.Errorf("challenge %q", challenge)
			}
			if rec.Header().Get("Cache-Control") != "no-store" {
				t.Error("may be cached")
			}
		})
	}
	log := w.log.String()
	if !strings.Contains(log, "client=pim") || !strings.Contains(log, "client=unknown") || strings.Contains(log, "nobody") || strings.Contains(log, "wrong") {
		t.Errorf("log: %s", log)
	}
}

func TestTokenRequestsThatCannotBeRead(t *testing.T) {
	w := newWorld(t, issuer)
	authCode := w.authCode()
	header := basic("pim", secret)
	send := func(method, target, contentType, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		r.Header.Set(header[0], header[1])
		rec := httptest.NewRecorder()
		w.mux.ServeHTTP(rec, r)
		return rec
	}
	const form = "application/x-www-form-urlencoded"
	good := redemption(authCode).Encode()
	for name, rec := range map[string]*httptest.ResponseRecorder{
		"json":              send("POST", protocol.PathToken, "application/json", `{}`),
		"no type":           send("POST", protocol.PathToken, "", good),
		"query":             send("POST", protocol.PathToken+"?"+good, form, ""),
		"query beside body": send("POST", protocol.PathToken+"?client_secret=x", form, good),
		"code twice":        send("POST", protocol.PathToken, form, good+"&code="+authCode),
		"verifier twice":    send("POST", protocol.PathToken, form, good+"&code_verifier=x"),
		"unknown twice":     send("POST", protocol.PathToken, form, good+"&x=1&x=2"),
		"malformed":         send("POST", protocol.PathToken, form, good+"&%zz"),
		"enormous":          send("POST", protocol.PathToken, form, good+"&x="+strings.Repeat("a", 17000)),
	} {
		if rec.Code != http.StatusBadRequest || !strings.Contains(rec.Body.String(), `"invalid_request"`) || rec.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
		}
	}
	if rec := send("GET", protocol.PathToken+"?"+good, form, ""); rec.Code != http.StatusMethodNotAllowed {
		t.Error("GET", rec.Code)
	}
	if rec := send("POST", protocol.PathToken, form, good); rec.Code != http.StatusOK {
		t.Errorf("none of these may spend the code: %d %s", rec.Code, rec.Body)
	}
}

func TestCodeDiesWithWhatItWasGivenFor(t *testing.T) {
	w := newWorld(t, issuer)
	s := w.session(fullSession)
	authCode := w.authorize(s).Get("code")
	if err := w.db.EndSession(t.Context(), s.ID, noon); err != nil {
		t.Fatal(err)
	}
	if _, got := w.redeem(redemption(authCode)); got.Error != "invalid_grant" {
		t.Errorf("after the session: %+v", got)
	}
}

func (w *world) userInfo(accessToken string) *httptest.ResponseRecorder {
	w.tb.Helper()
	return w.send("GET", protocol.PathUserInfo, nil, account.Session{}, "Authorization", "Bearer "+accessToken)
}

func TestUserInfo(t *testing.T) {
	w := newWorld(t, issuer)
	_, got := w.redeem(redemption(w.authCode()))
	form := func(accessToken string) url.Values { return url.Values{"access_token": {accessToken}} }
	none := account.Session{}
	for name, test := range map[string]struct {
		rec    *httptest.ResponseRecorder
		status int
		auth   string
	}{
		"GET with header":  {w.userInfo(got.AccessToken), 200, ""},
		"POST with header": {w.send("POST", protocol.PathUserInfo, nil, none, "Authorization", "bearer "+got.AccessToken), 200, ""},
		"POST with form":   {w.send("POST", protocol.PathUserInfo, form(got.AccessToken), none), 200, ""},
		"nothing":          {w.send("GET", protocol.PathUserInfo, nil, none), 401, "Bearer"},
		"Basic":            {w.send("GET", protocol.PathUserInfo, nil, none, basic("pim", secret)...), 401, "Bearer"},
		"query":            {w.send("GET", protocol.PathUserInfo+"?access_token="+got.AccessToken, nil, none), 400, `Bearer error="invalid_request"`},
		"both":             {w.send("POST", protocol.PathUserInfo, form(got.AccessToken), none, "Authorization", "Bearer "+got.AccessToken), 400, `Bearer error="invalid_request"`},
		"ID token":         {w.userInfo(got.IDToken), 401, `Bearer error="invalid_token"`},
		"garbage":          {w.userInfo("garbage"), 401, `Bearer error="invalid_token"`},
		"cut signature":    {w.userInfo(got.AccessToken[:len(got.AccessToken)-8]), 401, `Bearer error="invalid_token"`},
	} {
		if test.rec.Code != test.status || !strings.HasPrefix(test.rec.Header().Get("WWW-Authenticate"), test.auth) ||
			test.rec.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v %s", name, test.rec.Code, test.rec.Header(), test.rec.Body)
		}
		if test.status == 200 && !strings.Contains(test.rec.Body.String(), `"sub":"sub_pim"`) {
			t.Errorf("%s: %s", name, test.rec.Body)
		}
	}
	w.advance(op.AccessTokenTTL)
	if rec := w.userInfo(got.AccessToken); rec.Code != 401 {
		t.Error("expired", rec.Code)
	}
}

func TestScriptsOfOtherSites(t *testing.T) {
	w := newWorld(t, issuer)
	for _, path := range []string{protocol.PathToken, protocol.PathUserInfo, protocol.PathRevoke, protocol.PathPush, protocol.PathDiscovery,
		protocol.PathMetadata, protocol.PathJWKS} {
		rec := w.send("OPTIONS", path, nil, account.Session{}, "Origin", "https://spa.example", "Access-Control-Request-Method", "POST")
		if rec.Code != http.StatusNoContent || rec.Header().Get("Access-Control-Allow-Origin") != "*" || rec.Header().Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: %d %v", path, rec.Code, rec.Header())
		}
	}
}
