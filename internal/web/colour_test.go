package web

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// TestSixBrands holds the colours derived from six brands' primaries to the table they were chosen from.
func TestSixBrands(t *testing.T) {
	for _, row := range []struct {
		primary, text, textRatio string
		edge                     bool
		light, dark              string
	}{
		{"#FFCC00", "#111111", "12.49", true, "#8F7200", "#FFCC00"},
		{"#E4002B", "#FFFFFF", "4.85", false, "#E4002B", "#FF1844"},
		{"#00A3E0", "#111111", "6.58", true, "#007EAD", "#00A3E0"},
		{"#222222", "#FFFFFF", "15.91", false, "#222222", "#838383"},
		{"#6B2FBF", "#FFFFFF", "7.54", false, "#6B2FBF", "#996ADA"},
		{"#2EE6A6", "#111111", "11.68", true, "#10855C", "#2EE6A6"},
	} {
		t.Run(row.primary, func(t *testing.T) {
			css, err := Brand{Primary: row.primary}.css()
			if err != nil {
				t.Fatal(err)
			}
			light, dark, ok := strings.Cut(string(css), "@media (prefers-color-scheme:dark)")
			if !ok {
				t.Fatalf("no dark part in %s", css)
			}
			if got := property(light, "on-primary"); got != row.text {
				t.Errorf("button text %s", got)
			}
			primary := mustColour(t, row.primary)
			if got := fmt.Sprintf("%.2f", contrast(primary, mustColour(t, row.text))); got != row.textRatio {
				t.Errorf("button text at %s", got)
			}
			if got := property(light, "primary-edge") != "transparent"; got != row.edge {
				t.Errorf("edge %v", got)
			}
			if got := property(light, "link"); got != row.light {
				t.Errorf("link on light %s", got)
			}
			if got := property(dark, "link"); got != row.dark {
				t.Errorf("link on dark %s", got)
			}
		})
	}
}

// TestAnyPrimaryIsLegible tries colours from all over the cube: text on the button, also hovered, and links always reach
// 4.5:1, and a button that does not stand out has an edge.
func TestAnyPrimaryIsLegible(t *testing.T) {
	surfaces := map[string]rgb{"light": mustColour(t, surfaceLight), "dark": mustColour(t, surfaceDark)}
	for n := 0; n <= 0xffffff; n += 0x040907 {
		primary := fmt.Sprintf("#%06X", n)
		css, err := Brand{Primary: primary}.css()
		if err != nil {
			t.Fatal(err)
		}
		light, dark, _ := strings.Cut(string(css), "@media")
		for mode, part := range map[string]string{"light": light, "dark": dark} {
			text := mustColour(t, property(part, "on-primary"))
			for _, under := range []string{"primary", "primary-hover"} {
				if got := contrast(text, mustColour(t, property(part, under))); got < textContrast {
					t.Fatalf("%s %s: text on %s at %.2f", primary, mode, under, got)
				}
			}
			if got := contrast(mustColour(t, property(part, "link")), surfaces[mode]); got < textContrast {
				t.Fatalf("%s %s: link at %.2f", primary, mode, got)
			}
			stands := contrast(mustColour(t, primary), surfaces[mode]) >= edgeContrast
			if stands == (property(part, "primary-edge") == "var(--field)") {
				t.Fatalf("%s %s: edge %s", primary, mode, property(part, "primary-edge"))
			}
		}
	}
}

// TestBrandMistakes holds that a brand that cannot be used is refused at the start.
func TestBrandMistakes(t *testing.T) {
	seventeen, none := 17, 0
	for name, brand := range map[string]Brand{
		"no colour":      {Primary: "blue"},
		"short colour":   {Primary: "#fff"},
		"a way out":      {Primary: "#fff;}"},
		"too round":      {Radius: &seventeen},
		"a missing logo": {LogoLight: "nonsense.svg"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := NewAssets(brand, nil); err == nil {
				t.Error("accepted")
			}
		})
	}
	css, err := Brand{Radius: &none}.css()
	if err != nil || property(string(css), "radius") != "0rem" {
		t.Errorf("square corners: %s, %v", css, err)
	}
}

func mustColour(t *testing.T, text string) rgb {
	t.Helper()
	c, err := parseColour(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func property(css, name string) string {
	found := regexp.MustCompile(`--` + name + `:([^;}]+)`).FindStringSubmatch(css)
	if found == nil {
		return ""
	}
	return found[1]
}
