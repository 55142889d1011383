package protocol_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/op"
	"ligature/internal/web/protocol"
)

// secondInPIM links Dana to another user of acme's PIM.
func (w *world) secondInPIM() {
	w.tb.Helper()
	pa := account.ProductAccount{ID: "pa_orders", Tenant: "acme", Product: "pim", ExternalID: "43", Generation: "1", Subject: "sub_orders",
		Username: "dana.orders", SeenAt: noon}
	w.must(w.db.Commit(w.tb.Context(), linking.Outcome{ProductAccounts: []account.ProductAccount{pa}, Links: []account.Link{{ID: "li_orders",
		Tenant: "acme", Account: "ac_1", ProductAccount: pa.ID, State: account.LinkActive, CreatedAt: noon, ActiveAt: noon}}}))
}

// ask opens the chooser for a new request and gives what its page was made of.
func (w *world) ask(s account.Session, changes ...string) protocol.Choice {
	w.tb.Helper()
	rec := w.send("GET", protocol.PathAuthorize+"?"+request(changes...).Encode(), nil, s)
	to := rec.Header().Get("Location")
	if rec.Code != http.StatusSeeOther || !strings.HasPrefix(to, protocol.PathChoose+"?request=ar_") {
		w.tb.Fatalf("not asked: %d %s", rec.Code, to)
	}
	before := len(w.asked)
	if rec := w.send("GET", to, nil, s); rec.Code != http.StatusOK || len(w.asked) != before+1 {
		w.tb.Fatal(rec.Code, rec.Body)
	}
	return w.asked[before]
}

// formOf is the body of the page's form with that account.
func formOf(c protocol.Choice, picked ident.ProductAccountID, changes ...string) url.Values {
	v := url.Values{protocol.FieldRequest: {string(c.Request.ID)}, protocol.FieldAccount: {string(picked)}, "step": {c.StepToken}}
	for i := 0; i+1 < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
	}
	return v
}

// TestChooser (ATK-124): the sub is the chosen account's, and the session remembers it until it ends.
func TestChooser(t *testing.T) {
	w := newWorld(t, issuer)
	w.secondInPIM()
	s := w.session(fullSession)
	if answer := w.authorize(s, "prompt", "none"); answer.Get("error") != "account_selection_required" || answer.Get("state") != "s-1" {
		t.Fatal(answer)
	}
	for _, test := range []struct{ picked, sub string }{{"pa_orders", "sub_orders"}, {"pa_pim", "sub_pim"}} {
		c := w.ask(s, "prompt", "select_account")
		if len(c.Persons) != 2 || c.Again || c.Session.ID != s.ID || c.Action != protocol.PathChoose {
			t.Fatalf("%+v", c)
		}
		answer := w.answered(w.send("POST", c.Action, formOf(c, ident.ProductAccountID(test.picked)), s))
		_, got := w.redeem(redemption(answer.Get("code")))
		if id := w.claims(got.IDToken, op.TypeIDToken); id["sub"] != test.sub || answer.Get("state") != "s-1" {
			t.Errorf("%s is told as %v", test.picked, id["sub"])
		}
		_, got = w.redeem(redemption(w.authorize(s, "prompt", "none").Get("code")))
		if id := w.claims(got.IDToken, op.TypeIDToken); id["sub"] != test.sub {
			t.Errorf("remembered as %v", id["sub"])
		}
		if rec := w.send("POST", c.Action, formOf(c, ident.ProductAccountID(test.picked)), s); rec.Code != http.StatusGone {
			t.Error("answered twice", rec.Code)
		}
	}
	hint := w.idToken(s)
	w.advance(time.Second)
	other := w.session(fullSession)
	if answer := w.authorize(other, "prompt", "none"); answer.Get("error") != "account_selection_required" {
		t.Error("another session remembers", answer)
	}
	if answer := w.authorize(other, "prompt", "none", "id_token_hint", hint); !answer.Has("code") {
		t.Error("the hint names one", answer)
	}
	if answer := w.authorize(other, "client_id", "sdm", "redirect_uri", "https://sdm.acme.example/callback", "prompt", "none"); !answer.Has("code") {
		t.Error("one account in another product", answer)
	}
}

// idToken is one of PIM's client, out of a session that is not asked.
func (w *world) idToken(s account.Session) string {
	w.tb.Helper()
	_, got := w.redeem(redemption(w.authorize(s).Get("code")))
	return got.IDToken
}

// TestChooserRefuses: what is not the page's own form, made for this request, session and browser, gives nothing.
func TestChooserRefuses(t *testing.T) {
	w := newWorld(t, issuer)
	w.secondInPIM()
	s, later := w.session(fullSession), w.session(fullSession)
	c, other := w.ask(s), w.ask(s)
	for name, test := range map[string]struct {
		session account.Session
		body    url.Values
		header  []string
		status  int
		leads   string
	}{
		"somebody else's account":  {s, formOf(c, "pa_sdm"), nil, http.StatusOK, ""},
		"no account":               {s, formOf(c, ""), nil, http.StatusOK, ""},
		"no form of ours":          {s, formOf(c, "pa_orders", "step", strings.Repeat("A", 64)), nil, http.StatusSeeOther, protocol.ChoosePath(c.Request.ID)},
		"no step":                  {s, formOf(c, "pa_orders", "step", ""), nil, http.StatusSeeOther, protocol.ChoosePath(c.Request.ID)},
		"the form of another one":  {s, formOf(c, "pa_orders", "step", other.StepToken), nil, http.StatusSeeOther, protocol.ChoosePath(c.Request.ID)},
		"the form of a session":    {later, formOf(c, "pa_orders"), nil, http.StatusSeeOther, protocol.ChoosePath(c.Request.ID)},
		"signed out":               {account.Session{}, formOf(c, "pa_orders"), nil, http.StatusSeeOther, protocol.ResumePath(c.Request.ID)},
		"another browser":          {s, formOf(c, "pa_orders"), []string{"Cookie", "browser=br_2; session=" + string(s.ID)}, http.StatusGone, ""},
		"another site":             {s, formOf(c, "pa_orders"), []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden, ""},
		"a request there is not":   {s, formOf(c, "pa_orders", "request", "ar_0"), nil, http.StatusGone, ""},
		"no request":               {s, formOf(c, "pa_orders", "request", ""), nil, http.StatusBadRequest, ""},
		"an account named twice":   {s, url.Values{"request": {string(c.Request.ID)}, "step": {c.StepToken}, "account": {"pa_pim", "pa_orders"}}, nil, http.StatusOK, ""},
		"something else in a form": {s, formOf(c, "pa_orders"), []string{"Content-Type", "text/plain"}, http.StatusBadRequest, ""},
	} {
		t.Run(name, func(t *testing.T) {
			asked := len(w.asked)
			rec := w.send("POST", protocol.PathChoose, test.body, test.session, test.header...)
			if rec.Code != test.status || rec.Header().Get("Location") != test.leads {
				t.Errorf("%d to %q, want %d to %q", rec.Code, rec.Header().Get("Location"), test.status, test.leads)
			}
			if test.status == http.StatusOK && (len(w.asked) != asked+1 || !w.asked[asked].Again) {
				t.Error("not asked again")
			}
		})
	}
	if answer := w.authorize(s, "prompt", "none"); answer.Get("error") != "account_selection_required" {
		t.Error("a refused choice was remembered", answer)
	}
	if !w.answered(w.send("POST", protocol.PathChoose, formOf(c, "pa_orders"), s)).Has("code") {
		t.Error("the form itself was refused")
	}
}

// TestChooserInAnotherBrowser: only the browser that a request came from is shown who is behind it.
func TestChooserInAnotherBrowser(t *testing.T) {
	w := newWorld(t, issuer)
	w.secondInPIM()
	s := w.session(fullSession)
	c := w.ask(s)
	for _, path := range []string{protocol.ChoosePath(c.Request.ID), protocol.PathOther + "?request=" + string(c.Request.ID)} {
		r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
		r.AddCookie(&http.Cookie{Name: "browser", Value: "br_2"})
		r.AddCookie(&http.Cookie{Name: "session", Value: string(s.ID)})
		rec, asked := httptest.NewRecorder(), len(w.asked)
		if w.mux.ServeHTTP(rec, r); rec.Code != http.StatusGone || len(w.asked) != asked || len(w.begun) != 0 {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
}

// TestChooserGoesOn: the chooser's address leads on when there is nothing to choose any more, and to another sign-in.
func TestChooserGoesOn(t *testing.T) {
	w := newWorld(t, issuer)
	w.secondInPIM()
	s := w.session(fullSession)
	first, second := w.ask(s), w.ask(s)
	w.answered(w.send("POST", protocol.PathChoose, formOf(first, "pa_orders"), s))
	if answer := w.answered(w.send("GET", protocol.ChoosePath(second.Request.ID), nil, s)); !answer.Has("code") {
		t.Error("chosen in another tab", answer)
	}
	third := w.ask(s, "prompt", "select_account")
	rec := w.send("GET", third.OtherURL, nil, s)
	if !strings.HasPrefix(rec.Header().Get("Location"), "/login?request="+string(third.Request.ID)) || len(w.begun) != 1 {
		t.Error(rec.Code, rec.Header().Get("Location"))
	}
	w.advance(op.AuthRequestTTL)
	for _, rec := range []*httptest.ResponseRecorder{w.send("GET", protocol.ChoosePath(third.Request.ID), nil, w.session(fullSession)),
		w.send("GET", third.OtherURL, nil, s), w.send("POST", protocol.PathChoose, formOf(third, "pa_pim"), s)} {
		if rec.Code != http.StatusGone {
			t.Error("after an hour", rec.Code)
		}
	}
}

// TestChooserWhenTheStoreIsDown: the client is told what it can act on.
func TestChooserWhenTheStoreIsDown(t *testing.T) {
	w := newWorld(t, issuer)
	w.secondInPIM()
	s := w.session(fullSession)
	c := w.ask(s)
	w.down = true
	for _, rec := range []*httptest.ResponseRecorder{w.send("GET", protocol.ChoosePath(c.Request.ID), nil, s),
		w.send("POST", protocol.PathChoose, formOf(c, "pa_pim"), s)} {
		if answer := w.answered(rec); answer.Get("error") != "temporarily_unavailable" {
			t.Error(answer)
		}
	}
}
