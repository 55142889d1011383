package server

import (
	"context"
	"net/url"

	"ligature/internal/account"
	"ligature/internal/config"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/sqlstore"
)

// Desk is what an operator's verb works at: the store with its keys. It serves nobody, and leaves the declared suite as
// it is stored.
type Desk struct{ s *Server }

// OpenDesk opens the store that the options name. Servers may run on it at the same time.
func OpenDesk(ctx context.Context, options Options) (*Desk, error) {
	s := newServer(options)
	if err := s.openKeys(ctx); err != nil {
		return nil, err
	}
	if err := s.openDatabase(ctx); err != nil {
		return nil, err
	}
	return &Desk{s}, nil
}

// Close closes the store.
func (d *Desk) Close() error { return d.s.Close() }

// NewAccount is an account for a trial or a load test.
type NewAccount struct {
	Email, Password, Name string
	// Verified says that the operator vouches for the mailbox. Without it no product is told the address.
	Verified bool
}

// MadeAccount is what came of a NewAccount.
type MadeAccount struct {
	ID       string `json:"id"`
	Email    string `json:"email"`
	Verified bool   `json:"verified"`
}

// MakeAccount makes an account that no journey made; its evidence says so. Errors: fault.Invalid "email.malformed" and
// "password.…"; fault.Moved when an account has the address.
func (d *Desk) MakeAccount(ctx context.Context, a NewAccount) (MadeAccount, error) {
	email, err := ident.ParseEmail(a.Email)
	if err != nil {
		return MadeAccount{}, err
	}
	floor := linking.SetFloor
	if d.trial() {
		floor = linking.AdoptFloor
	}
	if weak := newPasswords(d.s.hasher).Weakness(a.Password, floor, email.Key(), a.Name); weak != "" {
		return MadeAccount{}, fault.New(fault.Invalid, "password."+weak)
	}
	hash, err := d.s.hasher.Hash(ctx, a.Password)
	if err != nil {
		return MadeAccount{}, err
	}
	id := d.s.dice.NewID
	seed := sqlstore.AccountSeed{ID: ident.AccountID(id("ac")), Credential: ident.CredentialID(id("cr")), Event: ident.EventID(id("ev")),
		Email: email, Hash: hash, Name: a.Name, Locale: "en", At: d.s.now()}
	if a.Verified {
		seed.Proof = ident.ProofID(id("pr"))
	}
	return MadeAccount{string(seed.ID), email.Key(), a.Verified}, d.s.db.CreateAccount(ctx, seed)
}

// trial reports that the suite is served on this machine alone. Only there may an operator's word stand for a proof.
func (d *Desk) trial() bool {
	issuer, err := url.Parse(d.s.options.Declaration.Suite.Issuer)
	return err == nil && config.Local(issuer.Hostname())
}

// Unlock takes back the wrong passwords that were counted against the account with the address. fault.Missing when there is
// no such account.
func (d *Desk) Unlock(ctx context.Context, address string) error {
	email, err := ident.ParseEmail(address)
	if err != nil {
		return err
	}
	owner, err := d.s.db.AddressOwner(ctx, email)
	if err != nil {
		return err
	}
	if owner == "" {
		return fault.New(fault.Missing, "account.missing")
	}
	return tallies{d.s.db, d.s.keys}.Settle(ctx, []string{linking.AccountKey(owner)}, nil)
}

// NewProductAccount is a product's user for a trial or a load test, linked to an account when Account is not empty.
type NewProductAccount struct {
	Tenant, Product, ExternalID, Generation, Username, Email, Name, Account string
}

// MadeProductAccount is what came of a NewProductAccount.
type MadeProductAccount struct {
	ID      string `json:"id"`
	Subject string `json:"sub"`
	Tenant  string `json:"tenant"`
	Product string `json:"product"`
	Link    string `json:"link,omitempty"`
}

// MakeProductAccount records a product's user that no sign-in showed. Errors: fault.Invalid "email.malformed"; fault.Missing
// when the tenant has no instance of the product; fault.Moved when the user is known, or there is no such
// account; fault.Denied "link.proof" for a link anywhere but on this machine: only proofs make links.
func (d *Desk) MakeProductAccount(ctx context.Context, n NewProductAccount) (MadeProductAccount, error) {
	var email ident.Email
	if n.Email != "" {
		var err error
		if email, err = ident.ParseEmail(n.Email); err != nil {
			return MadeProductAccount{}, err
		}
	}
	if _, err := d.s.db.Instance(ctx, ident.TenantID(n.Tenant), ident.ProductID(n.Product)); err != nil {
		return MadeProductAccount{}, err
	}
	id, now := d.s.dice.NewID, d.s.now()
	p := account.ProductAccount{ID: ident.ProductAccountID(id("pa")), Tenant: ident.TenantID(n.Tenant), Product: ident.ProductID(n.Product),
		ExternalID: ident.ExternalID(n.ExternalID), Generation: ident.Generation(n.Generation), Subject: ident.Subject(id("sub")),
		Username: n.Username, Email: email, Name: n.Name, SeenAt: now}
	seed := sqlstore.ProductAccountSeed{ProductAccount: p, Event: ident.EventID(id("ev")), At: now}
	if n.Account != "" && !d.trial() {
		return MadeProductAccount{}, fault.New(fault.Denied, "link.proof")
	}
	if n.Account != "" {
		seed.Account, seed.Link, seed.Proof = ident.AccountID(n.Account), ident.LinkID(id("ln")), ident.ProofID(id("pr"))
	}
	made := MadeProductAccount{string(p.ID), string(p.Subject), n.Tenant, n.Product, string(seed.Link)}
	return made, d.s.db.CreateProductAccount(ctx, seed)
}
