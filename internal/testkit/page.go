package testkit

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Page is an answer as a person sees it.
type Page struct {
	URL    *url.URL
	Status int
	Header http.Header
	Body   string
	Title  string
	H1     string
	Forms  []*Form
	Links  []Link
	root   *html.Node
}

// Form is a form with its fields as they stand.
type Form struct {
	Action, Method string
	Buttons        []string
	Fields         map[string]string
}

// Link is a link with its text.
type Link struct{ Text, URL string }

func parsePage(t testing.TB, response *http.Response, body []byte) *Page {
	p := &Page{URL: response.Request.URL, Status: response.StatusCode, Header: response.Header, Body: string(body)}
	root, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	p.root = root
	p.walk(root, nil)
	return p
}

func (p *Page) walk(n *html.Node, form *Form) {
	if n.Type == html.ElementNode {
		switch n.Data {
		case "title":
			p.Title = textOf(n)
		case "h1":
			p.H1 = textOf(n)
		case "a":
			if href := attr(n, "href"); href != "" {
				p.Links = append(p.Links, Link{textOf(n), p.resolve(href)})
			}
		case "form":
			form = &Form{Action: p.resolve(attr(n, "action")), Method: strings.ToUpper(attr(n, "method")), Fields: map[string]string{}}
			if form.Method == "" {
				form.Method = http.MethodGet
			}
			p.Forms = append(p.Forms, form)
		default:
			form.field(n)
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		p.walk(c, form)
	}
}

// field takes an input or a button into the form it stands in.
func (f *Form) field(n *html.Node) {
	if f == nil {
		return
	}
	name := attr(n, "name")
	switch n.Data {
	case "button":
		f.Buttons = append(f.Buttons, textOf(n))
	case "textarea":
		f.Fields[name] = textOf(n)
	case "select":
		f.Fields[name] = ""
	case "input":
		kind := attr(n, "type")
		if (kind == "radio" || kind == "checkbox") && !has(n, "checked") {
			return
		}
		if kind == "submit" {
			f.Buttons = append(f.Buttons, attr(n, "value"))
			return
		}
		if name != "" {
			f.Fields[name] = attr(n, "value")
		}
	}
}

func (p *Page) resolve(to string) string {
	u, err := p.URL.Parse(to)
	if err != nil {
		return to
	}
	return u.String()
}

// Form is the form with the button of that name; nil when there is none.
func (p *Page) Form(button string) *Form {
	for _, f := range p.Forms {
		for _, b := range f.Buttons {
			if b == button {
				return f
			}
		}
	}
	return nil
}

// Buttons are all buttons of the page.
func (p *Page) Buttons() []string {
	var all []string
	for _, f := range p.Forms {
		all = append(all, f.Buttons...)
	}
	return all
}

// Text is what the page says, white space folded.
func (p *Page) Text() string {
	body := p.root
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "main" {
			body = n
			break
		}
	}
	return textOf(body)
}

// Says reports whether the page says this.
func (p *Page) Says(text string) bool { return strings.Contains(p.Text(), text) }

// Value is the value of the field with that id; empty when there is none.
func (p *Page) Value(id string) string {
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && attr(n, "id") == id {
			return attr(n, "value")
		}
	}
	return ""
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func textOf(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		if n.Type == html.ElementNode && (n.Data == "script" || n.Data == "style") {
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
			if c.Type == html.ElementNode && blockish(c.Data) {
				b.WriteString(" ")
			}
		}
	}
	walk(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

func blockish(tag string) bool {
	switch tag {
	case "a", "b", "bdi", "code", "em", "span", "strong", "small":
		return false
	}
	return true
}
