// Package gallery shows every state of every page, for tests that look at them in a browser. Nothing else imports it.
package gallery

import (
	"encoding/json"
	"net/http"

	"ligature/internal/web"
)

// New serves "/", the states as a JSON list, "/{state}", the page with its style sheets and scripts under the headers of
// the product, and the files under web.StaticPath. ?ui_locales=en-XA or ar-XB shows a page in a pseudo-locale.
func New(renderer *web.Renderer, assets *web.Assets) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+web.StaticPath, assets)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(web.States()) // the visitor is a test
	})
	mux.HandleFunc("GET /{state}", func(w http.ResponseWriter, r *http.Request) {
		page := web.Sample(r.PathValue("state"))
		if page == nil {
			http.NotFound(w, r)
			return
		}
		locale := renderer.Catalog().Choose(web.Wishes{Param: r.URL.Query().Get("ui_locales")})
		web.SecurityHeaders(w.Header(), false)
		if err := renderer.Render(w, web.WithLocale(r, locale), http.StatusOK, page); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	return mux
}
