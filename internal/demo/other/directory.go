package other

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"ligature/internal/fault"
)

// The names of the directory.
const (
	root     = "dc=acme,dc=example"
	peopleDN = "ou=people," + root
	policyDN = "cn=policy," + root
	ownerDN  = "cn=owner," + root
	// SearcherDN is the account that the identity provider asks with: it may search people and change nothing.
	SearcherDN = "cn=ligature," + root
	// BaseDN is the entry below which people are.
	BaseDN = peopleDN
)

// inactive is what employeeType says of somebody who may not come in.
const inactive = "inactive"

// Person is somebody of the product's.
type Person struct {
	Username, Email, FirstName, LastName, Password string
	// Role and Department are the product's own business.
	Role, Department string
	// Inactive may not come in; Locked was locked by an administrator, without an end.
	Inactive, Locked bool
}

// user is a person as the directory has them.
type user struct {
	ID, DN, Username, Email, Name, Role, Department string
	Inactive                                        bool
}

// asOwner runs f with a connection that may do everything.
func (p *Product) asOwner(ctx context.Context, f func(conn *ldap.Conn) error) error {
	return p.as(ctx, ownerDN, p.daemon.owner, f)
}

// as runs f with a connection bound as somebody. The directory is on this machine, so each question has one of its own.
func (p *Product) as(_ context.Context, dn, password string, f func(conn *ldap.Conn) error) error {
	conn, err := ldap.DialURL("ldap://" + p.daemon.address)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "other.directory", err)
	}
	defer func() { _ = conn.Close() }()
	conn.SetTimeout(5 * time.Second)
	if err := conn.Bind(dn, password); err != nil {
		if ldap.IsErrorWithCode(err, ldap.LDAPResultInvalidCredentials) {
			return fault.New(fault.Denied, "other.password")
		}
		return fault.Wrap(fault.Unavailable, "other.directory", err)
	}
	if f == nil {
		return nil
	}
	return f(conn)
}

// Seed fills an empty directory; one that has people already keeps them. The searching account's password is always set.
func (p *Product) Seed(ctx context.Context, people []Person) error {
	err := p.asOwner(ctx, func(conn *ldap.Conn) error {
		empty, err := isEmpty(conn)
		if err != nil {
			return err
		}
		if empty {
			if err := furnish(conn, people); err != nil {
				return err
			}
		}
		request := ldap.NewModifyRequest(SearcherDN, nil)
		request.Replace("userPassword", []string{p.searcher})
		return conn.Modify(request)
	})
	return fault.Wrap(fault.Internal, "other.seed", err)
}

func isEmpty(conn *ldap.Conn) (bool, error) {
	_, err := conn.Search(&ldap.SearchRequest{BaseDN: peopleDN, Scope: ldap.ScopeBaseObject, Filter: "(objectClass=*)", Attributes: []string{"1.1"}})
	if ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject) {
		return true, nil
	}
	return false, err
}

// furnish adds the tree, the policy and the people.
func furnish(conn *ldap.Conn, people []Person) error {
	add := func(dn string, attributes map[string][]string) error {
		request := ldap.NewAddRequest(dn, nil)
		for name, values := range attributes {
			request.Attribute(name, values)
		}
		return conn.Add(request)
	}
	err := errors.Join(
		add(root, map[string][]string{"objectClass": {"domain"}}),
		add(policyDN, map[string][]string{"objectClass": {"applicationProcess", "pwdPolicy"}, "pwdAttribute": {"userPassword"}, "pwdLockout": {"TRUE"},
			"pwdMaxFailure": {fmt.Sprint(LockAfter)}, "pwdLockoutDuration": {"900"}, "pwdFailureCountInterval": {"900"}}),
		add(SearcherDN, map[string][]string{"objectClass": {"organizationalRole", "simpleSecurityObject"}, "userPassword": {"set below"}}),
		add(peopleDN, map[string][]string{"objectClass": {"organizationalUnit"}}))
	for _, person := range people {
		attributes := map[string][]string{
			"objectClass": {"inetOrgPerson"}, "uid": {person.Username}, "cn": {person.FirstName + " " + person.LastName}, "givenName": {person.FirstName},
			"sn": {person.LastName}, "mail": {person.Email}, "userPassword": {person.Password}, "title": {person.Role}, "departmentNumber": {person.Department},
		}
		if person.Inactive {
			attributes["employeeType"] = []string{inactive}
		}
		if person.Locked {
			attributes["pwdAccountLockedTime"] = []string{"000001010000Z"}
		}
		err = errors.Join(err, add("uid="+ldap.EscapeDN(person.Username)+","+peopleDN, attributes))
	}
	return err
}

// find gives the one person whom a filter finds; fault.Missing for none, and for two.
func (p *Product) find(ctx context.Context, filter string) (user, error) {
	var found user
	err := p.asOwner(ctx, func(conn *ldap.Conn) error {
		result, err := conn.Search(&ldap.SearchRequest{BaseDN: peopleDN, Scope: ldap.ScopeSingleLevel, SizeLimit: 2, Filter: filter,
			Attributes: []string{"entryUUID", "uid", "mail", "cn", "title", "departmentNumber", "employeeType"}})
		if err != nil || len(result.Entries) != 1 {
			return errors.Join(err, fault.New(fault.Missing, "other.user"))
		}
		e := result.Entries[0]
		found = user{ID: e.GetAttributeValue("entryUUID"), DN: e.DN, Username: e.GetAttributeValue("uid"), Email: e.GetAttributeValue("mail"), Name: e.GetAttributeValue("cn"),
			Role: e.GetAttributeValue("title"), Department: e.GetAttributeValue("departmentNumber"), Inactive: e.GetAttributeValue("employeeType") == inactive}
		return nil
	})
	return found, err
}

// byLogin finds who types a username, or an address.
func (p *Product) byLogin(ctx context.Context, typed string) (user, error) {
	typed = strings.TrimSpace(typed)
	attribute := "uid"
	if strings.Contains(typed, "@") {
		attribute = "mail"
	}
	return p.find(ctx, "("+attribute+"="+ldap.EscapeFilter(typed)+")")
}

// byID finds who has the entryUUID.
func (p *Product) byID(ctx context.Context, id string) (user, error) {
	return p.find(ctx, "(entryUUID="+ldap.EscapeFilter(id)+")")
}

// Dump is every person as the product knows them, for comparing before with after. What the policy notes by itself is not in it.
func (p *Product) Dump(ctx context.Context) (string, error) {
	var lines []string
	err := p.asOwner(ctx, func(conn *ldap.Conn) error {
		result, err := conn.Search(&ldap.SearchRequest{BaseDN: peopleDN, Scope: ldap.ScopeWholeSubtree, Filter: "(objectClass=*)", Attributes: []string{"*", "entryUUID", "modifiersName"}})
		if err != nil {
			return err
		}
		for _, e := range result.Entries {
			for _, a := range e.Attributes {
				lines = append(lines, fmt.Sprintf("%s %s=%q", e.DN, a.Name, a.Values))
			}
		}
		return nil
	})
	slices.Sort(lines)
	return strings.Join(lines, "\n"), err
}
