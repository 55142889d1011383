package sqlconn

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// mysqlHarmless are the privileges with which nothing changes and nobody else has to wait.
func mysqlHarmless() []string {
	return []string{"USAGE", "SELECT", "SHOW VIEW", "SHOW DATABASES", "PROCESS"}
}

// notUnderstood is said of a grant that this package cannot read.
const notUnderstood = "a line of SHOW GRANTS is not understood"

// mysqlWritable says what the account may do beyond reading, as the statements that take it away. It is read from the
// grants: an attempt proves one table at a time. What grants do not show is asked of the server without doing it.
func mysqlWritable(ctx context.Context, db *sql.DB) (string, error) {
	grants, err := texts(ctx, db, "SHOW GRANTS")
	if err != nil {
		return "", err
	}
	var surplus []string
	for _, grant := range grants {
		if revoke := mysqlSurplus(grant); revoke != "" {
			surplus = append(surplus, revoke)
		}
	}
	if len(surplus) > 0 {
		return strings.Join(surplus, "; "), nil
	}
	return mysqlHidden(ctx, db)
}

// mysqlHidden finds rights that SHOW GRANTS does not show, such as those of the nameless user of old installations: the
// server checks rights when a statement is prepared. It is never run.
func mysqlHidden(ctx context.Context, db *sql.DB) (string, error) {
	probes := []string{"CREATE TABLE ligature_write_probe (id INT)"}
	var table, column string
	err := db.QueryRowContext(ctx, `SELECT c.table_name, c.column_name FROM information_schema.columns c
JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
WHERE c.table_schema = DATABASE() AND c.ordinal_position = 1 AND t.table_type = 'BASE TABLE' ORDER BY c.table_name LIMIT 1`).Scan(&table, &column)
	switch {
	case err == nil:
		table, column = mysqlName(table), mysqlName(column)
		probes = append(probes, "INSERT INTO "+table+" () VALUES ()", "UPDATE "+table+" SET "+column+" = NULL WHERE FALSE", "DELETE FROM "+table+" WHERE FALSE")
	case !errors.Is(err, sql.ErrNoRows):
		return "", err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return "", err
	}
	// The connection is thrown away: it is the only one that does not say that it is read-only.
	defer func() { _ = conn.Raw(func(any) error { return sqldriver.ErrBadConn }); _ = conn.Close() }()
	if _, err := conn.ExecContext(ctx, "SET SESSION TRANSACTION READ WRITE"); err != nil {
		return "", err
	}
	for _, probe := range probes {
		prepared, err := conn.PrepareContext(ctx, probe)
		if err == nil {
			verb, _, _ := strings.Cut(probe, " ")
			return "no grant shows it, and the database would let the account " + verb + ": look for a user without a name in mysql.db", prepared.Close()
		}
		if said, ok := errors.AsType[*mysql.MySQLError](err); !ok || !slices.Contains([]uint16{1044, 1142, 1143, 1227}, said.Number) {
			return "", err
		}
	}
	return "", nil
}

// mysqlName quotes a name.
func mysqlName(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// texts reads one text column.
func texts(ctx context.Context, db *sql.DB, query string) ([]string, error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}

// mysqlSurplus reads one line of SHOW GRANTS and gives the REVOKE for what goes beyond reading; empty when nothing does.
// What is not known to be harmless is too much. So is a role: what it holds is not always shown, and may grow. The line
// itself is never shown: it may hold the hash of a password.
func mysqlSurplus(line string) string {
	// MySQL takes parts of a grant back in lines of their own, MariaDB names the default role.
	if strings.HasPrefix(line, "REVOKE ") || strings.HasPrefix(line, "SET DEFAULT ROLE ") {
		return ""
	}
	grant, isGrant := strings.CutPrefix(line, "GRANT ")
	what, rest, complete := cutOutside(grant, " TO ")
	if !isGrant || !complete {
		return notUnderstood
	}
	account, conditions, _ := cutOutside(rest, " ")
	if _, _, named := cutOutside(account, "@"); !named && account != "PUBLIC" {
		if end := len(account) - 1; end < 2 || account[0] != account[end] || !strings.Contains("`'", account[:1]) {
			return notUnderstood
		}
		return "" // what a role holds: the role itself is in another line
	}
	privileges, object, ok := cutOutside(what, " ON ")
	if !ok {
		return "REVOKE " + what + " FROM " + account + ", and grant SELECT to the account itself"
	}
	var surplus, revokes []string
	for privileges != "" {
		var one string
		one, privileges, _ = cutOutside(privileges, ",")
		one, privileges = strings.TrimSpace(one), strings.TrimSpace(privileges)
		if name, _, _ := strings.Cut(one, " ("); !slices.Contains(mysqlHarmless(), strings.ToUpper(name)) {
			surplus = append(surplus, one)
		}
	}
	where := " ON " + object + " FROM " + account
	if len(surplus) > 0 {
		revokes = append(revokes, "REVOKE "+strings.Join(surplus, ", ")+where)
	}
	if _, _, may := cutOutside(" "+conditions+" ", " GRANT OPTION "); may {
		revokes = append(revokes, "REVOKE GRANT OPTION"+where)
	}
	return strings.Join(revokes, "; ")
}

// cutOutside cuts at the first sep that stands in no quotes and in no parentheses.
func cutOutside(text, sep string) (before, after string, found bool) {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '`' || c == '\'' || c == '"':
			end := strings.IndexByte(text[i+1:], c)
			if end < 0 {
				return text, "", false
			}
			i += end + 1
		case c == '(':
			depth++
		case c == ')':
			depth--
		case depth == 0 && strings.HasPrefix(text[i:], sep):
			return text[:i], text[i+len(sep):], true
		}
	}
	return text, "", false
}
