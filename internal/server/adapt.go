package server

import (
	"context"

	"ligature/internal/account"
	"ligature/internal/ident"
	"ligature/internal/linking"
	"ligature/internal/op"
	"ligature/internal/seal"
	"ligature/internal/sqlstore"
	"ligature/internal/web/signin"
)

// people adapts the store to what pages read.
type people struct {
	*sqlstore.DB
	openid *sqlstore.OpenID
}

// Linked reports whether the account has an active link in the tenant's instance of the product.
func (p people) Linked(ctx context.Context, id ident.AccountID, tenant ident.TenantID, product ident.ProductID) (bool, error) {
	links, err := p.LinksFor(ctx, tenant, product, id)
	return len(links) > 0 && links[0].Link.State == account.LinkActive, err
}

// LinkedProducts are the active links of the account, as the page of the person shows them.
func (p people) LinkedProducts(ctx context.Context, id ident.AccountID) ([]signin.LinkedProduct, error) {
	links, err := p.LinksOf(ctx, id)
	products := make([]signin.LinkedProduct, 0, len(links))
	for _, l := range links {
		if l.Link.State == account.LinkActive {
			products = append(products, signin.LinkedProduct{Tenant: l.Link.Tenant, Product: l.ProductAccount.Product,
				ProductAccount: l.ProductAccount.ID, Username: l.ProductAccount.Username, Name: l.ProductName, Mark: l.Mark, HomeURL: l.HomeURL})
		}
	}
	return products, err
}

// AuthRequest is a kept authorization request.
func (p people) AuthRequest(ctx context.Context, id ident.AuthRequestID) (op.AuthRequest, error) {
	return p.openid.AuthRequest(ctx, id)
}

// dice adapts the sources of randomness and hashes to the domain's names.
type dice struct {
	dice *seal.Dice
	keys *seal.Keys
}

func (d dice) ID(prefix string) string { return d.dice.NewID(prefix) }
func (d dice) Secret() string          { return d.dice.NewSecret() }
func (d dice) SessionSecret(stepToken string) string {
	if stepToken == "" {
		return d.dice.NewSecret()
	}
	return d.keys.SessionSecret(stepToken)
}
func (d dice) OTP() string              { return d.dice.NewCode() }
func (d dice) Ref() string              { return d.dice.NewRef() }
func (d dice) Valid(secret string) bool { return seal.ValidSecret(secret) }
func (d dice) Hash(purpose, s string) string {
	return seal.HashSecret(seal.Purpose(purpose), s)
}

// Derive is one-way: the hash has the shape of a secret of its own.
func (d dice) Derive(purpose, s string) string {
	return seal.HashSecret(seal.Purpose("derive/"+purpose), s)
}

func (d dice) CodeHash(flow ident.FlowID, typed string) (string, bool) {
	folded, ok := seal.FoldCode(typed)
	if !ok {
		return "", false
	}
	return d.keys.HashCode(seal.ForMailCode, string(flow), folded), true
}

// passwords adapts the hasher, with one list of common passwords for each least length.
type passwords struct {
	*seal.Hasher
	lists map[int]*seal.Blocklist
}

func newPasswords(h *seal.Hasher) passwords {
	return passwords{Hasher: h, lists: map[int]*seal.Blocklist{
		linking.AdoptFloor: seal.NewBlocklist(linking.AdoptFloor),
		linking.SetFloor:   seal.NewBlocklist(linking.SetFloor),
	}}
}

// Enter is the hasher's.
func (p passwords) Enter() (linking.Place, error) {
	place, err := p.Hasher.Enter()
	if err != nil {
		return nil, err // and not a place that is none
	}
	return place, nil
}

// Weakness is why a password will not do: "too_short", "too_long", "blank" or "common"; empty when it will.
func (p passwords) Weakness(password string, floor int, words ...string) string {
	reason := p.lists[floor].Weakness(password, words...)
	if reason == "" {
		return ""
	}
	return reason[len("password."):]
}
