//go:build servers

package ldapconn_test

import (
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ligature/internal/connector"
	"ligature/internal/connector/connectortest"
	"ligature/internal/connector/guard"
	"ligature/internal/connector/ldapconn"
	"ligature/internal/testkit/servers"
)

// TestMain stops the server that the tests started.
func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

// policies are two password policies in the directory.
func policies(t *testing.T, d servers.Directory) {
	t.Helper()
	policy := func(name string, more map[string][]string) {
		attributes := map[string][]string{"objectClass": {"applicationProcess", "pwdPolicy"}, "pwdAttribute": {"userPassword"}, "pwdLockout": {"TRUE"},
			"pwdMaxFailure": {"3"}, "pwdLockoutDuration": {"900"}, "pwdMustChange": {"TRUE"}, "pwdMaxAge": {"3600"}}
		for name, values := range more {
			attributes[name] = values
		}
		d.Add(t, "cn="+name+","+d.Base, attributes)
	}
	policy("strict", nil)
	policy("graceful", map[string][]string{"pwdGraceAuthNLimit": {"5"}})
}

// add puts a person of the suite into the directory.
func add(t *testing.T, d servers.Directory, p connectortest.Person) string {
	t.Helper()
	dn := "uid=" + ldap.EscapeDN(p.Username) + "," + d.Base
	attributes := map[string][]string{
		"objectClass": {"inetOrgPerson", "acmePerson"}, "uid": {p.Username}, "cn": {p.Name}, "sn": {p.Name}, "employeeNumber": {p.ID},
		"preferredLanguage": {p.Locale}, "userAccountControl": {"512"},
	}
	maybe := func(name, value string, is bool) {
		if is {
			attributes[name] = []string{value}
		}
	}
	maybe("mail", p.Email, p.Email != "")
	maybe("departmentNumber", p.Generation, p.Generation != "")
	maybe("userPassword", p.Password, p.Password != "")
	maybe("employeeType", "administrator", p.Flags.Privileged)
	maybe("employeeType", "shared", p.Flags.Shared)
	maybe("userAccountControl", "514", p.Flags.Disabled)
	maybe("pwdPolicySubentry", "cn=strict,"+d.Base, p.Flags.Locked || p.Flags.MustReset)
	d.Add(t, dn, attributes)
	if p.Flags.Locked {
		change(t, d, dn, "pwdAccountLockedTime", "000001010000Z")
	}
	if p.Flags.MustReset {
		change(t, d, dn, "pwdReset", "TRUE")
	}
	return dn
}

// change is what the product does.
func change(t *testing.T, d servers.Directory, dn, attribute string, values ...string) {
	t.Helper()
	request := ldap.NewModifyRequest(dn, nil)
	request.Replace(attribute, values)
	if err := d.Owner.Modify(request); err != nil {
		t.Fatalf("change %s: %v", attribute, err)
	}
}

// authority is what vouches for the directory.
func authority(d servers.Directory) []byte {
	text, _ := os.ReadFile(d.CA)
	return text
}

// options ask that directory by StartTLS.
func options(d servers.Directory) ldapconn.Options {
	return ldapconn.Options{
		URL: "ldap://" + d.Addr, CA: authority(d), BindDN: d.Reader, BindPassword: []byte(d.Password), Base: d.Base,
		ByEmail: "(&(objectClass=inetOrgPerson)(mail=:email))", ByUsername: "(&(objectClass=inetOrgPerson)(uid=:username))",
		List: "(objectClass=inetOrgPerson)", ID: "employeeNumber", Attributes: map[string]string{"generation": "departmentNumber"},
		Flags: map[string][]string{
			"disabled": {"userAccountControl & 2"}, "locked": {"pwdAccountLockedTime = 000001010000Z"}, "must_reset": {"pwdReset = TRUE"},
			"privileged": {"employeeType = administrator"}, "shared": {"employeeType = shared"},
		},
		Now: time.Now,
	}
}

func open(t *testing.T, o ldapconn.Options) connector.Connector {
	t.Helper()
	c, err := ldapconn.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestConnectorSuiteOnOpenLDAP(t *testing.T) {
	d := servers.LDAP(t)
	policies(t, d)
	for _, p := range connectortest.People() {
		add(t, d, p)
	}
	byName := options(d)
	byName.ByUsername = "(entryDN=uid=:username," + d.Base + ")"
	for name, c := range map[string]struct {
		options ldapconn.Options
		scheme  string
		to      string
		wrap    func(connector.Connector) connector.Connector
	}{
		"StartTLS":           {options(d), "ldap://", d.Addr, func(c connector.Connector) connector.Connector { return c }},
		"ldaps, guarded":     {options(d), "ldaps://", d.SecureAddr, func(c connector.Connector) connector.Connector { return guard.New(c, guard.Options{Failures: 1000}) }},
		"by a name of names": {byName, "ldap://", d.Addr, func(c connector.Connector) connector.Connector { return c }},
	} {
		t.Run(name, func(t *testing.T) {
			before := written(d.Dump(t))
			connectortest.Run(t, func(t *testing.T) connectortest.World {
				var calls atomic.Int64
				w := servers.NewWire(t, c.to, func() { calls.Add(1) })
				o := c.options
				o.URL = c.scheme + w.Addr()
				return connectortest.World{
					Connector: c.wrap(open(t, o)), Has: connector.Abilities{Find: true, Verify: true, List: true}, FoldsCase: true, SaysWhich: true,
					Break: w.Pull, Repair: w.Plug, Stall: w.Stall, Calls: func() int { return int(calls.Load()) },
				}
			})
			if after := written(d.Dump(t)); after != before {
				t.Errorf("the directory changed: %d bytes, were %d", len(after), len(before))
			}
		})
	}
}

// written leaves out what the server notes of failed binds by itself (with number and time of the change), and the order in which it answers.
func written(dump string) string {
	entry, kept := "", []string{}
	for line := range strings.Lines(dump) {
		if !strings.HasPrefix(line, " ") {
			entry = line
		}
		if name, _, _ := strings.Cut(strings.TrimSpace(line), ":"); !slices.Contains([]string{"pwdFailureTime", "entryCSN", "modifyTimestamp"}, name) {
			kept = append(kept, entry+line)
		}
	}
	slices.Sort(kept)
	return strings.Join(kept, "")
}
