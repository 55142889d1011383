package web_test

import (
	"testing"

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
