package sqlstore

import (
	"encoding/json"
	"fmt"

	"ligature/internal/directory"
	"ligature/internal/ident"
)

// This file holds the columns of declared rows: for each kind the list to select, the fields to scan into, and the
// values to write. The values also say whether two declarations are the same.

const suiteColumns = `suite.issuer, suite.brand, suite.locale, suite.disclosure, suite.on_link, suite.session_full,
 suite.session_full_idle, suite.session_product, suite.session_product_idle, suite.flows_per_hour, suite.mails_per_hour,
 suite.mails_per_day, suite.version`

func suiteFields(s *directory.Suite) []any {
	return []any{&s.Issuer, unpack(&s.Brand), &s.Locale, &s.Disclosure, &s.OnLink, ttl(&s.Sessions.Full),
		ttl(&s.Sessions.FullIdle), ttl(&s.Sessions.Product), ttl(&s.Sessions.ProductIdle),
		&s.Limits.FlowsPerHour, &s.Limits.MailsPerHour, &s.Limits.MailsPerDay, &s.Version}
}

func suiteValues(s directory.Suite) []any {
	return []any{s.Issuer, pack(s.Brand), s.Locale, string(s.Disclosure), string(s.OnLink), s.Sessions.Full.Microseconds(),
		s.Sessions.FullIdle.Microseconds(), s.Sessions.Product.Microseconds(), s.Sessions.ProductIdle.Microseconds(),
		s.Limits.FlowsPerHour, s.Limits.MailsPerHour, s.Limits.MailsPerDay}
}

func scanSuite(row scanner) (s directory.Suite, err error) { return s, row.Scan(suiteFields(&s)...) }

const productColumns = `product.id, product.name, product.mark, product.color, product.on_link, product.weak, product.shared,
 product.mailbox_resets_password, product.addresses_proven, product.other_address, product.reset_pause, product.version`

func productFields(p *directory.Product) []any {
	return []any{&p.ID, &p.Name, &p.Mark, &p.Color, &p.OnLink, &p.Weak, &p.Shared, &p.MailboxResetsPassword, &p.AddressesProven, &p.OtherAddress,
		ttl(&p.ResetPause), &p.Version}
}

func productValues(p directory.Product) []any {
	return []any{string(p.ID), p.Name, p.Mark, p.Color, string(p.OnLink), p.Weak, p.Shared, p.MailboxResetsPassword, p.AddressesProven, string(p.OtherAddress),
		p.ResetPause.Microseconds()}
}

func scanProduct(row scanner) (p directory.Product, err error) {
	return p, row.Scan(productFields(&p)...)
}

const tenantColumns = `tenant.id, tenant.name, tenant.rollout, tenant.administrators, tenant.email_domains,
 tenant.time_zone, tenant.flows_per_hour, tenant.pilot, tenant.version`

func tenantFields(t *directory.Tenant) []any {
	return []any{&t.ID, &t.Name, &t.Rollout, mailboxesColumn{&t.Administrators}, unpack(&t.EmailDomains), &t.TimeZone,
		&t.FlowsPerHour, pilotColumn{&t.Pilot}, &t.Version}
}

func tenantValues(t directory.Tenant) []any {
	keys := make([]string, 0, len(t.Administrators))
	for _, email := range t.Administrators {
		keys = append(keys, email.Key())
	}
	return []any{string(t.ID), t.Name, string(t.Rollout), packList(keys), packList(t.EmailDomains), t.TimeZone,
		t.FlowsPerHour, packPilot(t.Pilot)}
}

func scanTenant(row scanner) (t directory.Tenant, err error) { return t, row.Scan(tenantFields(&t)...) }

// A left join leaves the connector's columns NULL where an instance has none.
const connectorColumns = `COALESCE(connector_spec.name, ''), COALESCE(connector_spec.kind, ''), COALESCE(connector_spec.options, ''),
 COALESCE(connector_spec.id_stable, FALSE), COALESCE(connector_spec.lockout_threshold, 0), COALESCE(connector_spec.version, 0)`

func connectorFields(c *directory.ConnectorSpec) []any {
	return []any{&c.Name, &c.Kind, &c.Options, &c.IDStable, &c.LockoutThreshold, &c.Version}
}

func connectorValues(c directory.ConnectorSpec) []any {
	return []any{string(c.Name), c.Kind, c.Options, c.IDStable, c.LockoutThreshold}
}

func scanConnector(row scanner) (c directory.ConnectorSpec, err error) {
	return c, row.Scan(connectorFields(&c)...)
}

const clientColumns = `client.id, client.product_id, client.name, client.secret_hash, client.auth_method,
 client.pkce_optional, client.id_token_alg, client.api_scopes, client.refresh, client.introspects,
 client.jwks, client.require_pushed, client.logout_uri, client.logout_private, client.version`

func clientFields(c *directory.Client) []any {
	return []any{&c.ID, &c.Product, &c.Name, &c.SecretHash, &c.AuthMethod, &c.PKCEOptional, &c.IDTokenAlg,
		wordsColumn[directory.APIScope]{&c.APIScopes}, &c.Refresh, wordsColumn[ident.ClientID]{&c.Introspects},
		&c.JWKS, &c.RequirePushed, &c.LogoutURI, &c.LogoutPrivate, &c.Version}
}

func clientValues(c directory.Client) []any {
	return []any{string(c.ID), string(c.Product), c.Name, c.SecretHash, c.AuthMethod, c.PKCEOptional, c.IDTokenAlg,
		words(c.APIScopes), string(c.Refresh), words(c.Introspects), c.JWKS, c.RequirePushed,
		c.LogoutURI, c.LogoutPrivate}
}

func scanClient(row scanner) (c directory.Client, err error) { return c, row.Scan(clientFields(&c)...) }

const instanceColumns = `instance.tenant_id, instance.product_id, instance.id, instance.connector_name, instance.client_id,
 instance.redirect_uris, instance.post_logout_redirect_uris, instance.home_url, instance.login_url, instance.reset_url,
 instance.rollout, instance.pilot, instance.version`

func instanceFields(i *directory.Instance) []any {
	return []any{&i.Tenant, &i.Product, &i.ID, text(&i.Connector), text(&i.Client), unpack(&i.RedirectURIs),
		unpack(&i.PostLogoutRedirectURIs), &i.HomeURL, &i.LoginURL, &i.ResetURL, &i.Rollout, pilotColumn{&i.Pilot}, &i.Version}
}

func instanceValues(i directory.Instance) []any {
	return []any{string(i.Tenant), string(i.Product), string(i.ID), orNull(i.Connector), orNull(i.Client),
		packList(i.RedirectURIs), packList(i.PostLogoutRedirectURIs), i.HomeURL, i.LoginURL, i.ResetURL,
		string(i.Rollout), packPilot(i.Pilot)}
}

func scanInstance(row scanner) (i directory.Instance, err error) {
	return i, row.Scan(instanceFields(&i)...)
}

// mailboxesColumn reads a JSON list of canonical addresses.
type mailboxesColumn struct{ list *[]ident.Email }

// Scan takes a JSON text.
func (c mailboxesColumn) Scan(src any) error {
	var encoded string
	if err := text(&encoded).Scan(src); err != nil {
		return err
	}
	var keys []string
	if err := json.Unmarshal([]byte(encoded), &keys); err != nil {
		return err
	}
	*c.list = nil
	for i, key := range keys {
		email, err := restoreEmail(key)
		if err != nil {
			return fmt.Errorf("address %d of a list: %w", i, err)
		}
		*c.list = append(*c.list, email)
	}
	return nil
}
