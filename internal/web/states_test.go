package web_test

import (
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ligature/internal/fault"
	"ligature/internal/web"
)

// TestEveryStateHasItsSample holds the list of states, made from the tags of the page structs, against the samples: each
// state has one, and it is in the state that its name says.
func TestEveryStateHasItsSample(t *testing.T) {
	states := web.States()
	if len(states) < 60 {
		t.Fatalf("only %d states: the tags are not read", len(states))
	}
	for _, state := range states {
		t.Run(state, func(t *testing.T) {
			page := web.Sample(state)
			if page == nil {
				t.Fatal("no sample")
			}
			name, variant, _ := strings.Cut(state, ".")
			if got := strings.ReplaceAll(page.Template(), "/", "-"); got != name {
				t.Errorf("the sample is of %s", got)
			}
			inState(t, page, variant)
		})
	}
	if n := len(states); len(slices.Compact(slices.Sorted(slices.Values(states)))) != n {
		t.Error("two states share a name")
	}
	if web.Sample("signin-identifier.nonsense") != nil {
		t.Error("an unknown state has a sample")
	}
}

// inState fails when the fields of the page are not what the state is about.
func inState(t *testing.T, page web.Page, variant string) {
	t.Helper()
	v := reflect.ValueOf(page)
	for _, field := range reflect.VisibleFields(v.Type()) {
		value := v.FieldByIndex(field.Index)
		if slices.Contains(strings.Split(field.Tag.Get("states"), ","), variant) && variant != "" && value.String() != variant {
			t.Errorf("%s is %q", field.Name, value)
		}
		if field.Tag.Get("present") == variant && variant != "" && value.IsZero() {
			t.Errorf("%s is empty", field.Name)
		}
		if field.Tag.Get("absent") == variant && variant != "" && !value.IsZero() {
			t.Errorf("%s is filled", field.Name)
		}
		if variant != "" {
			continue
		}
		if (field.Tag.Get("states") != "" || field.Tag.Get("present") != "") && !value.IsZero() {
			t.Errorf("the plain state has %s", field.Name)
		}
		if field.Tag.Get("absent") != "" && value.IsZero() {
			t.Errorf("the plain state lacks %s", field.Name)
		}
	}
}

// TestRenderRefusesUndeclaredKeys keeps a made-up key from becoming a page without a text.
func TestRenderRefusesUndeclaredKeys(t *testing.T) {
	renderer, _ := newRenderer(t, brand())
	for name, page := range map[string]web.Page{
		"unknown error":   web.IdentifierPage{Error: "nonsense"},
		"unknown kind":    web.ProblemPage{Kind: "nonsense"},
		"kind left out":   web.ProblemPage{},
		"reason left out": web.LinkErrorPage{},
		"a pointer":       &web.HelpPage{},
		"nothing":         nil,
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			err := renderer.Render(w, httptest.NewRequest("GET", "/", nil), 200, page)
			if !fault.Is(err, fault.Internal) {
				t.Errorf("rendered, with error %v", err)
			}
			if w.Body.Len() > 0 || len(w.Header()) > 0 {
				t.Error("something was written before the page was known to be good")
			}
		})
	}
}

// TestEveryPageFitsItsBudget holds HTML, style sheets and scripts of every state, before compression, to 15 KB.
func TestEveryPageFitsItsBudget(t *testing.T) {
	const budget = 15_000
	b := brand()
	b.Primary, b.Demo, b.PrivacyURL, b.TermsURL = "#6b2fbf", true, "https://a.example/p", "https://a.example/t"
	renderer, assets := newRenderer(t, b)
	largest := 0
	for _, state := range web.States() {
		page, err := renderer.HTML(httptest.NewRequest("GET", "/", nil), web.Sample(state))
		if err != nil {
			t.Fatal(err)
		}
		size := len(page)
		for _, file := range loaded.FindAllStringSubmatch(string(page), -1) {
			n := assets.Size(file[1])
			if n == 0 {
				t.Errorf("%s loads %s, which does not exist", state, file[1])
			}
			size += n
		}
		if size > budget {
			t.Errorf("%s takes %d bytes of %d", state, size, budget)
		}
		largest = max(largest, size)
	}
	t.Logf("largest page: %d bytes", largest)
}
