package sqlconn

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed postgres_rights.sql
var postgresRights string

// parameterRights are those on the server's settings, which PostgreSQL 15 brought.
const parameterRights = `SELECT '', quote_ident(session_user), 'PARAMETER', '', quote_ident(p.parname), a.privilege_type,
 CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
 FROM pg_parameter_acl p CROSS JOIN LATERAL aclexplode(p.paracl) a
 WHERE a.privilege_type = 'ALTER SYSTEM' AND (a.grantee = 0 OR pg_has_role(session_user, a.grantee, 'MEMBER')) ORDER BY 5, 7`

// maxRevokes is how many statements an error names.
const maxRevokes = 12

// right is something that an account of PostgreSQL could do beyond reading.
type right struct {
	// via is the role of which it is a member and by which it can; "" when it can itself, or everybody can.
	via, account string
	// sort of the object, its schema where all objects of the schema can be named at once, and its name.
	sort, schema, object string
	privilege, grantee   string
}

// postgresWritable says what the account may do beyond reading, as the statements that take it away. The catalogue is read,
// and nothing is tried: an attempt proves one table at a time.
func postgresWritable(ctx context.Context, db *sql.DB) (string, error) {
	surplus, err := rights(ctx, db, postgresRights)
	if err != nil {
		return "", err
	}
	var parameters bool
	if err := db.QueryRowContext(ctx, "SELECT to_regclass('pg_catalog.pg_parameter_acl') IS NOT NULL").Scan(&parameters); err != nil {
		return "", postgresPublic(err)
	}
	if parameters {
		more, err := rights(ctx, db, parameterRights)
		if err != nil {
			return "", err
		}
		surplus = append(surplus, more...)
	}
	return told(revokes(surplus)), nil
}

// rights reads one of the two queries.
func rights(ctx context.Context, db *sql.DB, query string) ([]right, error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, postgresPublic(err)
	}
	defer func() { _ = rows.Close() }()
	var all []right
	for rows.Next() {
		var r right
		if err := rows.Scan(&r.via, &r.account, &r.sort, &r.schema, &r.object, &r.privilege, &r.grantee); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

// told joins the statements, and says how many are left out.
func told(statements []string) string {
	if more := len(statements) - maxRevokes; more > 0 {
		return strings.Join(statements[:maxRevokes], "; ") + fmt.Sprintf("; and %d more", more)
	}
	return strings.Join(statements, "; ")
}

// revokes are the statements that take the rights away, each once. Tables of a schema are named together when there are
// many.
func revokes(surplus []right) []string {
	// object is all of one grantee on one object.
	type object struct {
		right
		privileges []string
	}
	var objects []object
	for _, r := range surplus {
		last := len(objects) - 1
		if last >= 0 && objects[last].statementless() == r.statementless() {
			objects[last].privileges = append(objects[last].privileges, r.privilege)
			continue
		}
		objects = append(objects, object{r, []string{r.privilege}})
	}
	alike := map[right]int{}
	whole := func(o object) right {
		return right{sort: o.sort, schema: o.schema, grantee: o.grantee, privilege: strings.Join(o.privileges, ", ")}
	}
	for _, o := range objects {
		if o.schema != "" {
			alike[whole(o)]++
		}
	}
	var statements []string
	for _, o := range objects {
		if o.schema != "" && alike[whole(o)] > 3 {
			o.sort, o.object = "ALL "+o.sort+"S IN SCHEMA", o.schema
		}
		for _, s := range o.statements(o.privileges) {
			if !slices.Contains(statements, s) {
				statements = append(statements, s)
			}
		}
	}
	return statements
}

// statementless is the right without what it allows: whose it is, on what.
func (r right) statementless() right {
	r.privilege = ""
	return r
}

// statements take these privileges away.
func (r right) statements(privileges []string) []string {
	switch {
	case r.via != "":
		return []string{"REVOKE " + r.via + " FROM " + r.account}
	case r.sort == "ROLE":
		return []string{"ALTER ROLE " + r.object + " " + strings.Join(privileges, " ")}
	case r.sort == "ADMIN":
		return []string{"REVOKE ADMIN OPTION FOR " + r.object + " FROM " + r.grantee}
	case r.sort == "OWNER":
		return []string{"REASSIGN OWNED BY " + r.grantee + " TO " + r.object}
	}
	rest := " ON " + r.sort + " " + r.object + " FROM " + r.grantee
	var plain, statements []string
	for _, p := range privileges {
		if strings.HasPrefix(p, "GRANT OPTION FOR ") {
			statements = append(statements, "REVOKE "+p+rest)
		} else {
			plain = append(plain, p)
		}
	}
	if len(plain) > 0 {
		statements = append([]string{"REVOKE " + strings.Join(plain, ", ") + rest}, statements...)
	}
	return statements
}
