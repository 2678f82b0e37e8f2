package printabletest_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/printable"
	"github.com/betterprofile/betterprofile/printable/printabletest"
)

// recorder is a testing.TB that keeps failures instead of failing.
type recorder struct {
	testing.TB
	failures []string
}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

// fails reports whether check finds a fault in out.
func fails(t *testing.T, check func(testing.TB, string), out string) bool {
	r := recorder{TB: t}
	check(&r, out)
	return len(r.failures) > 0
}

func TestCheckSafe_AgreesWithPrintableOnEveryCodePoint(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if plane, low := r>>16, r&0xFFFF; plane > 1 && plane != 14 && low > 0xFF && low < 0xFF00 {
			continue // ideographs, unassigned and private use
		}
		for _, s := range []string{string(r), "a" + strings.Repeat(string(r), printable.MaxMarks+1)} {
			if unsafe := fails(t, printabletest.CheckSafe, s); unsafe == printable.Safe(s) {
				t.Errorf("%U in %+q: CheckSafe fails: %v, printable.Safe: %v", r, s, unsafe, !unsafe)
			}
		}
	}
}

func TestHostile_EachIsDifferentAndUnsafe(t *testing.T) {
	t.Parallel()
	all := printabletest.Hostile()
	if len(all) < 600 {
		t.Errorf("%d strings, want 600 or more", len(all))
	}
	seen := map[string]bool{}
	for _, s := range all {
		if seen[s] {
			t.Errorf("twice: %+q", s)
		}
		seen[s] = true
		if !fails(t, printabletest.CheckSafe, s) {
			t.Errorf("harmless: %+q", s)
		}
	}
}

func TestHarmless_IsSafe(t *testing.T) {
	t.Parallel()
	for _, s := range printabletest.Harmless() {
		printabletest.CheckSafe(t, s)
		printabletest.CheckStyled(t, s)
	}
}

func TestCheckStyled_LetsOnlySGRPass(t *testing.T) {
	t.Parallel()
	for out, want := range map[string]bool{
		"\x1b[1;31mred\x1b[m \x1b[38:2::1:2:3mx\x1b[0m\r\n": false,
		"\x1b[2J":             true,
		"\x1b[31":             true,
		"\x1b[?25h":           true,
		"\x1b]0;x\x07":        true,
		"\x1b\x1b[0m[2J":      true,
		"\x1b[1mx\u202E\x1b[": true,
		"\u009B31m":           true,
	} {
		if got := fails(t, printabletest.CheckStyled, out); got != want {
			t.Errorf("%+q: fails %v, want %v", out, got, want)
		}
	}
	if !fails(t, printabletest.CheckSafe, "\x1b[0m") {
		t.Error("CheckSafe let SGR pass")
	}
}
