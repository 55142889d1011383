package ldapconn

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"ligature/internal/connector"
)

// Check tells everything that is wrong with what the operator wrote, by key, what to do about it, and asks nobody. The
// password is looked at where there is one.
func (o Options) Check(report func(key, problem, fix string)) {
	o.checkAddress(report)
	switch err := checkBase(o.Base); {
	case o.Base == "":
		report("base", "is missing", "add base: the entry below which people are, as in ou=people,dc=acme,dc=example")
	case err != nil:
		report("base", "is "+err.Error(), "write it as in ou=people,dc=acme,dc=example")
	}
	o.checkFilters(report)
	if !attributePattern.MatchString(o.id()) {
		report("id", "is not the name of an attribute", "write entryUUID, or objectGUID for Active Directory")
	}
	if err := attributeNames(o.Attributes, usual()); err != nil {
		report("attributes", "names "+err.Error(), "write a name of ours, a colon, and the directory's attribute")
	}
	for _, name := range slices.Sorted(maps.Keys(o.Flags)) {
		for i, text := range o.Flags[name] {
			if _, err := flagRule(name, text); err != nil {
				report("flags."+name+"["+strconv.Itoa(i)+"]", "is "+err.Error(),
					`write attribute, "attribute = value", "attribute & number" or "attribute within 15m"; ! turns it round`)
			}
		}
	}
}

func (o Options) checkAddress(report func(key, problem, fix string)) {
	at, err := parseURL(o.URL)
	switch {
	case o.URL == "":
		report("url", "is missing", "add url: ldaps://HOST, or ldap://HOST for StartTLS")
		return
	case err != nil:
		report("url", "is "+err.Error(), "write ldaps://HOST or ldap://HOST, with :PORT where it is not the usual one")
		return
	}
	if _, err := o.inTheOpen(at); err != nil {
		report("tls", "is "+err.Error(), "remove the line, and the connection is encrypted; off sends passwords in the open")
	}
	if len(o.CA) > 0 {
		if _, err := authorities(o.CA); err != nil {
			report("ca_file", "has "+err.Error()+" in it", "name the file of the authority that signed the directory's certificate")
		}
	}
	if o.BindDN == "" && len(o.BindPassword) > 0 {
		report("bind_dn", "is missing beside a password", "add the account's name, or remove the password to search without an account")
	}
	if o.BindDN != "" && len(o.BindPassword) == 0 {
		report("bind_password", "is missing", "add bind_password_file or bind_password_env; the account should be able to search and nothing else")
	}
}

func (o Options) checkFilters(report func(key, problem, fix string)) {
	if cmp.Or(o.ByEmail, o.ByUsername) == "" {
		report("by_email", "is missing, and so is by_username", "add one of them, or both: as in (mail=:email) or (uid=:username)")
	}
	for key, text := range map[connector.Key]string{connector.ByID: o.ByID, connector.ByEmail: o.ByEmail, connector.ByUsername: o.ByUsername} {
		if text == "" {
			continue
		}
		if _, err := translate(text, string(key)); err != nil {
			report("by_"+string(key), "is "+err.Error(), "write a filter with the parameter as a value, as in (&(objectClass=person)(mail=:email))")
		}
	}
	if o.List != "" {
		if err := plainFilter(o.List); err != nil {
			report("list", "is "+err.Error(), "write a filter that everybody passes, as in (objectClass=inetOrgPerson)")
		}
	}
}
