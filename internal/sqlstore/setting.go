package sqlstore

import (
	"context"
	"sync"

	"ligature/internal/directory"
	"ligature/internal/ident"
)

// revisionQuery is how far what is declared and switched has come.
const revisionQuery = "SELECT revision FROM suite WHERE id = 1"

// settings remembers what was declared, as it was at a revision of the suite's. Whoever asks reads the revision first, in a
// statement that costs next to nothing, so that nothing that was switched or declared since is missed.
type settings struct {
	mu    sync.RWMutex
	known map[settingKey]revised
}

// settingKey names a setting.
type settingKey struct {
	tenant  ident.TenantID
	product ident.ProductID
}

// revised is a setting as it was at a revision.
type revised struct {
	setting  directory.Setting
	revision int64
}

// suiteFields are those of the columns that every setting begins with.
func (r *revised) suiteFields() []any {
	return append([]any{&r.revision}, suiteFields(&r.setting.Suite)...)
}

// Setting is everything declared that a flow of the tenant and product depends on, as it was at one moment. Without a
// product it holds suite and tenant, without a tenant the suite alone. What it refers to is shared: nobody changes it.
// fault.Missing "suite.missing" before anything was declared, "setting.missing" for what is not declared or was withdrawn.
func (d *DB) Setting(ctx context.Context, tenant ident.TenantID, product ident.ProductID) (directory.Setting, error) {
	revision, err := one(ctx, d.reader(), "suite.missing", scanRevision, revisionQuery)
	if err != nil {
		return directory.Setting{}, err
	}
	return d.settingAt(ctx, tenant, product, revision)
}

func scanRevision(row scanner) (revision int64, err error) { return revision, row.Scan(&revision) }

// settingAt is the setting at a revision that was just read, or at a later one.
func (d *DB) settingAt(ctx context.Context, tenant ident.TenantID, product ident.ProductID, revision int64) (directory.Setting, error) {
	key := settingKey{tenant, product}
	d.settings.mu.RLock()
	kept, ok := d.settings.known[key]
	d.settings.mu.RUnlock()
	if ok && kept.revision == revision {
		return kept.setting, nil
	}
	fresh, err := d.readSetting(ctx, tenant, product)
	if err != nil {
		return directory.Setting{}, err
	}
	d.settings.mu.Lock()
	defer d.settings.mu.Unlock()
	if d.settings.known == nil {
		d.settings.known = map[settingKey]revised{}
	}
	d.settings.known[key] = fresh
	return fresh.setting, nil
}

// readSetting reads a setting with its revision, in one statement.
func (d *DB) readSetting(ctx context.Context, tenant ident.TenantID, product ident.ProductID) (revised, error) {
	const selected = "SELECT suite.revision, " + suiteColumns
	if tenant == "" {
		return one(ctx, d.reader(), "suite.missing", func(row scanner) (r revised, err error) {
			return r, row.Scan(r.suiteFields()...)
		}, selected+" FROM suite WHERE id = 1")
	}
	if product == "" {
		return one(ctx, d.reader(), "setting.missing", func(row scanner) (r revised, err error) {
			return r, row.Scan(append(r.suiteFields(), tenantFields(&r.setting.Tenant)...)...)
		}, selected+", "+tenantColumns+" FROM suite, tenant WHERE suite.id = 1 AND tenant.id = $1 AND tenant.withdrawn_at = 0",
			string(tenant))
	}
	return one(ctx, d.reader(), "setting.missing", scanSetting, selected+", "+tenantColumns+", "+productColumns+
		", "+instanceColumns+", "+connectorColumns+` FROM instance
 JOIN suite ON suite.id = 1
 JOIN tenant ON tenant.id = instance.tenant_id AND tenant.withdrawn_at = 0
 JOIN product ON product.id = instance.product_id AND product.withdrawn_at = 0
 LEFT JOIN connector_spec ON connector_spec.name = instance.connector_name AND connector_spec.withdrawn_at = 0
 WHERE instance.tenant_id = $1 AND instance.product_id = $2 AND instance.withdrawn_at = 0`, string(tenant), string(product))
}

func scanSetting(row scanner) (r revised, err error) {
	s := &r.setting
	fields := append(r.suiteFields(), tenantFields(&s.Tenant)...)
	fields = append(fields, productFields(&s.Product)...)
	fields = append(fields, instanceFields(&s.Instance)...)
	return r, row.Scan(append(fields, connectorFields(&s.Connector)...)...)
}

// revise says that something declared or switched has changed. The suite's row is held already.
func (w *work) revise(ctx context.Context) error {
	return w.change(ctx, "suite.moved", "UPDATE suite SET revision = revision + 1 WHERE id = 1")
}

// Suite is the deployment's declaration; fault.Missing "suite.missing" before there is one.
func (d *DB) Suite(ctx context.Context) (directory.Suite, error) {
	return one(ctx, d.reader(), "suite.missing", scanSuite, "SELECT "+suiteColumns+" FROM suite WHERE id = 1")
}

// Tenants are the declared tenants, by id.
func (d *DB) Tenants(ctx context.Context) ([]directory.Tenant, error) {
	return many(ctx, d.reader(), scanTenant, "SELECT "+tenantColumns+" FROM tenant WHERE withdrawn_at = 0 ORDER BY id")
}

// Tenant is one declared tenant; fault.Missing when it is not declared.
func (d *DB) Tenant(ctx context.Context, id ident.TenantID) (directory.Tenant, error) {
	return one(ctx, d.reader(), "tenant.missing", scanTenant, "SELECT "+tenantColumns+" FROM tenant WHERE id = $1 AND withdrawn_at = 0", string(id))
}

// Products are the declared products, by id.
func (d *DB) Products(ctx context.Context) ([]directory.Product, error) {
	return many(ctx, d.reader(), scanProduct, "SELECT "+productColumns+" FROM product WHERE withdrawn_at = 0 ORDER BY id")
}

// ProductsOf are the products that a tenant has an instance of, by id.
func (d *DB) ProductsOf(ctx context.Context, tenant ident.TenantID) ([]directory.Product, error) {
	return many(ctx, d.reader(), scanProduct, "SELECT "+productColumns+` FROM product
 JOIN instance ON instance.product_id = product.id AND instance.withdrawn_at = 0
 WHERE instance.tenant_id = $1 AND product.withdrawn_at = 0 ORDER BY product.id`, string(tenant))
}

// Connectors are the declared connectors, by name.
func (d *DB) Connectors(ctx context.Context) ([]directory.ConnectorSpec, error) {
	return many(ctx, d.reader(), scanConnector, "SELECT "+connectorColumns+" FROM connector_spec WHERE withdrawn_at = 0 ORDER BY name")
}

// Clients are the declared clients, by id.
func (d *DB) Clients(ctx context.Context) ([]directory.Client, error) {
	return many(ctx, d.reader(), scanClient, "SELECT "+clientColumns+" FROM client WHERE withdrawn_at = 0 ORDER BY id")
}

// Client is one declared client; fault.Missing when it is not declared.
func (d *DB) Client(ctx context.Context, id ident.ClientID) (directory.Client, error) {
	return one(ctx, d.reader(), "client.missing", scanClient, "SELECT "+clientColumns+" FROM client WHERE id = $1 AND withdrawn_at = 0", string(id))
}

// Instances are the declared instances, by tenant and product.
func (d *DB) Instances(ctx context.Context) ([]directory.Instance, error) {
	return many(ctx, d.reader(), scanInstance, "SELECT "+instanceColumns+" FROM instance WHERE withdrawn_at = 0 ORDER BY tenant_id, product_id")
}

// Instance is a tenant's instance of a product; fault.Missing when it is not declared.
func (d *DB) Instance(ctx context.Context, tenant ident.TenantID, product ident.ProductID) (directory.Instance, error) {
	return one(ctx, d.reader(), "instance.missing", scanInstance, "SELECT "+instanceColumns+
		" FROM instance WHERE tenant_id = $1 AND product_id = $2 AND withdrawn_at = 0", string(tenant), string(product))
}

// InstanceByRedirect is the instance that a client's redirect URI leads to, compared byte by byte (RFC 9700 §2.1);
// fault.Missing when none has it.
func (d *DB) InstanceByRedirect(ctx context.Context, client ident.ClientID, redirectURI string) (directory.Instance, error) {
	return one(ctx, d.reader(), "instance.missing", scanInstance, "SELECT "+instanceColumns+` FROM instance_redirect
 JOIN instance ON instance.tenant_id = instance_redirect.tenant_id AND instance.product_id = instance_redirect.product_id
 JOIN tenant ON tenant.id = instance.tenant_id AND tenant.withdrawn_at = 0
 WHERE instance_redirect.client_id = $1 AND instance_redirect.uri = $2 AND instance.withdrawn_at = 0`, string(client), redirectURI)
}

// InstancesOf are the instances that a client serves, by tenant and product.
func (d *DB) InstancesOf(ctx context.Context, client ident.ClientID) ([]directory.Instance, error) {
	return many(ctx, d.reader(), scanInstance, "SELECT "+instanceColumns+` FROM instance
 WHERE client_id = $1 AND withdrawn_at = 0 ORDER BY tenant_id, product_id`, string(client))
}
