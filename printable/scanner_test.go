package printable_test

import (
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/printable"
	"github.com/betterprofile/betterprofile/printable/printabletest"
)

// stream returns what a Scanner makes of s in pieces that end at the given offsets.
func stream(s string, cuts ...int) string {
	var sc printable.Scanner
	var b strings.Builder
	start := 0
	for _, end := range append(cuts, len(s)) {
		b.WriteString(sc.Append(s[start:end]))
		start = end
	}
	return b.String() + sc.Close()
}

// bytewise returns what a Scanner makes of s byte by byte.
func bytewise(s string) string {
	var sc printable.Scanner
	var b strings.Builder
	for i := range len(s) {
		b.WriteString(sc.Append(s[i : i+1]))
	}
	return b.String() + sc.Close()
}

func TestScanner_AnyCutGivesTheSameAsText(t *testing.T) {
	t.Parallel()
	for _, s := range append(printabletest.Hostile(), printabletest.Harmless()...) {
		want := printable.Text(s)
		if got := bytewise(s); got != want {
			t.Errorf("%+q byte by byte:\n got %+q\nwant %+q", s, got, want)
		}
		step := 1 + len(s)/50
		for cut := 0; cut <= len(s); cut += step {
			if got := stream(s, cut); got != want {
				t.Errorf("%+q cut at %d:\n got %+q\nwant %+q", s, cut, got, want)
			}
		}
	}
}

func TestScanner_ShowsWhatIsDecidedAtOnce(t *testing.T) {
	t.Parallel()
	steps := []struct{ in, out string }{
		{"Hello", "Hello"},
		{" wor\x1b[3", " wor"},
		{"1mld", "ld"},
		{"\r", "\n"},
		{"\n", ""},
		{"", ""},
		{"caf\xc3", "caf"},
		{"\xa9 \xf0\x9f", "é "},
		{"\x91\x8d\x1b", "👍"},
		{"]0;title", ""},
		{" goes on\nend", "0;title goes on\nend"},
		{"\x1b]0;title", ""},
		{"\x1b", ""},
		{"\\.", "."},
		{"\x1b]" + tooLong(), tooLong()},
		{"\xe4\xb8", ""},
	}
	var sc printable.Scanner
	for _, s := range steps {
		if got := sc.Append(s.in); got != s.out {
			t.Errorf("Append(%+q) = %+q, want %+q", s.in, got, s.out)
		}
	}
	if got, want := sc.Close(), "\uFFFD\uFFFD"; got != want {
		t.Errorf("Close() = %+q, want %+q", got, want)
	}
}

func TestScanner_CloseStartsOver(t *testing.T) {
	t.Parallel()
	var sc printable.Scanner
	sc.Append("e\u0301\u0301\x1b]0;x\r")
	sc.Append("\x1b]held")
	if got := sc.Close(); got != "held" {
		t.Errorf("Close() = %q", got)
	}
	if got := sc.Append("\n31m") + sc.Close(); got != "\n31m" {
		t.Errorf("after Close: %q", got)
	}
	if got := sc.Close(); got != "" {
		t.Errorf("Close of nothing: %q", got)
	}
}

func TestScanner_HoldsBackAtMostMaxPending(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]string{
		"string of ASCII":     "\x1b]" + strings.Repeat("x", 3*printable.MaxPending),
		"string of controls":  "\x1b]" + strings.Repeat("\x00", 3*printable.MaxPending),
		"string of bad bytes": "\x1bP" + strings.Repeat("\xff", 3*printable.MaxPending),
		"string of 中":         "\u009D" + strings.Repeat("中", printable.MaxPending),
	} {
		var sc printable.Scanner
		out := 0
		for i := range len(s) {
			out += len(sc.Append(s[i : i+1]))
			if out == 0 && i > printable.MaxPending+3 && name != "string of controls" {
				t.Errorf("%s: nothing shown after %d bytes", name, i)
				break
			}
		}
		if got := len(sc.Close()); got > 2 {
			t.Errorf("%s: %d bytes still held at the end", name, got)
		}
		if got := stream("\x1b]"+s[2:]+"visible", len(s)/2); !strings.HasSuffix(got, "visible") {
			t.Errorf("%s swallowed what follows", name)
		}
	}
}

func FuzzScanner(f *testing.F) {
	for i, s := range append(printabletest.Hostile(), printabletest.Harmless()...) {
		f.Add(s, uint16(i), uint16(7*i))
	}
	f.Fuzz(func(t *testing.T, s string, a, b uint16) {
		want := printable.Text(s)
		first := int(a) % (len(s) + 1)
		second := first + int(b)%(len(s)-first+1)
		if got := stream(s, first, second); got != want {
			t.Errorf("%+q cut at %d and %d:\n got %+q\nwant %+q", s, first, second, got, want)
		}
		if got := bytewise(s); got != want {
			t.Errorf("%+q byte by byte:\n got %+q\nwant %+q", s, got, want)
		}
	})
}

func BenchmarkScanner(b *testing.B) {
	for name, s := range samples() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			b.ReportAllocs()
			for b.Loop() {
				var sc printable.Scanner
				for rest := s; rest != ""; {
					n := min(20, len(rest))
					sc.Append(rest[:n])
					rest = rest[n:]
				}
				sc.Close()
			}
		})
	}
}
