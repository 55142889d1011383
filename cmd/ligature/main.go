// Command ligature gives the people of several existing products one account for all of them, without moving or changing
// a single user of any product.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// Exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 64
	exitInterrupted = 130
)

// cli is the command tree.
type cli struct {
	Demo    demoCmd    `cmd:"" help:"Run the whole demo: provider, two products with their own users, mail with a web inbox."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// console is where a verb talks: data to out, talk to err.
type console struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], console{in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv}))
}

// run executes one command line and gives its exit code.
func run(ctx context.Context, args []string, c console) (code int) {
	var tree cli
	exited := -1
	parser, err := kong.New(&tree, kong.Name("ligature"), kong.UsageOnError(), kong.Writers(c.out, c.err),
		kong.Description("One account for the people of several existing products."),
		kong.Exit(func(code int) { exited = code }), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(c))
	if err != nil {
		fmt.Fprintf(c.err, "ligature: %v\n", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintf(c.err, "ligature: %v\n", err)
		return exitUsage
	}
	if err := command.Run(); err != nil {
		if errors.Is(err, context.Canceled) {
			return exitInterrupted
		}
		fmt.Fprintf(c.err, "ligature: %v\n", err)
		return exitFailed
	}
	return exitOK
}
