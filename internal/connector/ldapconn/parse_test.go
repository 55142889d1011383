package ldapconn

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"ligature/internal/connector"
)

// An inner test: the parsers, without a directory.

func TestTemplate(t *testing.T) {
	for _, c := range []struct{ text, name, typed, want string }{
		{"(mail=:email)", "email", "ada@acme.example", "(mail=ada@acme.example)"},
		{"(&(objectClass=person)(uid=:username))", "username", "*)(uid=*", `(&(objectClass=person)(uid=\2a\29\28uid=\2a))`},
		{"(uid=:username)", "username", `a\b`, `(uid=a\5cb)`},
		{"(uid=:username)", "username", "zoé", `(uid=zo\c3\a9)`},
		{"(proxyAddresses=smtp::email)", "email", "ada@acme.example", "(proxyAddresses=smtp:ada@acme.example)"},
		{"(|(uid=:username)(sAMAccountName=:username))", "username", "ada", "(|(uid=ada)(sAMAccountName=ada))"},
		{"(cn:caseExactMatch:=:username)", "username", "ada", "(cn:caseExactMatch:=ada)"},
		{"(&(userAccountControl:1.2.840.113556.1.4.803:=512)(uid=:username))", "username", "ada", "(&(userAccountControl:1.2.840.113556.1.4.803:=512)(uid=ada))"},
		{"(entryDN=uid=:username,ou=people,dc=acme)", "username", "ada, o=x", `(entryDN=uid=ada\5c, o=x,ou=people,dc=acme)`},
		{"(entryDN=uid=:username,ou=people,dc=acme)", "username", `a+b"c\d<e>;*()`, `(entryDN=uid=a\5c+b\5c"c\5c\5cd\5c<e\5c>\5c;\2a\28\29,ou=people,dc=acme)`},
		{"(entryDN=uid=:username,ou=people,dc=acme)", "username", "#ada", `(entryDN=uid=\5c#ada,ou=people,dc=acme)`},
	} {
		f, err := translate(c.text, c.name)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := f.fill(value{text: c.typed}); got != c.want {
			t.Errorf("%s with %s is %s, want %s", c.text, c.typed, got, c.want)
		}
	}
	for _, text := range []string{"", "mail=:email", "(mail=x)", "(:email=x)", "(mail=:email", "(mail=:email))", "(mail=:username)", "(&(mail=:email)(uid=:username))", "(mail=:emailx)", "(&)", " (mail=:email)",
		"(mail=:email)" + strings.Repeat(" ", 5000), "(mail=\xff:email)"} {
		if _, err := translate(text, "email"); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func TestPlainValue(t *testing.T) {
	for _, text := range []string{"ada", "zoé", `*)(uid=*`, "o'brien 100%_\\"} {
		if !plainValue(text) {
			t.Errorf("%q is not asked for", text)
		}
	}
	// A directory folds these away, and would find ada (RFC 4518 section 2.2).
	for _, text := range []string{"", " ada", "ada ", "ada\n", "a\x00da", "a\u00adda", "ada\u200b", "\ufeffada", "a\xffda", "a\ufffdda", strings.Repeat("a", 1025)} {
		if plainValue(text) {
			t.Errorf("%q is asked for", text)
		}
	}
}

func TestGUID(t *testing.T) {
	raw := []byte{0x04, 0x4f, 0x4f, 0x3f, 0x89, 0x4f, 0xd3, 0x11, 0x9a, 0x0c, 0x03, 0x05, 0xe8, 0x2c, 0x33, 0x01}
	const text = "3f4f4f04-4f89-11d3-9a0c-0305e82c3301"
	if got := formatGUID(raw); got != text {
		t.Errorf("%s, want %s", got, text)
	}
	if got, ok := parseGUID(text); !ok || !bytes.Equal(got, raw) {
		t.Errorf("%x, %v", got, ok)
	}
	for _, other := range []string{"", strings.ToUpper(text), "{" + text[1:35] + "}", text[:35], text + "0", strings.ReplaceAll(text, "-", "x"), "3f4f4f044-f89-11d3-9a0c-0305e82c3301"} {
		if _, ok := parseGUID(other); ok {
			t.Errorf("%q was taken", other)
		}
	}
}

func TestRules(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	entry := ldap.NewEntry("cn=x", map[string][]string{
		"userAccountControl": {"514"}, "memberOf": {"CN=Staff,DC=acme", "CN=Operators, OU=Groups,DC=acme"}, "active": {"TRUE"}, "lockoutTime": {"134170743070000000"},
		"never": {"9223372036854775807"}, "zero": {"0"}, "lockedAt": {"20260304050000Z"}, "forever": {"000001010000Z"}, "text": {"abc"}, "precise": {"20260304050559.5+0000"},
	})
	for text, want := range map[string]bool{
		"userAccountControl & 2": true, "userAccountControl&0x200": true, "userAccountControl & 3": false, "! userAccountControl & 2": false, "useraccountcontrol & 2": true,
		"memberOf = cn=operators,ou=groups,dc=acme": true, "memberOf = cn=operators,dc=acme": false, "active = true": true, "! active = TRUE": false,
		"!inactive = TRUE": true, "missing": false, "! missing": true, "active": true, "! active": false, "missing & 1": false, "missing within 1h": false,
		"lockedAt within 10m": true, "lockedAt within 5m": false, "forever within 10m": false, "never within 1h": false, "zero within 1h": false,
		"lockoutTime within 24h": true, "lockoutTime within 1s": false, "precise within 9s": true, "precise within 7s": false,
	} {
		r, err := parseRule(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, err := r.holds(entry, now); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "!", "=x", "a =", "a & x", "a & -1", "a & 0", "a within", "a within soon", "a within -1h", "a ~ b", "a b", "!!a", "a;=b", "ä = b"} {
		if r, err := parseRule(text); err == nil {
			t.Errorf("%q was taken as %+v", text, r)
		}
	}
	for _, text := range []string{"text & 1", "text within 1h"} {
		r, err := parseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := r.holds(entry, now); err == nil {
			t.Errorf("%s was answered: %v", text, got)
		}
	}
}

// Active Directory's reasons, in its own words (MS-ADTS section 3.1.1.3.1.5 and winerror.h).
func TestWindowsReasons(t *testing.T) {
	for reason, want := range map[string]connector.Outcome{
		"525": connector.NotFound, "52e": connector.WrongPassword, "530": connector.Locked, "531": connector.Disabled, "532": connector.MustReset,
		"533": connector.Disabled, "701": connector.Disabled, "773": connector.MustReset, "775": connector.Locked, "52E": connector.WrongPassword, "0": connector.Rejected, "57": connector.Rejected,
	} {
		err := ldap.NewError(ldap.LDAPResultInvalidCredentials, errors.New("80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data "+reason+", v3839"))
		if got, err := judge(err, nil); err != nil || got != want {
			t.Errorf("data %s: %s, %v; want %s", reason, got, err, want)
		}
	}
}

// Whatever a directory answers to a bind, only an unclouded success is a proof.
func TestJudge(t *testing.T) {
	behera := func(code int8) ldap.Control {
		return &ldap.ControlBeheraPasswordPolicy{Expire: -1, Grace: -1, Error: code}
	}
	grace := &ldap.ControlBeheraPasswordPolicy{Expire: -1, Grace: 2, Error: -1}
	warned := &ldap.ControlBeheraPasswordPolicy{Expire: 3600, Grace: -1, Error: -1}
	must := &ldap.ControlVChuPasswordMustChange{MustChange: true}
	for name, c := range map[string]struct {
		result   uint16
		controls []ldap.Control
		want     connector.Outcome
	}{
		"success": {0, nil, connector.Match}, "quiet policy": {0, []ldap.Control{behera(-1)}, connector.Match}, "expires soon": {0, []ldap.Control{warned}, connector.Match},
		"grace": {0, []ldap.Control{grace}, connector.MatchWeak}, "reset": {0, []ldap.Control{behera(2)}, connector.MustReset}, "success of an expired": {0, []ldap.Control{behera(0)}, connector.MustReset},
		"success of a locked": {0, []ldap.Control{behera(1)}, connector.Locked}, "locked before must": {0, []ldap.Control{must, behera(1)}, connector.Locked},
		"old policy": {0, []ldap.Control{must}, connector.MustReset}, "old policy, refused": {49, []ldap.Control{must}, connector.MustReset},
		"unknown policy": {0, []ldap.Control{behera(5)}, ""}, "wrong": {49, nil, connector.WrongPassword}, "wrong with grace": {49, []ldap.Control{grace}, connector.WrongPassword},
		"expired": {49, []ldap.Control{behera(0)}, connector.MustReset}, "locked": {49, []ldap.Control{behera(1)}, connector.Locked}, "no password": {48, nil, connector.WrongPassword},
		"too many": {19, nil, connector.Locked}, "unwilling": {53, nil, ""}, "busy": {51, nil, ""}, "referral": {10, nil, ""}, "no such entry": {32, nil, ""}, "in progress": {14, nil, ""},
		"stronger": {8, nil, ""}, "other": {80, nil, ""},
	} {
		var err error
		if c.result != 0 {
			err = ldap.NewError(c.result, errors.New("said the directory"))
		}
		got, problem := judge(err, c.controls)
		if got != c.want || (problem == nil) == (c.want == "") {
			t.Errorf("%s: %q, %v; want %q", name, got, problem, c.want)
		}
		if problem != nil && strings.Contains(problem.Error(), "said the directory") {
			t.Errorf("%s: the directory's own words are in %v", name, problem)
		}
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add("(&(objectClass=person)(mail=:email))", "ada@acme.example")
	f.Add("(entryDN=uid=:email,ou=people,dc=acme)", `a+b"c\d<e>;*()`)
	f.Add("(proxyAddresses=smtp::email)", "*)(uid=*")
	f.Add("(cn:caseExactMatch:=:email)", "\\2a")
	f.Fuzz(func(t *testing.T, text, typed string) {
		tmpl, err := translate(text, "email")
		if err != nil || !plainValue(typed) {
			return
		}
		// Whatever is typed, the filter has the same parts as with any other value.
		filled, err := ldap.CompileFilter(tmpl.fill(value{text: typed}))
		if err != nil {
			t.Fatalf("%q with %q: %v", text, typed, err)
		}
		plain, err := ldap.CompileFilter(tmpl.fill(value{text: "x"}))
		if err != nil || outline(filled) != outline(plain) {
			t.Fatalf("%q with %q is another filter", text, typed)
		}
	})
}

// outline is what a filter is made of, without the values.
func outline(p *ber.Packet) string {
	var out strings.Builder
	out.WriteString(p.Description + "(")
	for _, child := range p.Children {
		out.WriteString(outline(child))
	}
	return out.String() + ")"
}

func FuzzGUID(f *testing.F) {
	f.Add([]byte("0123456789abcdef"))
	f.Add([]byte("3f4f4f04-4f89-11d3-9a0c-0305e82c3301"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		id := newID("objectGUID")
		if text, err := id.text(raw); err == nil {
			if back, ok := parseGUID(text); !ok || !bytes.Equal(back, raw) {
				t.Fatalf("%x became %s became %x", raw, text, back)
			}
		}
		if parsed, ok := parseGUID(string(raw)); ok && formatGUID(parsed) != string(raw) {
			t.Fatalf("%q was taken, and is not its own form", raw)
		}
	})
}

func FuzzPolicyControl(f *testing.F) {
	f.Add([]byte{0x30, 0x03, 0x81, 0x01, 0x01}, uint16(49))
	f.Add([]byte{0x30, 0x03, 0x81, 0x01, 0x02}, uint16(0))
	f.Add([]byte{0x30, 0x05, 0xa0, 0x03, 0x81, 0x01, 0x04}, uint16(0))
	f.Add([]byte{0x30, 0x00}, uint16(0))
	f.Fuzz(func(t *testing.T, body []byte, result uint16) {
		packet := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
		packet.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, ldap.ControlTypeBeheraPasswordPolicy, ""))
		packet.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, string(body), ""))
		control, err := ldap.DecodeControl(packet)
		if err != nil {
			return
		}
		var said error
		if result != 0 {
			said = ldap.NewError(result, errors.New("no"))
		}
		got, err := judge(said, []ldap.Control{control})
		if (got.Proven() && result != 0) || (err == nil) == (got == "") {
			t.Fatalf("result %d with %x is %q, %v", result, body, got, err)
		}
		if c, ok := control.(*ldap.ControlBeheraPasswordPolicy); ok && c.Error >= 0 && got.Proven() {
			t.Fatalf("an error of the policy (%d) is %s", c.Error, got)
		}
	})
}

func FuzzAddress(f *testing.F) {
	for _, text := range []string{"ldap://ldap.acme.example", "ldaps://10.0.0.7:1636", "ldap://[::1]", "ldap://localhost:389/", "ldap://u:p@h", "ldapi:///run/ldapi", "ldaps://h/dc=acme?x"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, err := parseURL(text)
		if err != nil {
			if len(text) > 12 && strings.Contains(err.Error(), text) {
				t.Fatalf("%q is repeated in %v", text, err)
			}
			return
		}
		if at.host == "" || !strings.HasSuffix(at.address, ":389") && !strings.Contains(text, ":") {
			t.Fatalf("%q is %+v", text, at)
		}
		if at.local && at.host != "localhost" && !strings.HasPrefix(at.host, "127.") && !strings.Contains(at.host, ":") {
			t.Fatalf("%q is taken for this machine", text)
		}
	})
}

func FuzzRule(f *testing.F) {
	for _, text := range []string{"userAccountControl & 2", "! active = TRUE", "pwdAccountLockedTime within 15m", "memberOf = cn=a,dc=b"} {
		f.Add(text, "20260304050607Z")
	}
	f.Add("a within 1h", "134170815670000000")
	f.Fuzz(func(t *testing.T, text, held string) {
		r, err := parseRule(text)
		if err != nil {
			return
		}
		entry := ldap.NewEntry("cn=x", map[string][]string{r.attribute: {held}})
		once, err := r.holds(entry, time.Unix(1_800_000_000, 0))
		if err != nil {
			return
		}
		r.not = !r.not
		if twice, err := r.holds(entry, time.Unix(1_800_000_000, 0)); err != nil || once == twice {
			t.Fatalf("%q and its opposite both are %v for %q", text, once, held)
		}
	})
}
