package op

import (
	"encoding/json"
	"time"

	"ligature/internal/ident"
)

// TypeLogoutToken is the type in the header of a logout token, which keeps it from being taken for an ID token (Back-Channel
// Logout §2.4).
const TypeLogoutToken = "logout+jwt"

// LogoutTokenTTL is how long a logout token is good (Back-Channel Logout §2.4 recommends two minutes at most).
const LogoutTokenTTL = 2 * time.Minute

// Logout is a session's end that a client is to be told.
type Logout struct {
	Session ident.SessionID
	Client  ident.ClientID
	Subject ident.Subject
	// URI is where the client wants to be told; Private permits addresses of the operator's own networks.
	URI     string
	Private bool
	// Algorithm is the client's for ID tokens.
	Algorithm string
	// Attempt counts the tries, this one included, from 1.
	Attempt int
}

// logoutClaims are those of Back-Channel Logout §2.4: the one event with an empty value, and never a nonce.
type logoutClaims struct {
	Issuer    string         `json:"iss"`
	Subject   ident.Subject  `json:"sub"`
	Audience  ident.ClientID `json:"aud"`
	IssuedAt  int64          `json:"iat"`
	ExpiresAt int64          `json:"exp"`
	ID        string         `json:"jti"`
	SID       string         `json:"sid"`
	Events    logoutEvents   `json:"events"`
}

type logoutEvents struct {
	Logout struct{} `json:"http://schemas.openid.net/event/backchannel-logout"`
}

// LogoutClaims are the claims of a logout token, as JSON; id is the `jti`.
func LogoutClaims(l Logout, issuer, id string, now time.Time) (json.RawMessage, error) {
	return json.Marshal(logoutClaims{Issuer: issuer, Subject: l.Subject, Audience: l.Client, IssuedAt: now.Unix(),
		ExpiresAt: now.Add(LogoutTokenTTL).Unix(), ID: id, SID: SID(l.Session, l.Client)})
}

// logoutPauses are the waits before a client is told again; after the last it is given up: its own session has an end too.
var logoutPauses = [...]time.Duration{5 * time.Second, 30 * time.Second, 3 * time.Minute, 15 * time.Minute, time.Hour}

// TellAgain is when a client that could not be told is told again; ok is false when it is given up.
func (l Logout) TellAgain(now time.Time) (at time.Time, ok bool) {
	if l.Attempt < 1 || l.Attempt > len(logoutPauses) {
		return time.Time{}, false
	}
	return now.Add(logoutPauses[l.Attempt-1]), true
}
