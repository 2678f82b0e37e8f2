package agent_test

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/agent"
	"github.com/betterprofile/betterprofile/interview"
)

func TestTitle_IsTheFirstSentenceOrClause(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"I am a nurse and I rebuilt our handover.":                                             "I am a nurse and I rebuilt our handover",
		"i work in a bakery. We changed the ovens.":                                            "I work in a bakery",
		"Hi there, i lead the payments team at a bank":                                         "I lead the payments team at a bank",
		"Hello! I am new here. I fix lifts.":                                                   "I am new here",
		"I moved the ledger of our bank to another engine, which took eleven months":           "I moved the ledger of our bank to another engine",
		"I coordinate volunteers for a food bank in the north of the city every week":          "I coordinate volunteers for a food bank in the",
		"\n\n  \"We built a C++ compiler\"\nIt was fast.":                                      "We built a C++ compiler",
		"# My year\n- rebuilt the whole billing system":                                        "Rebuilt the whole billing system",
		"I cut the costs of it by 12.5 %!!!":                                                   "I cut the costs of it by 12.5 %",
		"I work with Dr. Sato on tumours. It is slow.":                                         "I work with Dr. Sato on tumours",
		"私は病院で看護師をしています。去年は引き継ぎを変えました。":                                                        "私は病院で看護師をしています",
		"Ich leite die Küche, und zwar seit vier Jahren schon ganz allein mit zwei Lehrlingen": "Ich leite die Küche",
		"The \x1b[31mred\x1b[0m team\x00 was\u202e mine":                                       "The [31mred [0m team was mine",
		"ßig was a strange word to start":                                                      "ßig was a strange word to start",
		strings.Repeat("x", 100) + " is a long word indeed":                                    strings.ToUpper("x") + strings.Repeat("x", 47),
	} {
		got := agent.Title(interview.ReplyRequest{Message: user(text)})
		if got != want {
			t.Errorf("Title(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestTitle_WaitsForSubstanceThenTakesTheDate(t *testing.T) {
	t.Parallel()
	now := interview.At(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	for _, empty := range []string{"Hi!", "hello", "👍", "yes please", "/skip that and go on", "...", "12345 678 90", "Hi there, hello"} {
		in := interview.ReplyRequest{Now: now, Message: user(empty), Recent: []interview.Message{assistant("What did you do last week then?")}}
		if got := agent.Title(in); got != "" {
			t.Errorf("after %q: %q, want no proposal", empty, got)
		}
		in.Recent = append(in.Recent, user("Hi"), assistant("Hello."), user("ok"))
		if got := agent.Title(in); got != "Interview, 23 Nov 2026" {
			t.Errorf("after three messages, the last %q: %q, want the date", empty, got)
		}
	}
	in := interview.ReplyRequest{Message: user("I like that a lot"), Recent: []interview.Message{user("Hi"), user("I teach maths to adults")}}
	if got := agent.Title(in); got != "I teach maths to adults" {
		t.Errorf("got %q, want the first message of substance", got)
	}
}

func FuzzTitle(f *testing.F) {
	f.Add("I am a nurse and I rebuilt our handover.")
	f.Add("Hi, \xff\xfe(a b c d e f g h i j k l m n o p q r s t u v w x y z)")
	f.Add("。。a！？…")
	f.Fuzz(func(t *testing.T, text string) {
		title := agent.Title(interview.ReplyRequest{Message: user(text)})
		if !utf8.ValidString(title) || utf8.RuneCountInString(title) > 48 || strings.ContainsFunc(title, unicode.IsControl) ||
			strings.TrimSpace(title) != title {
			t.Errorf("Title(%q) = %q", text, title)
		}
	})
}
