package protocol_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/op"
	"ligature/internal/seal"
	"ligature/internal/sqlstore"
	"ligature/internal/sqlstore/storetest"
	"ligature/internal/web"
	"ligature/internal/web/protocol"
)

const (
	issuer   = "https://id.example"
	callback = "https://pim.acme.example/callback"
	verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636 appendix B
)

// noon is when the tests begin to play.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// keys are made once for all tests, because RSA keys take their time. They never change.
var signer = sync.OnceValue(func() *seal.Signer {
	var keys []seal.SigningKey
	for _, algorithm := range []string{seal.ES256, seal.RS256} {
		key, err := seal.NewSigningKey(algorithm)
		if err != nil {
			panic(err)
		}
		keys = append(keys, key)
	}
	s, err := seal.NewSigner(keys)
	if err != nil {
		panic(err)
	}
	return s
})

// world is a provider on SQLite with a made-up sign-in: whoever visits /login gets the session that signsIn makes.
type world struct {
	tb       testing.TB
	issuer   string
	db       *sqlstore.DB
	openID   *sqlstore.OpenID
	store    op.Store
	dice     *seal.Dice
	log      *bytes.Buffer
	provider *protocol.Provider
	mux      http.Handler

	mu      sync.Mutex
	now     time.Time
	signsIn func() account.Session
	begun   []op.AuthRequest
	asked   []protocol.Choice
	down    bool
}

func newWorld(tb testing.TB, issuerURL string) *world {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "t.db")
	storetest.Migrated(tb, path)
	return newWorldAt(tb, issuerURL, "sqlite://"+path)
}

// newWorldAt is newWorld on this database, which is empty.
func newWorldAt(tb testing.TB, issuerURL, databaseURL string) *world {
	tb.Helper()
	w := &world{tb: tb, issuer: issuerURL, dice: seal.NewDice(nil), log: &bytes.Buffer{}, now: noon}
	sealing, err := seal.NewKeys(w.dice, seal.Key{Version: 1, Secret: w.dice.Bytes(seal.KeySize)})
	w.must(err)
	w.db, err = sqlstore.Open(context.Background(), sqlstore.Config{URL: databaseURL, Sealer: sealing})
	w.must(err)
	tb.Cleanup(func() { _ = w.db.Close() })
	w.openID = w.db.OpenID()
	w.store = breakable{w.openID, w}
	w.declare(declaration(issuerURL, callback))
	w.people()
	w.signsIn = func() account.Session { return w.session(fullSession) }
	w.provider = protocol.New(protocol.Config{Issuer: issuerURL, Store: w.store, Tokens: w.openID, Requests: w.openID, Signer: signer(), Now: w.clock,
		NewID: w.dice.NewID, NewSecret: w.dice.NewSecret, HashRefresh: hashOf(seal.ForRefreshToken), HashRequest: hashOf(seal.ForRequestURI),
		SealCode: func(client ident.ClientID, packed []byte) string { return sealing.SealCode(string(client), packed) },
		OpenCode: func(client ident.ClientID, authCode string) ([]byte, bool) {
			return sealing.OpenCode(string(client), authCode)
		},
		VerifyForeign: seal.VerifyForeign, FormPost: formPost, HashSecret: hashOf(seal.ForClientSecret),
		SessionID: sessionID, UseSession: w.useSession, SessionOf: w.sessionOf, BrowserOf: browserOf, Begin: w.begin, Steps: sealing, Choose: w.choose, SignOut: w.signOut, ConfirmSignOut: w.confirm, SignedOut: text("signed out"),
		Page: page, Log: slog.New(slog.NewTextHandler(w.log, nil))})
	mux := http.NewServeMux()
	w.provider.Routes(mux)
	mux.HandleFunc("/login", w.login)
	w.mux = mux
	return w
}

func hashOf(purpose seal.Purpose) func(string) string {
	return func(secret string) string { return seal.HashSecret(purpose, secret) }
}

// browserOf reads the browser's name from a cookie; without one it is the browser of every session of these tests.
func browserOf(_ http.ResponseWriter, r *http.Request) ident.BrowserID {
	if c, err := r.Cookie("browser"); err == nil {
		return ident.BrowserID(c.Value)
	}
	return "br_1"
}

// page stands in for web.Shell.Handle.
func page(h web.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			http.Error(w, fault.KeyOf(err), web.Status(err))
		}
	})
}

func text(s string) web.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func (w *world) must(err error) {
	w.tb.Helper()
	if err != nil {
		w.tb.Fatal(err)
	}
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// secret is what the confidential clients of the tests have.
const secret = "a-secret of 100%+ odd characters:é"

func declaration(issuerURL, redirectURI string) directory.Declaration {
	client := func(id ident.ClientID, product ident.ProductID, method, alg string) directory.Client {
		c := directory.Client{ID: id, Product: product, Name: string(id), AuthMethod: method, IDTokenAlg: alg,
			Refresh: directory.RefreshSession}
		if method != op.AuthNone {
			c.SecretHash = seal.HashSecret(seal.ForClientSecret, secret)
		}
		return c
	}
	instance := func(tenant ident.TenantID, product ident.ProductID, client ident.ClientID, uris ...string) directory.Instance {
		return directory.Instance{ID: ident.InstanceID(string(tenant) + "-" + string(product)), Tenant: tenant, Product: product, Client: client,
			RedirectURIs: uris, PostLogoutRedirectURIs: []string{"https://" + string(product) + "." + string(tenant) + ".example/bye"}}
	}
	return directory.Declaration{
		Suite: directory.Suite{Issuer: issuerURL, Locale: "en", Disclosure: directory.Explicit, OnLink: directory.Adopt},
		Products: []directory.Product{{ID: "pim", Name: "PIM", OtherAddress: directory.AllowOther}, {ID: "sdm", Name: "SDM", OtherAddress: directory.AllowOther},
			{ID: "web", Name: "Web", OtherAddress: directory.AllowOther}},
		Tenants: []directory.Tenant{{ID: "acme", Name: "Acme", Rollout: directory.RolloutOn}, {ID: "globex", Name: "Globex", Rollout: directory.RolloutOn}},
		Clients: []directory.Client{client("pim", "pim", op.AuthBasic, "ES256"), client("sdm", "sdm", op.AuthPost, "RS256"),
			client("web", "web", op.AuthNone, "ES256")},
		Instances: []directory.Instance{instance("acme", "pim", "pim", redirectURI), instance("globex", "pim", "pim", "https://pim.globex.example/callback"),
			instance("acme", "sdm", "sdm", "https://sdm.acme.example/callback"), instance("acme", "web", "web", "https://web.acme.example/callback")},
	}
}

func (w *world) declare(d directory.Declaration) {
	w.tb.Helper()
	_, err := w.db.ApplySuite(context.Background(), d, noon)
	w.must(err)
}

// people makes Dana: an account with an address, linked to a product account of each of acme's products.
func (w *world) people() {
	w.tb.Helper()
	email, err := ident.ParseEmail("dana@example.com")
	w.must(err)
	o := linking.Outcome{Accounts: []account.Account{{ID: "ac_1", Status: account.Active, Name: "Dana Doe", Locale: "en", CreatedAt: noon}},
		Addresses: []account.Address{{Email: email, Account: "ac_1", VerifiedAt: noon, Proof: "pr_1", Primary: true}}}
	for _, product := range []ident.ProductID{"pim", "sdm", "web"} {
		pa := account.ProductAccount{ID: ident.ProductAccountID("pa_" + product), Tenant: "acme", Product: product, ExternalID: "42", Generation: "1",
			Subject: ident.Subject("sub_" + product), Username: "dana", Name: "Dana P", Locale: "fr", SeenAt: noon}
		o.ProductAccounts = append(o.ProductAccounts, pa)
		o.Links = append(o.Links, account.Link{ID: ident.LinkID("li_" + product), Tenant: "acme", Account: "ac_1", ProductAccount: pa.ID,
			State: account.LinkActive, Flow: "fl_1", Browser: "br_1", CreatedAt: noon, ActiveAt: noon})
	}
	w.must(w.db.Commit(context.Background(), o))
}

func fullSession(s *account.Session) {}

func pimOnly(s *account.Session) {
	s.Scope, s.Tenant, s.Product, s.ProductAccount = account.ScopeProduct, "acme", "pim", "pa_pim"
	s.Account, s.Methods = "", []account.Method{account.LegacyPassword}
}

// session begins a session now.
func (w *world) session(change func(*account.Session)) account.Session {
	w.tb.Helper()
	now := w.clock()
	s := account.Session{ID: ident.SessionID(w.dice.NewID("se")), Browser: "br_1", Account: "ac_1", Scope: account.ScopeFull,
		Methods: []account.Method{account.AccountPassword}, AuthAt: now, UsedAt: now, IdleTTL: time.Hour, Deadline: now.Add(12 * time.Hour)}
	change(&s)
	w.must(w.db.Commit(context.Background(), linking.Outcome{Sessions: []account.Session{s}}))
	return s
}

func sessionID(r *http.Request) ident.SessionID {
	cookie, err := r.Cookie("session")
	if err != nil {
		return ""
	}
	return ident.SessionID(cookie.Value)
}

func (w *world) useSession(_ context.Context, s op.Session) (bool, error) {
	return s.Live(w.clock()), nil
}

func (w *world) sessionOf(r *http.Request) (*op.Session, error) {
	s, err := w.db.Session(r.Context(), sessionID(r))
	if fault.Is(err, fault.Missing) || err == nil && !s.Live(w.clock()) {
		return nil, nil
	}
	return &s, err
}

func (w *world) begin(_ http.ResponseWriter, _ *http.Request, q op.AuthRequest) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begun = append(w.begun, q)
	return "/login?request=" + string(q.ID), nil
}

func (w *world) choose(rw http.ResponseWriter, _ *http.Request, c protocol.Choice) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, c)
	_, err := io.WriteString(rw, "which?")
	return err
}

func (w *world) login(rw http.ResponseWriter, r *http.Request) {
	s := w.signsIn()
	http.SetCookie(rw, &http.Cookie{Name: "session", Value: string(s.ID), Path: "/"})
	http.Redirect(rw, r, protocol.ResumePath(ident.AuthRequestID(r.URL.Query().Get("request"))), http.StatusSeeOther)
}

func (w *world) signOut(rw http.ResponseWriter, r *http.Request, s *op.Session) error {
	http.SetCookie(rw, &http.Cookie{Name: "session", Path: "/", MaxAge: -1})
	return w.db.EndSession(r.Context(), s.ID, w.clock())
}

func (w *world) confirm(rw http.ResponseWriter, _ *http.Request, form protocol.SignOutForm) error {
	_, err := io.WriteString(rw, "sure? "+form.Action+" "+form.Field+" "+form.Proof)
	return err
}

// breakable is a store that can be switched off.
type breakable struct {
	op.Store
	w *world
}

func (b breakable) Facts(ctx context.Context, tenant ident.TenantID, product ident.ProductID, s ident.SessionID) (op.Facts, error) {
	if b.w.down {
		return op.Facts{}, fault.New(fault.Unavailable, "store.down")
	}
	return b.Store.Facts(ctx, tenant, product, s)
}

func (b breakable) Registration(ctx context.Context, client ident.ClientID) (op.Registration, error) {
	if b.w.down {
		return op.Registration{}, fault.New(fault.Unavailable, "store.down")
	}
	return b.Store.Registration(ctx, client)
}

// send makes a request; a non-empty cookie is the session's.
func (w *world) send(method, target string, body url.Values, session account.Session, header ...string) *httptest.ResponseRecorder {
	w.tb.Helper()
	var reader io.Reader
	if body != nil {
		reader = strings.NewReader(body.Encode())
	}
	r := httptest.NewRequest(method, target, reader)
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if session.ID != "" {
		r.AddCookie(&http.Cookie{Name: "session", Value: string(session.ID)})
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.mux.ServeHTTP(rec, r)
	return rec
}

// request are the parameters of a good request of PIM's client, with changes.
func request(changes ...string) url.Values {
	v := url.Values{"client_id": {"pim"}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid profile email"},
		"state": {"s-1"}, "nonce": {"n-1"}, "code_challenge": {op.CodeChallenge(verifier)}, "code_challenge_method": {"S256"}}
	for i := 0; i+1 < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
	}
	return v
}

// authorize sends a request and gives the parameters of the answer to the client.
func (w *world) authorize(session account.Session, changes ...string) url.Values {
	w.tb.Helper()
	rec := w.send("GET", protocol.PathAuthorize+"?"+request(changes...).Encode(), nil, session)
	return w.answered(rec)
}

func (w *world) answered(rec *httptest.ResponseRecorder) url.Values {
	w.tb.Helper()
	to, err := url.Parse(rec.Header().Get("Location"))
	w.must(err)
	if rec.Code != http.StatusSeeOther || to.Host == "" {
		w.tb.Fatalf("no answer to a client: %d %s %s", rec.Code, to, rec.Body)
	}
	if to.Query().Get("iss") != w.issuer {
		w.tb.Fatalf("no iss in %s", to)
	}
	return to.Query()
}

// authCode is a fresh code of PIM's client for Dana.
func (w *world) authCode() string {
	w.tb.Helper()
	answer := w.authorize(w.session(fullSession))
	if !answer.Has("code") {
		w.tb.Fatal(answer)
	}
	return answer.Get("code")
}

// redemption is the body of a good token request.
func redemption(authCode string, changes ...string) url.Values {
	v := url.Values{"grant_type": {"authorization_code"}, "code": {authCode}, "redirect_uri": {callback}, "code_verifier": {verifier}}
	for i := 0; i+1 < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
	}
	return v
}

// basic is a header with PIM's credentials, encoded as RFC 6749 §2.3.1 says.
func basic(client, plain string) []string {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(url.QueryEscape(client), url.QueryEscape(plain))
	return []string{"Authorization", r.Header.Get("Authorization")}
}

// tokens is a token answer.
type tokens struct {
	AccessToken string `json:"access_token"`
	Type        string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	IDToken     string `json:"id_token"`
	Refresh     string `json:"refresh_token"`
	Scope       string `json:"scope"`
	Error       string `json:"error"`
	Detail      string `json:"error_description"`
}

func (w *world) redeem(body url.Values, header ...string) (*httptest.ResponseRecorder, tokens) {
	w.tb.Helper()
	if header == nil {
		header = basic("pim", secret)
	}
	rec := w.send("POST", protocol.PathToken, body, account.Session{}, header...)
	var answer tokens
	w.must(json.Unmarshal(rec.Body.Bytes(), &answer))
	return rec, answer
}

// claims are those of a token of ours.
func (w *world) claims(compact, typ string) map[string]any {
	w.tb.Helper()
	payload, err := signer().Payload(compact, typ)
	w.must(err)
	claims := map[string]any{}
	w.must(json.Unmarshal(payload, &claims))
	return claims
}
