package linking

import (
	"context"
	"slices"

	"ligature/internal/account"
	"ligature/internal/connector"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// Holding is an account with everything that hangs on it, as it was read.
type Holding struct {
	Account account.Account
	// Credential is the account's password; the zero value when it has none.
	Credential account.Credential
	Addresses  []account.Address
	// Links are those that have not ended, oldest first.
	Links     []HeldLink
	Deferrals []account.Deferral // that have not ended
	Changes   []EmailChange      // that are open
}

// HeldLink is a link with what it leads to, and what its product says now.
type HeldLink struct {
	Link           account.Link
	ProductAccount account.ProductAccount
	Product        directory.Product
	Tenant         directory.Tenant
	Connector      ident.ConnectorName
	// Asked says that the product answered, and Record is what it said; nil when it has no such user.
	Asked  bool
	Record *connector.Record
}

// recorded is the address that the product records: its present word where it gave one, else the last one known.
func (l HeldLink) recorded() ident.Email {
	if l.Asked {
		if l.Record == nil {
			return ident.Email{}
		}
		return l.Record.Email
	}
	return l.ProductAccount.Email
}

// Primary is the account's primary address; the zero value when it has none.
func (h Holding) Primary() account.Address {
	for _, a := range h.Addresses {
		if a.Primary {
			return a
		}
	}
	return account.Address{}
}

// TimeZone is the time zone of the first workspace the account is linked in; empty when there is none.
func (h Holding) TimeZone() string {
	for _, l := range h.Links {
		if l.Tenant.TimeZone != "" {
			return l.Tenant.TimeZone
		}
	}
	return ""
}

// whole are the reads of a decision on all that the account has: nothing may have been added, and no link may have moved.
func (h Holding) whole() []Read {
	reads := []Read{{Table: TableHolding, ID: string(h.Account.ID), Version: int64(len(h.Links) + len(h.Addresses) + len(h.Deferrals))}}
	for _, l := range h.Links {
		reads = append(reads, Read{Table: TableLink, Tenant: l.Link.Tenant, ID: string(l.Link.ID), Version: l.Link.Version})
	}
	return reads
}

// address finds one of the account's addresses.
func (h Holding) address(e ident.Email) (account.Address, bool) {
	i := slices.IndexFunc(h.Addresses, func(a account.Address) bool { return a.Email == e })
	if i < 0 || e.IsZero() {
		return account.Address{}, false
	}
	return h.Addresses[i], true
}

// mailboxes are all addresses of the account, and those further ones, each once.
func (h Holding) mailboxes(further ...ident.Email) []ident.Email {
	var all []ident.Email
	add := func(e ident.Email) {
		if !e.IsZero() && !slices.Contains(all, e) {
			all = append(all, e)
		}
	}
	for _, a := range h.Addresses {
		add(a.Email)
	}
	for _, e := range further {
		add(e)
	}
	return all
}

// AccountStore is what changes of an account are decided on. Reads that find nothing fail with fault.Missing.
type AccountStore interface {
	// Holding is the account with everything that hangs on it; the account itself is read first.
	Holding(ctx context.Context, id ident.AccountID) (Holding, error)
	// Capability finds the stored side of a mailed link by its hash.
	Capability(ctx context.Context, hash string) (Capability, error)
	// EmailChange is an email change, open or not.
	EmailChange(ctx context.Context, id ident.EmailChangeID) (EmailChange, error)
}

// Lots are identifiers that were never used before, as many as a change of one account can need.
type Lots struct {
	Proofs     [2]ident.ProofID
	Credential ident.CredentialID
	Session    ident.SessionID
	Links      []ident.LinkID
	Mails      []ident.MailID
	Events     []ident.EventID
}

// lots draws them.
func (s *Service) lots(h Holding, sessionSecret string) Lots {
	l := Lots{Credential: ident.CredentialID(s.Dice.ID("cr")), Session: ident.SessionID(s.Dice.Hash(SecretSession, sessionSecret))}
	for i := range l.Proofs {
		l.Proofs[i] = ident.ProofID(s.Dice.ID("pr"))
	}
	for range h.Links {
		l.Links = append(l.Links, ident.LinkID(s.Dice.ID("ln")))
	}
	for range 2 + len(h.Addresses) + len(h.Links) {
		l.Mails = append(l.Mails, ident.MailID(s.Dice.ID("ml")))
		l.Events = append(l.Events, ident.EventID(s.Dice.ID("ev")))
	}
	return l
}

// holding reads an account, and asks the products that matter about their users. A product that does not answer is not
// asked: what was known last counts then.
func (s *Service) holding(ctx context.Context, id ident.AccountID, matters func(HeldLink) bool) (Holding, error) {
	h, err := s.Accounts.Holding(ctx, id)
	if err != nil {
		return h, err
	}
	for i := range h.Links {
		if l := &h.Links[i]; matters(*l) {
			l.Record, l.Asked = s.present(ctx, l.Connector, l.ProductAccount)
		}
	}
	return h, nil
}

// present is what the product says about its user now; asked is false when it cannot say.
func (s *Service) present(ctx context.Context, name ident.ConnectorName, pa account.ProductAccount) (record *connector.Record, asked bool) {
	conn, err := s.Connectors.Connector(name)
	if err != nil {
		return nil, false
	}
	finder, ok := conn.(connector.Finder)
	if !ok {
		return nil, false
	}
	records, err := finder.Find(ctx, connector.Query{By: connector.ByID, Value: string(pa.ExternalID)})
	if err != nil {
		return nil, false
	}
	if len(records) == 1 && stillThere(&records[0], pa) {
		return &records[0], true
	}
	return nil, true
}

// change is the loop of every change of an account: read, decide, commit, and again when a row has moved meanwhile.
func (s *Service) change(ctx context.Context, decide func(ctx context.Context) (Outcome, error)) (Outcome, error) {
	var last error
	for range moves {
		out, err := decide(ctx)
		if err != nil {
			return Outcome{}, err
		}
		err = s.Store.Commit(ctx, out)
		if err == nil || !fault.Is(err, fault.Moved) {
			return out, err
		}
		last = fault.Wrap(fault.Moved, keyStale, err)
	}
	return Outcome{}, last
}
