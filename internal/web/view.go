package web

import (
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// view is what a template sees: the page as .P, the texts as .T and .H, and the frame around the page.
type view struct {
	P          Page
	Locale     Locale
	Brand      Brand
	Failure    Failure
	FocusTitle bool
	Languages  []Locale
	Query      []queryField

	catalog *Catalog
	assets  *Assets
}

// queryField is a parameter of the shown address that changing the language must keep.
type queryField struct{ Name, Value string }

// focusing is a page whose heading takes the focus when it opens, because it answers what was just done.
type focusing interface{ FocusTitle() bool }

func (rd *Renderer) view(r *http.Request, page Page) view {
	v := view{P: page, Locale: LocaleOf(r), Brand: rd.brand, catalog: rd.catalog, assets: rd.assets}
	if f, ok := page.(Failing); ok {
		v.Failure = f.Failure()
	}
	if f, ok := page.(focusing); ok {
		v.FocusTitle = f.FocusTitle()
	}
	if _, problem := page.(ProblemPage); !problem && len(rd.catalog.public) > 1 {
		v.Languages = rd.catalog.Locales()
		v.Query = kept(r.URL.Query(), page)
	}
	return v
}

// kept is the query without the language, in a stable order, and the flow of the page: the answer to a form that was refused
// has none in its address.
func kept(query url.Values, page Page) []queryField {
	var fields []queryField
	if id := reflect.ValueOf(page).FieldByName("FlowID"); id.IsValid() && id.String() != "" && !query.Has(FieldFlow) {
		fields = append(fields, queryField{FieldFlow, id.String()})
	}
	for name, values := range query {
		if name != paramLocales && len(values) == 1 {
			fields = append(fields, queryField{name, values[0]})
		}
	}
	slices.SortFunc(fields, func(a, b queryField) int { return strings.Compare(a.Name, b.Name) })
	return fields
}

// T is a text without markup. pairs are names and values that come before the page's own fields.
func (v view) T(key string, pairs ...any) (string, error) {
	count, args, err := v.args(pairs)
	if err != nil {
		return "", err
	}
	return v.catalog.speech(v.Locale, key, count, &call{args: args})
}

// H is a text as HTML: arguments are escaped and isolated, [words] are left without a link.
func (v view) H(key string, pairs ...any) (template.HTML, error) { return v.Link("", key, pairs...) }

// Link is H with the [words] leading to the path.
func (v view) Link(to, key string, pairs ...any) (template.HTML, error) {
	count, args, err := v.args(pairs)
	if err != nil {
		return "", err
	}
	said, err := v.catalog.speech(v.Locale, key, count, &call{args: args, html: true, link: to})
	return template.HTML(said), err //nolint:gosec // every part was escaped when it was written
}

// Mistake is the failure's text as HTML.
func (v view) Mistake() (template.HTML, error) { return v.MistakeLink("") }

// MistakeLink is Mistake with the [words] leading to the path.
func (v view) MistakeLink(to string) (template.HTML, error) {
	if v.Failure.Count > 0 {
		return v.Link(to, v.Failure.Key, "count", v.Failure.Count)
	}
	return v.Link(to, v.Failure.Key)
}

// Asset is the path of a file under /static/.
func (v view) Asset(name string) string { return v.assets.URL(name) }

// Title is the text of the title element.
func (v view) Title() (string, error) {
	title, err := v.T(v.P.TitleKey())
	if err != nil {
		return "", err
	}
	if v.Failure.Key != "" {
		return v.T("site.error_title", "title", title)
	}
	return v.T("site.page_title", "title", title)
}

// Wrong says whether the mistake belongs to this field.
func (v view) Wrong(field string) bool { return v.Failure.Key != "" && v.Failure.Field == field }

// args collects the named arguments: pairs first, then the brand, then the page's fields.
func (v view) args(pairs []any) (count any, args Args, err error) {
	named := map[string]Arg{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, nil, fmt.Errorf("text: name %v is no string", pairs[i])
		}
		switch value := pairs[i+1].(type) {
		case string:
			named[name] = Arg{Text: value, Bare: name == "title"}
		case int:
			named[name] = Arg{Text: strconv.Itoa(value), Bare: true}
			if name == "count" {
				count = value
			}
		default:
			return nil, nil, fmt.Errorf("text: value of %s is a %T", name, value)
		}
	}
	if len(pairs)%2 != 0 {
		return nil, nil, fmt.Errorf("text: name without a value")
	}
	return count, func(name string) (Arg, bool) {
		if arg, ok := named[name]; ok {
			return arg, true
		}
		switch name {
		case "account":
			return Arg{Text: v.Brand.Account}, true
		case "company":
			return Arg{Text: v.Brand.Company}, true
		}
		return fieldArg(v.P, name)
	}, nil
}

// fieldArg is a field of the page as an argument: {sentAt} is the field SentAt.
func fieldArg(page Page, name string) (Arg, bool) {
	first, size := utf8.DecodeRuneInString(name)
	name = string(unicode.ToUpper(first)) + name[size:]
	field, ok := reflect.TypeOf(page).FieldByName(name)
	if !ok {
		return Arg{}, false
	}
	value := reflect.ValueOf(page).FieldByIndex(field.Index)
	switch value.Kind() {
	case reflect.String:
		return Arg{Text: value.String(), LTR: field.Tag.Get("bidi") == "ltr"}, true
	case reflect.Int:
		return Arg{Text: strconv.FormatInt(value.Int(), 10), Bare: true}, true
	default:
		return Arg{}, false
	}
}

// fieldView is the view with one field of the form in hand.
type fieldView struct {
	view
	// ID is the field's id.
	ID string
	// Hint says that the field has a hint.
	Hint bool
}

// For takes one field in hand.
func (v view) For(id string, hint bool) fieldView { return fieldView{v, id, hint} }

// Wrong says whether the mistake belongs to the field.
func (f fieldView) Wrong() bool { return f.view.Wrong(f.ID) }

// HomeURL is where the brand leads.
func (v view) HomeURL() string { return cmp.Or(v.Brand.HomeURL, "/") }

// HelpURL is the page with help.
func (v view) HelpURL() string { return cmp.Or(v.Brand.HelpURL, "/help") }

// LogoLight is the path of the logo.
func (v view) LogoLight() string { return v.assets.URL(cmp.Or(v.Brand.LogoLight, MarkAccount)) }

// LogoDark is the path of the logo on dark surfaces; empty when it is the same.
func (v view) LogoDark() string {
	if v.Brand.LogoDark == "" {
		return ""
	}
	return v.assets.URL(v.Brand.LogoDark)
}
