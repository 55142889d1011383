package other

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"ligature/internal/demo/rp/stand"
	"ligature/internal/fault"
)

const (
	startTTL = 10 * time.Second
	stopTTL  = 5 * time.Second
)

// Program is OpenLDAP's server program, on this machine's path or where distributions put it; empty when there is none.
func Program() string {
	for _, at := range []string{"slapd", "/usr/sbin/slapd", "/usr/local/sbin/slapd", "/usr/libexec/slapd"} {
		if found, err := exec.LookPath(at); err == nil && filepath.IsAbs(found) {
			return found
		}
	}
	return ""
}

// daemon is the running directory server.
type daemon struct {
	address string
	owner   string
	cmd     *exec.Cmd
	ended   chan struct{}
}

// startDaemon starts a server that keeps its data in dir and listens on a free loopback port. It ends with this process, and
// by stop.
func startDaemon(ctx context.Context, program, dir string) (*daemon, error) {
	d := &daemon{owner: stand.Secret(24), ended: make(chan struct{})}
	data := filepath.Join(dir, "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fault.Wrap(fault.Internal, "other.directory", err)
	}
	config, err := d.config(dir, data)
	if err != nil {
		return nil, err
	}
	// AppArmor knows the system's program by its path, and would let it read no configuration but the system's.
	copied := filepath.Join(dir, "slapd")
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "slapd.conf"), []byte(config), 0o600), copyProgram(program, copied)); err != nil {
		return nil, fault.Wrap(fault.Internal, "other.directory", err)
	}
	if d.address, err = freeAddress(); err != nil {
		return nil, fault.Wrap(fault.Unavailable, "other.directory", err)
	}
	d.cmd = exec.Command(copied, "-d", "0", "-f", filepath.Join(dir, "slapd.conf"), "-h", "ldap://"+d.address+"/")
	d.cmd.Dir, d.cmd.SysProcAttr = dir, ending()
	if err := d.run(); err != nil {
		return nil, fault.Wrap(fault.Unavailable, "other.directory", err)
	}
	return d, d.wait(ctx)
}

// run starts the program on a thread that lives as long as it does: on Linux a child is told of its parent's end when the
// thread that started it ends.
func (d *daemon) run() error {
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := d.cmd.Start()
		started <- err
		if err == nil {
			_ = d.cmd.Wait()
		}
		close(d.ended)
	}()
	return <-started
}

// wait returns when the server takes connections.
func (d *daemon) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTTL)
	defer cancel()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", d.address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-d.ended:
			return fault.Wrap(fault.Unavailable, "other.directory", errors.New("the directory server ended at once"))
		default:
		}
		if err := stand.Wait(ctx, 20*time.Millisecond); err != nil {
			return errors.Join(err, d.stop())
		}
	}
}

// stop ends the server and waits for it.
func (d *daemon) stop() error {
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.ended:
	case <-time.After(stopTTL):
		_ = d.cmd.Process.Kill()
		<-d.ended
	}
	return nil
}

// config is the server's: one policy for all, a searching account that may not write, and nobody else sees anything.
func (d *daemon) config(dir, data string) (string, error) {
	schemas := existing("core.schema", "/etc/ldap/schema", "/etc/openldap/schema", "/usr/local/etc/openldap/schema")
	modules := existing("ppolicy.so", "/usr/lib/ldap", "/usr/lib64/openldap", "/usr/lib/openldap", "/usr/libexec/openldap")
	if schemas == "" || modules == "" {
		return "", fault.Wrap(fault.Unavailable, "other.directory", errors.New("its schemas or modules are not where they usually are"))
	}
	quoted := func(text string) string { return strconv.Quote(text) }
	lines := []string{
		"include " + schemas + "/core.schema", "include " + schemas + "/cosine.schema", "include " + schemas + "/inetorgperson.schema",
		"modulepath " + modules, "moduleload back_mdb", "moduleload ppolicy", "pidfile " + quoted(filepath.Join(dir, "pid")), "threads 4",
		"database mdb", "suffix " + root, "directory " + quoted(data), "maxsize 67108864", "rootdn " + ownerDN, "rootpw " + quoted(d.owner),
		"index objectClass,uid,mail,entryUUID eq",
		"access to attrs=userPassword by anonymous auth by * none",
		`access to dn.subtree="` + peopleDN + `" by dn.base="` + SearcherDN + `" read by * none`,
		`access to dn.subtree="` + root + `" by dn.base="` + SearcherDN + `" search by * none`,
		"overlay ppolicy", "ppolicy_default " + policyDN, "ppolicy_use_lockout",
	}
	return strings.Join(lines, "\n") + "\n", nil
}

// existing is the first folder that has the file; empty when none has.
func existing(name string, folders ...string) string {
	for _, folder := range folders {
		if _, err := os.Stat(filepath.Join(folder, name)); err == nil {
			return folder
		}
	}
	return ""
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// copyProgram copies a program over one that may be there.
func copyProgram(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	if err := os.Remove(to); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("copy %s: %w", from, err)
	}
	return nil
}
