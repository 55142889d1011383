package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sort"
	"strings"
	"testing"

	"ligature/internal/fault"
	"ligature/internal/web/api"
)

const (
	list = "/tenants/acme/invitations"
	mona = `{"external_id":"17","email":"mona@acme.example","invited_by":"Julia Stark"}`
)

// problem is what is asked of a problem document.
type problem struct {
	Type, Title, Detail, Key string
	Status                   int
	Errors                   []struct{ Pointer, Detail string }
}

func (w *world) problem(body []byte) (p problem) {
	w.tb.Helper()
	w.must(json.Unmarshal(body, &p))
	return p
}

// TestDescriptionIsTheHandlers: openapi.json lists every operation with its scope, and no other.
func TestDescriptionIsTheHandlers(t *testing.T) {
	w := newWorld(t)
	var described []string
	for path, item := range w.doc["paths"].(map[string]any) {
		for method, operation := range item.(map[string]any) {
			scope := ""
			for _, security := range operation.(map[string]any)["security"].([]any) {
				scope = fmt.Sprint(security.(map[string]any)["client"].([]any)[0])
			}
			described = append(described, strings.ToUpper(method)+" "+path+" "+scope)
		}
	}
	handled := api.Operations()
	sort.Strings(described)
	sort.Strings(handled)
	if !slices.Equal(described, handled) {
		t.Errorf("described %q\nhandled   %q", described, handled)
	}
	if rec := w.call("", http.MethodGet, "/openapi.json", ""); rec.Code != http.StatusOK || rec.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%d %s", rec.Code, rec.Header())
	}
}

// TestWhoMayCall (ATK-105): a client's own access token with the scope, and nobody else.
func TestWhoMayCall(t *testing.T) {
	w := newWorld(t)
	for name, test := range map[string]struct {
		bearer  string
		status  int
		key     string
		says    string
		writing bool
	}{
		"a reader that reads":   {accessToken("reader", "invitations:read"), 200, "", "", false},
		"a reader that writes":  {accessToken("reader", both), 403, "api.scope", `error="insufficient_scope"`, true},
		"a smaller token":       {accessToken("pim", "invitations:read"), 403, "api.scope", `scope="invitations:write"`, true},
		"nobody":                {"", 401, "api.no_token", `Bearer realm="api"`, false},
		"no signature":          {"x", 401, "api.bad_token", `error="invalid_token"`, false},
		"a person's token":      {accessToken("pim", both, "aud", issuer, "grant_id", "gr_1"), 401, "api.bad_token", "", false},
		"one with a grant":      {accessToken("pim", both, "grant_id", "gr_1"), 401, "api.bad_token", "", false},
		"another audience":      {accessToken("pim", both, "aud", "https://pim.example"), 401, "api.bad_token", "", false},
		"another issuer":        {accessToken("pim", both, "iss", "https://other.example"), 401, "api.bad_token", "", false},
		"a subject not its own": {accessToken("pim", both, "sub", "sdm"), 401, "api.bad_token", "", false},
		"an old one":            {accessToken("pim", both, "exp", noon.Unix()), 401, "api.bad_token", "", false},
		"an unknown client":     {accessToken("gone", both), 401, "api.bad_token", "", false},
		"a store that is down":  {accessToken("down", both), 503, "store.down", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			method, body := http.MethodGet, ""
			if test.writing {
				method, body = http.MethodPost, mona
			}
			rec := w.call(test.bearer, method, list, body)
			if rec.Code != test.status || !strings.Contains(rec.Header().Get("WWW-Authenticate"), test.says) {
				t.Fatalf("%d %q %s", rec.Code, rec.Header().Get("WWW-Authenticate"), rec.Body)
			}
			if test.key != "" && w.problem(rec.Body.Bytes()).Key != test.key {
				t.Errorf("%s", rec.Body)
			}
		})
	}
	if len(w.kept) != 0 {
		t.Errorf("%d were made", len(w.kept))
	}
}

// TestTenantsAreApart (ATK-113): what is another tenant's or product's is what does not exist, in every operation.
func TestTenantsAreApart(t *testing.T) {
	w := newWorld(t)
	pim, sdm := accessToken("pim", both), accessToken("sdm", both)
	w.call(pim, http.MethodPost, "/tenants/globex/invitations", mona)
	w.call(pim, http.MethodPost, list, mona)
	globex, acme := "/iv_0", "/iv_1"
	missing := w.call(pim, http.MethodGet, list+"/iv_9", "").Body.String()
	for _, operation := range []struct{ method, path string }{
		{"GET", ""}, {"POST", "/resend"}, {"POST", "/cancel"}, {"POST", "/revoke"},
	} {
		for name, rec := range map[string]string{
			"another tenant's invitation":  w.call(pim, operation.method, list+globex+operation.path, "").Body.String(),
			"another product's invitation": w.call(sdm, operation.method, list+acme+operation.path, "").Body.String(),
			"a tenant it does not serve":   w.call(sdm, operation.method, "/tenants/globex/invitations"+globex+operation.path, "").Body.String(),
			"a tenant that is none":        w.call(sdm, operation.method, "/tenants/none/invitations"+globex+operation.path, "").Body.String(),
			"an id that cannot be one":     w.call(pim, operation.method, list+"/%00"+operation.path, "").Body.String(),
		} {
			if p := w.problem([]byte(rec)); p.Status != http.StatusNotFound || p.Detail != w.problem([]byte(missing)).Detail {
				t.Errorf("%s %s: %s", operation.method, name, rec)
			}
		}
	}
	for _, path := range []string{"/tenants/globex/invitations", "/tenants/none/invitations"} {
		if rec := w.call(sdm, http.MethodPost, path, mona); rec.Code != http.StatusNotFound {
			t.Errorf("inviting into %s: %d", path, rec.Code)
		}
		if rec := w.call(sdm, http.MethodGet, path, ""); rec.Code != http.StatusNotFound {
			t.Errorf("listing %s: %d", path, rec.Code)
		}
	}
	if rec := w.call(sdm, http.MethodGet, list, ""); strings.Contains(rec.Body.String(), "mona@acme.example") {
		t.Errorf("another product's list: %s", rec.Body)
	}
}

// TestEveryFailureIsAProblem: also where no operation is reached.
func TestEveryFailureIsAProblem(t *testing.T) {
	w := newWorld(t)
	pim := accessToken("pim", both)
	for name, test := range map[string]struct {
		method, path, body string
		header             []string
		status             int
		key, pointer       string
	}{
		"no such path":         {"GET", "/nothing", "", nil, 404, "api.path", ""},
		"no such method":       {"DELETE", list, "", nil, 405, "api.method", ""},
		"a form":               {"POST", list, "external_id=17", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "api.type", ""},
		"no type":              {"POST", list, mona, []string{"Content-Type", ""}, 415, "api.type", ""},
		"too large":            {"POST", list, `{"email":"` + strings.Repeat("x", 17<<10) + `"}`, nil, 413, "api.size", ""},
		"no JSON":              {"POST", list, `{"email":`, nil, 400, "api.syntax", ""},
		"a list":               {"POST", list, `[]`, nil, 400, "api.syntax", ""},
		"something after it":   {"POST", list, mona + `{}`, nil, 400, "api.syntax", ""},
		"an unknown member":    {"POST", list, `{"external_id":"17","email":"m@acme.example","role":"admin"}`, nil, 422, "api.body", "/role"},
		"another case":         {"POST", list, `{"external_id":"17","Email":"m@acme.example"}`, nil, 422, "api.body", "/Email"},
		"a member twice":       {"POST", list, `{"external_id":"17","email":"m@acme.example","email":"n@acme.example"}`, nil, 422, "api.body", "/email"},
		"a number":             {"POST", list, `{"external_id":17,"email":"m@acme.example"}`, nil, 422, "api.body", "/external_id"},
		"no address":           {"POST", list, `{"external_id":"17","email":"mona"}`, nil, 422, "api.body", "/email"},
		"nothing":              {"POST", list, `{}`, nil, 422, "api.body", "/external_id"},
		"a line break":         {"POST", list, `{"external_id":"17","email":"m@acme.example","invited_by":"a\nb"}`, nil, 422, "api.body", "/invited_by"},
		"a body of an action":  {"POST", list + "/iv_0/cancel", `{"reason":"x"}`, nil, 422, "api.body", "/reason"},
		"a limit of zero":      {"GET", list + "?limit=0", "", nil, 422, "api.query", ""},
		"a made up cursor":     {"GET", list + "?cursor=xx", "", nil, 422, "api.query", ""},
		"an unknown state":     {"GET", list + "?state=gone", "", nil, 422, "api.query", ""},
		"an unknown parameter": {"GET", list + "?tenant=globex", "", nil, 422, "api.query", ""},
	} {
		t.Run(name, func(t *testing.T) {
			rec := w.call(pim, test.method, test.path, test.body, test.header...)
			p := w.problem(rec.Body.Bytes())
			if rec.Code != test.status || p.Status != test.status || p.Key != test.key || p.Type != "urn:ligature:problem:"+test.key ||
				p.Title == "" || p.Detail == "" || rec.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("%d %s %s", rec.Code, rec.Header().Get("Content-Type"), rec.Body)
			}
			if test.pointer != "" && (len(p.Errors) == 0 || p.Errors[0].Pointer != test.pointer) {
				t.Errorf("%s", rec.Body)
			}
			if test.status == 405 && rec.Header().Get("Allow") != "GET, HEAD, POST" {
				t.Errorf("Allow: %q", rec.Header().Get("Allow"))
			}
		})
	}
}

// TestRefusalsHaveWords: every refusal of the rules is answered with a status and a sentence of its own.
func TestRefusalsHaveWords(t *testing.T) {
	w := newWorld(t)
	said := map[string]string{}
	for key, status := range map[string]int{
		"tenant.not_enabled": 409, "pilot.outside": 409, "invitation.limit": 409, "invitation.other_address": 409, "invitation.no_ids": 409,
		"invitation.disabled": 409, "invitation.privileged": 409, "invitation.shared": 409, "invitation.used": 409,
		"invitation.no_user": 422, "invitation.recorded": 422, "email.domain": 422,
	} {
		kind := fault.Moved
		if status == 422 {
			kind = fault.Invalid
		}
		w.refuse = fault.New(kind, key)
		rec := w.call(accessToken("pim", both), http.MethodPost, list, mona)
		p := w.problem(rec.Body.Bytes())
		if rec.Code != status || p.Key != key || said[p.Detail] != "" {
			t.Errorf("%s: %d %s (as %s)", key, rec.Code, rec.Body, said[p.Detail])
		}
		said[p.Detail] = key
	}
	w.refuse = fault.Wait("mails.wait", 90_500_000_000)
	if rec := w.call(accessToken("pim", both), http.MethodPost, list, mona); rec.Code != http.StatusTooManyRequests || rec.Header().Get("Retry-After") != "91" {
		t.Errorf("%d %q", rec.Code, rec.Header().Get("Retry-After"))
	}
	w.refuse = fmt.Errorf("secret cause")
	if rec := w.call(accessToken("pim", both), http.MethodGet, list, ""); rec.Code != http.StatusInternalServerError ||
		strings.Contains(rec.Body.String(), "secret") || w.problem(rec.Body.Bytes()).Key != "internal" {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

// TestInvitingIsRepeatable: made once with 201, then the same with 200; read, listed in pages, and not sent again unchanged.
func TestInvitingIsRepeatable(t *testing.T) {
	w := newWorld(t)
	pim := accessToken("pim", both)
	first := w.call(pim, http.MethodPost, list, mona)
	again := w.call(pim, http.MethodPost, list, mona)
	if first.Code != http.StatusCreated || again.Code != http.StatusOK || first.Body.String() != again.Body.String() ||
		first.Header().Get("Location") != "/api/v1"+list+"/iv_0" {
		t.Fatalf("%d %d %s", first.Code, again.Code, first.Header().Get("Location"))
	}
	one := w.call(pim, http.MethodGet, list+"/iv_0", "")
	if same := w.call(pim, http.MethodGet, list+"/iv_0", "", "If-None-Match", `"other", W/`+one.Header().Get("ETag")); same.Code != http.StatusNotModified || same.Body.Len() != 0 {
		t.Errorf("%d", same.Code)
	}
	if head := w.call(pim, http.MethodHead, list+"/iv_0", ""); head.Code != http.StatusOK || head.Body.Len() != 0 || head.Header().Get("ETag") != one.Header().Get("ETag") {
		t.Errorf("%d %s", head.Code, head.Header())
	}
	for n := range 4 {
		w.call(pim, http.MethodPost, list, fmt.Sprintf(`{"external_id":"c%d","email":"c%d@acme.example"}`, n, n))
	}
	var seen []string
	for at := "?limit=2"; at != ""; {
		var page struct {
			Invitations []struct{ ID string }
			Next        string
		}
		w.must(json.Unmarshal(w.call(pim, http.MethodGet, list+at, "").Body.Bytes(), &page))
		for _, i := range page.Invitations {
			seen = append(seen, i.ID)
		}
		if at = ""; page.Next != "" {
			at = "?limit=2&cursor=" + page.Next
		}
	}
	if strings.Join(seen, " ") != "iv_4 iv_3 iv_2 iv_1 iv_0" {
		t.Errorf("%v", seen)
	}
	for _, action := range []string{"resend", "cancel", "revoke"} {
		if rec := w.call(pim, http.MethodPost, list+"/iv_0/"+action, ""); rec.Code != http.StatusOK {
			t.Errorf("%s: %d %s", action, rec.Code, rec.Body)
		}
	}
}
