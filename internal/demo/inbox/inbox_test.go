package inbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"ligature/internal/demo/inbox"
	"ligature/internal/fault"
)

var clock = time.Date(2026, 11, 3, 14, 2, 0, 0, time.UTC)

const alternative = "From: =?UTF-8?q?Akeneo_Product_Cloud?= <account@id.localhost>\r\nTo: <dana@acme.example>\r\n" +
	"Subject: =?UTF-8?q?Best=C3=A4tigen?=\r\n and more\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: multipart/alternative; boundary=bb\r\n\r\n" +
	"--bb\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
	"Open this link:\r\nhttp://id.localhost:8080/email/confirm?t=3Dabc=\r\ndef\r\n\r\n<b>caf=C3=A9</b>\r\n" +
	"--bb\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
	"PGh0bWw+PGhlYWQ+PHRpdGxlPng8L3RpdGxlPjwvaGVhZD48Ym9keT48c2NyaXB0PmFsZXJ0KDEp\r\nPC9zY3JpcHQ+PGEgaHJlZj0iaHR0cDovL2lkLmxvY2FsaG9zdDo4MDgwLyI+b3BlbjwvYT48L2JvZHk+PC9odG1sPg==\r\n" +
	"--bb--\r\n"

func open(t *testing.T, answer func(string) int) *inbox.Inbox {
	t.Helper()
	i, err := inbox.Open(inbox.Config{Now: func() time.Time { return clock }, Answer: answer})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return i
}

func send(t *testing.T, i *inbox.Inbox, raw string, to ...string) {
	t.Helper()
	if err := smtp.SendMail(i.SMTPAddr(), nil, "account@id.localhost", to, []byte(raw)); err != nil {
		t.Fatal(err)
	}
}

func ask(i *inbox.Inbox, method, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	i.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w
}

func TestMailIsReadInBothParts(t *testing.T) {
	i := open(t, nil)
	send(t, i, alternative, "dana@acme.example")
	m, err := i.Wait(t.Context(), func(m inbox.Message) bool { return m.To == "dana@acme.example" })
	if err != nil {
		t.Fatal(err)
	}
	if m.ID != "m1" || m.Subject != "Bestätigen and more" || m.From != "Akeneo Product Cloud <account@id.localhost>" || !m.Date.Equal(clock) {
		t.Errorf("%q %q %q %v", m.ID, m.Subject, m.From, m.Date)
	}
	if m.Text != "Open this link:\nhttp://id.localhost:8080/email/confirm?t=abcdef\n\n<b>café</b>" {
		t.Errorf("text %q", m.Text)
	}
	if !strings.Contains(m.HTML, `<a href="http://id.localhost:8080/">open</a>`) {
		t.Errorf("HTML %q", m.HTML)
	}
}

func TestOtherShapesOfMail(t *testing.T) {
	nested := "Subject: nested\r\nContent-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\n" +
		"Content-Type: multipart/alternative; boundary=inner\r\n\r\n--inner\r\nContent-Type: text/plain\r\n\r\nfirst\r\n--inner--\r\n" +
		"--outer\r\nContent-Type: text/plain\r\n\r\nsecond\r\n--outer--\r\n"
	table := map[string]struct{ raw, subject, text, html string }{
		"plain":        {"Subject: hello\r\n\r\nbody\r\n", "hello", "body\n", ""},
		"no headers":   {"To: <a@x.example>\r\n\r\n", "", "", ""},
		"only HTML":    {"Subject: h\r\nContent-Type: text/html\r\n\r\n<p>x</p>\r\n", "h", "", "<p>x</p>\n"},
		"nested":       {nested, "nested", "first", ""},
		"bad bytes":    {"Subject: b\r\n\r\na\xff\r\n", "b", "a\uFFFD\n", ""},
		"dots at ends": {"Subject: d\r\n\r\n.\r\n..x\r\n", "d", ".\n..x\n", ""},
	}
	for name, c := range table {
		t.Run(name, func(t *testing.T) {
			i := open(t, nil)
			send(t, i, c.raw, "a@x.example")
			m := i.Messages()[0]
			if m.Subject != c.subject || m.Text != c.text || m.HTML != c.html {
				t.Errorf("%q %q %q", m.Subject, m.Text, m.HTML)
			}
		})
	}
}

func TestMailThatCannotBeReadIsRefused(t *testing.T) {
	i := open(t, nil)
	err := smtp.SendMail(i.SMTPAddr(), nil, "a@x.example", []string{"b@x.example"}, []byte("no header at all\r\n\r\n"))
	if reply, ok := err.(*textproto.Error); !ok || reply.Code != 554 || len(i.Messages()) != 0 {
		t.Errorf("got %v", err)
	}
}

func TestAPIListsNewestFirst(t *testing.T) {
	i := open(t, nil)
	if body := ask(i, "GET", "/api/messages").Body.String(); body != "[]\n" {
		t.Errorf("an empty inbox is %q", body)
	}
	send(t, i, "Subject: one\r\n\r\nx\r\n", "dana@acme.example")
	send(t, i, "Subject: two & <three>\r\n\r\nx\r\n", "sam@acme.example", "dana@acme.example")
	w := ask(i, "GET", "/api/messages")
	var list []map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 3 || list[0]["id"] != "m3" || list[0]["to"] != "dana@acme.example" || list[1]["to"] != "sam@acme.example" ||
		list[0]["subject"] != "two & <three>" || list[2]["subject"] != "one" {
		t.Errorf("%v", list)
	}
	if len(list[0]) != 6 || list[0]["date"] != "2026-11-03T14:02:00Z" || list[0]["text"] != "x\n" || list[0]["html"] != "" {
		t.Errorf("fields %v", list[0])
	}
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type %q", got)
	}
	if err := json.Unmarshal(ask(i, "GET", "/api/messages?to=DANA@acme.example").Body.Bytes(), &list); err != nil || len(list) != 2 {
		t.Errorf("filter: %d, %v", len(list), err)
	}
	var one map[string]any
	if err := json.Unmarshal(ask(i, "GET", "/api/messages/m1").Body.Bytes(), &one); err != nil || one["subject"] != "one" {
		t.Errorf("%v, %v", one, err)
	}
	if w := ask(i, "GET", "/api/messages/m9"); w.Code != http.StatusNotFound {
		t.Errorf("unknown: %d", w.Code)
	}
	if w := ask(i, "DELETE", "/api/messages"); w.Code != http.StatusNoContent || len(i.Messages()) != 0 {
		t.Errorf("delete: %d, %d left", w.Code, len(i.Messages()))
	}
	send(t, i, "Subject: four\r\n\r\nx\r\n", "dana@acme.example")
	if id := i.Messages()[0].ID; id != "m4" {
		t.Errorf("an id was used twice: %s", id)
	}
}

func TestPagesShowAndEscape(t *testing.T) {
	i := open(t, nil)
	if page := ask(i, "GET", "/").Body.String(); !strings.Contains(page, "<title>Inbox</title>") || !strings.Contains(page, "No mail yet") {
		t.Errorf("empty page:\n%s", page)
	}
	send(t, i, alternative, "dana@acme.example")
	send(t, i, "Subject: <script>x</script>\r\nX-A: <i>h</i>\r\n\r\nSee https://a.example/x?y=1&z=2. javascript:alert(1)\r\n", "sam@acme.example")
	list := ask(i, "GET", "/").Body.String()
	for _, want := range []string{"2 messages", "Bestätigen and more", `href="/messages/m1"`, "&lt;script&gt;x&lt;/script&gt;"} {
		if !strings.Contains(list, want) {
			t.Errorf("list lacks %s", want)
		}
	}
	first := ask(i, "GET", "/messages/m1")
	for _, want := range []string{`<a href="http://id.localhost:8080/email/confirm?t=abcdef" target="_blank" rel="noreferrer">`,
		"&lt;b&gt;café&lt;/b&gt;", `src="/messages/m1/html" sandbox="allow-popups`, "<dt>Subject</dt>"} {
		if !strings.Contains(first.Body.String(), want) {
			t.Errorf("message lacks %s", want)
		}
	}
	second := ask(i, "GET", "/messages/m2").Body.String()
	for _, bad := range []string{"<script>x", "<i>h", `href="javascript`, "<iframe"} {
		if strings.Contains(second, bad) {
			t.Errorf("message holds %s", bad)
		}
	}
	if !strings.Contains(second, `href="https://a.example/x?y=1&amp;z=2" target`) {
		t.Errorf("link of the text:\n%s", second)
	}
	for _, path := range []string{"/", "/messages/m1"} {
		h := ask(i, "GET", path).Header()
		if !strings.Contains(h.Get("Content-Security-Policy"), "script-src 'self'") || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

func TestHTMLPartIsSandboxed(t *testing.T) {
	i := open(t, nil)
	send(t, i, alternative, "dana@acme.example")
	w := ask(i, "GET", "/messages/m1/html")
	policy := w.Header().Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "sandbox ") || strings.Contains(policy, "allow-scripts") || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("policy %q", policy)
	}
	if !strings.Contains(w.Body.String(), `<head><base target="_blank">`) {
		t.Errorf("links open in the frame: %s", w.Body.String())
	}
	raw := ask(i, "GET", "/messages/m1/raw")
	if raw.Header().Get("Content-Type") != "text/plain; charset=utf-8" || !strings.Contains(raw.Body.String(), "\r\nSubject: =?UTF-8?q?Best=C3=A4tigen?=\r\n") {
		t.Errorf("source %q", raw.Body.String())
	}
	for _, path := range []string{"/messages/m9", "/messages/m9/html", "/messages/m9/raw", "/static/none", "/nowhere"} {
		if w := ask(i, "GET", path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestOtherSitesCannotEmptyTheInbox(t *testing.T) {
	i := open(t, nil)
	send(t, i, alternative, "dana@acme.example")
	for _, c := range []struct{ method, path string }{{"POST", "/empty"}, {"DELETE", "/api/messages"}} {
		r := httptest.NewRequest(c.method, c.path, nil)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		w := httptest.NewRecorder()
		i.ServeHTTP(w, r)
		if w.Code != http.StatusForbidden || len(i.Messages()) != 1 {
			t.Errorf("%s %s: %d", c.method, c.path, w.Code)
		}
	}
	if w := ask(i, "POST", "/empty"); w.Code != http.StatusSeeOther || len(i.Messages()) != 0 {
		t.Errorf("empty: %d", w.Code)
	}
}

func TestOldestGoesFirst(t *testing.T) {
	i := open(t, nil)
	receivers := make([]string, 10)
	for n := range receivers {
		receivers[n] = fmt.Sprintf("p%d@x.example", n)
	}
	for range inbox.Limit/10 + 1 {
		send(t, i, "Subject: s\r\n\r\nx\r\n", receivers...)
	}
	kept := i.Messages()
	if len(kept) != inbox.Limit || kept[0].ID != fmt.Sprint("m", inbox.Limit+10) || kept[len(kept)-1].ID != "m11" {
		t.Errorf("%d kept, %s to %s", len(kept), kept[0].ID, kept[len(kept)-1].ID)
	}
}

func TestWaitWaits(t *testing.T) {
	i := open(t, nil)
	found := make(chan inbox.Message)
	go func() {
		m, _ := i.Wait(t.Context(), func(m inbox.Message) bool { return m.Subject == "second" })
		found <- m
	}()
	send(t, i, "Subject: first\r\n\r\nx\r\n", "a@x.example")
	send(t, i, "Subject: second\r\n\r\nx\r\n", "a@x.example")
	if m := <-found; m.ID != "m2" {
		t.Errorf("found %q", m.ID)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := i.Wait(ctx, func(inbox.Message) bool { return false }); !fault.Is(err, fault.Missing) {
		t.Errorf("got %v", err)
	}
}

func TestAnswerPlaysARefusingRelay(t *testing.T) {
	i := open(t, func(to string) int {
		return map[string]int{"gone@x.example": 550, "full@x.example": 452}[to]
	})
	for to, want := range map[string]int{"gone@x.example": 550, "full@x.example": 452} {
		err := smtp.SendMail(i.SMTPAddr(), nil, "a@x.example", []string{to}, []byte("Subject: x\r\n\r\n"))
		if reply, ok := err.(*textproto.Error); !ok || reply.Code != want {
			t.Errorf("%s: %v", to, err)
		}
	}
	send(t, i, "Subject: x\r\n\r\n", "ok@x.example")
	if len(i.Messages()) != 1 {
		t.Errorf("%d messages", len(i.Messages()))
	}
}

func TestOnlyLoopback(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:25", "example.com:25", "127.0.0.1"} {
		if i, err := inbox.Open(inbox.Config{Addr: addr, Now: time.Now}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", addr, err)
			if i != nil {
				_ = i.Close()
			}
		}
	}
	if _, err := inbox.Open(inbox.Config{}); !fault.Is(err, fault.Internal) {
		t.Errorf("no clock: %v", err)
	}
	i := open(t, nil)
	if _, err := inbox.Open(inbox.Config{Addr: i.SMTPAddr(), Now: time.Now}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("port in use: %v", err)
	}
}

func TestStaticFilesAreServed(t *testing.T) {
	i := open(t, nil)
	for name, kind := range map[string]string{"inbox.css": "text/css", "inbox.js": "text/javascript", "inbox.svg": "image/svg+xml"} {
		w := ask(i, "GET", "/static/"+name)
		body, _ := io.ReadAll(w.Body)
		if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), kind) || len(body) == 0 {
			t.Errorf("%s: %d %s", name, w.Code, w.Header().Get("Content-Type"))
		}
	}
}
