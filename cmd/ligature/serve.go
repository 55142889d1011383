package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"time"

	"ligature/internal/config"
	"ligature/internal/server"
)

// configFile is the flag of every verb that needs the configuration.
type configFile struct {
	Config string `short:"c" help:"The configuration file; without this, ligature.yaml." default:"ligature.yaml" placeholder:"FILE"`
}

// read reads and checks the file, and says what to make of it.
func (f configFile) read(c console) (*config.Config, server.Options, error) {
	read, err := config.Read(f.Config, c.getenv, server.CheckConfig)
	if err != nil {
		return nil, server.Options{}, explainConfig(f.Config, err)
	}
	options, err := server.FromConfig(read)
	if err != nil {
		return nil, server.Options{}, explainConfig(f.Config, err)
	}
	return read, options, nil
}

// serveCmd serves until it is told to stop.
type serveCmd struct {
	configFile
	Suite  bool          `help:"Bring the suite of the file into the database at the start. With --no-suite, what is stored is served." default:"true" negatable:""`
	Notice time.Duration `help:"When told to stop, let /readyz say no for so long before new connections are refused." default:"0s"`
	Grace  time.Duration `help:"When told to stop, let requests under way take so long." default:"10s"`
}

// Help implements kong.HelpProvider.
func (serveCmd) Help() string {
	return `  ligature serve --config /etc/ligature/ligature.yaml

Logs go to standard error, one line a request, without anything that somebody typed. SIGTERM and SIGINT stop it: /readyz says no, requests under way finish, mails being handed over finish, and the exit code is 0.`
}

// Run implements the verb.
func (s *serveCmd) Run(ctx context.Context, c console) error {
	read, options, err := s.read(c)
	if err != nil {
		return err
	}
	log := newLog(c.err, read.Log)
	options.Log, options.KeepSuite, options.Version, options.HeapFloor = log, !s.Suite, version(), heapFloor(c.getenv)
	listener, err := s.listen(ctx, "listen", read.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	var metrics net.Listener
	if read.Metrics.Listen != "" {
		if metrics, err = s.listen(ctx, "metrics.listen", read.Metrics.Listen); err != nil {
			return err
		}
		defer metrics.Close()
	}
	opened, err := server.Open(ctx, options)
	if err != nil {
		return explain("the server did not start", err)
	}
	if metrics != nil {
		opened.ServeMetrics(metrics)
		log.Info("metrics", "address", metrics.Addr().String())
	}
	log.Info("serving", "address", listener.Addr().String(), "issuer", read.Suite.Issuer, "version", version())
	return explain("the server stopped by itself", opened.Run(ctx, listener, server.Drain{Notice: s.Notice, Grace: s.Grace}))
}

// heapFloor is how many bytes may be used before garbage is looked for: some 19 MiB of each password are garbage when it is
// hashed, and an idle server has so little in use that Go would look after each. Whoever has told Go how to go about it is
// left to that.
func heapFloor(getenv func(string) string) int64 {
	if getenv("GOGC") != "" || getenv("GOMEMLIMIT") != "" {
		return 0
	}
	return 64 << 20
}

// listen takes the address that a key of the file names.
func (s *serveCmd) listen(ctx context.Context, key, address string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, trouble{"cannot listen on " + address, firstUpper(err.Error()) + ".", "Stop what listens there, or change " + key + " in " + s.Config + "."}
	}
	return l, nil
}

// newLog is the log that the configuration asks for.
func newLog(w io.Writer, l config.Log) *slog.Logger {
	level := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}[l.Level]
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: milliseconds}
	if l.Format == "text" {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}

// milliseconds gives durations a unit that their name tells.
func milliseconds(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		return slog.Float64(a.Key+"_ms", float64(a.Value.Duration().Microseconds())/1000)
	}
	return a
}
