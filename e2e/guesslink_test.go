package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestGuessedLinks (ATK-35): secrets that differ from a real one in a letter get the answer of any link that is none, whatever they
// are tried at. After twenty the network waits, and learns nothing meanwhile; a real link works after the wait.
func TestGuessedLinks(t *testing.T) {
	t.Parallel()
	w := openWorld(t)
	dana := w.person("one_account", "pim")
	w.toInbox(w.browser("T"), dana, dana.Email)
	link := w.link(dana.Email, 1)
	at, secret, _ := strings.Cut(link, "?t=")
	m, tried, answers := w.browser("M"), 0, map[string]bool{}
	for _, path := range []string{"/email/confirm", "/reset/confirm", "/me/email/confirm", "/invitation"} {
		for letter := range strings.SplitSeq("abcde", "") {
			if letter == secret[:1] {
				letter = "f"
			}
			tried++
			m.Open(strings.Replace(at, "/email/confirm", path, 1) + "?t=" + letter + secret[1:])
			if m.Page.Status != http.StatusNotFound {
				t.Fatalf("guess %d, at %s: %d %q", tried, path, m.Page.Status, m.Page.H1)
			}
			if path != "/invitation" { // which says whom to ask instead
				answers[varying.ReplaceAllString(m.Page.Text(), "")] = true
			}
		}
	}
	if len(answers) != 1 {
		t.Errorf("%d different answers: %v", len(answers), answers)
	}
	for _, path := range []string{"/email/confirm", "/reset/confirm", "/me/email/confirm", "/invitation"} {
		m.Open(strings.Replace(link, "/email/confirm", path, 1))
		if m.Page.Status != http.StatusTooManyRequests || m.Page.Header.Get("Retry-After") == "" {
			t.Errorf("after twenty, at %s: %d %q", path, m.Page.Status, m.Page.H1)
		}
	}
	w.Clock().Advance(time.Minute)
	if m.Open(link); m.Page.Status != http.StatusOK || m.Page.Form("Show code") == nil {
		t.Errorf("after the wait: %d %q", m.Page.Status, m.Page.H1)
	}
}
