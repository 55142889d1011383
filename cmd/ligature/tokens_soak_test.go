//go:build soak && linux

package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"ligature/internal/testkit"
)

// tokens goes through the code flow in the open session, asks who it is, and exchanges the refresh token twice.
func (v *visitor) tokens(b *testkit.Browser) bool {
	const verifier = "a-verifier-that-is-longer-than-forty-three-characters"
	sum := sha256.Sum256([]byte(verifier))
	at := issuer + "/authorize?" + url.Values{"response_type": {"code"}, "client_id": {"pim"}, "redirect_uri": {toolURL}, "state": {"s"}, "nonce": {"n"},
		"scope": {"openid email offline_access"}, "code_challenge_method": {"S256"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}}.Encode()
	for range 20 {
		if !v.open(b, at, func(p *testkit.Page) bool { return strings.HasPrefix(p.URL.String(), toolURL) }, nil) {
			return false
		}
		if answer := b.Page.URL.Query(); answer.Get("code") == "" {
			v.c.t.Errorf("%s is signed in, and the client is answered %s", v.Username, answer.Encode())
			return false
		}
		got, lost := v.post("/token", url.Values{"grant_type": {"authorization_code"}, "code": {b.Page.URL.Query().Get("code")}, "redirect_uri": {toolURL}, "code_verifier": {verifier}})
		if lost {
			continue // the code may be used up; another one costs a redirect
		}
		v.said()
		for renewals := 0; ; renewals++ {
			if !v.works(got) {
				return false
			}
			if renewals == 2 {
				return true
			}
			if got, lost = v.post("/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got.Refresh}}); lost {
				break // the token may be exchanged
			}
			v.said()
		}
	}
	v.stuck = v.Username + ": no tokens"
	return false
}

// granted is an answer of the token endpoint.
type granted struct {
	Error   string `json:"error"`
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Email   string `json:"email"`
}

// post sends a form as the client does, once; lost reports that nobody answered.
func (v *visitor) post(path string, form url.Values) (got granted, lost bool) {
	r, err := http.NewRequest(http.MethodPost, issuer+path, strings.NewReader(form.Encode()))
	if err != nil {
		panic(err) // the address is ours
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth("pim", clientSecret)
	return v.ask(r)
}

func (v *visitor) ask(r *http.Request) (got granted, lost bool) {
	r.Header.Set("X-Forwarded-For", v.network)
	response, err := v.c.client.Do(r)
	if err != nil {
		return got, true
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return got, true
	}
	if err := json.Unmarshal(body, &got); err != nil {
		got.Error = err.Error()
	}
	return got, false
}

// works asks for the claims with an access token until there is an answer.
func (v *visitor) works(got granted) bool {
	if got.Error != "" || got.Access == "" || got.Refresh == "" {
		v.c.t.Errorf("%s: what was acknowledged is no good: error %q", v.Username, got.Error)
		return false
	}
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		r, err := http.NewRequest(http.MethodGet, issuer+"/userinfo", http.NoBody)
		if err != nil {
			panic(err) // the address is ours
		}
		r.Header.Set("Authorization", "Bearer "+got.Access)
		answer, lost := v.ask(r)
		if lost {
			<-time.After(20 * time.Millisecond)
			continue
		}
		if answer.Email != v.mail {
			v.c.t.Errorf("%s: an acknowledged access token is answered %q", v.Username, answer.Error)
		}
		return answer.Email == v.mail
	}
	v.stuck = v.Username + ": userinfo does not answer"
	return false
}
