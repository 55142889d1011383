package protocol_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/op"
	"ligature/internal/web/protocol"
)

func (w *world) push(body url.Values, header ...string) (*httptest.ResponseRecorder, string) {
	w.tb.Helper()
	if header == nil {
		header = basic("pim", secret)
	}
	rec := w.send("POST", protocol.PathPush, body, account.Session{}, header...)
	var said struct {
		RequestURI string `json:"request_uri"`
		ExpiresIn  int    `json:"expires_in"`
		Error      string `json:"error"`
	}
	w.must(json.Unmarshal(rec.Body.Bytes(), &said))
	if rec.Code == http.StatusCreated && (said.ExpiresIn != 60 || !strings.HasPrefix(said.RequestURI, op.RequestURIPrefix)) {
		w.tb.Errorf("%s", rec.Body)
	}
	return rec, said.RequestURI + said.Error
}

// bring is the browser with a pushed request, and what was added on the way.
func (w *world) bring(session account.Session, requestURI string, more ...string) *httptest.ResponseRecorder {
	w.tb.Helper()
	v := url.Values{"client_id": {"pim"}, "request_uri": {requestURI}}
	for i := 0; i+1 < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return w.send("GET", protocol.PathAuthorize+"?"+v.Encode(), nil, session)
}

func TestPushedRequest(t *testing.T) {
	w := newWorld(t, issuer)
	s := w.session(fullSession)
	_, uri := w.push(request("state", "pushed"))
	rec := w.bring(s, uri, "state", "loose", "scope", "nothing", "redirect_uri", "https://evil.example/", "prompt", "login")
	answer := w.answered(rec)
	if answer.Get("state") != "pushed" || !answer.Has("code") || strings.Contains(rec.Header().Get("Location"), "evil") {
		t.Fatal(answer)
	}
	if _, got := w.redeem(redemption(answer.Get("code"))); got.IDToken == "" {
		t.Errorf("%+v", got)
	}
	if rec := w.bring(s, uri); rec.Code == http.StatusSeeOther {
		t.Error("a second time:", rec.Header())
	}
}

// Only the completion spends it: a browser that comes again before that gets the same question, and of both one is answered.
func TestPushedRequestIsSpentAtItsEnd(t *testing.T) {
	w := newWorld(t, issuer)
	_, uri := w.push(request())
	for range 2 {
		if rec := w.bring(account.Session{}, uri); rec.Code != http.StatusSeeOther || !strings.HasPrefix(rec.Header().Get("Location"), "/login") {
			t.Fatal(rec.Code, rec.Header())
		}
	}
	s := w.session(fullSession)
	w.answered(w.send("GET", protocol.ResumePath(w.begun[0].ID), nil, s))
	if rec := w.send("GET", protocol.ResumePath(w.begun[1].ID), nil, s); rec.Code == http.StatusSeeOther {
		t.Error("answered twice:", rec.Header())
	}
}

func TestPushedRequestsThatAreNone(t *testing.T) {
	w := newWorld(t, issuer)
	s := w.session(fullSession)
	_, late := w.push(request())
	w.advance(time.Minute)
	_, good := w.push(request())
	for name, test := range map[string]struct{ uri, client string }{
		"expired":        {late, "pim"},
		"another client": {good, "sdm"},
		"guessed":        {op.RequestURIPrefix + "guess", "pim"},
		"empty":          {op.RequestURIPrefix, "pim"},
	} {
		if rec := w.bring(s, test.uri, "client_id", test.client, "redirect_uri", callback); rec.Code < 400 {
			t.Errorf("%s: %d %v", name, rec.Code, rec.Header())
		}
	}
	answer := w.authorize(s, "request_uri", "https://evil.example/request")
	if answer.Get("error") != "request_uri_not_supported" {
		t.Error("a foreign address:", answer)
	}
	for name, body := range map[string]url.Values{
		"request_uri inside":   request("request_uri", good),
		"unregistered address": request("redirect_uri", callback+"/x"),
		"no challenge":         request("code_challenge", ""),
		"scope":                request("scope", "email"),
		"another client_id":    request("client_id", "web"),
	} {
		if rec, said := w.push(body); rec.Code != http.StatusBadRequest || said == "" || rec.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
		}
	}
	if rec, said := w.push(request(), basic("pim", "wrong")...); rec.Code != http.StatusUnauthorized || said != "invalid_client" {
		t.Errorf("wrong secret: %d %s", rec.Code, rec.Body)
	}
	if rec := w.send("GET", protocol.PathPush, nil, account.Session{}); rec.Code != http.StatusMethodNotAllowed {
		t.Error("GET", rec.Code)
	}
}

func TestRequestsMustBePushed(t *testing.T) {
	w := newWorld(t, issuer)
	w.refresh(directory.RefreshSession, func(c *directory.Client) { c.RequirePushed = true })
	s := w.session(fullSession)
	if answer := w.authorize(s); answer.Get("error") != "invalid_request" {
		t.Error(answer)
	}
	_, uri := w.push(request())
	if answer := w.answered(w.bring(s, uri)); !answer.Has("code") {
		t.Error(answer)
	}
}
