package main

import (
	"fmt"
	"io"
	"time"
)

// measured is a server that runs, and what is known of it from outside.
type measured struct {
	target *target
	meter  meter
	opts   options
	out    io.Writer // progress
}

// figure is what came of one operation.
type figure struct {
	Key      string  `json:"operation"`
	Name     string  `json:"name"`
	Rate     float64 `json:"per_second"`
	P50      float64 `json:"p50_ms"`
	P99      float64 `json:"p99_ms"`
	Max      float64 `json:"max_ms"`
	Done     int     `json:"done"`
	Errors   int     `json:"errors"`
	First    string  `json:"first_error,omitempty"`
	Server   float64 `json:"server_cpu_ms"`   // of a processor, for one operation
	Postgres float64 `json:"postgres_cpu_ms"` // the database's, beside it
	Load     float64 `json:"load_cpu_ms"`     // of the load itself, on the same processors
	Peak     float64 `json:"rss_peak_mib"`
	Bare     float64 `json:"bare_argon2id_per_second,omitempty"` // before and after, in the middle
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// all runs every operation that was asked for.
func (m measured) all() ([]figure, error) {
	crew := newCrew(m.target, m.opts.workers, m.opts.sessions)
	defer crew.close()
	var figures []figure
	for _, o := range operations() {
		if !m.opts.wants(o.key) || o.key == "client" && m.target.scope == "" {
			continue
		}
		if o.prepare != nil {
			if err := crew.each(o.prepare); err != nil {
				return figures, fmt.Errorf("%s: %w", o.name, err)
			}
		}
		figures = append(figures, m.one(crew, o))
	}
	return figures, nil
}

// one runs one operation: first without measuring, until pools, caches and prepared statements are there.
func (m measured) one(crew crew, o operation) figure {
	crew.run(o.once, m.opts.duration/5)
	bare := 0.0
	if o.key == "password" {
		bare, _ = bareArgon(m.opts.duration / 4)
	}
	forgetPeak(m.meter.server)
	before := m.meter.read()
	s := crew.run(o.once, m.opts.duration)
	spent := m.meter.read().since(before, len(s.took)+s.errors)
	f := figure{Key: o.key, Name: o.name, Rate: s.rate(), P50: milliseconds(s.quantile(0.5)), P99: milliseconds(s.quantile(0.99)),
		Max: milliseconds(s.quantile(1)), Done: len(s.took), Errors: s.errors, Server: milliseconds(spent.server), Postgres: milliseconds(spent.postgres),
		Load: milliseconds(spent.load), Peak: memory(m.meter.server, "VmHWM")}
	if o.key == "password" {
		again, _ := bareArgon(m.opts.duration / 4)
		f.Bare = (bare + again) / 2
	}
	if s.first != nil {
		f.First = s.first.Error()
	}
	fmt.Fprintf(m.out, "# %-36s %8.0f/s  p50 %.2f ms  p99 %.2f ms  %d errors\n", o.name, f.Rate, f.P50, f.P99, f.Errors)
	return f
}
