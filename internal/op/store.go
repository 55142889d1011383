package op

import (
	"context"
	"encoding/json"
	"time"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/ident"
)

// Session is a signed-in browser, under a name that the protocol endpoints can use without knowing people.
type Session = account.Session

// Registration is what is declared about a client: itself and the instances it serves. It may be a little old: nothing
// in it says how far a rollout is.
type Registration struct {
	Client    directory.Client
	Instances []directory.Instance
}

// Person is somebody a client can be told about: the product account, and what stands behind it.
type Person struct {
	ProductAccount account.ProductAccount
	Link           account.Link    // zero when there is none that counts
	Account        account.Account // zero in a product session of a pending link
	Email          ident.Email     // the account's primary address, if it was verified; zero otherwise
}

// Facts are what Next decides on besides the request and the session.
type Facts struct {
	// Session is the one they were asked for, whether it still counts or not; nil when there is none.
	Session *Session
	// Rollout is how far the tenant is with the product, and Pilots who takes part while it is a pilot.
	Rollout directory.Rollout
	Pilots  directory.Pilots
	// Persons are the product accounts of the request's tenant and product that the session may reach, the one linked
	// first at the head.
	Persons []Person
	// Choice is what the session remembers for the tenant and product; zero when nothing.
	Choice Choice
}

// Standing is a grant with everything its tokens depend on, as it is now.
type Standing struct {
	Grant Grant
	// Uses counts the redemptions of the code, the present one included.
	Uses   int
	Person Person
	// SessionDeadline and SessionEndedAt are those of the session the grant came from.
	SessionDeadline, SessionEndedAt time.Time
}

// Store is what the provider needs kept. What is not there fails with fault.Missing; a store that does not answer fails
// with fault.Unavailable.
type Store interface {
	// Registration is what is declared about the client.
	Registration(ctx context.Context, client ident.ClientID) (Registration, error)
	// Facts are how far the tenant is with the product, and who the session reaches in the tenant's instance of the product, the
	// session in them; nobody when there is no such session, or its ID is empty.
	Facts(ctx context.Context, tenant ident.TenantID, product ident.ProductID, session ident.SessionID) (Facts, error)
	// SaveAuthRequest keeps a request until somebody has signed in.
	SaveAuthRequest(ctx context.Context, q AuthRequest) error
	// AuthRequest is a kept request, finished or not.
	AuthRequest(ctx context.Context, id ident.AuthRequestID) (AuthRequest, error)
	// AnswerRequest keeps the choice that a grant rests on, unless that is zero, and finishes the kept request that the grant
	// answers, and the pushed one; it fails with fault.Moved, and keeps nothing, when one is finished already.
	AnswerRequest(ctx context.Context, g Grant, c Choice) error
	// RedeemGrant keeps the grant of a code that came back, and counts its uses, atomically: exactly one caller ever sees
	// Uses == 1. A later one ends the grant in the same statement. fault.Missing or fault.Moved when what the grant is for is
	// there no more.
	RedeemGrant(ctx context.Context, g Grant, now time.Time) (Standing, error)
	// Standing is the grant as it stands.
	Standing(ctx context.Context, grant ident.GrantID) (Standing, error)
	// EndGrants ends every grant of the session but the offline ones.
	EndGrants(ctx context.Context, session ident.SessionID, now time.Time) error
}

// TokenStore is what refresh tokens and revocation need kept. Errors as those of Store.
type TokenStore interface {
	// SaveFamily inserts a family.
	SaveFamily(ctx context.Context, f Family) error
	// Family is the family, ended or not.
	Family(ctx context.Context, id ident.FamilyID) (Family, error)
	// RotateFamily makes the hash the one that is good, and fails with fault.Moved when it is not f.Hash that was good until
	// then, or when the family has ended: of several that bring the same token, one ever succeeds.
	RotateFamily(ctx context.Context, f Family, hash string, now time.Time) error
	// EndGrant ends the grant and its families.
	EndGrant(ctx context.Context, grant ident.GrantID, now time.Time) error
}

// RequestStore is what pushed requests and signed client authentication need kept. Errors as those of Store.
type RequestStore interface {
	// SavePushed keeps a pushed request.
	SavePushed(ctx context.Context, p Pushed) error
	// Pushed is the pushed request, answered or not.
	Pushed(ctx context.Context, hash string) (Pushed, error)
	// SpendPushed marks a pushed request as answered, with whatever; fault.Moved when it was.
	SpendPushed(ctx context.Context, hash string, now time.Time) error
	// SpendAssertion keeps the assertion, and fails with fault.Moved when the client has used one of that ID.
	SpendAssertion(ctx context.Context, a Assertion) error
}

// Signer makes and checks signatures with the provider's keys. seal.Signer is one.
type Signer interface {
	// Sign makes a compact JWS over the claims (a json.RawMessage is taken as it is) with the present key of the
	// algorithm, "ES256" or "RS256"; typ is the type in its header.
	Sign(algorithm, typ string, claims any) (string, error)
	// Payload gives the claims of a compact JWS of that type that one of the published keys made, however old it is.
	Payload(compact, typ string) (json.RawMessage, error)
	// JWKS is the set of public keys as JSON (RFC 7517 §5).
	JWKS() []byte
}

// SigningKey is a signing key at rest.
type SigningKey struct {
	// ID is the `kid`.
	ID string
	// Alg is "ES256" or "RS256".
	Alg string
	// Turn counts the keys of an algorithm from 1.
	Turn int
	// Sealed is the private key, sealed to this row.
	Sealed    []byte
	CreatedAt time.Time
	// ActiveAt is when it begins to sign; zero: at once.
	ActiveAt time.Time
	// DropAt is when nothing of it is believed any more; zero: when the overlap with the next is over.
	DropAt time.Time
}
