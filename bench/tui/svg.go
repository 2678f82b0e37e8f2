package main

import (
	"fmt"
	"html"
	"image/color"
	"math"
	"strings"
)

// A cell of the pictures, in pixels, and the room around all of them.
const (
	cellWidth  = 8.4
	cellHeight = 18
	margin     = 14
	baseline   = 13.5
)

// The attributes of an emulator's cell that the program uses.
const (
	bold = 1 << iota
	faint
	italic
	_ // slow blink
	_ // rapid blink
	reverse
)

// span is some neighbouring cells that look the same.
type span struct {
	text                   string
	column, width          int
	foreground, background color.RGBA
	attributes             uint8
	underline              bool
}

// spans takes a line of the screen apart. The caller holds the terminal's lock.
func (x *terminal) spans(y int) []span {
	var all []span
	for column := 0; column < x.screen.Width(); {
		s := x.span(column, y)
		if n := len(all); n > 0 && all[n-1].like(s) {
			all[n-1].text += s.text
			all[n-1].width += s.width
		} else {
			all = append(all, s)
		}
		column += s.width
	}
	return all
}

// span is one cell. A cursor is a cell with the colours exchanged.
func (x *terminal) span(column, y int) span {
	s := span{text: " ", column: column, width: 1, foreground: x.foreground, background: x.background}
	if cell := x.screen.CellAt(column, y); cell != nil && cell.Content != "" {
		s.text, s.width, s.attributes = cell.Content, max(cell.Width, 1), cell.Style.Attrs
		s.underline = cell.Style.Underline != 0
		s.foreground, s.background = rgb(cell.Style.Fg, s.foreground), rgb(cell.Style.Bg, s.background)
	}
	at := x.screen.CursorPosition()
	if cursor := x.cursor && at.X == column && at.Y == y; cursor != (s.attributes&reverse != 0) {
		s.foreground, s.background = s.background, s.foreground
	}
	s.attributes &= bold | faint | italic
	return s
}

// rgb is a colour of a cell, or the other where it has none.
func rgb(c color.Color, other color.RGBA) color.RGBA {
	if c == nil {
		return other
	}
	r, g, b, _ := c.RGBA()
	return color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 255}
}

// like reports whether the next cell can be drawn with these.
func (s span) like(next span) bool {
	return s.foreground == next.foreground && s.background == next.background && s.attributes == next.attributes &&
		s.underline == next.underline && drawn(s.text) == "" && drawn(next.text) == ""
}

// drawn is the path of a character that is a line or a block, in a cell of its own; "" for any other. As text, such lines have gaps.
func drawn(text string) string {
	const w, h = cellWidth, cellHeight
	path := func(format string, args ...any) string { return fmt.Sprintf(format, args...) }
	switch text {
	case "─":
		return path("M0 %gH%g", h/2.0, w)
	case "│":
		return path("M%g 0V%d", w/2, h)
	case "┼":
		return path("M0 %gH%gM%g 0V%d", h/2.0, w, w/2, h)
	case "╭":
		return path("M%g %dV%gQ%g %g %g %g", w/2, h, h/2.0+4, w/2, h/2.0, w, h/2.0)
	case "╮":
		return path("M0 %gQ%g %g %g %gV%d", h/2.0, w/2, h/2.0, w/2, h/2.0+4, h)
	case "╰":
		return path("M%g 0V%gQ%g %g %g %g", w/2, h/2.0-4, w/2, h/2.0, w, h/2.0)
	case "╯":
		return path("M0 %gQ%g %g %g %gV0", h/2.0, w/2, h/2.0, w/2, h/2.0-4)
	}
	return ""
}

// svg draws a line at the top of the picture.
func (l look) svg(line []span) string {
	var b strings.Builder
	for _, s := range line {
		x := round(float64(s.column) * cellWidth)
		width := round(float64(s.width) * cellWidth)
		if s.background != l.background {
			fmt.Fprintf(&b, `<rect x="%g" width="%g" height="%d" fill="%s"/>`, x, width, cellHeight, hex(s.background))
		}
		switch lines := drawn(s.text); {
		case lines != "":
			fmt.Fprintf(&b, `<path transform="translate(%g)" d="%s" fill="none" stroke="%s"/>`, x, lines, hex(s.foreground))
		case s.text == "▌":
			fmt.Fprintf(&b, `<rect x="%g" width="%g" height="%d" fill="%s"/>`, x, cellWidth/2, cellHeight, hex(s.foreground))
		case strings.TrimSpace(s.text) != "":
			b.WriteString(s.words(l))
		}
	}
	return b.String()
}

// words draws the span's text, exactly as wide as its cells whatever the font.
func (s span) words(l look) string {
	text := strings.TrimRight(s.text, " ")
	left := len(text) - len(strings.TrimLeft(text, " "))
	width := s.width - (len(s.text) - len(text)) - left
	var style strings.Builder
	if s.foreground != l.foreground {
		fmt.Fprintf(&style, ` fill="%s"`, hex(s.foreground))
	}
	for _, a := range []struct {
		is   bool
		then string
	}{
		{s.attributes&bold != 0, ` font-weight="bold"`},
		{s.attributes&italic != 0, ` font-style="italic"`},
		{s.attributes&faint != 0, ` opacity=".6"`},
		{s.underline, ` text-decoration="underline"`},
	} {
		if a.is {
			style.WriteString(a.then)
		}
	}
	return fmt.Sprintf(`<text x="%g" y="%g" textLength="%g"%s>%s</text>`,
		round(float64(s.column+left)*cellWidth), baseline, round(float64(width)*cellWidth), style.String(), html.EscapeString(text[left:]))
}

func round(f float64) float64 { return math.Round(f*10) / 10 }

func hex(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// frame is the whole picture around the lines of a terminal of that size. Style is CSS besides, title what a screen reader says.
func (l look) frame(width, height int, title, style, lines string) string {
	w, h := round(float64(width)*cellWidth), height*cellHeight
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]g %[2]d" width="%[1]g" height="%[2]d" role="img" aria-label="%[3]s">
<title>%[3]s</title>
<style>svg{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;font-size:14px;fill:%[4]s}text{white-space:pre}%[5]s</style>
<rect width="%[1]g" height="%[2]d" rx="8" fill="%[6]s" stroke="#888"/>
<svg x="%[7]d" y="%[7]d" width="%[8]g" height="%[9]d">
%[10]s</svg>
</svg>
`, w+2*margin, h+2*margin, html.EscapeString(title), hex(l.foreground), style, hex(l.background), margin, w, h, lines)
}

// picture draws the screen as it stands.
func (x *terminal) picture(title string) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	var lines strings.Builder
	for y := range x.screen.Height() {
		if line := x.svg(x.spans(y)); line != "" {
			fmt.Fprintf(&lines, "<g transform=\"translate(0 %d)\">%s</g>\n", y*cellHeight, line)
		}
	}
	return x.frame(x.screen.Width(), x.screen.Height(), title, "", lines.String())
}
