package pim

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"
)

// productResource is what version rows of products are filed under.
const productResource = "Product"

// productsPage lists the catalog.
type productsPage struct {
	frame
	Products []productFact
}

type productFact struct {
	Identifier, Family, Updated string
	Values                      map[string]string
	id                          int64
}

// Name is the product's name, or its identifier.
func (f productFact) Name() string {
	if name := f.Values["name"]; name != "" {
		return name
	}
	return f.Identifier
}

// productPage is one product: its attributes, or its history.
type productPage struct {
	frame
	Item    productFact
	History []change
	OnTab   string
	MayEdit bool
	Problem string
}

func (p *Product) getProducts(w http.ResponseWriter, r *http.Request, s session) error {
	f, err := p.inside(r.Context(), "Products", "/enrich/product", s)
	if err != nil {
		return err
	}
	page := productsPage{frame: f}
	if page.Products, err = p.products(r.Context(), s.user, ""); err != nil {
		return err
	}
	return p.show(w, http.StatusOK, "products", page)
}

func (p *Product) products(ctx context.Context, reader user, where string, args ...any) ([]productFact, error) {
	rows, err := p.db.QueryContext(ctx, `SELECT id, identifier, family, raw_values, updated FROM pim_catalog_product `+where+` ORDER BY identifier`, args...)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, "pim.products", err)
	}
	defer func() { _ = rows.Close() }()
	var out []productFact
	for rows.Next() {
		var f productFact
		var values string
		var at time.Time
		if err := rows.Scan(&f.id, &f.Identifier, &f.Family, &values, &at); err != nil {
			return nil, fault.Wrap(fault.Internal, "pim.products", err)
		}
		f.Values, f.Updated = valuesOf(values), reader.in(at)
		out = append(out, f)
	}
	return out, fault.Wrap(fault.Unavailable, "pim.products", rows.Err())
}

func (p *Product) getProduct(w http.ResponseWriter, r *http.Request, s session) error {
	return p.showProduct(w, r, s, http.StatusOK, "")
}

func (p *Product) showProduct(w http.ResponseWriter, r *http.Request, s session, status int, problem string) error {
	found, err := p.products(r.Context(), s.user, `WHERE identifier = $1`, r.PathValue("identifier"))
	if err != nil {
		return err
	}
	if len(found) != 1 {
		return fault.New(fault.Missing, "pim.product")
	}
	f, err := p.inside(r.Context(), found[0].Name(), "/enrich/product", s)
	if err != nil {
		return err
	}
	page := productPage{frame: f.with(noteKey(r.URL.Query().Get("note"))), Item: found[0], OnTab: "attributes", Problem: problem}
	page.Failed = problem != ""
	if r.URL.Query().Get("tab") == "history" {
		page.OnTab = "history"
		if page.History, err = p.changes(r.Context(), s.user, `WHERE pr.id = $1`, found[0].id); err != nil {
			return err
		}
	}
	if page.MayEdit, err = p.may(r.Context(), s.user.ID, "pim_enrich_product_edit_attributes"); err != nil {
		return err
	}
	return p.show(w, status, "product", page)
}

// postProduct changes the name and description and files a version under the person's username.
func (p *Product) postProduct(w http.ResponseWriter, r *http.Request, s session) error {
	if err := parseForm(w, r); err != nil {
		return err
	}
	identifier := r.PathValue("identifier")
	name := strings.TrimSpace(r.PostForm.Get("name"))
	if name == "" || len(name) > 255 {
		return p.showProduct(w, r, s, http.StatusUnprocessableEntity, "Enter a name of at most 255 characters.")
	}
	after := map[string]string{"name": name, "description": strings.TrimSpace(r.PostForm.Get("description"))}
	err := stand.InTx(r.Context(), p.db, func(tx *sql.Tx) error {
		return saveProduct(r.Context(), tx, identifier, s.user.Username, after, p.cfg.Now())
	})
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/enrich/product/"+url.PathEscape(identifier)+"?tab=history&note="+string(noteSaved), http.StatusSeeOther)
	return nil
}

// saveProduct writes the values that differ and one version row for them; nothing when none differs.
func saveProduct(ctx context.Context, tx *sql.Tx, identifier, author string, after map[string]string, at time.Time) error {
	var id int64
	var encoded string
	err := tx.QueryRowContext(ctx, `SELECT id, raw_values FROM pim_catalog_product WHERE identifier = $1`, identifier).Scan(&id, &encoded)
	if missing(err) {
		return fault.New(fault.Missing, "pim.product")
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, "pim.product", err)
	}
	values := valuesOf(encoded)
	changed := map[string]map[string]string{}
	for field, value := range after {
		if values[field] != value {
			changed[field] = map[string]string{"old": values[field], "new": value}
			values[field] = value
		}
	}
	if len(changed) == 0 {
		return nil
	}
	snapshot, err := json.Marshal(values)
	if err != nil {
		return fault.Wrap(fault.Internal, "pim.product", err)
	}
	changeset, err := json.Marshal(changed)
	if err != nil {
		return fault.Wrap(fault.Internal, "pim.product", err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE pim_catalog_product SET raw_values = $2, updated = $3 WHERE id = $1`, id, string(snapshot), datetime(at)); err != nil {
		return fault.Wrap(fault.Unavailable, "pim.product", err)
	}
	resource := strconv.FormatInt(id, 10)
	_, err = tx.ExecContext(ctx, `INSERT INTO pim_versioning_version (author, resource_name, resource_id, snapshot, changeset, version, logged_at)
SELECT $1, $2, $3, $4, $5, COALESCE(MAX(version), 0) + 1, $6 FROM pim_versioning_version WHERE resource_name = $2 AND resource_id = $3`,
		author, productResource, resource, string(snapshot), string(changeset), datetime(at))
	return fault.Wrap(fault.Unavailable, "pim.history", err)
}

// valuesOf reads raw_values; a row that is not what this package writes counts as empty.
func valuesOf(encoded string) map[string]string {
	values := map[string]string{}
	if err := json.Unmarshal([]byte(encoded), &values); err != nil {
		return map[string]string{}
	}
	return values
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// configurationPage is a page that only administrators can open.
type configurationPage struct {
	frame
	Settings []fact
}

func (p *Product) getConfiguration(w http.ResponseWriter, r *http.Request, s session) error {
	f, err := p.inside(r.Context(), "System configuration", "/system/configuration", s)
	if err != nil {
		return err
	}
	return p.show(w, http.StatusOK, "configuration", configurationPage{frame: f, Settings: []fact{
		{"Sign-in with " + p.cfg.AccountName, p.cfg.RP.Issuer}, {"Client", p.cfg.RP.ClientID},
		{"Lock", "after 5 failures, for 5 minutes"}, {"Reset link", "24 hours"}}})
}
