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
	ID         ident.AccountID
	Credential ident.CredentialID
	Event      ident.EventID
	Email      ident.Email
	// Proof is the operator's word that the mailbox is the person's; empty leaves the address unverified, and no product is
	// told of it.
	Proof        ident.ProofID
	Hash         string // an argon2id PHC string
	Name, Locale string
	At           time.Time
}

// CreateAccount commits an account with a primary address and a password. fault.Moved when the address is taken.
func (d *DB) CreateAccount(ctx context.Context, s AccountSeed) error {
	address := account.Address{Email: s.Email, Account: s.ID, Primary: true}
	out := linking.Outcome{
		Accounts: []account.Account{{ID: s.ID, Status: account.Active, Name: s.Name, Locale: s.Locale, CreatedAt: s.At}},
		Credentials: []account.Credential{{ID: s.Credential, Account: s.ID, Kind: account.Password, Origin: account.OriginSet,
			Hash: s.Hash, CreatedAt: s.At}},
		Events: []audit.Event{{ID: s.Event, At: s.At, Action: audit.AccountCreated, Reason: bySeed, Account: s.ID}},
	}
	if s.Proof != "" {
		address.Proof, address.VerifiedAt = s.Proof, s.At
		out.Proofs = []account.Proof{{ID: s.Proof, Method: account.OperatorsWord, Account: s.ID, Email: s.Email, At: s.At, SpentAt: s.At}}
	}
	out.Addresses = []account.Address{address}
	return d.Commit(ctx, out)
}

// bySeed is the reason in the events of what no journey made.
const bySeed = "operator"

// ProductAccountSeed is a product account that no sign-in made, and a link to an account where Account is not empty.
type ProductAccountSeed struct {
	ProductAccount account.ProductAccount
	Account        ident.AccountID
	Link           ident.LinkID
	// Proof is the operator's word, the only evidence of the link; it goes with Account.
	Proof ident.ProofID
	Event ident.EventID
	At    time.Time
}

// CreateProductAccount commits a product account and, if asked, an active link, whose evidence is the operator's word.
// fault.Moved when the product account exists, or the tenant has no instance of the product, or there is no such account.
func (d *DB) CreateProductAccount(ctx context.Context, s ProductAccountSeed) error {
	p := s.ProductAccount
	out := linking.Outcome{ProductAccounts: []account.ProductAccount{p}}
	if s.Account != "" {
		out.Links = []account.Link{{ID: s.Link, Tenant: p.Tenant, Account: s.Account, ProductAccount: p.ID,
			State: account.LinkActive, CreatedAt: s.At, ActiveAt: s.At}}
		if s.Proof != "" {
			out.Links[0].Evidence = []ident.ProofID{s.Proof}
			out.Proofs = []account.Proof{{ID: s.Proof, Method: account.OperatorsWord, Tenant: p.Tenant, Product: p.Product,
				ProductAccount: p.ID, Account: s.Account, At: s.At, SpentAt: s.At}}
		}
		out.Events = []audit.Event{{ID: s.Event, Tenant: p.Tenant, At: s.At, Action: audit.LinkActivated, Reason: bySeed,
			Account: s.Account, ProductAccount: p.ID}}
	}
	return d.Commit(ctx, out)
}
