package conform_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ligature/internal/connector/conform"
	"ligature/internal/connector/httpconn"
	"ligature/internal/fault"
)

const (
	secret   = "a secret of both, with 32 bytes."
	password = "Canary-of-Ada-42"
)

// product keeps the contract; each bend is a way of breaking it.
type product struct {
	bend string
	mu   sync.Mutex
	seen map[string]bool
}

func (p *product) bent(how string) bool { return p.bend == how }

// signed holds the rules of signatures, but for what is bent.
func (p *product) signed(r *http.Request, body []byte) bool {
	timestamp, nonce, got := r.Header.Get(httpconn.HeaderTimestamp), r.Header.Get(httpconn.HeaderNonce), r.Header.Get(httpconn.HeaderSignature)
	if p.bent("unsigned verify") && strings.HasSuffix(r.URL.Path, "verify") || p.bent("unsigned") && got == "" {
		return true
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil && !p.bent("timestamp text") {
		return false
	}
	ago := time.Since(time.Unix(seconds, 0))
	limit := 5 * time.Minute
	if p.bent("strict clock") {
		limit = time.Minute
	}
	if err == nil && (ago > limit && !p.bent("old") || ago < -limit && !p.bent("future")) || len(nonce) != 22 && !p.bent("short nonce") {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bent("burnt nonce") {
		if p.seen[nonce] {
			return false
		}
		p.seen[nonce] = true
	}
	path := r.URL.EscapedPath()
	want := httpconn.Sign([]byte(secret), timestamp, nonce, r.Method, path, body)
	switch {
	case p.bent("path"):
		want = got
	case p.bent("prefix") && got != "":
		want = want[:min(len(want), len(got))]
	case p.bent("version"):
		want, got = strings.TrimPrefix(want, "v1="), strings.TrimPrefix(got, "v1=")
	}
	if subtle.ConstantTimeCompare([]byte(want), []byte(got)) != 1 {
		return false
	}
	if p.bent("burnt nonce") {
		return true
	}
	if p.seen[nonce] && !p.bent("replay") {
		return false
	}
	if p.bent("race") {
		p.mu.Unlock()
		<-time.After(20 * time.Millisecond)
		p.mu.Lock()
	}
	p.seen[nonce] = true
	return true
}

func (p *product) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	verb := strings.TrimPrefix(r.URL.Path, "/base/ligature/v1/")
	var q struct{ By, Value, ID, Identifier, Password string }
	switch {
	case err != nil && !p.bent("oversize"):
		p.say(w, 413, `{}`)
	case r.Method != http.MethodPost && !p.bent("get"):
		p.say(w, 405, `{}`)
	case p.bent("get") && r.Method == http.MethodGet, p.bent("oversize") && err != nil:
		p.say(w, 200, `{"accounts":[]}`)
	case !slices.Contains([]string{"find", "verify", "reset"}, verb) && !p.bent("any path"):
		p.say(w, 404, `{}`)
	case !p.signed(r, body):
		p.say(w, 401, `{}`)
	case json.Unmarshal(body, &q) != nil:
		if p.bent("any body") {
			p.say(w, 200, `{"accounts":[]}`)
			return
		}
		if p.bent("trace") {
			p.say(w, 400, `{"error":"Traceback (most recent call last): File \"x.py\""}`)
			return
		}
		p.say(w, 400, `{}`)
	case verb == "find":
		p.find(w, q.By, q.Value)
	case verb == "verify":
		p.verify(w, q.ID, q.Identifier, q.Password)
	case verb == "reset":
		p.reset(w, q.Identifier)
	default:
		p.say(w, 200, `{}`)
	}
}

func (p *product) say(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	if p.bent("cookie") {
		w.Header().Set("Set-Cookie", "session=1")
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

const ada = `{"id":"7","username":"ada","email":"ada@acme.example","name":"Ada"}`

// others are users who may not come in, with the flag that says so.
func others() map[string]string {
	return map[string]string{"dis": "disabled", "loc": "locked", "mus": "must_reset"}
}

// stateOf answers for one of them, as it should or bent.
func (p *product) stateOf(w http.ResponseWriter, id, typed string) {
	outcome := others()[id]
	switch {
	case p.bent("lets in " + outcome):
		outcome = "match"
	case typed != password && !p.bent("tells of "+outcome):
		outcome = "wrong_password"
	}
	p.say(w, 200, `{"outcome":"`+outcome+`","account":{"id":"`+id+`"}}`)
}

func (p *product) find(w http.ResponseWriter, by, value string) {
	if !slices.Contains([]string{"email", "username", "id"}, by) && !p.bent("any key") {
		p.say(w, 400, `{}`)
		return
	}
	if flag := others()[value]; flag != "" && (by == "username" || by == "id") {
		p.say(w, 200, `{"accounts":[{"id":"`+value+`","username":"`+value+`","`+flag+`":`+strconv.FormatBool(!p.bent("hides "+flag))+`}]}`)
		return
	}
	key := map[string]string{"email": "ada@acme.example", "username": "ada", "id": "7"}[by]
	hit := key == value || p.bent("wildcard") && value == "%" || p.bent("trimmed id") && by == "id" && strings.TrimSpace(value) == key
	switch {
	case hit && p.bent("number"):
		p.say(w, 200, `{"accounts":[{"id":7}]}`)
	case hit && p.bent("twice"):
		p.say(w, 200, `{"accounts":[`+ada+`,`+ada+`]}`)
	case hit:
		p.say(w, 200, `{"accounts":[`+ada+`]}`)
	case p.bent("nobody is 404"):
		p.say(w, 404, `{}`)
	default:
		p.say(w, 200, `{"accounts":[]}`)
	}
}

func (p *product) verify(w http.ResponseWriter, id, identifier, typed string) {
	if others()[id] != "" || id == "" && others()[identifier] != "" {
		p.stateOf(w, cmp.Or(id, identifier), typed)
		return
	}
	right := typed == password || p.bent("truncates") && strings.HasPrefix(typed, password) || p.bent("trims") && strings.TrimSpace(typed) == password ||
		p.bent("folds") && strings.EqualFold(typed, password) || p.bent("empty") && typed == "" || p.bent("anything")
	known := id == "7" || (id == "" || p.bent("by identifier")) && identifier == "ada@acme.example"
	switch {
	case p.bent("html") && known:
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `{"outcome":"match","account":`+ada+`}`)
	case p.bent("echo") && !right:
		p.say(w, 200, `{"outcome":"wrong_password","account":null,"typed":"`+typed+password+`"}`)
	case !known && p.bent("everybody matches"):
		p.say(w, 200, `{"outcome":"match","account":{"id":"`+id+`"}}`)
	case !known:
		p.say(w, 200, `{"outcome":"not_found","account":null}`)
	case !right:
		p.say(w, 200, `{"outcome":"wrong_password","account":null}`)
	case p.bent("no account"):
		p.say(w, 200, `{"outcome":"match","account":null}`)
	default:
		p.say(w, 200, `{"outcome":"match","account":`+ada+`}`)
	}
}

func (p *product) reset(w http.ResponseWriter, identifier string) {
	switch known := identifier == "ada@acme.example"; {
	case p.bent("reset tells") && !known:
		p.say(w, 404, `{}`)
	case p.bent("reset tells by body") && known:
		p.say(w, 202, `{"sent":true}`)
	case p.bent("reset tells by header") && known:
		w.Header().Set("X-Sent", "1")
		p.say(w, 202, `{}`)
	default:
		p.say(w, 202, `{}`)
	}
}

func run(t *testing.T, bend string, change func(o *conform.Options)) (conform.Report, error) {
	t.Helper()
	server := httptest.NewServer(&product{bend: bend, seen: map[string]bool{}})
	defer server.Close()
	o := conform.Options{Email: "Ada@acme.example", Password: password,
		Endpoint: httpconn.Options{URL: server.URL + "/base", AllowPrivate: true, Secret: []byte(secret), Now: time.Now, Rand: rand.Reader}}
	if change != nil {
		change(&o)
	}
	return conform.Run(t.Context(), o)
}

// broken lists the rules that were found broken, and makes sure that nothing secret is told.
func broken(t *testing.T, r conform.Report) (names []string) {
	t.Helper()
	for _, f := range r.Findings {
		if f.Result == conform.Broken {
			names = append(names, f.Name)
		}
		if strings.Contains(f.Detail, password) || strings.Contains(f.Detail, secret) {
			t.Errorf("%s tells a secret", f.Name)
		}
	}
	return names
}

func TestAnEndpointThatKeepsTheContract(t *testing.T) {
	for name, change := range map[string]func(o *conform.Options){
		"by address":   nil,
		"by username":  func(o *conform.Options) { o.Email, o.Username = "", "ada" },
		"by both":      func(o *conform.Options) { o.Username = "ada" },
		"without find": func(o *conform.Options) { o.Endpoint.CannotFind = true },
		"with others":  inStates,
		"others, without find": func(o *conform.Options) {
			inStates(o)
			o.Endpoint.CannotFind = true
		},
		"verify alone": func(o *conform.Options) { o.Endpoint.CannotFind, o.Endpoint.CannotReset = true, true },
	} {
		steps := 0
		report, err := run(t, "", func(o *conform.Options) {
			o.Progress = func(int, int, string) { steps++ }
			if change != nil {
				change(o)
			}
		})
		if err != nil || report.Broken > 0 || report.Held < 25 || steps != len(report.Findings) {
			t.Errorf("%s: %v, broken %v, %d held, %d steps", name, err, broken(t, report), report.Held, steps)
		}
	}
}

// Each way of breaking the contract is found, by the rule that it breaks.
func TestWhatIsBrokenIsFound(t *testing.T) {
	for bend, rule := range map[string]string{
		"unsigned": "signature.missing", "unsigned verify": "signature.everywhere", "path": "signature.path", "prefix": "signature.cut", "version": "signature.version",
		"old": "timestamp.old", "future": "timestamp.future", "timestamp text": "timestamp.text", "strict clock": "timestamp.skew", "short nonce": "nonce.short",
		"replay": "nonce.replay", "race": "nonce.race", "burnt nonce": "nonce.burnt",
		"number": "find.probe", "twice": "find.probe", "wildcard": "find.literal", "trimmed id": "find.exact", "nobody is 404": "signature.accepted", "any key": "find.key",
		"anything": "verify.wrong", "truncates": "verify.longer", "trims": "verify.space", "folds": "verify.case", "empty": "verify.empty", "by identifier": "verify.id",
		"everybody matches": "verify.nobody", "no account": "verify.right", "html": "verify.right", "echo": "answer.quiet",
		"reset tells": "reset.same", "reset tells by body": "reset.same", "reset tells by header": "reset.same",
		"any body": "body.malformed", "oversize": "body.oversize", "any path": "path.unknown", "get": "method.other", "trace": "answer.quiet", "cookie": "answer.cookies",
	} {
		t.Run(bend, func(t *testing.T) {
			t.Parallel()
			report, err := run(t, bend, nil)
			if err != nil {
				t.Fatal(err)
			}
			if names := broken(t, report); !slices.Contains(names, rule) {
				t.Errorf("broken are %v, want %s", names, rule)
			}
		})
	}
}

// inStates names a user for each state.
func inStates(o *conform.Options) {
	o.Disabled, o.Locked, o.MustReset = conform.Probe{Identifier: "dis", Password: password}, conform.Probe{Identifier: "loc", Password: password},
		conform.Probe{Identifier: "mus", Password: password}
}

// TestUsersWhoMayNotComeIn: one who is let in by the right password, or told of by a wrong one, breaks a rule of that state; that find
// does not say it is worth knowing. A product that is locked may say so to anybody.
func TestUsersWhoMayNotComeIn(t *testing.T) {
	for bend, want := range map[string][2]string{
		"":                    {"", ""},
		"lets in disabled":    {"disabled.right", ""},
		"lets in locked":      {"locked.right", ""},
		"lets in must_reset":  {"must_reset.right", ""},
		"tells of disabled":   {"disabled.wrong", ""},
		"tells of must_reset": {"must_reset.wrong", ""},
		"tells of locked":     {"", ""},
		"hides disabled":      {"", "disabled.found"},
		"hides must_reset":    {"", "must_reset.found"},
	} {
		report, err := run(t, bend, inStates)
		if err != nil {
			t.Fatal(err)
		}
		noted := ""
		for _, f := range report.Findings {
			if f.Result == conform.Noted && strings.HasSuffix(f.Name, ".found") {
				noted = f.Name
			}
		}
		names := broken(t, report)
		if want[0] == "" && len(names) > 0 || want[0] != "" && !slices.Contains(names, want[0]) || noted != want[1] || report.Skipped != 0 {
			t.Errorf("%q: broken are %v, noted %q, %d skipped; want %v", bend, names, noted, report.Skipped, want)
		}
	}
	report, err := run(t, "", nil)
	if err != nil || report.Skipped != 9 {
		t.Errorf("nobody named: %d skipped, %v", report.Skipped, err)
	}
	if _, err := run(t, "", func(o *conform.Options) { o.Locked.Identifier = "loc" }); !fault.Is(err, fault.Invalid) {
		t.Errorf("a user without a password: %v", err)
	}
}

// With the wrong secret one rule is broken, and the others are not tried: the probe's password is not sent.
func TestTheWrongSecret(t *testing.T) {
	report, err := run(t, "", func(o *conform.Options) { o.Endpoint.Secret = []byte(strings.Repeat("x", 32)) })
	if names := broken(t, report); err != nil || fmt.Sprint(names) != "[signature.accepted]" || report.Skipped != len(report.Findings)-1 {
		t.Errorf("%v, %v, %d skipped", err, names, report.Skipped)
	}
}

// A user who is locked by what was tried is told by the rule after it; between two wrong passwords there is a right one.
func TestWrongPasswordsNeverFollowEachOther(t *testing.T) {
	inner := &product{seen: map[string]bool{}}
	var mu sync.Mutex
	var row, longest int
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		var q struct{ ID, Password string }
		if strings.HasSuffix(r.URL.Path, "verify") && json.Unmarshal(body, &q) == nil && q.ID == "7" {
			mu.Lock()
			if row++; q.Password == password {
				row = 0
			}
			longest = max(longest, row)
			mu.Unlock()
		}
		inner.ServeHTTP(w, r)
	}))
	defer server.Close()
	if _, err := run(t, "", func(o *conform.Options) { o.Endpoint.URL = server.URL + "/base" }); err != nil || longest != 1 {
		t.Errorf("%v, %d wrong passwords in a row", err, longest)
	}
}

func TestWhatCannotBeAsked(t *testing.T) {
	for name, test := range map[string]struct {
		change func(o *conform.Options)
		kind   fault.Kind
	}{
		"nobody":         {func(o *conform.Options) { o.Email = "" }, fault.Invalid},
		"no password":    {func(o *conform.Options) { o.Password = "  " }, fault.Invalid},
		"no secret":      {func(o *conform.Options) { o.Endpoint.Secret = nil }, fault.Invalid},
		"no URL":         {func(o *conform.Options) { o.Endpoint.URL = "ftp://x" }, fault.Invalid},
		"a closed port":  {func(o *conform.Options) { o.Endpoint.URL = "http://127.0.0.1:1" }, fault.Unavailable},
		"metadata alone": {func(o *conform.Options) { o.Endpoint.URL = "http://169.254.169.254" }, fault.Unavailable},
	} {
		if _, err := run(t, "", test.change); !fault.Is(err, test.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := conform.Run(ctx, conform.Options{Email: "a@b.example", Password: "x y", Endpoint: httpconn.Options{URL: "http://127.0.0.1:1", AllowPrivate: true, Secret: []byte(secret), Now: time.Now, Rand: rand.Reader}}); err == nil {
		t.Error("somebody who does not wait was answered")
	}
}
