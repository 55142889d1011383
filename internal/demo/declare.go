package demo

import (
	"cmp"
	"context"
	"crypto/rand"
	"net"
	"path/filepath"

	"ligature/internal/connector"
	"ligature/internal/connector/httpconn"
	"ligature/internal/connector/sqlconn"
	"ligature/internal/demo/other"
	"ligature/internal/demo/pim"
	"ligature/internal/demo/rp"
	"ligature/internal/demo/sdm"
	"ligature/internal/directory"
	"ligature/internal/ident"
	"ligature/internal/legacyhash"
	"ligature/internal/server"
	"ligature/internal/web"
)

// tenant is the one organisation of the world.
const tenant = ident.TenantID("acme")

// declaration is the suite under the seed page's names.
func (w *World) declaration() directory.Declaration {
	admin, _ := ident.ParseEmail("admin@acme.example")
	inviting := []directory.APIScope{directory.ScopeInvitationsRead, directory.ScopeInvitationsWrite}
	instance := func(product, base, callback, signedOut, login, forgot, client string) directory.Instance {
		return directory.Instance{
			ID: ident.InstanceID("acme-" + product), Tenant: tenant, Product: ident.ProductID(product),
			Connector: ident.ConnectorName(product), Client: ident.ClientID(client), RedirectURIs: []string{base + callback},
			PostLogoutRedirectURIs: []string{base + signedOut}, HomeURL: base + "/", LoginURL: base + login, ResetURL: base + forgot,
		}
	}
	disclosure := directory.Explicit
	if w.options.Uniform {
		disclosure = directory.Uniform
	}
	declared := directory.Declaration{
		Suite: directory.Suite{
			Issuer: w.issuer, Brand: directory.Brand{Account: accountName, Company: "Akeneo", Radius: 8},
			Locale: "en", Disclosure: disclosure, OnLink: cmp.Or(w.options.OnLink, directory.Adopt),
		},
		Products: []directory.Product{
			{ID: "pim", Name: pimName, Mark: web.MarkGrid, MailboxResetsPassword: true, AddressesProven: !w.options.TypedAddresses, OtherAddress: directory.AllowOther,
				ResetPause: pim.ResetPause},
			{ID: "sdm", Name: sdmName, Mark: web.MarkFlow, MailboxResetsPassword: true, AddressesProven: true, OtherAddress: directory.AllowOther},
		},
		Tenants: []directory.Tenant{{ID: tenant, Name: "Acme", Rollout: directory.RolloutOn,
			Administrators: []ident.Email{admin}, TimeZone: "UTC"}},
		Connectors: []directory.ConnectorSpec{
			{Name: "pim", Kind: "sql", Options: "{}", IDStable: true, LockoutThreshold: 5},
			{Name: "sdm", Kind: "http", Options: "{}", IDStable: true, LockoutThreshold: 10},
		},
		Clients: []directory.Client{
			{ID: "pim", Product: "pim", Name: pimName, SecretHash: server.HashClientSecret(w.pimSecret), AuthMethod: "client_secret_basic", IDTokenAlg: "RS256", APIScopes: inviting,
				LogoutURI: w.pimURL + rp.LogoutPath, LogoutPrivate: true},
			{ID: "sdm", Product: "sdm", Name: sdmName, SecretHash: server.HashClientSecret(w.sdmSecret), AuthMethod: "client_secret_basic", IDTokenAlg: "ES256", APIScopes: inviting,
				LogoutURI: w.sdmURL + rp.LogoutPath, LogoutPrivate: true},
		},
		Instances: []directory.Instance{
			instance("pim", w.pimURL, pim.CallbackPath, pim.SignedOutPath, pim.LoginPath, pim.ForgotPath, "pim"),
			instance("sdm", w.sdmURL, sdm.CallbackPath, sdm.SignedOutPath, sdm.LoginPath, sdm.ForgotPath, "sdm"),
		},
	}
	if w.other != nil {
		w.declareOther(&declared)
		declared.Instances = append(declared.Instances,
			instance("other", w.otherURL, other.CallbackPath, other.SignedOutPath, other.LoginPath, other.ForgotPath, "other"))
	}
	return declared
}

// connectors open the stores: the PIM's tables through SELECTs, Supplier Data Manager's accounts through the contract, and the
// other product's people in their directory.
func (w *World) connectors() map[ident.ConnectorName]server.OpenConnector {
	all := map[ident.ConnectorName]server.OpenConnector{
		"pim": func(ctx context.Context) (connector.Connector, error) {
			inner, err := sqlconn.Open(ctx, w.pimStore())
			if err != nil {
				return nil, err
			}
			reads, ok := inner.(reader)
			if !ok || w.options.WithoutReset == "pim" {
				return pluggable(inner, &w.pimState, w.says("pim")), nil
			}
			return pluggable(w.resetForm(reads), &w.pimState, w.says("pim")), nil
		},
		"sdm": func(context.Context) (connector.Connector, error) {
			// The product itself is what goes down here, so that the way from its answers to what people are told is the real one.
			return httpconn.Open(httpconn.Options{URL: w.sdmURL, Secret: w.connectorSecret, AllowPrivate: true,
				CannotReset: w.options.WithoutReset == "sdm", DialContext: w.dial, Now: w.clock.Now, Rand: rand.Reader})
		},
	}
	if w.other != nil {
		all["other"] = w.openDirectory
	}
	return all
}

// says is what a product's store is made to say; "" when it speaks for itself.
func (w *World) says(product string) func() connector.Outcome {
	return func() connector.Outcome {
		if w.options.Outcomes == nil {
			return ""
		}
		return w.options.Outcomes(product)
	}
}

// tryStore opens the database that replaces the PIM's file once, so that one that cannot be used, or could be written, is told at
// the start and not to whoever signs in.
func (w *World) tryStore(ctx context.Context) error {
	if w.options.PIMStore == "" {
		return nil
	}
	store, err := sqlconn.Open(ctx, w.pimStore())
	if err != nil {
		return err
	}
	return store.Close()
}

// pimStore is where the PIM's users are asked for, and how.
func (w *World) pimStore() sqlconn.Options {
	hash := legacyhash.Spec{Format: legacyhash.SymfonySHA512}
	if w.options.PIMStore != "" {
		// The collation takes jose and josé for one: fine for a name that the product takes so too, not for a mailbox.
		const byEmail = " WHERE u.email = :email AND LOWER(u.email) = LOWER(:email) COLLATE utf8mb4_bin"
		return sqlconn.Options{Driver: "mysql", DSN: w.options.PIMStore, ByEmail: pim.MySQLAccountSelect + byEmail,
			ByUsername: pim.MySQLAccountSelect + " WHERE u.username = :username", ByID: pim.MySQLAccountSelect + " WHERE u.id = :id", Hash: hash}
	}
	return sqlconn.Options{Driver: "sqlite", DSN: filepath.Join(w.dir, "pim.db"), ByEmail: pimSelect("email = :email"),
		ByUsername: pimSelect("username = :username"), ByID: pimSelect("id = :id"), Hash: hash}
}

// pimSelect reads the PIM's users in the names the connector expects.
func pimSelect(where string) string {
	return `SELECT id, generation, username, email, name, locale, password AS password_hash, salt, disabled,
 COALESCE(locked_until, 0) > CAST(strftime('%s', 'now') AS INTEGER) * 1000000 AS locked, privileged, shared, last_used
 FROM (` + pim.AccountSelect + `) AS account WHERE ` + where + ` COLLATE NOCASE`
}

// dial reaches every name of the world on loopback, where no resolver is asked.
func (w *World) dial(ctx context.Context, network, address string) (net.Conn, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
}
