package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // PostgreSQL
	_ "modernc.org/sqlite"             // SQLite

	"ligature/internal/config"
	"ligature/internal/seal"
	"ligature/internal/server"
)

// password is everybody's who can sign in.
const password = "a long password for measuring"

// stock is a database full of people: each has an account with an address and a password, a user of the product, an active
// link between them, and the evidence and the events of both.
type stock struct {
	dsn      string
	accounts int
	people   int // so many of them can sign in
	key      []byte
	file     string // the configuration
	out      io.Writer
}

// fill makes the schema, the suite and the first person as the product does, and all others from the rows of the first.
func (s stock) fill(ctx context.Context) ([]person, error) {
	first, err := s.first(ctx)
	if err != nil {
		return nil, err
	}
	d, err := openRows(s.dsn)
	if err != nil {
		return nil, err
	}
	defer func() { _ = d.pool.Close() }()
	start := time.Now()
	if s.accounts > 1 {
		if err := d.multiply(ctx, first, s.accounts-1); err != nil {
			return nil, fmt.Errorf("filling the database: %w", err)
		}
	}
	people, err := s.give(ctx, d)
	if err != nil {
		return nil, err
	}
	if err := d.settle(ctx); err != nil {
		return nil, err
	}
	fmt.Fprintf(s.out, "# %s accounts stored in %s\n", grouped(s.accounts), time.Since(start).Round(time.Second))
	return people, nil
}

// one is the first person, as the product stores it.
type one struct{ account, productAccount, subject, link string }

// first opens the server once and makes somebody.
func (s stock) first(ctx context.Context) (one, error) {
	read, err := config.Read(s.file, func(string) string { return "" }, server.CheckConfig)
	if err != nil {
		return one{}, err
	}
	options, err := server.FromConfig(read)
	if err != nil {
		return one{}, err
	}
	options.Log = slog.New(slog.DiscardHandler)
	opened, err := server.Open(ctx, options)
	if err != nil {
		return one{}, err
	}
	if err := opened.Close(); err != nil {
		return one{}, err
	}
	desk, err := server.OpenDesk(ctx, options)
	if err != nil {
		return one{}, err
	}
	defer func() { _ = desk.Close() }()
	account, err := desk.MakeAccount(ctx, server.NewAccount{Email: address(0), Password: password, Name: "Dana Park", Verified: true})
	if err != nil {
		return one{}, err
	}
	made, err := desk.MakeProductAccount(ctx, server.NewProductAccount{Tenant: "acme", Product: "pim", ExternalID: "0", Username: "u0",
		Email: address(0), Name: "Dana Park", Account: account.ID})
	return one{account: account.ID, productAccount: made.ID, subject: made.Subject, link: made.Link}, err
}

func address(n int) string { return fmt.Sprintf("p%09d@people.example", n) }

// give gives some of the people, from all over the database, a password that opens.
func (s stock) give(ctx context.Context, d *rows) ([]person, error) {
	keys, err := seal.NewKeys(seal.NewDice(nil), seal.Key{Version: 1, Secret: s.key})
	if err != nil {
		return nil, err
	}
	hasher, err := seal.NewHasher(seal.NewDice(nil), seal.HasherOptions{Pepper: keys})
	if err != nil {
		return nil, err
	}
	hash, err := hasher.Hash(ctx, password)
	if err != nil {
		return nil, err
	}
	people := []person{{address(0), password}}
	step := max(1, s.accounts/s.people)
	for n := step; n < s.accounts && len(people) < s.people; n += step {
		id := idOf("cr", n)
		if _, err := d.pool.ExecContext(ctx, "UPDATE credential SET hash = $1 WHERE id = $2", keys.Seal("credential", "hash", id, []byte(hash)), id); err != nil {
			return nil, err
		}
		people = append(people, person{address(n), password})
	}
	return people, nil
}

// idOf is the id of the nth person's row, as long as the product's.
func idOf(prefix string, n int) string { return fmt.Sprintf("%s_%026d", prefix, n) }

// rows writes rows past the product.
type rows struct {
	pool   *sql.DB
	sqlite bool
}

func openRows(dsn string) (*rows, error) {
	if path, ok := strings.CutPrefix(dsn, "sqlite://"); ok {
		pool, err := sql.Open("sqlite", "file:"+path+"?_pragma=synchronous(0)&_pragma=cache_size(-262144)")
		if err != nil {
			return nil, err
		}
		pool.SetMaxOpenConns(1)
		return &rows{pool, true}, nil
	}
	pool, err := sql.Open("pgx", dsn)
	return &rows{pool, false}, err
}

// multiply makes n more of a person. Of each table all columns are the first one's, but those named here.
func (d *rows) multiply(ctx context.Context, first one, n int) error {
	id := func(prefix string) string { return "'" + prefix + "_' || " + d.padded(26) }
	email := "'p' || " + d.padded(9) + " || '@people.example'"
	of := "account_id = '" + first.account + "'"
	pa := "product_account_id = '" + first.productAccount + "'"
	jobs := []job{
		{"account", "id = '" + first.account + "'", map[string]string{"id": id("ac")}},
		{"account_address", of, map[string]string{"email": email, "account_id": id("ac"), "proof_id": id("pr")}},
		{"credential", of, map[string]string{"id": id("cr"), "account_id": id("ac")}},
		{"product_account", "id = '" + first.productAccount + "'", map[string]string{"id": id("pa"), "external_id": "CAST(n AS TEXT)",
			"subject": id("sub"), "username": "'u' || CAST(n AS TEXT)", "username_key": "'u' || CAST(n AS TEXT)", "email": email}},
		{"link", of, map[string]string{"id": id("ln"), "account_id": id("ac"), "product_account_id": id("pa"),
			"evidence": "'[\"' || " + id("pl") + " || '\"]'"}},
		{"proof", of + " AND product_account_id IS NULL", map[string]string{"id": id("pr"), "account_id": id("ac")}},
		{"proof", of + " AND " + pa, map[string]string{"id": id("pl"), "account_id": id("ac"), "product_account_id": id("pa")}},
		{"event", of + " AND product_account_id = ''", map[string]string{"id": id("ev"), "account_id": id("ac")}},
		{"event", of + " AND " + pa, map[string]string{"id": id("el"), "account_id": id("ac"), "product_account_id": id("pa")}},
	}
	if d.sqlite {
		return d.inOrder(ctx, jobs, n)
	}
	return d.sideBySide(ctx, jobs, n)
}

// job is one table: the row that is copied, and what is different in each copy.
type job struct {
	table, where string
	differs      map[string]string
}

// padded is the number n with leading zeros.
func (d *rows) padded(width int) string {
	if d.sqlite {
		return fmt.Sprintf("printf('%%0%dd', n)", width)
	}
	return fmt.Sprintf("lpad(CAST(n AS TEXT), %d, '0')", width)
}

// statements copy a row n times.
func (d *rows) statements(ctx context.Context, j job, n int) ([]string, error) {
	found, err := d.pool.QueryContext(ctx, "SELECT * FROM "+j.table+" WHERE 1 = 0")
	if err != nil {
		return nil, err
	}
	defer func() { _ = found.Close() }()
	columns, err := found.Columns()
	if err != nil {
		return nil, err
	}
	values := make([]string, len(columns))
	for i, column := range columns {
		if values[i] = j.differs[column]; values[i] == "" {
			values[i] = column
		}
	}
	series := fmt.Sprintf("generate_series(1, %d) AS counted(n)", n)
	with := ""
	if d.sqlite {
		with = fmt.Sprintf("WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < %d) ", n)
		series = "counted"
	}
	return []string{
		"CREATE TEMPORARY TABLE copied AS SELECT * FROM " + j.table + " WHERE " + j.where,
		with + "INSERT INTO " + j.table + " (" + strings.Join(columns, ", ") + ") SELECT " + strings.Join(values, ", ") + " FROM " + series + ", copied",
		"DROP TABLE copied",
	}, nil
}

// inOrder does the jobs in one transaction.
func (d *rows) inOrder(ctx context.Context, jobs []job, n int) error {
	statements := []string{"PRAGMA journal_mode = OFF", "BEGIN"}
	for _, j := range jobs {
		more, err := d.statements(ctx, j, n)
		if err != nil {
			return err
		}
		statements = append(statements, more...)
	}
	for _, statement := range append(statements, "COMMIT") {
		if _, err := d.pool.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// sideBySide does two jobs at a time, without looking again at what each row refers to.
func (d *rows) sideBySide(ctx context.Context, jobs []job, n int) error {
	queue := make(chan job, len(jobs))
	for _, j := range jobs {
		queue <- j
	}
	close(queue)
	failed := make(chan error, len(jobs))
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			for j := range queue {
				statements, err := d.statements(ctx, j, n)
				if err == nil {
					_, err = d.pool.ExecContext(ctx, "SET session_replication_role = replica; SET synchronous_commit = off; "+strings.Join(statements, "; ")+"; RESET ALL")
				}
				if err != nil {
					failed <- fmt.Errorf("%s: %w", j.table, err)
					return
				}
			}
		})
	}
	all.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// settle brings the database into the state it would have had for long.
func (d *rows) settle(ctx context.Context) error {
	after := []string{"VACUUM (ANALYZE)", "CHECKPOINT"}
	if d.sqlite {
		after = []string{"PRAGMA journal_mode = WAL"}
	}
	for _, statement := range after {
		if _, err := d.pool.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}
