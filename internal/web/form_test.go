package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"ligature/internal/fault"
	"ligature/internal/web"
)

// TestReadFormIsReadOneWay holds ATK-65: what two readers could understand differently is refused.
func TestReadFormIsReadOneWay(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	for _, row := range []struct{ name, target, kind, body, want string }{
		{"plain", "/", form, "email=a%40b&x=", "a@b"},
		{"charset", "/", form + "; charset=utf-8", "email=a", "a"},
		{"query is not read", "/?other=1", form, "email=a", "a"},
		{"only in the query", "/?email=a", form, "x=1", ""},
		{"twice", "/", form, "email=a&email=b", "refused"},
		{"in query and body", "/?email=a", form, "email=b", "refused"},
		{"array", "/", form, "email[]=a", "refused"},
		{"json", "/", "application/json", `{"email":["a"]}`, "refused"},
		{"multipart", "/", "multipart/form-data; boundary=x", "--x--", "refused"},
		{"no type", "/", "", "email=a", "refused"},
		{"semicolon", "/", form, "email=a;email=b", "refused"},
		{"not UTF-8", "/", form, "email=%ff", "refused"},
		{"NUL", "/", form, "email=a%00", "refused"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", row.target, strings.NewReader(row.body))
			r.Header.Set("Content-Type", row.kind)
			got, err := web.ReadForm(r)
			switch {
			case row.want == "refused" && !fault.Is(err, fault.Invalid):
				t.Errorf("accepted, error %v", err)
			case row.want != "refused" && (err != nil || got.Value("email") != row.want):
				t.Errorf("%q, %v", got.Value("email"), err)
			}
		})
	}
}

// TestLongBodiesAreRefused holds the limit, through the layers.
func TestLongBodiesAreRefused(t *testing.T) {
	handler := newShell(t, io.Discard, func(w http.ResponseWriter, r *http.Request) error {
		_, err := web.ReadForm(r)
		if err == nil {
			w.WriteHeader(http.StatusNoContent)
		}
		return err
	})
	header := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	for size, want := range map[int]int{web.MaxBody - 2: 204, web.MaxBody + 1: 400} {
		if got := ask(handler, "POST", "/page/a", "a="+strings.Repeat("x", size), header); got.StatusCode != want {
			t.Errorf("%d bytes: %d", size, got.StatusCode)
		}
	}
}

// TestCookiePolicy holds names and flags.
func TestCookiePolicy(t *testing.T) {
	for _, row := range []struct{ issuer, want string }{
		{"https://id.example", "__Host-ligature-session=v; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax"},
		{"http://id.localhost:8080", "__Host-ligature-session=v; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax"},
		{"http://127.0.0.1:8081", "ligature-8081-session=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"},
	} {
		issuer, err := url.Parse(row.issuer)
		if err != nil {
			t.Fatal(err)
		}
		cookies := web.NewCookies(issuer)
		w := httptest.NewRecorder()
		cookies.Set(w, web.CookieSession, "v", time.Minute)
		if got := w.Header().Get("Set-Cookie"); got != row.want {
			t.Errorf("%s: %s", row.issuer, got)
		}
		r := httptest.NewRequest("GET", "/", nil)
		name := cookies.Name(web.CookieSession)
		r.Header.Set("Cookie", name+"=v")
		if got, ok := cookies.Read(r, web.CookieSession); !ok || got != "v" {
			t.Errorf("%s: read %q", row.issuer, got)
		}
		r.Header.Set("Cookie", name+"=v; "+name+"=planted")
		if got, ok := cookies.Read(r, web.CookieSession); ok {
			t.Errorf("%s: a planted cookie gives %q", row.issuer, got)
		}
	}
}
