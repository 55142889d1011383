//go:build servers

package ldapconn_test

import (
	"errors"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/goccy/go-yaml"

	"ligature/internal/connector"
	"ligature/internal/connector/connectortest"
	"ligature/internal/connector/ldapconn"
	"ligature/internal/fault"
	"ligature/internal/ident"
	"ligature/internal/testkit/servers"
)

// julia is somebody in a directory of her own, and how it is asked.
func julia(t *testing.T) (d servers.Directory, dn string, o ldapconn.Options) {
	t.Helper()
	d = servers.LDAP(t)
	policies(t, d)
	dn = add(t, d, connectortest.People()[0])
	return d, dn, options(d)
}

func verify(t *testing.T, c connector.Connector, id, password string) connector.Outcome {
	t.Helper()
	answer, err := c.(connector.Verifier).Verify(t.Context(), connector.Check{ExternalID: ident.ExternalID(id), Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return answer.Outcome
}

// What OpenLDAP's policy says, by the server itself.
func TestPolicy(t *testing.T) {
	for name, c := range map[string]struct {
		policy string
		change map[string]string
		typed  string
		want   connector.Outcome
	}{
		"none":                            {"", nil, "", connector.Match},
		"in order":                        {"strict", nil, "", connector.Match},
		"wrong":                           {"strict", nil, "no", connector.WrongPassword},
		"locked a minute ago":             {"strict", map[string]string{"pwdAccountLockedTime": at(-time.Minute)}, "", connector.Locked},
		"locked, and wrong":               {"strict", map[string]string{"pwdAccountLockedTime": at(-time.Minute)}, "no", connector.Locked},
		"locked longer ago than it lasts": {"strict", map[string]string{"pwdAccountLockedTime": at(-time.Hour)}, "", connector.Match},
		"expired":                         {"strict", map[string]string{"pwdChangedTime": at(-24 * time.Hour)}, "", connector.MustReset},
		"expired, and wrong":              {"strict", map[string]string{"pwdChangedTime": at(-24 * time.Hour)}, "no", connector.WrongPassword},
		"expired, with grace":             {"graceful", map[string]string{"pwdChangedTime": at(-24 * time.Hour)}, "", connector.MatchWeak},
		"reset by somebody else":          {"strict", map[string]string{"pwdReset": "TRUE"}, "", connector.MustReset},
		"reset by somebody else, wrong":   {"strict", map[string]string{"pwdReset": "TRUE"}, "no", connector.WrongPassword},
	} {
		t.Run(name, func(t *testing.T) {
			d, dn, o := julia(t)
			o.Flags = nil
			if c.policy != "" {
				change(t, d, dn, "pwdPolicySubentry", "cn="+c.policy+","+d.Base)
			}
			for attribute, value := range c.change {
				relaxed(t, d, dn, attribute, value)
			}
			password := c.typed
			if password == "" {
				password = connectortest.People()[0].Password
			}
			if got := verify(t, open(t, o), "7", password); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func at(ago time.Duration) string { return time.Now().Add(ago).UTC().Format("20060102150405Z") }

// relaxed changes what the server otherwise keeps for itself.
func relaxed(t *testing.T, d servers.Directory, dn, attribute, value string) {
	t.Helper()
	request := ldap.NewModifyRequest(dn, []ldap.Control{ldap.NewControlString("1.3.6.1.4.1.4203.666.5.12", true, "")})
	request.Replace(attribute, []string{value})
	if err := d.Owner.Modify(request); err != nil {
		t.Fatalf("change %s: %v", attribute, err)
	}
}

// The product's own lock holds here, and a locked user is not asked about any more.
func TestLockedByItsOwnProduct(t *testing.T) {
	d, dn, o := julia(t)
	change(t, d, dn, "pwdPolicySubentry", "cn=strict,"+d.Base)
	o.Flags["locked"] = []string{"pwdAccountLockedTime within 15m"}
	c := open(t, o)
	for range 3 {
		if got := verify(t, c, "7", "wrong"); got != connector.WrongPassword {
			t.Fatalf("%s, want wrong_password", got)
		}
	}
	before := d.Dump(t)
	if got := verify(t, c, "7", connectortest.People()[0].Password); got != connector.Locked {
		t.Errorf("%s, want locked", got)
	}
	if d.Dump(t) != before {
		t.Error("the directory was asked about a locked user")
	}
}

// The attributes that tell people apart by themselves.
func TestStableIDs(t *testing.T) {
	d, dn, o := julia(t)
	raw := string([]byte{0x04, 0x3f, '*', '(', 0xe0, 0x4f, 0x89, 0x11, 0x9a, 0x0c, 0x00, 0x05, 0xe8, 0x2c, ')', '\\'})
	change(t, d, dn, "objectGUID", raw)
	for id, want := range map[string]string{"entryUUID": "", "objectGUID": "282a3f04-4fe0-1189-9a0c-0005e82c295c"} {
		o.ID = id
		c := open(t, o)
		records, err := c.(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByUsername, Value: "julia"})
		if err != nil || len(records) != 1 || len(records[0].ExternalID) != 36 || (want != "" && string(records[0].ExternalID) != want) {
			t.Fatalf("%s: %v, %v", id, records, err)
		}
		found := string(records[0].ExternalID)
		// Another name does not make another person.
		request := ldap.NewModifyDNRequest(dn, "cn=Julia "+id, false, "")
		if err := d.Owner.ModifyDN(request); err != nil {
			t.Fatal(err)
		}
		dn = "cn=Julia " + id + "," + d.Base
		if got := verify(t, c, found, connectortest.People()[0].Password); got != connector.Match {
			t.Errorf("%s: %s", id, got)
		}
		for _, other := range []string{strings.ToUpper(found), "{" + found + "}", strings.ReplaceAll(found, "-", ""), "00000000-0000-0000-0000-000000000000", "*"} {
			answer, err := c.(connector.Verifier).Verify(t.Context(), connector.Check{ExternalID: ident.ExternalID(other), Password: connectortest.People()[0].Password})
			if err == nil && answer.Outcome != connector.NotFound {
				t.Errorf("%s: %s was taken for %s: %s", id, other, found, answer.Outcome)
			}
		}
	}
}

// Nothing is sent to a server that is not the one that was meant.
func TestTLS(t *testing.T) {
	d, _, right := julia(t)
	other := servers.MariaDB(t).CA // another authority
	for name, c := range map[string]struct {
		change func(o *ldapconn.Options)
		want   string
	}{
		"StartTLS":                           {func(*ldapconn.Options) {}, ""},
		"ldaps":                              {func(o *ldapconn.Options) { o.URL = "ldaps://" + d.SecureAddr }, ""},
		"in the open on this machine":        {func(o *ldapconn.Options) { o.CA = nil }, ""},
		"by another name of the certificate": {func(o *ldapconn.Options) { o.ServerName = servers.CertifiedName }, ""},
		"by a name it does not have":         {func(o *ldapconn.Options) { o.ServerName = "else.example" }, "ldapconn.unreachable"},
		"an authority of somebody else's":    {func(o *ldapconn.Options) { o.CA = authority(servers.Directory{CA: other}) }, "ldapconn.unreachable"},
		"the machine's authorities":          {func(o *ldapconn.Options) { o.CA, o.TLS = nil, "starttls" }, "ldapconn.unreachable"},
		"ldaps where StartTLS is":            {func(o *ldapconn.Options) { o.URL = "ldaps://" + d.Addr }, "ldapconn.unreachable"},
		"a wrong password of the account":    {func(o *ldapconn.Options) { o.BindPassword = []byte("wrong") }, "ldapconn.account"},
		"an account that is not there":       {func(o *ldapconn.Options) { o.BindDN = "cn=nobody," + d.Base }, "ldapconn.account"},
		"a base that is not there":           {func(o *ldapconn.Options) { o.Base = "ou=nowhere," + d.Base }, "ldapconn.query"},
		"no account, where one is needed":    {func(o *ldapconn.Options) { o.BindDN, o.BindPassword = "", nil }, "ldapconn.query"},
	} {
		t.Run(name, func(t *testing.T) {
			o := right
			c.change(&o)
			conn, err := ldapconn.Open(t.Context(), o)
			if err == nil {
				_ = conn.Close()
			}
			said, _ := errors.AsType[*fault.Error](err)
			if (err == nil) != (c.want == "") || (err != nil && (said == nil || said.Key != c.want || said.Kind != fault.Unavailable)) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// What one person's entry holds is that person's trouble alone.
func TestUnusableEntries(t *testing.T) {
	d, dn, o := julia(t)
	o.ID, o.Attributes = "departmentNumber", nil
	change(t, d, add(t, d, connectortest.People()[1]), "departmentNumber", "8")
	change(t, d, dn, "departmentNumber", "7", "77")
	c := open(t, o)
	if _, err := c.(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByUsername, Value: "julia"}); !errors.Is(err, connector.ErrRecord) {
		t.Errorf("two ids: %v", err)
	}
	if got := verify(t, c, "8", connectortest.People()[1].Password); got != connector.Match {
		t.Errorf("the next one: %s", got)
	}
	change(t, d, dn, "departmentNumber", "8")
	if _, err := c.(connector.Verifier).Verify(t.Context(), connector.Check{ExternalID: "8", Password: "x"}); !errors.Is(err, connector.ErrRecord) {
		t.Errorf("two entries with one id: %v", err)
	}
	if _, _, err := c.(connector.Lister).List(t.Context(), "", 10); !errors.Is(err, connector.ErrRecord) {
		t.Errorf("a list with one id twice: %v", err)
	}
}

// docs/connectors/ldap.md says that its example was run as printed.
func TestDocumentedExampleRuns(t *testing.T) {
	text, err := os.ReadFile("../../../docs/connectors/ldap.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "## OpenLDAP\n")
	_, block, _ = strings.Cut(block, "```yaml\n")
	block, _, _ = strings.Cut(block, "```")
	var printed struct {
		Connectors []struct {
			LDAP ldapconn.Options `yaml:"ldap"`
		} `yaml:"connectors"`
	}
	if err := yaml.Unmarshal([]byte(block), &printed); err != nil || len(printed.Connectors) != 1 {
		t.Fatalf("%v: %s", err, block)
	}
	d := servers.LDAP(t)
	policies(t, d)
	for _, p := range connectortest.People() {
		add(t, d, p)
	}
	o := printed.Connectors[0].LDAP
	o.URL, o.CA, o.BindDN, o.BindPassword, o.Base, o.Now = "ldaps://"+d.SecureAddr, authority(d), d.Reader, []byte(d.Password), d.Base, time.Now
	c := open(t, o)
	for username, want := range map[string]connector.Outcome{"julia": connector.Match, "sandra": connector.Locked, "julien": connector.MustReset} {
		for _, p := range connectortest.People() {
			if p.Username != username {
				continue
			}
			records, err := c.(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByEmail, Value: p.Email})
			if err != nil || len(records) != 1 || records[0].Username != username || records[0].Flags != p.Flags {
				t.Fatalf("%s: %+v, %v", username, records, err)
			}
			if got := verify(t, c, string(records[0].ExternalID), p.Password); got != want {
				t.Errorf("%s: %s, want %s", username, got, want)
			}
		}
	}
}

// A referral is not followed: it would take the password to a server that nobody configured.
func TestReferralsAreNotFollowed(t *testing.T) {
	d, dn, o := julia(t)
	elsewhere, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = elsewhere.Close() })
	var visits atomic.Int64
	go func() {
		for {
			conn, err := elsewhere.Accept()
			if err != nil {
				return
			}
			visits.Add(1)
			_ = conn.Close()
		}
	}()
	d.Add(t, "ou=elsewhere,"+d.Base, map[string][]string{"objectClass": {"referral", "extensibleObject"}, "ou": {"elsewhere"}, "ref": {"ldap://" + elsewhere.Addr().String() + "/ou=people,dc=else"}})
	c := open(t, o)
	records, err := c.(connector.Finder).Find(t.Context(), connector.Query{By: connector.ByUsername, Value: "julia"})
	if err != nil || len(records) != 1 {
		t.Errorf("beside a referral: %d records, %v", len(records), err)
	}
	if got := verify(t, c, "7", connectortest.People()[0].Password); got != connector.Match {
		t.Errorf("%s beside %s", got, dn)
	}
	o.Base = "ou=below,ou=elsewhere," + d.Base
	if _, err := ldapconn.Open(t.Context(), o); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a base that is elsewhere: %v, want unavailable", err)
	}
	if n := visits.Load(); n != 0 {
		t.Errorf("the other server was visited %d times", n)
	}
	request := ldap.NewDelRequest("ou=elsewhere,"+d.Base, []ldap.Control{ldap.NewControlManageDsaIT(true)})
	if err := d.Owner.Del(request); err != nil {
		t.Fatal(err)
	}
}
