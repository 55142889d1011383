package web_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"ligature/internal/web"
)

// TestNothingIsHardCoded renders every state in en-XA, where each text of the catalogue stands in brackets: a text outside
// of them, in an element or in an attribute that is read out, was written into a template. Names in <bdi> are data.
func TestNothingIsHardCoded(t *testing.T) {
	renderer, _ := newRenderer(t, web.Brand{
		Account: "Akeneo Product Cloud", Company: "Akeneo", Demo: true, PrivacyURL: "/p", TermsURL: "/t",
	})
	for _, state := range web.States() {
		t.Run(state, func(t *testing.T) {
			root := parsed(t, renderer, state, web.PseudoLong)
			var seen strings.Builder
			collect(root, &seen)
			depth := 0
			for _, r := range seen.String() {
				switch {
				case r == '⟦':
					depth++
				case r == '⟧':
					depth--
				case depth == 0 && r > ' ':
					t.Fatalf("outside of the catalogue: %q in %q", r, seen.String())
				}
			}
			for n := range root.Descendants() {
				for _, name := range []string{"alt", "aria-label", "title", "data-show", "data-ends", "data-confirmed", "data-copied"} {
					if text := attr(n, name); text != "" && !strings.HasPrefix(text, "⟦") {
						t.Errorf("outside of the catalogue: %s=%q", name, text)
					}
				}
			}
		})
	}
}

// collect writes the texts of the elements and skips names, which are data.
func collect(n *html.Node, out *strings.Builder) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode:
			out.WriteString(c.Data)
		case c.Data == "bdi" || c.Data == "textarea" || c.Data == "option": // languages are called by their own names
		default:
			collect(c, out)
		}
	}
}

// TestRightToLeft holds the direction: the page runs right to left, and addresses, codes and fields do not.
func TestRightToLeft(t *testing.T) {
	renderer, _ := newRenderer(t, brand())
	for _, state := range web.States() {
		root := parsed(t, renderer, state, web.PseudoRTL)
		if page := first(root, "html"); attr(page, "dir") != "rtl" || attr(page, "lang") != web.PseudoRTL {
			t.Errorf("%s: dir %q, lang %q", state, attr(page, "dir"), attr(page, "lang"))
		}
		for n := range root.Descendants() {
			if n.Type != html.TextNode || !strings.ContainsAny(n.Data, "@") {
				continue
			}
			if strings.Contains(n.Data, "name@example.com") || n.Parent.Data == "title" {
				continue
			}
			if n.Parent.Data != "bdi" || attr(n.Parent, "dir") != "ltr" {
				t.Errorf("%s: the address in %q may be turned around", state, n.Data)
			}
		}
	}
}

var templateKey = regexp.MustCompile(`\.(?:T|H|Link [^ ]+) "([^"]+)"`)

// TestEveryTextIsUsed finds keys that no template and no page names. Keys put together at run time are found by rendering
// all states; a missing one fails there.
func TestEveryTextIsUsed(t *testing.T) {
	catalog, err := web.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{"site.page_title": true, "site.error_title": true, "site.language_name": true}
	files, err := filepath.Glob("pages/*/*.html")
	if err != nil {
		t.Fatal(err)
	}
	partials, err := filepath.Glob("pages/_*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(files, partials...) {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range templateKey.FindAllStringSubmatch(string(source), -1) {
			used[key[1]] = true
			if !catalog.Has(key[1]) {
				t.Errorf("%s uses %s, which has no text", name, key[1])
			}
		}
	}
	for _, state := range web.States() {
		page := web.Sample(state)
		used[page.TitleKey()] = true
		if f, ok := page.(web.Failing); ok {
			used[f.Failure().Key], used[f.Failure().Detail] = true, true
		}
		if p, ok := page.(web.ProblemPage); ok {
			used[web.ProblemPage{Kind: p.Kind}.TextKey()] = true
			used[p.TextKey()], used["problem."+p.Kind+".next"] = true, true
		}
		if p, ok := page.(web.LinkErrorPage); ok {
			used["mailbox.dead."+p.Reason+".text"], used["mailbox.dead."+p.Reason+".next"] = true, true
		}
		if p, ok := page.(web.InvitationEndedPage); ok {
			used["invitation.ended."+p.Reason+".text"] = true
		}
		switch p := page.(type) {
		case web.InboxPage:
			used["signin.inbox.mail."+p.Mail] = true
		case web.IdentifierPage:
			used["site."+p.Notice] = true
		case web.PasswordPage:
			used["site."+p.Notice] = true
		case web.EmailChangeInboxPage:
			used["account.inbox.missing."+p.Missing] = true
		case web.AccountNewsPage:
			used["account.news."+p.News+".text"] = true
		}
		if p, ok := page.(web.OwnActivityPage); ok {
			for _, e := range p.Events {
				used["me.activity."+e.Key] = true
			}
		}
	}
	for _, key := range catalog.Keys() {
		if !used[key] {
			t.Errorf("nothing uses the text %s", key)
		}
	}
}

// TestChooseLanguage holds the order of the wishes and that pseudo-locales come only by name.
func TestChooseLanguage(t *testing.T) {
	catalog, err := web.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name   string
		wishes web.Wishes
		want   string
	}{
		{"nothing", web.Wishes{}, "en"},
		{"region", web.Wishes{Accept: "en-GB,en;q=0.8"}, "en"},
		{"unknown language", web.Wishes{Accept: "xx"}, "en"},
		{"a real Arabic reader is not given the test language", web.Wishes{Accept: "ar"}, "en"},
		{"asked by name", web.Wishes{Param: "xx en-XA", Accept: "en"}, "en-XA"},
		{"French by name", web.Wishes{Param: "fr", Accept: "en"}, "fr"},
		{"a reader in Canada", web.Wishes{Accept: "fr-CA,en;q=0.5"}, "fr"},
		{"param before cookie", web.Wishes{Param: "ar-XB", Cookie: "en-XA"}, "ar-XB"},
		{"cookie before header", web.Wishes{Cookie: "ar-xb", Accept: "en"}, "ar-XB"},
		{"broken header", web.Wishes{Accept: ";;;q=,"}, "en"},
		{"endless header", web.Wishes{Accept: strings.Repeat("en,", 5000)}, "en"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := catalog.Choose(row.wishes); got.Tag != row.want {
				t.Errorf("%s", got.Tag)
			}
		})
	}
	if offered := catalog.Locales(); len(offered) != 2 || offered[0].Name != "English" || offered[1].Name != "Français" {
		t.Errorf("offered: %v", offered)
	}
}

// TestTextArguments holds plural forms, and that a missing key or argument is an error and not a gap.
func TestTextArguments(t *testing.T) {
	catalog, err := web.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	english := web.LocaleOf(httptest.NewRequest("GET", "/", nil))
	given := func(name string) (web.Arg, bool) { return web.Arg{Text: "<Acme> & sons"}, name == "tenant" }
	if got, err := catalog.Text(english, "site.workspace", given); err != nil || got != "Workspace <Acme> & sons" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := catalog.Text(english, "site.workspace", nil); err == nil {
		t.Error("an argument that is not there is no error")
	}
	if _, err := catalog.Text(english, "site.nonsense", nil); err == nil {
		t.Error("a key that is not there is no error")
	}
	renderer, _ := newRenderer(t, brand())
	for left, want := range map[int]string{1: "1 resend left.", 2: "2 resends left."} {
		page := web.Sample("signin-inbox.resent").(web.InboxPage)
		page.ResendsLeft = left
		body, err := renderer.HTML(httptest.NewRequest("GET", "/", nil), page)
		if err != nil || !strings.Contains(string(body), want) {
			t.Errorf("%d left: no %q, %v", left, want, err)
		}
	}
}
