package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// testTTL is how long one test command may take. A mutation that makes a test wait for ever is caught.
const testTTL = 10 * time.Minute

// bench is a copy of the tree in which mutations are tried, one after the other.
type bench struct {
	dir   string
	sound map[string]error // what each test command said without a mutation
}

// errSurvived means that no test noticed.
var errSurvived = errors.New("SURVIVED: its test is green, so nothing guards this")

// try applies m, runs its test and takes m back. It is nil when the test turned red.
func (b *bench) try(ctx context.Context, m mutation) error {
	command := strings.Join(m.test, " ")
	if _, known := b.sound[command]; !known {
		out, red, err := b.test(ctx, m.test)
		if err == nil && red {
			err = fmt.Errorf("its test is red without it:\n%s", out)
		}
		if err == nil && idle(out) {
			err = errors.New("its test command runs no test")
		}
		b.sound[command] = err
	}
	if err := b.sound[command]; err != nil {
		return err
	}
	undo, err := b.apply(m.edits)
	defer undo()
	if err != nil {
		return err
	}
	out, red, err := b.test(ctx, m.test)
	switch {
	case err != nil:
		return err
	case !red:
		return errSurvived
	case bytes.Contains(out, []byte("[build failed]")) || bytes.Contains(out, []byte("[setup failed]")):
		return fmt.Errorf("it does not compile, so no test has judged it:\n%s", out)
	}
	return nil
}

// test runs a command at the root; red is whether it failed, err that it could not be run.
func (b *bench) test(ctx context.Context, command []string) (out []byte, red bool, err error) {
	limited, cancel := context.WithTimeout(ctx, testTTL)
	defer cancel()
	cmd := exec.CommandContext(limited, command[0], command[1:]...)
	cmd.Dir = b.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	out, err = cmd.CombinedOutput()
	if ctx.Err() != nil {
		return out, false, ctx.Err()
	}
	if limited.Err() != nil {
		return out, true, nil
	}
	if _, exited := errors.AsType[*exec.ExitError](err); exited {
		return last(out), true, nil
	}
	return last(out), false, err
}

// idle reports that go test passed without a test: every package that is ok says that it had none to run.
func idle(out []byte) bool {
	ran, none := 0, 0
	for line := range strings.Lines(string(out)) {
		switch {
		case strings.HasPrefix(line, "ok ") && strings.Contains(line, "[no tests to run]"):
			none++
		case strings.HasPrefix(line, "ok "):
			ran++
		}
	}
	return none > 0 && ran == 0
}

// last is the end of what a test printed.
func last(out []byte) []byte {
	const most = 4 << 10
	if len(out) > most {
		return out[len(out)-most:]
	}
	return out
}

// apply makes every edit, or none that undo does not take back.
func (b *bench) apply(edits []edit) (undo func(), err error) {
	before := map[string][]byte{}
	undo = func() {
		for name, text := range before {
			if text == nil {
				_ = os.Remove(name)
				continue
			}
			_ = os.WriteFile(name, text, 0o644)
		}
	}
	for _, e := range edits {
		name := filepath.Join(b.dir, filepath.FromSlash(e.path))
		text, err := os.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) && e.old == "" {
			text, err = nil, os.MkdirAll(filepath.Dir(name), 0o755)
		} else if err == nil && strings.Count(string(text), e.old) != 1 {
			err = fmt.Errorf("%s: its old text is there %d times, not once: bring the mutation up to date", e.path, strings.Count(string(text), e.old))
		}
		if err != nil {
			return undo, err
		}
		if _, kept := before[name]; !kept {
			before[name] = text
		}
		if err := os.WriteFile(name, []byte(strings.Replace(string(text), e.old, e.new, 1)), 0o644); err != nil {
			return undo, err
		}
	}
	return undo, nil
}

// copyTree copies what git would commit, changes included, and gives the new folder.
func copyTree(ctx context.Context, root string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("list the tree with git: %w", err)
	}
	dir, err := os.MkdirTemp("", "ligature-mutations-")
	if err != nil {
		return "", err
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
		if err := copyFile(filepath.Join(root, name), filepath.Join(dir, name)); err != nil {
			return "", errors.Join(err, os.RemoveAll(dir))
		}
	}
	return dir, nil
}

// copyFile copies one file; one that git lists and nobody has any more is left out.
func copyFile(from, to string) error {
	text, err := os.ReadFile(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, text, info.Mode().Perm())
}
