// Package servers starts real servers for tests: on free loopback ports, from temporary folders, as an unprivileged
// user, and gone with the test process. Only tests import it.
//
// A test that needs one carries the build tag `servers` and says so in one line:
//
//	dsn := servers.Postgres(t)
//	db := servers.MariaDB(t)
//	directory := servers.LDAP(t)
//
// The first call of a test process starts the server, later ones get a fresh database (or part of the directory) in it. A package that calls it
// has this TestMain, so that the server is stopped and its folder removed when the tests are through:
//
//	func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }
//
// Without it, or when the process is killed, the kernel ends the server with the process (on Linux) and the next run
// removes the folder.
//
// A server that cannot be started is a failed test that names it. Nothing here skips.
package servers
