// Command gapwatch is the whole of Gapwatch: one binary whose subcommands are the stages of the system.
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

// version is set by the linker.
var version = "dev"

// The exit codes that scripts rely on.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// cli is the command line. Each subcommand has a file of its own.
type cli struct {
	Config   string `short:"c" placeholder:"FILE" help:"Configuration file. Default: gapwatch.yaml when it is there."`
	Data     string `placeholder:"DIR" help:"Data directory of the embedded broker and engine (embedded.dir)."`
	LogLevel string `placeholder:"LEVEL" help:"debug, info, warn or error (log.level)."`

	Up           upCmd           `cmd:"" help:"Run the whole system on this machine, with the embedded broker and engine."`
	Init         initCmd         `cmd:"" help:"Write a commented gapwatch.yaml for real sources."`
	Settings     configCmd       `cmd:"" name:"config" help:"Check the configuration, or print what is in force."`
	Store        storeCmd        `cmd:"" help:"Run only the embedded broker and engine, for the other commands to use."`
	Migrate      migrateCmd      `cmd:"" help:"Bring topics, tables and taxonomy up to date."`
	Crawl        crawlCmd        `cmd:"" help:"Stage: fetch sources and send postings to Kafka."`
	Aggregate    aggregateCmd    `cmd:"" help:"Stage: turn messages into facts and facts into series."`
	Alert        alertCmd        `cmd:"" help:"Stage: compare series with their bands and notify."`
	Serve        serveCmd        `cmd:"" help:"Stage: pages and API."`
	Import       importCmd       `cmd:"" help:"Import dumps of postings: JSONL, CSV, TSV, also gzipped, files or folders."`
	Extract      extractCmd      `cmd:"" help:"Find skills in texts: JSONL on standard input to JSONL on standard output."`
	Explain      explainCmd      `cmd:"" help:"Print the evidence of an alert and recompute every number from the facts."`
	Backtest     backtestCmd     `cmd:"" help:"Run the alert evaluator over the past, with only what was known then."`
	Key          keyCmd          `cmd:"" help:"Make, list and revoke API keys."`
	Source       sourceCmd       `cmd:"" help:"List sources; take one out or rename it."`
	Request      requestCmd      `cmd:"" help:"List enterprises' requests; release or refuse those that are held."`
	Subscription subscriptionCmd `cmd:"" help:"List, stop and resume subscriptions to alerts."`
	Deadletter   deadletterCmd   `cmd:"" help:"List and replay messages that could not be decoded or stored."`
	Check        checkCmd        `cmd:"" help:"Check that everything that was stored is still there."`
	Repair       repairCmd       `cmd:"" help:"Bring back what was lost, from Kafka or a backup."`
	OpenAPI      openapiCmd      `cmd:"" name:"openapi" help:"Print the description of the API (OpenAPI 3.1)."`
	Version      versionCmd      `cmd:"" help:"Print the version."`
}

// usageError is a mistake of the caller: a wrong flag or configuration.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is main without the process: it returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("gapwatch"), kong.Description("AI人才需求预警系统 · AI talent demand early-warning system"),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { exited = code }), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.ShortUsageOnError())
	if err != nil {
		fmt.Fprintln(stderr, "gapwatch:", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	kctx, err := parser.Parse(args)
	if exited >= 0 { // --help printed what was asked for
		return exited
	}
	if err != nil {
		fmt.Fprintf(stderr, "gapwatch: %v\nTry: gapwatch --help\n", err)
		return exitUsage
	}
	err = kctx.Run(&environment{ctx: ctx, cli: &c, stdin: stdin, stdout: stdout, stderr: stderr})
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &usage):
		fmt.Fprintln(stderr, "gapwatch:", err)
		return exitUsage
	default:
		fmt.Fprintln(stderr, "gapwatch:", err)
		return exitFailed
	}
}

// versionCmd prints the version.
type versionCmd struct{}

// Help is shown under the flags.
func (versionCmd) Help() string { return "Example: gapwatch version" }

// Run prints it.
func (versionCmd) Run(env *environment) error {
	_, err := fmt.Fprintln(env.stdout, "gapwatch", version)
	return err
}
