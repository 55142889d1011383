package web_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

// texts are a language's texts by key; those with forms have a key for each.
func texts(t *testing.T, file string) map[string]string {
	t.Helper()
	var tree map[string]any
	if _, err := toml.DecodeFile(file, &tree); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	var walk func(prefix string, node map[string]any)
	walk = func(prefix string, node map[string]any) {
		for key, value := range node {
			switch value := value.(type) {
			case string:
				all[prefix+key] = value
			case map[string]any:
				walk(prefix+key+".", value)
			}
		}
	}
	walk("", tree)
	return all
}

// named are the arguments of a text and its marks of a link, in a fixed order.
func named(text string) string {
	found := regexp.MustCompile(`\{\w+\}|\{\{[^}]*\}\}|\[[^\]]+\]`).FindAllString(text, -1)
	for i, f := range found {
		if strings.HasPrefix(f, "[") {
			found[i] = "[]"
		}
	}
	slices.Sort(found)
	return strings.Join(slices.Compact(found), " ")
}

// TestLanguagesAreWhole: every language has every text of the pages and of the mails, with the same arguments and links, and
// none besides.
func TestLanguagesAreWhole(t *testing.T) {
	for _, dir := range []string{"text", filepath.Join("..", "mail", "text")} {
		english := texts(t, filepath.Join(dir, "en.toml"))
		files, err := filepath.Glob(filepath.Join(dir, "*.toml"))
		if err != nil || len(files) < 2 {
			t.Fatalf("%s has the languages %v, %v", dir, files, err)
		}
		for _, file := range files {
			own := texts(t, file)
			for key, text := range english {
				switch translated, ok := own[key]; {
				case !ok:
					t.Errorf("%s lacks %s", file, key)
				case named(translated) != named(text):
					t.Errorf("%s, %s: has %q, English has %q", file, key, named(translated), named(text))
				}
			}
			for key := range own {
				if _, ok := english[key]; !ok {
					t.Errorf("%s has %s, which no page asks for", file, key)
				}
			}
		}
	}
}

// TestFrenchSpaces: French sets a space that does not break before its high marks, so that none begins a line.
func TestFrenchSpaces(t *testing.T) {
	for _, dir := range []string{"text", filepath.Join("..", "mail", "text")} {
		raw, err := os.ReadFile(filepath.Join(dir, "fr.toml"))
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(raw), "\n") {
			if _, text, ok := strings.Cut(line, " = "); ok && !strings.HasPrefix(line, "#") && regexp.MustCompile(` [?!;:»]|« `).MatchString(text) {
				t.Errorf("%s/fr.toml:%d: a space that breaks: %s", dir, i+1, text)
			}
		}
	}
}
