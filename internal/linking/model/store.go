package model

import (
	"context"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

var (
	_ linking.Store        = (*stage)(nil)
	_ linking.JoinStore    = (*stage)(nil)
	_ linking.AccountStore = (*stage)(nil)
)

// Setting implements linking.Store.
func (s *stage) Setting(_ context.Context, tenant ident.TenantID, product ident.ProductID) (directory.Setting, error) {
	i := s.instanceOf(tenant, product)
	if i < 0 {
		return directory.Setting{Suite: s.settings[0].Suite}, nil
	}
	setting := s.settings[i]
	if s.world.off && tenant == s.scene.Instances[0].Tenant {
		setting.Tenant.Rollout = directory.RolloutOff
	}
	return setting, nil
}

// Owner implements linking.Store, as the SQL store does: by address, or by the username of an active link.
func (s *stage) Owner(_ context.Context, tenant ident.TenantID, product ident.ProductID, id ident.Identifier) (*linking.OwnerFacts, error) {
	var owner Box
	if email, ok := id.Email(); ok {
		owner = boxOf(email)
	} else if !s.scene.Broken.LegacyLives {
		for l := A; l <= s.last(); l++ {
			r := &s.world.records[l]
			in := s.scene.Instances[s.scene.Records[l-1].Instance]
			if r.main.state == tieActive && in.Tenant == tenant && in.Product == product && id.Key() == ident.UsernameKey(s.username(l)) {
				if owner != 0 && owner != r.main.account {
					return nil, nil
				}
				owner = r.main.account
			}
		}
	}
	if owner == 0 || !s.world.accounts[owner].there {
		return nil, nil
	}
	return s.owner(owner, tenant), nil
}

func (s *stage) owner(b Box, tenant ident.TenantID) *linking.OwnerFacts {
	facts := &linking.OwnerFacts{Account: s.account(b), Credential: s.credential(b), Primary: emails[b]}
	for l := A; l <= s.last(); l++ {
		main := s.world.records[l].main
		if main.state == tieActive && main.account == b && s.scene.Instances[s.scene.Records[l-1].Instance].Tenant == tenant {
			facts.LinkedHere = true
		}
	}
	return facts
}

func (s *stage) account(b Box) account.Account {
	return account.Account{ID: accountIDs[b], Status: account.Active, CreatedAt: begun, Version: 1}
}

func (s *stage) credential(b Box) account.Credential {
	return account.Credential{ID: "cr", Account: accountIDs[b], Kind: account.Password,
		Hash: hashes[s.world.accounts[b].password], Version: 1}
}

// AddressOwner implements linking.Store.
func (s *stage) AddressOwner(_ context.Context, email ident.Email) (ident.AccountID, error) {
	if b := boxOf(email); s.world.accounts[b].there {
		return accountIDs[b], nil
	}
	return "", nil
}

// ProductAccount implements linking.Store.
func (s *stage) ProductAccount(_ context.Context, tenant ident.TenantID, product ident.ProductID, external ident.ExternalID, generation ident.Generation) (linking.ProductAccountFacts, error) {
	var facts linking.ProductAccountFacts
	l := s.legacyOf(tenant, product, external, generation)
	if l == 0 || !s.world.records[l].stored {
		return facts, nil
	}
	r := s.world.records[l]
	row := s.stored(l)
	facts.Stored = &row
	if r.main.state != tieNone {
		main := s.link(l, mainIDs[l], r.main)
		facts.Link = &main
	} else {
		facts.Earlier, facts.EarlierReported = accountIDs[r.earlier], r.reported
	}
	if r.wait.state != tieNone {
		facts.Pending = []account.Link{s.link(l, waitIDs[l], r.wait)}
	}
	if s.scene.Broken.LegacyLives {
		facts.Link, facts.Earlier = nil, ""
	}
	return facts, nil
}

// MailState implements linking.Store; nothing here asks for it.
func (s *stage) MailState(context.Context, ident.FlowID) (linking.MailState, error) {
	return linking.MailGone, nil
}

// ProductsOf implements linking.JoinStore.
func (s *stage) ProductsOf(_ context.Context, tenant ident.TenantID) ([]directory.Product, error) {
	var products []directory.Product
	for _, setting := range s.settings {
		if setting.Tenant.ID == tenant {
			products = append(products, setting.Product)
		}
	}
	return products, nil
}

// WaitingLinks implements linking.JoinStore.
func (s *stage) WaitingLinks(_ context.Context, tenant ident.TenantID, id ident.AccountID) ([]linking.WaitingLink, error) {
	var waiting []linking.WaitingLink
	for l := A; l <= s.last(); l++ {
		wait := s.world.records[l].wait
		if wait.state == tieNone || accountIDs[wait.account] != id || s.settings[s.scene.Records[l-1].Instance].Tenant.ID != tenant {
			continue
		}
		if s.scene.Broken.ActivatedAnywhere {
			wait.browser = s.acting
		}
		waiting = append(waiting, linking.WaitingLink{Link: s.link(l, waitIDs[l], wait), ProductAccount: s.stored(l)})
	}
	return waiting, nil
}

// LinksTo implements linking.JoinStore.
func (s *stage) LinksTo(_ context.Context, _ ident.TenantID, id ident.ProductAccountID) ([]account.Link, error) {
	l := legacyNamed(id)
	if l == 0 {
		return nil, nil
	}
	var links []account.Link
	if r := s.world.records[l]; r.main.state != tieNone {
		links = append(links, s.link(l, mainIDs[l], r.main))
	}
	if r := s.world.records[l]; r.wait.state != tieNone {
		links = append(links, s.link(l, waitIDs[l], r.wait))
	}
	if r := s.world.records[l]; r.parted.state != tieNone {
		links = append(links, s.link(l, partedIDs[l], r.parted))
	}
	return links, nil
}

// Deferral implements linking.JoinStore.
func (s *stage) Deferral(_ context.Context, tenant ident.TenantID, product ident.ProductID, id ident.AccountID) (*account.Deferral, error) {
	b, i := accountNamed(id), s.instanceOf(tenant, product)
	if b == 0 || i < 0 || s.world.accounts[b].deferred&(1<<i) == 0 {
		return nil, nil
	}
	d := s.deferral(b, i)
	return &d, nil
}

func (s *stage) deferral(b Box, instance int) account.Deferral {
	in := s.scene.Instances[instance]
	return account.Deferral{ID: "deferral", Tenant: in.Tenant, Account: accountIDs[b], Product: in.Product, Email: emails[b], CreatedAt: now, Version: 1}
}

// Holding implements linking.AccountStore.
func (s *stage) Holding(_ context.Context, id ident.AccountID) (linking.Holding, error) {
	b := accountNamed(id)
	if b == 0 || !s.world.accounts[b].there {
		return linking.Holding{}, fault.New(fault.Missing, "account.missing")
	}
	h := linking.Holding{Account: s.account(b), Credential: s.credential(b),
		Addresses: []account.Address{{Email: emails[b], Account: id, VerifiedAt: now, Primary: true, Version: 1}}}
	held := func(l Legacy, link ident.LinkID, t tie) {
		if t.state != tieNone && t.account == b {
			setting := s.settings[s.scene.Records[l-1].Instance]
			h.Links = append(h.Links, linking.HeldLink{Link: s.link(l, link, t), ProductAccount: s.stored(l), Product: setting.Product,
				Tenant: setting.Tenant, Connector: setting.Connector.Name})
		}
	}
	for l := A; l <= s.last(); l++ {
		held(l, mainIDs[l], s.world.records[l].main)
		held(l, waitIDs[l], s.world.records[l].wait)
	}
	for i := range s.scene.Instances {
		if s.world.accounts[b].deferred&(1<<i) != 0 {
			h.Deferrals = append(h.Deferrals, s.deferral(b, i))
		}
	}
	return h, nil
}

// resetHash is the stored form of the link to a new password of an account.
var resetHashes = [boxes]string{"", "reset v", "reset m"}

// Capability implements linking.AccountStore: the link to a new password, as long as somebody holds one.
func (s *stage) Capability(_ context.Context, hash string) (linking.Capability, error) {
	for b := VictoriasBox; b < boxes; b++ {
		if resetHashes[b] == hash && s.world.accounts[b].reset != 0 {
			return linking.Capability{Hash: hash, Purpose: linking.ToReset, Account: accountIDs[b], Email: emails[b], CreatedAt: now,
				Deadline: now.Add(linking.ResetTTL), Version: 1}, nil
		}
	}
	return linking.Capability{}, fault.New(fault.Missing, "capability.missing")
}

// EmailChange implements linking.AccountStore; addresses of accounts do not change here.
func (s *stage) EmailChange(context.Context, ident.EmailChangeID) (linking.EmailChange, error) {
	return linking.EmailChange{}, fault.New(fault.Missing, "email_change.missing")
}
