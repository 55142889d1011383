package stand

import (
	"bytes"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"

	"ligature/internal/fault"
)

// Pages holds the parsed templates of one stand-in: every `pages/x.html` together with the partials `pages/_*.html`.
// A page defines "title" and "content"; the partials define "layout".
type Pages struct {
	set      map[string]*template.Template
	partials *template.Template
}

// ParsePages reads the templates of files.
func ParsePages(files fs.FS) (*Pages, error) {
	names, err := fs.Glob(files, "pages/*.html")
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "stand.pages", err)
	}
	partials, err := template.New("").Option("missingkey=error").ParseFS(files, "pages/_*.html")
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "stand.pages", err)
	}
	pages := &Pages{set: map[string]*template.Template{}, partials: partials}
	for _, name := range names {
		base := path.Base(name)
		if strings.HasPrefix(base, "_") {
			continue
		}
		parsed, err := template.New(base).Option("missingkey=error").ParseFS(files, "pages/_*.html", name)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "stand.pages", err)
		}
		pages.set[strings.TrimSuffix(base, ".html")] = parsed
	}
	return pages, nil
}

// Render writes the page, or nothing at all: it is made whole before the status goes out.
func (p *Pages) Render(w http.ResponseWriter, status int, page string, data any) error {
	parsed, ok := p.set[page]
	if !ok {
		return fault.New(fault.Internal, "stand.no_page")
	}
	var body bytes.Buffer
	if err := parsed.ExecuteTemplate(&body, "layout", data); err != nil {
		return fault.Wrap(fault.Internal, "stand.render", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, err := body.WriteTo(w)
	return fault.Wrap(fault.Unavailable, "stand.write", err)
}

// Fragment fills one partial by its file name, for the HTML part of a mail.
func (p *Pages) Fragment(name string, data any) (string, error) {
	var body bytes.Buffer
	if err := p.partials.ExecuteTemplate(&body, name, data); err != nil {
		return "", fault.Wrap(fault.Internal, "stand.render", err)
	}
	return body.String(), nil
}

// Handler is a page or endpoint that reports its failure instead of writing it.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Shell turns Handlers into http.Handlers: security headers, cross-site POST refused, one place where failures are
// logged and shown.
type Shell struct {
	// Log receives failures, without anything a person typed.
	Log *slog.Logger
	// FormAction are the further origins a form's redirect may end at (the identity provider's, for signing out).
	FormAction string
	// ShowFailure writes the page for a failure of the given status.
	ShowFailure func(w http.ResponseWriter, r *http.Request, status int, key string) error
}

// Handle wraps one handler.
func (s Shell) Handle(h Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := h(w, r)
		if err == nil {
			return
		}
		status := StatusOf(err)
		level := slog.LevelInfo
		if status >= 500 {
			level = slog.LevelError
		}
		s.Log.LogAttrs(r.Context(), level, "request failed", slog.String("method", r.Method), slog.String("pattern", r.Pattern),
			slog.Int("status", status), slog.String("key", fault.KeyOf(err)), slog.Any("error", err))
		if err := s.ShowFailure(w, r, status, fault.KeyOf(err)); err != nil {
			http.Error(w, http.StatusText(status), status)
		}
	})
}

// Guard puts the headers of every answer and refuses POSTs that another site's page made.
func (s Shell) Guard(next http.Handler) http.Handler {
	guarded := http.NewCrossOriginProtection().Handler(next)
	policy := "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' " + s.FormAction
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", strings.TrimSpace(policy))
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		guarded.ServeHTTP(w, r)
	})
}

// Origin is the scheme and host of a URL; empty for what is none.
func Origin(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// Asset serves one embedded file with its type; browsers keep it for an hour.
func Asset(files fs.FS, name, contentType string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := fs.ReadFile(files, name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", "max-age=3600")
		_, _ = w.Write(body)
	})
}

// StatusOf is the HTTP status of a failure.
func StatusOf(err error) int {
	switch fault.KindOf(err) {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.Missing:
		return http.StatusNotFound
	case fault.Moved:
		return http.StatusConflict
	case fault.Denied:
		return http.StatusForbidden
	case fault.Expired:
		return http.StatusGone
	case fault.Throttled:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}
