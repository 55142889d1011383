package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// CookieName is a cookie of ours, without the prefix that the address of the issuer decides.
type CookieName string

// The cookies. There are no others.
const (
	// CookieBrowser names the browser: it binds flows and pending links.
	CookieBrowser CookieName = "browser"
	// CookieSession is the session.
	CookieSession CookieName = "session"
	// CookieMail holds a mail's token between the link and Continue.
	CookieMail CookieName = "mail"
	// CookieReset holds the secret of a link to a new password between the link and the form.
	CookieReset CookieName = "reset"
	// CookieChange holds the secrets of the links of an email change until Continue.
	CookieChange CookieName = "change"
	// CookieInvitation holds the token of an invitation between its link and the form that accepts.
	CookieInvitation CookieName = "invitation"
	// CookieLocale holds the language.
	CookieLocale CookieName = "locale"
)

const localeTTL = 365 * 24 * time.Hour

// Cookies sets and reads cookies under one policy. An https issuer, and one under .localhost, which browsers treat as
// secure, gets the __Host- prefix and Secure: such a cookie cannot come from a sibling host. Any other, which is a
// demonstration on 127.0.0.1, gets plain names that hold the port, because cookies do not tell ports apart.
type Cookies struct {
	prefix string
	secure bool
}

// NewCookies is the policy for this issuer.
func NewCookies(issuer *url.URL) Cookies {
	host := issuer.Hostname()
	if issuer.Scheme == "https" || host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return Cookies{prefix: "__Host-ligature-", secure: true}
	}
	return Cookies{prefix: "ligature-" + issuer.Port() + "-"}
}

// Name is the cookie's name on the wire.
func (c Cookies) Name(name CookieName) string { return c.prefix + string(name) }

// Set sends a cookie that lives for ttl, or as long as the browser runs when ttl is zero. It is HttpOnly and SameSite=Lax:
// with Strict it would not come along when a link is opened from webmail, and everybody would look like a stranger.
func (c Cookies) Set(w http.ResponseWriter, name CookieName, value string, ttl time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: c.Name(name), Value: value, Path: "/", MaxAge: int(ttl / time.Second),
		Secure: c.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// Clear takes a cookie back.
func (c Cookies) Clear(w http.ResponseWriter, name CookieName) {
	http.SetCookie(w, &http.Cookie{
		Name: c.Name(name), Path: "/", MaxAge: -1, Secure: c.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// Read is the value of a cookie. A cookie sent twice counts as none: one of the two was planted.
func (c Cookies) Read(r *http.Request, name CookieName) (string, bool) {
	found := r.CookiesNamed(c.Name(name))
	if len(found) != 1 || found[0].Value == "" {
		return "", false
	}
	return found[0].Value, true
}
