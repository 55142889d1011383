package model

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"ligature/internal/connector"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/linking"
)

// now is the instant at which everything happens.
var now = time.Date(2026, 11, 3, 14, 0, 0, 0, time.UTC)

// begun is when every account came into being, together with its first link.
var begun = now.Add(-time.Hour)

// lots is as many identifiers as one action draws.
const lots = 512

var drawn = func() (all [lots]string) {
	for i := range all {
		all[i] = "x" + strconv.Itoa(i)
	}
	return all
}()

// dice draws the same for every action. What is kept has another name by then.
type dice struct{ n int }

// ID draws an identifier; a flow has the name of the one that is being made.
func (d *dice) ID(prefix string) string {
	if prefix == "fl" {
		return madeFlow
	}
	d.n++
	return drawn[d.n%lots]
}

// Secret draws a secret.
func (d *dice) Secret() string { return d.ID("") }

// SessionSecret draws a secret: no form is sent twice here.
func (d *dice) SessionSecret(string) string { return d.Secret() }

// OTP is the only code there is: it counts in the flow it was shown for, because its hash is of that flow.
func (d *dice) OTP() string { return "otp" }

// Ref is a number for support.
func (d *dice) Ref() string { return "K7Q-4MD" }

// Hash is the secret itself: nobody guesses here.
func (d *dice) Hash(_, secret string) string { return secret }

// Derive is the same secret: purposes are kept apart by the place that the name stands for.
func (d *dice) Derive(_, secret string) string { return secret }

// CodeHash is bound to the flow; a code is typed with the name of the flow that showed it.
func (d *dice) CodeHash(flow ident.FlowID, typed string) (string, bool) {
	if typed == "otp" {
		return otpHashes[flow], true
	}
	return typed, true
}

// otpHashes is the hash of the code of each flow.
var otpHashes = func() map[ident.FlowID]string {
	all := map[ident.FlowID]string{}
	for _, id := range flowIDs {
		all[id] = "otp of " + string(id)
	}
	return all
}()

// passwords compares without work.
type passwords struct{}

// Hash marks the password.
func (passwords) Hash(_ context.Context, password string) (string, error) {
	return hashes[passwordNamed(password)], nil
}

// Verify compares.
func (passwords) Verify(_ context.Context, stored, password string) (ok, rehash bool, err error) {
	return stored == hashes[passwordNamed(password)], false, nil
}

// Dummy spends nothing.
func (passwords) Dummy(context.Context, string) error { return nil }

func (passwords) Enter() (linking.Place, error) { return nowhere{}, nil }

// nowhere is a place that nobody waits for.
type nowhere struct{}

func (nowhere) Aside() {}
func (nowhere) Back()  {}
func (nowhere) Leave() {}

// Weakness finds none: passwords here are as good as they can be.
func (passwords) Weakness(string, int, ...string) string { return "" }

var (
	passwordNames = [...]string{"", "password of A", "password of B", "password of C", "password of D", "", "", "", "", "",
		"Mallory's password", "Victoria's password"}
	hashes = func() (all [len(passwordNames)]string) {
		for i, name := range passwordNames {
			if name != "" {
				all[i] = "hash:" + name
			}
		}
		return all
	}()
)

func passwordNamed(name string) Password {
	for i, n := range passwordNames {
		if n == name {
			return Password(i)
		}
	}
	return 0
}

func passwordHashed(hash string) Password {
	for i, h := range hashes {
		if h == hash {
			return Password(i)
		}
	}
	return 0
}

// tallies count nothing: limits only slow down.
type tallies struct{}

func (tallies) Tallies(_ context.Context, keys ...string) ([]linking.Tally, error) {
	return make([]linking.Tally, len(keys)), nil
}

func (tallies) SetTallies(_ context.Context, all ...linking.Tally) ([]bool, error) {
	return slices.Repeat([]bool{true}, len(all)), nil
}

func (tallies) Settle(context.Context, []string, []string) error { return nil }

// Connector gives the product of an instance.
func (s *stage) Connector(name ident.ConnectorName) (connector.Connector, error) {
	for i := range s.products {
		if s.products[i].name == name {
			return &s.products[i], nil
		}
	}
	return nil, fault.New(fault.Unavailable, "connector.none")
}

// product is the product of one instance: it asks the world.
type product struct {
	stage    *stage
	instance int
	name     ident.ConnectorName
}

// Ping always answers.
func (*product) Ping(context.Context) error { return nil }

// Close gives nothing back.
func (*product) Close() error { return nil }

func (p *product) answers() error {
	if p.instance == 1 && p.stage.world.down {
		return fault.New(fault.Unavailable, "connector.unavailable")
	}
	return nil
}

// Find looks users up as products do.
func (p *product) Find(_ context.Context, q connector.Query) ([]connector.Record, error) {
	if err := p.answers(); err != nil {
		return nil, err
	}
	var found []connector.Record
	for l := A; l <= p.stage.last(); l++ {
		r, scene := &p.stage.world.records[l], &p.stage.scene.Records[l-1]
		if r.gone || scene.Instance != p.instance {
			continue
		}
		var hit bool
		switch q.By {
		case connector.ByEmail:
			hit = q.Value == emails[r.present].Key()
		case connector.ByUsername:
			hit = strings.EqualFold(q.Value, p.stage.username(l))
		case connector.ByID:
			hit = q.Value == string(p.stage.external(l))
		}
		if hit {
			found = append(found, p.stage.record(l))
		}
	}
	return found, nil
}

// Verify checks a password, and remembers for the laws whose it was asked for and whose it was.
func (p *product) Verify(_ context.Context, c connector.Check) (connector.Answer, error) {
	if err := p.answers(); err != nil {
		return connector.Answer{}, err
	}
	for l := A; l <= p.stage.last(); l++ {
		r, scene := &p.stage.world.records[l], &p.stage.scene.Records[l-1]
		if r.gone || scene.Instance != p.instance || c.ExternalID != p.stage.external(l) {
			continue
		}
		if r.main.state == tieActive {
			p.stage.broken = "I8: the product was asked for the password of " + scene.Name + ", which is linked"
		}
		if r.disabled {
			return connector.Answer{Outcome: connector.Disabled}, nil
		}
		if c.Password != passwordNames[p.stage.passwordOf(l)] {
			return connector.Answer{Outcome: connector.WrongPassword}, nil
		}
		p.stage.verified = l
		record := p.stage.record(l)
		return connector.Answer{Outcome: connector.Match, Record: &record}, nil
	}
	return connector.Answer{Outcome: connector.NotFound}, nil
}
