package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ligature/internal/config"
)

// TestBroken holds every file of testdata/broken against what is said about it, to the character.
func TestBroken(t *testing.T) {
	files, err := filepath.Glob("testdata/broken/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no broken files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = parse(string(data))
			var mistakes config.Mistakes
			if !errors.As(err, &mistakes) || len(mistakes) == 0 {
				t.Fatalf("err = %v, want mistakes", err)
			}
			sane(t, string(data), mistakes)
			golden(t, strings.TrimSuffix(file, ".yaml")+".golden", err.Error()+"\n")
		})
	}
}

// sane checks what must hold of every list of mistakes.
func sane(t testing.TB, text string, mistakes config.Mistakes) {
	t.Helper()
	lines := strings.Count(text, "\n") + 1
	last := config.Mistake{}
	for _, m := range mistakes {
		if m.Line < 1 || m.Column < 1 || m.Line > lines {
			t.Errorf("%d:%d is not in a file of %d lines: %s", m.Line, m.Column, lines, m)
		}
		if m.Problem == "" || m.Fix == "" || m.File == "" {
			t.Errorf("something is not said: %+v", m)
		}
		if m.Line < last.Line || (m.Line == last.Line && m.Column < last.Column) {
			t.Errorf("out of order: %s", m)
		}
		last = m
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (run the test with -update and read the change):\n%s", name, got)
	}
}

// TestMistake shows the form of one mistake.
func TestMistake(t *testing.T) {
	m := config.Mistake{File: "ligature.yaml", Line: 12, Column: 5, Path: "suite.products[0].id", Problem: "is missing", Fix: "add id: pim"}
	if got, want := m.String(), "ligature.yaml:12:5: suite.products[0].id: is missing\n    fix: add id: pim"; got != want {
		t.Errorf("got %q", got)
	}
}

// TestServerMistake finds the position of a value, and for an absent one the mapping around it.
func TestServerMistake(t *testing.T) {
	c := valid(t)
	lines := strings.Split(example(t), "\n")
	for path, want := range map[string]string{
		"suite.products[0].name":        "Example PIM",
		"suite.products[0].weak":        "id: pim",
		"suite.connectors[0].sql.by_id": ">-",
		"nonsense":                      "#",
	} {
		m := c.Mistake(path, "p", "f")
		if got := lines[m.Line-1][m.Column-1:]; !strings.HasPrefix(got, want) {
			t.Errorf("%s is at %d:%d, %q", path, m.Line, m.Column, got)
		}
	}
}
