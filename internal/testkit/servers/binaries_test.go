package servers

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// An inner test: what is found and what is said when nothing is, without a server.

func plant(t *testing.T, dir string, names ...string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func nowhere(string) (string, error) { return "", errors.New("not on PATH") }

func TestBinariesAreTheNewestCompleteOnes(t *testing.T) {
	root := t.TempDir()
	plant(t, filepath.Join(root, "9", "bin"), "initdb", "postgres")
	plant(t, filepath.Join(root, "15", "bin"), "initdb", "postgres")
	plant(t, filepath.Join(root, "16", "bin"), "psql") // a client alone
	got, err := binaries(root, nowhere)
	if err != nil || got != filepath.Join(root, "15", "bin") {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestBinariesOnPath(t *testing.T) {
	root := t.TempDir()
	plant(t, filepath.Join(root, "own"), "initdb", "postgres")
	got, err := binaries(filepath.Join(root, "none"), func(name string) (string, error) { return filepath.Join(root, "own", name), nil })
	if err != nil || filepath.Base(got) != "own" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestNoPostgresIsNamed(t *testing.T) {
	_, err := binaries(t.TempDir(), nowhere)
	if err == nil || !strings.Contains(err.Error(), "apt-get install postgresql") {
		t.Errorf("the failure does not say what to install: %v", err)
	}
}

func TestMariaDBIsFoundOrNamed(t *testing.T) {
	root := t.TempDir()
	plant(t, filepath.Join(root, "one"), "mariadbd")
	if _, _, err := mariaBinaries([]string{filepath.Join(root, "one")}, nowhere); err == nil || !strings.Contains(err.Error(), "apt-get install mariadb-server") {
		t.Errorf("the failure does not say what to install: %v", err)
	}
	plant(t, filepath.Join(root, "two"), "mariadb-install-db")
	server, install, err := mariaBinaries([]string{filepath.Join(root, "one"), filepath.Join(root, "two")}, nowhere)
	if err != nil || server != filepath.Join(root, "one", "mariadbd") || install != filepath.Join(root, "two", "mariadb-install-db") {
		t.Errorf("got %q and %q, %v", server, install, err)
	}
}

func TestOpenLDAPIsFoundOrNamed(t *testing.T) {
	root := t.TempDir()
	if _, err := slapdBinary(filepath.Join(root, "slapd"), nowhere); err == nil || !strings.Contains(err.Error(), "apt-get install slapd") {
		t.Errorf("the failure does not say what to install: %v", err)
	}
	plant(t, root, "slapd")
	if at, err := slapdBinary(filepath.Join(root, "slapd"), nowhere); err != nil || at != filepath.Join(root, "slapd") {
		t.Errorf("got %q, %v", at, err)
	}
}

func TestSweepKeepsTheLiving(t *testing.T) {
	dir := t.TempDir()
	living := filepath.Join(dir, postgresPrefix+strconv.Itoa(os.Getpid())+"-a")
	dead := filepath.Join(dir, postgresPrefix+"2147483646-b")
	plant(t, living)
	plant(t, dead)
	sweep(dir, postgresPrefix)
	if _, err := os.Stat(living); err != nil {
		t.Errorf("the folder of a living process was removed")
	}
	if _, err := os.Stat(dead); err == nil {
		t.Errorf("the folder of a dead process was kept")
	}
}

func TestBaseLetsTheServersUserThrough(t *testing.T) {
	dir := t.TempDir()
	closed := filepath.Join(dir, "closed")
	plant(t, filepath.Join(closed, "inner"))
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	other := &syscall.Credential{Uid: 1}
	for name, c := range map[string]struct {
		dir  string
		user *syscall.Credential
		want string
	}{
		"the caller's own server":    {filepath.Join(closed, "inner"), nil, filepath.Join(closed, "inner")},
		"a folder nobody may enter":  {filepath.Join(closed, "inner"), other, "/tmp"},
		"a folder that is not there": {filepath.Join(dir, "none"), other, "/tmp"},
		"the root":                   {"/", other, "/"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := base(c.dir, c.user); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
