package rp

import (
	"context"
	"errors"

	"ligature/internal/fault"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// ProductAccount names the product's own user: ID is the product's own key for it.
type ProductAccount struct {
	ID       string `json:"id"`
	Username string `json:"username"`
}

// Identity is what a finished login proves.
type Identity struct {
	// Subject is the provider's name for this product account; it never changes and is never used again.
	Subject string
	// SID names the provider's session that this came from; a logout token says which is over.
	SID string
	// ProductAccount says which of this product's own users signed in. It is the only claim to find a user by.
	ProductAccount ProductAccount
	// Tenant is the customer the product account belongs to.
	Tenant string
	// Email is empty unless the provider proved it; never a key.
	Email         string
	EmailVerified bool
	Name, Locale  string
	// IDToken is the raw token, for signing out later.
	IDToken string
	// ReturnTo is the path of this product that was asked for when the login began.
	ReturnTo string
}

// claims are read from the ID token, and from userinfo where the ID token does not say whose account it is.
type claims struct {
	SID            string         `json:"sid"`
	ProductAccount ProductAccount `json:"product_account"`
	Tenant         string         `json:"tenant"`
	Email          string         `json:"email"`
	EmailVerified  bool           `json:"email_verified"`
	Name           string         `json:"name"`
	Locale         string         `json:"locale"`
}

func identityOf(ctx context.Context, found *provider, proven *oidc.IDToken, raw string, tokens *oauth2.Token) (Identity, error) {
	var said claims
	if err := proven.Claims(&said); err != nil {
		return Identity{}, fault.Wrap(fault.Denied, "rp.id_token", err)
	}
	if said.ProductAccount.ID == "" && found.UserInfoEndpoint() != "" {
		info, err := found.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
		if err != nil {
			return Identity{}, fault.Wrap(fault.Unavailable, "rp.provider", err)
		}
		// Core 1.0 §5.3.2: userinfo of somebody else must not be used.
		if info.Subject != proven.Subject {
			return Identity{}, fault.Wrap(fault.Denied, "rp.id_token", errors.New("userinfo of another subject"))
		}
		if err := info.Claims(&said); err != nil {
			return Identity{}, fault.Wrap(fault.Denied, "rp.id_token", err)
		}
	}
	return Identity{Subject: proven.Subject, SID: said.SID, ProductAccount: said.ProductAccount, Tenant: said.Tenant, Email: said.Email,
		EmailVerified: said.EmailVerified, Name: said.Name, Locale: said.Locale, IDToken: raw}, nil
}
