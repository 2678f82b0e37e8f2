package planner_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/agent/planner"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"  plain text\t\n":                 "plain text",
		"a\r\nb\rc":                        "a\nb\nc",
		"\x1b[1;31mred\x1b[0m":             "red",
		"\u009b31mred":                     "red",
		"\x1b]0;title\atext":               "text",
		"\x1b]8;;http://x\x1b\\link":       "link",
		"\x1b]not ended":                   "not ended",
		"\x1b(Bcharset":                    "Bcharset",
		"\x1b":                             "",
		"nul\x00 and bell\a":               "nul and bell",
		"e\u0301":                          "é",
		"\u202eturned\u202c":               "turned",
		"zero\u200bwidth":                  "zerowidth",
		"👩\u200d💻":                         "👩\u200d💻",
		"bad \xff byte":                    "bad   byte",
		"line\u2028separator":              "lineseparator",
		"日本語":                              "日本語",
		strings.Repeat("\x1b[31m", 10_000): "",
	} {
		if got := planner.Clean(in); got != want {
			t.Errorf("Clean(%.40q) = %.40q, want %.40q", in, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("\x1b[31mred\x1b]0;t\a \u202e \xff é")
	f.Fuzz(func(t *testing.T, s string) {
		got := planner.Clean(s)
		if !utf8.ValidString(got) {
			t.Errorf("Clean(%q) = %q is not UTF-8", s, got)
		}
		if i := strings.IndexFunc(got, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }); i >= 0 {
			t.Errorf("Clean(%q) = %q holds a control character", s, got)
		}
		planner.NewTerms(s, s+"*").Find(planner.Read(got))
	})
}

func TestWords(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"Don't stop, please!":  {"Don't", "stop", "please"},
		"self-harm – 'quoted'": {"self-harm", "quoted"},
		"¿Qué cambió?":         {"Qué", "cambió"},
		"- ' --":               nil,
		"3.5 km":               {"3", "5", "km"},
	} {
		if got := planner.Words(in); !slices.Equal(got, want) {
			t.Errorf("Words(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTerms(t *testing.T) {
	t.Parallel()
	terms := planner.NewTerms("suicid*", "don't want to live", "Stop", "<system>", "¿")
	for text, want := range map[string]string{
		"I was suicidal": "suicid", "I don’t want to LIVE here": "don't want to live", "stopped it": "", "non-stop": "", "please stop.": "stop",
		"a <SYSTEM> tag": "<system>", "¿Qué": "¿", "want to live": "", "": "",
	} {
		if got := terms.Find(planner.Read(text)); got != want {
			t.Errorf("Find in %q = %q, want %q", text, got, want)
		}
	}
}

func TestStems_TellQuestionsApart(t *testing.T) {
	t.Parallel()
	for _, pair := range []struct {
		a, b string
		same bool
	}{
		{"What got in the way?", "What got in the way of it?", true},
		{"Which tools did you use for that?", "Which tool did you use?", true},
		{"What was your first step?", "What was the first step of yours?", true},
		{"What got in the way?", "What was different afterwards?", false},
		{"Who noticed the difference first?", "What was different afterwards?", false},
		{"What did you do before that?", "What surprised you along the way?", false},
	} {
		if got := planner.Overlap(planner.Stems(pair.a), planner.Stems(pair.b)); got >= planner.SameQuestion != pair.same {
			t.Errorf("%q and %q overlap by %.2f", pair.a, pair.b, got)
		}
	}
}

func TestOverlap_OfNothingIsNothing(t *testing.T) {
	t.Parallel()
	if got := planner.Overlap(nil, nil); got != 0 {
		t.Errorf("Overlap = %v", got)
	}
	if len(planner.Stems("is it?")) == 0 {
		t.Error("a text with words has no stems")
	}
}
