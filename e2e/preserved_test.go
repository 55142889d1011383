package e2e_test

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ligature/internal/demo/rp/stand"
	"ligature/internal/testkit/replica"
)

// difference is one thing that a product itself writes while people sign in. Everything else that differs afterwards is a
// failure, and so is a row here that never happens.
type difference struct {
	// act is what the product does when it writes this.
	act string
	// product, table and column say where; without a column rows come or go.
	product, table, column string
	// whose names the column that says whose row it is.
	whose string
	// only says more: grows, or newcomer.
	only limit
	// reason says why it is the product's own.
	reason string
}

// limit narrows a difference.
type limit string

const (
	// grows: the value only ever gets larger.
	grows limit = "grows"
	// newcomer: the user was not there before.
	newcomer limit = "newcomer"
)

// The acts of products.
const (
	visit    = "somebody comes in"
	guess    = "the product is asked about a wrong password"
	ask      = "the product is asked for a reset"
	reset    = "a new password is chosen on the product's own page"
	ownGuess = "a wrong password on the product's own login page"
	invite   = "an administrator of the product invites somebody"
)

// differences are all there are.
func differences() []difference {
	return []difference{
		{visit, "pim", "oro_user", "last_login", "id", grows, "the product notes when somebody came in"},
		{visit, "pim", "oro_user", "login_count", "id", grows, "and how often"},
		{visit, "pim", "pim_session", "", "sess_data", "", "the product's own session, which it makes and ends itself"},
		{visit, "sdm", "users_user", "last_login", "id", grows, "the product notes when somebody came in"},
		{visit, "sdm", "users_user", "login_count", "id", grows, "and how often"},
		{visit, "sdm", "django_session", "", "user_id", "", "the product's own session, which it makes and ends itself"},
		{guess, "sdm", "users_user", "failed_logins", "id", "", "the product checks the password itself, and counts what was wrong"},
		{ask, "pim", "oro_user", "confirmation_token", "id", "", "the link that the product mailed"},
		{ask, "pim", "oro_user", "password_requested", "id", grows, "since when that link is good"},
		{ask, "sdm", "users_passwordreset", "", "user_id", "", "the link that the product mailed"},
		{reset, "pim", "oro_user", "password", "id", "", "the person chose it there"},
		{reset, "pim", "oro_user", "updatedAt", "id", grows, "and the product notes when"},
		{reset, "sdm", "users_user", "password", "id", "", "the person chose it there"},
		{reset, "sdm", "users_user", "updated_at", "id", grows, "and the product notes when"},
		{ownGuess, "pim", "oro_user", "consecutive_authentication_failure_counter", "id", grows, "the product's own lock counts on its own page"},
		{ownGuess, "pim", "oro_user", "authentication_failure_reset_date", "id", grows, "and since when"},
		{invite, "pim", "oro_user", "", "id", newcomer, "a user who has yet to accept"},
		{invite, "pim", "oro_user_access_role", "", "user_id", newcomer, "with the roles that the administrator gives"},
		{invite, "pim", "oro_user_access_group", "", "user_id", newcomer, "and the group of everybody"},
		{invite, "sdm", "users_user", "", "id", newcomer, "a user who has yet to accept"},
		{invite, "sdm", "users_notificationpreference", "", "user_id", newcomer, "with the preferences that everybody begins with"},
		{invite, "sdm", "users_invitation", "", "user_id", newcomer, "and the product's own note of it"},
	}
}

// change is one difference between two dumps of a product.
type change struct {
	product, table, column string
	row                    stand.Row
	before, after          string
}

// String shows the change.
func (c change) String() string {
	switch {
	case c.column != "":
		return fmt.Sprintf("%s: %s.%s of %v was %s and is %s", c.product, c.table, c.column, c.row["id"], c.before, c.after)
	case c.before == "":
		return fmt.Sprintf("%s: a row came into %s: %.300v", c.product, c.table, c.row)
	}
	return fmt.Sprintf("%s: a row is gone from %s: %.300v", c.product, c.table, c.row)
}

var userInSession = regexp.MustCompile(`"user":(\d+)`)

// owner is the id of the user whose row it is.
func (c change) owner(whose string) string {
	if whose == "sess_data" {
		if found := userInSession.FindStringSubmatch(c.row[whose]); found != nil {
			return found[1]
		}
		return ""
	}
	return c.row[whose]
}

// is reports that the change is this difference. new says whether a user was not there before.
func (d difference) is(c change, new func(product, user string) bool) bool {
	if d.product != c.product || d.table != c.table || d.column != c.column {
		return false
	}
	return d.only == "" || d.only == grows && grown(c.before, c.after) || d.only == newcomer && new(c.product, c.owner(d.whose))
}

// grown compares two literals of one kind; NULL is less than anything.
func grown(before, after string) bool {
	was, err1 := strconv.ParseInt(before, 10, 64)
	is, err2 := strconv.ParseInt(after, 10, 64)
	if err1 == nil && err2 == nil {
		return was < is
	}
	return before == "NULL" || strings.HasPrefix(after, "'") && before < after
}

// changes compares two dumps row by row; keys are the primary keys.
func changes(product string, keys map[string][]string, before, after stand.Dump) (all []change) {
	tables := slices.Collect(maps.Keys(before))
	for table := range after {
		if _, known := before[table]; !known {
			tables = append(tables, table)
			all = append(all, change{product: product, table: table, after: "a table"})
		}
	}
	slices.Sort(tables)
	for _, table := range tables {
		if _, stays := after[table]; !stays {
			all = append(all, change{product: product, table: table, before: "a table"})
		}
		old := map[string]stand.Row{}
		for _, row := range before[table] {
			old[keyOf(row, keys[table])] = row
		}
		for _, row := range after[table] {
			key := keyOf(row, keys[table])
			was, ok := old[key]
			delete(old, key)
			if !ok {
				all = append(all, change{product: product, table: table, row: row, after: key})
				continue
			}
			for _, column := range slices.Sorted(maps.Keys(row)) {
				if row[column] != was[column] {
					all = append(all, change{product, table, column, row, was[column], row[column]})
				}
			}
		}
		for _, key := range slices.Sorted(maps.Keys(old)) {
			all = append(all, change{product: product, table: table, row: old[key], before: key})
		}
	}
	return all
}

// keyOf is a row's primary key; a table without one is compared by whole rows.
func keyOf(row stand.Row, key []string) string {
	if len(key) == 0 {
		key = slices.Sorted(maps.Keys(row))
	}
	values := make([]string, len(key))
	for i, column := range key {
		values[i] = row[column]
	}
	return strings.Join(values, "\x00")
}

// watch sees what happens to the products' own data.
type watch struct {
	w        *world
	products []string
	files    map[string]*sql.DB
	keys     map[string]map[string][]string
	before   map[string]stand.Dump
	// asked is the MariaDB that is asked about the PIM's users instead of its file, nil when none is.
	asked *replica.Replica
}

// watched begins to watch.
func watched(w *world, asked *replica.Replica) *watch {
	w.t.Helper()
	v := &watch{w: w, products: []string{"pim", "sdm"}, files: map[string]*sql.DB{}, keys: map[string]map[string][]string{}, before: map[string]stand.Dump{}, asked: asked}
	for _, product := range v.products {
		v.files[product] = replica.File(w.t, filepath.Join(w.dir, product+".db"))
		v.keys[product] = v.primaryKeys(product)
	}
	v.begin()
	return v
}

// begin takes the products as they are.
func (v *watch) begin() {
	v.w.t.Helper()
	for _, product := range v.products {
		v.before[product] = v.dump(product)
	}
}

// dump is every table of a product with all rows and columns.
func (v *watch) dump(product string) stand.Dump {
	v.w.t.Helper()
	dump, err := stand.DumpStore(context.WithoutCancel(v.w.t.Context()), v.files[product])
	if err != nil {
		v.w.t.Fatal(err)
	}
	return dump
}

func (v *watch) primaryKeys(product string) map[string][]string {
	v.w.t.Helper()
	rows, err := v.files[product].QueryContext(v.w.t.Context(),
		`SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' AND c.pk > 0 ORDER BY t.name, c.pk`)
	if err != nil {
		v.w.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	keys := map[string][]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			v.w.t.Fatal(err)
		}
		keys[table] = append(keys[table], column)
	}
	if err := rows.Err(); err != nil {
		v.w.t.Fatal(err)
	}
	return keys
}

// changes are all since the beginning. The store that Ligature asks has none: nobody but its product writes there.
func (v *watch) changes() (all []change) {
	v.w.t.Helper()
	for _, product := range v.products {
		all = append(all, changes(product, v.keys[product], v.before[product], v.dump(product))...)
	}
	if v.asked != nil {
		for _, s := range v.asked.Quiet(v.w.t) {
			all = append(all, changes("MariaDB", v.keys["pim"], s.From, s.To)...)
		}
	}
	return all
}

// untouched fails for everything that no product wrote by itself.
func (v *watch) untouched() {
	v.w.t.Helper()
	for _, c := range v.changes() {
		if !slices.ContainsFunc(differences(), func(d difference) bool { return d.is(c, v.new) }) {
			v.w.t.Errorf("this is not the product's own doing; if it is, list it in differences: %s", c)
		}
	}
}

// own lets a product be changed by its own people: what they do is none of Ligature's, and begins the comparison anew.
func (v *watch) own(act func()) {
	v.w.t.Helper()
	v.untouched()
	act()
	v.begin()
}

// TestProductsArePreserved (seed: "your existing roles and permissions in each product are preserved"): after each journey
// every row of every table of every product is as it was, but for what the product itself wrote about those who made it.
func TestProductsArePreserved(t *testing.T) {
	t.Parallel()
	for _, store := range pimStores() {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			happened, walked := map[string]int{}, 0
			for _, j := range journeys() {
				t.Run(j.name, func(t *testing.T) {
					w := openWorldOn(t, store)
					j.walk(w)
					for _, d := range w.products.onlyBy(j) {
						happened[d.product+"."+d.table+"."+d.column]++
					}
					walked++
				})
			}
			if t.Failed() || walked < len(journeys()) {
				return // not everything had its chance to happen
			}
			for _, d := range differences() {
				if happened[d.product+"."+d.table+"."+d.column] == 0 {
					t.Errorf("%s.%s.%s is listed (%s), and never happened", d.product, d.table, d.column, d.reason)
				}
			}
		})
	}
}

// onlyBy fails for every change that is not of one of the journey's acts on one of the journey's people, and for every act
// of the journey that did not happen. It gives what did.
func (v *watch) onlyBy(j journey) (happened []difference) {
	v.w.t.Helper()
	people := v.people(j.people)
	acts := map[string]bool{}
	for _, c := range v.changes() {
		i := slices.IndexFunc(differences(), func(d difference) bool {
			user := c.owner(d.whose)
			return d.is(c, v.new) && slices.Contains(j.acts, d.act) && (people[c.product+" "+user] || v.new(c.product, user))
		})
		if i < 0 {
			v.w.t.Errorf("no act of this journey by one of its people: %s", c)
			continue
		}
		happened = append(happened, differences()[i])
		acts[differences()[i].act] = true
	}
	for _, act := range j.acts {
		if !acts[act] {
			v.w.t.Errorf("the journey says that %s, and nothing shows it", act)
		}
	}
	return happened
}

// userTables are where the products keep their users.
var userTables = map[string]string{"pim": "oro_user", "sdm": "users_user"}

// new reports that a product's user was not there before.
func (v *watch) new(product, user string) bool {
	return user != "" && !slices.ContainsFunc(v.before[product][userTables[product]], func(row stand.Row) bool { return row["id"] == user })
}

// people are the users of the journey's people, as "product id".
func (v *watch) people(cases []string) map[string]bool {
	users := map[string]bool{}
	for _, p := range v.w.ready.People {
		if !slices.Contains(cases, p.Case) {
			continue
		}
		for _, row := range v.before[p.Product][userTables[p.Product]] {
			if literal := "'" + p.Identifier + "'"; row["username"] == literal || row["email"] == literal {
				users[p.Product+" "+row["id"]] = true
			}
		}
	}
	return users
}
