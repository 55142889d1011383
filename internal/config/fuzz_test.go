package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ligature/internal/config"
)

// FuzzParse: no text whatever makes Parse panic, every mistake has a place in the file and a fix, and no mistake shows
// what a secret's file or variable holds.
func FuzzParse(f *testing.F) {
	f.Add(example(f))
	f.Add(minimal)
	files, _ := filepath.Glob("testdata/broken/*.yaml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	for _, seed := range []string{"", "\n", "---\n", "a: [", strings.Repeat("[", 300), strings.Repeat("- ", 300), "? a\n: b", "<<: 1", "a: &a [*a]", "\xff", "%YAML 1.2\n---\na: 1", "key: {file: key, env: LIGATURE_KEY}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parse(text)
		if err == nil {
			for _, connector := range c.Suite.Connectors {
				if mistakes := connector.Options.Decode(&options{}); len(mistakes) > 0 {
					sane(t, text, mistakes)
				}
			}
			return
		}
		var mistakes config.Mistakes
		if !errors.As(err, &mistakes) || len(mistakes) == 0 || c != nil {
			t.Fatalf("c = %v, err = %v", c, err)
		}
		sane(t, text, mistakes)
		if strings.Contains(err.Error(), canary) && !strings.Contains(text, canary) {
			t.Errorf("a secret is shown: %v", err)
		}
	})
}
