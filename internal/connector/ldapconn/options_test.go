package ldapconn_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"ligature/internal/connector/ldapconn"
	"ligature/internal/fault"
)

func contextOf(t *testing.T, ttl time.Duration) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(t.Context(), ttl)
}

// right is what an operator may write.
func right() ldapconn.Options {
	return ldapconn.Options{URL: "ldaps://ldap.acme.example", BindDN: "cn=ligature,dc=acme", BindPassword: []byte("reads, writes nothing"), Base: "ou=people,dc=acme",
		ByEmail: "(mail=:email)", ByUsername: "(uid=:username)", Now: time.Now}
}

// Each mistake is told under its key, and Open refuses what Check reports.
func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		change func(o *ldapconn.Options)
		want   []string
	}{
		"nothing":                            {func(*ldapconn.Options) {}, nil},
		"no address":                         {func(o *ldapconn.Options) { o.URL = "" }, []string{"url"}},
		"another scheme":                     {func(o *ldapconn.Options) { o.URL = "https://ldap.acme.example" }, []string{"url"}},
		"a password in the address":          {func(o *ldapconn.Options) { o.URL = "ldap://cn=x:a-secret@ldap.acme.example" }, []string{"url"}},
		"a base in the address":              {func(o *ldapconn.Options) { o.URL = "ldap://ldap.acme.example/dc=acme" }, []string{"url"}},
		"TLS twice":                          {func(o *ldapconn.Options) { o.TLS = "starttls" }, []string{"tls"}},
		"TLS nobody knows":                   {func(o *ldapconn.Options) { o.URL, o.TLS = "ldap://ldap.acme.example", "preferred" }, []string{"tls"}},
		"in the open, with a certificate":    {func(o *ldapconn.Options) { o.URL, o.TLS, o.ServerName = "ldap://h", "off", "x" }, []string{"tls"}},
		"in the open, as written":            {func(o *ldapconn.Options) { o.URL, o.TLS = "ldap://ldap.acme.example", "off" }, nil},
		"no certificate":                     {func(o *ldapconn.Options) { o.CA = []byte("none") }, []string{"ca_file"}},
		"an account without a password":      {func(o *ldapconn.Options) { o.BindPassword = nil }, []string{"bind_password"}},
		"a password without an account":      {func(o *ldapconn.Options) { o.BindDN = "" }, []string{"bind_dn"}},
		"neither":                            {func(o *ldapconn.Options) { o.BindDN, o.BindPassword = "", nil }, nil},
		"no base":                            {func(o *ldapconn.Options) { o.Base = "" }, []string{"base"}},
		"a base that is no name":             {func(o *ldapconn.Options) { o.Base = "people" }, []string{"base"}},
		"no filter":                          {func(o *ldapconn.Options) { o.ByEmail, o.ByUsername = "", "" }, []string{"by_email"}},
		"filters without parameters":         {func(o *ldapconn.Options) { o.ByEmail, o.ByID = "(mail=x)", "(entryUUID=:email)" }, []string{"by_email", "by_id"}},
		"an open parenthesis":                {func(o *ldapconn.Options) { o.ByUsername, o.List = "(&(uid=:username)", "objectClass=*" }, []string{"by_username", "list"}},
		"an id that is none":                 {func(o *ldapconn.Options) { o.ID = "entry UUID" }, []string{"id"}},
		"names nobody knows":                 {func(o *ldapconn.Options) { o.Attributes = map[string]string{"mail": "mail"} }, []string{"attributes"}},
		"flags and rules nobody understands": {func(o *ldapconn.Options) { o.Flags = map[string][]string{"asleep": {"x"}, "locked": {"x", "x ~ y"}} }, []string{"flags.asleep[0]", "flags.locked[1]"}},
		"rules in every form that there is": {func(o *ldapconn.Options) {
			o.Flags = map[string][]string{"disabled": {"a", "a = b", "a & 2", "! a within 15m"}}
		}, nil},
		"an attribute by number and language": {func(o *ldapconn.Options) { o.Attributes = map[string]string{"name": "2.5.4.3;lang-fr"} }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			o := right()
			c.change(&o)
			var got []string
			o.Check(func(key, problem, fix string) {
				got = append(got, key)
				if problem == "" || fix == "" || strings.Contains(problem+fix, "secret@") {
					t.Errorf("%s: %q, %q", key, problem, fix)
				}
			})
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("mistakes at %v, want %v", got, c.want)
			}
			if len(c.want) == 0 {
				return
			}
			if _, err := ldapconn.Open(t.Context(), o); !fault.Is(err, fault.Invalid) {
				t.Errorf("Open: %v, want invalid", err)
			}
		})
	}
}

// A directory elsewhere is never reached in the open unless that is written down.
func TestNeverInTheOpenBySilence(t *testing.T) {
	d := serve(t, answers{func(id int64) []byte { return done(id, 0) }, bound(0, "")})
	o := hostile(d.url)
	o.TLS = "starttls"
	if _, err := ldapconn.Open(t.Context(), o); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a server without StartTLS: %v", err)
	}
	if d.binds.Load() != 0 || d.other.Load() == 0 {
		t.Errorf("%d binds, %d StartTLS", d.binds.Load(), d.other.Load())
	}
}
