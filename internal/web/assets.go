package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"

	"ligature/internal/fault"
)

//go:embed static
var staticFiles embed.FS

// Marks that are built in, for products and accounts without a logo of their own.
const (
	MarkAccount = "mark-account.svg"
	MarkProduct = "mark-product.svg"
	MarkGrid    = "mark-grid.svg"
	MarkFlow    = "mark-flow.svg"
)

// StaticPath is the folder of the assets.
const StaticPath = "/static/"

// Assets are the files that pages load: style sheets, scripts and marks. Each is served under a name that holds the hash of
// its content, so that a browser may keep it for ever.
type Assets struct {
	brand  Brand
	paths  map[string]string // name → path
	served map[string]asset  // last part of the path → file
}

type asset struct {
	kind string
	body []byte
}

// NewAssets hashes the built-in files, the brand's colours and the operator's own files (logos: .svg, .png, .webp; nil for
// none), which may replace a built-in mark of the same name. It fails on a colour, a file type or a logo it cannot use.
func NewAssets(brand Brand, own fs.FS) (*Assets, error) {
	a := &Assets{brand: brand, paths: map[string]string{}, served: map[string]asset{}}
	built, err := fs.Sub(staticFiles, "static")
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "assets.files", err)
	}
	if err := a.addAll(built); err != nil {
		return nil, err
	}
	colours, err := brand.css()
	if err != nil {
		return nil, err
	}
	a.add("brand.css", kinds[".css"], colours)
	if own != nil {
		if err := a.addAll(own); err != nil {
			return nil, err
		}
	}
	for _, logo := range []string{brand.LogoLight, brand.LogoDark} {
		if logo != "" && a.paths[logo] == "" {
			return nil, fault.Wrap(fault.Invalid, "brand.logo", fmt.Errorf("no file %q", logo))
		}
	}
	return a, nil
}

// kinds are the content types that may be served.
var kinds = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp",
}

func (a *Assets) addAll(files fs.FS) error {
	return fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return fault.Wrap(fault.Internal, "assets.files", err)
		}
		kind, ok := kinds[path.Ext(name)]
		if !ok {
			return fault.Wrap(fault.Invalid, "assets.kind", fmt.Errorf("%s: only css, js, svg, png and webp", name))
		}
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return fault.Wrap(fault.Internal, "assets.files", err)
		}
		a.add(path.Base(name), kind, body)
		return nil
	})
}

func (a *Assets) add(name, kind string, body []byte) {
	switch path.Ext(name) {
	case ".css":
		body = squeezeCSS(body)
	case ".js":
		body = squeezeJS(body)
	}
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	hashed := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:5]) + ext
	a.paths[name] = StaticPath + hashed
	a.served[hashed] = asset{kind: kind, body: body}
}

// URL is the path of a file by its plain name. A path that begins with "/" stays as it is; an unknown name is the neutral
// product mark.
func (a *Assets) URL(name string) string {
	if p, ok := a.paths[name]; ok {
		return p
	}
	if strings.HasPrefix(name, "/") && !strings.HasPrefix(name, "//") {
		return name
	}
	return a.paths[MarkProduct]
}

// Size is the number of bytes sent for a path under StaticPath; zero when there is no such file.
func (a *Assets) Size(urlPath string) int {
	return len(a.served[strings.TrimPrefix(urlPath, StaticPath)].body)
}

// ServeHTTP serves GET and HEAD under StaticPath. Old hashes are not found: a page and its files come from one release.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, ok := a.served[strings.TrimPrefix(r.URL.Path, StaticPath)]
	if !ok || (r.Method != http.MethodGet && r.Method != http.MethodHead) {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", file.kind)
	h.Set("Content-Length", strconv.Itoa(len(file.body)))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	// An image opened by itself is a document: it gets no power on our origin.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if r.Method == http.MethodGet {
		_, _ = w.Write(file.body) // the visitor may have gone
	}
}

var (
	cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	spaces     = regexp.MustCompile(`\s+`)
	cssTight   = regexp.MustCompile(` ?([{};,]) ?`)
)

// squeezeCSS drops comments and needless space. It may not touch a space before ":", which is a selector's.
func squeezeCSS(css []byte) []byte {
	css = cssComment.ReplaceAll(css, nil)
	css = spaces.ReplaceAll(css, []byte(" "))
	css = cssTight.ReplaceAll(css, []byte("$1"))
	text := strings.ReplaceAll(string(css), ": ", ":")
	return []byte(strings.TrimSpace(strings.ReplaceAll(text, ";}", "}")))
}

// squeezeJS drops indentation, empty lines and lines that are comments.
func squeezeJS(js []byte) []byte {
	var out strings.Builder
	for line := range strings.Lines(string(js)) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "//") {
			out.WriteString(line + "\n")
		}
	}
	return []byte(out.String())
}
