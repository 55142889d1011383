package mail

import (
	"embed"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"

	"ligature/internal/fault"
)

//go:embed text/*.toml
var textFiles embed.FS

// catalogue holds the texts of all languages; it is read once and never changed.
var catalogue = mustCatalogue(textFiles)

func mustCatalogue(files fs.FS) *i18n.Bundle {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	names, err := fs.Glob(files, "text/*.toml")
	if err != nil {
		panic("mail: the embedded texts cannot be listed: " + err.Error())
	}
	for _, name := range names {
		if _, err := bundle.LoadMessageFileFS(files, name); err != nil {
			panic("mail: the embedded texts cannot be read: " + err.Error())
		}
	}
	return bundle
}

// words writes texts in one language. The first failure is kept, so that a layout reads as a layout.
type words struct {
	localizer *i18n.Localizer
	tag       language.Tag
	values    map[string]any
	err       error
}

func newWords(locale string) *words {
	w := &words{localizer: i18n.NewLocalizer(catalogue, locale, language.English.String()), tag: language.English,
		values: map[string]any{}}
	// The language of the mail is the one its texts are found in, not the one that was asked for.
	if _, tag, err := w.localizer.LocalizeWithTag(&i18n.LocalizeConfig{MessageID: "footer.help"}); err == nil {
		w.tag = tag
	}
	return w
}

// say is the text of a key with the mail's values. A value that the text wants and the mail lacks is a failure.
func (w *words) say(key string) string { return w.plural(key, nil) }

func (w *words) plural(key string, count any) string {
	if w.err != nil {
		return ""
	}
	values := w.values
	if count != nil {
		values = map[string]any{"Count": count}
	}
	text, err := w.localizer.Localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: values, PluralCount: count,
		TemplateParser: &template.TextParser{Option: "missingkey=error"}})
	if err != nil {
		w.err = fault.Wrap(fault.Internal, "mail.text_missing", err)
		return ""
	}
	return text
}

// oneOf says the text of a closed list's entry; what is not in the list is a failure, never printed.
func (w *words) oneOf(area, entry string) string {
	for i := range len(entry) {
		if entry[i] != '_' && (entry[i] < 'a' || entry[i] > 'z') {
			w.err = fault.New(fault.Internal, "mail.value_malformed")
			return ""
		}
	}
	return w.say(area + "." + entry)
}

// clock is the time of day with its zone.
func (w *words) clock(at time.Time) string { return at.Format("15:04") + " " + zoneName(at) }

// date is day and time with its zone, in the language's own order and names.
func (w *words) date(at time.Time) string {
	if w.err != nil {
		return ""
	}
	inner := &words{localizer: w.localizer, tag: w.tag, values: map[string]any{
		"Weekday": w.say("weekday.d" + strconv.Itoa(int(at.Weekday()))), "Day": at.Day(),
		"Month": w.say("month.m" + strconv.Itoa(int(at.Month()))), "Year": at.Year(), "Clock": w.clock(at)}, err: w.err}
	text := inner.say("date")
	w.err = inner.err
	return text
}

// lang and dir are for the HTML element and Content-Language.
func (w *words) lang() string { return w.tag.String() }

func (w *words) dir() string {
	base, _ := w.tag.Base()
	if strings.Contains(" ar fa he ur ", " "+base.String()+" ") {
		return "rtl"
	}
	return "ltr"
}
