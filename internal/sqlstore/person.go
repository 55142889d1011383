package sqlstore

import (
	"context"
	"time"

	"ligature/internal/account"
	"ligature/internal/audit"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// AccountSeed is an account that no journey made: for load tests and trials. Identifiers are drawn by the caller.
type AccountSeed struct {
	ID           ident.AccountID
	Credential   ident.CredentialID
	Event        ident.EventID
	Email        ident.Email
	Hash         string // an argon2id PHC string
	Name, Locale string
	At           time.Time
}

// CreateAccount commits an account with a primary address and a password. fault.Moved when the address is taken.
func (d *DB) CreateAccount(ctx context.Context, s AccountSeed) error {
	return d.Commit(ctx, linking.Outcome{
		Accounts:  []account.Account{{ID: s.ID, Status: account.Active, Name: s.Name, Locale: s.Locale, CreatedAt: s.At}},
		Addresses: []account.Address{{Email: s.Email, Account: s.ID, VerifiedAt: s.At, Primary: true}},
		Credentials: []account.Credential{{ID: s.Credential, Account: s.ID, Kind: account.Password, Origin: account.OriginSet,
			Hash: s.Hash, CreatedAt: s.At}},
		Events: []audit.Event{{ID: s.Event, At: s.At, Action: audit.AccountCreated, Reason: "seed", Account: s.ID}},
	})
}

// ProductAccountSeed is a product account that no sign-in made, and a link to an account where Account is not empty.
type ProductAccountSeed struct {
	ProductAccount account.ProductAccount
	Account        ident.AccountID
	Link           ident.LinkID
	Event          ident.EventID
	At             time.Time
}

// CreateProductAccount commits a product account and, if asked, an active link without evidence. fault.Moved when the
// product account exists, or the tenant has no instance of the product, or there is no such account.
func (d *DB) CreateProductAccount(ctx context.Context, s ProductAccountSeed) error {
	p := s.ProductAccount
	out := linking.Outcome{ProductAccounts: []account.ProductAccount{p}}
	if s.Account != "" {
		out.Links = []account.Link{{ID: s.Link, Tenant: p.Tenant, Account: s.Account, ProductAccount: p.ID,
			State: account.LinkActive, CreatedAt: s.At, ActiveAt: s.At}}
		out.Events = []audit.Event{{ID: s.Event, Tenant: p.Tenant, At: s.At, Action: audit.LinkActivated, Reason: "seed",
			Account: s.Account, ProductAccount: p.ID}}
	}
	return d.Commit(ctx, out)
}
