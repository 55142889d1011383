// Package preset knows the user tables of well-known products: the SELECTs of a connector of kind sql, and how the
// passwords are hashed. It knows texts and asks no database. A product is one file with one Preset, listed in All.
//
// The columns of every statement have the names that package sqlconn reads. Whoever is no user that may sign in, such as
// a service account, is not selected; a password that the product itself takes for none is the empty text.
package preset

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"ligature/internal/legacyhash"
)

// Preset is what is known of one product's tables.
type Preset struct {
	// Name is what stands behind preset: in the configuration.
	Name string
	// Product says of what and of which versions this holds, for documents.
	Product string
	// Tables are those that it reads, as they are called if nothing is said.
	Tables []string
	// Drivers are those of the product's databases that can be asked.
	Drivers []string
	// Values differ between installations, and are given below with:.
	Values []Value
	// Hash is how its passwords are stored.
	Hash legacyhash.Spec
	// write gives the parts of its statements.
	write func(d dialect, with map[string]string) parts
}

// Value is something that differs between installations. It goes into the statements, so it has few letters.
type Value struct {
	// Name is its key below with:.
	Name string
	// Default is what it is when nothing is written; without one and without Empty it has to be written.
	Default string
	// Empty says that it may be the empty text.
	Empty bool
	// Text says that it is quoted, and may hold more than the letters of a name.
	Text bool
	// Says completes "the value is …", for documents.
	Says string
}

// Statements are the SELECTs of a connector of kind sql.
type Statements struct {
	ByID, ByEmail, ByUsername, List string
}

// parts are what the four statements of a product are put together from.
type parts struct {
	// columns with our names, from a table and its joins, and where, which all rows meet; "" is no condition.
	columns     []string
	from, where string
	// id is the key's column, and number says that it is a whole number and not text.
	id     string
	number bool
	// email and username are conditions; "" when the product has none.
	email, username string
}

// All lists the presets in the order of the documents.
func All() []Preset {
	return []Preset{akeneoPIM(), django(), laravel(), wordpress(), keycloak(), symfony(), rails(), devise(), drupal(), drupal7(), aspnet()}
}

// Names are those of All.
func Names() []string {
	var names []string
	for _, p := range All() {
		names = append(names, p.Name)
	}
	return names
}

// Find gives the preset of that name.
func Find(name string) (Preset, bool) {
	for _, p := range All() {
		if p.Name == name {
			return p, true
		}
	}
	return Preset{}, false
}

// Statements writes the SELECTs for a driver of sqlconn. Of an error the text tells what is wrong and what is known
// instead; it never repeats a value.
func (p Preset) Statements(driver string, with map[string]string) (Statements, error) {
	d, ok := dialects()[driver]
	if !ok || !slices.Contains(p.Drivers, driver) {
		return Statements{}, fmt.Errorf("%s has its users in %s", p.Name, strings.Join(p.Drivers, " or "))
	}
	values, err := p.values(with)
	if err != nil {
		return Statements{}, err
	}
	w := p.write(d, values)
	text := func(condition, rest string) string {
		if condition == "" {
			return ""
		}
		if w.where != "" {
			condition += " AND " + w.where
		}
		return "SELECT " + strings.Join(w.columns, ", ") + " FROM " + w.from + " WHERE " + condition + rest
	}
	id, after := w.id+" = :id", w.id+" > :after"
	if w.number {
		id, after = w.id+" = "+d.number(":id"), w.id+" > "+d.number(":after")
	}
	return Statements{
		ByID: text(id, ""), ByEmail: text(w.email, ""), ByUsername: text(w.username, ""),
		List: text(after, " ORDER BY "+w.id+" LIMIT :limit"),
	}, nil
}

// values are those of the operator and the defaults of the others.
func (p Preset) values(with map[string]string) (map[string]string, error) {
	values := map[string]string{}
	var known []string
	for _, v := range p.Values {
		known = append(known, v.Name)
		given, written := with[v.Name]
		switch {
		case !written && v.Default == "" && !v.Empty:
			return nil, fmt.Errorf("%s needs with: {%s: …}, which is %s", p.Name, v.Name, v.Says)
		case !written:
			given = v.Default
		case given == "" && v.Empty:
		case !v.allows(given):
			return nil, fmt.Errorf("the value of %s has other letters than it may have", v.Name)
		}
		values[v.Name] = given
	}
	for name := range with {
		if _, ok := values[name]; !ok {
			if len(known) == 0 {
				return nil, errors.New(p.Name + " takes no values")
			}
			return nil, fmt.Errorf("%s takes other values: %s", p.Name, strings.Join(known, ", "))
		}
	}
	return values, nil
}

// allows keeps everything out that could end a name or a quoted text.
func (v Value) allows(given string) bool {
	if given == "" || len(given) > 64 {
		return false
	}
	for _, r := range given {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_'
		if !letter && (!v.Text || !strings.ContainsRune(" .-@", r)) {
			return false
		}
	}
	return true
}
