package linking

import (
	"context"

	"ligature/internal/connector"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// others asks the tenant's other products for the address of a flow that is about to make an account. Nobody is asked where
// nothing could be joined.
func (s *Service) others(ctx context.Context, f Flow, proven directory.Product, facts FinishFacts) ([]Found, error) {
	if f.State != AwaitMailbox && f.State != AwaitNewPassword || facts.AddressOwner != nil || f.Candidate.Email != f.Email || !proven.AddressesProven {
		return nil, nil
	}
	if f.State == AwaitNewPassword && !f.mayJoin(proven) {
		return nil, nil
	}
	products, err := s.Joins.ProductsOf(ctx, f.Tenant)
	if err != nil {
		return nil, err
	}
	var found []Found
	for _, product := range products {
		if product.ID == f.Product {
			continue
		}
		setting, err := s.Store.Setting(ctx, f.Tenant, product.ID)
		if err != nil {
			return nil, err
		}
		one, err := s.look(ctx, setting, connector.Query{By: connector.ByEmail, Value: f.Email.Key()})
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, nil
}

// look asks one product, and reads what is stored of what it found. A product that does not answer is down; that is an
// answer too.
func (s *Service) look(ctx context.Context, setting directory.Setting, q connector.Query) (Found, error) {
	found := Found{Setting: setting, Fresh: s.freshJoin()}
	if !found.trusted() && q.By == connector.ByEmail {
		return found, nil
	}
	conn, err := s.Connectors.Connector(setting.Connector.Name)
	if err == nil {
		finder, ok := conn.(connector.Finder)
		if !ok {
			return found, nil
		}
		found.Records, err = finder.Find(ctx, q)
	}
	if fault.Is(err, fault.Unavailable) {
		found.Down = true
		return found, nil
	}
	if err != nil || len(found.Records) != 1 {
		return found, err
	}
	r := found.Records[0]
	found.Facts, err = s.Store.ProductAccount(ctx, setting.Tenant.ID, setting.Product.ID, r.ExternalID, r.Generation)
	return found, err
}

// freshJoin draws one of each identifier that a join may need.
func (s *Service) freshJoin() FreshJoin {
	d := s.Dice
	f := FreshJoin{ProductAccount: ident.ProductAccountID(d.ID("pa")), Subject: ident.Subject(d.ID("sub")),
		Link: ident.LinkID(d.ID("ln")), Deferral: ident.DeferralID(d.ID("df")), Event: ident.EventID(d.ID("ev"))}
	for i := range f.Mails {
		f.Mails[i] = ident.MailID(d.ID("ml"))
		f.NotMe[i] = d.Secret()
		f.NotMeHash[i] = d.Hash(SecretNotMe, f.NotMe[i])
	}
	return f
}

// ownerOf is the account that a flow was begun for, or that signed in in it, as it is now; nil when it is gone.
func (s *Service) ownerOf(ctx context.Context, f Flow) (*OwnerFacts, error) {
	return s.Store.Owner(ctx, f.Tenant, f.Product, ident.RestoreIdentifier(f.Email.Key()))
}

// lookAgain reads what somebody who is signed in may be offered for a new proof of the mailbox.
func (s *Service) lookAgain(ctx context.Context, f Flow, a *Act) (*LookAgain, error) {
	var l LookAgain
	var err error
	if l.Owner, err = s.ownerOf(ctx, f); err != nil || l.Owner == nil {
		return &l, err
	}
	if l.Waiting, err = s.Joins.WaitingLinks(ctx, f.Tenant, f.Owner); err != nil {
		return nil, err
	}
	if l.Deferral, err = s.Joins.Deferral(ctx, f.Tenant, f.Product, f.Owner); err != nil || l.Deferral == nil {
		return &l, err
	}
	l.Found, err = s.look(ctx, *a.Setting, connector.Query{By: connector.ByEmail, Value: f.Email.Key()})
	if err == nil && l.Found.Down {
		return nil, fault.New(fault.Unavailable, "connector.unavailable")
	}
	return &l, err
}

// ByMailAllowed reports whether the person may prove the mailbox instead of the product's password, for S7.
func (s *Service) ByMailAllowed(ctx context.Context, f Flow) (bool, error) {
	l := LookAgain{}
	var err error
	if l.Owner, err = s.ownerOf(ctx, f); err != nil {
		return false, err
	}
	if l.Waiting, err = s.Joins.WaitingLinks(ctx, f.Tenant, f.Owner); err != nil {
		return false, err
	}
	if l.Deferral, err = s.Joins.Deferral(ctx, f.Tenant, f.Product, f.Owner); err != nil {
		return false, err
	}
	setting, err := s.Store.Setting(ctx, f.Tenant, f.Product)
	return err == nil && l.allowed(f, setting.Product, s.Now()), err
}

// AskMail mails a link to somebody who is signed in, which proves their mailbox instead of the product's password. Errors:
// fault.Denied "proof.missing" where nothing waits for it.
func (s *Service) AskMail(ctx context.Context, step Step) (Result, error) {
	dice := s.mailDice()
	return s.run(ctx, step, func(ctx context.Context, f Flow, a *Act) (Event, error) {
		if _, ended, err := guard(&f, OnMailAsked, a, s.Now()); ended != nil || err != nil {
			return MailAsked{Act: a}, nil
		}
		again, err := s.lookAgain(ctx, f, a)
		if err != nil {
			return nil, err
		}
		return MailAsked{Act: a, Again: *again, Mail: dice}, nil
	})
}

// WaitingIn are the account's links to a product that wait and were proven in the browser: the person is asked about them
// without any further proof.
func (s *Service) WaitingIn(ctx context.Context, tenant ident.TenantID, product ident.ProductID, id ident.AccountID, browser ident.BrowserID) ([]Offer, error) {
	waiting, err := s.waitingLinks(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	var offers []Offer
	for _, o := range waitingHere(Flow{Tenant: tenant, Owner: id, Browser: browser}, waiting, s.Now()) {
		if o.ProductAccount.Product == product {
			offers = append(offers, o)
		}
	}
	return offers, nil
}

// Join takes what the person said on S6 about each offer, by its place.
func (s *Service) Join(ctx context.Context, step Step, notMine func(i int) bool) (Result, error) {
	return s.run(ctx, step, func(ctx context.Context, f Flow, a *Act) (Event, error) {
		if _, ended, err := guard(&f, OnJoined, a, s.Now()); ended != nil || err != nil {
			return Joined{Act: a}, nil
		}
		e := Joined{Act: a}
		var err error
		if e.Owner, err = s.ownerOf(ctx, f); err != nil {
			return nil, err
		}
		if e.Waiting, err = s.Joins.WaitingLinks(ctx, f.Tenant, f.Owner); err != nil {
			return nil, err
		}
		if e.Deferral, err = s.Joins.Deferral(ctx, f.Tenant, f.Product, f.Owner); err != nil {
			return nil, err
		}
		for i, o := range f.Offers {
			found, err := s.lookOffer(ctx, f, o)
			if err != nil {
				return nil, err
			}
			e.NotMine, e.Found = append(e.NotMine, notMine(i)), append(e.Found, found)
		}
		return e, nil
	})
}

// lookOffer asks the product once more about what was offered.
func (s *Service) lookOffer(ctx context.Context, f Flow, o Offer) (Found, error) {
	setting, err := s.Store.Setting(ctx, f.Tenant, o.ProductAccount.Product)
	if err != nil {
		return Found{}, err
	}
	if o.Kind == OfferSameEmail {
		return s.look(ctx, setting, connector.Query{By: connector.ByEmail, Value: f.Email.Key()})
	}
	found, err := s.look(ctx, setting, connector.Query{By: connector.ByID, Value: string(o.ProductAccount.ExternalID)})
	if err != nil || found.Facts.Stored != nil {
		return found, err
	}
	pa := o.ProductAccount
	found.Facts, err = s.Store.ProductAccount(ctx, pa.Tenant, pa.Product, pa.ExternalID, pa.Generation)
	return found, err
}
