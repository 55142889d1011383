package linking

import (
	"context"
	"strings"

	"ligature/internal/account"
	"ligature/internal/connector"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// ProductDown reports that it is the product that does not answer, and not one of our own parts: the guard before its
// connector says so, or the adapter itself.
func ProductDown(err error) bool {
	area, _, _ := strings.Cut(fault.KeyOf(err), ".")
	return fault.Is(err, fault.Unavailable) && (area == "connector" || strings.HasSuffix(area, "conn"))
}

// find looks an identifier up the way products do: an address as an address, and what was not found so as a username.
func find(ctx context.Context, finder connector.Finder, id ident.Identifier) ([]connector.Record, error) {
	if email, ok := id.Email(); ok {
		records, err := finder.Find(ctx, connector.Query{By: connector.ByEmail, Value: email.Key()})
		if err != nil || len(records) > 0 {
			return records, err
		}
	}
	return finder.Find(ctx, connector.Query{By: connector.ByUsername, Value: id.Typed()})
}

// checkProduct asks the product whether the password is right. A product that can find is asked first whether it has
// such a user at all: a typed password never goes to a store that does not own it.
func (c *passwordCheck) checkProduct(ctx context.Context, f Flow, a *Act) (*legacyVerdict, error) {
	if f.Product == "" {
		return c.refuse(ctx, a, unknownKey(f), UnknownAttempts(), connector.Rejected)
	}
	conn, err := c.Connectors.Connector(a.Setting.Connector.Name)
	if err != nil {
		return nil, err
	}
	verifier, ok := conn.(connector.Verifier)
	if !ok {
		return nil, fault.New(fault.Unavailable, "connector.no_verify")
	}
	ask := connector.Check{Identifier: f.Identifier, Password: c.password}
	if finder, ok := conn.(connector.Finder); ok {
		records, err := c.find(ctx, finder, f.Identifier)
		if err != nil {
			return nil, err
		}
		if len(records) != 1 {
			// None, or several that nobody can tell apart (ATK-88).
			outcome := connector.NotFound
			if len(records) > 1 {
				outcome = connector.Rejected
			}
			return c.refuse(ctx, a, unknownKey(f), UnknownAttempts(), outcome)
		}
		ask.ExternalID = records[0].ExternalID
		return c.checkUser(ctx, f, a, verifier, ask, records[0])
	}
	// A store that names nobody is asked by address alone: a user with two names would otherwise be two.
	email, ok := f.Identifier.Email()
	if !ok && !a.Setting.Connector.IDStable {
		return c.refuse(ctx, a, unknownKey(f), UnknownAttempts(), connector.Rejected)
	}
	return c.checkUser(ctx, f, a, verifier, ask, nameless(f, email))
}

// nameless is the user of a store that names nobody: known by the address, and by nothing else.
func nameless(f Flow, email ident.Email) connector.Record {
	return connector.Record{ExternalID: ident.ExternalID("login:" + f.Identifier.Key()), Username: f.Identifier.Typed(), Email: email}
}

// checkUser asks about one user, unless the password has had its day.
func (c *passwordCheck) checkUser(ctx context.Context, f Flow, a *Act, v connector.Verifier, ask connector.Check, r connector.Record) (*legacyVerdict, error) {
	facts, err := c.Store.ProductAccount(ctx, f.Tenant, f.Product, r.ExternalID, r.Generation)
	if err != nil {
		return nil, err
	}
	if facts.Link == nil || facts.Link.State != account.LinkActive {
		return c.verify(ctx, f, a, v, ask, r)
	}
	verdict, err := c.refuse(ctx, a, legacyKey(f, r.ExternalID), UserAttempts(), connector.WrongPassword)
	if err != nil {
		return nil, err
	}
	verdict.tried, err = c.tried(ctx, f, r.ExternalID, *facts.Link)
	return verdict, err
}

// refuse spends what a real check would and says no.
func (c *passwordCheck) refuse(ctx context.Context, a *Act, key string, policy AttemptPolicy, outcome connector.Outcome) (*legacyVerdict, error) {
	if err := c.reserveUser(ctx, key, policy, budgetOf(a)); err != nil {
		return nil, err
	}
	return &legacyVerdict{outcome: outcome}, c.Passwords.Dummy(ctx, c.password)
}

// verify asks the product once, within the budget that keeps clear of its own lockout.
func (c *passwordCheck) verify(ctx context.Context, f Flow, a *Act, v connector.Verifier, ask connector.Check, r connector.Record) (*legacyVerdict, error) {
	key := legacyKey(f, r.ExternalID)
	if err := c.reserveUser(ctx, key, UserAttempts(), budgetOf(a)); err != nil {
		return nil, err
	}
	var answer connector.Answer
	var err error
	c.asked = true
	c.aside(func() { answer, err = v.Verify(ctx, ask) })
	if err != nil {
		return nil, err
	}
	if answer.Outcome == connector.Unavailable {
		return nil, fault.New(fault.Unavailable, "connector.unavailable")
	}
	if !answer.Outcome.Proven() {
		return &legacyVerdict{outcome: answer.Outcome}, c.Passwords.Dummy(ctx, c.password)
	}
	if ask.ExternalID != "" && (answer.Record == nil || answer.Record.ExternalID != ask.ExternalID) {
		// Asked about one user, answered about another (ATK-89).
		return nil, fault.New(fault.Unavailable, "connector.other_account")
	}
	verdict := &legacyVerdict{outcome: answer.Outcome, record: answer.Record}
	if verdict.record == nil && ask.ExternalID == "" && !a.Setting.Connector.IDStable {
		verdict.record = &r
	}
	verdict.weakness = c.Passwords.Weakness(c.password, AdoptFloor, passwordWords(f, a, verdict.record)...)
	verdict.adopt, err = c.Passwords.Hash(ctx, c.password)
	return verdict, err
}

// passwordWords are what a password must not be made of: the names in sight and the person's own.
func passwordWords(f Flow, a *Act, r *connector.Record) []string {
	words := []string{a.Setting.Suite.Brand.Account, a.Setting.Suite.Brand.Company, a.Setting.Product.Name, a.Setting.Tenant.Name,
		f.Identifier.Typed(), f.Email.Key()}
	if r != nil {
		words = append(words, r.Username, r.Email.Key(), r.Name)
	} else if f.Candidate != nil {
		words = append(words, f.Candidate.Username, f.Candidate.Email.Key(), f.Candidate.Name)
	}
	return words
}
