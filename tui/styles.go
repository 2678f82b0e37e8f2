package tui

import (
	"image/color"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// attr is a set of properties of a piece of text. What each looks like is said in sequence.
type attr uint16

const (
	bold attr = 1 << iota
	italic
	strike
	underline
	code
	heading
	faint
	user
	interviewer
	failure
	accent

	attrs = 1 << 11
)

// palette is the colours of a theme. Each has a contrast of at least 4.5:1 (WCAG 2.2, 1.4.3) to the backgrounds it is made for: black
// and #1e1e1e when dark, white when light.
type palette struct {
	user, interviewer, heading, code, faint, failure, accent color.Color
}

// newHighContrast is the palette for those who need more: 7:1 at least (WCAG 2.2, 1.4.6), and what is faint elsewhere is as plain as the rest.
func newHighContrast(dark bool) palette {
	pick := lipgloss.LightDark(dark)
	hex := func(light, dark string) color.Color { return pick(lipgloss.Color(light), lipgloss.Color(dark)) }
	return palette{
		user:        hex("#003a99", "#a8ccff"),
		interviewer: hex("#00482a", "#a5e8b4"),
		heading:     hex("#4a1290", "#dcc8ff"),
		code:        hex("#5e3300", "#ffd59b"),
		faint:       hex("#1f1f1f", "#f0f0f0"),
		failure:     hex("#8c0f09", "#ffb4ab"),
		accent:      hex("#003a99", "#a8ccff"),
	}
}

// newPalette is the palette for dark or light backgrounds.
func newPalette(dark bool) palette {
	pick := lipgloss.LightDark(dark)
	hex := func(light, dark string) color.Color { return pick(lipgloss.Color(light), lipgloss.Color(dark)) }
	return palette{
		user:        hex("#1a56c4", "#8ab4f8"),
		interviewer: hex("#14663f", "#81c995"),
		heading:     hex("#6b2fb3", "#c5a8ff"),
		code:        hex("#8a4b00", "#e6b673"),
		faint:       hex("#666a6f", "#9aa0a6"),
		failure:     hex("#b3261e", "#ff8a80"),
		accent:      hex("#1a56c4", "#8ab4f8"),
	}
}

// styles turns properties into escape sequences. It is not safe for concurrent use.
type styles struct {
	cells
	palette palette
	bare    bool          // nothing is styled or drawn: text alone
	made    [attrs]string // made when first asked for
}

// newStyles is a theme for a dark or a light background, for text measured in one way.
func newStyles(dark bool, c cells) *styles {
	return &styles{cells: c, palette: newPalette(dark)}
}

// on returns what switches the properties on.
func (s *styles) on(a attr) string {
	if a != 0 && s.made[a] == "" {
		s.made[a] = sequence(a, s.palette)
	}
	return s.made[a]
}

// sequence returns what switches the properties on; the first colour that applies wins.
func sequence(a attr, p palette) string {
	var style ansi.Style
	if a&(bold|heading) != 0 {
		style = style.Bold()
	}
	if a&italic != 0 {
		style = style.Italic(true)
	}
	if a&underline != 0 {
		style = style.Underline(true)
	}
	if a&strike != 0 {
		style = style.Strikethrough(true)
	}
	for _, c := range []struct {
		when attr
		ink  color.Color
	}{
		{failure, p.failure},
		{code, p.code},
		{faint, p.faint},
		{heading, p.heading},
		{user, p.user},
		{interviewer, p.interviewer},
		{accent, p.accent},
	} {
		if a&c.when != 0 {
			style = style.ForegroundColor(c.ink)
			break
		}
	}
	return style.String()
}

// render returns text with the properties, all switched off again at its end.
func (s *styles) render(a attr, text string) string {
	if a == 0 || text == "" || s.bare {
		return text
	}
	return s.on(a) + text + ansi.ResetStyle
}
