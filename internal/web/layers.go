package web

import (
	"net/http"

	"ligature/internal/fault"
)

// MaxBody is the most bytes that the body of a request may have.
const MaxBody = 16 << 10

// Pages is the layer around the mux of the pages, inside Common: security headers, the guard against posts from other
// sites, the limit of the body, the language. The language is the one of ui_locales, which a cookie then keeps, or of the
// cookie, or of the browser.
func (s *Shell) Pages(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(s.Handle(func(http.ResponseWriter, *http.Request) error {
		return fault.New(fault.Denied, "request.cross_origin")
	}))
	inner := guard.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		SecurityHeaders(w.Header(), s.HTTPS)
		r.Body = http.MaxBytesReader(w, r.Body, MaxBody)
		inner.ServeHTTP(w, s.localized(w, r))
	})
}

// Protocol is the layer around the mux of the endpoints that other sites may call, inside Common. There is no guard
// against other sites' posts: a POST to the authorization endpoint comes from one by design (OpenID Connect Core 3.1.2.1).
func (s *Shell) Protocol(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		SecurityHeaders(w.Header(), s.HTTPS)
		w.Header().Del("Cross-Origin-Resource-Policy")
		r.Body = http.MaxBytesReader(w, r.Body, MaxBody)
		next.ServeHTTP(w, s.localized(w, r))
	})
}

// localized chooses the language of the request and keeps an asked one in the cookie.
func (s *Shell) localized(w http.ResponseWriter, r *http.Request) *http.Request {
	catalog := s.Renderer.Catalog()
	asked := r.URL.Query().Get(paramLocales)
	cookie, _ := s.Cookies.Read(r, CookieLocale)
	locale := catalog.Choose(Wishes{
		Param: asked, Cookie: cookie, Accept: r.Header.Get("Accept-Language"), Default: s.Renderer.Brand().Locale,
	})
	if asked != "" && locale.Tag != cookie && r.Method == http.MethodGet {
		s.Cookies.Set(w, CookieLocale, locale.Tag, localeTTL)
	}
	return WithLocale(r, locale)
}

// observed remembers what was answered.
type observed struct {
	http.ResponseWriter
	status, bytes int
}

// WriteHeader implements http.ResponseWriter.
func (o *observed) WriteHeader(status int) {
	if o.status == 0 && status >= 200 {
		o.status = status
	}
	o.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (o *observed) Write(p []byte) (int, error) {
	if o.status == 0 {
		o.status = http.StatusOK
	}
	n, err := o.ResponseWriter.Write(p)
	o.bytes += n
	return n, err
}

// Unwrap gives http.ResponseController the writer below.
func (o *observed) Unwrap() http.ResponseWriter { return o.ResponseWriter }
