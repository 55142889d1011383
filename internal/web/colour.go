package web

import (
	"encoding/hex"
	"fmt"
	"math"
	"strings"

	"ligature/internal/fault"
)

// Surfaces that derived colours must stand out from: the card, light and dark (see app.css).
const (
	surfaceLight = "#FFFFFF"
	surfaceDark  = "#171A21"
)

// Least contrasts of WCAG 2.2: 1.4.3 for text, 1.4.11 for the edge of a control.
const (
	textContrast = 4.5
	edgeContrast = 3.0
)

// rgb is a colour with parts from 0 to 1.
type rgb struct{ r, g, b float64 }

// parseColour reads #rrggbb.
func parseColour(text string) (rgb, error) {
	raw, err := hex.DecodeString(strings.TrimPrefix(text, "#"))
	if err != nil || len(raw) != 3 || !strings.HasPrefix(text, "#") {
		return rgb{}, fault.Wrap(fault.Invalid, "brand.primary", fmt.Errorf("%q is no colour like #1f4fbf", text))
	}
	return rgb{float64(raw[0]) / 255, float64(raw[1]) / 255, float64(raw[2]) / 255}, nil
}

// String is #RRGGBB.
func (c rgb) String() string {
	part := func(x float64) int { return int(math.Round(x * 255)) }
	return fmt.Sprintf("#%02X%02X%02X", part(c.r), part(c.g), part(c.b))
}

// round is the colour as a browser will show it, so that contrasts are measured on what is seen.
func (c rgb) round() rgb {
	part := func(x float64) float64 { return math.Round(x*255) / 255 }
	return rgb{part(c.r), part(c.g), part(c.b)}
}

// luminance is the relative luminance of WCAG 2.2.
func (c rgb) luminance() float64 {
	part := func(x float64) float64 {
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*part(c.r) + 0.7152*part(c.g) + 0.0722*part(c.b)
}

// contrast is the contrast ratio of WCAG 2.2, from 1 to 21.
func contrast(a, b rgb) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// hsl is hue in sixths of the circle, saturation and lightness from 0 to 1.
func (c rgb) hsl() (h, s, l float64) {
	high, low := max(c.r, c.g, c.b), min(c.r, c.g, c.b)
	l = (high + low) / 2
	d := high - low
	if d == 0 {
		return 0, 0, l
	}
	s = d / (1 - math.Abs(2*l-1))
	switch high {
	case c.r:
		h = math.Mod((c.g-c.b)/d+6, 6)
	case c.g:
		h = (c.b-c.r)/d + 2
	default:
		h = (c.r-c.g)/d + 4
	}
	return h, s, l
}

func fromHSL(h, s, l float64) rgb {
	chroma := (1 - math.Abs(2*l-1)) * s
	x := chroma * (1 - math.Abs(math.Mod(h, 2)-1))
	base := l - chroma/2
	sixths := [...]rgb{{chroma, x, 0}, {x, chroma, 0}, {0, chroma, x}, {0, x, chroma}, {x, 0, chroma}, {chroma, 0, x}}
	c := sixths[min(int(h), 5)]
	return rgb{c.r + base, c.g + base, c.b + base}.round()
}

// legible moves the colour in steps of one hundredth of lightness, hue kept, until it stands out from the surface as text.
func legible(c, surface rgb) rgb {
	h, s, l := c.hsl()
	step := -0.01
	if surface.luminance() < 0.18 {
		step = 0.01
	}
	for range 100 {
		if contrast(c, surface) >= textContrast {
			break
		}
		l = min(1, max(0, l+step))
		c = fromHSL(h, s, l)
	}
	return c
}

// onColour is the stronger of near-black and white on the colour; pure black where neither is strong enough.
func onColour(c rgb) rgb {
	white, ink := rgb{1, 1, 1}, rgb{17. / 255, 17. / 255, 17. / 255}
	best := white
	if contrast(ink, c) > contrast(white, c) {
		best = ink
	}
	if contrast(best, c) < textContrast {
		return rgb{}
	}
	return best
}

// hovered moves a button's colour away from its text, so that the text only gets stronger; at an end it stays.
func hovered(c, text rgb) rgb {
	h, s, l := c.hsl()
	if text.luminance() > 0.5 {
		return fromHSL(h, s, max(0, l-0.08))
	}
	return fromHSL(h, s, min(1, l+0.08))
}

// css is the brand as custom properties, over those of app.css.
func (b Brand) css() ([]byte, error) {
	var out strings.Builder
	if b.Radius != nil {
		if *b.Radius < 0 || *b.Radius > 16 {
			return nil, fault.New(fault.Invalid, "brand.radius")
		}
		fmt.Fprintf(&out, ":root{--radius:%grem}", float64(*b.Radius)/16)
	}
	if b.Primary == "" {
		return []byte(out.String()), nil
	}
	primary, err := parseColour(b.Primary)
	if err != nil {
		return nil, err
	}
	for _, mode := range []struct{ before, surface, after string }{
		{"", surfaceLight, ""},
		{"@media (prefers-color-scheme:dark){", surfaceDark, "}"},
	} {
		surface, err := parseColour(mode.surface)
		if err != nil {
			return nil, err
		}
		text, edge := onColour(primary), "transparent"
		if contrast(primary, surface) < edgeContrast {
			edge = "var(--field)"
		}
		link := legible(primary, surface)
		fmt.Fprintf(&out, "%s:root{--primary:%s;--on-primary:%s;--primary-hover:%s;--primary-edge:%s;--link:%s;--focus:%s}%s",
			mode.before, primary, text, hovered(primary, text), edge, link, link, mode.after)
	}
	return []byte(out.String()), nil
}
