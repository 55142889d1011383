package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"sync"

	"ligature/internal/fault"
)

//go:embed all:pages
var pageFiles embed.FS

// Renderer turns page structs into bytes. It is made once and used by every request at once.
type Renderer struct {
	catalog *Catalog
	assets  *Assets
	brand   Brand
	parsed  map[string]*template.Template
}

// NewRenderer parses every template; a mistake in one is found here and not by a visitor.
func NewRenderer(catalog *Catalog, assets *Assets) (*Renderer, error) {
	parsed, err := parsedPages()
	return &Renderer{catalog: catalog, assets: assets, brand: assets.brand, parsed: parsed}, err
}

// parsedPages are the templates of all pages. They are embedded and nobody changes them, so several servers of one
// process share them; what all pages have in common is parsed once.
var parsedPages = sync.OnceValues(func() (map[string]*template.Template, error) {
	common, err := template.New("layout").ParseFS(pageFiles, "pages/_*.html")
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "page.parse", err)
	}
	parsed := map[string]*template.Template{}
	for _, page := range pages() {
		name := page.Template()
		t, err := common.Clone()
		if err == nil {
			t, err = t.ParseFS(pageFiles, "pages/"+name+".html")
		}
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "page.parse", fmt.Errorf("%s: %w", name, err))
		}
		parsed[name] = t
	}
	return parsed, nil
})

// Catalog is the texts it renders with.
func (rd *Renderer) Catalog() *Catalog { return rd.catalog }

// Brand is the names it renders with.
func (rd *Renderer) Brand() Brand { return rd.brand }

// Render writes the page with the status, in the language of the request (see Shell.Pages). Nothing is written before the
// whole page is made. It fails when a text is missing or the page holds a key that its tags do not declare.
func (rd *Renderer) Render(w http.ResponseWriter, r *http.Request, status int, page Page) error {
	body, err := rd.HTML(r, page)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", LocaleOf(r).Tag)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, err = w.Write(body)
	return fault.Wrap(fault.Unavailable, "page.write", err)
}

// HTML is the page as bytes, in the language of the request.
func (rd *Renderer) HTML(r *http.Request, page Page) ([]byte, error) {
	if err := declared(page); err != nil {
		return nil, err
	}
	t := rd.parsed[page.Template()]
	if t == nil {
		return nil, fault.New(fault.Internal, "page.unknown")
	}
	var body bytes.Buffer
	if err := t.ExecuteTemplate(&body, "layout", rd.view(r, page)); err != nil {
		return nil, fault.Wrap(fault.Internal, "page.render", fmt.Errorf("%s: %w", page.Template(), err))
	}
	return body.Bytes(), nil
}
