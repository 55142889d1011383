package gallery_test

import (
	"net/http"
	"os"
	"os/signal"
	"testing"

	"ligature/internal/web"
	"ligature/internal/web/gallery"
)

func TestRun(t *testing.T) {
	catalog, _ := web.NewCatalog()
	b := web.Brand{Account: "Akeneo Product Cloud", Company: "Akeneo", Primary: os.Getenv("PRIMARY"), Demo: os.Getenv("DEMO") != "", PrivacyURL: "https://p.example/"}
	assets, err := web.NewAssets(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	rd, err := web.NewRenderer(catalog, assets)
	if err != nil {
		t.Fatal(err)
	}
	go http.ListenAndServe(os.Getenv("GALLERY"), gallery.New(rd, assets))
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	<-c
}
