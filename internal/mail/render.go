package mail

import (
	"bytes"
	"embed"
	htmltemplate "html/template"
	texttemplate "text/template"
	"time"

	"ligature/internal/fault"
)

// Brand is what the operator declared about the suite.
type Brand struct {
	// Account is the name of the account ("Akeneo Product Cloud"); it is also the sender's name.
	Account string
	// Company is the company's name ("Akeneo").
	Company string
	// SupportURL is where help is found; no help line without it.
	SupportURL string
	// Primary is the colour of the button, #RRGGBB; the product's own blue when empty.
	Primary string
}

// Rendered is a mail in words. It holds secrets, as Message does.
type Rendered struct {
	// ID is the outbox id, from which the sender makes the Message-ID.
	ID string
	// FromName is the sender's display name.
	FromName string
	// ReplyTo is a canonical address or empty.
	ReplyTo string
	// Subject is one line of plain text, not encoded.
	Subject string
	// Text is the plain part: lines of at most 78 columns, except addresses, which stand alone on theirs.
	Text string
	// HTML is the whole document of the other part.
	HTML string
	// Headers are Date, Auto-Submitted (RFC 3834), X-Auto-Response-Suppress and Content-Language.
	Headers map[string]string
}

//go:embed templates/mail.html templates/mail.txt
var templateFiles embed.FS

var (
	htmlMail = htmltemplate.Must(htmltemplate.ParseFS(templateFiles, "templates/mail.html"))
	textMail = texttemplate.Must(texttemplate.New("mail.txt").
			Funcs(texttemplate.FuncMap{"wrap": wrap, "table": factLines}).ParseFS(templateFiles, "templates/mail.txt"))
)

// sheet is what the templates see: printable values only.
type sheet struct {
	Lang, Dir, Subject, Preheader, Heading, Account, CopyLabel string
	Resent                                                     bool
	Blocks, Footer                                             []block
	Colours                                                    palette
}

// Render puts the message into words. The issuer is the configured one and the only origin of the links to ours.
// Every error is fault.Internal: a message that cannot be rendered will never be.
func Render(brand Brand, issuer string, m Message) (Rendered, error) {
	s, err := m.check()
	if err != nil {
		return Rendered{}, err
	}
	if flatten(brand.Account) == "" || flatten(brand.Company) == "" {
		return Rendered{}, fault.New(fault.Internal, "mail.brand_missing")
	}
	base, err := issuerURL(issuer)
	if err != nil {
		return Rendered{}, err
	}
	zone, err := location(m.Values[KeyZone])
	if err != nil {
		return Rendered{}, err
	}
	colours, err := newPalette(brand.Primary)
	if err != nil {
		return Rendered{}, err
	}
	d := &draft{words: newWords(m.Locale), message: m, brand: brand, issuer: base, zone: zone}
	d.prepare()
	s.layout(d)
	copyLabel := d.say("action.copy")
	if d.err != nil {
		return Rendered{}, d.err
	}
	page := sheet{Lang: d.lang(), Dir: d.dir(), Subject: d.subject, Preheader: d.preamble, Heading: d.heading,
		Account: flatten(brand.Account), CopyLabel: copyLabel, Resent: d.resent, Blocks: d.blocks, Footer: d.footer,
		Colours: colours}
	return page.render(m)
}

// render writes both parts from the same blocks.
func (p sheet) render(m Message) (Rendered, error) {
	var text, html bytes.Buffer
	if err := textMail.Execute(&text, p); err != nil {
		return Rendered{}, fault.Wrap(fault.Internal, "mail.template", err)
	}
	if err := htmlMail.Execute(&html, p); err != nil {
		return Rendered{}, fault.Wrap(fault.Internal, "mail.template", err)
	}
	return Rendered{
		ID: m.ID, FromName: p.Account, ReplyTo: m.ReplyTo, Subject: p.Subject, Text: text.String(), HTML: html.String(),
		Headers: map[string]string{
			"Date":                     m.QueuedAt.UTC().Format(time.RFC1123Z),
			"Auto-Submitted":           "auto-generated",
			"X-Auto-Response-Suppress": "All",
			"Content-Language":         p.Lang,
		},
	}, nil
}
