package protocol_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/ident"
	"ligature/internal/sqlstore"
	"ligature/internal/web/protocol"
)

// askRollout asks for a rollout, with headers by name and value.
func (w *world) askRollout(method, target string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.mux.ServeHTTP(rec, r)
	return rec
}

// turn turns a switch of acme; without a product, its own.
func (w *world) turn(product ident.ProductID, state directory.Rollout, people ...string) {
	w.tb.Helper()
	_, err := w.db.Switch(context.Background(), sqlstore.Switching{Tenant: "acme", Product: product, State: state, By: "test", At: noon,
		Pilot: &directory.Pilot{People: people}})
	w.must(err)
}

func TestRolloutIsTold(t *testing.T) {
	w := newWorld(t, issuer)
	rec := w.askRollout("GET", "/rollout/sdm")
	if rec.Code != http.StatusOK || rec.Body.String() != `{"state":"on","max_age":30}` {
		t.Fatal(rec.Code, rec.Body)
	}
	tag := rec.Header().Get("ETag")
	for name, want := range map[string]string{"Content-Type": "application/json", "Cache-Control": "public, max-age=30",
		"Access-Control-Allow-Origin": "*", "Set-Cookie": "", "Access-Control-Allow-Credentials": ""} {
		if got := rec.Header().Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if protocol.RolloutTTL > time.Minute {
		t.Error("an answer lives for", protocol.RolloutTTL)
	}
	for sent, want := range map[string]int{tag: 304, "W/" + tag: 304, `"x", ` + tag: 304, "*": 304, `"x"`: 200, "": 200} {
		rec := w.askRollout("GET", "/rollout/sdm", "If-None-Match", sent)
		if rec.Code != want || rec.Header().Get("ETag") != tag || want == 304 && rec.Body.Len() > 0 {
			t.Errorf("If-None-Match %q: %d %s", sent, rec.Code, rec.Body)
		}
	}
	for state, want := range map[directory.Rollout]string{"off": `{"state":"off","max_age":30}`, "pilot": `{"state":"pilot","max_age":30}`} {
		w.turn("sdm", state)
		w.provider.Forget()
		rec := w.askRollout("GET", "/rollout/sdm", "If-None-Match", tag)
		if rec.Code != 200 || rec.Body.String() != want || rec.Header().Get("ETag") == tag {
			t.Errorf("%s: %d %s", state, rec.Code, rec.Body)
		}
		if rec := w.askRollout("GET", "/rollout/web"); rec.Body.String() != `{"state":"on","max_age":30}` {
			t.Errorf("another product of the tenant: %s", rec.Body)
		}
	}
	if rec := w.askRollout("OPTIONS", "/rollout/sdm", "Origin", "https://sdm.acme.example"); rec.Code != 204 || rec.Header().Get("Access-Control-Allow-Origin") != "*" ||
		rec.Header().Get("Access-Control-Allow-Headers") != "If-None-Match" {
		t.Error(rec.Code, rec.Header())
	}
	if rec := w.askRollout("POST", "/rollout/sdm"); rec.Code != 405 || rec.Header().Get("Allow") == "" {
		t.Error(rec.Code)
	}
}

// TestRolloutOfSeveralTenants: the tenant has to be named where a client serves several, and nothing says which there are.
func TestRolloutOfSeveralTenants(t *testing.T) {
	w := newWorld(t, issuer)
	w.turn("", directory.RolloutOff)
	for target, want := range map[string]int{"/rollout/pim": 400, "/rollout/pim?tenant=acme": 200, "/rollout/pim?tenant=globex": 200,
		"/rollout/pim?tenant=acme&tenant=globex": 400, "/rollout/pim?tenant=": 404, "/rollout/pim?tenant=nobody": 404,
		"/rollout/sdm?tenant=acme": 200, "/rollout/sdm?tenant=globex": 404, "/rollout/nobody": 404, "/rollout/a%2Fb": 404} {
		rec := w.askRollout("GET", target)
		if rec.Code != want {
			t.Errorf("%s: %d %s", target, rec.Code, rec.Body)
		}
		if want == 200 {
			continue
		}
		var problem struct {
			Type, Title, Detail string
			Status              int
		}
		err := json.Unmarshal(rec.Body.Bytes(), &problem)
		if err != nil || problem.Status != want || problem.Title == "" || problem.Detail == "" || problem.Type != "about:blank" ||
			rec.Header().Get("Content-Type") != "application/problem+json" || rec.Header().Get("Cache-Control") != "no-store" ||
			rec.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %v %s %v", target, err, rec.Body, rec.Header())
		}
	}
	if rec := w.askRollout("GET", "/rollout/pim?tenant=acme"); rec.Body.String() != `{"state":"off","max_age":30}` {
		t.Error(rec.Body)
	}
	if rec := w.askRollout("GET", "/rollout/pim?tenant=globex"); rec.Body.String() != `{"state":"on","max_age":30}` {
		t.Error(rec.Body)
	}
}

// TestRolloutFromMemory: what was read is told again without the store, for a while even when that is gone.
func TestRolloutFromMemory(t *testing.T) {
	w := newWorld(t, issuer)
	w.askRollout("GET", "/rollout/sdm")
	w.down = true
	for after, want := range map[time.Duration]int{time.Second: 200, 30 * time.Second: 200, 2 * time.Minute: 503} {
		w.now = noon.Add(after)
		if rec := w.askRollout("GET", "/rollout/sdm"); rec.Code != want || want == 503 && rec.Header().Get("Retry-After") == "" {
			t.Errorf("after %s: %d %s", after, rec.Code, rec.Body)
		}
	}
	w.down, w.now = false, noon
	w.turn("sdm", directory.RolloutOff)
	w.now = noon.Add(3 * time.Second)
	if rec := w.askRollout("GET", "/rollout/sdm"); rec.Body.String() != `{"state":"off","max_age":30}` {
		t.Error("a switch turned elsewhere, three seconds later:", rec.Body)
	}
}

// TestProductThatIsOff (ATK-112): the authorization endpoint refuses a product that is off for its tenant, and no other.
func TestProductThatIsOff(t *testing.T) {
	w := newWorld(t, issuer)
	s := w.session(fullSession)
	w.authorize(s)
	w.turn("pim", directory.RolloutOff)
	for _, prompt := range []string{"", "none", "login"} {
		for _, session := range []account.Session{s, {}} {
			if answer := w.authorize(session, "prompt", prompt); answer.Get("error") != "tenant_not_enabled" || answer.Get("state") != "s-1" {
				t.Errorf("%q: %v", prompt, answer)
			}
		}
	}
	if len(w.begun) != 0 {
		t.Error("a flow was begun")
	}
	other := w.authorize(s, "client_id", "sdm", "redirect_uri", "https://sdm.acme.example/callback")
	if other.Get("code") == "" {
		t.Errorf("another product: %v", other)
	}
}

// TestPilotAtTheEndpoint: a session of somebody outside is told so, one of somebody inside is answered.
func TestPilotAtTheEndpoint(t *testing.T) {
	w := newWorld(t, issuer)
	s := w.session(fullSession)
	w.turn("", directory.RolloutPilot, "omar")
	for _, prompt := range []string{"", "none"} {
		if answer := w.authorize(s, "prompt", prompt); answer.Get("error") != "tenant_not_enabled" || answer.Has("code") {
			t.Errorf("outside, %q: %v", prompt, answer)
		}
	}
	w.turn("", directory.RolloutPilot, "dana")
	if answer := w.authorize(s); answer.Get("code") == "" {
		t.Errorf("inside: %v", answer)
	}
}
