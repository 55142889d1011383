package web

import (
	"errors"
	"fmt"
	"html"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"

	"ligature/internal/fault"
)

// Arg is the value of a named argument of a text.
type Arg struct {
	// Text is what is printed.
	Text string
	// LTR keeps it running from left to right in any language: addresses, names typed in Latin letters, codes.
	LTR bool
	// Bare leaves out the isolation that names need in right-to-left languages: numbers, texts of our own.
	Bare bool
}

// Args answers for the value of a named argument.
type Args func(name string) (Arg, bool)

// Text is a text without markup: for titles and attributes. A key or an argument that does not exist is an error.
func (c *Catalog) Text(loc Locale, key string, args Args) (string, error) {
	return c.speech(loc, key, nil, &call{args: args})
}

// speech localizes one text; count chooses the plural form where there is one.
func (c *Catalog) speech(loc Locale, key string, count any, how *call) (string, error) {
	said, err := c.speak[loc.Tag].Localize(&i18n.LocalizeConfig{
		MessageID: key, TemplateData: how, PluralCount: count, TemplateParser: sentences{},
	})
	var missing *i18n.MessageNotFoundErr
	if errors.As(err, &missing) && said != "" {
		err = nil // one key in English is better than none
	}
	if err != nil {
		return "", fault.Wrap(fault.Internal, "text.key", fmt.Errorf("%s: %w", key, err))
	}
	return said, nil
}

// call is how one text is to be written.
type call struct {
	args Args
	html bool
	link string // where [words] lead; empty leaves the words alone
}

// sentences parses our texts: {name} is an argument, [words] a link.
type sentences struct{}

// Cacheable implements template.Parser.
func (sentences) Cacheable() bool { return true }

// Parse implements template.Parser.
func (sentences) Parse(src, _, _ string) (template.ParsedTemplate, error) {
	var parts sentence
	for src != "" {
		i := strings.IndexAny(src, "{[]")
		if i < 0 {
			return append(parts, part{literal, src}), nil
		}
		if i > 0 {
			parts = append(parts, part{literal, src[:i]})
		}
		switch src[i] {
		case '[':
			parts, src = append(parts, part{kind: opening}), src[i+1:]
		case ']':
			parts, src = append(parts, part{kind: closing}), src[i+1:]
		case '{':
			name, rest, ok := strings.Cut(src[i+1:], "}")
			if !ok {
				return nil, fmt.Errorf("text: { without }")
			}
			parts, src = append(parts, part{argument, name}), rest
		}
	}
	return parts, nil
}

type partKind uint8

const (
	literal partKind = iota
	argument
	opening
	closing
)

type part struct {
	kind partKind
	text string
}

// sentence is a parsed text.
type sentence []part

// Execute implements template.ParsedTemplate; data is a *call.
func (s sentence) Execute(data any) (string, error) {
	how, ok := data.(*call)
	if !ok {
		return "", fmt.Errorf("text: %T instead of a call", data)
	}
	var out strings.Builder
	for _, p := range s {
		switch {
		case p.kind == argument:
			if err := how.argument(&out, p.text); err != nil {
				return "", err
			}
		case p.kind == opening && how.html && how.link != "":
			fmt.Fprintf(&out, `<a href="%s">`, html.EscapeString(how.link))
		case p.kind == closing && how.html && how.link != "":
			out.WriteString("</a>")
		case p.kind == literal && how.html:
			out.WriteString(textEscaper.Replace(p.text))
		case p.kind == literal:
			out.WriteString(p.text)
		}
	}
	return out.String(), nil
}

// textEscaper escapes for text between tags and leaves quotes readable.
var textEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// argument writes one value, isolated from the direction of the sentence around it.
func (how *call) argument(out *strings.Builder, name string) error {
	if how.args == nil {
		return fmt.Errorf("text: no argument %s", name)
	}
	arg, ok := how.args(name)
	switch {
	case !ok:
		return fmt.Errorf("text: no argument %s", name)
	case !how.html:
		out.WriteString(arg.Text)
	case arg.Bare:
		out.WriteString(textEscaper.Replace(arg.Text))
	case arg.LTR:
		out.WriteString(`<bdi dir="ltr">` + textEscaper.Replace(arg.Text) + "</bdi>")
	default:
		out.WriteString("<bdi>" + textEscaper.Replace(arg.Text) + "</bdi>")
	}
	return nil
}
