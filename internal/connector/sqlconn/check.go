package sqlconn

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"ligature/internal/connector"
)

// Check tells everything that is wrong with what the operator wrote, by key, what to do about it, and asks no database.
func (o Options) Check(report func(key, problem, fix string)) {
	d, ok := drivers()[o.Driver]
	if !ok {
		problem := "is no database that can be asked"
		if o.Driver == "" {
			problem = "is missing"
		}
		report("driver", problem, "write driver: "+strings.Join(slices.Sorted(maps.Keys(drivers())), " or "))
		d = drivers()["sqlite"]
	} else if o.DSN != "" {
		o.checkDSN(d, report)
	}
	given := o
	if o = o.checkPreset(report); given.Preset == "" || o.ByID != "" {
		o.checkStatements(d, report)
	}
	if _, err := columnNames(o.Columns); err != nil {
		report("columns", "names "+err.Error(), "write a name of ours, a colon, and the name in your SELECT")
	}
	o.Hash.Mistakes(func(key, problem, fix string) { report("hash."+key, problem, fix) })
	if o.MaxConnections < 0 || o.MaxConnections > 1000 {
		report("max_connections", "is not from 1 to 1000", "remove the line for 8")
	}
}

func (o Options) checkDSN(d driver, report func(key, problem, fix string)) {
	db, err := d.open(o.DSN)
	if err != nil {
		report("dsn", "cannot be used: "+err.Error(), "say where the product's database is")
		return
	}
	_ = db.Close() // it was never connected
}

func (o Options) checkStatements(d driver, report func(key, problem, fix string)) {
	if o.ByID == "" {
		report("by_id", "is missing", "add a SELECT with WHERE … = :id")
	}
	if cmp.Or(o.ByEmail, o.ByUsername) == "" {
		report("by_email", "is missing, and so is by_username", "add one of them, or both: a SELECT with WHERE … = :email or :username")
	}
	for key, text := range map[connector.Key]string{connector.ByID: o.ByID, connector.ByEmail: o.ByEmail, connector.ByUsername: o.ByUsername} {
		if text == "" {
			continue
		}
		if _, err := translate(text, d, string(key)); err != nil {
			report("by_"+string(key), "is "+err.Error(), "write one SELECT with the parameter :"+string(key)+", without a semicolon")
		}
	}
	if o.List != "" {
		if _, err := translate(o.List, d, "after", "limit"); err != nil {
			report("list", "is "+err.Error(), "write one SELECT with the parameters :after and :limit, ordered by id")
		}
	}
}
