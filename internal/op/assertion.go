package op

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"ligature/internal/ident"
)

// AuthPrivateKey is client authentication by a signed assertion (Core §9, RFC 7523 §2.2).
const AuthPrivateKey = "private_key_jwt"

// AssertionType is the only client_assertion_type (RFC 7523 §2.2).
const AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// AssertionTTL is the longest life of an assertion, and assertionSkew how far ahead a client's clock may be.
const (
	AssertionTTL  = 5 * time.Minute
	assertionSkew = time.Minute
)

// AssertionAlgs are the algorithms that clients may sign with; none needs a secret that we would have to keep.
func AssertionAlgs() []string { return []string{"ES256", "RS256", "PS256", "EdDSA"} }

// Assertion is what is kept of an assertion so that it counts once.
type Assertion struct {
	Client ident.ClientID
	ID     string
	// Deadline is when it counts no more by itself.
	Deadline time.Time
}

// AssertingClient is whom an assertion names, before anything of it was checked; empty when it cannot be read.
func AssertingClient(compact string) ident.ClientID {
	parts := strings.Split(compact, ".")
	if len(parts) != 3 || len(compact) > 16<<10 {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	var said struct {
		Subject string `json:"sub"`
	}
	if err != nil || json.Unmarshal(payload, &said) != nil || !printable(said.Subject) {
		return ""
	}
	return ident.ClientID(said.Subject)
}

// ReadAssertion checks the claims of an assertion whose signature is the client's. The audience must be the issuer, as one
// text: whoever accepts its own token endpoint as well can be sent an assertion made for somebody else (RFC 7523bis).
// Errors: *TokenError invalid_client.
func ReadAssertion(payload json.RawMessage, client ident.ClientID, issuer string, now time.Time) (Assertion, error) {
	var said struct {
		Issuer    ident.ClientID `json:"iss"`
		Subject   ident.ClientID `json:"sub"`
		Audience  any            `json:"aud"`
		ID        string         `json:"jti"`
		ExpiresAt *float64       `json:"exp"`
		IssuedAt  *float64       `json:"iat"`
		NotBefore *float64       `json:"nbf"`
	}
	refused := func(detail string) (Assertion, error) {
		return Assertion{}, &TokenError{Reason: InvalidClient, Detail: detail}
	}
	if err := json.Unmarshal(payload, &said); err != nil {
		return refused("the assertion cannot be read")
	}
	audience, _ := said.Audience.(string)
	ahead := func(at *float64) bool { return at != nil && *at > float64(now.Add(assertionSkew).Unix()) }
	switch {
	case said.Issuer != client || said.Subject != client:
		return refused("iss and sub of the assertion must be the client")
	case audience != issuer:
		return refused("aud of the assertion must be the issuer, as one text")
	case said.ID == "" || len(said.ID) > 255:
		return refused("the assertion needs a jti of at most 255 characters")
	case said.ExpiresAt == nil || *said.ExpiresAt <= float64(now.Unix()):
		return refused("the assertion has expired, or does not say when it does")
	case *said.ExpiresAt > float64(now.Add(AssertionTTL+assertionSkew).Unix()):
		return refused("the assertion is good for too long")
	case ahead(said.IssuedAt), ahead(said.NotBefore):
		return refused("the assertion is of a time to come")
	}
	return Assertion{Client: client, ID: said.ID, Deadline: time.Unix(int64(*said.ExpiresAt)+1, 0).UTC()}, nil
}
