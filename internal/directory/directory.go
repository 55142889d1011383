// Package directory holds what the operator declared: the suite, its products, tenants, instances, clients and
// connectors, and how far a tenant's rollout is. It knows no people.
package directory

import (
	"cmp"
	"slices"
	"time"

	"ligature/internal/ident"
)

// Rollout is how far a tenant is with signing in through the suite.
type Rollout string

// The rollout states.
const (
	RolloutOff   Rollout = "off"   // products use their own login
	RolloutPilot Rollout = "pilot" // chosen people only
	RolloutOn    Rollout = "on"    // everybody
)

// OnLink says what happens to the product's password when a first link makes the account.
type OnLink string

// The two policies (seed: "your existing product password becomes your … password", and "set your … password").
const (
	Adopt OnLink = "adopt"
	Set   OnLink = "set"
)

// Disclosure says whether an unknown identifier is named as such after the password step.
type Disclosure string

// The two policies: the seed's "User not found", or one text for both.
const (
	Explicit Disclosure = "explicit"
	Uniform  Disclosure = "uniform"
)

// OtherAddress says whether a person may confirm another address than the one a product records.
type OtherAddress string

// The two policies.
const (
	AllowOther    OtherAddress = "allow"
	ProveRecorded OtherAddress = "prove_recorded"
)

// Brand is how the suite calls and shows itself.
type Brand struct {
	Account, Company                 string // "Akeneo Product Cloud", "Akeneo" in the seed
	Primary                          string // "#RRGGBB"
	Radius                           int    // px, 0 to 16
	LogoLight, LogoDark              string
	SupportURL, PrivacyURL, TermsURL string
}

// SessionTTL says how long sessions last. Absolute counts from the authentication, idle from the last use.
type SessionTTL struct {
	Full, FullIdle, Product, ProductIdle time.Duration
}

// Limits say how often something may be done before people wait. 0 is the default, a negative number no limit.
type Limits struct {
	// FlowsPerHour are the flows that one network may begin in an hour without proving anything in them.
	FlowsPerHour int
	// MailsPerHour and MailsPerDay are the verification mails to one address.
	MailsPerHour, MailsPerDay int
}

// Suite is the deployment: one brand, one issuer, one set of accounts.
type Suite struct {
	Issuer     string
	Brand      Brand
	Locale     string
	Disclosure Disclosure
	OnLink     OnLink
	Sessions   SessionTTL
	Limits     Limits
	Version    int64
}

// Product is an existing piece of software with its own user store.
type Product struct {
	ID    ident.ProductID
	Name  string
	Mark  string // a built-in mark or a file
	Color string
	// OnLink overrides the suite's policy when it is not empty.
	OnLink OnLink
	// Weak says that the product stores passwords so weakly that none is adopted.
	Weak bool
	// Shared says that several people may use one account of the product: no password of it is adopted, nothing is joined.
	Shared bool
	// MailboxResetsPassword says that whoever controls the mailbox can take the product account anyway.
	MailboxResetsPassword bool
	// AddressesProven says that nobody can have the product record an address for them that is somebody else's: it has each
	// confirmed, or administrators set them. Only then does an address that it records speak for its user in other products.
	AddressesProven bool
	OtherAddress    OtherAddress
	// ResetPause is how long the product sends one user no second reset mail; 0 when it always sends one.
	ResetPause time.Duration
	Version    int64
}

// Tenant is a customer organisation.
type Tenant struct {
	ID             ident.TenantID
	Name           string
	Rollout        Rollout
	Pilot          Pilot // counts while Rollout is RolloutPilot, and is kept beside
	Administrators []ident.Email
	// EmailDomains limits the addresses people may confirm; empty allows all. A domain is compared whole.
	EmailDomains []string
	TimeZone     string
	// FlowsPerHour overrides the suite's limit when it is not 0.
	FlowsPerHour int
	Version      int64
}

// AllowsAddress reports whether people of the tenant may confirm the address.
func (t Tenant) AllowsAddress(e ident.Email) bool {
	return len(t.EmailDomains) == 0 || slices.Contains(t.EmailDomains, e.Domain())
}

// Instance is one tenant's use of a product: where it is, who answers for its users, which client it signs in with.
type Instance struct {
	ID                     ident.InstanceID
	Tenant                 ident.TenantID
	Product                ident.ProductID
	Connector              ident.ConnectorName
	Client                 ident.ClientID
	RedirectURIs           []string
	PostLogoutRedirectURIs []string
	HomeURL, LoginURL      string
	// ResetURL is where people ask the product itself for a new password; empty when it has no page of its own for that.
	ResetURL string
	// Rollout and Pilot are a switch of the instance's own. What is in force is Effective.
	Rollout Rollout
	Pilot   Pilot
	Version int64
}

// OwnResetURL is the address to send people to who forgot the product's password where the product cannot be asked to mail
// them: its page for that, or else its sign-in page, or its first.
func (i Instance) OwnResetURL() string { return cmp.Or(i.ResetURL, i.LoginURL, i.HomeURL) }

// Client is an OAuth client registration. It may serve the instances of several tenants; the redirect URI tells which.
type Client struct {
	ID      ident.ClientID
	Product ident.ProductID
	Name    string
	// SecretHash is the SHA-256 of a generated 256-bit secret, by seal.HashSecret; empty for a public client.
	SecretHash string
	// AuthMethod is "client_secret_basic", "client_secret_post", "private_key_jwt" or "none" (OpenID Connect Core §9).
	AuthMethod string
	// JWKS are the public keys of a client whose method is private_key_jwt, a JWK Set as JSON; empty for others.
	JWKS string
	// RequirePushed says that the client's requests count only when they were pushed (RFC 9126 §6).
	RequirePushed bool
	// PKCEOptional lets a confidential client that uses nonce go without PKCE (RFC 9700 §2.1.1).
	PKCEOptional bool
	// IDTokenAlg is "ES256" or "RS256".
	IDTokenAlg string
	// APIScopes are what the client may do through the management API, by client credentials; none for most.
	APIScopes []APIScope
	// Refresh says whether the client gets refresh tokens, and how long they may outlive the session; empty: none.
	Refresh Refresh
	// LogoutURI is where it is told that a session is over (Back-Channel Logout §2.2); empty: nowhere. LogoutPrivate permits
	// addresses of the operator's own networks.
	LogoutURI     string
	LogoutPrivate bool
	// Introspects are the other clients whose tokens this one may ask about (RFC 7662).
	Introspects []ident.ClientID
	Version     int64
}

// Refresh says what a client gets that asks for offline_access.
type Refresh string

// The kinds. Only RefreshOffline outlives signing out and the session's own end.
const (
	RefreshNone    Refresh = "none"
	RefreshSession Refresh = "session"
	RefreshOffline Refresh = "offline"
)

// APIScope is one thing that a client may do through the management API, in its own product and its own tenants.
type APIScope string

// The scopes.
const (
	ScopeInvitationsRead  APIScope = "invitations:read"
	ScopeInvitationsWrite APIScope = "invitations:write"
)

// ConnectorSpec declares a connector. Options are the kind's own, as JSON, without secrets.
type ConnectorSpec struct {
	Name    ident.ConnectorName
	Kind    string
	Options string
	// IDStable says that the store finds users and gives them an id that never changes.
	IDStable bool
	// LockoutThreshold is how many failures the product itself allows before it locks; 0 means it never locks.
	LockoutThreshold int
	Version          int64
}

// Budget is how many wrong passwords for one product account reach the product in one window, so that its own lockout
// is never reached through us (ATK-75).
func (c ConnectorSpec) Budget() int {
	if c.LockoutThreshold == 0 {
		return 5
	}
	return max(1, min(5, c.LockoutThreshold-2))
}

// Setting is everything declared that one flow depends on, read together.
type Setting struct {
	Suite     Suite
	Tenant    Tenant
	Product   Product
	Instance  Instance
	Connector ConnectorSpec
}

// OnLinkFor is the password policy in force for the product.
func (s Setting) OnLinkFor() OnLink {
	if s.Product.OnLink != "" {
		return s.Product.OnLink
	}
	if s.Suite.OnLink != "" {
		return s.Suite.OnLink
	}
	return Adopt
}

// OrDefault fills in what was not declared: 300 flows an hour from one network, 6 mails an hour and 20 a day to one
// mailbox. What was switched off becomes 0.
func (l Limits) OrDefault() Limits {
	fill := func(v *int, n int) {
		if *v == 0 {
			*v = n
		}
		*v = max(0, *v)
	}
	fill(&l.FlowsPerHour, 300)
	fill(&l.MailsPerHour, 6)
	fill(&l.MailsPerDay, 20)
	return l
}

// FlowsPerHour is the limit in force for flows of one network; 0 for none.
func (s Setting) FlowsPerHour() int {
	if s.Tenant.FlowsPerHour != 0 {
		return s.Tenant.FlowsPerHour
	}
	return s.Suite.Limits.OrDefault().FlowsPerHour
}

// OrDefault fills in what was not declared: full sessions 12 h and 1 h idle, product sessions 8 h and 30 min idle.
func (s SessionTTL) OrDefault() SessionTTL {
	fill := func(v *time.Duration, d time.Duration) {
		if *v == 0 {
			*v = d
		}
	}
	fill(&s.Full, 12*time.Hour)
	fill(&s.FullIdle, time.Hour)
	fill(&s.Product, 8*time.Hour)
	fill(&s.ProductIdle, 30*time.Minute)
	return s
}
