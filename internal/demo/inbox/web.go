package inbox

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

//go:embed templates/*.html static
var files embed.FS

var pages = template.Must(template.ParseFS(files, "templates/*.html"))

// pagePolicy holds the inbox's own pages to its own style and script; the frame shows a mail's HTML part.
const pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// mailPolicy is for the HTML part of a mail, also when it is opened by itself: no script, nothing remote. Its links work
// and open in a tab of their own, as in a mail program.
const mailPolicy = "sandbox allow-popups allow-popups-to-escape-sandbox; " +
	"default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'self'; frame-ancestors 'self'"

func (i *Inbox) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", i.getList)
	mux.HandleFunc("GET /messages/{id}", i.getMessage)
	mux.HandleFunc("GET /messages/{id}/html", i.getHTML)
	mux.HandleFunc("GET /messages/{id}/raw", i.getRaw)
	mux.HandleFunc("POST /empty", i.postEmpty)
	mux.HandleFunc("GET /api/messages", i.getMessagesJSON)
	mux.HandleFunc("GET /api/messages/{id}", i.getMessageJSON)
	mux.HandleFunc("DELETE /api/messages", i.deleteMessages)
	mux.HandleFunc("GET /static/{name}", i.getStatic)
	guard := http.NewCrossOriginProtection()
	return guard.Handler(mux)
}

// listPage and messagePage are what the templates see.
type listPage struct {
	Title    string
	To       string
	Messages []row
}

type row struct {
	ID, To, From, Subject, Preview string
	Clock, Date                    string
}

type messagePage struct {
	Title   string
	Message row
	Text    []piece
	HasText bool
	HasHTML bool
	Headers []Header
}

// piece is a stretch of text, a link when URL is set.
type piece struct{ Text, URL string }

func newRow(m Message) row {
	preview := strings.Join(strings.Fields(m.Text), " ")
	if utf8.RuneCountInString(preview) > 140 {
		preview = string([]rune(preview)[:140]) + "…"
	}
	subject := m.Subject
	if subject == "" {
		subject = "(no subject)"
	}
	return row{ID: m.ID, To: m.To, From: m.From, Subject: subject, Preview: preview,
		Clock: m.Date.Format("15:04:05 MST"), Date: m.Date.Format(time.RFC3339)}
}

// matching are the messages of the request's ?to=, newest first; all when it is empty.
func (i *Inbox) matching(r *http.Request) []Message {
	messages := i.Messages()
	if to := r.URL.Query().Get("to"); to != "" {
		messages = slices.DeleteFunc(messages, func(m Message) bool { return !strings.EqualFold(m.To, to) })
	}
	return messages
}

func (i *Inbox) getList(w http.ResponseWriter, r *http.Request) {
	page := listPage{Title: "Inbox", To: r.URL.Query().Get("to")}
	for _, m := range i.matching(r) {
		page.Messages = append(page.Messages, newRow(m))
	}
	show(w, "list.html", page)
}

func (i *Inbox) getMessage(w http.ResponseWriter, r *http.Request) {
	m, ok := i.Message(r.PathValue("id"))
	if !ok {
		fail(w, http.StatusNotFound, "There is no such message")
		return
	}
	show(w, "message.html", messagePage{Title: newRow(m).Subject + " - Inbox", Message: newRow(m), Text: linkify(m.Text),
		HasText: m.Text != "", HasHTML: m.HTML != "", Headers: m.Headers})
}

func (i *Inbox) getHTML(w http.ResponseWriter, r *http.Request) {
	m, ok := i.Message(r.PathValue("id"))
	if !ok || m.HTML == "" {
		fail(w, http.StatusNotFound, "There is no such message")
		return
	}
	w.Header().Set("Content-Security-Policy", mailPolicy)
	// A mail program opens links outside its own window.
	html := strings.Replace(m.HTML, "<head>", `<head><base target="_blank">`, 1)
	answer(w, "text/html; charset=utf-8", []byte(html))
}

func (i *Inbox) getRaw(w http.ResponseWriter, r *http.Request) {
	m, ok := i.Message(r.PathValue("id"))
	if !ok {
		fail(w, http.StatusNotFound, "There is no such message")
		return
	}
	answer(w, "text/plain; charset=utf-8", m.Raw)
}

func (i *Inbox) postEmpty(w http.ResponseWriter, r *http.Request) {
	i.Empty()
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (i *Inbox) getMessagesJSON(w http.ResponseWriter, r *http.Request) {
	messages := i.matching(r)
	if messages == nil {
		messages = []Message{} // an empty list, not null
	}
	answerJSON(w, messages)
}

func (i *Inbox) getMessageJSON(w http.ResponseWriter, r *http.Request) {
	m, ok := i.Message(r.PathValue("id"))
	if !ok {
		fail(w, http.StatusNotFound, "There is no such message")
		return
	}
	answerJSON(w, m)
}

func (i *Inbox) deleteMessages(w http.ResponseWriter, _ *http.Request) {
	i.Empty()
	w.WriteHeader(http.StatusNoContent)
}

func (i *Inbox) getStatic(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, files, "static/"+r.PathValue("name"))
}

func show(w http.ResponseWriter, name string, page any) {
	var buffer bytes.Buffer
	if err := pages.ExecuteTemplate(&buffer, name, page); err != nil {
		fail(w, http.StatusInternalServerError, "There is a problem with the inbox")
		return
	}
	w.Header().Set("Content-Security-Policy", pagePolicy)
	answer(w, "text/html; charset=utf-8", buffer.Bytes())
}

func answerJSON(w http.ResponseWriter, value any) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		fail(w, http.StatusInternalServerError, "There is a problem with the inbox")
		return
	}
	answer(w, "application/json", buffer.Bytes())
}

func fail(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n"))
}

func answer(w http.ResponseWriter, contentType string, body []byte) {
	header := w.Header()
	header.Set("Content-Type", contentType)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer") // the address of a message is nobody's business
	_, _ = w.Write(body)
}
