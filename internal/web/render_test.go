package web_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"ligature/internal/web"
)

// brand is the brand of the samples.
func brand() web.Brand { return web.Brand{Account: "Akeneo Product Cloud", Company: "Akeneo"} }

func newRenderer(t testing.TB, b web.Brand) (*web.Renderer, *web.Assets) {
	t.Helper()
	catalog, err := web.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	assets, err := web.NewAssets(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	renderer, err := web.NewRenderer(catalog, assets)
	if err != nil {
		t.Fatal(err)
	}
	return renderer, assets
}

// loaded finds the style sheets and scripts of a page.
var loaded = regexp.MustCompile(`(?:<link rel="stylesheet" href|<script type="module" src)="([^"]+)"`)

// parsed is a state as a tree, in a language.
func parsed(t *testing.T, renderer *web.Renderer, state, tag string) *html.Node {
	t.Helper()
	locale, ok := renderer.Catalog().Locale(tag)
	if !ok {
		t.Fatalf("no language %s", tag)
	}
	page, err := renderer.HTML(web.WithLocale(httptest.NewRequest("GET", "/", nil), locale), web.Sample(state))
	if err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(strings.NewReader(string(page)))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// attr is an attribute of an element; empty when it has none.
func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// textOf is the text in an element, spaces folded.
func textOf(n *html.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			out.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// TestSeedTexts holds the texts of the seed page, to the character.
func TestSeedTexts(t *testing.T) {
	renderer, _ := newRenderer(t, brand())
	for _, row := range []struct{ state, element, text string }{
		{"signin-identifier", "label", "Email"},
		{"signin-identifier", "button", "Continue"},
		{"signin-password", "label", "Password"},
		{"signin-password", "button", "Login"},
		{"signin-password.unknown", "a", "User not found"},
		{"signin-password.unknown", "p", "User not found"},
		{"signin-password.unknown", "p", "Your email address does not match any existing Akeneo account. Contact your Akeneo administrator to confirm the address registered for you."},
		{"signin-email", "h1", "Confirm your email address"},
		{"signin-email", "button", "Confirm & Continue"},
		{"signin-inbox", "h1", "Check your inbox"},
		{"signin-inbox", "button", "Continue"},
		{"signin-inbox", "button", "Resend"},
		{"signin-inbox", "h2", "Didn't receive the link?"},
		{"signin-inbox.resent", "p", "Email sent again at 14:05 UTC. 2 resends left."},
		{"signin-inbox.too_soon", "p", "Wait at least one minute between two attempts."},
		{"mailbox-here", "p", "Return to the browser tab where you started the sign-in and click Continue."},
		{"mailbox-here", "button", "Continue"},
		{"mailbox-elsewhere", "button", "Show code"},
		{"mailbox-elsewhere", "a", "I did not request this"},
		{"mailbox-dead.expired", "p", "Verification links expire after a short period. Restart the sign-in to receive a new email."},
		{"mailbox-notme", "li", "Another colleague started the Akeneo Product Cloud sign-in flow with the wrong email address."},
		{"mailbox-notme", "li", "An administrator created a new Akeneo account that uses your email address."},
		{"site-problem.locked", "a", "Reset your password"},
		{"site-problem.service", "p", "If the issue persists, contact your Akeneo administrator or Akeneo Support."},
	} {
		t.Run(row.state+" "+row.text, func(t *testing.T) {
			var seen []string
			for n := range parsed(t, renderer, row.state, "en").Descendants() {
				if n.Type == html.ElementNode && n.Data == row.element {
					if textOf(n) == row.text {
						return
					}
					seen = append(seen, textOf(n))
				}
			}
			t.Errorf("no <%s> says that, only %q", row.element, seen)
		})
	}
	source, err := os.ReadFile("text/en.toml")
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsRune(string(source), '\u2019') {
		t.Error("the apostrophe of the seed is U+0027")
	}
}

// TestPagesKeepTheRules holds what is true of every state: one heading, the title, a label for each field, forms that work
// without scripts, nothing inline.
func TestPagesKeepTheRules(t *testing.T) {
	renderer, _ := newRenderer(t, brand())
	for _, state := range web.States() {
		t.Run(state, func(t *testing.T) {
			root := parsed(t, renderer, state, "en")
			rules(t, root)
			failing, ok := web.Sample(state).(web.Failing)
			if !ok || failing.Failure().Key == "" {
				return
			}
			if title := textOf(first(root, "title")); !strings.HasPrefix(title, "Error: ") {
				t.Errorf("title %q does not say that there is an error", title)
			}
			if byID(root, failing.Failure().Field) == nil {
				t.Errorf("the summary leads to #%s, which does not exist", failing.Failure().Field)
			}
			summary := first(root, "main").FirstChild
			for summary != nil && summary.Type != html.ElementNode {
				summary = summary.NextSibling
			}
			if attr(summary, "role") != "alert" || attr(summary, "tabindex") != "-1" {
				t.Error("the summary does not come first")
			}
			at := failing.Failure().Field + "-error"
			if field := byID(root, at); field == nil || textOf(field) != textOf(first(summary, "a")) {
				t.Errorf("#%s does not say what the summary says", at)
			}
		})
	}
}

func rules(t *testing.T, root *html.Node) {
	t.Helper()
	headings, labels, ids := 0, map[string]bool{}, map[string]int{}
	for n := range root.Descendants() {
		if n.Data == "label" {
			labels[attr(n, "for")] = true
		}
		if id := attr(n, "id"); id != "" {
			ids[id]++
		}
	}
	for id, times := range ids {
		if times > 1 {
			t.Errorf("%d elements are called %s", times, id)
		}
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") || a.Key == "required" || a.Key == "placeholder" || a.Key == "maxlength" {
				t.Errorf("<%s> has %s", n.Data, a.Key)
			}
		}
		switch n.Data {
		case "h1":
			headings++
			if want := textOf(n) + " – Akeneo Product Cloud"; !strings.HasSuffix(textOf(first(root, "title")), want) {
				t.Errorf("the title does not end in %q", want)
			}
		case "style":
			t.Error("a style sheet is inline")
		case "script":
			if attr(n, "type") != "module" || attr(n, "src") == "" {
				t.Error("a script is inline or no module")
			}
		case "img":
			if attr(n, "src") == "" {
				t.Error("an image without a source")
			}
		case "input", "textarea", "select":
			if attr(n, "type") != "hidden" && !labels[attr(n, "id")] {
				t.Errorf("field %q has no label", attr(n, "id"))
			}
		case "form":
			_, novalidate := find(n, "novalidate")
			onward := attr(n, "method") == "get" && !takesText(n) // a button that only leads somewhere
			if attr(n, "method") == "get" && attr(n, "class") == "languages" {
				continue // to the same address, in another language
			}
			if attr(n, "action") == "" || !onward && (attr(n, "method") != "post" || !novalidate) {
				t.Error("a form is not post, novalidate, with an action")
			}
		}
	}
	if headings != 1 {
		t.Errorf("%d headings of the first level", headings)
	}
}

// takesText says whether a form has a field that somebody fills in.
func takesText(form *html.Node) bool {
	for n := range form.Descendants() {
		if n.Type == html.ElementNode && (n.Data == "textarea" || n.Data == "select" || n.Data == "input" && attr(n, "type") != "hidden") {
			return true
		}
	}
	return false
}

// TestFieldsStayWhatPasswordManagersKnow holds the fields of the forms to ux's table.
func TestFieldsStayWhatPasswordManagersKnow(t *testing.T) {
	renderer, _ := newRenderer(t, brand())
	for _, row := range []struct{ state, id, name, kind, autocomplete, inputmode string }{
		{"signin-identifier", "email", "email", "text", "username webauthn", "email"},
		{"signin-password", "username", "email", "text", "username", ""},
		{"signin-password", "current-password", "password", "password", "current-password", ""},
		{"signin-email", "work-email", "email", "email", "email", "email"},
		{"signin-inbox", "otc", "otc", "text", "one-time-code", "text"},
		{"account-forgot", "reset-email", "email", "email", "email", "email"},
		{"account-password", "username", "email", "text", "username", ""},
		{"account-password", "new-password", "password", "password", "new-password", ""},
	} {
		t.Run(row.state+" "+row.id, func(t *testing.T) {
			n := byID(parsed(t, renderer, row.state, "en"), row.id)
			if n == nil {
				t.Fatal("no such field")
			}
			for name, want := range map[string]string{
				"name": row.name, "type": row.kind, "autocomplete": row.autocomplete, "inputmode": row.inputmode, "dir": "ltr",
			} {
				if got := attr(n, name); got != want {
					t.Errorf("%s is %q, not %q", name, got, want)
				}
			}
			if row.kind == "password" && attr(n, "value") != "" {
				t.Error("a password is sent back")
			}
		})
	}
}

// TestWhatWasTypedIsEscaped puts markup into every text field of every page.
func TestWhatWasTypedIsEscaped(t *testing.T) {
	renderer, _ := newRenderer(t, brand())
	const evil = `"><script>x</script>{account}[a]`
	for _, page := range []web.Page{
		web.IdentifierPage{Identifier: evil, Product: evil, Tenant: evil, ProductLogo: evil},
		web.PasswordPage{Identifier: evil, Product: evil, Alternatives: []web.ProductChoice{{Name: evil, URL: "javascript:x"}}},
		web.EmailPage{Email: evil, Suggestion: evil, Error: "domain", Domains: evil},
		web.InboxPage{Email: evil, Reference: evil, Error: "not_confirmed", SentAt: evil},
		web.NotMePage{Chosen: evil, MailToken: evil},
		web.OtherBrowserPage{Browser: evil, SignedInAs: evil, AccountHint: evil},
	} {
		body, err := renderer.HTML(httptest.NewRequest("GET", "/", nil), page)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(body), "<script>") || strings.Contains(string(body), "javascript:") {
			t.Errorf("%s lets markup through:\n%s", page.Template(), body)
		}
	}
}

// TestRenderSetsHeadersFirst holds the headers of a page.
func TestRenderSetsHeadersFirst(t *testing.T) {
	renderer, _ := newRenderer(t, brand())
	w := httptest.NewRecorder()
	err := renderer.Render(w, httptest.NewRequest("GET", "/", nil), http.StatusUnprocessableEntity, web.Sample("signin-identifier.empty"))
	if err != nil {
		t.Fatal(err)
	}
	got := w.Result()
	if got.StatusCode != 422 || got.Header.Get("Content-Type") != "text/html; charset=utf-8" ||
		got.Header.Get("Cache-Control") != "no-store" || got.Header.Get("Content-Language") != "en" {
		t.Errorf("status %d, headers %v", got.StatusCode, got.Header)
	}
}

func find(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func first(root *html.Node, element string) *html.Node {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == element {
			return n
		}
	}
	return &html.Node{}
}

func byID(root *html.Node, id string) *html.Node {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && attr(n, "id") == id {
			return n
		}
	}
	return nil
}
