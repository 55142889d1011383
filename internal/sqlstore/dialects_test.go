//go:build servers

package sqlstore_test

import (
	"slices"
	"testing"

	"ligature/internal/sqlstore"
	"ligature/internal/sqlstore/storetest"
	"ligature/internal/testkit/servers"
)

// The queries tell a schema in the same words on both databases: columns, keys, indexes and references.
const (
	sqliteColumns = `SELECT 'column ' || m.name || '.' || c.name || ' ' || lower(c.type) || CASE WHEN c."notnull" OR c.pk THEN ' not null' ELSE '' END
 FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name <> 'schema_version'`
	postgresColumns = `SELECT 'column ' || table_name || '.' || column_name || ' ' ||
 CASE data_type WHEN 'bigint' THEN 'integer' WHEN 'boolean' THEN 'integer' WHEN 'bytea' THEN 'blob' ELSE data_type END ||
 CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END
 FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'schema_version'`

	sqliteIndexes = `SELECT CASE WHEN i."unique" THEN 'unique ' ELSE 'index ' END || m.name || '(' ||
 (SELECT group_concat(name, ',') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) || ')' || CASE WHEN i.partial THEN ' partial' ELSE '' END
 FROM sqlite_master m, pragma_index_list(m.name) i WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name <> 'schema_version'
 UNION ALL SELECT 'unique ' || m.name || '(' || c.name || ')' FROM sqlite_master m, pragma_table_info(m.name) c
 WHERE m.name = 'suite' AND c.pk AND lower(c.type) = 'integer'`
	postgresIndexes = `SELECT CASE WHEN i.indisunique THEN 'unique ' ELSE 'index ' END || t.relname || '(' ||
 (SELECT string_agg(a.attname, ',' ORDER BY k.ord) FROM unnest(i.indkey) WITH ORDINALITY AS k(num, ord)
 JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.num) || ')' || CASE WHEN i.indpred IS NOT NULL THEN ' partial' ELSE '' END
 FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
 WHERE n.nspname = 'public' AND t.relname <> 'schema_version'`

	sqliteReferences = `SELECT 'reference ' || name || '(' || group_concat("from", ',') || ') ' || "table" || '(' || group_concat("to", ',') || ') ' || lower(on_delete)
 FROM (SELECT m.name, f.* FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY m.name, f.id, f.seq)
 GROUP BY name, id`
	postgresReferences = `SELECT 'reference ' || t.relname || '(' ||
 (SELECT string_agg(a.attname, ',' ORDER BY k.ord) FROM unnest(c.conkey) WITH ORDINALITY AS k(num, ord)
 JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num) || ') ' || r.relname || '(' ||
 (SELECT string_agg(a.attname, ',' ORDER BY k.ord) FROM unnest(c.confkey) WITH ORDINALITY AS k(num, ord)
 JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.num) || ') ' ||
 CASE c.confdeltype WHEN 'c' THEN 'cascade' WHEN 'a' THEN 'no action' ELSE c.confdeltype::text END
 FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class r ON r.oid = c.confrelid WHERE c.contype = 'f'`
)

// unlocked are references that PostgreSQL does not check, because checking them would write to a row that all of a client's
// grants share.
var unlocked = []string{
	"reference authorization_grant(client_id) client(id) no action",
	"reference token_family(client_id) client(id) no action",
}

// Both databases end in the same tables, columns, keys, indexes and references.
func TestDialectsHaveOneSchema(t *testing.T) {
	lite, pg := openSQLite(t, nil), openPostgres(t, nil)
	for _, part := range []struct{ name, lite, pg string }{
		{"columns", sqliteColumns, postgresColumns},
		{"indexes", sqliteIndexes, postgresIndexes},
		{"references", sqliteReferences, postgresReferences},
	} {
		t.Run(part.name, func(t *testing.T) {
			a, b := lines(t, lite, part.lite), lines(t, pg, part.pg)
			slices.Sort(a)
			slices.Sort(b)
			if len(a) < 10 {
				t.Fatalf("only %d found: %v", len(a), a)
			}
			for _, line := range a {
				if !slices.Contains(b, line) && !slices.Contains(unlocked, line) {
					t.Errorf("only SQLite: %s", line)
				}
			}
			for _, line := range b {
				if !slices.Contains(a, line) {
					t.Errorf("only PostgreSQL: %s", line)
				}
			}
		})
	}
}

// Texts that are keys are compared byte by byte on PostgreSQL, whatever the server's locale (ATK-66).
func TestPostgresKeysAreBinary(t *testing.T) {
	store := openPostgres(t, nil)
	for _, line := range lines(t, store, `SELECT t.relname || '.' || a.attname FROM pg_index i
 JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
 JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (i.indkey) JOIN pg_collation c ON c.oid = a.attcollation
 WHERE n.nspname = 'public' AND i.indisunique AND NOT c.collisdeterministic`) {
		t.Errorf("%s is part of a unique key and takes different bytes for equal", line)
	}
}

// Several replicas may start on an empty database at the same moment.
func TestPostgresStartedThreeTimesAtOnce(t *testing.T) {
	dsn := servers.Postgres(t)
	const replicas = 3
	opened := make(chan error, replicas)
	for range replicas {
		go func() {
			db, err := sqlstore.Open(t.Context(), sqlstore.Config{URL: dsn, Sealer: storetest.Sealer{}})
			if err == nil {
				err = db.Ping(t.Context())
				_ = db.Close()
			}
			opened <- err
		}()
	}
	for range replicas {
		if err := <-opened; err != nil {
			t.Error(err)
		}
	}
	store := openAt(t, dsn, nil)
	if applied := lines(t, store, "SELECT version_id::text FROM schema_version WHERE version_id > 0 ORDER BY id"); len(applied) != len(slices.Compact(slices.Clone(applied))) {
		t.Errorf("steps were applied twice: %v", applied)
	}
}
