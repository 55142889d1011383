package op_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"ligature/internal/account"
	"ligature/internal/op"
)

func claim() op.Claim {
	return op.Claim{Client: registered().Client, RedirectURI: callback, CodeVerifier: verifier}
}

// TestRedeem (ATK-100): one use, by its own client, with its own address and verifier.
func TestRedeem(t *testing.T) {
	for name, test := range map[string]struct {
		change func(s *op.Standing, c *op.Claim, now *time.Time)
		want   string
	}{
		"good":                  {func(*op.Standing, *op.Claim, *time.Time) {}, ""},
		"in the last moment":    {func(_ *op.Standing, _ *op.Claim, now *time.Time) { *now = noon.Add(time.Minute - 1) }, ""},
		"after 60 seconds":      {func(_ *op.Standing, _ *op.Claim, now *time.Time) { *now = noon.Add(time.Minute) }, "invalid_grant"},
		"used before":           {func(s *op.Standing, _ *op.Claim, _ *time.Time) { s.Uses = 2 }, "invalid_grant"},
		"never counted":         {func(s *op.Standing, _ *op.Claim, _ *time.Time) { s.Uses = 0 }, "invalid_grant"},
		"other client":          {func(_ *op.Standing, c *op.Claim, _ *time.Time) { c.Client.ID = "sdm" }, "invalid_grant"},
		"other redirect URI":    {func(_ *op.Standing, c *op.Claim, _ *time.Time) { c.RedirectURI = callback + "/" }, "invalid_grant"},
		"no verifier":           {func(_ *op.Standing, c *op.Claim, _ *time.Time) { c.CodeVerifier = "" }, "invalid_grant"},
		"wrong verifier":        {func(_ *op.Standing, c *op.Claim, _ *time.Time) { c.CodeVerifier = strings.Repeat("a", 43) }, "invalid_grant"},
		"challenge as verifier": {func(_ *op.Standing, c *op.Claim, _ *time.Time) { c.CodeVerifier = challenge }, "invalid_grant"},
		"short verifier": {func(s *op.Standing, c *op.Claim, _ *time.Time) {
			c.CodeVerifier, s.Grant.CodeChallenge = "short", op.CodeChallenge("short")
		}, "invalid_grant"},
		"long verifier": {func(s *op.Standing, c *op.Claim, _ *time.Time) {
			c.CodeVerifier = strings.Repeat("a", 129)
			s.Grant.CodeChallenge = op.CodeChallenge(c.CodeVerifier)
		}, "invalid_grant"},
		"verifier with a space": {func(s *op.Standing, c *op.Claim, _ *time.Time) {
			c.CodeVerifier = strings.Repeat("a", 43) + " "
			s.Grant.CodeChallenge = op.CodeChallenge(c.CodeVerifier)
		}, "invalid_grant"},
		"verifier without challenge": {func(s *op.Standing, c *op.Claim, _ *time.Time) {
			s.Grant.CodeChallenge, c.Client.PKCEOptional = "", true
		}, "invalid_grant"},
		"no PKCE, allowed": {func(s *op.Standing, c *op.Claim, _ *time.Time) {
			s.Grant.CodeChallenge, c.Client.PKCEOptional, c.CodeVerifier = "", true, ""
		}, ""},
		"no PKCE, not allowed any more": {func(s *op.Standing, c *op.Claim, _ *time.Time) {
			s.Grant.CodeChallenge, c.CodeVerifier = "", ""
		}, "invalid_grant"},
		"no PKCE, no nonce": {func(s *op.Standing, c *op.Claim, _ *time.Time) {
			s.Grant.CodeChallenge, s.Grant.Nonce, c.Client.PKCEOptional, c.CodeVerifier = "", "", true, ""
		}, "invalid_grant"},
		"no PKCE, public": {func(s *op.Standing, c *op.Claim, _ *time.Time) {
			s.Grant.CodeChallenge, c.Client.PKCEOptional, c.CodeVerifier, c.Client.AuthMethod = "", true, "", op.AuthNone
		}, "invalid_grant"},
		"grant ended":               {func(s *op.Standing, _ *op.Claim, _ *time.Time) { s.Grant.EndedAt = noon }, "invalid_grant"},
		"session ended":             {func(s *op.Standing, _ *op.Claim, _ *time.Time) { s.SessionEndedAt = noon }, "invalid_grant"},
		"session over":              {func(s *op.Standing, _ *op.Claim, _ *time.Time) { s.SessionDeadline = noon }, "invalid_grant"},
		"session ended, offline":    {func(s *op.Standing, _ *op.Claim, _ *time.Time) { s.Grant.Offline, s.SessionEndedAt = true, noon }, "invalid_grant"},
		"session over, offline":     {func(s *op.Standing, _ *op.Claim, _ *time.Time) { s.Grant.Offline, s.SessionDeadline = true, noon }, "invalid_grant"},
		"link ended and taken back": {func(s *op.Standing, _ *op.Claim, _ *time.Time) { s.Person.Link.Version++ }, "invalid_grant"},
		"linked again":              {func(s *op.Standing, _ *op.Claim, _ *time.Time) { s.Person.Link.ID = "li_9" }, "invalid_grant"},
		"link ended":                {func(s *op.Standing, _ *op.Claim, _ *time.Time) { s.Person.Link = account.Link{} }, "invalid_grant"},
		"link of another":           {func(s *op.Standing, _ *op.Claim, _ *time.Time) { s.Person.Link.Account = "ac_9" }, "invalid_grant"},
		"account disabled":          {func(s *op.Standing, _ *op.Claim, _ *time.Time) { s.Person.Account.Status = account.Disabled }, "invalid_grant"},
		"product account gone":      {func(s *op.Standing, _ *op.Claim, _ *time.Time) { s.Person.ProductAccount.ID = "pa_9" }, "invalid_grant"},
	} {
		t.Run(name, func(t *testing.T) {
			s, c, now := standing(signedIn()), claim(), noon
			test.change(&s, &c, &now)
			err := op.Redeem(s, c, now)
			if got := outcome(err); got != test.want {
				t.Errorf("got %q (%v), want %q", got, err, test.want)
			}
			if refused, ok := errors.AsType[*op.TokenError](err); ok && refused.Replayed != (s.Uses != 1) {
				t.Errorf("replayed: %v", refused.Replayed)
			}
		})
	}
}

func TestChallengeOfTheRFC(t *testing.T) {
	if got := op.CodeChallenge(verifier); got != challenge {
		t.Errorf("got %s", got)
	}
}

func TestGrantIsHonest(t *testing.T) {
	for name, test := range map[string]struct {
		session *op.Session
		acr     string
		amr     string
		full    bool
	}{
		"account's password":     {signedIn(), op.ACRAccount, "pwd", true},
		"product's password":     {limited(""), op.ACRLegacy, "pwd", false},
		"product's, has account": {limited("ac_1"), op.ACRLegacy, "pwd", false},
	} {
		t.Run(name, func(t *testing.T) {
			g := standing(test.session).Grant
			if g.ACR != test.acr || strings.Join(g.AMR, " ") != test.amr || g.Full() != test.full || !g.AuthAt.Equal(test.session.AuthAt) {
				t.Errorf("%+v", g)
			}
		})
	}
	mailbox := limited("")
	mailbox.Methods = []account.Method{account.MailboxLink}
	if amr := standing(mailbox).Grant.AMR; amr != nil {
		t.Errorf("a mailbox counts as %v", amr)
	}
}

func TestSIDsOfTwoClientsAreUnrelated(t *testing.T) {
	if op.SID("se_1", "pim") == op.SID("se_1", "sdm") || op.SID("se_1", "pim") == op.SID("se_2", "pim") {
		t.Error("two are the same")
	}
}

// TestAccessTokenIsReadStrictly (ATK-105): of this issuer, for it, of its type, of now.
func TestAccessTokenIsReadStrictly(t *testing.T) {
	good, err := op.AccessClaims(standing(signedIn()), issuer, "at_1", noon)
	if err != nil {
		t.Fatal(err)
	}
	change := func(name string, value any) string {
		claims := map[string]any{}
		if err := json.Unmarshal(good, &claims); err != nil {
			t.Fatal(err)
		}
		claims[name] = value
		encoded, err := json.Marshal(claims)
		if err != nil {
			t.Fatal(err)
		}
		return string(encoded)
	}
	verify := func(compact, typ string) (json.RawMessage, error) {
		if typ != op.TypeAccessToken {
			return nil, errors.New("asked for another type")
		}
		return unsigned(compact, op.TypeIDToken)
	}
	for name, test := range map[string]struct {
		compact string
		now     time.Time
		want    string
	}{
		"good":               {string(good), noon, ""},
		"in the last second": {string(good), noon.Add(op.AccessTokenTTL - 1), ""},
		"expired":            {string(good), noon.Add(op.AccessTokenTTL), "access.expired"},
		"no signature":       {"else", noon, "access.invalid"},
		"another issuer":     {change("iss", "https://else.example"), noon, "access.invalid"},
		"another audience":   {change("aud", "pim"), noon, "access.invalid"},
		"two audiences":      {change("aud", []string{issuer, "pim"}), noon, "access.invalid"},
		"no grant":           {change("grant_id", ""), noon, "access.invalid"},
		"no subject":         {change("sub", ""), noon, "access.invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			access, err := op.ReadAccess(test.compact, issuer, verify, test.now)
			if got := outcome(err); got != test.want {
				t.Fatalf("got %q, want %q", got, test.want)
			}
			if err == nil && (access.Grant != "gr_1" || access.Client != "pim" || access.Subject != "sub_1") {
				t.Errorf("%+v", access)
			}
		})
	}
}
