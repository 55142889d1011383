package config

import (
	"fmt"
	"strconv"
	"strings"

	"ligature/internal/ident"
)

// declared is what a list declares, by name.
type declared[N ~string, T any] struct {
	list string
	by   map[N]*T
	// whole is false when something in the list could not be read: then a name that is not in it is no mistake.
	whole bool
}

// declare notes what a list declares, and reports names that are declared twice.
func declare[T any, N ~string](r *reader, list, key string, values []T, name func(*T) N) declared[N, T] {
	known := map[N]*T{}
	lines := map[N]int{}
	whole := len(values) > 0
	for i := range values {
		n := name(&values[i])
		if n == "" {
			whole = false
			continue
		}
		path := at(list, i) + "." + key
		if line, ok := lines[n]; ok {
			r.fault(path, shown(string(n))+" is already the "+key+" of the entry on line "+strconv.Itoa(line), "give each entry a name of its own")
			continue
		}
		known[n], lines[n] = &values[i], r.spot(path).line
	}
	return declared[N, T]{list: list, by: known, whole: whole}
}

// refer reports a name that nothing declares.
func refer[T any, N ~string](r *reader, path string, name N, known declared[N, T]) (*T, bool) {
	if value, ok := known.by[name]; ok {
		return value, true
	}
	if name == "" || !known.whole {
		return nil, false
	}
	names := make([]string, 0, len(known.by))
	for n := range known.by {
		names = append(names, string(n))
	}
	fix := "declare it under " + known.list
	if near := nearest(string(name), sorted(names)); near != "" {
		fix = "did you mean " + near + "? Otherwise " + fix
	}
	r.fault(path, shown(string(name))+" is not declared under "+known.list, fix)
	return nil, false
}

// unique reports entries of one list that stand there twice.
func unique[V comparable](r *reader, path string, values []V) {
	seen := map[V]bool{}
	var none V
	for i, v := range values {
		if seen[v] && v != none {
			r.fault(at(path, i), "stands in this list twice", "remove one of the two")
		}
		seen[v] = true
	}
}

func (r *reader) tenant(path string, t *Tenant) {
	unique(r, path+".administrators", t.Administrators)
	domains := make([]string, len(t.EmailDomains))
	for i, domain := range t.EmailDomains {
		if email, err := ident.ParseEmail("x@" + domain); err == nil {
			domains[i] = email.Domain()
		}
	}
	unique(r, path+".email_domains", domains)
	t.EmailDomains = domains
	r.rollout(path, t.Rollout, &t.Pilot)
}

// rollout holds a switch and its pilot together, and gives the pilot's people the form in which they are compared.
func (r *reader) rollout(path, state string, p *Pilot) {
	for i, name := range p.People {
		p.People[i], _ = ident.PersonKey(name)
	}
	unique(r, path+".pilot.people", p.People)
	_, written := r.places[path+".pilot"]
	switch {
	case r.bad[path+".rollout"] || r.bad[path+".pilot"]:
	case written && state != "pilot":
		r.fault(path+".pilot", "counts only beside rollout: pilot", "write rollout: pilot, or remove it")
	case state == "pilot" && len(p.People) == 0 && p.Percent == 0 && !r.bad[path+".pilot.percent"]:
		r.fault(path+".pilot", "has nobody in it", "add pilot: {people: [dana@acme.example], percent: 10}")
	}
}

// connector takes the options of its kind, and reports those of another.
func (r *reader) connector(path string, c *Connector) {
	if c.Kind == "rest" && c.IDStable && !r.bad[path+".id_stable"] {
		r.fault(path+".id_stable", "is true, and an API that only checks passwords gives no ids", "write id_stable: false")
	}
	kinds := map[string]Raw{"sql": c.SQL, "http": c.HTTP, "ldap": c.LDAP, "rest": c.REST}
	for kind, options := range kinds {
		if kind == c.Kind {
			c.Options = options
			if _, written := r.places[path+"."+kind]; !written {
				r.fault(path+"."+kind, "is missing", "add "+kind+": and its options below it, as the kind says")
			}
			continue
		}
		if _, known := kinds[c.Kind]; known && !options.IsZero() {
			r.fault(path+"."+kind, "belongs to a connector of kind "+kind+", and this one is of kind "+c.Kind, "remove it, or write kind: "+kind)
		}
	}
}

func (r *reader) client(path string, c *Client) {
	if c.Name == "" {
		c.Name = string(c.ID)
	}
	secretPath, secret := "", false
	for _, key := range []string{".secret", ".secret_file", ".secret_env"} {
		if _, ok := r.places[path+key]; ok {
			secretPath, secret = path+key, true
		}
	}
	if c.Type == "public" {
		if secret {
			r.fault(secretPath, "a public client cannot keep a secret", "remove it, or write type: confidential")
		}
		if c.Auth != "" && c.Auth != "none" {
			r.fault(path+".auth", "a public client has nothing to prove itself with", "write none, or remove the line")
		}
		if c.PKCE == "optional" {
			r.fault(path+".pkce", "a public client must use PKCE", "write required, or remove the line")
		}
		if len(c.APIScopes) > 0 {
			r.fault(path+".api_scopes", "a public client cannot speak for itself", "remove them, or write type: confidential")
		}
		if len(c.Introspects) > 0 {
			r.fault(path+".introspects", "a public client cannot be told of tokens", "remove them, or write type: confidential")
		}
		c.Auth = "none"
		return
	}
	if c.Auth == "private_key_jwt" {
		r.keyed(path, secretPath, c)
		return
	}
	if c.JWKS.Data != "" {
		r.fault(path+".jwks", "this client does not prove itself by a key", "write auth: private_key_jwt, or remove it")
	}
	switch {
	case c.Auth == "none":
		r.fault(path+".auth", "a confidential client proves itself by its secret", "write client_secret_basic or client_secret_post, or type: public")
	case !secret && c.Type == "confidential":
		r.fault(path+".secret", "is missing", "add secret_file or secret_env, or write type: public")
	}
	if text := c.Secret.Reveal(); len(text) > 0 && len(text) < 32 {
		r.fault(secretPath, "the secret named here has fewer than 32 characters", "make one with: openssl rand -base64 32")
	}
	if c.Auth == "" {
		c.Auth = "client_secret_basic"
	}
}

// keyed checks a client that proves itself by a key; secret is where it has a secret as well, empty when it has none.
func (r *reader) keyed(path, secret string, c *Client) {
	if secret != "" {
		r.fault(secret, "a client that proves itself by private_key_jwt has no secret", "remove it")
	}
	if c.JWKS.Data == "" && !r.bad[path+".jwks"] {
		r.fault(path+".jwks", "is missing", "name the file of the client's public keys")
	}
}

// instances checks the references of every instance and that no two of them can be confused.
func (r *reader) instances(s *Suite, products declared[ident.ProductID, Product], tenants declared[ident.TenantID, Tenant],
	connectors declared[ident.ConnectorName, Connector], clients declared[ident.ClientID, Client],
) {
	type pair struct {
		tenant  ident.TenantID
		product ident.ProductID
	}
	pairs := map[pair]string{}
	redirects := map[string]string{}
	asked := map[ident.ConnectorName]ident.ProductID{}
	for i := range s.Instances {
		in := &s.Instances[i]
		path := at("suite.instances", i)
		r.instance(path, in)
		refer(r, path+".tenant", in.Tenant, tenants)
		_, product := refer(r, path+".product", in.Product, products)
		asking, known := refer(r, path+".connector", in.Connector, connectors)
		r.rollout(path, in.Rollout, &in.Pilot)
		if known && !asking.IDStable && in.Pilot.Percent > 0 {
			r.fault(path+".pilot.percent", shown(string(in.Connector))+" gives no lasting ids, so nobody would stay on one side", "name people, or write 0")
		}
		if client, ok := refer(r, path+".client", in.Client, clients); ok && product && client.Product != in.Product {
			r.fault(path+".client", fmt.Sprintf("%s is a client of %s, and this is an instance of %s", shown(string(in.Client)), shown(string(client.Product)), shown(string(in.Product))), "name a client whose product is "+string(in.Product))
		}
		if other, ok := asked[in.Connector]; ok && in.Connector != "" && product && other != in.Product {
			r.fault(path+".connector", fmt.Sprintf("%s already asks the users of %s", shown(string(in.Connector)), shown(string(other))), "declare a connector for each product")
		} else if product {
			asked[in.Connector] = in.Product
		}
		both := pair{in.Tenant, in.Product}
		if other, ok := pairs[both]; ok && in.Tenant != "" && in.Product != "" {
			r.fault(path+".product", fmt.Sprintf("%s has an instance of %s already, %s", shown(string(in.Tenant)), shown(string(in.Product)), other), "keep one of the two")
		}
		pairs[both] = path
		for j, uri := range in.RedirectURIs {
			if other, ok := redirects[uri]; ok && other != path && uri != "" {
				r.fault(at(path+".redirect_uris", j), "belongs to "+other+" as well, so it would not say which instance somebody comes from", "give each instance a redirect URI of its own")
			}
			redirects[uri] = path
		}
	}
	declare(r, "suite.instances", "id", s.Instances, func(in *Instance) ident.InstanceID { return in.ID })
}

// instance checks what an instance says by itself, and gives it its id and login page.
func (r *reader) instance(path string, in *Instance) {
	unique(r, path+".redirect_uris", in.RedirectURIs)
	unique(r, path+".post_logout_redirect_uris", in.PostLogoutRedirectURIs)
	if in.LoginURL == "" {
		in.LoginURL = in.HomeURL
	}
	if in.ID != "" || in.Tenant == "" || in.Product == "" {
		return
	}
	in.ID = ident.InstanceID(strings.Join([]string{string(in.Tenant), string(in.Product)}, "-"))
	if len(in.ID) > 63 {
		r.fault(path+".id", "is missing, and tenant and product together are longer than an id may be", "add id")
	}
}
