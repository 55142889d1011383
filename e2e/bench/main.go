// Command bench drives a server as clients and people do, and says what it did: how many a second, how long each took, what
// it cost the server. docs/performance.md explains the figures.
//
//	go run ./e2e/bench                                             SQLite, 10,000 accounts
//	go run ./e2e/bench --databases sqlite,postgres --budgets       exit code 1 when a budget is broken
//	go run ./e2e/bench --databases sqlite,postgres --accounts 10000,10000000 --markdown
//	go run ./e2e/bench --issuer https://id.example.com --client pim --secret-file secret --redirect-uri … --email … --password-file …
//
// It starts ligature serve as a process of its own, on loopback, with a database that it fills, and removes everything at the
// end. With --issuer it drives a server that runs already: nothing is started or stored.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"ligature/internal/testkit/servers"
)

// options are the flags.
type options struct {
	databases, accounts, only, binary, dir, log string
	duration                                    time.Duration
	workers, sessions, people, crowd            int
	json, markdown, budgets                     bool
	running                                     running
}

// wants says whether an operation was asked for.
func (o options) wants(key string) bool {
	return o.only == "" || slices.Contains(strings.Split(o.only, ","), key)
}

func main() {
	var o options
	flag.StringVar(&o.databases, "databases", "sqlite", "sqlite, postgres, or both with a comma")
	flag.StringVar(&o.accounts, "accounts", "10000", "how many accounts are stored; several numbers with commas are measured one after the other")
	flag.DurationVar(&o.duration, "duration", 10*time.Second, "how long each operation is measured")
	flag.IntVar(&o.workers, "workers", 8, "how many ask at the same time")
	flag.IntVar(&o.sessions, "sessions", 256, "how many sessions are open")
	flag.IntVar(&o.people, "people", 2000, "how many of the accounts sign in, from all over the database")
	flag.IntVar(&o.crowd, "overload", 400, "how many sign in at once to overload it; 0 leaves that out")
	flag.StringVar(&o.only, "only", "", "operations, with commas: discovery, jwks, code, password, refresh, userinfo, introspection, client")
	flag.StringVar(&o.binary, "ligature", "", "the server's program; without it, it is built")
	flag.StringVar(&o.dir, "dir", "", "where the databases go, for as long as this runs; without it, the folder for temporary files")
	flag.StringVar(&o.log, "log", "info", "the server's log level")
	flag.BoolVar(&o.json, "json", false, "print JSON")
	flag.BoolVar(&o.markdown, "markdown", false, "print Markdown")
	flag.BoolVar(&o.budgets, "budgets", false, "fail when a budget is broken")
	o.running.flags(flag.CommandLine)
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ok, err := o.run(ctx, os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: "+err.Error())
	}
	if err != nil || !ok {
		stop()
		os.Exit(1)
	}
}

// run measures what was asked for and prints it. ok is false when something was answered wrongly, or a budget is broken.
func (o options) run(ctx context.Context, out, talk io.Writer) (ok bool, err error) {
	var reports []report
	if o.running.issuer != "" {
		reports, err = o.drive(talk)
	} else {
		reports, err = o.start(ctx, talk)
	}
	switch {
	case o.json:
		err = firstOf(err, writeJSON(out, reports))
	default:
		write(out, reports, o.markdown)
	}
	var wrong []string
	for _, r := range reports {
		wrong = append(wrong, r.errors()...)
		if o.budgets {
			wrong = append(wrong, r.broken()...)
		}
	}
	for _, line := range wrong {
		fmt.Fprintln(talk, "bench: "+line)
	}
	return len(wrong) == 0, err
}

func firstOf(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// start measures servers of its own.
func (o options) start(ctx context.Context, talk io.Writer) (reports []report, err error) {
	dir, err := os.MkdirTemp(o.dir, "ligature-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if o.binary == "" {
		if o.binary, err = build(ctx, dir); err != nil {
			return nil, err
		}
	}
	for database := range strings.SplitSeq(o.databases, ",") {
		for text := range strings.SplitSeq(o.accounts, ",") {
			accounts, err := strconv.Atoi(strings.ReplaceAll(text, "_", ""))
			if err != nil || accounts < 1 {
				return reports, fmt.Errorf("--accounts: %q is no number", text)
			}
			fmt.Fprintf(talk, "# %s, %s accounts\n", database, grouped(accounts))
			one, err := o.fresh(ctx, filepath.Join(dir, database+text), database, accounts, talk)
			reports = append(reports, one...)
			if err != nil {
				return reports, err
			}
		}
	}
	return reports, nil
}

// fresh measures one server with a database of its own, which is gone afterwards.
func (o options) fresh(ctx context.Context, dir, database string, accounts int, talk io.Writer) ([]report, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var postgres *servers.Alone
	switch database {
	case "sqlite":
	case "postgres":
		var err error
		if postgres, err = servers.StartPostgres("max_wal_size=8GB", "checkpoint_timeout=15min"); err != nil {
			return nil, err
		}
		defer postgres.Stop()
	default:
		return nil, fmt.Errorf("--databases: %q is none", database)
	}
	w, err := newWorld(dir, o.binary, o.log, postgres)
	if err != nil {
		return nil, err
	}
	people, err := stock{dsn: w.dsn, accounts: accounts, people: o.people, key: w.key, file: w.file(), out: talk}.fill(ctx)
	if err != nil {
		return nil, err
	}
	r, err := o.measure(w, accounts, people, talk)
	return []report{r}, firstOf(err, w.stop())
}

// settled is how long a server is left alone before its idle memory is read: longer than it keeps what hashing took.
const settled = 10 * time.Second

// measure measures a server that is started for it.
func (o options) measure(w *world, accounts int, people []person, talk io.Writer) (report, error) {
	r := report{Database: w.database, Accounts: accounts, Workers: o.workers}
	took, err := w.startUp(5)
	if err != nil {
		return r, err
	}
	r.StartUp = milliseconds(took)
	t, err := discover(w.issuer, "pim", clientSecret, redirectURI)
	if err != nil {
		return r, err
	}
	t.people, t.scope = people, "invitations:read"
	time.Sleep(settled / 4)
	m := measured{target: t, meter: w.meter(), opts: o, out: talk}
	r.Idle = memory(m.meter.server, "VmRSS")
	if r.Figures, err = m.all(); err != nil {
		return r, err
	}
	if len(r.Figures) > 0 {
		time.Sleep(settled)
		r.IdleAfter = memory(m.meter.server, "VmRSS")
	}
	if o.crowd > 0 {
		found := m.overload(o.crowd, o.duration)
		r.Overload = &found
	}
	return r, nil
}
