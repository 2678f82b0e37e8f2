package printable_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/printable"
	"github.com/betterprofile/betterprofile/printable/printabletest"
)

// tooLong is the contents of an escape string longer than is looked at.
func tooLong() string { return strings.Repeat("x", printable.MaxPending+1) }

func TestText(t *testing.T) {
	t.Parallel()
	marks := strings.Repeat("\u0301", printable.MaxMarks)
	tests := []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"lines and tabs stay", "a\n\tb\n", "a\n\tb\n"},
		{"line ends become LF", "a\r\nb\rc\r\r\nd\u2028e\u2029f", "a\nb\nc\n\nd\ne\nf"},
		{"an LF after CR and a sequence is another line end", "a\r\x1b[0m\nb", "a\n\nb"},
		{"controls go", "a\x00\a\b\v\f\x0e\x7fb\u0085\u0080c", "abc"},
		{"SGR", "\x1b[1;31mred\x1b[0m", "red"},
		{"CSI in one character", "\u009B31mred", "red"},
		{"private parameters and intermediates", "\x1b[?25l\x1b[0 q\x1b[>4;2mx", "x"},
		{"control characters in a CSI", "\x1b[3\a1\x00mred", "red"},
		{"CAN ends a sequence", "\x1b[3\x181m", "1m"},
		{"a line end ends a sequence", "\x1b[31\nm", "\nm"},
		{"a tab ends a sequence", "\x1b[31\tm", "\tm"},
		{"other text ends a sequence", "\x1b[31é", "é"},
		{"two-byte escapes", "\x1bca\x1b7b\x1bMc", "abc"},
		{"[ after an intermediate is a final character", "\x1b([31m", "31m"},
		{"escapes with intermediates", "\x1b(0a\x1b#8b\x1b%Gc", "abc"},
		{"ESC before other text", "\x1béa\x1b\nb\x1b", "éa\nb"},
		{"a sequence too long is shown from there", "\x1b[" + strings.Repeat("1", 300) + "m", strings.Repeat("1", 44) + "m"},
		{"title by BEL and ST", "\x1b]0;a\ab\x1b]0;a\x1b\\c\x1b]0;a\u009Cd\u009D0;a\ae", "bcde"},
		{"a link keeps its text", "\x1b]8;;https://a.example\x1b\\click\x1b]8;;\x1b\\ here", "click here"},
		{"clipboard", "a\x1b]52;c;Y3VybA==\ab", "ab"},
		{"DCS, SOS, PM, APC", "a\x1bPq#0\x1b\\b\x1bXs\x1b\\c\x1b^p\x1b\\d\x1b_G\x1b\\e\u0090x\u009Cf", "abcdef"},
		{"SOS, PM, APC in one character", "a\u0098s\u009Cb\u009Ep\u009Cc\u009Fa\u009Cd", "abcd"},
		{"string cut by a line end", "\x1b]0;title\nrest\a", "0;title\nrest"},
		{"string cut by CR", "\x1b]0;title\r\nrest", "0;title\nrest"},
		{"string cut by the end", "\x1b]0;title", "0;title"},
		{"string cut by the end in its terminator", "\x1b]0;title\x1b", "0;title"},
		{"string cut by another", "\x1b]0;a\x1b]0;b\ac", "0;ac"},
		{"string cut by a CSI", "\x1b]0;a\x1b[31mb\u009D0;c\u009B1md", "0;ab0;cd"},
		{"string cut by CAN", "\x1b]0;a\x18b", "0;ab"},
		{"string cut by a line separator", "\x1b]0;a\u2028b\a", "0;a\nb"},
		{"a lone introducer does not swallow the reply", "\x1b]" + tooLong() + "\a", tooLong()},
		{"the longest string", "\x1b]" + tooLong()[1:] + "\x1b\\b", "b"},
		{"contents shown are safe too", "\x1b]0;\u202Ea\x00\u200Bb", "0;ab"},
		{"tmux pass-through", "\x1bPtmux;\x1b\x1b]52;c;AA\a\x1b\\x", "tmux;x"},
		{"what is left makes no new sequence", "\x1b\x1b[0m[31m", "[31m"},
		{"reordering", "a\u202Eb\u2066c\u2069d\u061Ce\u202C", "abcde"},
		{"direction marks stay", "a\u200Eb\u200Fc", "a\u200Eb\u200Fc"},
		{"what does not show", "a\u200Bb\u2060\u2064c\uFEFFd\u00ADe\u180Ef\uFFF9g\uFFFB", "abcdefg"},
		{"tags", "🏴\U000E0067\U000E0062\U000E007F!", "🏴!"},
		{"noncharacters", "a\uFDD0\uFFFE\U0010FFFFb", "ab"},
		{"private use stays", "\uE0B0\U00100000", "\uE0B0\U00100000"},
		{"not UTF-8", "caf\xe9 \xed\xa0\x80 \x9b31m \xe4\xb8", "caf\uFFFD \uFFFD\uFFFD\uFFFD \uFFFD31m \uFFFD\uFFFD"},
		{"marks", "e" + marks + "\u0301\u0301x" + marks + "\u0301", "e" + marks + "x" + marks},
		{"marks on several lines", "e" + marks + "\r" + marks + "\r\n" + marks, "e" + marks + "\n" + marks + "\n" + marks},
		{"marks around what goes", "e" + marks + "\x1b[0m\u200B\u0301", "e" + marks},
		{"marks within what goes do not count", "e\x1b]0;x\u0301\a" + marks, "e" + marks},
		{"marks within what is shown count", "e\x1b]" + marks + "\n" + marks + "\u0301", "e" + marks + "\n" + marks},
		{"joiners count as marks", "e" + marks + "\u200D\uFE0Fx", "e" + marks + "x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := printable.Text(tt.in); got != tt.want {
				t.Errorf("Text(%+q)\n got %+q\nwant %+q", tt.in, got, tt.want)
			}
		})
	}
}

func TestText_HostileBecomesSafe(t *testing.T) {
	t.Parallel()
	for _, s := range printabletest.Hostile() {
		if printable.Safe(s) {
			t.Errorf("Safe(%+q)", s)
		}
		checkOutput(t, s)
	}
}

// checkOutput checks what holds for the output of any text.
func checkOutput(t *testing.T, s string) {
	t.Helper()
	text, line := printable.Text(s), printable.Line(s)
	for name, out := range map[string]string{"Text": text, "Line": line} {
		printabletest.CheckSafe(t, out)
		if !utf8.ValidString(out) || !printable.Safe(out) || strings.Contains(out, "\r") {
			t.Errorf("%s(%+q) = %+q is not safe", name, s, out)
		}
	}
	if again := printable.Text(text); again != text {
		t.Errorf("Text(%+q) = %+q, and of that %+q", s, text, again)
	}
	if again := printable.Line(line); again != line {
		t.Errorf("Line(%+q) = %+q, and of that %+q", s, line, again)
	}
	if len(text) > 3*len(s) {
		t.Errorf("Text(%+q) is %d times as long", s, len(text)/len(s))
	}
	if want := strings.ReplaceAll(s, "\r\n", "\n"); printable.Safe(s) != (text == want) {
		t.Errorf("Safe(%+q) = %v, Text %+q", s, printable.Safe(s), text)
	}
}

func TestText_HarmlessStays(t *testing.T) {
	t.Parallel()
	all := printabletest.Harmless()
	for _, s := range append(all, strings.Join(all, "\n")) {
		if got := printable.Text(s); got != s {
			t.Errorf("got %+q, want %+q", got, s)
		}
		if got := printable.Text("\x1b[1m" + s + "\r"); got != s+"\n" {
			t.Errorf("with a sequence: got %+q, want %+q", got, s+"\n")
		}
	}
}

func TestText_HarmlessTextAfterHostileTextIsKept(t *testing.T) {
	t.Parallel()
	want := "\n" + strings.Join(printabletest.Harmless(), "\n")
	for _, s := range printabletest.Hostile() {
		if got := printable.Text(s + want); !strings.HasSuffix(got, want) {
			t.Errorf("after %+q: %+q", s, got)
		}
	}
}

func TestText_CleanTextIsNotCopied(t *testing.T) { // not parallel: it counts allocations
	s := strings.Join(printabletest.Harmless(), "\n")
	var sc printable.Scanner
	allocs := testing.AllocsPerRun(10, func() {
		if printable.Text(s) != s || sc.Append(s) != s || sc.Close() != "" || !printable.Safe(s) || printable.Line("a title") == "" {
			t.Error("changed")
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations, want none", allocs)
	}
}

func TestLine(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                               "",
		"a title":                        "a title",
		" \t\r\n ":                       "",
		"a\nb\tc\r\nd\re":                "a b c d e",
		"  two  spaces \u00A0\u3000end ": "two spaces end",
		"one\u00A0word":                  "one word",
		"\x1b]0;x\a title\x1b[0m\n":      "title",
		"a\u2028b\u0085c":                "a bc",
		"👩\u200D🚀 ok":                    "👩\u200D🚀 ok",
	} {
		if got := printable.Line(in); got != want {
			t.Errorf("Line(%+q) = %+q, want %+q", in, got, want)
		}
	}
}

func TestSafe(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]bool{
		"":                true,
		"a\r\nb\r\n\tc":   true,
		"a\r":             false,
		"a\r\r\n":         false,
		"\x1b":            false,
		"\xff":            false,
		"\uFFFD":          true,
		"\u009B":          false,
		"\u202E":          false,
		"e\r\n\u0301\r":   false,
		"שלום 👩\u200D🚀 é": true,
	} {
		if got := printable.Safe(in); got != want {
			t.Errorf("Safe(%+q) = %v", in, got)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range append(printabletest.Hostile(), printabletest.Harmless()...) {
		f.Add(s)
	}
	f.Fuzz(checkOutput)
}

func BenchmarkText(b *testing.B) {
	for name, s := range samples() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			b.ReportAllocs()
			for b.Loop() {
				printable.Text(s)
			}
		})
	}
}

// samples are texts of about 20 KB to measure with.
func samples() map[string]string {
	return map[string]string{
		"ascii":  strings.Repeat("The quick brown fox jumps over the lazy dog, twice.\n", 400),
		"accent": strings.Repeat("Zażółć gęślą jaźń, naïve café. ", 500),
		"arabic": strings.Repeat("مرحبا بالعالم، كيف حالك؟ ", 450),
		"cjk":    strings.Repeat("日本語テキストと中文字符。", 520),
		"emoji":  strings.Repeat("👩\u200D❤\uFE0F\u200D👨 🇩🇪 ok ", 600),
		"crlf":   strings.Repeat("The quick brown fox jumps over the lazy dog, twice.\r\n", 400),
		"styled": strings.Repeat("\x1b[1;31mThe quick\x1b[0m brown fox \x1b]8;;https://a.example\x1b\\jumps\x1b]8;;\x1b\\\n", 250),
		"binary": strings.Repeat("\x00\xff\x1b\x9b\xe4", 4000),
	}
}
