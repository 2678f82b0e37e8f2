package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/charmbracelet/x/ansi"

	"github.com/betterprofile/betterprofile/printable"
)

func (a *app) printf(format string, args ...any) error {
	to := a.out
	if a.pager != nil {
		to = a.pager
	}
	_, err := fmt.Fprintf(to, format, args...)
	return err
}

// printJSON writes v, or what the flags of the command make of it: indented on a terminal and on one line in a pipe. Control characters and what could
// steer a terminal are escaped there, so that the text stays exact and harmless.
func (a *app) printJSON(v any) error {
	if a.format != nil {
		raw, err := a.format.choose(v)
		if err != nil {
			return err
		}
		if a.format.made() {
			return a.printMade(raw)
		}
		v = raw
	}
	if !terminal(a.out) {
		return printLine(a.out, v)
	}
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return a.printf("%s\n", escapeUnprintable(string(b)))
}

// printLine writes v to a stream as one line of JSON; to a terminal with what could steer it escaped.
func printLine(to io.Writer, v any) error {
	var line strings.Builder
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err
	}
	text := line.String()
	if terminal(to) {
		text = escapeUnprintable(text)
	}
	_, err := io.WriteString(to, text)
	return err
}

// harmless is text on its way to the output: as it is, unless the output is a terminal.
func (a *app) harmless(text io.Reader) io.Reader {
	if !terminal(a.out) {
		return text
	}
	r, w := io.Pipe()
	go func() {
		var scanner printable.Scanner
		buffer := make([]byte, 32<<10)
		for {
			n, err := text.Read(buffer)
			if _, werr := io.WriteString(w, scanner.Append(string(buffer[:n]))); werr != nil {
				return
			}
			if err != nil {
				_, _ = io.WriteString(w, scanner.Close()) // a reader that has gone needs no more
				w.CloseWithError(err)
				return
			}
		}
	}()
	return r
}

// escapeUnprintable writes the characters that steer a terminal as \u escapes, inside the strings of JSON text: C1 controls, bidi
// overrides, marks without end and the like. JSON itself has escaped the rest.
func escapeUnprintable(text string) string {
	if printable.Safe(text) {
		return text
	}
	var b strings.Builder
	var run string // a character and the marks on it, of which only so many are harmless
	for _, r := range text {
		if !unicode.In(r, unicode.M, unicode.Cf) {
			run = ""
		}
		run += string(r)
		switch {
		case r == '\n' || printable.Safe(run):
			b.WriteRune(r)
			continue
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		run = ""
	}
	return b.String()
}

// table prints rows: aligned columns under a heading on a terminal, tab-separated without one in a pipe. The cell of the last column is cut to
// the width of a terminal.
func (a *app) table(heading []string, rows [][]string) error {
	if !terminal(a.out) {
		for _, row := range rows {
			if err := a.printf("%s\n", strings.Join(row, "\t")); err != nil {
				return err
			}
		}
		return nil
	}
	widths := make([]int, len(heading))
	for _, row := range append([][]string{heading}, rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], ansi.StringWidth(cell))
		}
	}
	for i, row := range append([][]string{heading}, rows...) {
		line := alignRow(row, widths, a.width())
		if i == 0 {
			line = a.dim(line)
		}
		if err := a.printf("%s\n", line); err != nil {
			return err
		}
	}
	return nil
}

// alignRow pads the cells to their columns, two blanks apart, and cuts the line at width.
func alignRow(row []string, widths []int, width int) string {
	var b strings.Builder
	for i, cell := range row {
		b.WriteString(cell)
		if i < len(row)-1 {
			b.WriteString(strings.Repeat(" ", widths[i]-ansi.StringWidth(cell)+2))
		}
	}
	return ansi.Truncate(b.String(), width, "…")
}

// age says how long ago t was, in a word or two.
func age(now, t time.Time) string {
	switch d := now.Sub(t); {
	case d < time.Minute:
		return "now"
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	case d < 30*24*time.Hour:
		return fmt.Sprintf("%dd", int(d.Hours()/24))
	default:
		return t.Local().Format(time.DateOnly)
	}
}
