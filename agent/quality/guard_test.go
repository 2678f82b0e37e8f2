package quality_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/agent/quality"
)

// guarded feeds a text to a Guard in pieces that end at the cuts.
func guarded(t testing.TB, text string, cuts ...int) string {
	t.Helper()
	var g quality.Guard
	var out strings.Builder
	last, ended := 0, false
	for _, cut := range append(cuts, len(text)) {
		emit, done := g.Write(text[last:cut])
		if ended && emit != "" {
			t.Errorf("%q: emitted %q after the end", text, emit)
		}
		if utf8.ValidString(text) && !utf8.ValidString(emit) {
			t.Errorf("%q: emitted a part of a character, %q", text, emit)
		}
		out.WriteString(emit)
		last, ended = cut, done
	}
	rest := g.Close()
	if ended && rest != "" {
		t.Errorf("%q: Close emitted %q after the end", text, rest)
	}
	return out.String() + rest
}

func TestGuard(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                   "",
		"No ask.":                            "No ask.",
		"What next?":                         "What next?",
		"I see. What next? And how?":         "I see. What next?",
		"Walk me through it. What was hard?": "Walk me through it.",
		"Walk me through the 3.5 hours. What was hard?":    "Walk me through the 3.5 hours.",
		"Walk me through it, e.g. the start. And then?":    "Walk me through it, e.g. the start.",
		"Walk me through three things: this, that.\nOk?":   "Walk me through three things: this, that.",
		"“What now?” is good. What was it? Next?":          "“What now?” is good. What was it?",
		"He said \"what now?\" then. What was it? Next?":   "He said \"what now?\" then. What was it?",
		"You said “so…?” there. How so? And why?":          "You said “so…?” there. How so?",
		"“never closed. What was it? Next?":                "“never closed. What was it?",
		"(What was it?) Next?":                             "(What was it?)",
		"What was it?! Next?":                              "What was it?!",
		"**What was it?** Next?":                           "**What was it?**",
		"So… what was it? Next?":                           "So… what was it?",
		"ماذا تغير؟ من لاحظ؟":                              "ماذا تغير؟",
		"后来有什么变化？谁先发现？":                                    "后来有什么变化？",
		"¿Qué cambió? ¿Quién?":                             "¿Qué cambió?",
		"How many was it? Even roughly?":                   "How many was it?",
		"See https://x.org/?a=b there. What was it? Next?": "See https://x.org/?a=b there. What was it?",
		"Tell me about it\nWhat was it?":                   "Tell me about it",
	} {
		if got := guarded(t, in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		checkCuts(t, in)
	}
}

// checkCuts holds the Guard to: any cutting gives the same, it is a beginning of the text, and asks at most one thing.
func checkCuts(t testing.TB, text string) {
	t.Helper()
	whole := guarded(t, text)
	if !strings.HasPrefix(text, whole) {
		t.Errorf("%q: %q is no beginning of it", text, whole)
	}
	if asks := quality.Asks(whole); len(asks) > 1 {
		t.Errorf("%q: %d asks in %q", text, len(asks), whole)
	}
	if all := quality.Asks(text); len(all) > 0 && len(quality.Asks(whole)) != 1 {
		t.Errorf("%q: no ask is left in %q", text, whole)
	}
	var each []int
	for i := range len(text) {
		each = append(each, i)
		if i < 200 {
			if got := guarded(t, text, i); got != whole {
				t.Errorf("%q cut at %d: %q, whole %q", text, i, got, whole)
			}
		}
	}
	if got := guarded(t, text, each...); got != whole {
		t.Errorf("%q byte by byte: %q, whole %q", text, got, whole)
	}
}

func TestGuard_AnyCuttingOfAnyMixture(t *testing.T) {
	t.Parallel()
	pieces := []string{
		"What was it", "?", "? ", ". ", "…", "...", "\n", "“", "”", "\"", "'", "’", "‘", " ", "e.g.", " 3.5 ", "Walk me through it", "tell me", ": ", " — ",
		"A", "b", "（", "？", "؟", "«", "»", "„", "a.m.", "http://x/?y", "!", ")", "*", "\xff", "é", "界", ", ", " - ", "I wonder", "\r\n", "\u00a0", "Mr. ",
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		var b strings.Builder
		for range random.IntN(14) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		checkCuts(t, b.String())
	}
}

func TestGuard_EmitsAsItArrives(t *testing.T) {
	t.Parallel()
	var g quality.Guard
	for _, c := range []struct{ in, out string }{
		{"I have noted “1,4", "I have noted “1,4"}, {"00 accounts”. Wh", "00 accounts”. Wh"}, {"at came", "at came"}, {" of it?", " of it?"},
	} {
		if got, done := g.Write(c.in); got != c.out || done {
			t.Errorf("Write(%q) = %q, %v", c.in, got, done)
		}
	}
	if got, done := g.Write(" And what else?"); got != "" || !done {
		t.Errorf("after the ask: %q, %v", got, done)
	}
}

func TestGuard_LongQuotationThatIsNone(t *testing.T) {
	t.Parallel()
	checkCuts(t, "“"+strings.Repeat("it was. ", 30)+"What was it? "+strings.Repeat("so ", 100)+"Next?”")
	checkCuts(t, strings.Repeat("‘t was ", 80)+"what? Next?")
}

func FuzzGuard(f *testing.F) {
	f.Add("“What now?” is good. What was it? Next?", uint8(7))
	f.Add("Walk me through the 3.5 hours… e.g. it.\nNext?", uint8(3))
	f.Fuzz(func(t *testing.T, text string, step uint8) {
		if len(text) > 2000 {
			return
		}
		whole := guarded(t, text)
		var cuts []int
		for i := int(step%9) + 1; i < len(text); i += int(step%9) + 1 {
			cuts = append(cuts, i)
		}
		if got := guarded(t, text, cuts...); got != whole {
			t.Errorf("%q: %q, whole %q", text, got, whole)
		}
		if n := len(quality.Asks(whole)); n > 1 {
			t.Errorf("%q: %d asks in %q", text, n, whole)
		}
		quality.Check(quality.Clean(text), quality.Context{User: text, English: true})
		c := quality.Context{English: true}
		quality.Repair(text, c, quality.Check(text, c))
	})
}
