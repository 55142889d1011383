package gallery_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"ligature/internal/web"
	"ligature/internal/web/gallery"
)

// TestGalleryShowsEveryState visits all that a browser test will visit.
func TestGalleryShowsEveryState(t *testing.T) {
	catalog, err := web.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	assets, err := web.NewAssets(web.Brand{Account: "Akeneo Product Cloud", Company: "Akeneo"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	renderer, err := web.NewRenderer(catalog, assets)
	if err != nil {
		t.Fatal(err)
	}
	handler := gallery.New(renderer, assets)
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		return w
	}
	var states []string
	if err := json.Unmarshal(get("/").Body.Bytes(), &states); err != nil || len(states) != len(web.States()) {
		t.Fatalf("%d states, %v", len(states), err)
	}
	for _, state := range states {
		w := get("/" + state + "?ui_locales=ar-XB")
		if w.Code != 200 || !strings.Contains(w.Body.String(), `dir="rtl"`) || w.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %d", state, w.Code)
		}
	}
	if get("/nonsense").Code != 404 || get(assets.URL("app.css")).Code != 200 {
		t.Error("an unknown state is shown, or a file is not")
	}
}
