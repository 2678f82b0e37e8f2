package tui

import (
	"strings"
	"testing"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/betterprofile/betterprofile/printable"
)

// press makes the key press of a name such as "ctrl+w", or of a text.
func press(name string) tea.KeyPressMsg {
	names := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft,
		"right": tea.KeyRight, "backspace": tea.KeyBackspace, "delete": tea.KeyDelete, "home": tea.KeyHome, "end": tea.KeyEnd,
		"pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "f1": tea.KeyF1, "f2": tea.KeyF2,
	}
	var k tea.KeyPressMsg
	rest := name
	for {
		switch {
		case strings.HasPrefix(rest, "ctrl+"):
			k.Mod |= tea.ModCtrl
			rest = rest[5:]
		case strings.HasPrefix(rest, "alt+"):
			k.Mod |= tea.ModAlt
			rest = rest[4:]
		case strings.HasPrefix(rest, "shift+"):
			k.Mod |= tea.ModShift
			rest = rest[6:]
		default:
			if code, ok := names[rest]; ok {
				k.Code = code
				return k
			}
			k.Code, _ = utf8.DecodeRuneInString(rest)
			if k.Mod == 0 {
				k.Text = rest
			}
			return k
		}
	}
}

func TestEditor_Keys(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		keys       string // separated by spaces
		want       string // with the cursor as |
	}{
		{"typing", "ab", "c", "abc|"},
		{"new line", "ab", "left ctrl+j", "a\n|b"},
		{"backspace joins lines", "a\nb", "left backspace", "a|b"},
		{"backspace takes a whole cluster", "ae\u0301", "backspace", "a|"},
		{"left passes a whole cluster", "a👩\u200d🚀", "left", "a|👩\u200d🚀"},
		{"delete", "abc", "home delete", "|bc"},
		{"delete joins lines", "a\nb", "up delete", "a|b"},
		{"word left", "one two-three", "ctrl+left", "one two-|three"},
		{"word right", "one two", "home alt+f", "one| two"},
		{"word left from the start of a line", "a\nb", "home ctrl+left", "a|\nb"},
		{"erase word", "one two ", "ctrl+w", "one |"},
		{"erase to start and end", "one two", "ctrl+left ctrl+k ctrl+u", "|"},
		{"up keeps the column", "abcdef\nab\nabcdef", "up up", "abcdef|\nab\nabcdef"},
		{"undo a run of typing", "x", "a b c ctrl+_", "x|"},
		{"undo erasing and redo", "abc", "backspace backspace ctrl+_ ctrl+y", "a|"},
		{"up and down in a wrapped line", "aaaa bbbb cccc", "up", "aaaa| bbbb cccc"},
	}
	keys := newKeyMap()
	for _, tt := range tests {
		e := newEditor(cells{ansi.GraphemeWidth})
		e.layout(e.cells, 10)
		e.setValue(tt.text)
		for _, k := range strings.Fields(tt.keys) {
			e.edit(keys, press(k))
		}
		lines := append([]string(nil), e.text...)
		lines[e.row] = lines[e.row][:e.col] + "|" + lines[e.row][e.col:]
		if got := strings.Join(lines, "\n"); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
		if got := utf8.RuneCountInString(e.value()); got != e.size {
			t.Errorf("%s: size %d, want %d", tt.name, e.size, got)
		}
	}
}

func TestEditor_LaysOutLongLines(t *testing.T) {
	t.Parallel()
	e := newEditor(cells{})
	e.layout(e.cells, 10)
	e.setValue("the quick brown fox\n日本語日本語\nabcdefghijklmno")
	want := []string{"the quick", "brown fox", "日本語日本", "語", "abcdefghij", "klmno"}
	if diff := cmp.Diff(want, e.window(0, 99)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want[1:3], e.window(1, 2)); diff != "" {
		t.Error(diff)
	}
	if row, column := e.cursor(); row != 5 || column != 5 {
		t.Errorf("cursor at %d, %d", row, column)
	}
}

func TestEditor_PasteIsMadeHarmlessAndKeptWhole(t *testing.T) {
	t.Parallel()
	c := composer{editor: newEditor(cells{}), keys: newKeyMap()}
	text := strings.Repeat("Zeile mit Wörtern\r\n", 6000)
	c.update(tea.PasteMsg{Content: text + "\x1b[31mred"})
	if want := strings.ReplaceAll(text, "\r\n", "\n") + "red"; c.value() != want {
		t.Error("the pasted text is not what was pasted")
	}
	if c.size < 100_000 || c.remaining() == "" {
		t.Errorf("size %d, remaining %q", c.size, c.remaining())
	}
}

func FuzzEditor(f *testing.F) {
	f.Add("hello 日本 e\u0301\n\x1b[31m", []byte("abcdefgh\x01\x02\x03"), 5)
	f.Fuzz(func(t *testing.T, text string, moves []byte, width int) {
		text, moves = text[:min(len(text), 300)], moves[:min(len(moves), 100)]
		e := newEditor(cells{ansi.GraphemeWidth})
		e.layout(e.cells, 1+width&63)
		keys := newKeyMap()
		names := []string{"left", "right", "up", "down", "backspace", "delete", "ctrl+w", "ctrl+u", "ctrl+k", "ctrl+_", "ctrl+y", "ctrl+j", "home", "end", "ctrl+left", "ctrl+right"}
		e.insert(text)
		for _, b := range moves {
			if int(b) < len(names) {
				e.edit(keys, press(names[b]))
			} else {
				e.insert(string(rune(b)))
			}
			if e.row >= len(e.text) || e.col > len(e.text[e.row]) || len(e.text) != len(e.lines) {
				t.Fatalf("cursor at %d, %d of %q", e.row, e.col, e.text)
			}
			if got := utf8.RuneCountInString(e.value()); got != e.size {
				t.Fatalf("size %d, want %d", e.size, got)
			}
			if row, column := e.cursor(); row >= e.height() || column > e.width {
				t.Fatalf("cursor on screen at %d, %d of %d rows", row, column, e.height())
			}
		}
		if !printable.Safe(e.value()) {
			t.Fatalf("%q is not safe", e.value())
		}
	})
}
