package op

import (
	"encoding/json"
	"slices"
	"time"

	"ligature/internal/directory"
	"ligature/internal/ident"
)

// Introspection is what is told of a token (RFC 7662 §2.2). The zero value says that it is not active, and nothing else.
type Introspection struct {
	Active    bool           `json:"active"`
	Scope     string         `json:"scope,omitempty"`
	Client    ident.ClientID `json:"client_id,omitempty"`
	Username  string         `json:"username,omitempty"`
	Type      string         `json:"token_type,omitempty"`
	ExpiresAt int64          `json:"exp,omitempty"`
	IssuedAt  int64          `json:"iat,omitempty"`
	Subject   string         `json:"sub,omitempty"`
	Audience  string         `json:"aud,omitempty"`
	Issuer    string         `json:"iss,omitempty"`
	ID        string         `json:"jti,omitempty"`
	AuthAt    int64          `json:"auth_time,omitempty"`
	ACR       string         `json:"acr,omitempty"`
	AMR       []string       `json:"amr,omitempty"`
}

// MayAskAbout reports that the client may know of the owner's tokens: its own, or those it was declared for.
func MayAskAbout(client directory.Client, owner ident.ClientID) bool {
	return client.ID == owner || slices.Contains(client.Introspects, owner)
}

// IntrospectAccess tells of a person's access token. One that does not hold, or is none of the client's business, is told
// apart from no other.
func IntrospectAccess(a Access, s Standing, asking directory.Client, issuer string, now time.Time) Introspection {
	if !MayAskAbout(asking, a.Client) || s.Grant.Client != a.Client || s.Person.ProductAccount.Subject != a.Subject || !s.Holds(now) {
		return Introspection{}
	}
	i := of(s, issuer)
	i.Scope, i.Type, i.Audience, i.ID = a.Scope, "Bearer", issuer, a.ID
	i.ExpiresAt, i.IssuedAt = a.ExpiresAt.Unix(), a.IssuedAt.Unix()
	return i
}

// IntrospectRefresh tells of a refresh token.
func IntrospectRefresh(f Family, s Standing, said RefreshClaim, issuer string, now time.Time) Introspection {
	if !MayAskAbout(said.Client, f.Client) || f.Hash != said.Hash || s.Grant.ID != f.Grant || !f.live(now) || !s.Holds(now) {
		return Introspection{}
	}
	i := of(s, issuer)
	i.Scope = s.Grant.ScopeText()
	i.ExpiresAt, i.IssuedAt = min(f.Deadline.Unix(), f.UsedAt.Add(f.IdleTTL).Unix()), f.UsedAt.Unix()
	return i
}

func of(s Standing, issuer string) Introspection {
	pa := s.Person.ProductAccount
	return Introspection{Active: true, Client: s.Grant.Client, Username: pa.Username, Subject: string(pa.Subject), Issuer: issuer,
		AuthAt: s.Grant.AuthAt.Unix(), ACR: s.Grant.ACR, AMR: s.Grant.AMR}
}

// IntrospectClient tells of a client's own access token, which ReadClientAccess has read.
func IntrospectClient(a ClientAccess, owner, asking directory.Client, issuer string) Introspection {
	if a.Client != owner.ID || !MayAskAbout(asking, a.Client) {
		return Introspection{}
	}
	return Introspection{Active: true, Scope: APIScopeText(a.Scopes), Client: a.Client, Type: "Bearer", Subject: string(a.Client),
		Audience: issuer + APIPath, Issuer: issuer, ID: a.ID, ExpiresAt: a.ExpiresAt.Unix(), IssuedAt: a.IssuedAt.Unix()}
}

// JSON is the answer's body.
func (i Introspection) JSON() (json.RawMessage, error) { return json.Marshal(i) }
