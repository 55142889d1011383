package web

import (
	"net/http"
	"net/url"
	"strings"
)

const cspHeader = "Content-Security-Policy"

// pagePolicy allows our own files and nothing else; form-action comes last because AllowFormAction extends it.
const pagePolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

// SecurityHeaders sets what every page is sent with. secure adds HSTS, which only https may carry (RFC 6797, 7.2).
//
// Referrer-Policy is same-origin and not no-referrer: Chromium would then send "Origin: null" with our own forms.
func SecurityHeaders(h http.Header, secure bool) {
	h.Set(cspHeader, pagePolicy)
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cache-Control", "no-store")
	if secure {
		h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
}

// AllowFormAction lets a form of the answer being written end, after redirects, at this registered redirect URI: browsers
// apply form-action to the redirects that follow a POST. It must be called before the status is written. A value that is
// no absolute URI changes nothing. Only the origin is used; a scheme of an app (RFC 8252, 7.1) is allowed as a scheme.
func AllowFormAction(w http.ResponseWriter, redirectURI string) {
	u, err := url.Parse(redirectURI)
	if err != nil || u.Scheme == "" || strings.ContainsAny(redirectURI, " ;,'\"\t\r\n") {
		return
	}
	source := u.Scheme + ":"
	if u.Scheme == "https" || u.Scheme == "http" {
		if u.Host == "" {
			return
		}
		source += "//" + u.Host
	}
	h := w.Header()
	if policy := h.Get(cspHeader); policy != "" && !strings.Contains(policy+" ", " "+source+" ") {
		h.Set(cspHeader, policy+" "+source)
	}
}
