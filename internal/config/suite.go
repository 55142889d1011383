package config

import (
	"time"

	"ligature/internal/ident"
)

// Suite is everything that one deployment serves: one brand, one issuer, one set of accounts.
type Suite struct {
	// The URL of this server as browsers see it: scheme and host alone. https, except on this machine (localhost,
	// *.localhost, 127.0.0.1). Products compare it character by character; changing it later breaks their sign-ins.
	Issuer string `yaml:"issuer" need:"yes" form:"origin" example:"https://id.example.com"`
	// The names and looks that people see.
	Brand Brand `yaml:"brand" need:"yes"`
	// The language of pages and mails.
	Locale string `yaml:"locale" default:"en" one:"en"`
	// How much the sign-in page says about who is known.
	Identifier Identifier `yaml:"identifier"`
	// What happens to passwords.
	Password Password `yaml:"password"`
	// How long people stay signed in.
	Session Session `yaml:"session"`
	// How often something may be tried.
	Limits Limits `yaml:"limits"`
	// The products.
	Products []Product `yaml:"products" need:"yes" range:"1..100"`
	// The customer organisations.
	Tenants []Tenant `yaml:"tenants" need:"yes" range:"1..10000"`
	// The user stores of the products.
	Connectors []Connector `yaml:"connectors" need:"yes" range:"1..10000"`
	// The products as OpenID Connect clients.
	Clients []Client `yaml:"clients" need:"yes" range:"1..10000"`
	// Which tenant uses which product, where its users are and where people come from and go back to.
	Instances []Instance `yaml:"instances" need:"yes" range:"1..10000"`
}

// Brand is the names and looks that people see.
type Brand struct {
	// What the account is called, as in "your Example Account".
	Account string `yaml:"account" need:"yes" form:"line" example:"Example Account"`
	// What the company is called, as in "contact Example Support".
	Company string `yaml:"company" need:"yes" form:"line" example:"Example"`
	// The colour of buttons and links. Text on it and links in it are adjusted until they can be read.
	Primary string `yaml:"primary" default:"#10519a" form:"color" example:"\"#10519a\""`
	// The radius of corners in pixels.
	Radius int `yaml:"radius" default:"6" range:"0..16"`
	// The logo on a light background: a file, SVG or PNG, of at most 256 KiB. Without one, the account's name is written.
	LogoLight File `yaml:"logo_light" example:"logo.svg"`
	// The logo on a dark background; without one, the light one.
	LogoDark File `yaml:"logo_dark" example:"logo-dark.svg"`
	// Where people find help: a page or mailto:.
	SupportURL string `yaml:"support_url" form:"support" example:"mailto:support@example.com"`
	// The privacy policy.
	PrivacyURL string `yaml:"privacy_url" form:"web" example:"https://www.example.com/privacy"`
	// The terms of use.
	TermsURL string `yaml:"terms_url" form:"web" example:"https://www.example.com/terms"`
}

// Identifier is how much the sign-in page says about who is known.
type Identifier struct {
	// explicit says "User not found" where nobody is found; uniform gives one answer to an unknown person and to a wrong
	// password.
	Disclosure string `yaml:"disclosure" default:"explicit" one:"explicit uniform"`
}

// Password is what happens to passwords.
type Password struct {
	// adopt makes the product's password the account's, unless it is short, common, shared or weak; set asks everybody for a
	// new one.
	OnLink string `yaml:"on_link" default:"adopt" one:"adopt set"`
}

// Session is how long people stay signed in. A full session opens every product; a product session opens the one that
// was signed in to.
type Session struct {
	// The longest life of a full session.
	FullAbsolute time.Duration `yaml:"full_absolute" default:"12h" range:"5m..30d"`
	// How long a full session lives without being used.
	FullIdle time.Duration `yaml:"full_idle" default:"1h" range:"5m..30d"`
	// The longest life of a product session.
	ProductAbsolute time.Duration `yaml:"product_absolute" default:"8h" range:"5m..30d"`
	// How long a product session lives without being used.
	ProductIdle time.Duration `yaml:"product_idle" default:"30m" range:"5m..30d"`
}

// Limits are how often something may be tried. Beyond them people wait; nobody is refused.
type Limits struct {
	// Sign-ins begun from one network (a /24 of IPv4, a /48 of IPv6) in an hour without any proof.
	FlowsPerNetworkPerHour int `yaml:"flows_per_network_per_hour" default:"300" range:"1..1000000"`
	// Mails to one address in an hour.
	MailsPerAddressPerHour int `yaml:"mails_per_address_per_hour" default:"6" range:"4..1000"`
	// Mails to one address in a day.
	MailsPerAddressPerDay int `yaml:"mails_per_address_per_day" default:"20" range:"4..10000"`
}

// Product is an existing product with users of its own.
type Product struct {
	// Its id, for ever.
	ID ident.ProductID `yaml:"id" need:"yes" form:"id" example:"pim"`
	// Its name, as people know it.
	Name string `yaml:"name" need:"yes" form:"line" example:"Example PIM"`
	// The picture beside its name: a built-in mark by name (product, grid or flow), or a file, SVG or PNG, of at most
	// 256 KiB. A value with a dot or a slash is a file.
	Mark Mark `yaml:"mark" example:"marks/pim.svg"`
	// As suite.password.on_link, for this product; absent means the suite's.
	PasswordOnLink string `yaml:"password_on_link" one:"adopt set"`
	// Its passwords are too weakly kept, or too weak, to carry on with: everybody sets a new one.
	Weak bool `yaml:"weak" default:"false"`
	// Several people may use one of its accounts: nothing of it is adopted or joined.
	Shared bool `yaml:"shared" default:"false"`
	// Whoever can read a user's mailbox can take that user over there anyway, by a reset mail. Only then are accounts of the
	// same address joined without their password.
	MailboxResetsPassword bool `yaml:"mailbox_resets_password" default:"false"`
	// Nobody can have it record an address for them that is somebody else's: it has each address confirmed, or administrators
	// set them. Only then does the address of its user bring in accounts of other products.
	AddressesProven bool `yaml:"addresses_proven" default:"false"`
	// Whether somebody may confirm another address than the one the product records: allow, and tell the recorded one; or
	// prove_recorded, which asks for a mail to the recorded one first.
	OtherAddress string `yaml:"other_address" default:"allow" one:"allow prove_recorded"`
	// How long the product sends one user no second mail to reset the password, as 24h; 0s means that it always sends one.
	// People who ask for such a mail are told.
	ResetPause time.Duration `yaml:"reset_pause" default:"0s" range:"0s..30d"`
}

// Tenant is a customer organisation.
type Tenant struct {
	// Its id, for ever.
	ID ident.TenantID `yaml:"id" need:"yes" form:"id" example:"acme"`
	// Its name, as people know it.
	Name string `yaml:"name" need:"yes" form:"line" example:"Acme"`
	// off leaves its people to the products' own sign-in; pilot sends those here that take part in the pilot, on everybody.
	// Switching back loses nothing. Absent, it is what `ligature tenant` made it, and off in the beginning; written here, every
	// start of the server makes it so.
	Rollout string `yaml:"rollout" one:"off pilot on"`
	// Who takes part while rollout is pilot; for every product of the tenant.
	Pilot Pilot `yaml:"pilot"`
	// Who is told when somebody reports an unexpected mail.
	Administrators []ident.Email `yaml:"administrators" example:"[it@acme.example]"`
	// The domains of the addresses that its people may confirm; absent allows all. A domain does not stand for those below it.
	EmailDomains []string `yaml:"email_domains" form:"domain" example:"[acme.example]"`
	// The time zone of times in pages and mails.
	TimeZone string `yaml:"time_zone" default:"UTC" form:"zone" example:"Europe/Paris"`
	// As suite.limits.flows_per_network_per_hour, for this tenant; absent means the suite's.
	FlowsPerNetworkPerHour int `yaml:"flows_per_network_per_hour" range:"1..1000000"`
}

// Pilot is who takes part in a pilot: whoever is named, and a share of all others. Everybody else is sent back to the
// product's own sign-in.
type Pilot struct {
	// People by the address or the username that the product records, or by the product's own id, as in id:42.
	People []string `yaml:"people" form:"person" range:"0..1000" example:"[dana@acme.example, rita, \"id:42\"]"`
	// The share of the others, in percent of each product's users. A larger one keeps everybody that a smaller one had. It
	// needs a connector whose ids are stable; without, only the named take part.
	Percent int `yaml:"percent" default:"0" range:"0..100"`
}

// Connector asks a product's own user store.
type Connector struct {
	// Its name, used by instances.
	Name ident.ConnectorName `yaml:"name" need:"yes" form:"id" example:"acme-pim"`
	// How the store is asked. Its own options stand below the key of the same name.
	Kind string `yaml:"kind" need:"yes" one:"sql http ldap rest" example:"sql"`
	// After how many wrong passwords the product locks its own user; 0 means never. Here it is asked two times less than
	// that, at most five times, so that nobody can lock a user through this server.
	LockoutThreshold int `yaml:"lockout_threshold" default:"5" range:"0..1000"`
	// How long an answer may take.
	Timeout time.Duration `yaml:"timeout" default:"3s" range:"100ms..30s"`
	// How many questions may be open at a time.
	InFlight int `yaml:"in_flight" default:"16" range:"1..1000"`
	// Whether the store can find users and gives each an id that never changes and is never used again. Without it nothing
	// is joined, and an unknown person gets the answer of a wrong password.
	IDStable bool `yaml:"id_stable" default:"true"`
	// The options of kind sql.
	SQL Raw `yaml:"sql"`
	// The options of kind http.
	HTTP Raw `yaml:"http"`
	// The options of kind ldap.
	LDAP Raw `yaml:"ldap"`
	// The options of kind rest.
	REST Raw `yaml:"rest"`

	// Options are those of the kind.
	Options Raw `yaml:"-"`
}

// Client is a product as an OpenID Connect client. One client may serve several tenants' instances of a product.
type Client struct {
	// The client_id.
	ID ident.ClientID `yaml:"id" need:"yes" form:"id" example:"pim"`
	// Its name in the console and in logs; absent means its id.
	Name string `yaml:"name" form:"line" example:"Example PIM"`
	// The product it belongs to.
	Product ident.ProductID `yaml:"product" need:"yes" example:"pim"`
	// confidential keeps a secret; public cannot, as an app on a phone.
	Type string `yaml:"type" default:"confidential" one:"confidential public"`
	// The secret of a confidential client, at least 32 characters; make it with: openssl rand -base64 32
	Secret Secret `yaml:"secret,secret"`
	// How the client proves itself at the token endpoint; absent means client_secret_basic, or none for a public client.
	// private_key_jwt takes jwks and no secret.
	Auth string `yaml:"auth" one:"client_secret_basic client_secret_post private_key_jwt none"`
	// The public keys of a client that proves itself by private_key_jwt, as a JWK Set: a file, or the set itself in quotes. A
	// value that begins with { is the set. Its assertions are signed by ES256, RS256, PS256 or EdDSA, with the issuer as aud.
	JWKS KeySet `yaml:"jwks" example:"keys/pim.jwks.json"`
	// Only requests that the client has pushed count (RFC 9126).
	RequirePushed bool `yaml:"require_pushed" default:"false"`
	// Whether it must use PKCE. optional is for a confidential client that uses a nonce and cannot do better.
	PKCE string `yaml:"pkce" default:"required" one:"required optional"`
	// The algorithm of ID tokens for this client.
	IDTokenAlg string `yaml:"id_token_alg" default:"ES256" one:"ES256 RS256"`
	// What it gets when it asks for offline_access: session gives refresh tokens that end with the sign-in they came from, offline
	// ones that outlive it, up to 30 days; a new password ends both.
	Refresh string `yaml:"refresh" default:"session" one:"none session offline"`
	// Where the product is told that a session is over (Back-Channel Logout), so that it ends its own.
	LogoutURI string `yaml:"backchannel_logout_uri" form:"redirect" example:"https://pim.acme.example/oidc/logout"`
	// Whether that address may be in your own network (10.0.0.0/8, 192.168.0.0/16, loopback and the like).
	LogoutPrivate bool `yaml:"backchannel_logout_private" default:"false"`
	// Other clients whose tokens it may ask about at the introspection endpoint, beside its own.
	Introspects []ident.ClientID `yaml:"introspects" form:"id" example:"[pim-worker]"`
	// What it may do by itself through the management API, for its own product and the tenants whose instances it serves.
	APIScopes []string `yaml:"api_scopes" one:"invitations:read invitations:write" example:"[invitations:read, invitations:write]"`
}

// Instance is a tenant's instance of a product.
type Instance struct {
	// Its id, for ever; absent means the tenant's and the product's id, joined by a hyphen.
	ID ident.InstanceID `yaml:"id" form:"id" example:"acme-pim"`
	// The tenant.
	Tenant ident.TenantID `yaml:"tenant" need:"yes" example:"acme"`
	// The product; a tenant has at most one instance of it.
	Product ident.ProductID `yaml:"product" need:"yes" example:"pim"`
	// The connector that asks this instance's users.
	Connector ident.ConnectorName `yaml:"connector" need:"yes" example:"acme-pim"`
	// The client that people of this instance come from.
	Client ident.ClientID `yaml:"client" need:"yes" example:"pim"`
	// Where the client may be answered, compared character by character. Each belongs to one instance: it says which tenant
	// somebody comes from.
	RedirectURIs []string `yaml:"redirect_uris" need:"yes" form:"redirect" range:"1..50" example:"[https://pim.acme.example/oidc/callback]"`
	// Where people may be sent after signing out.
	PostLogoutRedirectURIs []string `yaml:"post_logout_redirect_uris" form:"redirect" range:"0..50" example:"[https://pim.acme.example/]"`
	// Where the product begins, for people who are to go back to it.
	HomeURL string `yaml:"home_url" need:"yes" form:"web" example:"https://pim.acme.example/"`
	// The product's own sign-in page, used while the tenant is off; absent means home_url.
	LoginURL string `yaml:"login_url" form:"web" example:"https://pim.acme.example/user/login"`
	// The product's own page for a forgotten password, shown where its connector cannot ask it for a reset mail; absent means
	// login_url.
	ResetURL string `yaml:"reset_url" form:"web" example:"https://pim.acme.example/user/reset-request"`
	// A switch for this product alone, beside the tenant's. The more careful of the two is in force. Absent, it is what
	// `ligature tenant --product` made it, and on in the beginning, which leaves it to the tenant.
	Rollout string `yaml:"rollout" one:"off pilot on"`
	// Who takes part while rollout is pilot. Where tenant and product are in a pilot, somebody has to belong to both.
	Pilot Pilot `yaml:"pilot"`
}

// Mark is the picture of a product: a built-in one by name, or a file. Both are empty when there is none.
type Mark struct {
	Builtin string
	File    File
}
