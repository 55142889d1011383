package op

import (
	"crypto/subtle"
	"slices"
	"strings"
	"time"

	"ligature/internal/directory"
	"ligature/internal/ident"
)

// GrantRefresh is the grant type of RFC 6749 §6.
const GrantRefresh = "refresh_token"

// How long refresh tokens are good: each until it was not used for a day, all of a sign-in for thirty days (RFC 9700 §4.14).
const (
	RefreshTTL     = 30 * 24 * time.Hour
	RefreshIdleTTL = 24 * time.Hour
)

// Family is the refresh tokens of one grant, one after the other: only the last is good, and one that comes back after it
// was exchanged ends them all.
type Family struct {
	ID     ident.FamilyID
	Tenant ident.TenantID
	Grant  ident.GrantID
	Client ident.ClientID
	// Hash is of the one that is good.
	Hash string
	// Turn counts them, from 1.
	Turn      int
	CreatedAt time.Time
	UsedAt    time.Time
	IdleTTL   time.Duration
	Deadline  time.Time
	EndedAt   time.Time
}

func refreshes(client directory.Client) bool {
	return client.Refresh == directory.RefreshSession || client.Refresh == directory.RefreshOffline
}

// NewFamily begins the refresh tokens of a grant; ok is false when the grant gives none. They never outlive the session,
// unless the grant does.
func NewFamily(s Standing, id ident.FamilyID, hash string, now time.Time) (f Family, ok bool) {
	g := s.Grant
	if !g.has(ScopeOffline) || !g.Full() {
		return Family{}, false
	}
	now = now.UTC().Truncate(time.Microsecond)
	deadline := now.Add(RefreshTTL)
	if !g.Offline && s.SessionDeadline.Before(deadline) {
		deadline = s.SessionDeadline
	}
	return Family{ID: id, Tenant: g.Tenant, Grant: g.ID, Client: g.Client, Hash: hash, Turn: 1, CreatedAt: now, UsedAt: now,
		IdleTTL: RefreshIdleTTL, Deadline: deadline}, true
}

// FormatRefresh is a refresh token as a client gets it: it names its family, so that one that was exchanged already is
// known for what it is.
func FormatRefresh(id ident.FamilyID, secret string) string { return string(id) + "." + secret }

// ParseRefresh takes a refresh token apart; ok is false for what cannot be one.
func ParseRefresh(sent string) (id ident.FamilyID, secret string, ok bool) {
	name, secret, ok := strings.Cut(sent, ".")
	return ident.FamilyID(name), secret, ok && name != "" && secret != "" && len(sent) <= 200 && printable(sent)
}

// live reports that the family's last token may still be used.
func (f Family) live(now time.Time) bool {
	return f.EndedAt.IsZero() && now.Before(f.Deadline) && now.Before(f.UsedAt.Add(f.IdleTTL))
}

// RefreshClaim is what a client says when it brings a refresh token.
type RefreshClaim struct {
	Client directory.Client
	// Hash is of the secret of the token.
	Hash string
	// Scope is what is asked for; empty: what was granted.
	Scope string
}

// Renew decides whether a refresh token becomes new tokens, and gives the standing that they are made of: with the scope
// that was asked for, and without the nonce, which belongs to the first ID token alone (Core §12.2). All refusals but one
// of scope are invalid_grant. A TokenError with Replayed is to end the grant: the token was exchanged before, so somebody
// has it who should not (RFC 9700 §4.14.2).
func Renew(f Family, s Standing, facts Facts, said RefreshClaim, now time.Time) (Standing, error) {
	g := s.Grant
	switch {
	case f.Client != said.Client.ID || g.Client != said.Client.ID || f.Grant != g.ID:
		return Standing{}, invalidGrant("the client has no such refresh token")
	case subtle.ConstantTimeCompare([]byte(f.Hash), []byte(said.Hash)) != 1:
		return Standing{}, &TokenError{Reason: InvalidGrant, Detail: "the refresh token was used before", Replayed: true}
	case !f.live(now):
		return Standing{}, invalidGrant("the refresh token has expired")
	case !s.Holds(now) || !g.has(ScopeOffline):
		return Standing{}, invalidGrant("what the refresh token was given for is over")
	case g.Offline && said.Client.Refresh != directory.RefreshOffline || !refreshes(said.Client):
		return Standing{}, invalidGrant("the client gets no such refresh token any more")
	case facts.Rollout != directory.RolloutOn && facts.Rollout != directory.RolloutPilot || !facts.admit(s.Person):
		return Standing{}, invalidGrant("the tenant does not sign in here any more")
	}
	return s.narrowed(said.Scope)
}

// narrowed is the standing with the scope that was asked for, and without the nonce.
func (s Standing) narrowed(asked string) (Standing, error) {
	s.Grant.Nonce = ""
	words := strings.Fields(asked)
	if len(words) == 0 {
		return s, nil
	}
	for _, word := range words {
		if !s.Grant.has(word) {
			return Standing{}, &TokenError{Reason: InvalidScope, Detail: "the scope is more than was granted"}
		}
	}
	if !slices.Contains(words, ScopeOpenID) {
		return Standing{}, &TokenError{Reason: InvalidScope, Detail: "scope must contain openid"}
	}
	s.Grant.Scope = slices.DeleteFunc(slices.Clone(s.Grant.Scope), func(scope string) bool { return !slices.Contains(words, scope) })
	return s, nil
}

// Through is the standing as an access token of it shows it: with no more than the token's own scope.
func (s Standing) Through(a Access) Standing {
	words := strings.Fields(a.Scope)
	s.Grant.Scope = slices.DeleteFunc(slices.Clone(s.Grant.Scope), func(scope string) bool { return !slices.Contains(words, scope) })
	return s
}
