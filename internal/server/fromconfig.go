package server

import (
	"cmp"
	"fmt"
	"path/filepath"

	"ligature/internal/config"
	"ligature/internal/connector/guard"
	"ligature/internal/directory"
	"ligature/internal/ident"
	"ligature/internal/mail"
	"ligature/internal/web"
)

// CheckConfig tells what is wrong with the parts of a configuration that only their adapters understand: the options of
// connectors and the names of marks. It is a config.Check.
func CheckConfig(c *config.Config) config.Mistakes {
	var found config.Mistakes
	for i, p := range c.Suite.Products {
		if p.Mark.Builtin != "" && builtinMark(p.Mark.Builtin) == "" {
			found = append(found, c.Mistake(fmt.Sprintf("suite.products[%d].mark", i), "is no built-in mark",
				"write product, grid or flow, or a file as in ./mark.svg"))
		}
	}
	for _, spec := range c.Suite.Connectors {
		if !spec.Options.IsZero() {
			_, mistakes := opener(c, spec, nil)
			found = append(found, mistakes...)
		}
	}
	return found
}

// FromConfig maps a configuration to the options of a server; Log and Now are the caller's. The error is
// config.Mistakes, except where the path of the database or the options of a connector cannot be written down.
func FromConfig(c *config.Config) (Options, error) {
	if mistakes := CheckConfig(c); len(mistakes) > 0 {
		return Options{}, mistakes
	}
	files := pictures{}
	declared, err := declaration(c, files)
	if err != nil {
		return Options{}, err
	}
	database := string(c.Database.URL.Reveal())
	if c.Database.Kind == "sqlite" {
		absolute, err := filepath.Abs(c.Database.Path)
		if err != nil {
			return Options{}, err
		}
		database = "sqlite://" + filepath.ToSlash(absolute)
	}
	o := Options{
		Declaration: declared, Database: database, Key: c.Key.Bytes.Reveal(), Files: files,
		SMTP: mail.Config{Address: c.SMTP.Address, TLS: mail.TLSMode(c.SMTP.TLS), Username: c.SMTP.Username,
			Password: string(c.SMTP.Password.Reveal()), From: c.SMTP.From.Address.Key()},
		SenderName: c.SMTP.From.Name, HashMemory: int64(c.Hashing.MemoryMiB) << 20, TrustedProxies: c.TrustedProxies,
		Metrics: c.Metrics.Listen != "",
		Traces: Traces{Endpoint: string(c.Traces.Endpoint.Reveal()), Authorization: string(c.Traces.Authorization.Reveal()),
			Percent: c.Traces.Percent},
		Connectors: map[ident.ConnectorName]OpenConnector{}, Guards: map[ident.ConnectorName]guard.Options{}, gate: &gate{},
	}
	for _, spec := range c.Suite.Connectors {
		o.Connectors[spec.Name], _ = opener(c, spec, o.gate)
		o.Guards[spec.Name] = guard.Options{Deadline: spec.Timeout, InFlight: spec.InFlight}
	}
	return o, nil
}

// declaration is the suite as it is stored; the operator's pictures go to files.
func declaration(c *config.Config, files pictures) (directory.Declaration, error) {
	s := c.Suite
	d := directory.Declaration{Suite: suite(s)}
	d.Suite.Brand.LogoLight = files.keep("logo-light", s.Brand.LogoLight)
	d.Suite.Brand.LogoDark = files.keep("logo-dark", s.Brand.LogoDark)
	for _, p := range s.Products {
		mark := cmp.Or(files.keep("product-"+string(p.ID), p.Mark.File), builtinMark(p.Mark.Builtin), web.MarkProduct)
		d.Products = append(d.Products, directory.Product{ID: p.ID, Name: p.Name, Mark: mark, OnLink: directory.OnLink(p.PasswordOnLink),
			Weak: p.Weak, Shared: p.Shared, MailboxResetsPassword: p.MailboxResetsPassword, AddressesProven: p.AddressesProven,
			OtherAddress: directory.OtherAddress(p.OtherAddress),
			ResetPause:   p.ResetPause})
	}
	for _, t := range s.Tenants {
		d.Tenants = append(d.Tenants, directory.Tenant{ID: t.ID, Name: t.Name, Rollout: directory.Rollout(t.Rollout), Pilot: directory.Pilot(t.Pilot),
			Administrators: t.Administrators, EmailDomains: t.EmailDomains, TimeZone: t.TimeZone, FlowsPerHour: t.FlowsPerNetworkPerHour})
	}
	for _, spec := range s.Connectors {
		options, err := spec.Options.JSON()
		if err != nil {
			return directory.Declaration{}, err
		}
		d.Connectors = append(d.Connectors, directory.ConnectorSpec{Name: spec.Name, Kind: spec.Kind, Options: string(options),
			IDStable: spec.IDStable, LockoutThreshold: spec.LockoutThreshold})
	}
	for _, client := range s.Clients {
		d.Clients = append(d.Clients, clientOf(client))
	}
	for _, in := range s.Instances {
		d.Instances = append(d.Instances, directory.Instance{ID: in.ID, Tenant: in.Tenant, Product: in.Product, Connector: in.Connector,
			Client: in.Client, RedirectURIs: in.RedirectURIs, PostLogoutRedirectURIs: in.PostLogoutRedirectURIs, HomeURL: in.HomeURL,
			LoginURL: in.LoginURL, ResetURL: in.ResetURL, Rollout: directory.Rollout(in.Rollout), Pilot: directory.Pilot(in.Pilot)})
	}
	return d, nil
}

func suite(s config.Suite) directory.Suite {
	b := s.Brand
	return directory.Suite{
		Issuer: s.Issuer, Locale: s.Locale, Disclosure: directory.Disclosure(s.Identifier.Disclosure), OnLink: directory.OnLink(s.Password.OnLink),
		Brand: directory.Brand{Account: b.Account, Company: b.Company, Primary: b.Primary, Radius: b.Radius,
			SupportURL: b.SupportURL, PrivacyURL: b.PrivacyURL, TermsURL: b.TermsURL},
		Sessions: directory.SessionTTL{Full: s.Session.FullAbsolute, FullIdle: s.Session.FullIdle,
			Product: s.Session.ProductAbsolute, ProductIdle: s.Session.ProductIdle},
		Limits: directory.Limits{FlowsPerHour: s.Limits.FlowsPerNetworkPerHour, MailsPerHour: s.Limits.MailsPerAddressPerHour,
			MailsPerDay: s.Limits.MailsPerAddressPerDay},
	}
}

func clientOf(c config.Client) directory.Client {
	hash := ""
	if !c.Secret.IsZero() {
		hash = HashClientSecret(string(c.Secret.Reveal()))
	}
	client := directory.Client{ID: c.ID, Product: c.Product, Name: c.Name, SecretHash: hash, AuthMethod: c.Auth,
		PKCEOptional: c.PKCE == "optional", IDTokenAlg: c.IDTokenAlg, Refresh: directory.Refresh(c.Refresh), Introspects: c.Introspects, JWKS: c.JWKS.Data,
		RequirePushed: c.RequirePushed, LogoutURI: c.LogoutURI, LogoutPrivate: c.LogoutPrivate}
	for _, scope := range c.APIScopes {
		client.APIScopes = append(client.APIScopes, directory.APIScope(scope))
	}
	return client
}

// builtinMark is the file of a built-in mark; empty for a name that is none.
func builtinMark(name string) string {
	switch name {
	case "product":
		return web.MarkProduct
	case "grid":
		return web.MarkGrid
	case "flow":
		return web.MarkFlow
	}
	return ""
}

// keep takes a picture under a name of our own, since two may be called alike in different folders. Empty for none.
func (p pictures) keep(name string, f config.File) string {
	if f.IsZero() {
		return ""
	}
	name += map[string]string{"image/svg+xml": ".svg", "image/png": ".png"}[f.Type]
	p[name] = f.Data
	return name
}
