package httpconn_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"ligature/internal/connector"
	"ligature/internal/connector/httpconn"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/testkit/openapi"
)

// The document names what the code has: paths, headers, keys, outcomes.
func TestTheDocumentNamesWhatTheCodeHas(t *testing.T) {
	d := openapi.Read(t, httpconn.OpenAPI())
	if got := fmt.Sprint(slices.Sorted(maps.Keys(d.At("#/paths").(map[string]any)))); got != "[/ligature/v1/find /ligature/v1/reset /ligature/v1/verify]" {
		t.Errorf("paths %s", got)
	}
	for name, header := range map[string]string{"Timestamp": httpconn.HeaderTimestamp, "Nonce": httpconn.HeaderNonce, "Signature": httpconn.HeaderSignature} {
		if got := d.At("#/components/parameters/" + name + "/name"); got != header || d.At("#/components/securitySchemes/"+strings.ToLower(name)+"/name") != header {
			t.Errorf("the header %v, want %s", got, header)
		}
	}
	if got := fmt.Sprint(d.At("#/components/schemas/FindQuestion/properties/by/enum")); got != fmt.Sprint([]connector.Key{connector.ByEmail, connector.ByUsername, connector.ByID}) {
		t.Errorf("keys %s", got)
	}
	outcomes := []connector.Outcome{connector.Match, connector.MatchWeak, connector.Rejected, connector.WrongPassword, connector.NotFound, connector.Disabled, connector.Locked, connector.MustReset}
	if got := fmt.Sprint(d.At("#/components/schemas/Outcome/enum")); got != fmt.Sprint(outcomes) {
		t.Errorf("outcomes %s, want %v", got, outcomes)
	}
}

// What is sent is what the document says that a product gets.
func TestRequestsAreTheDocuments(t *testing.T) {
	d := openapi.Read(t, httpconn.OpenAPI())
	asked := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = d.Request(strings.TrimPrefix(r.URL.Path, "/base"), r.Header, body)
		}
		if err != nil {
			t.Errorf("%s: %v", r.URL.Path, err)
		}
		asked[r.URL.Path]++
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer server.Close()
	c := open(t, options(server.URL+"/base"))
	for _, ask := range calls(t) {
		_ = ask(t.Context(), c)
	}
	for _, by := range []connector.Key{connector.ByEmail, connector.ByUsername} {
		_, _ = c.(connector.Finder).Find(t.Context(), connector.Query{By: by, Value: "x\x00\u2028é"})
	}
	id, err := ident.ParseIdentifier("Julia@Example.com")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = c.(connector.Verifier).Verify(t.Context(), connector.Check{Identifier: id, Password: strings.Repeat("é", 512)})
	if len(asked) != 3 || asked["/base/ligature/v1/find"] != 3 || asked["/base/ligature/v1/verify"] != 2 {
		t.Errorf("asked %v", asked)
	}
}

// What the document allows is understood, and what it does not allow is no answer.
func TestAnswersAreTheDocuments(t *testing.T) {
	d := openapi.Read(t, httpconn.OpenAPI())
	verify := map[string]bool{matched: true, `{"outcome":"not_found"}`: true, `{"outcome":"not_found","account":null}`: true, `{"outcome":"match","account":null}`: false, `{"outcome":"match"}`: false,
		`{"outcome":"match_weak"}`: false, `{"outcome":"unavailable"}`: false, `{"outcome":"Match","account":{"id":"7"}}`: false, `{}`: false, `[]`: false, `{"outcome":"locked","account":{}}`: false}
	for member, right := range map[string]string{"generation": `"2"`, "username": `"j"`, "email": `"j@e.example"`, "name": `"J"`, "locale": `"en"`, "disabled": "true", "locked": "true", "privileged": "true",
		"shared": "true", "must_reset": "true", "last_used": `"2026-05-04T09:00:00.5Z"`, "more": "[1]"} {
		verify[`{"outcome":"match","account":{"id":"7","`+member+`":`+right+`}}`] = true
		verify[`{"outcome":"match","account":{"id":"7","`+member+`":{}}}`] = member == "more"
		if named := d.At("#/components/schemas/Account/properties/" + member); (named != nil) != (member != "more") {
			t.Errorf("%s: %v in the document", member, named)
		}
	}
	if members := d.At("#/components/schemas/Account/properties").(map[string]any); len(members) != 12 {
		t.Errorf("%d members, want 12", len(members))
	}
	for id, good := range map[string]bool{`""`: false, `7`: false, `null`: false, `"` + strings.Repeat("7", 256) + `"`: false, `"` + strings.Repeat("7", 255) + `"`: true} {
		verify[`{"outcome":"match","account":{"id":`+id+`}}`] = good
	}
	find := map[string]bool{`{"accounts":[]}`: true, `{"accounts":[` + julia + `,` + julia + `]}`: true, `{"accounts":null}`: false, `{}`: false, `{"accounts":[{}]}`: false, `{"accounts":[null]}`: false,
		`{"accounts":[` + strings.TrimSuffix(strings.Repeat(julia+",", 100), ",") + `]}`: true, `{"accounts":[` + strings.TrimSuffix(strings.Repeat(julia+",", 101), ",") + `]}`: false}
	for path, bodies := range map[string]map[string]bool{"/ligature/v1/verify": verify, "/ligature/v1/find": find} {
		for body, good := range bodies {
			if err := d.Answer(path, http.StatusOK, "application/json", []byte(body)); (err == nil) != good {
				t.Errorf("%.80s: the document says %v, want good to be %v", body, err, good)
			}
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, body)
			}))
			c := open(t, options(server.URL))
			var err error
			if path == "/ligature/v1/find" {
				_, err = c.(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByUsername, Value: "julia"})
			} else {
				id, _ := ident.ParseIdentifier("julia")
				_, err = c.(connector.Verifier).Verify(t.Context(), connector.Check{Identifier: id, Password: "x y z"})
			}
			if (err == nil) != good || err != nil && !fault.Is(err, fault.Unavailable) {
				t.Errorf("%.80s: the connector says %v, want good to be %v", body, err, good)
			}
			server.Close()
		}
	}
}
