// Command mutations breaks the code on purpose, one committed mutation at a time, and wants a test to turn red.
//
//	go run ./mutations                 every mutation
//	go run ./mutations -run 'proof'    those whose name matches
//	go run ./mutations -list           their names
//
// It works on a copy of the tree, uncommitted changes included; the tree itself is not touched. A mutation that
// survives, one whose old text is no longer there exactly once, one that does not compile and one whose test is red
// without it are all failures: each of them guards nothing.
//
// The format of a mutation is in format.go.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run is main without the process: 0 when every mutation was caught, 1 when one was not, 2 for a wrong call.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	flags := flag.NewFlagSet("mutations", flag.ContinueOnError)
	flags.SetOutput(errOut)
	root := flags.String("root", ".", "the tree to copy")
	dir := flags.String("dir", "mutations", "where the *.mut files are, below root")
	pattern := flags.String("run", "", "only mutations whose name matches")
	list := flags.Bool("list", false, "print the names and stop")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	chosen, err := regexp.Compile(*pattern)
	if err != nil {
		fmt.Fprintln(errOut, err)
		return 2
	}
	all, err := read(os.DirFS(*root), *dir)
	if err != nil {
		fmt.Fprintln(errOut, err)
		return 1
	}
	var mutations []mutation
	for _, m := range all {
		if chosen.MatchString(m.name) {
			mutations = append(mutations, m)
		}
	}
	if *list {
		for _, m := range mutations {
			fmt.Fprintln(out, m.name)
		}
		return 0
	}
	if len(mutations) == 0 {
		fmt.Fprintln(errOut, "there is no such mutation")
		return 1
	}
	return judge(ctx, *root, mutations, out)
}

// judge tries each mutation and says what became of it.
func judge(ctx context.Context, root string, mutations []mutation, out io.Writer) int {
	copied, err := copyTree(ctx, root)
	if err != nil {
		fmt.Fprintln(out, err)
		return 1
	}
	defer os.RemoveAll(copied)
	b := bench{dir: copied, sound: map[string]error{}}
	failed := 0
	for _, m := range mutations {
		if err := b.try(ctx, m); err != nil {
			failed++
			fmt.Fprintf(out, "FAIL  %s (%s): %v\n", m.name, m.file, err)
			continue
		}
		fmt.Fprintf(out, "ok    %s\n", m.name)
	}
	fmt.Fprintf(out, "mutations: %d passed, %d failed\n", len(mutations)-failed, failed)
	if failed > 0 {
		return 1
	}
	return 0
}
