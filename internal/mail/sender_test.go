package mail_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ligature/internal/fault"
	"ligature/internal/mail"
)

func sender(t *testing.T, c mail.Config) *mail.Sender {
	t.Helper()
	if c.From == "" {
		c.From = "account@id.example.com"
	}
	if c.Timeout == 0 {
		c.Timeout = 5 * time.Second
	}
	s, err := mail.NewSender(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMailArrivesWholeWithItsHeaders(t *testing.T) {
	for _, mode := range []mail.TLSMode{mail.TLSNone, mail.TLSStart, mail.TLSDirect} {
		t.Run(string(mode), func(t *testing.T) {
			r := start(t, mode, &relay{needAuth: true})
			s := sender(t, mail.Config{Address: r.addr, TLS: mode, Username: "ligature", Password: "relay password", RootCAs: r.roots})
			m := with(message(mail.KindConfirm), mail.KeyProduct, "Données é PIM")
			rendered := render(t, m)
			if err := s.Send(t.Context(), rendered, receiver); err != nil {
				t.Fatal(err)
			}
			if len(r.mails) != 1 || len(r.rcpts) != 1 || r.rcpts[0] != receiver || r.froms[0] != "account@id.example.com" {
				t.Fatalf("%d mails, from %v to %v", len(r.mails), r.froms, r.rcpts)
			}
			checkWire(t, r.mails[0], rendered)
		})
	}
}

// checkWire reads what arrived with the standard library and compares it with what was meant.
func checkWire(t *testing.T, raw []byte, rendered mail.Rendered) {
	t.Helper()
	for line := range bytes.Lines(raw) {
		if len(line) > 80 {
			t.Errorf("a line of %d bytes on the wire: %.40q", len(line), line)
		}
	}
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Message-Id": "<ml_0001@id.example.com>", "Date": "Tue, 03 Nov 2026 13:02:00 +0000", "Mime-Version": "1.0",
		"From": `"Akeneo Product Cloud" <account@id.example.com>`, "To": "<" + receiver + ">",
		"Reply-To": "<admins@acme.example>", "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All",
		"Content-Language": "en", "Bcc": "", "Cc": "", "Precedence": "", "List-Unsubscribe": "", "User-Agent": "", "X-Mailer": "",
	} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if subject, _ := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); subject != rendered.Subject {
		t.Errorf("subject %q, want %q", subject, rendered.Subject)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%s: %v", kind, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, want := range []struct{ kind, body string }{{"text/plain", rendered.Text}, {"text/html", rendered.HTML}} {
		p, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		kind, params, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		if kind != want.kind || !strings.EqualFold(params["charset"], "utf-8") ||
			p.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
			t.Errorf("part headers %v", p.Header)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil || strings.ReplaceAll(string(body), "\r\n", "\n") != want.body {
			t.Errorf("%s differs on the wire (%v)", kind, err)
		}
	}
	if _, err := parts.NextPart(); !errors.Is(err, io.EOF) {
		t.Errorf("a third part: %v", err)
	}
}

func TestRetryIsRecognisable(t *testing.T) {
	r := start(t, mail.TLSNone, &relay{})
	s := sender(t, mail.Config{Address: r.addr, TLS: mail.TLSNone})
	for range 2 {
		if err := s.Send(t.Context(), render(t, message(mail.KindLinked)), receiver); err != nil {
			t.Fatal(err)
		}
	}
	first, _ := netmail.ReadMessage(bytes.NewReader(r.mails[0]))
	second, _ := netmail.ReadMessage(bytes.NewReader(r.mails[1]))
	for _, name := range []string{"Message-Id", "Date"} {
		if first.Header.Get(name) == "" || first.Header.Get(name) != second.Header.Get(name) {
			t.Errorf("%s: %q, then %q", name, first.Header.Get(name), second.Header.Get(name))
		}
	}
}

func TestAnswersOfTheRelay(t *testing.T) {
	table := map[string]struct {
		relay *relay
		kind  fault.Kind
		key   string
		cause string
	}{
		"receiver full":        {&relay{rcptReply: reply(452, 4, 2, 2)}, fault.Unavailable, "mail.relay", "receiver 452 4.2.2"},
		"greylisted":           {&relay{rcptReply: reply(451)}, fault.Unavailable, "mail.relay", "receiver 451 4.0.0"},
		"no such mailbox":      {&relay{rcptReply: reply(550, 5, 1, 1)}, fault.Denied, "mail.refused", "receiver 550 5.1.1"},
		"mailbox disabled":     {&relay{rcptReply: reply(554)}, fault.Denied, "mail.refused", "receiver 554 5.0.0"},
		"content refused":      {&relay{contentReply: reply(554, 5, 7, 1)}, fault.Denied, "mail.refused", "content 554 5.7.1"},
		"content later":        {&relay{contentReply: reply(421, 4, 3, 2)}, fault.Unavailable, "mail.relay", "content 421 4.3.2"},
		"sender refused":       {&relay{mailReply: reply(550, 5, 7, 1)}, fault.Unavailable, "mail.relay", "sender 550 5.7.1"},
		"sign-in wanted":       {&relay{needAuth: true}, fault.Unavailable, "mail.relay", "sender 530 5.7.0"},
		"sign-in wanted later": {&relay{rcptReply: reply(530, 5, 7, 0)}, fault.Unavailable, "mail.relay", "receiver 530 5.7.0"},
	}
	for name, c := range table {
		t.Run(name, func(t *testing.T) {
			r := start(t, mail.TLSNone, c.relay)
			err := sender(t, mail.Config{Address: r.addr, TLS: mail.TLSNone}).Send(t.Context(), render(t, message(mail.KindConfirm)), receiver)
			status, ok := errors.AsType[*mail.Status](err)
			if fault.KindOf(err) != c.kind || fault.KeyOf(err) != c.key || !ok || status.Error() != c.cause {
				t.Fatalf("got %v", err)
			}
			if strings.Contains(err.Error(), "dana") {
				t.Errorf("the error repeats the address: %v", err)
			}
			if len(r.mails) != 0 {
				t.Error("the mail was taken all the same")
			}
		})
	}
}

func TestConnectionsThatFail(t *testing.T) {
	plain := start(t, mail.TLSNone, &relay{})
	secure := start(t, mail.TLSStart, &relay{})
	direct := start(t, mail.TLSDirect, &relay{})
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	_ = closed.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts in the kernel and never greets
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	table := map[string]struct {
		config mail.Config
		cause  string
	}{
		"nobody listens":          {mail.Config{Address: nobody, TLS: mail.TLSNone}, "connect network"},
		"never greets":            {mail.Config{Address: silent.Addr().String(), TLS: mail.TLSNone, Timeout: 50 * time.Millisecond}, "connect timeout"},
		"no STARTTLS offered":     {mail.Config{Address: plain.addr, TLS: mail.TLSStart}, "connect starttls"},
		"unknown certificate":     {mail.Config{Address: secure.addr, TLS: mail.TLSStart}, "connect certificate"},
		"unknown certificate tls": {mail.Config{Address: direct.addr, TLS: mail.TLSDirect}, "connect certificate"},
		"wrong password": {mail.Config{Address: secure.addr, TLS: mail.TLSStart, RootCAs: secure.roots, Username: "ligature",
			Password: "wrong"}, "connect 535"},
	}
	for name, c := range table {
		t.Run(name, func(t *testing.T) {
			err := sender(t, c.config).Send(t.Context(), render(t, message(mail.KindConfirm)), receiver)
			status, ok := errors.AsType[*mail.Status](err)
			if !fault.Is(err, fault.Unavailable) || !ok || status.Error() != c.cause {
				t.Fatalf("got %v", err)
			}
		})
	}
	if n := len(plain.mails) + len(secure.mails) + len(direct.mails); n != 0 {
		t.Errorf("%d mails left the house unprotected", n)
	}
}

func TestConnectionLostBeforeTheAnswerIsTriedAgain(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "220 relay.test\r\n")
		_, _ = conn.Read(make([]byte, 512)) // EHLO
		_, _ = io.WriteString(conn, "250 relay.test\r\n")
		_, _ = conn.Read(make([]byte, 512)) // MAIL FROM, and hang up
	}()
	err = sender(t, mail.Config{Address: listener.Addr().String(), TLS: mail.TLSNone}).Send(t.Context(), render(t, message(mail.KindConfirm)), receiver)
	if !fault.Is(err, fault.Unavailable) {
		t.Fatalf("got %v", err)
	}
}

func TestCancelledSendReturns(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = sender(t, mail.Config{Address: silent.Addr().String(), TLS: mail.TLSNone}).Send(ctx, render(t, message(mail.KindConfirm)), receiver)
	if !fault.Is(err, fault.Unavailable) {
		t.Fatalf("got %v", err)
	}
}

func TestInjectionReachesNobody(t *testing.T) {
	r := start(t, mail.TLSNone, &relay{})
	s := sender(t, mail.Config{Address: r.addr, TLS: mail.TLSNone})
	for _, to := range []string{"", "a@x.example,b@y.example", "a@x.example b@y.example", "a@x.example\r\nRCPT TO:<b@y.example>",
		"a@x.example>\r\nDATA", "Friends: a@x.example;", "a\t@x.example", "a%0ab@x.example\n", "\"e@evil.example\"@x.example",
		"A@X.example", "<a@x.example>"} {
		if err := s.Send(t.Context(), render(t, message(mail.KindConfirm)), to); fault.KeyOf(err) != "mail.address_malformed" {
			t.Errorf("%q: %v", to, err)
		}
	}
	hostile := render(t, message(mail.KindConfirm))
	hostile.ReplyTo = "a@x.example\r\nBcc: b@y.example"
	if err := s.Send(t.Context(), hostile, receiver); fault.KeyOf(err) != "mail.address_malformed" {
		t.Errorf("reply to: %v", err)
	}
	if len(r.rcpts) != 0 {
		t.Fatalf("receivers %q", r.rcpts)
	}
	// Even a Rendered that Render did not make adds no header.
	hostile = render(t, message(mail.KindConfirm))
	hostile.Subject, hostile.FromName = "Hello\r\nBcc: b@y.example\r\n\r\nbody", "Name\"\r\nBcc: b@y.example"
	if err := s.Send(t.Context(), hostile, receiver); err != nil {
		t.Fatal(err)
	}
	m, err := netmail.ReadMessage(bytes.NewReader(r.mails[0]))
	if err != nil || m.Header.Get("Bcc") != "" || len(r.rcpts) != 1 {
		t.Errorf("%v: %v to %v", err, m.Header, r.rcpts)
	}
}

func TestSenderSettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("relay password\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	good := mail.Config{Address: "relay.example.com:587", From: "account@id.example.com"}
	table := map[string]struct {
		change func(*mail.Config)
		key    string
	}{
		"no port":           {func(c *mail.Config) { c.Address = "relay.example.com" }, "mail.smtp_address"},
		"no host":           {func(c *mail.Config) { c.Address = ":25" }, "mail.smtp_address"},
		"port too large":    {func(c *mail.Config) { c.Address = "relay.example.com:99999" }, "mail.smtp_address"},
		"unknown mode":      {func(c *mail.Config) { c.TLS = "maybe" }, "mail.smtp_tls"},
		"sender with name":  {func(c *mail.Config) { c.From = "A <a@example.com>" }, "mail.smtp_from"},
		"two passwords":     {func(c *mail.Config) { c.Password, c.PasswordFile = "x", file }, "mail.smtp_password_twice"},
		"no such file":      {func(c *mail.Config) { c.PasswordFile = file + "x" }, "mail.smtp_password_file"},
		"password in clear": {func(c *mail.Config) { c.TLS, c.Username = mail.TLSNone, "u" }, "mail.smtp_password_in_clear"},
		"good":              {func(c *mail.Config) { c.Username, c.PasswordFile = "u", file }, ""},
	}
	for name, c := range table {
		t.Run(name, func(t *testing.T) {
			config := good
			c.change(&config)
			_, err := mail.NewSender(config)
			if (err != nil) != (c.key != "") || c.key != "" && fault.KeyOf(err) != c.key {
				t.Fatalf("got %v", err)
			}
		})
	}
	r := start(t, mail.TLSStart, &relay{needAuth: true})
	s := sender(t, mail.Config{Address: r.addr, Username: "ligature", PasswordFile: file, RootCAs: r.roots})
	if err := s.Send(t.Context(), render(t, message(mail.KindConfirm)), receiver); err != nil {
		t.Errorf("password from a file: %v", err)
	}
}
