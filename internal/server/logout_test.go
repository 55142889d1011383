package server_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/linking"
	"ligature/internal/op"
	"ligature/internal/server"
)

// listener is a client's address for back-channel logout.
type listener struct {
	*httptest.Server
	mu     sync.Mutex
	told   []string
	status int
}

func listen(t *testing.T, status int) *listener {
	l := &listener{status: status}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		defer l.mu.Unlock()
		_ = r.ParseForm()
		if r.Method == http.MethodPost && len(r.PostForm) == 1 && r.URL.RawQuery == "" {
			l.told = append(l.told, r.PostForm.Get("logout_token"))
		} else {
			l.told = append(l.told, "not a form of one field")
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(l.status)
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *listener) heard(status int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.status = status
	return len(l.told)
}

// TestClientsAreToldOfTheEnd (ATK-108): the client of a session that ended gets one logout token, again when it did not take
// it; redirects are not followed, and an address in our own network is not connected to unless it was declared so.
func TestClientsAreToldOfTheEnd(t *testing.T) {
	c := &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	inside, forbidden := listen(t, http.StatusFound), listen(t, http.StatusOK)
	options := replicaOptions("sqlite://"+filepath.Join(t.TempDir(), "logout.db"), c)
	d := &options.Declaration
	for id, at := range map[string]*listener{"pim": inside, "web": forbidden} {
		client := directory.Client{ID: "pim", Product: "pim", AuthMethod: "none", IDTokenAlg: "RS256", LogoutURI: at.URL + "/logout", LogoutPrivate: id == "pim"}
		if id == "web" {
			client.ID = "web"
		}
		d.Clients = append(d.Clients, client)
	}
	d.Instances = []directory.Instance{{ID: "acme-pim", Tenant: "acme", Product: "pim", Client: "pim", RedirectURIs: []string{"https://pim.example.com/callback"}}}
	s, err := server.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	session := account.Session{ID: "se_1", Browser: "br_1", Account: "ac_1", Scope: account.ScopeFull, Methods: []account.Method{account.AccountPassword},
		AuthAt: c.Now(), UsedAt: c.Now(), IdleTTL: time.Hour, Deadline: c.Now().Add(time.Hour)}
	must(t, s.Store().Commit(t.Context(), linking.Outcome{
		Accounts: []account.Account{{ID: "ac_1", Status: account.Active, Name: "Dana", Locale: "en", CreatedAt: c.Now()}},
		ProductAccounts: []account.ProductAccount{{ID: "pa_1", Tenant: "acme", Product: "pim", ExternalID: "1", Generation: "1", Subject: "sub_1",
			Username: "dana", SeenAt: c.Now()}},
		Sessions: []account.Session{session}}))
	openid := s.Store().OpenID()
	for _, client := range d.Clients {
		g := op.Grant{Client: client.ID, Tenant: "acme", Instance: "acme-pim", Account: "ac_1", ProductAccount: "pa_1", Session: "se_1",
			Scope: []string{"openid"}, AuthAt: c.Now(), ACR: op.ACRAccount, CreatedAt: c.Now()}
		g.ID = "gr_1"
		if client.ID == "web" {
			g.ID = "gr_2"
		}
		if _, err := openid.RedeemGrant(t.Context(), g, c.Now()); err != nil {
			t.Fatal(err)
		}
	}
	must(t, s.Store().EndSession(t.Context(), "se_1", c.Now()))
	must(t, s.TellLogouts(t.Context()))
	if n := inside.heard(http.StatusOK); n != 1 {
		t.Fatalf("told %d times, or a redirect was followed", n)
	}
	must(t, s.TellLogouts(t.Context()))
	c.advance(5 * time.Second)
	must(t, s.TellLogouts(t.Context()))
	c.advance(time.Hour)
	must(t, s.TellLogouts(t.Context()))
	if n := inside.heard(http.StatusOK); n != 2 {
		t.Errorf("told %d times, want once more after a failure and never after a success", n)
	}
	if n := forbidden.heard(http.StatusOK); n != 0 {
		t.Error("an address in our own network was connected to")
	}
	logoutToken := inside.told[1]
	if logoutToken == inside.told[0] {
		t.Error("an old token was sent again")
	}
	if _, err := s.Signer().Payload(logoutToken, op.TypeIDToken); err == nil {
		t.Error("it is taken for an ID token")
	}
	payload, err := s.Signer().Payload(logoutToken, op.TypeLogoutToken)
	header, _ := base64.RawURLEncoding.DecodeString(strings.Split(logoutToken, ".")[0])
	if err != nil || !strings.Contains(string(header), `"RS256"`) || !strings.Contains(string(payload), `"sid":"`+op.SID("se_1", "pim")+`"`) || !strings.Contains(string(payload), `"sub":"sub_1"`) {
		t.Errorf("%s %s %v", header, payload, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
