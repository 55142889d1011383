package mail

import (
	"html/template"
	"math"
	"strconv"

	"ligature/internal/fault"
)

// Colours come in pairs: a text colour is never set without its background, because mail programs recolour one of them.
const (
	defaultPrimary = "#1F4FBF"
	lightSurface   = "#FFFFFF"
	darkSurface    = "#171A21"
	lightField     = "#767D8C" // border of a button that the surface would swallow
	darkField      = "#7C8596"
)

// palette is what follows from the brand's one colour.
type palette struct {
	Primary, OnPrimary      template.CSS
	BorderLight, BorderDark template.CSS
}

// newPalette derives text and borders: text is black or white, whichever is stronger; a button under 3:1 with the
// surface gets a border (WCAG 2.2, 1.4.3 and 1.4.11).
func newPalette(primary string) (palette, error) {
	if primary == "" {
		primary = defaultPrimary
	}
	if !hexColour(primary) {
		return palette{}, fault.New(fault.Internal, "mail.colour_malformed")
	}
	p := palette{Primary: template.CSS(primary), OnPrimary: "#FFFFFF", BorderLight: template.CSS(primary),
		BorderDark: template.CSS(primary)}
	if contrast(primary, "#111111") > contrast(primary, "#FFFFFF") {
		p.OnPrimary = "#111111"
	}
	if contrast(primary, lightSurface) < 3 {
		p.BorderLight = lightField
	}
	if contrast(primary, darkSurface) < 3 {
		p.BorderDark = darkField
	}
	return p, nil
}

func hexColour(s string) bool {
	if len(s) != 7 || s[0] != '#' {
		return false
	}
	_, err := strconv.ParseUint(s[1:], 16, 32)
	return err == nil
}

// contrast is WCAG's ratio of two colours of the form #RRGGBB.
func contrast(a, b string) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(hex string) float64 {
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, _ := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8) // checked by hexColour
		channel := float64(n) / 255
		if channel <= 0.04045 {
			channel /= 12.92
		} else {
			channel = math.Pow((channel+0.055)/1.055, 2.4)
		}
		sum += weight * channel
	}
	return sum
}
