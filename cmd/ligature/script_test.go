package main

import (
	"context"
	"database/sql"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	_ "modernc.org/sqlite" // the driver of database

	"ligature/internal/testkit/servers"
)

func TestMain(m *testing.M) {
	testscript.Main(tests{m}, map[string]func(){"ligature": main})
}

// tests are those of this package; the servers that they have started are stopped at the end.
type tests struct{ *testing.M }

// Run implements testscript.TestingM.
func (t tests) Run() int { return servers.Run(t.M) }

// The scripts are command lines with what they print and how they exit.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true, UpdateScripts: *update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"served": served, "database": database},
	})
}

// served runs serve with a configuration until it serves, and stops it: "served ligature.yaml". What it logged goes to the
// file served.log.
func served(ts *testscript.TestScript, not bool, args []string) {
	if not || len(args) == 0 {
		ts.Fatalf("usage: served FILE [flags]")
	}
	log := newBook()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	exited := make(chan int, 1)
	go func() {
		exited <- run(ctx, append([]string{"serve", "--config", ts.MkAbs(args[0])}, args[1:]...), console{in: strings.NewReader(""), out: log, err: log, getenv: ts.Getenv})
	}()
	for {
		log.mu.Lock()
		text, grew := log.text.String(), log.grew
		log.mu.Unlock()
		if strings.Contains(text, `"msg":"serving"`) {
			break
		}
		select {
		case <-grew:
		case status := <-exited:
			ts.Fatalf("serve exited with %d:\n%s", status, log)
		}
	}
	stop()
	if status := <-exited; status != exitOK {
		ts.Fatalf("serve exited with %d:\n%s", status, log)
	}
	ts.Check(os.WriteFile(ts.MkAbs("served.log"), []byte(log.String()), 0o600))
}

// database makes a SQLite file of a product, or changes it: "database FILE STATEMENTS".
func database(ts *testscript.TestScript, not bool, args []string) {
	if not || len(args) != 2 {
		ts.Fatalf("usage: database FILE STATEMENTS")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	_, err = db.Exec(ts.ReadFile(args[1]))
	ts.Check(err)
	ts.Check(db.Close())
}
