package stand

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Cookies names and writes the cookies of one stand-in. On HTTPS and on *.localhost (which browsers treat as
// trustworthy) they carry the `__Host-` prefix and Secure; anywhere else the port is part of the name, because
// cookies ignore ports and two stand-ins on 127.0.0.1 would read each other's.
type Cookies struct {
	prefix, suffix string
	secure         bool
}

// CookiesFor decides names and flags from the URL people open, e.g. http://pim.localhost:8080.
func CookiesFor(base *url.URL) Cookies {
	host := base.Hostname()
	if base.Scheme == "https" || host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return Cookies{prefix: "__Host-", secure: true}
	}
	return Cookies{suffix: "-" + base.Port()}
}

// Name is the full cookie name for a short one.
func (c Cookies) Name(short string) string { return c.prefix + short + c.suffix }

// Set writes a cookie that scripts cannot read and that follows top-level navigation only. ttl zero means until the
// browser closes.
func (c Cookies) Set(w http.ResponseWriter, short, value string, ttl time.Duration) {
	http.SetCookie(w, &http.Cookie{Name: c.Name(short), Value: value, Path: "/", MaxAge: int(ttl / time.Second),
		HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode})
}

// Clear removes a cookie.
func (c Cookies) Clear(w http.ResponseWriter, short string) {
	http.SetCookie(w, &http.Cookie{Name: c.Name(short), Path: "/", MaxAge: -1,
		HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode})
}

// Value is the cookie's value; empty when the browser sent none.
func (c Cookies) Value(r *http.Request, short string) string {
	cookie, err := r.Cookie(c.Name(short))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// Shorts lists the short names of the request's cookies that begin with start, in the order the browser sent them.
func (c Cookies) Shorts(r *http.Request, start string) []string {
	var out []string
	for _, cookie := range r.Cookies() {
		name, hasPrefix := strings.CutPrefix(cookie.Name, c.prefix)
		name, hasSuffix := strings.CutSuffix(name, c.suffix)
		if hasPrefix && hasSuffix && strings.HasPrefix(name, start) {
			out = append(out, name)
		}
	}
	return out
}

// LocalPath gives target when it is a path of this site, and "/" otherwise. It exists so that "back to where you
// were" can never lead to another site: no scheme, no host, and none of the spellings browsers read as a host.
func LocalPath(target string) string {
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || len(target) > 1024 ||
		!strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//") || strings.ContainsAny(target, "\\\r\n\t") {
		return "/"
	}
	return target
}
