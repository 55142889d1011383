package sdm_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"ligature/internal/demo/rp/rptest"
	"ligature/internal/demo/sdm"
)

// call is one signed request of the connector contract; every field can be bent.
type call struct {
	path, body, kind, timestamp, nonce, signature string
}

func (w *world) call(path, body string) call {
	c := call{path: path, body: body, kind: "application/json", timestamp: strconv.FormatInt(w.now().Unix(), 10),
		nonce: base64.RawURLEncoding.EncodeToString([]byte(rand.Text())[:16])}
	c.sign(secret)
	return c
}

func (c *call) sign(with string) {
	c.signature = sdm.Signature([]byte(with), c.timestamp, c.nonce, http.MethodPost, c.path, []byte(c.body))
}

func (w *world) send(t *testing.T, c call) rptest.Page {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, w.url+c.path, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", c.kind)
	request.Header.Set("Ligature-Timestamp", c.timestamp)
	request.Header.Set("Ligature-Nonce", c.nonce)
	request.Header.Set("Ligature-Signature", c.signature)
	return rptest.NewBrowser(t).Do(request)
}

// The vector comes from another implementation:
//
//	python3 -c 'import hmac,hashlib
//	b=hashlib.sha256(b"{}").hexdigest()
//	print(hmac.new(b"secret","\n".join(["1700000000","AAAAAAAAAAAAAAAAAAAAAA","POST","/ligature/v1/find",b]).encode(),"sha256").hexdigest())'
func TestSignatureVector(t *testing.T) {
	const want = "v1=9845cb3941044b734e868bb7e02c29536598465aa6ed1ae8d7a491cd46a45318"
	if got := sdm.Signature([]byte("secret"), "1700000000", "AAAAAAAAAAAAAAAAAAAAAA", "POST", "/ligature/v1/find", []byte("{}")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSignaturesAreChecked(t *testing.T) {
	w := start(t)
	const body = `{"by":"email","value":"rita@acme.example"}`
	at := func(d time.Duration) string { return strconv.FormatInt(w.now().Add(d).Unix(), 10) }
	for _, test := range []struct {
		name   string
		bend   func(*call)
		status int
	}{
		{"right", func(*call) {}, 200},
		{"300 s old", func(c *call) { c.timestamp = at(-300 * time.Second); c.sign(secret) }, 200},
		{"301 s old", func(c *call) { c.timestamp = at(-301 * time.Second); c.sign(secret) }, 401},
		{"301 s ahead", func(c *call) { c.timestamp = at(301 * time.Second); c.sign(secret) }, 401},
		{"another secret", func(c *call) { c.sign("other") }, 401},
		{"no signature", func(c *call) { c.signature = "" }, 401},
		{"no version", func(c *call) { c.signature = strings.TrimPrefix(c.signature, "v1=") }, 401},
		{"another body", func(c *call) { c.body = strings.Replace(body, "rita", "boss", 1) }, 401},
		{"another path", func(c *call) { c.path = "/ligature/v1/verify" }, 401},
		{"short nonce", func(c *call) { c.nonce = "AAAA"; c.sign(secret) }, 401},
		{"no timestamp", func(c *call) { c.timestamp = ""; c.sign(secret) }, 401},
		{"a form", func(c *call) { c.kind = "application/x-www-form-urlencoded" }, 415},
		{"too large", func(c *call) { c.body = body + strings.Repeat(" ", 64<<10); c.sign(secret) }, 413},
		{"unknown member", func(c *call) { c.body = `{"by":"email","value":"x","more":1}`; c.sign(secret) }, 400},
		{"unknown key", func(c *call) { c.body = `{"by":"phone","value":"x"}`; c.sign(secret) }, 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := w.call("/ligature/v1/find", body)
			test.bend(&c)
			page := w.send(t, c)
			if page.Status != test.status {
				t.Fatalf("status %d, want %d: %s", page.Status, test.status, page.Text)
			}
			if test.status >= 400 && page.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("type %s", page.Header.Get("Content-Type"))
			}
		})
	}
	t.Run("a nonce is good once", func(t *testing.T) {
		c := w.call("/ligature/v1/find", body)
		for i, want := range []int{200, 401} {
			if page := w.send(t, c); page.Status != want {
				t.Errorf("time %d: %d, want %d", i+1, page.Status, want)
			}
		}
		w.advance(10 * time.Minute)
		if page := w.send(t, c); page.Status != 401 {
			t.Errorf("after it was forgotten the timestamp is too old: %d", page.Status)
		}
	})
}

type account struct {
	ID, Generation, Username, Email, Name, Locale string
	Disabled, Locked, Privileged, Shared          bool
	MustReset                                     bool    `json:"must_reset"`
	LastUsed                                      *string `json:"last_used"`
}

func TestFind(t *testing.T) {
	w := start(t)
	for _, test := range []struct {
		by, value string
		check     func(account) bool
	}{
		{"email", "RITA@acme.example", func(a account) bool {
			return a.ID == w.id(t, "rita@acme.example") && a.Generation == "1746349200000000" && a.Username == "" && a.Email == "Rita@acme.example" &&
				a.Name == "Rita Moreau" && a.Locale == "fr" && a.LastUsed != nil && *a.LastUsed == "2026-05-02T09:00:00Z" &&
				!a.Disabled && !a.Locked && !a.Privileged && !a.Shared && !a.MustReset
		}},
		{"id", w.id(t, "boss@acme.example"), func(a account) bool { return a.Privileged && a.LastUsed == nil }},
		{"email", "off@acme.example", func(a account) bool { return a.Disabled }},
		{"email", "closed@closed.example", func(a account) bool { return a.Disabled }},
		{"email", "locked@acme.example", func(a account) bool { return a.Locked }},
		{"email", "must@acme.example", func(a account) bool { return a.MustReset }},
		{"email", "sales@acme.example", func(a account) bool { return a.Shared }},
		{"email", "no@acme.example", nil}, {"id", "999", nil}, {"id", "x", nil}, {"username", "rita", nil},
	} {
		t.Run(test.by+" "+test.value, func(t *testing.T) {
			body, err := json.Marshal(map[string]string{"by": test.by, "value": test.value})
			if err != nil {
				t.Fatal(err)
			}
			page := w.send(t, w.call("/ligature/v1/find", string(body)))
			var answer struct{ Accounts []account }
			if err := json.Unmarshal([]byte(page.Text), &answer); err != nil || page.Status != 200 {
				t.Fatalf("%d %s", page.Status, page.Text)
			}
			if test.check == nil {
				if len(answer.Accounts) != 0 || !strings.Contains(page.Text, `"accounts":[]`) {
					t.Errorf("found %s", page.Text)
				}
				return
			}
			if len(answer.Accounts) != 1 || !test.check(answer.Accounts[0]) {
				t.Errorf("found %s", page.Text)
			}
		})
	}
}

func TestVerify(t *testing.T) {
	w := start(t)
	for _, test := range []struct{ name, email, password, outcome string }{
		{"right", "rita@acme.example", password, "match"}, {"old rule", "old@acme.example", "all lower case", "match_weak"},
		{"wrong", "rita@acme.example", "wrong", "wrong_password"}, {"no password stored", "nopass@acme.example", "", "wrong_password"},
		{"inactive", "off@acme.example", password, "disabled"}, {"inactive organisation", "closed@closed.example", password, "disabled"},
		{"locked", "locked@acme.example", password, "locked"}, {"must reset", "must@acme.example", password, "must_reset"},
		{"must reset is not told to who does not know it", "must@acme.example", "wrong", "wrong_password"}, {"unknown", "no@acme.example", password, "not_found"},
	} {
		for _, by := range []string{"identifier", "id"} {
			if by == "id" && test.outcome == "not_found" {
				continue
			}
			t.Run(test.name+" by "+by, func(t *testing.T) {
				asked := map[string]string{"identifier": test.email, "password": test.password}
				if by == "id" {
					asked["id"] = w.id(t, test.email)
				}
				body, err := json.Marshal(asked)
				if err != nil {
					t.Fatal(err)
				}
				page := w.send(t, w.call("/ligature/v1/verify", string(body)))
				var answer struct {
					Outcome string
					Account *account
				}
				if err := json.Unmarshal([]byte(page.Text), &answer); err != nil || page.Status != 200 || answer.Outcome != test.outcome {
					t.Fatalf("%d %s, want %s", page.Status, page.Text, test.outcome)
				}
				if known := test.outcome != "not_found"; known != (answer.Account != nil) {
					t.Errorf("account %v", answer.Account)
				}
			})
		}
	}
}

func TestContractReset(t *testing.T) {
	w := start(t)
	for email, mails := range map[string]int{"no@acme.example": 0, "rita@acme.example": 1} {
		w.mails.letters = nil
		page := w.send(t, w.call("/ligature/v1/reset", `{"identifier":"`+email+`"}`))
		if page.Status != http.StatusAccepted || page.Text != "{}" || len(w.mails.letters) != mails {
			t.Errorf("%s: %d %s, %d mails", email, page.Status, page.Text, len(w.mails.letters))
		}
	}
}

func TestDownAnswers503(t *testing.T) {
	w := start(t)
	w.SetState(sdm.Down)
	page := w.send(t, w.call("/ligature/v1/find", `{"by":"id","value":"1"}`))
	if page.Status != http.StatusServiceUnavailable || page.Header.Get("Retry-After") == "" {
		t.Errorf("status %d", page.Status)
	}
	w.SetState(sdm.Up)
	if page := w.send(t, w.call("/ligature/v1/find", `{"by":"id","value":"1"}`)); page.Status != 200 {
		t.Errorf("up again: %d", page.Status)
	}
}

func TestTokenEndpoint(t *testing.T) {
	w := start(t)
	ask := func(email, typed, name string) (int, map[string]any) {
		request, err := http.NewRequest(http.MethodPost, w.url+"/api/v1/auth/token/", strings.NewReader(`{"email":"`+email+`","password":"`+typed+`","token_name":"`+name+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		page := rptest.NewBrowser(t).Do(request)
		var answer map[string]any
		if err := json.Unmarshal([]byte(page.Text), &answer); err != nil {
			t.Fatal(page.Text)
		}
		return page.Status, answer
	}
	_, one := ask("rita@acme.example", password, "one")
	_, same := ask("rita@acme.example", password, "one")
	_, two := ask("rita@acme.example", password, "two")
	if key, _ := one["key"].(string); len(key) != 36 || one["key"] != same["key"] || one["key"] == two["key"] {
		t.Errorf("keys %v %v %v", one, same, two)
	}
	for _, refused := range [][2]string{{"rita@acme.example", "wrong"}, {"no@acme.example", password}, {"off@acme.example", password}, {"must@acme.example", password}} {
		if status, answer := ask(refused[0], refused[1], "x"); status != http.StatusBadRequest || answer["key"] != nil {
			t.Errorf("%s: %d %v", refused[0], status, answer)
		}
	}
	for header, want := range map[string]int{"Token " + one["key"].(string): 200, "Token x": 401, "": 401} {
		request, err := http.NewRequest(http.MethodGet, w.url+"/api/v1/jobs/", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", header)
		if page := rptest.NewBrowser(t).Do(request); page.Status != want || want == 200 && !strings.Contains(page.Text, "Import of chairs") {
			t.Errorf("jobs: %d, want %d", page.Status, want)
		}
	}
}
