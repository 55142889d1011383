package e2e_test

import (
	"context"
	"database/sql"
	"net/http"
	"slices"
	"strings"
	"testing"

	"ligature/internal/testkit"
)

// keepsake is something of a person's that must be there afterwards as it was before, by the seed page's own words.
type keepsake struct {
	// promise is the seed page's sentence.
	promise string
	product string
	name    string
	// query gives it, by the user's name or address in the product.
	query string
}

// The sentences of "What is preserved after linking".
const (
	rolesPromise       = "Your roles and permissions in each product, as configured by the administrators of that product."
	preferencesPromise = "Your product-specific preferences (default locale, default channel, default views in Akeneo PIM; language and notification preferences in Supplier Data Manager)."
	historyPromise     = "Your user history in each product (created and edited items, audit trail entries)."
)

const ofPIM = " FROM oro_user u JOIN "

// keepsakes are all that the page names.
func keepsakes() []keepsake {
	return []keepsake{
		{rolesPromise, "pim", "roles", "SELECT r.role, r.label, r.type" + ofPIM + "oro_user_access_role x ON x.user_id = u.id JOIN oro_access_role r ON r.id = x.role_id WHERE u.username = ? ORDER BY r.id"},
		{rolesPromise, "pim", "groups", "SELECT g.name" + ofPIM + "oro_user_access_group x ON x.user_id = u.id JOIN oro_access_group g ON g.id = x.group_id WHERE u.username = ? ORDER BY g.id"},
		{rolesPromise, "pim", "permissions", "SELECT r.role, c.class_type, o.object_identifier, e.mask, e.granting" + ofPIM + `oro_user_access_role x ON x.user_id = u.id JOIN oro_access_role r ON r.id = x.role_id
JOIN acl_security_identities s ON s.identifier = r.role JOIN acl_entries e ON e.security_identity_id = s.id JOIN acl_classes c ON c.id = e.class_id
JOIN acl_object_identities o ON o.id = e.object_identity_id WHERE u.username = ? ORDER BY e.id`},
		{rolesPromise, "pim", "whether the user may come in", "SELECT u.enabled, u.user_type FROM oro_user u WHERE u.username = ?"},
		{preferencesPromise, "pim", "default locales", "SELECT l.code, c.code" + ofPIM + "pim_catalog_locale l ON l.id = u.ui_locale_id JOIN pim_catalog_locale c ON c.id = u.catalogLocale_id WHERE u.username = ?"},
		{preferencesPromise, "pim", "default channel", "SELECT c.code" + ofPIM + "pim_catalog_channel c ON c.id = u.catalogScope_id WHERE u.username = ?"},
		{preferencesPromise, "pim", "default tree", "SELECT c.code" + ofPIM + "pim_catalog_category c ON c.id = u.defaultTree_id WHERE u.username = ?"},
		{preferencesPromise, "pim", "default views", "SELECT v.id, v.label, v.columns, v.filters" + ofPIM + "pim_user_default_datagrid_view x ON x.user_id = u.id JOIN pim_datagrid_view v ON v.id = x.view_id WHERE u.username = ?"},
		{preferencesPromise, "pim", "saved views", "SELECT v.id, v.label" + ofPIM + "pim_datagrid_view v ON v.owner_id = u.id WHERE u.username = ? ORDER BY v.id"},
		{preferencesPromise, "pim", "other preferences", "SELECT u.timezone, u.emailNotifications, u.product_grid_filters, u.phone, u.profile, u.properties FROM oro_user u WHERE u.username = ?"},
		{historyPromise, "pim", "edited items", "SELECT v.id, v.resource_name, v.resource_id, v.version, v.changeset, v.snapshot, v.logged_at FROM pim_versioning_version v WHERE v.author = ? ORDER BY v.id"},
		{historyPromise, "pim", "notifications", "SELECT n.message, n.created, x.viewed" + ofPIM + "pim_notification_user_notification x ON x.user_id = u.id JOIN pim_notification_notification n ON n.id = x.notification_id WHERE u.username = ? ORDER BY x.id"},
		{historyPromise, "pim", "the name that history knows", "SELECT u.id, u.username, u.email, u.first_name, u.last_name, u.createdAt FROM oro_user u WHERE u.username = ?"},
		{rolesPromise, "sdm", "access level", "SELECT u.access_level, u.is_active, o.name, o.type, o.is_active FROM users_user u JOIN organizations_organization o ON o.id = u.organization_id WHERE u.email = ?"},
		{preferencesPromise, "sdm", "language", "SELECT language FROM users_user WHERE email = ?"},
		{preferencesPromise, "sdm", "notification preferences", `SELECT p.ftp_failure, p.contributor_upload, p.last_step_done, p.long_job, p.long_job_minutes
FROM users_user u JOIN users_notificationpreference p ON p.user_id = u.id WHERE u.email = ?`},
		{historyPromise, "sdm", "created and owned jobs", `SELECT j.id, j.name, j.status, j.creator_id, j.owner_id, j.created_at, p.name
FROM users_user u JOIN jobs_job j ON j.owner_id = u.id OR j.creator_id = u.id JOIN projects_project p ON p.id = j.project_id WHERE u.email = ? ORDER BY j.id`},
		{historyPromise, "sdm", "activity", "SELECT a.id, a.text, a.job_id, a.created_at FROM users_user u JOIN activity_entry a ON a.user_id = u.id WHERE u.email = ? ORDER BY a.id"},
		{historyPromise, "sdm", "the user", "SELECT id, email, first_name, last_name, created_at FROM users_user WHERE email = ?"},
	}
}

// rowsOf reads a query's rows as texts.
func rowsOf(t *testing.T, db *sql.DB, query, of string) (all []string) {
	t.Helper()
	rows, err := db.QueryContext(context.WithoutCancel(t.Context()), query, of)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values, into := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		texts := make([]string, len(names))
		for i, name := range names {
			texts[i] = name + "=" + values[i].String
		}
		all = append(all, strings.Join(texts, " "))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// kept are the rows that the seed page promises to leave, of one user, by name; those of MariaDB as well where it is asked.
func (v *watch) kept(product, user string) map[string][]string {
	v.w.t.Helper()
	found := map[string][]string{}
	for _, k := range keepsakes() {
		if k.product != product {
			continue
		}
		found[k.promise+" "+product+": "+k.name] = rowsOf(v.w.t, v.files[product], k.query, user)
		if product == "pim" && v.asked != nil {
			found[k.promise+" "+product+" in MariaDB: "+k.name] = rowsOf(v.w.t, v.asked.Owner, k.query, user)
		}
	}
	return found
}

// TestWhatIsPreservedAfterLinking is the seed's section of that name: roles and permissions, preferences, history, by name,
// as rows and as the product shows them.
func TestWhatIsPreservedAfterLinking(t *testing.T) {
	t.Parallel()
	for _, store := range pimStores() {
		t.Run(store, func(t *testing.T) {
			w := openWorldOn(t, store)
			people := [][2]string{{"pim", "dpetrov"}, {"pim", "rita"}, {"sdm", "rita.m@suppliers.example"}, {"sdm", "noor@suppliers.example"}}
			before := map[[2]string]map[string][]string{}
			for _, p := range people {
				before[p] = w.products.kept(p[0], p[1])
			}
			w.showsWhatDanaHas(w.comeIn("one_account", "pim"))
			w.linkYourAccount()
			rita, noor := w.browser("next day"), w.comeIn("sdm_only", "sdm")
			w.signIn(rita, "sdm", "rita", w.person("different_login", "pim").Password)
			if strings.HasPrefix(rita.Page.URL.String(), w.product("sdm").URL) {
				t.Error("the PIM's username opened the other product")
			}
			w.signIn(rita, "sdm", w.person("different_login", "pim").Email, w.person("different_login", "pim").Password)
			w.showsWhatSuppliersHave(rita, "member")
			w.showsWhatSuppliersHave(noor, "administrator")
			for _, p := range people {
				after := w.products.kept(p[0], p[1])
				for name, rows := range before[p] {
					if len(rows) == 0 {
						t.Errorf("%s had nothing to lose: %s", p[1], name)
					}
					if !slices.Equal(rows, after[name]) {
						t.Errorf("%s lost something: %s\nbefore %q\nafter  %q", p[1], name, rows, after[name])
					}
				}
			}
		})
	}
}

// showsWhatDanaHas reads the PIM's pages: a role's permissions open what they opened, and nothing more.
func (w *world) showsWhatDanaHas(b *testkit.Browser) {
	w.t.Helper()
	for _, kept := range []string{"dpetrov", "Catalog manager", "Redactor", "fr_FR", "mobile", "Europe/Paris", "Missing pictures default", "Ready for print",
		"Your export “Spring range” has finished.", "Oak shelf, Petrov", "Reviewed by Dana"} {
		if !b.Page.Says(kept) {
			w.t.Errorf("the PIM does not show %q: %s", kept, b.Page.Text())
		}
	}
	base := w.product("pim").URL
	if b.Open(base + "/enrich/product/oak-shelf?tab=history"); !b.Page.Says("dpetrov") || !b.Page.Says("Oak shelf, Petrov") {
		w.t.Errorf("the product's history: %s", b.Page.Text())
	}
	if b.Open(base + "/enrich/product/oak-shelf"); b.Page.Form("Save") == nil {
		w.t.Errorf("the permission to edit is gone: %s", b.Page.Text())
	}
	for path, want := range map[string]int{"/system/users": http.StatusOK, "/system/configuration": http.StatusForbidden} {
		if b.Open(base + path); b.Page.Status != want {
			w.t.Errorf("%s answers %d, want %d", path, b.Page.Status, want)
		}
	}
}

// showsWhatSuppliersHave reads Supplier Data Manager's pages.
func (w *world) showsWhatSuppliersHave(b *testkit.Browser, level string) {
	w.t.Helper()
	for _, kept := range []string{"Acme", level, "Import 2,140 rows", "Mapped 14 columns of Autumn range"} {
		if !b.Page.Says(kept) {
			w.t.Errorf("Supplier Data Manager does not show %q: %s", kept, b.Page.Text())
		}
	}
	base := w.product("sdm").URL
	if b.Open(base + "/account?tab=interface"); !strings.Contains(b.Page.Body, `value="fr" lang="fr" selected`) {
		w.t.Errorf("the language is another: %s", b.Page.Body)
	}
	if b.Open(base + "/account?tab=notifications"); b.Page.Value("long_job_minutes") != "90" {
		w.t.Errorf("the notification preferences are others: %q", b.Page.Value("long_job_minutes"))
	}
	want := http.StatusForbidden
	if level == "administrator" {
		want = http.StatusOK
	}
	if b.Open(base + "/organisation/settings"); b.Page.Status != want {
		w.t.Errorf("the organisation's settings answer a %s with %d, want %d", level, b.Page.Status, want)
	}
}
