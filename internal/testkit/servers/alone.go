package servers

import "fmt"

// Alone is a PostgreSQL server for a program that measures, not a test: it acknowledges nothing before it is on the disk.
type Alone struct{ c *cluster }

// StartPostgres starts one, with these settings on top. Stop must be called.
func StartPostgres(settings ...string) (*Alone, error) {
	c := &cluster{name: "alone", settings: append([]string{"fsync=on", "synchronous_commit=on"}, settings...)}
	if err := c.start(); err != nil {
		c.stop()
		return nil, fmt.Errorf("PostgreSQL does not start: %w", err)
	}
	return &Alone{c}, nil
}

// Database makes an empty database, whose DSN it gives, and drops one of that name that was there.
func (a *Alone) Database(name string) (string, error) {
	if err := a.Drop(name); err != nil {
		return "", err
	}
	return a.c.dsn(name), a.c.exec("CREATE DATABASE " + name)
}

// Drop drops a database, if it is there.
func (a *Alone) Drop(name string) error {
	return a.c.exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)")
}

// PID is the process whose children do the work.
func (a *Alone) PID() int { return a.c.cmd.Process.Pid }

// Stop ends the server and removes what it stored.
func (a *Alone) Stop() { a.c.stop() }
