package demo

import (
	"context"
	"net/http"
	"path/filepath"
	"slices"

	"ligature/internal/connector"
	"ligature/internal/connector/ldapconn"
	"ligature/internal/demo/other"
	"ligature/internal/demo/rp"
	"ligature/internal/directory"
	"ligature/internal/server"
	"ligature/internal/web"
)

// otherName is what people read of the third product. The seed page speaks of any other product, without a name.
const otherName = "Example Product"

// DirectoryProgram is OpenLDAP's server program for Options.Directory; empty when this machine has none.
func DirectoryProgram() string { return other.Program() }

// openOther starts the third product and its directory, if there is a program for it. A directory that does not start takes
// nothing else with it: the demo has two products then, and says so.
func (w *World) openOther(ctx context.Context) error {
	if w.options.Directory == "" {
		return nil
	}
	opened, err := other.Open(ctx, other.Config{Program: w.options.Directory, Dir: filepath.Join(w.dir, "directory"), BaseURL: w.otherURL,
		RP: w.party("other", w.otherSecret), Tenant: string(tenant), Name: otherName, AccountName: accountName, Now: w.clock.Now, Log: w.log})
	if err != nil {
		w.log.Warn("the directory did not start; there is no third product", "error", err.Error())
		return nil
	}
	w.other = opened
	return w.other.Seed(ctx, otherPeople())
}

// third answers for the third product, if only to say that there is none.
func (w *World) third() http.Handler {
	if w.other == nil {
		return http.NotFoundHandler()
	}
	return w.other
}

// Other is the third product; nil without a directory.
func (w *World) Other() *other.Product { return w.other }

// declareOther adds the third product. Its administrators set addresses, and it sends no reset mails: a mailbox alone opens
// nothing of it.
func (w *World) declareOther(d *directory.Declaration) {
	d.Products = append(d.Products, directory.Product{ID: "other", Name: otherName, Mark: web.MarkProduct, AddressesProven: true, OtherAddress: directory.AllowOther})
	d.Connectors = append(d.Connectors, directory.ConnectorSpec{Name: "other", Kind: "ldap", Options: "{}", IDStable: true, LockoutThreshold: other.LockAfter})
	d.Clients = append(d.Clients, directory.Client{ID: "other", Product: "other", Name: otherName, SecretHash: server.HashClientSecret(w.otherSecret),
		AuthMethod: "client_secret_basic", IDTokenAlg: "ES256", LogoutURI: w.otherURL + rp.LogoutPath, LogoutPrivate: true})
}

// openDirectory asks the third product's directory.
func (w *World) openDirectory(ctx context.Context) (connector.Connector, error) {
	inner, err := ldapconn.Open(ctx, ldapconn.Options{
		URL: w.other.DirectoryURL(), BindDN: other.SearcherDN, BindPassword: []byte(w.other.SearcherPassword()), Base: other.BaseDN,
		ByEmail: "(&(objectClass=inetOrgPerson)(mail=:email))", ByUsername: "(&(objectClass=inetOrgPerson)(uid=:username))",
		Flags: map[string][]string{"disabled": {"employeeType = inactive"}, "locked": {"pwdAccountLockedTime = 000001010000Z"}},
		Now:   w.clock.Now,
	})
	if err != nil {
		return nil, err
	}
	return pluggable(inner, &w.otherState, w.says("other")), nil
}

// people are the seeded people of the products that there are.
func (w *World) people() []Person {
	all := people()
	if w.guests() {
		all = slices.DeleteFunc(all, func(p Person) bool { return p.Product == "pim" })
	}
	if w.other != nil {
		all = append(all, directoryPeople()...)
	}
	return all
}

// directoryPeople are the third product's seeded people.
func directoryPeople() []Person {
	return []Person{
		{"same_email", "other", otherName, "sam@acme.example", "Maple-River_2021", "sam@acme.example", "Sam once more, in a directory, with a third password."},
		{"directory_only", "other", otherName, "tove", "Birch-Tunnel-68-Ink", "tove@acme.example", "Tove has one account, in a directory."},
		{"directory_locked", "other", otherName, "lars", "Anchor-Velvet-15-Fog", "lars@acme.example", "Lars was locked by the directory's administrator."},
		{"directory_inactive", "other", otherName, "mira", "Pebble-Sunset-22-Jar", "mira@acme.example", "Mira has left; her entry is still there."},
	}
}

// otherPeople are the same with what the product knows of them.
func otherPeople() []other.Person {
	passwords := map[string]string{}
	for _, p := range directoryPeople() {
		passwords[p.Email] = p.Password
	}
	all := []other.Person{
		{Username: "sam", Email: "sam@acme.example", FirstName: "Sam", LastName: "Okafor", Role: "Buyer", Department: "Purchasing"},
		{Username: "tove", Email: "tove@acme.example", FirstName: "Tove", LastName: "Nyström", Role: "Photographer", Department: "Studio"},
		{Username: "lars", Email: "lars@acme.example", FirstName: "Lars", LastName: "Dahl", Role: "Planner", Department: "Logistics", Locked: true},
		{Username: "mira", Email: "mira@acme.example", FirstName: "Mira", LastName: "Kovač", Role: "Copywriter", Department: "Studio", Inactive: true},
	}
	for i := range all {
		all[i].Password = passwords[all[i].Email]
	}
	return all
}
