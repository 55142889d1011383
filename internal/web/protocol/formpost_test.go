package protocol_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"ligature/internal/account"
	"ligature/internal/op"
	"ligature/internal/web/protocol"
)

// formPost shows the answer as lines of names and values.
func formPost(w http.ResponseWriter, _ *http.Request, a op.Answer) error {
	w.Header().Set("Content-Type", "text/html")
	_, err := io.WriteString(w, a.RedirectURI+"\n"+strings.Join(a.Pairs, "\n"))
	return err
}

// posted are the parameters of an answer by form_post, and nothing of them may be in an address.
func (w *world) posted(changes ...string) map[string]string {
	w.tb.Helper()
	rec := w.send("GET", protocol.PathAuthorize+"?"+request(append(changes, "response_mode", "form_post")...).Encode(), nil, w.session(fullSession))
	lines := strings.Split(rec.Body.String(), "\n")
	if rec.Code != http.StatusOK || rec.Header().Get("Location") != "" || lines[0] != callback || rec.Header().Get("Referrer-Policy") != "no-referrer" {
		w.tb.Fatalf("%d %v %s", rec.Code, rec.Header(), rec.Body)
	}
	found := map[string]string{}
	for i := 1; i+1 < len(lines); i += 2 {
		found[lines[i]] = lines[i+1]
	}
	return found
}

func TestFormPost(t *testing.T) {
	w := newWorld(t, issuer)
	answer := w.posted()
	if answer["state"] != "s-1" || answer["iss"] != issuer {
		t.Error(answer)
	}
	if _, got := w.redeem(redemption(answer["code"])); got.IDToken == "" {
		t.Errorf("%+v", got)
	}
	for name, changes := range map[string][]string{"invalid_scope": {"scope", "profile"}, "request_not_supported": {"request", "a.b.c"},
		"unsupported_response_type": {"response_type", "token"}} {
		if answer := w.posted(changes...); answer["error"] != name || answer["state"] != "s-1" || answer["iss"] != issuer {
			t.Errorf("%s: %v", name, answer)
		}
	}
}

// A refusal that a page of ours leads to is posted as well, for this browser's request and our own reasons alone.
func TestRefusalByFormPost(t *testing.T) {
	w := newWorld(t, issuer)
	w.send("GET", protocol.PathAuthorize+"?"+request("response_mode", "form_post").Encode(), nil, account.Session{})
	to, err := w.provider.RefusalURL(t.Context(), w.begun[0].ID, op.TenantNotEnabled)
	w.must(err)
	rec := w.send("GET", to, nil, account.Session{})
	if rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "error\ntenant_not_enabled") {
		t.Errorf("%s: %d %s", to, rec.Code, rec.Body)
	}
	if rec := w.send("GET", to, nil, account.Session{}, "Cookie", "browser=br_other"); rec.Code == http.StatusOK {
		t.Error("another browser refused it")
	}
	made := strings.Replace(to, "tenant_not_enabled", "server_error", 1)
	if rec := w.send("GET", made, nil, account.Session{}); rec.Code != http.StatusSeeOther {
		t.Errorf("a reason of somebody else's: %d %s", rec.Code, rec.Body)
	}
}
