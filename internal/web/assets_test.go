package web_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"ligature/internal/web"
)

// TestAssetsAreKeptForEver holds hashed names, types, caching, and that nothing else is served.
func TestAssetsAreKeptForEver(t *testing.T) {
	assets, err := web.NewAssets(brand(), fstest.MapFS{"logo.svg": {Data: []byte("<svg/>")}})
	if err != nil {
		t.Fatal(err)
	}
	for name, kind := range map[string]string{
		"app.css": "text/css; charset=utf-8", "brand.css": "text/css; charset=utf-8", "show.js": "text/javascript; charset=utf-8",
		web.MarkGrid: "image/svg+xml", "logo.svg": "image/svg+xml",
	} {
		w := httptest.NewRecorder()
		assets.ServeHTTP(w, httptest.NewRequest("GET", assets.URL(name), nil))
		if w.Code != 200 || w.Header().Get("Content-Type") != kind ||
			w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" {
			t.Errorf("%s at %s: %d %v", name, assets.URL(name), w.Code, w.Header())
		}
		if w.Body.Len() != assets.Size(assets.URL(name)) {
			t.Errorf("%s: %d bytes", name, w.Body.Len())
		}
	}
	for _, path := range []string{"/static/app.css", "/static/", "/static/app.0000000000.css", "/static/../page.go"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.Path = path
		w := httptest.NewRecorder()
		assets.ServeHTTP(w, r)
		if w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	neutral := assets.URL(web.MarkProduct)
	for name, want := range map[string]string{"nonsense": neutral, "": neutral, "//evil.example/x.svg": neutral, "/logos/a.svg": "/logos/a.svg"} {
		if got := assets.URL(name); got != want {
			t.Errorf("%q leads to %s", name, got)
		}
	}
	if _, err := web.NewAssets(brand(), fstest.MapFS{"page.html": {}}); err == nil {
		t.Error("a page is accepted as an asset")
	}
	other := brand()
	other.Primary = "#6b2fbf"
	changed, err := web.NewAssets(other, nil)
	if err != nil {
		t.Fatal(err)
	}
	if changed.URL("brand.css") == assets.URL("brand.css") || changed.URL("app.css") != assets.URL("app.css") {
		t.Error("a name does not follow its content")
	}
}

// TestScriptsUseTextsOfTheCatalogue holds that no script brings words of its own or writes markup.
func TestScriptsUseTextsOfTheCatalogue(t *testing.T) {
	_, assets := newRenderer(t, brand())
	for _, name := range []string{"show.js", "inbox.js", "notice.js", "copy.js", "return.js"} {
		w := httptest.NewRecorder()
		assets.ServeHTTP(w, httptest.NewRequest("GET", assets.URL(name), nil))
		script := w.Body.String()
		for _, banned := range []string{"innerHTML", "eval(", "document.write", "http://", "https://", "alert("} {
			if strings.Contains(script, banned) {
				t.Errorf("%s has %s", name, banned)
			}
		}
	}
}
