package model

import (
	"time"

	"ligature/internal/account"
	"ligature/internal/connector"
	"ligature/internal/directory"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// stage is where a world is acted in: it plays the store, the products and the dice for the functions that the server runs,
// and is set to another world before each action.
type stage struct {
	scene   *Scene
	world   World
	service *linking.Service

	dice     dice
	settings []directory.Setting
	products []product
	rows     [legacies]account.ProductAccount // as they are stored, but for the address

	// making is the flow that an action begins, until it is kept or dropped; mailed are the mails of it.
	making    linking.Flow
	madeLinks Actor // who got its mail
	isMaking  bool
	acting    Browser
	prior     World  // before the Outcome that is being written
	created   Box    // the account that was made in this action
	verified  Legacy // whose password a product found right in this action
	confirmed bool   // the mailbox was proven in this action, by the laws' own account
	broken    string // a law that was broken on the way
}

// The names of things by their place.
var (
	emails     = [boxes]ident.Email{VictoriasBox: address("victoria@acme.example"), MallorysBox: address("mallory@acme.example")}
	accountIDs = [boxes]ident.AccountID{VictoriasBox: "ac-v", MallorysBox: "ac-m"}
	browserIDs = [...]ident.BrowserID{"mallory's browser", "victoria's laptop", "victoria's phone", "left"}
	flowIDs    = [...]ident.FlowID{"fl-0", "fl-1", "fl-2"}
	paIDs      = [legacies]ident.ProductAccountID{"", "pa-A", "pa-B", "pa-C", "pa-D"}
	mainIDs    = [legacies]ident.LinkID{"", "main-A", "main-B", "main-C", "main-D"}
	waitIDs    = [legacies]ident.LinkID{"", "wait-A", "wait-B", "wait-C", "wait-D"}
	partedIDs  = [legacies]ident.LinkID{"", "parted-A", "parted-B", "parted-C", "parted-D"}
)

// madeFlow is the flow that is being made.
const madeFlow = "fl-made"

func address(typed string) ident.Email {
	e, _ := ident.ParseEmail(typed)
	return e
}

// newStage sets a scene.
func newStage(scene *Scene) *stage {
	s := &stage{scene: scene}
	for i, in := range scene.Instances {
		name := ident.ConnectorName("store " + string(in.Tenant) + " " + string(in.Product))
		s.settings = append(s.settings, directory.Setting{
			Suite: directory.Suite{Issuer: "https://id.example.com", Locale: "en", OnLink: scene.OnLink,
				Brand: directory.Brand{Account: "Example", Company: "Example"}, Limits: directory.Limits{FlowsPerHour: -1, MailsPerHour: -1, MailsPerDay: -1}},
			Tenant:    directory.Tenant{ID: in.Tenant, Name: string(in.Tenant), Rollout: directory.RolloutOn, Version: 1},
			Product:   directory.Product{ID: in.Product, Name: string(in.Product), MailboxResetsPassword: in.Resets, AddressesProven: in.Proven, Version: 1},
			Instance:  directory.Instance{Tenant: in.Tenant, Product: in.Product, Rollout: directory.RolloutOn, Connector: name, Version: 1},
			Connector: directory.ConnectorSpec{Name: name, IDStable: true},
		})
		s.products = append(s.products, product{stage: s, instance: i, name: name})
	}
	s.service = &linking.Service{Store: s, Joins: s, Accounts: s, Tallies: tallies{}, Connectors: s, Passwords: passwords{}, Dice: &s.dice,
		Now: func() time.Time { return now }}
	for l := A; l <= s.last(); l++ {
		in := scene.Instances[scene.Records[l-1].Instance]
		name := string(paIDs[s.same(l)][3:])
		s.rows[l] = account.ProductAccount{ID: paIDs[l], Tenant: in.Tenant, Product: in.Product, ExternalID: ident.ExternalID(name),
			Generation: "1", Subject: ident.Subject(paIDs[l]), Username: "user" + name, SeenAt: now, Version: 1}
		if scene.Records[l-1].ByAddress {
			s.rows[l].Username = ""
		}
		if s.same(l) != l {
			s.rows[l].Generation = "2"
		}
	}
	for l, r := range scene.Records {
		s.world.records[l+1].present, s.world.records[l+1].gone = r.Email, r.Again != 0
	}
	s.world.handed, s.world.records[B].gone = !scene.Recycled, scene.Recycled
	return s
}

// set makes the stage ready for one action in a world.
func (s *stage) set(w World) {
	s.world, s.isMaking, s.created, s.verified, s.confirmed, s.broken = w, false, 0, 0, false, ""
	s.dice.n, s.madeLinks = 0, 0
}

func (s *stage) last() Legacy { return Legacy(len(s.scene.Records)) }

// reads is who reads a mailbox now.
func (s *stage) reads(b Box) Actor {
	switch {
	case b == MallorysBox:
		return Mallory
	case b == 0:
		return 0
	case s.world.handed:
		return Victoria
	}
	return Mallory
}

// same is the account that a legacy account is, whether made anew or not.
func (s *stage) same(l Legacy) Legacy {
	if again := s.scene.Records[l-1].Again; again != 0 {
		return again
	}
	return l
}

func (s *stage) username(l Legacy) string { return s.rows[l].Username }

// typed is what its owner types at the product.
func (s *stage) typed(l Legacy) string {
	if s.scene.Records[l-1].ByAddress {
		return emails[s.world.records[l].present].Key()
	}
	return s.rows[l].Username
}

func (s *stage) external(l Legacy) ident.ExternalID { return s.rows[l].ExternalID }

func (s *stage) generation(l Legacy) ident.Generation { return s.rows[l].Generation }

// passwordOf is what opens a legacy account in its product.
func (s *stage) passwordOf(l Legacy) Password { return Password(s.same(l)) }

// record is what the product tells of a legacy account.
func (s *stage) record(l Legacy) connector.Record {
	r, scene := &s.world.records[l], &s.scene.Records[l-1]
	return connector.Record{ExternalID: s.external(l), Generation: s.generation(l), Username: s.username(l), Email: emails[r.present],
		Flags: connector.Flags{Disabled: r.disabled, Shared: scene.Shared}}
}

// stored is the row of a legacy account here.
func (s *stage) stored(l Legacy) account.ProductAccount {
	row := s.rows[l]
	row.Email = emails[s.world.records[l].recorded]
	return row
}

// link is the row of a tie.
func (s *stage) link(l Legacy, id ident.LinkID, t tie) account.Link {
	row := account.Link{ID: id, Tenant: s.settings[s.scene.Records[l-1].Instance].Tenant.ID, Account: accountIDs[t.account],
		ProductAccount: paIDs[l], Flow: ident.FlowID(id), Browser: browserIDs[t.browser], CreatedAt: now, Version: 1}
	if t.first {
		row.CreatedAt = begun
	}
	row.State, row.Reason = t.linkState()
	if t.held {
		row.ActiveAt = now
	}
	return row
}

// legacyOf finds a legacy account by what a product and the store call it.
func (s *stage) legacyOf(tenant ident.TenantID, product ident.ProductID, external ident.ExternalID, generation ident.Generation) Legacy {
	for l := A; l <= s.last(); l++ {
		in := s.scene.Instances[s.scene.Records[l-1].Instance]
		if in.Tenant == tenant && in.Product == product && s.external(l) == external && s.generation(l) == generation {
			return l
		}
	}
	return 0
}

// instanceOf finds an instance; -1 for none.
func (s *stage) instanceOf(tenant ident.TenantID, product ident.ProductID) int {
	for i, in := range s.scene.Instances {
		if in.Tenant == tenant && in.Product == product {
			return i
		}
	}
	return -1
}

func boxOf(e ident.Email) Box {
	for b := VictoriasBox; b < boxes; b++ {
		if emails[b] == e {
			return b
		}
	}
	return 0
}

func browserOf(id ident.BrowserID) Browser {
	for i, name := range browserIDs {
		if name == id {
			return Browser(i)
		}
	}
	return Left
}

func legacyNamed(id ident.ProductAccountID) Legacy {
	for l, name := range paIDs {
		if l > 0 && name == id {
			return Legacy(l)
		}
	}
	return 0
}

func accountNamed(id ident.AccountID) Box {
	for b, name := range accountIDs {
		if b > 0 && name == id {
			return Box(b)
		}
	}
	return 0
}

// placeOfFlow is the place of a kept flow, from 1; 0 for any other.
func placeOfFlow(id ident.FlowID) uint8 {
	for i, name := range flowIDs {
		if name == id {
			return uint8(i) + 1
		}
	}
	return 0
}
