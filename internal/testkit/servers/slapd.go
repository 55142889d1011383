package servers

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

const (
	slapdPrefix   = "ligature-slapd-"
	slapdRoot     = "dc=acme,dc=example"
	slapdOwner    = "cn=owner," + slapdRoot
	slapdReader   = "cn=ligature,ou=services," + slapdRoot
	installSlapd  = "OpenLDAP's server is needed for tests with the build tag servers: `apt-get install slapd`, or put slapd on PATH"
	debianModules = "/usr/lib/ldap"
)

var slapd = &slapdServer{}

// Directory is a part of an OpenLDAP server with nobody in it. The server checks password policies, takes TLS on one port
// and StartTLS on the other, and has what Active Directory calls some attributes, in the auxiliary class acmePerson.
type Directory struct {
	// Base is the name of the part. It is removed when the test ends.
	Base string
	// Owner may do everything: it is the product.
	Owner *ldap.Conn
	// Reader is the name of an account that may search everybody and change nothing, with its password.
	Reader, Password string
	// Addr is host:port on loopback for ldap://, SecureAddr for ldaps://. CA (a file) vouches for both.
	Addr, SecureAddr, CA string
}

// LDAP gives an empty part of an OpenLDAP server. tb fails, naming OpenLDAP, when there is none or it does not start.
func LDAP(tb testing.TB) Directory {
	tb.Helper()
	slapd.once.Do(func() { slapd.err = slapd.start() })
	if slapd.err != nil {
		tb.Fatalf("OpenLDAP does not start: %v", slapd.err)
	}
	owner, err := slapd.owner()
	if err != nil {
		tb.Fatal(err)
	}
	d := Directory{Base: fmt.Sprintf("ou=part%d,%s", slapd.next.Add(1), slapdRoot), Owner: owner, Reader: slapdReader, Password: accountPassword,
		Addr: slapd.addr, SecureAddr: slapd.secure, CA: filepath.Join(slapd.dir, "ca.pem")}
	d.Add(tb, d.Base, map[string][]string{"objectClass": {"organizationalUnit"}})
	tb.Cleanup(func() {
		if err := d.clear(); err != nil {
			tb.Errorf("OpenLDAP does not remove %s: %v", d.Base, err)
		}
		_ = owner.Close()
	})
	return d
}

// Add adds an entry.
func (d Directory) Add(tb testing.TB, dn string, attributes map[string][]string) {
	tb.Helper()
	if err := d.Owner.Add(addition(dn, attributes)); err != nil {
		tb.Fatalf("add %s: %v\n%s", dn, err, slapd.log)
	}
}

// Dump is everything below the base, with what the server notes by itself, sorted by the server's order of entries.
func (d Directory) Dump(tb testing.TB) string {
	tb.Helper()
	entries, err := d.entries("*", "+")
	if err != nil {
		tb.Fatal(err)
	}
	var out strings.Builder
	for _, e := range entries {
		out.WriteString(e.DN + "\n")
		for _, a := range e.Attributes {
			fmt.Fprintf(&out, "  %s: %q\n", a.Name, a.Values)
		}
	}
	return out.String()
}

func (d Directory) entries(attributes ...string) ([]*ldap.Entry, error) {
	result, err := d.Owner.Search(&ldap.SearchRequest{BaseDN: d.Base, Scope: ldap.ScopeWholeSubtree, Filter: "(objectClass=*)", Attributes: attributes})
	if err != nil {
		return nil, err
	}
	return result.Entries, nil
}

// clear removes the part, leaves first.
func (d Directory) clear() error {
	entries, err := d.entries("1.1")
	if err != nil {
		return err
	}
	for i := len(entries) - 1; i >= 0; i-- {
		if err := d.Owner.Del(ldap.NewDelRequest(entries[i].DN, nil)); err != nil {
			return err
		}
	}
	return nil
}

func addition(dn string, attributes map[string][]string) *ldap.AddRequest {
	request := ldap.NewAddRequest(dn, nil)
	for name, values := range attributes {
		request.Attribute(name, values)
	}
	return request
}

// slapdServer is the one OpenLDAP server, started by the first test that wants a part of it.
type slapdServer struct {
	process
	once         sync.Once
	err          error
	addr, secure string
	next         atomic.Int64
}

// owner is a connection that may do everything.
func (s *slapdServer) owner() (*ldap.Conn, error) {
	conn, err := ldap.DialURL("ldap://" + s.addr)
	if err != nil {
		return nil, err
	}
	conn.SetTimeout(startTTL)
	if err := conn.Bind(slapdOwner, ownerPassword); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// start makes the folder and starts the server in it, from a copy: AppArmor knows the system's by its path and would let it
// read no configuration but the system's.
func (s *slapdServer) start() error {
	system, err := slapdBinary("/usr/sbin/slapd", exec.LookPath)
	if err != nil {
		return err
	}
	if err := s.prepare(slapdPrefix, "openldap"); err != nil {
		return err
	}
	server, config, data := filepath.Join(s.dir, "slapd"), filepath.Join(s.dir, "slapd.conf"), filepath.Join(s.dir, "data")
	if err := errors.Join(copyFile(system, server), os.WriteFile(config, []byte(s.config(data)), 0o644), s.certify(), os.Mkdir(data, 0o700)); err != nil {
		return err
	}
	if s.user != nil {
		if err := os.Chown(data, int(s.user.Uid), int(s.user.Gid)); err != nil {
			return err
		}
	}
	for try := 1; ; try++ {
		if err := s.ports(); err != nil {
			return err
		}
		ready := func() error {
			conn, err := s.owner()
			if err == nil {
				_ = conn.Close()
			}
			return err
		}
		err = s.serve(ready, server, "-d", "0", "-f", config, "-h", "ldap://"+s.addr+"/ ldaps://"+s.secure+"/")
		if err == nil {
			return s.furnish()
		}
		if try == starts {
			return err
		}
	}
}

func (s *slapdServer) ports() error {
	for _, at := range []*string{&s.addr, &s.secure} {
		port, err := freePort()
		if err != nil {
			return err
		}
		*at = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	}
	return nil
}

// config is the server's: Debian's schemas, a policy, and readers who may not write.
func (s *slapdServer) config(data string) string {
	lines := []string{
		"include /etc/ldap/schema/core.schema", "include /etc/ldap/schema/cosine.schema", "include /etc/ldap/schema/inetorgperson.schema",
		"attributetype ( 1.2.840.113556.1.4.2 NAME 'objectGUID' EQUALITY octetStringMatch ORDERING octetStringOrderingMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )",
		"attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )",
		"objectclass ( 1.3.6.1.4.1.4203.666.3.1 NAME 'acmePerson' SUP top AUXILIARY MAY ( objectGUID $ userAccountControl ) )",
		"modulepath " + debianModules, "moduleload back_mdb", "moduleload ppolicy",
		"TLSCACertificateFile " + filepath.Join(s.dir, "ca.pem"), "TLSCertificateFile " + filepath.Join(s.dir, "ca.pem"),
		"TLSCertificateKeyFile " + filepath.Join(s.dir, "key.pem"),
		"pidfile " + filepath.Join(s.dir, "pid"), "sizelimit 500", "threads 8",
		"database mdb", "suffix " + slapdRoot, "directory " + data, "maxsize 67108864", "dbnosync",
		"rootdn " + slapdOwner, `rootpw "` + ownerPassword + `"`,
		"index objectClass,uid,mail,entryUUID,employeeNumber eq",
		`access to attrs=userPassword by anonymous auth by * none`,
		`access to * by dn.base="` + slapdReader + `" read by * none`,
		"overlay ppolicy", "ppolicy_use_lockout",
	}
	return strings.Join(lines, "\n") + "\n"
}

// furnish adds what every part stands on.
func (s *slapdServer) furnish() error {
	owner, err := s.owner()
	if err != nil {
		return err
	}
	defer owner.Close()
	return errors.Join(
		owner.Add(addition(slapdRoot, map[string][]string{"objectClass": {"domain"}})),
		owner.Add(addition("ou=services,"+slapdRoot, map[string][]string{"objectClass": {"organizationalUnit"}})),
		owner.Add(addition(slapdReader, map[string][]string{"objectClass": {"organizationalRole", "simpleSecurityObject"}, "userPassword": {accountPassword}})))
}

// slapdBinary finds the server: Debian's, else what is on PATH.
func slapdBinary(debian string, look func(string) (string, error)) (string, error) {
	if executable(debian) {
		return debian, nil
	}
	at, err := look("slapd")
	if err != nil {
		return "", errors.New(installSlapd)
	}
	return at, nil
}

// copyFile copies a program.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
