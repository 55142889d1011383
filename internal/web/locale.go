package web

import (
	"context"
	"net/http"
)

// paramLocales is the parameter of OpenID Connect Core 3.1.2.1 by which a product, or the switcher, asks for a language.
const paramLocales = "ui_locales"

type localeKey struct{}

// WithLocale gives the request a language, for instance that of a flow.
func WithLocale(r *http.Request, locale Locale) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), localeKey{}, locale))
}

// LocaleOf is the language of the request; English when nothing chose one.
func LocaleOf(r *http.Request) Locale {
	if l, ok := r.Context().Value(localeKey{}).(Locale); ok {
		return l
	}
	return Locale{Tag: DefaultLocale, Dir: "ltr", Name: "English"}
}
