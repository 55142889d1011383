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
	exitRefused     = 2
	exitUsage       = 64
	exitInterrupted = 130
)

// cli is the command tree.
type cli struct {
	Demo           demoCmd           `cmd:"" help:"Run the whole demo: provider, two products with their own users, mail with a web inbox."`
	Serve          serveCmd          `cmd:"" help:"Serve the suite that a configuration file describes."`
	Config         configCmd         `cmd:"" help:"Look at a configuration file."`
	Tenant         tenantCmd         `cmd:"" help:"See tenants, and switch them on and off."`
	Account        accountCmd        `cmd:"" help:"Make accounts for trials and load tests."`
	ProductAccount productAccountCmd `cmd:"" help:"Make product accounts for trials and load tests."`
	Connector      connectorCmd      `cmd:"" help:"Try a product's user store before people sign in with it."`
	Keys           keysCmd           `cmd:"" help:"See the keys that sign, and change them."`
	Hash           hashCmd           `cmd:"" help:"Look at the password hashes of products."`
	Inbox          inboxCmd          `cmd:"" help:"Take mails for a trial, and show them."`
	Version        versionCmd        `cmd:"" help:"Print the version."`
}

// console is where a verb talks: data to out, talk to err.
type console struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends at once what takes too long to stop
	os.Exit(run(ctx, os.Args[1:], console{in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv}))
}

// grammar is the parser of command lines; exit is called where kong would end the process.
func grammar(ctx context.Context, c console, exit func(int)) (*kong.Kong, error) {
	return kong.New(&cli{}, kong.Name("ligature"), kong.Writers(c.out, c.err), kong.Exit(exit),
		kong.Description("One account for the people of several existing products."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(c))
}

// run executes one command line and gives its exit code.
func run(ctx context.Context, args []string, c console) int {
	exited := -1
	parser, err := grammar(ctx, c, func(status int) { exited = status })
	if err != nil {
		return c.fail(trouble{"the command line could not be set up", err.Error(), "This is a mistake of ours; please report it."})
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		c.fail(trouble{err.Error(), "Nothing was done.", "Run ligature --help, or a verb with --help, to see what can be said."})
		return exitUsage
	}
	switch err := command.Run(); {
	case err == nil:
		return exitOK
	case errors.Is(err, errQuiet):
		return exitFailed
	case errors.Is(err, errRefused):
		if told, ok := errors.AsType[trouble](err); ok {
			c.fail(told)
		}
		return exitRefused
	case errors.Is(err, context.Canceled) || ctx.Err() != nil:
		return exitInterrupted
	default:
		return c.fail(err)
	}
}

// errQuiet is a failure whose reasons were printed already.
var errQuiet = errors.New("failed")

// fail prints a failure.
func (c console) fail(err error) int {
	fmt.Fprintf(c.err, "ligature: %v\n", err)
	return exitFailed
}
