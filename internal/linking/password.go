package linking

import (
	"context"
	"strings"

	"ligature/internal/connector"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
)

// MaxPasswordBytes is the longest password that is looked at; longer ones are refused, never cut.
const MaxPasswordBytes = 1024

// Password takes the password of the password page. An identifier that belongs to an account is checked against the
// account's password and nothing else; any other is asked of the product being opened, and of no other product.
//
// Every path spends exactly one argon2id, so that the time says nothing about which it was.
func (s *Service) Password(ctx context.Context, step Step, password string) (Result, error) {
	if err := plausible(password); err != nil {
		return Result{}, err
	}
	check := &passwordCheck{Service: s, password: password, network: step.Network}
	return check.take(ctx, step, check.event)
}

// LinkProduct takes the identifier and the password of another product from somebody who is signed in (S7).
func (s *Service) LinkProduct(ctx context.Context, step Step, typed, password string) (Result, error) {
	id, err := ident.ParseIdentifier(typed)
	if err != nil {
		return Result{}, err
	}
	if err := plausible(password); err != nil {
		return Result{}, err
	}
	check := &passwordCheck{Service: s, password: password, network: step.Network, identifier: id}
	return check.take(ctx, step, check.second)
}

// take takes the step, and gives back what was counted when this very password was found right.
func (c *passwordCheck) take(ctx context.Context, step Step, build decide) (Result, error) {
	place, err := c.Passwords.Enter()
	if err != nil {
		return Result{}, err // with nothing counted for somebody whose turn would not come
	}
	defer place.Leave()
	c.place = place
	result, err := c.run(ctx, step, build)
	if fault.KeyOf(err) == "password.busy" && !c.asked {
		c.takeBack(ctx) // nobody has looked at what was typed
	}
	if err == nil && result.Problem == "" && !result.Replayed && c.right() {
		c.giveBack(ctx, unproven(result.Flow)...)
	}
	return result, err
}

// plausible refuses what no store may ever see: an empty password is an anonymous bind in LDAP, a NUL cuts a string in
// many an old product (ATK-80).
func plausible(password string) error {
	if strings.TrimSpace(password) == "" {
		return fault.New(fault.Invalid, "password.empty")
	}
	if strings.ContainsRune(password, 0) || len(password) > MaxPasswordBytes {
		return fault.New(fault.Invalid, "password.malformed")
	}
	return nil
}

// passwordCheck checks one typed password once, however often the step has to be decided anew.
type passwordCheck struct {
	*Service
	password string
	network  string

	identifier ident.Identifier // the one that was checked
	owner      *accountVerdict
	legacy     *legacyVerdict
	reserved   []attempt // to give back when the password was right
	asked      bool      // that the product has seen the password
	place      Place
}

// aside asks a product: it may take its time, and nobody else has to wait for that, or is turned away.
func (c *passwordCheck) aside(ask func()) {
	c.place.Aside()
	defer c.place.Back()
	ask()
}

// find is find, aside.
func (c *passwordCheck) find(ctx context.Context, finder connector.Finder, id ident.Identifier) (records []connector.Record, err error) {
	c.aside(func() { records, err = find(ctx, finder, id) })
	return records, err
}

type accountVerdict struct {
	stored       string // the hash that was checked against
	right, known bool
	rehash       string
}

type legacyVerdict struct {
	outcome  connector.Outcome
	record   *connector.Record
	adopt    string
	weakness string
	tried    *TriedFacts // the product was not asked: the user is linked
}

func (c *passwordCheck) event(ctx context.Context, f Flow, a *Act) (Event, error) {
	if _, ended, err := guard(&f, OnAccountPassword, a, c.Now()); ended != nil || err != nil {
		// Advance refuses it the same way; the point is that nothing was checked.
		return AccountPasswordChecked{Act: a}, nil
	}
	owner, err := c.Store.Owner(ctx, f.Tenant, f.Product, f.Identifier)
	if err != nil {
		return nil, err
	}
	if c.checked() && c.identifier != f.Identifier {
		return nil, fault.New(fault.Moved, "flow.elsewhere")
	}
	c.identifier = f.Identifier
	pilot, err := c.inPilot(ctx, f, a, owner, c.find)
	if err != nil {
		return nil, err
	}
	if told(a.Setting) && outside(&f, a.Setting, pilot) {
		return AccountPasswordChecked{Act: a, Pilot: pilot}, nil // nothing was checked
	}
	if owner != nil {
		return c.account(ctx, f, a, *owner, pilot)
	}
	event, err := c.product(ctx, f, a)
	if ProductDown(err) {
		return LegacyPasswordChecked{Act: a, Outcome: connector.Unavailable}, nil
	}
	return event, err
}

// second asks the product about what was typed on S7.
func (c *passwordCheck) second(ctx context.Context, f Flow, a *Act) (Event, error) {
	if _, ended, err := guard(&f, OnLegacyPassword, a, c.Now()); ended != nil || err != nil {
		return LegacyPasswordChecked{Act: a}, nil
	}
	owner, err := c.Store.Owner(ctx, f.Tenant, f.Product, ident.RestoreIdentifier(f.Email.Key()))
	if err != nil {
		return nil, err
	}
	f.Identifier = c.identifier
	event, err := c.product(ctx, f, a)
	if ProductDown(err) {
		event, err = LegacyPasswordChecked{Act: a, Outcome: connector.Unavailable}, nil
	}
	if err != nil {
		return nil, err
	}
	e, ok := event.(LegacyPasswordChecked)
	if !ok {
		return nil, fault.New(fault.Denied, "flow.no_product")
	}
	e.Identifier, e.Owner = c.identifier, owner
	return e, nil
}

func (c *passwordCheck) checked() bool { return c.owner != nil || c.legacy != nil }

// right reports that this very password was found right. A form that was sent twice at once proves nothing by the other
// one's answer (ATK-72).
func (c *passwordCheck) right() bool {
	return (c.owner != nil && c.owner.right) || (c.legacy != nil && c.legacy.outcome.Proven())
}

// account checks the account's own password.
func (c *passwordCheck) account(ctx context.Context, f Flow, a *Act, owner OwnerFacts, pilot PilotFacts) (Event, error) {
	if c.legacy != nil || (c.owner != nil && c.owner.stored != owner.Credential.Hash) {
		return nil, fault.New(fault.Moved, "flow.elsewhere")
	}
	if c.owner == nil {
		verdict, err := c.checkAccount(ctx, f, a, owner)
		if err != nil {
			return nil, err
		}
		c.owner = verdict
	}
	var err error
	e := AccountPasswordChecked{Act: a, Owner: owner, Right: c.owner.right, Rehash: c.owner.rehash, Known: c.owner.known, Pilot: pilot}
	if e.Right && f.Tenant != "" {
		e.Waiting, err = c.waitingLinks(ctx, f.Tenant, owner.Account.ID)
	}
	return e, err
}

func (c *passwordCheck) checkAccount(ctx context.Context, f Flow, a *Act, owner OwnerFacts) (*accountVerdict, error) {
	var budget *AttemptPolicy
	if a.Setting.Suite.Disclosure == directory.Uniform {
		budget = budgetOf(a) // the wait must not tell an account from a product's user either
	}
	if err := c.reserveUser(ctx, AccountKey(owner.Account.ID), AccountAttempts(), budget); err != nil {
		return nil, err
	}
	v := &accountVerdict{stored: owner.Credential.Hash, known: owner.LinkedHere || f.Tenant == ""}
	if v.stored == "" {
		return v, c.Passwords.Dummy(ctx, c.password)
	}
	right, old, err := c.Passwords.Verify(ctx, v.stored, c.password)
	if err != nil {
		return nil, err
	}
	v.right = right
	if right && old {
		// A login must not fail because raising the cost did.
		if hash, err := c.Passwords.Hash(ctx, c.password); err == nil {
			v.rehash = hash
		}
	}
	if !right && !v.known {
		v.known = c.productKnows(ctx, f, a)
	}
	return v, nil
}

// productKnows reports that the product being opened has the identifier, for the wording of a refusal alone.
func (c *passwordCheck) productKnows(ctx context.Context, f Flow, a *Act) bool {
	conn, err := c.Connectors.Connector(a.Setting.Connector.Name)
	if err != nil {
		return true
	}
	finder, ok := conn.(connector.Finder)
	if !ok {
		return true
	}
	records, err := c.find(ctx, finder, f.Identifier)
	return err != nil || len(records) > 0
}

// product asks the product being opened.
func (c *passwordCheck) product(ctx context.Context, f Flow, a *Act) (Event, error) {
	if c.owner != nil {
		return nil, fault.New(fault.Moved, "flow.elsewhere")
	}
	if c.legacy == nil {
		verdict, err := c.checkProduct(ctx, f, a)
		if err != nil {
			return nil, err
		}
		c.legacy = verdict
	}
	e := LegacyPasswordChecked{Act: a, Outcome: c.legacy.outcome, Record: c.legacy.record,
		AdoptHash: c.legacy.adopt, Weakness: c.legacy.weakness, Tried: c.legacy.tried}
	if c.legacy.record != nil {
		facts, err := c.Store.ProductAccount(ctx, f.Tenant, f.Product, c.legacy.record.ExternalID, c.legacy.record.Generation)
		if err != nil {
			return nil, err
		}
		e.Facts = facts
	}
	if f.Product == "" {
		// Without a product only an account's password counts; the answer is that of an unknown identifier.
		return AccountPasswordChecked{Act: a, Known: true}, nil
	}
	return e, nil
}
