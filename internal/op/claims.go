package op

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"ligature/internal/ident"
)

// accessClaims are those of RFC 9068 §2.2. The audience is the provider itself: the token opens userinfo and nothing of
// a product's.
type accessClaims struct {
	Issuer    string         `json:"iss"`
	Subject   ident.Subject  `json:"sub"`
	Audience  string         `json:"aud"`
	ExpiresAt int64          `json:"exp"`
	IssuedAt  int64          `json:"iat"`
	ID        string         `json:"jti"`
	Client    ident.ClientID `json:"client_id"`
	Scope     string         `json:"scope"`
	AuthAt    int64          `json:"auth_time"`
	ACR       string         `json:"acr"`
	AMR       []string       `json:"amr,omitempty"`
	Grant     ident.GrantID  `json:"grant_id"`
}

// idClaims are those of Core §2 and §5.1, with ours.
type idClaims struct {
	Issuer    string         `json:"iss"`
	Subject   ident.Subject  `json:"sub"`
	Audience  ident.ClientID `json:"aud"`
	ExpiresAt int64          `json:"exp"`
	IssuedAt  int64          `json:"iat"`
	AuthAt    int64          `json:"auth_time"`
	Nonce     string         `json:"nonce,omitempty"`
	ACR       string         `json:"acr"`
	AMR       []string       `json:"amr,omitempty"`
	AtHash    string         `json:"at_hash"`
	SID       string         `json:"sid"`
	personClaims
}

// personClaims say who it is.
type personClaims struct {
	ProductAccount productAccountClaim `json:"product_account"`
	Tenant         ident.TenantID      `json:"tenant"`
	Name           string              `json:"name,omitempty"`
	Locale         string              `json:"locale,omitempty"`
	Email          string              `json:"email,omitempty"`
	EmailVerified  bool                `json:"email_verified,omitempty"`
}

// productAccountClaim is the product's own user: the product finds it by ID, which is its own.
type productAccountClaim struct {
	ID       ident.ExternalID `json:"id"`
	Username string           `json:"username"`
}

type subjectClaims struct {
	Subject ident.Subject `json:"sub"`
	personClaims
}

// AccessClaims are the claims of an access token, as JSON; id is the `jti`.
func AccessClaims(s Standing, issuer, id string, now time.Time) (json.RawMessage, error) {
	g := s.Grant
	return json.Marshal(accessClaims{Issuer: issuer, Subject: s.Person.ProductAccount.Subject, Audience: issuer,
		ExpiresAt: now.Add(AccessTokenTTL).Unix(), IssuedAt: now.Unix(), ID: id, Client: g.Client,
		Scope: g.ScopeText(), AuthAt: g.AuthAt.Unix(), ACR: g.ACR, AMR: g.AMR, Grant: g.ID})
}

// IDClaims are the claims of the ID token that is issued beside the signed access token, as JSON.
func IDClaims(s Standing, issuer, accessToken string, now time.Time) (json.RawMessage, error) {
	g := s.Grant
	return json.Marshal(idClaims{Issuer: issuer, Subject: s.Person.ProductAccount.Subject, Audience: g.Client,
		ExpiresAt: now.Add(IDTokenTTL).Unix(), IssuedAt: now.Unix(), AuthAt: g.AuthAt.Unix(), Nonce: g.Nonce,
		ACR: g.ACR, AMR: g.AMR, AtHash: atHash(accessToken), SID: SID(g.Session, g.Client), personClaims: s.claims()})
}

// UserInfo is the answer of the userinfo endpoint, as JSON (Core §5.3.2).
func UserInfo(s Standing) (json.RawMessage, error) {
	return json.Marshal(subjectClaims{Subject: s.Person.ProductAccount.Subject, personClaims: s.claims()})
}

// ScopeText is the granted scope as the protocol writes it.
func (g Grant) ScopeText() string { return strings.Join(g.Scope, " ") }

// claims are what the scope allows. Outside a full session they are the product's own knowledge: nothing of an account,
// and no address, because none was proven to belong to whoever sits there (ATK-91).
func (s Standing) claims() personClaims {
	pa := s.Person.ProductAccount
	c := personClaims{ProductAccount: productAccountClaim{ID: pa.ExternalID, Username: pa.Username}, Tenant: pa.Tenant}
	if s.Grant.has(ScopeProfile) {
		c.Name, c.Locale = pa.Name, pa.Locale
		if s.Grant.Full() {
			c.Name = firstOf(s.Person.Account.Name, pa.Name)
			c.Locale = firstOf(s.Person.Account.Locale, pa.Locale)
		}
	}
	if s.Grant.has(ScopeEmail) && s.Grant.Full() && !s.Person.Email.IsZero() {
		c.Email, c.EmailVerified = s.Person.Email.Key(), true
	}
	return c
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// atHash is the left half of the SHA-256, for ES256 and RS256 alike (Core §3.1.3.6).
func atHash(accessToken string) string {
	sum := sha256.Sum256([]byte(accessToken))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
