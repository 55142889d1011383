package op

import (
	"encoding/json"
	"time"

	"ligature/internal/fault"
	"ligature/internal/ident"
)

// The types in the header of what we sign (RFC 9068 §2.1; RFC 7519 §5.1).
const (
	TypeIDToken     = "JWT"
	TypeAccessToken = "at+jwt"
)

// Verify gives the claims of a compact JWS of ours with that type in its header; Signer.Payload is one.
type Verify func(compact, typ string) (json.RawMessage, error)

// Hint is what an ID token of ours says about who it was made for, however old it is.
type Hint struct {
	Client  ident.ClientID
	Subject ident.Subject
	Tenant  ident.TenantID
	// SID is the session as the client knows it.
	SID string
}

// ReadHint reads an id_token_hint (Core §3.1.2.1, RP-Initiated Logout §2). An expired one is as good as any other.
// Errors: fault.Invalid "hint.invalid".
func ReadHint(signed, issuer string, verify Verify) (Hint, error) {
	var said struct {
		Issuer   string         `json:"iss"`
		Audience string         `json:"aud"`
		Subject  ident.Subject  `json:"sub"`
		Tenant   ident.TenantID `json:"tenant"`
		SID      string         `json:"sid"`
	}
	if err := readSigned(signed, TypeIDToken, verify, &said); err != nil {
		return Hint{}, fault.Wrap(fault.Invalid, "hint.invalid", err)
	}
	if said.Issuer != issuer || said.Subject == "" || said.Audience == "" {
		return Hint{}, fault.New(fault.Invalid, "hint.invalid")
	}
	return Hint{Client: ident.ClientID(said.Audience), Subject: said.Subject, Tenant: said.Tenant, SID: said.SID}, nil
}

// Access is what an access token of ours says.
type Access struct {
	Grant   ident.GrantID
	Client  ident.ClientID
	Subject ident.Subject
	// Scope is the token's own, which may be less than its grant's.
	Scope string
	// ExpiresAt and IssuedAt are those of the token; ID is its `jti`.
	ExpiresAt, IssuedAt time.Time
	ID                  string
}

// ReadAccess reads an access token that was presented here (RFC 9068 §4). An ID token is none, whoever presents it
// (ATK-105). Errors: fault.Denied "access.invalid", fault.Expired "access.expired".
func ReadAccess(signed, issuer string, verify Verify, now time.Time) (Access, error) {
	var said accessClaims
	if err := readSigned(signed, TypeAccessToken, verify, &said); err != nil {
		return Access{}, fault.Wrap(fault.Denied, "access.invalid", err)
	}
	if said.Issuer != issuer || said.Audience != issuer || said.Grant == "" || said.Subject == "" {
		return Access{}, fault.New(fault.Denied, "access.invalid")
	}
	if now.Unix() >= said.ExpiresAt {
		return Access{}, fault.New(fault.Expired, "access.expired")
	}
	return Access{Grant: said.Grant, Client: said.Client, Subject: said.Subject, Scope: said.Scope, ID: said.ID,
		ExpiresAt: time.Unix(said.ExpiresAt, 0).UTC(), IssuedAt: time.Unix(said.IssuedAt, 0).UTC()}, nil
}

func readSigned(signed, typ string, verify Verify, to any) error {
	claims, err := verify(signed, typ)
	if err != nil {
		return fault.Wrap(fault.Invalid, "signed.signature", err)
	}
	return fault.Wrap(fault.Invalid, "signed.claims", json.Unmarshal(claims, to))
}
