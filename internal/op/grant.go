package op

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"time"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/ident"
)

// How a client authenticates at the token endpoint (Core §9).
const (
	AuthBasic = "client_secret_basic"
	AuthPost  = "client_secret_post"
	AuthNone  = "none"
)

// Grant is what one authorization gave to a client, for one product account, out of one session. Its code carries it and is
// good once; it is kept from then on, without what only the redemption needs.
type Grant struct {
	ID             ident.GrantID
	Request        ident.AuthRequestID // empty when the request was answered at once
	Client         ident.ClientID
	Tenant         ident.TenantID
	Instance       ident.InstanceID
	Account        ident.AccountID // empty in a product session of a pending link
	ProductAccount ident.ProductAccountID
	Session        ident.SessionID
	Scope          []string
	AuthAt         time.Time
	ACR            string
	AMR            []string
	CreatedAt      time.Time
	EndedAt        time.Time
	// Pushed is the hash of the pushed request that it answers; it is not kept with the grant.
	Pushed string
	// Offline says that the grant outlives its session: signing out does not end it, a changed password does.
	Offline bool

	// What follows is in the code alone.

	RedirectURI   string
	Nonce         string
	CodeChallenge string
	CodeDeadline  time.Time
	// Link is what a full session reached the product account by, and LinkVersion the link as it was then.
	Link        ident.LinkID
	LinkVersion int64
}

// NewGrant is the grant of an answered request. The id is made outside. A session that was begun
// with a product's password gives no offline_access, however it was asked for (ATK-91).
func NewGrant(q AuthRequest, client directory.Client, session *Session, person Person, id ident.GrantID, now time.Time) Grant {
	now = now.UTC().Truncate(time.Microsecond)
	if session.Scope != account.ScopeFull {
		q.Scope = without(q.Scope, ScopeOffline)
	}
	return Grant{Pushed: q.Pushed, Offline: client.Refresh == directory.RefreshOffline && slices.Contains(q.Scope, ScopeOffline),
		ID: id, Request: q.ID, Client: q.Client, Tenant: q.Tenant, Instance: q.Instance,
		Account: session.Account, ProductAccount: person.ProductAccount.ID, Session: session.ID,
		RedirectURI: q.RedirectURI, Scope: q.Scope, Nonce: q.Nonce, CodeChallenge: q.CodeChallenge,
		AuthAt: session.AuthAt, ACR: acrOf(session.Scope), AMR: amrOf(session.Methods),
		Link: person.Link.ID, LinkVersion: person.Link.Version, CodeDeadline: now.Add(AuthCodeTTL), CreatedAt: now}
}

// Full reports that the grant came from a session that reaches the whole account.
func (g Grant) Full() bool { return g.ACR == ACRAccount }

func without(scopes []string, dropped string) []string {
	return slices.DeleteFunc(slices.Clone(scopes), func(scope string) bool { return scope == dropped })
}

func (g Grant) has(scope string) bool { return slices.Contains(g.Scope, scope) }

// acrOf never claims the account's own sign-in for a session that was begun with a product's password.
func acrOf(scope account.Scope) string {
	if scope == account.ScopeFull {
		return ACRAccount
	}
	return ACRLegacy
}

// amrOf names the registered values of RFC 8176; a mailbox has none there.
func amrOf(methods []account.Method) []string {
	for _, method := range methods {
		if method == account.LegacyPassword || method == account.AccountPassword {
			return []string{"pwd"}
		}
	}
	return nil
}

// SID is a session as one client knows it. Two clients cannot compare theirs, and nobody gets from it to the session.
func SID(session ident.SessionID, client ident.ClientID) string {
	sum := sha256.Sum256([]byte("ligature/sid/v1\x00" + string(session) + "\x00" + string(client)))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// Claim is what a client says when it redeems a code.
type Claim struct {
	Client       directory.Client
	RedirectURI  string
	CodeVerifier string
}

// TokenError is an answer of the token or userinfo endpoint (RFC 6749 §5.2, RFC 6750 §3.1).
type TokenError struct {
	Reason Reason
	// Detail is one of our own sentences for developers; it never repeats what was sent.
	Detail string
	// Replayed says that the code had been used before.
	Replayed bool
}

// ForeignTarget is the answer to a token request for somebody else's server.
func ForeignTarget() *TokenError { return &TokenError{Reason: InvalidTarget, Detail: foreignTarget} }

// Error is for logs.
func (e *TokenError) Error() string { return "refused: " + string(e.Reason) + ": " + e.Detail }

// Redeem decides whether the code of a standing grant becomes tokens. All refusals are invalid_grant and the code is
// spent whatever comes out, so that a verifier cannot be tried twice (RFC 6749 §4.1.3, RFC 7636 §4.6, RFC 9700 §4.5).
func Redeem(s Standing, said Claim, now time.Time) error {
	g := s.Grant
	switch {
	case s.Uses != 1:
		return &TokenError{Reason: InvalidGrant, Detail: "the code was used before", Replayed: true}
	case g.Client != said.Client.ID:
		return invalidGrant("the code belongs to another client")
	case !now.Before(g.CodeDeadline):
		return invalidGrant("the code has expired")
	case g.RedirectURI != said.RedirectURI:
		return invalidGrant("redirect_uri is not the one of the authorization request")
	case !provesChallenge(g.CodeChallenge, said.CodeVerifier):
		return invalidGrant("code_verifier does not answer the code_challenge")
	case g.CodeChallenge == "" && (!said.Client.PKCEOptional || said.Client.AuthMethod == AuthNone || g.Nonce == ""):
		return invalidGrant("the client must use PKCE")
	case !s.Holds(now) || !s.untouched(now):
		return invalidGrant("what the code was given for is over")
	}
	return nil
}

// untouched reports that nothing has ended since the code was made, not even for a moment: what ends a grant that is kept does not
// find one that only a code carries. So the session has to go on, of an offline grant as well, and the link to be as it was.
func (s Standing) untouched(now time.Time) bool {
	if !s.SessionEndedAt.IsZero() || !now.Before(s.SessionDeadline) {
		return false
	}
	return !s.Grant.Full() || s.Person.Link.ID == s.Grant.Link && s.Person.Link.Version == s.Grant.LinkVersion
}

// Holds reports whether the grant still counts: not ended, its session not over unless it is an offline one, and, out of a
// full session, its account active and still linked to the product account.
func (s Standing) Holds(now time.Time) bool {
	g := s.Grant
	if !g.EndedAt.IsZero() || !g.Offline && (!s.SessionEndedAt.IsZero() || !now.Before(s.SessionDeadline)) {
		return false
	}
	if s.Person.ProductAccount.ID != g.ProductAccount || g.Account != "" && s.Person.Account.Status != account.Active {
		return false
	}
	return !g.Full() || s.Person.Link.State == account.LinkActive && s.Person.Link.Account == g.Account
}

func invalidGrant(detail string) *TokenError {
	return &TokenError{Reason: InvalidGrant, Detail: detail}
}
