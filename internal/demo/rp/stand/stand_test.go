package stand_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"

	"github.com/emersion/go-smtp"
)

// sink is a mail server that keeps what it is given.
type sink struct{ mails chan [3]string }

func (s sink) NewSession(*smtp.Conn) (smtp.Session, error) { return &delivery{sink: s}, nil }

type delivery struct {
	sink     sink
	from, to string
}

func (d *delivery) Reset()                                      {}
func (d *delivery) Logout() error                               { return nil }
func (d *delivery) Mail(from string, _ *smtp.MailOptions) error { d.from = from; return nil }
func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error   { d.to = to; return nil }
func (d *delivery) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	d.sink.mails <- [3]string{d.from, d.to, string(body)}
	return err
}

func TestSMTPDelivers(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	mails := sink{make(chan [3]string, 1)}
	server := smtp.NewServer(mails)
	go func() { _ = server.Serve(listener) }()
	mailer := stand.SMTP{Addr: listener.Addr().String(), From: "no-reply@pim.example", Name: "Akeneo PIM"}
	letter := stand.Letter{To: "zoe@acme.example", Subject: "Réinitialiser", Text: "open http://pim.localhost:1/x", HTML: "<p>open</p>"}
	if err := mailer.Send(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	got := <-mails.mails
	if got[0] != "no-reply@pim.example" || got[1] != "zoe@acme.example" || !strings.Contains(got[2], `From: "Akeneo PIM" <no-reply@pim.example>`) ||
		!strings.Contains(got[2], "multipart/alternative") || !strings.Contains(got[2], "http://pim.localhost:1/x") {
		t.Errorf("mail %v", got)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if err := mailer.Send(t.Context(), letter); !fault.Is(err, fault.Unavailable) {
		t.Errorf("without a server: %v, want unavailable", err)
	}
	letter.To = "a@acme.example\r\nBcc: b@acme.example"
	if err := mailer.Send(t.Context(), letter); !fault.Is(err, fault.Invalid) {
		t.Errorf("an address with a line break: %v, want invalid", err)
	}
}

func TestCookieNames(t *testing.T) {
	for base, want := range map[string]string{"https://pim.acme.example": "__Host-s", "http://pim.localhost:8080": "__Host-s", "http://127.0.0.1:8081": "s-8081"} {
		parsed, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		cookies := stand.CookiesFor(parsed)
		recorder := httptest.NewRecorder()
		cookies.Set(recorder, "s", "v", time.Hour)
		set := recorder.Result().Cookies()[0]
		if set.Name != want || !set.HttpOnly || set.SameSite != http.SameSiteLaxMode || set.Secure != strings.HasPrefix(want, "__Host-") || set.Path != "/" || set.Domain != "" {
			t.Errorf("%s: %+v", base, set)
		}
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.AddCookie(set)
		request.AddCookie(&http.Cookie{Name: "other", Value: "x"})
		if cookies.Value(request, "s") != "v" || !reflect.DeepEqual(cookies.Shorts(request, "s"), []string{"s"}) {
			t.Errorf("%s: not found again", base)
		}
	}
}

func TestDumpTellsValuesApart(t *testing.T) {
	db, err := stand.OpenStore(t.Context(), filepath.Join(t.TempDir(), "a b%c.sqlite"), `CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, v)`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, value := range []any{nil, "NULL", "1", 1, []byte("1"), ""} {
		if _, err := db.ExecContext(t.Context(), `INSERT INTO t (v) VALUES ($1)`, value); err != nil {
			t.Fatal(err)
		}
	}
	dump, err := stand.DumpStore(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	want := "t id=1 v=NULL\nt id=2 v='NULL'\nt id=3 v='1'\nt id=4 v=1\nt id=5 v=X'31'\nt id=6 v=''\n"
	if got := dump.Text(); got != want {
		t.Errorf("dump\n%swant\n%s", got, want)
	}
	if got := dump.Without("t.v").Text(); strings.Contains(got, "v=") || len(dump.Without("t")) != 0 {
		t.Errorf("Without left %s", got)
	}
}
