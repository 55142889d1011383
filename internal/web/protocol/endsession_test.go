package protocol_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/op"
	"ligature/internal/web/protocol"
)

const bye = "https://pim.acme.example/bye"

// signedInWith gives a session and an ID token made from it.
func (w *world) signedInWith() (account.Session, tokens) {
	w.tb.Helper()
	s := w.session(fullSession)
	_, got := w.redeem(redemption(w.authorize(s).Get("code")))
	return s, got
}

func (w *world) live(s account.Session) bool {
	w.tb.Helper()
	stored, err := w.db.Session(w.tb.Context(), s.ID)
	w.must(err)
	return stored.EndedAt.IsZero()
}

func (w *world) endSession(s account.Session, pairs ...string) *httptest.ResponseRecorder {
	w.tb.Helper()
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return w.send("GET", protocol.PathEndSession+"?"+v.Encode(), nil, s)
}

func TestSignOutByTheProduct(t *testing.T) {
	w := newWorld(t, issuer)
	s, got := w.signedInWith()
	w.advance(time.Hour - time.Second) // the ID token has expired; the session has not
	rec := w.endSession(s, "id_token_hint", got.IDToken, "post_logout_redirect_uri", bye, "state", "x y", "client_id", "pim")
	if rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != bye+"?state=x+y" || w.live(s) {
		t.Errorf("%d %v", rec.Code, rec.Header())
	}
	if cookie := rec.Header().Get("Set-Cookie"); !strings.HasPrefix(cookie, "session=;") {
		t.Error(cookie)
	}
	if answer := w.authorize(s, "prompt", "none"); answer.Get("error") != "login_required" {
		t.Error(answer)
	}
	if rec := w.userInfo(got.AccessToken); rec.Code != http.StatusUnauthorized {
		t.Error(rec.Code)
	}
}

func TestSignOutWithoutReturn(t *testing.T) {
	w := newWorld(t, issuer)
	s, got := w.signedInWith()
	rec := w.endSession(s, "id_token_hint", got.IDToken)
	if rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != protocol.PathSignedOut || w.live(s) {
		t.Error(rec.Code, rec.Header())
	}
	if rec := w.send("GET", protocol.PathSignedOut, nil, account.Session{}); rec.Body.String() != "signed out" {
		t.Error(rec.Body)
	}
}

func TestSignOutThatHasToBeAsked(t *testing.T) {
	w := newWorld(t, issuer)
	s, got := w.signedInWith()
	foreign := strings.Split(got.IDToken, ".")
	unsigned := "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + foreign[1] + "."
	modified := foreign[0] + "." + foreign[1][:len(foreign[1])-2] + "AA." + foreign[2]
	for name, pairs := range map[string][]string{
		"no parameters":    {},
		"state alone":      {"state", "x"},
		"no hint":          {"post_logout_redirect_uri", bye, "client_id", "pim"},
		"hint without alg": {"id_token_hint", unsigned, "post_logout_redirect_uri", bye},
		"modified hint":    {"id_token_hint", modified, "post_logout_redirect_uri", bye},
		"access token":     {"id_token_hint", got.AccessToken, "post_logout_redirect_uri", bye},
		"garbage":          {"id_token_hint", "x", "post_logout_redirect_uri", bye},
	} {
		rec := w.endSession(s, pairs...)
		if rec.Code != http.StatusOK || !strings.HasPrefix(rec.Body.String(), "sure?") || rec.Header().Get("Location") != "" || !w.live(s) {
			t.Errorf("%s: %d %v", name, rec.Code, rec.Header())
		}
	}
}

// TestHintOfAnotherSessionHasToBeAsked (ATK-107): an ID token of somebody else signs nobody out.
func TestHintOfAnotherSessionHasToBeAsked(t *testing.T) {
	w := newWorld(t, issuer)
	_, got := w.signedInWith()
	stranger := w.session(func(s *account.Session) { // reaches acme's SDM alone
		s.Scope, s.Tenant, s.Product, s.ProductAccount, s.Account = account.ScopeProduct, "acme", "sdm", "pa_sdm", ""
	})
	rec := w.endSession(stranger, "id_token_hint", got.IDToken, "post_logout_redirect_uri", bye)
	if rec.Code != http.StatusOK || rec.Header().Get("Location") != "" || !w.live(stranger) {
		t.Error(rec.Code, rec.Header())
	}
	again := w.session(fullSession) // the same person, signed in again since
	rec = w.endSession(again, "id_token_hint", got.IDToken, "post_logout_redirect_uri", bye)
	if rec.Header().Get("Location") != bye || w.live(again) {
		t.Error(rec.Code, rec.Header())
	}
}

func TestReturnURIsAreExact(t *testing.T) {
	w := newWorld(t, issuer)
	s, got := w.signedInWith()
	for _, uri := range []string{bye + "?x=1", bye + "/", "https://evil.example/", "https://pim.globex.example/bye", callback, "//evil.example"} {
		rec := w.endSession(s, "id_token_hint", got.IDToken, "post_logout_redirect_uri", uri)
		if rec.Code != http.StatusBadRequest || rec.Header().Get("Location") != "" || !w.live(s) {
			t.Errorf("%s: %d", uri, rec.Code)
		}
	}
	for _, query := range []string{"client_id=sdm", "state=1&state=2"} {
		rec := w.send("GET", protocol.PathEndSession+"?id_token_hint="+got.IDToken+"&"+query, nil, s)
		if rec.Code != http.StatusBadRequest || !w.live(s) {
			t.Errorf("%s: %d", query, rec.Code)
		}
	}
}

func TestSignOutOfNobody(t *testing.T) {
	w := newWorld(t, issuer)
	_, got := w.signedInWith()
	none := account.Session{}
	if rec := w.endSession(none, "id_token_hint", got.IDToken, "post_logout_redirect_uri", bye); rec.Header().Get("Location") != bye {
		t.Error(rec.Header())
	}
	if rec := w.endSession(none, "post_logout_redirect_uri", "https://evil.example/"); rec.Header().Get("Location") != protocol.PathSignedOut {
		t.Error(rec.Header())
	}
}

func TestSignOutByPost(t *testing.T) {
	w := newWorld(t, issuer)
	s, got := w.signedInWith()
	body := url.Values{"id_token_hint": {got.IDToken}, "post_logout_redirect_uri": {bye}, "x": {"1"}}
	rec := w.send("POST", protocol.PathEndSession, body, account.Session{}) // no cookie comes with a post of another site
	to := rec.Header().Get("Location")
	if rec.Code != http.StatusSeeOther || !strings.HasPrefix(to, protocol.PathEndSession+"?") || strings.Contains(to, "x=1") || !w.live(s) {
		t.Fatal(rec.Code, to)
	}
	if rec := w.send("GET", to, nil, s); rec.Header().Get("Location") != bye || w.live(s) {
		t.Error(rec.Header())
	}
}

func TestConfirmedSignOut(t *testing.T) {
	w := newWorld(t, issuer)
	s := w.session(fullSession)
	said := strings.Fields(w.endSession(s).Body.String())
	action, field, proof := said[1], said[2], said[3]
	other := w.session(fullSession)
	othersProof := strings.Fields(w.endSession(other).Body.String())[3]
	for name, test := range map[string]struct {
		body   url.Values
		header []string
	}{
		"other site":            {url.Values{field: {proof}}, []string{"Sec-Fetch-Site", "cross-site"}},
		"sibling host":          {url.Values{field: {proof}}, []string{"Sec-Fetch-Site", "same-site"}},
		"foreign origin":        {url.Values{field: {proof}}, []string{"Origin", "https://evil.example"}},
		"no proof":              {url.Values{}, nil},
		"other session's proof": {url.Values{field: {othersProof}}, nil},
		"two proofs":            {url.Values{field: {proof, proof}}, nil},
		"the client's sid":      {url.Values{field: {op.SID(s.ID, "pim")}}, nil},
	} {
		if rec := w.send("POST", action, test.body, s, test.header...); rec.Code != http.StatusForbidden || !w.live(s) {
			t.Errorf("%s: %d", name, rec.Code)
		}
	}
	rec := w.send("POST", action, url.Values{field: {proof}}, s, "Sec-Fetch-Site", "same-origin")
	if rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != protocol.PathSignedOut || w.live(s) {
		t.Error(rec.Code, rec.Header())
	}
	if rec := w.send("POST", action, url.Values{field: {proof}}, s); rec.Header().Get("Location") != protocol.PathSignedOut {
		t.Error("twice", rec.Code)
	}
}
