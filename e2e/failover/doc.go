// Package failover takes the database's leader away while people sign in: a PostgreSQL cluster under Patroni and etcd, two
// replicas of ligature serve, people who sign in for the first time and again, clients that redeem and refresh, and watchers
// of all that must answer throughout. It has tests alone, with the build tags servers and soak:
//
//	e2e/failover/run
//
// What was acknowledged is written into a ledger on this side, and asked for at the end. docs/operate/failover.md has the
// figures.
package failover
