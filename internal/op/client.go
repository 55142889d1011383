package op

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// The grant types of the token endpoint (RFC 6749 §4.1.3, §4.4.2).
const (
	GrantAuthCode          = "authorization_code"
	GrantClientCredentials = "client_credentials"
)

// APIPath is where the management API begins, below the issuer. Together they are the audience of its access tokens.
const APIPath = "/api/v1"

// ClientScopes are those that a client gets for itself: those it asked for, or all it was declared. Errors: *TokenError
// unauthorized_client for a client that cannot keep a secret or was declared none, invalid_scope for a scope that was not
// declared (RFC 6749 §4.4, §5.2).
func ClientScopes(client directory.Client, asked string) ([]directory.APIScope, error) {
	if client.AuthMethod == AuthNone || client.SecretHash == "" && client.AuthMethod != AuthPrivateKey {
		return nil, &TokenError{Reason: UnauthorizedClient, Detail: "a public client does not speak for itself"}
	}
	if len(client.APIScopes) == 0 {
		return nil, &TokenError{Reason: UnauthorizedClient, Detail: "no API scopes are declared for the client"}
	}
	words := strings.Fields(asked)
	if len(words) == 0 {
		return client.APIScopes, nil
	}
	var scopes []directory.APIScope
	for _, word := range words {
		scope := directory.APIScope(word)
		if !slices.Contains(client.APIScopes, scope) {
			return nil, &TokenError{Reason: InvalidScope, Detail: "a scope is not declared for the client"}
		}
		if !slices.Contains(scopes, scope) {
			scopes = append(scopes, scope)
		}
	}
	return scopes, nil
}

// APIScopeText is how the protocol writes scopes.
func APIScopeText(scopes []directory.APIScope) string {
	plain := make([]string, len(scopes))
	for i, scope := range scopes {
		plain[i] = string(scope)
	}
	return strings.Join(plain, " ")
}

// clientClaims are those of RFC 9068 §2.2 for a client that speaks for itself: the subject is the client, and there is
// neither a person nor a grant.
type clientClaims struct {
	Issuer    string         `json:"iss"`
	Subject   ident.ClientID `json:"sub"`
	Audience  string         `json:"aud"`
	ExpiresAt int64          `json:"exp"`
	IssuedAt  int64          `json:"iat"`
	ID        string         `json:"jti"`
	Client    ident.ClientID `json:"client_id"`
	Scope     string         `json:"scope"`
	Grant     ident.GrantID  `json:"grant_id,omitempty"` // never; a person's access token has one
}

// ClientClaims are the claims of a client's own access token, as JSON; id is the `jti`.
func ClientClaims(client ident.ClientID, scopes []directory.APIScope, issuer, id string, now time.Time) (json.RawMessage, error) {
	return json.Marshal(clientClaims{Issuer: issuer, Subject: client, Audience: issuer + APIPath,
		ExpiresAt: now.Add(AccessTokenTTL).Unix(), IssuedAt: now.Unix(), ID: id, Client: client, Scope: APIScopeText(scopes)})
}

// ClientAccess is what a client's own access token says.
type ClientAccess struct {
	Client ident.ClientID
	Scopes []directory.APIScope
	// ExpiresAt and IssuedAt are those of the token; ID is its `jti`.
	ExpiresAt, IssuedAt time.Time
	ID                  string
}

// ReadClientAccess reads an access token that was presented to the management API. A person's is none, whoever presents it:
// it has another audience, and a grant (ATK-105, RFC 9068 §5). Errors: fault.Denied "access.invalid", fault.Expired
// "access.expired".
func ReadClientAccess(signed, issuer string, verify Verify, now time.Time) (ClientAccess, error) {
	var said clientClaims
	if err := readSigned(signed, TypeAccessToken, verify, &said); err != nil {
		return ClientAccess{}, fault.Wrap(fault.Denied, "access.invalid", err)
	}
	if said.Issuer != issuer || said.Audience != issuer+APIPath || said.Client == "" || said.Subject != said.Client || said.Grant != "" {
		return ClientAccess{}, fault.New(fault.Denied, "access.invalid")
	}
	if now.Unix() >= said.ExpiresAt {
		return ClientAccess{}, fault.New(fault.Expired, "access.expired")
	}
	access := ClientAccess{Client: said.Client, ID: said.ID, ExpiresAt: time.Unix(said.ExpiresAt, 0).UTC(), IssuedAt: time.Unix(said.IssuedAt, 0).UTC()}
	for word := range strings.FieldsSeq(said.Scope) {
		access.Scopes = append(access.Scopes, directory.APIScope(word))
	}
	return access, nil
}

// Allows reports that the client may do it: the token says so, and it is declared so still.
func (a ClientAccess) Allows(scope directory.APIScope, client directory.Client) bool {
	return a.Client == client.ID && slices.Contains(a.Scopes, scope) && slices.Contains(client.APIScopes, scope)
}
