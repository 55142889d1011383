package mail

import (
	"net/url"
	"strings"
	"time"

	"ligature/internal/fault"
)

// The shapes of a block. Both templates know every shape, so the two parts of a mail cannot say different things.
const (
	shapePara    = "para"
	shapeHeading = "heading"
	shapeList    = "list"
	shapeFacts   = "facts"
	shapeButton  = "button" // the one thing the mail is for
	shapeLink    = "link"   // what else can be done
	shapeRule    = "rule"
)

// block is one piece of a mail, in words already.
type block struct {
	Shape string
	Text  string
	URL   string
	Items []string
	Facts []fact
}

type fact struct{ Name, Value string }

// draft is a mail while it is being laid out.
type draft struct {
	*words
	message  Message
	brand    Brand
	issuer   string
	zone     *time.Location
	subject  string
	heading  string
	preamble string
	resent   bool
	blocks   []block
	footer   []block
}

func (d *draft) add(b block)           { d.blocks = append(d.blocks, b) }
func (d *draft) para(key string)       { d.add(block{Shape: shapePara, Text: d.say(key)}) }
func (d *draft) headline(key string)   { d.add(block{Shape: shapeHeading, Text: d.say(key)}) }
func (d *draft) value(k string) string { return d.message.Values[k] }

// fail keeps the first failure.
func (d *draft) fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

// prepare puts every value into the form in which texts may use it. A value that is absent stays absent, so that a text
// that wants it fails.
func (d *draft) prepare() {
	d.values["Account"], d.values["Company"] = flatten(d.brand.Account), flatten(d.brand.Company)
	for key, name := range map[string]string{KeyProduct: "Product", KeyTenant: "Tenant", KeyUsername: "Username",
		KeyRequest: "Request"} {
		if v := d.value(key); v != "" {
			d.values[name] = flatten(v)
		}
	}
	if v := d.value(KeyAgent); v == "unknown" {
		d.values["Agent"] = d.say("fact.unknown_agent")
	} else if v != "" {
		d.values["Agent"] = flatten(v)
	}
	if v := d.value(KeyNetwork); v != "" {
		d.values["Network"] = network(v)
	}
	for key, name := range map[string]string{KeyUntil: "Until", KeyLinkedAt: "Linked"} {
		if v := d.value(key); v != "" {
			d.values[name] = d.clock(d.at(key))
		}
	}
	if d.value(KeyResentAt) != "" {
		d.resent = true
		d.values["Resent"] = d.at(KeyResentAt).Format("15:04")
	}
	if v := d.value(KeyMinutes); v != "" {
		n, err := counted(KeyMinutes, v)
		d.fail(err)
		d.values["Lasting"] = d.plural("lasting", n)
	}
	if v := d.value(KeyTries); v != "" {
		n, err := counted(KeyTries, v)
		d.fail(err)
		d.values["Times"] = d.plural("times", n)
	}
}

func (d *draft) at(key string) time.Time {
	at, err := instant(key, d.value(key), d.zone)
	d.fail(err)
	return at
}

// url is a page of ours with the token of the key.
func (d *draft) url(path, key string) string {
	u, err := tokenURL(d.issuer, path, key, d.value(key))
	d.fail(err)
	return u
}

func (d *draft) confirmURL() string { return d.url("/email/confirm", KeyMailToken) }
func (d *draft) notMeURL() string   { return d.url("/email/not-me", KeyNotMeToken) }

// open writes what is above the blocks.
func (d *draft) open(area string) {
	d.subject, d.heading, d.preamble = d.say(area+".subject"), d.say(area+".heading"), d.say(area+".preheader")
	if d.resent {
		d.preamble = d.say("resent.preheader")
	}
}

// close writes the footer: why this came, who uses the system, where to get help, and the request's number.
func (d *draft) close(area string) {
	why := d.say(area + ".why")
	if d.value(KeyTenant) != "" {
		why += " " + d.say("footer.organisation")
	}
	d.footer = append(d.footer, block{Shape: shapePara, Text: d.say("footer.password")}, block{Shape: shapePara, Text: why})
	if d.brand.SupportURL != "" {
		help, err := url.Parse(d.brand.SupportURL)
		if err != nil || help.Scheme != "https" && help.Scheme != "http" || help.Host == "" {
			d.fail(fault.New(fault.Internal, "mail.support_url_malformed"))
			return
		}
		d.footer = append(d.footer, block{Shape: shapeLink, Text: d.say("footer.help"), URL: help.String()})
	}
}

func (d *draft) fact(name, value string) fact { return fact{Name: d.say("fact." + name), Value: value} }

// who are the facts of every mail about a product: product, account, when, where.
func (d *draft) who(whenKey string) []fact {
	return append([]fact{
		d.fact("product", d.say("fact.product_value")),
		d.fact("account", d.say("fact.account_value")),
	}, d.place(whenKey)...)
}

// place is when and where.
func (d *draft) place(whenKey string) []fact {
	where := "fact.where_value"
	if d.value(KeyNetwork) == "unknown" {
		where = "fact.where_unknown_network"
	}
	return []fact{d.fact("when", d.date(d.at(whenKey))), d.fact("where", d.say(where))}
}

// proofs names the methods, in the order given.
func (d *draft) proofs() string {
	var names []string
	for method := range strings.SplitSeq(d.value(KeyProof), ",") {
		names = append(names, d.oneOf("proof", strings.TrimSpace(method)))
	}
	return strings.Join(names, ", ")
}
