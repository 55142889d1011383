// Package connector is the port to a product's own user store.
//
// A connector asks; it never writes, never chooses a product and never tries a password anywhere else. What a product
// can do differs, so each ability is an interface of its own, and a caller asks with a type assertion (Abilities).
package connector

import (
	"context"
	"time"

	"ligature/internal/ident"
)

// Outcome is what a product said to a password. Only Match and MatchWeak are a proof.
type Outcome string

// The outcomes. Everything a product may answer that is not one of these is an error, never a match.
const (
	Match         Outcome = "match"          // right
	MatchWeak     Outcome = "match_weak"     // right, but the product calls the password or its storage too weak to carry on with
	Rejected      Outcome = "rejected"       // wrong or unknown: this product does not say which
	WrongPassword Outcome = "wrong_password" // the user exists, the password is wrong
	NotFound      Outcome = "not_found"      // no such user
	Disabled      Outcome = "disabled"       // the user is switched off in the product
	Locked        Outcome = "locked"         // the product refuses to check for a while
	MustReset     Outcome = "must_reset"     // the product wants a new password first
	Unavailable   Outcome = "unavailable"    // no answer; never means "no such user"
)

// Proven reports that the outcome proves knowledge of the password.
func (o Outcome) Proven() bool { return o == Match || o == MatchWeak }

// Key says by what a product is asked to find somebody.
type Key string

// The keys.
const (
	ByEmail    Key = "email"
	ByUsername Key = "username"
	ByID       Key = "id"
)

// Record is a product's user as the product tells it. It is a claim of the product, not a proof of anything: the
// address in it may be stale, mistyped or set by the user.
type Record struct {
	ExternalID ident.ExternalID
	Generation ident.Generation
	Username   string
	// Email is what the product records; the zero value when it records none or one that is not an address.
	Email      ident.Email
	Name       string
	Locale     string
	Flags      Flags
	LastUsedAt time.Time
}

// Flags are what a product says about a user. All false is the ordinary case.
type Flags struct {
	Disabled, Locked, Privileged, Shared, Weak, MustReset bool
}

// Query asks for users by one key.
type Query struct {
	By    Key
	Value string
}

// Check is one password check. ExternalID is the user that find matched, empty when the product cannot find.
type Check struct {
	ExternalID ident.ExternalID
	Identifier ident.Identifier
	Password   string
}

// Answer is the product's answer to a Check. Record is set when the product said who it was.
type Answer struct {
	Outcome Outcome
	Record  *Record
}

// Finder finds users without a password. More than one record means that the key is ambiguous in the product. Errors
// are fault.Unavailable when the product does not answer.
type Finder interface {
	Find(ctx context.Context, q Query) ([]Record, error)
}

// Verifier checks a password, once, without retrying. An error means that there is no answer.
type Verifier interface {
	Verify(ctx context.Context, c Check) (Answer, error)
}

// Resetter asks the product to send its own reset mail. No error says nothing about whether the user exists.
type Resetter interface {
	RequestReset(ctx context.Context, id ident.Identifier) error
}

// Lister lists users in a stable order, a page at a time; an empty next cursor ends the list.
type Lister interface {
	List(ctx context.Context, cursor string, limit int) (records []Record, next string, err error)
}

// Connector is one product's store. It has at least one ability.
type Connector interface {
	// Ping says whether the store answers, for health pages.
	Ping(ctx context.Context) error
	// Close gives back what it holds.
	Close() error
}

// Abilities says what a connector can do.
type Abilities struct{ Find, Verify, Reset, List bool }

// AbilitiesOf asks a connector what it can do.
func AbilitiesOf(c Connector) Abilities {
	_, find := c.(Finder)
	_, verify := c.(Verifier)
	_, reset := c.(Resetter)
	_, list := c.(Lister)
	return Abilities{Find: find, Verify: verify, Reset: reset, List: list}
}
