package protocol_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/op"
	"ligature/internal/web/protocol"
)

// speaking is a world in which the PIM's client may invite.
func speaking(t *testing.T) *world {
	w := newWorld(t, issuer)
	d := declaration(issuer, callback)
	for i := range d.Clients {
		if d.Clients[i].ID == "pim" {
			d.Clients[i].APIScopes = []directory.APIScope{directory.ScopeInvitationsRead, directory.ScopeInvitationsWrite}
		}
	}
	w.declare(d)
	w.provider.Forget()
	return w
}

// TestClientCredentials holds RFC 6749 §4.4 and RFC 9068: an access token of the client's own, for the API and for nothing
// else, and nothing beside it.
func TestClientCredentials(t *testing.T) {
	w := speaking(t)
	rec, got := w.redeem(url.Values{"grant_type": {"client_credentials"}})
	if rec.Code != http.StatusOK || got.Type != "Bearer" || got.ExpiresIn != 300 || got.Scope != "invitations:read invitations:write" || got.IDToken != "" {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	var answered map[string]any
	w.must(json.Unmarshal(rec.Body.Bytes(), &answered))
	for _, none := range []string{"refresh_token", "id_token"} {
		if _, there := answered[none]; there {
			t.Errorf("%s is there", none)
		}
	}
	said := w.claims(got.AccessToken, op.TypeAccessToken)
	if said["aud"] != issuer+"/api/v1" || said["sub"] != "pim" || said["client_id"] != "pim" || said["iss"] != issuer || said["jti"] == "" ||
		said["exp"].(float64)-said["iat"].(float64) != 300 {
		t.Error(said)
	}
	for _, none := range []string{"grant_id", "auth_time", "acr"} {
		if _, there := said[none]; there {
			t.Errorf("%s is claimed", none)
		}
	}
	if rec := w.send("GET", protocol.PathUserInfo, nil, account.Session{}, "Authorization", "Bearer "+got.AccessToken); rec.Code != http.StatusUnauthorized {
		t.Errorf("userinfo takes it: %d", rec.Code)
	}
	_, less := w.redeem(url.Values{"grant_type": {"client_credentials"}, "scope": {"invitations:read"}})
	if less.Scope != "invitations:read" {
		t.Errorf("scope %q", less.Scope)
	}
}

// TestClientCredentialsRefused names who gets none.
func TestClientCredentialsRefused(t *testing.T) {
	w := speaking(t)
	for name, test := range map[string]struct {
		body   url.Values
		header []string
		want   string
	}{
		"a scope that is not declared": {url.Values{"scope": {"invitations:read openid"}}, basic("pim", secret), "invalid_scope"},
		"a client without scopes":      {url.Values{"client_id": {"sdm"}, "client_secret": {secret}}, []string{}, "unauthorized_client"},
		"a public client":              {url.Values{"client_id": {"web"}}, []string{}, "unauthorized_client"},
		"a wrong secret":               {url.Values{}, basic("pim", "wrong"), "invalid_client"},
	} {
		t.Run(name, func(t *testing.T) {
			test.body.Set("grant_type", "client_credentials")
			rec, _ := w.redeem(test.body, test.header...)
			var got struct {
				Error string `json:"error"`
			}
			w.must(json.Unmarshal(rec.Body.Bytes(), &got))
			if rec.Code < 400 || got.Error != test.want {
				t.Errorf("%d %s", rec.Code, rec.Body)
			}
		})
	}
}

// TestClientAccess (ATK-105): the API takes a client's own access token and no other of ours.
func TestClientAccess(t *testing.T) {
	w := speaking(t)
	_, person := w.redeem(redemption(w.authCode()))
	_, own := w.redeem(url.Values{"grant_type": {"client_credentials"}})
	read := func(signed, at string, now time.Time) error {
		_, err := op.ReadClientAccess(signed, at, signer().Payload, now)
		return err
	}
	if err := read(own.AccessToken, issuer, noon); err != nil {
		t.Errorf("its own: %v", err)
	}
	for name, err := range map[string]error{
		"a person's":       read(person.AccessToken, issuer, noon),
		"an ID token":      read(person.IDToken, issuer, noon),
		"another issuer's": read(own.AccessToken, "https://other.example", noon),
		"an old one":       read(own.AccessToken, issuer, noon.Add(5*time.Minute)),
		"no token":         read("none", issuer, noon),
	} {
		if err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := op.ReadAccess(own.AccessToken, issuer, signer().Payload, noon); err == nil {
		t.Error("a client's own was taken for a person's")
	}
}
