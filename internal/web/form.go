package web

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"ligature/internal/fault"
)

// Names of the fields people fill in. They never change between releases: password managers know them.
const (
	FieldEmail       = "email"
	FieldPassword    = "password"
	FieldNewPassword = "new_password"
	FieldCode        = "otc"
	FieldTyped       = "typed"
	FieldChoice      = "recognise"
	// FieldNotMine is followed by the place of an offer, from 0.
	FieldNotMine = "not_mine_"
)

// Posted is the body of a form: each field once.
type Posted struct{ values url.Values }

// Value is the field as it was sent; empty when it was not.
func (p Posted) Value(name string) string { return p.values.Get(name) }

// Has says whether the field was sent, be it empty.
func (p Posted) Has(name string) bool { return p.values.Has(name) }

// ReadForm reads the fields of the body and nothing of the query. It refuses, as fault.Invalid, another type of body, a
// field sent twice or also in the query, a name with brackets, text that is not UTF-8 or holds a NUL, and a body over
// MaxBody: each is a way to be understood differently by two readers.
func ReadForm(r *http.Request) (Posted, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return Posted{}, fault.New(fault.Invalid, "form.type")
	}
	if err := r.ParseForm(); err != nil {
		if _, big := errors.AsType[*http.MaxBytesError](err); big {
			return Posted{}, fault.New(fault.Invalid, "form.size")
		}
		return Posted{}, fault.New(fault.Invalid, "form.syntax") // the cause would quote what was sent
	}
	query := r.URL.Query()
	for name, values := range r.PostForm {
		switch {
		case len(values) != 1 || query.Has(name):
			return Posted{}, fault.Wrap(fault.Invalid, "form.duplicate", fmt.Errorf("%d values", len(values)))
		case strings.ContainsAny(name, "[]"):
			return Posted{}, fault.New(fault.Invalid, "form.name")
		case !utf8.ValidString(values[0]) || strings.ContainsRune(values[0], 0):
			return Posted{}, fault.New(fault.Invalid, "form.text")
		}
	}
	return Posted{r.PostForm}, nil
}
