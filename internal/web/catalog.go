package web

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"ligature/internal/fault"
)

//go:embed text/*.toml
var textFiles embed.FS

// The pseudo-locales, made from English: en-XA is accented, longer and bracketed, ar-XB runs from right to left. They can be
// asked for by name and are never offered or guessed.
const (
	PseudoLong = "en-XA"
	PseudoRTL  = "ar-XB"
)

// DefaultLocale is the language that every text exists in.
const DefaultLocale = "en"

// Locale is a language of the pages.
type Locale struct {
	// Tag is the BCP 47 tag, for lang attributes and mails.
	Tag string
	// Dir is "ltr" or "rtl".
	Dir string
	// Name is the language's own name.
	Name string
}

// Catalog holds the texts of the pages by key, in every language.
type Catalog struct {
	bundle  *i18n.Bundle
	public  []Locale
	pseudo  []Locale
	matcher language.Matcher
	speak   map[string]*i18n.Localizer
	english map[string]*i18n.Message
}

// NewCatalog reads the embedded texts. It fails when a file does not parse.
func NewCatalog() (*Catalog, error) { return sharedCatalog() }

// sharedCatalog is read once: the texts are embedded, and nothing changes a catalogue after it was made.
var sharedCatalog = sync.OnceValues(func() (*Catalog, error) {
	c := &Catalog{
		bundle:  i18n.NewBundle(language.English),
		speak:   map[string]*i18n.Localizer{},
		english: map[string]*i18n.Message{},
	}
	c.bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	files, err := textFiles.ReadDir("text")
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "text.files", err)
	}
	var tags []language.Tag
	for _, f := range files {
		tag, err := c.load(f.Name())
		if err != nil {
			return nil, err
		}
		tags = append(tags, tag)
	}
	c.matcher = language.NewMatcher(tags)
	return c, c.addPseudo()
})

// load reads one file and registers its language.
func (c *Catalog) load(name string) (language.Tag, error) {
	raw, err := textFiles.ReadFile(path.Join("text", name))
	if err != nil {
		return language.Und, fault.Wrap(fault.Internal, "text.files", err)
	}
	parsed, err := c.bundle.ParseMessageFileBytes(raw, name)
	if err != nil {
		return language.Und, fault.Wrap(fault.Internal, "text.parse", fmt.Errorf("%s: %w", name, err))
	}
	tag := parsed.Tag.String()
	if tag == DefaultLocale {
		for _, m := range parsed.Messages {
			c.english[m.ID] = m
		}
	}
	c.public = append(c.public, c.register(tag, direction(parsed.Tag)))
	return parsed.Tag, nil
}

// register makes the localizer of a language whose texts are in the bundle.
func (c *Catalog) register(tag, dir string) Locale {
	c.speak[tag] = i18n.NewLocalizer(c.bundle, tag)
	loc := Locale{Tag: tag, Dir: dir, Name: tag}
	if name, err := c.Text(loc, "site.language_name", nil); err == nil {
		loc.Name = name
	}
	return loc
}

// addPseudo makes the two test languages out of the English texts.
func (c *Catalog) addPseudo() error {
	for _, p := range []struct {
		tag, dir string
		change   func(string) string
	}{{PseudoLong, "ltr", longer}, {PseudoRTL, "rtl", mirrored}} {
		var made []*i18n.Message
		for _, m := range c.english {
			other := p.change(m.Other)
			copied := &i18n.Message{ID: m.ID, Other: other}
			if m.One != "" { // the rest is never counted, and each form is kept for ever
				copied.Zero, copied.One, copied.Two, copied.Few, copied.Many = other, other, other, other, other
			}
			made = append(made, copied)
		}
		if err := c.bundle.AddMessages(language.MustParse(p.tag), made...); err != nil {
			return fault.Wrap(fault.Internal, "text.pseudo", err)
		}
		c.pseudo = append(c.pseudo, c.register(p.tag, p.dir))
	}
	return nil
}

// direction is the writing direction of a language's script.
func direction(tag language.Tag) string {
	script, _ := tag.Script()
	if slices.Contains([]string{"Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm"}, script.String()) {
		return "rtl"
	}
	return "ltr"
}

// Locales are the languages that may be offered.
func (c *Catalog) Locales() []Locale { return slices.Clone(c.public) }

// Keys are the keys of the English texts, sorted.
func (c *Catalog) Keys() []string {
	keys := make([]string, 0, len(c.english))
	for key := range c.english {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Has says whether a text of this key exists.
func (c *Catalog) Has(key string) bool { return c.english[key] != nil }

// Locale is the language of this exact tag, pseudo-locales included.
func (c *Catalog) Locale(tag string) (Locale, bool) {
	for _, l := range slices.Concat(c.public, c.pseudo) {
		if strings.EqualFold(l.Tag, tag) {
			return l, true
		}
	}
	return Locale{}, false
}

// Wishes is what is known about the language somebody wants, the strongest first.
type Wishes struct {
	// Param is ui_locales: tags separated by spaces, best first.
	Param string
	// Cookie is the tag chosen before.
	Cookie string
	// Accept is the Accept-Language header.
	Accept string
	// Default is the suite's language.
	Default string
}

// Choose is the language for these wishes; English when none of them can be met.
func (c *Catalog) Choose(w Wishes) Locale {
	for tag := range strings.FieldsSeq(w.Param) {
		if l, ok := c.matched(tag); ok {
			return l
		}
	}
	for _, wish := range []string{w.Cookie, w.Accept, w.Default} {
		if l, ok := c.matched(wish); ok {
			return l
		}
	}
	l, _ := c.Locale(DefaultLocale)
	return l
}

// matched is the best language for one wish, a tag or an Accept-Language list; pseudo-locales only by their exact name.
func (c *Catalog) matched(wish string) (Locale, bool) {
	if wish == "" || len(wish) > 200 {
		return Locale{}, false
	}
	if l, ok := c.Locale(wish); ok {
		return l, true
	}
	tags, _, err := language.ParseAcceptLanguage(wish)
	if err != nil || len(tags) == 0 {
		return Locale{}, false
	}
	_, i, confidence := c.matcher.Match(tags...)
	if confidence < language.High {
		return Locale{}, false
	}
	return c.public[i], true
}
