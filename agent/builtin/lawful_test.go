package builtin_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

// askList returns the sentences of a reply that ask: those that end in a question mark, and orders such as "name one thing".
// What stands in quotation marks is not the interviewer's.
func askList(content string) []string {
	content = regexp.MustCompile(`“[^”]*”`).ReplaceAllString(content, "QUOTE")
	var list []string
	for _, s := range regexp.MustCompile(`[^.?!:\n]+[.?!]?`).FindAllString(content, -1) {
		s = strings.TrimSpace(s)
		first, _, _ := strings.Cut(s, " ")
		switch {
		case strings.HasSuffix(s, "?"):
			list = append(list, s)
		case first == "Name" || first == "Walk" || first == "Take" || first == "Tell":
			list = append(list, s)
		}
	}
	return list
}

// checkLawful holds a reply to the rules that every reply has to keep.
func checkLawful(t testing.TB, message string, r interview.Reply) {
	t.Helper()
	c := r.Content
	asks := askList(c)
	switch {
	case !utf8.ValidString(c) || strings.TrimSpace(c) == "":
		t.Errorf("to %.80q: reply %q is no text", message, c)
	case strings.IndexFunc(c, func(r rune) bool { return unwanted(r) }) >= 0:
		t.Errorf("to %.80q: reply %q holds control characters", message, c)
	case len(asks) > 1:
		t.Errorf("to %.80q: reply asks %d things: %q", message, len(asks), asks)
	case strings.ContainsAny(c, "{}") && r.Metadata.Act != "summary":
		t.Errorf("to %.80q: braces are left in %q", message, c)
	case r.Metadata.Engine != "builtin" || r.Metadata.Act == "":
		t.Errorf("to %.80q: metadata %+v", message, r.Metadata)
	case len(r.State) == 0 || len(r.State) > 64<<10:
		t.Errorf("to %.80q: state of %d bytes", message, len(r.State))
	}
	for _, ask := range asks {
		if n := len(planner.Words(ask)); n > 26 {
			t.Errorf("to %.80q: %d words in %q", message, n, ask)
		}
	}
	if n := len(planner.Words(c)); n > 60 && r.Metadata.Question != planner.RecapID && r.Metadata.Act != "crisis" {
		t.Errorf("to %.80q: %d words in %q", message, n, c)
	}
}

// unwanted reports whether r must not be in a reply: it controls a terminal or the direction of writing. The joiners of emoji,
// which a quotation may hold, do not.
func unwanted(r rune) bool {
	return r != '\n' && r != '\u200d' && r != '\u200c' && unicode.In(r, unicode.Cc, unicode.Cf)
}
