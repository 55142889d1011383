package server_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/ident"
	"ligature/internal/mail"
	"ligature/internal/seal"
	"ligature/internal/server"
	"ligature/internal/sqlstore"
)

// desk is a server with one person, for measuring.
type desk struct {
	b      *testing.B
	server *server.Server
	issuer string
}

const (
	deskPassword = "a long password for measuring"
	deskKey      = "0123456789abcdef0123456789abcdef"
)

func openDesk(b *testing.B) *desk {
	b.Helper()
	d := &desk{b: b, issuer: "https://id.example.com"}
	var err error
	d.server, err = server.Open(b.Context(), server.Options{
		Declaration: directory.Declaration{
			Suite:    directory.Suite{Issuer: d.issuer, Brand: directory.Brand{Account: "Example Cloud", Company: "Example"}, Locale: "en", Disclosure: directory.Explicit, OnLink: directory.Adopt, Limits: directory.Limits{FlowsPerHour: -1}},
			Products: []directory.Product{{ID: "pim", Name: "PIM", OtherAddress: directory.AllowOther}},
			Tenants:  []directory.Tenant{{ID: "acme", Name: "Acme", Rollout: directory.RolloutOn}},
			Clients:  []directory.Client{{ID: "pim", Product: "pim", AuthMethod: "none", IDTokenAlg: "ES256"}},
			Instances: []directory.Instance{{ID: "acme-pim", Tenant: "acme", Product: "pim", Client: "pim",
				RedirectURIs: []string{"https://pim.example.com/callback"}, HomeURL: "https://pim.example.com/"}},
		},
		Database: "sqlite://" + filepath.Join(b.TempDir(), "bench.db"), Key: []byte(deskKey),
		SMTP: mail.Config{Address: "127.0.0.1:1", TLS: mail.TLSNone, From: "account@id.example.com"},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = d.server.Close() })
	d.person()
	return d
}

func (d *desk) person() {
	d.b.Helper()
	keys, err := seal.NewKeys(seal.NewDice(nil), seal.Key{Version: 1, Secret: []byte(deskKey)})
	if err != nil {
		d.b.Fatal(err)
	}
	hasher, err := seal.NewHasher(seal.NewDice(nil), seal.HasherOptions{Pepper: keys})
	if err != nil {
		d.b.Fatal(err)
	}
	hash, err := hasher.Hash(d.b.Context(), deskPassword)
	if err != nil {
		d.b.Fatal(err)
	}
	email, err := ident.ParseEmail("dana@acme.example")
	if err != nil {
		d.b.Fatal(err)
	}
	now := time.Now()
	store := d.server.Store()
	if err := store.CreateAccount(d.b.Context(), sqlstore.AccountSeed{ID: "ac_1", Credential: "cr_1", Event: "ev_1", Email: email, Proof: "pr_1", Hash: hash, Locale: "en", At: now}); err != nil {
		d.b.Fatal(err)
	}
	pa := account.ProductAccount{ID: "pa_1", Tenant: "acme", Product: "pim", ExternalID: "42", Generation: "1", Subject: "sub_1", Username: "dpark", Email: email, SeenAt: now}
	if err := store.CreateProductAccount(d.b.Context(), sqlstore.ProductAccountSeed{ProductAccount: pa, Account: "ac_1", Link: "ln_1", Proof: "pr_2", Event: "ev_2", At: now}); err != nil {
		d.b.Fatal(err)
	}
}

var hidden = regexp.MustCompile(`name="(flow|step)" value="([^"]*)"`)

// visit is one browser of the benchmark.
type visit struct {
	d       *desk
	cookies map[string]string
}

func (v *visit) do(method, to string, form url.Values) *http.Response {
	r := httptest.NewRequestWithContext(context.Background(), method, to, strings.NewReader(form.Encode()))
	if strings.HasPrefix(to, "/") {
		r.Host = "id.example.com"
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	v.d.server.ServeHTTP(w, r)
	answer := w.Result()
	for _, c := range answer.Cookies() {
		v.cookies[c.Name] = c.Value
	}
	return answer
}

// form is the hidden fields of a page, with these on top.
func (v *visit) form(to string, fields ...string) url.Values {
	body, err := io.ReadAll(v.do(http.MethodGet, to, nil).Body)
	if err != nil {
		v.d.b.Fatal(err)
	}
	form := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(string(body), -1) {
		form.Set(m[1], m[2])
	}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return form
}

// signIn is a whole sign-in through the forms: authorize, two pages, two posts, and the answer to the product.
func (v *visit) signIn() {
	query := url.Values{"client_id": {"pim"}, "redirect_uri": {"https://pim.example.com/callback"}, "response_type": {"code"}, "scope": {"openid"},
		"state": {"s"}, "code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"}, "prompt": {"login"}}
	login := v.do(http.MethodGet, "/authorize?"+query.Encode(), nil).Header.Get("Location")
	next := v.do(http.MethodPost, "/login", v.form(login, "email", "dana@acme.example")).Header.Get("Location")
	next = v.do(http.MethodPost, "/login/password", v.form(next, "password", deskPassword)).Header.Get("Location")
	if answer := v.do(http.MethodGet, next, nil).Header.Get("Location"); !strings.HasPrefix(answer, "https://pim.example.com/callback?code=") {
		v.d.b.Fatalf("the sign-in ended at %q", answer)
	}
}

// cpu is what the process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkPasswordSignIn is the CPU of a password sign-in through the forms, and the share of it beyond one bare argon2id.
// The budget is 10 %.
func BenchmarkPasswordSignIn(b *testing.B) {
	d := openDesk(b)
	hasher, err := seal.NewHasher(seal.NewDice(nil), seal.HasherOptions{})
	if err != nil {
		b.Fatal(err)
	}
	const bare = 20
	before := cpu(b)
	for range bare {
		if err := hasher.Dummy(b.Context(), deskPassword); err != nil {
			b.Fatal(err)
		}
	}
	one := (cpu(b) - before) / bare
	before = cpu(b)
	for b.Loop() {
		v := &visit{d: d, cookies: map[string]string{}}
		v.signIn()
	}
	whole := (cpu(b) - before) / time.Duration(b.N)
	b.ReportMetric(float64(one.Microseconds()), "argon2id-us")
	b.ReportMetric(float64(whole.Microseconds()), "cpu-us/op")
	b.ReportMetric(100*float64(whole-one)/float64(one), "beyond-%")
}
