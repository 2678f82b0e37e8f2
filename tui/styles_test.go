package tui

import (
	"image/color"
	"math"
	"reflect"
	"testing"

	"charm.land/lipgloss/v2"
)

func TestPalette_ContrastIsEnoughForText(t *testing.T) {
	t.Parallel()
	for _, theme := range []struct {
		dark        bool
		backgrounds []string
	}{{true, []string{"#000000", "#1e1e1e"}}, {false, []string{"#ffffff"}}} {
		p := reflect.ValueOf(newPalette(theme.dark))
		for i := range p.NumField() {
			ink := paletteColors(newPalette(theme.dark))[i]
			for _, background := range theme.backgrounds {
				if got := contrast(ink, lipgloss.Color(background)); got < 4.5 {
					t.Errorf("dark %v: %s on %s has a contrast of %.2f, want 4.5", theme.dark, p.Type().Field(i).Name, background, got)
				}
			}
		}
	}
}

func paletteColors(p palette) []color.Color {
	return []color.Color{p.user, p.interviewer, p.heading, p.code, p.faint, p.failure, p.accent}
}

// contrast is the ratio of WCAG 2.2, from 1 to 21.
func contrast(a, b color.Color) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	linear := func(v uint32) float64 {
		x := float64(v) / 0xffff
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

func TestRender_SwitchesEverythingOffAgain(t *testing.T) {
	t.Parallel()
	s := newStyles(true, cells{})
	if got := s.render(bold|faint, "x"); got != s.on(bold|faint)+"x\x1b[m" {
		t.Errorf("got %q", got)
	}
	if got := s.render(0, "x"); got != "x" {
		t.Errorf("got %q, want x alone", got)
	}
}
