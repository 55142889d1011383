package op_test

import (
	"encoding/json"
	"errors"
	"maps"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/directory"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/op"
)

const (
	issuer    = "https://id.example"
	callback  = "https://pim.acme.example/callback"
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636 appendix B
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// noon is when the tests play.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// registered is a client that serves two tenants.
func registered() op.Registration {
	return op.Registration{
		Client: directory.Client{ID: "pim", Product: "pim", AuthMethod: op.AuthBasic, SecretHash: "hash", IDTokenAlg: "ES256"},
		Instances: []directory.Instance{
			{ID: "acme-pim", Tenant: "acme", Product: "pim", Client: "pim", RedirectURIs: []string{callback, "https://pim.acme.example/callback?lang=de"}},
			{ID: "globex-pim", Tenant: "globex", Product: "pim", Client: "pim", RedirectURIs: []string{"https://pim.globex.example/callback"}},
		},
	}
}

// asked are the parameters of a good request, with changes; an empty list takes a parameter away.
func asked(changes op.Params) op.Params {
	p := op.Params{"client_id": {"pim"}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid profile email"},
		"state": {"rp state/1"}, "nonce": {"n-1"}, "code_challenge": {challenge}, "code_challenge_method": {"S256"}}
	maps.Copy(p, changes)
	return p
}

// unsigned takes JSON for a token; what is none has no good signature.
func unsigned(compact, typ string) (json.RawMessage, error) {
	if typ != op.TypeIDToken || !json.Valid([]byte(compact)) {
		return nil, errors.New("no signature of ours")
	}
	return json.RawMessage(compact), nil
}

func parse(p op.Params) (op.AuthRequest, error) {
	return op.ParseAuthRequest(p, registered(), issuer, unsigned, noon)
}

func parsed(t *testing.T, changes op.Params) op.AuthRequest {
	t.Helper()
	q, err := parse(asked(changes))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// outcome names an error: a fault's key, or a refusal's reason.
func outcome(err error) string {
	if refusal, ok := errors.AsType[*op.Refusal](err); ok {
		return string(refusal.Reason)
	}
	if refused, ok := errors.AsType[*op.TokenError](err); ok {
		return string(refused.Reason)
	}
	if err != nil {
		return fault.KeyOf(err)
	}
	return ""
}

// dana is somebody with an account that is linked to a product account of acme's PIM.
func dana() op.Person {
	email, err := ident.ParseEmail("dana@example.com")
	if err != nil {
		panic(err)
	}
	return op.Person{
		ProductAccount: account.ProductAccount{ID: "pa_1", Tenant: "acme", Product: "pim", ExternalID: "42", Subject: "sub_1",
			Username: "dana", Name: "Dana (PIM)", Locale: "fr"},
		Link: account.Link{ID: "li_1", Tenant: "acme", Account: "ac_1", ProductAccount: "pa_1", State: account.LinkActive,
			ActiveAt: noon.Add(-72 * time.Hour)},
		Account: account.Account{ID: "ac_1", Status: account.Active, Name: "Dana Doe", Locale: "en"},
		Email:   email,
	}
}

// second is the account's other product account of acme's PIM, linked a day after the first.
func second() op.Person {
	person := dana()
	person.ProductAccount.ID, person.ProductAccount.Subject, person.ProductAccount.Username = "pa_4", "sub_4", "dana.orders"
	person.Link.ID, person.Link.ProductAccount = "li_4", "pa_4"
	person.Link.ActiveAt = person.Link.ActiveAt.Add(24 * time.Hour)
	return person
}

// signedIn is a session of that account, five minutes old.
func signedIn() *op.Session {
	return &op.Session{ID: "se_1", Browser: "br_1", Account: "ac_1", Scope: account.ScopeFull,
		Methods: []account.Method{account.AccountPassword}, AuthAt: noon.Add(-5 * time.Minute), UsedAt: noon.Add(-time.Minute),
		IdleTTL: time.Hour, Deadline: noon.Add(12 * time.Hour)}
}

// limited is a session of the product account alone; the account may be there already, or not.
func limited(owner ident.AccountID) *op.Session {
	s := signedIn()
	s.Scope, s.Account, s.Tenant, s.Product, s.ProductAccount = account.ScopeProduct, owner, "acme", "pim", "pa_1"
	s.Methods = []account.Method{account.LegacyPassword, account.MailboxCode}
	return s
}

// standing is a grant of that session whose code is used for the first time.
func standing(session *op.Session, scope ...string) op.Standing {
	q := op.AuthRequest{Client: "pim", Tenant: "acme", Product: "pim", Instance: "acme-pim", RedirectURI: callback, Nonce: "n-1",
		CodeChallenge: challenge, Scope: append([]string{op.ScopeOpenID}, scope...)}
	person := dana()
	if session.Account == "" {
		person.Account, person.Link, person.Email = account.Account{}, account.Link{}, ident.Email{}
	}
	return op.Standing{Grant: op.NewGrant(q, registered().Client, session, person, "gr_1", noon), Uses: 1, Person: person, SessionDeadline: session.Deadline}
}
