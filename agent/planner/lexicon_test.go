package planner_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/agent/planner"
)

func TestLexicons_EverythingIsThere(t *testing.T) {
	t.Parallel()
	lex := planner.Lexicons()
	for _, act := range []string{
		"crisis", "crisis_not", "stop", "skip", "summary", "help", "identity", "privacy", "why", "define", "howlong", "askback",
		"injection", "repeat",
		"refuse", "confidential", "abuse", "idk", "affirm", "deny", "greeting", "offtopic",
	} {
		if len(lex.Acts[act]) == 0 {
			t.Errorf("act %s has no terms", act)
		}
	}
	for _, p := range []string{
		"plain_ack", "easier_intro", "skip_ok", "refuse_ok", "confidential_ok", "distress_ok", "selfdoubt_ok", "crisis_ok",
		"identity", "privacy", "why",
		"define", "offtopic", "injection", "abuse", "howlong", "stop", "summary_intro", "recap_ask", "empty", "help", "repeat",
		"askback", "greeting",
		"introduction", "first", "welcome_back", "foreign_limit", "foreign_script", "bridge_new", "bridge_experience",
	} {
		if len(lex.Phrases[p]) == 0 {
			t.Errorf("there is no phrase for %s", p)
		}
	}
	for facet := range slots() {
		if lex.Reasons[facet] == "" {
			t.Errorf("there is no reason for %s", facet)
		}
	}
	if n := len(lex.Phrases["plain_ack"]); n < 3 {
		t.Errorf("%d acknowledgements cannot rotate", n)
	}
	if lex.NumberWords["twelve"] != 12 || len(lex.ActionVerbs) < 100 || len(lex.English) < 50 {
		t.Error("lists are missing")
	}
}

func TestLexicons_FixedSentencesAskNothing(t *testing.T) {
	t.Parallel()
	for name, list := range planner.Lexicons().Phrases {
		for _, p := range list {
			if strings.Contains(p, "?") != (name == "recap_ask") {
				t.Errorf("%s: %q", name, p)
			}
		}
	}
}

func TestLexicons_LanguagesHaveThreeSentences(t *testing.T) {
	t.Parallel()
	for code, l := range planner.Lexicons().Languages {
		whole := strings.HasSuffix(l.Reply, ".") && strings.HasSuffix(l.Ask, "?") && strings.HasSuffix(l.Next, "?")
		if !whole || l.Name == "" || len(l.Words) < 10 || len(l.Strong) < 3 || strings.Contains(l.Reply, "?") {
			t.Errorf("%s: %+v", code, l)
		}
	}
}

func TestClosing_QuestionsDiffer(t *testing.T) {
	t.Parallel()
	c := planner.Lexicons().Closing
	var texts []string
	for _, topic := range c.Topics {
		for _, frame := range c.Frames {
			texts = append(texts, strings.ReplaceAll(frame, "{topic}", topic))
		}
	}
	for i, frame := range c.Own {
		texts = append(texts, strings.ReplaceAll(frame, "{piece}", "moved the ledger of shop "+strings.Repeat("x", i+1)))
	}
	for n := range 20 {
		texts = append(texts, strings.ReplaceAll(c.Last, "{n}", strconv.Itoa(100+n)))
	}
	stems := make([][]string, len(texts))
	for i, text := range texts {
		stems[i] = planner.Stems(text)
		if fault := faultOf(text); fault != "" {
			t.Errorf("%q %s", text, fault)
		}
		for j := range i {
			if near := len(stems[i]) - len(stems[j]); near > -3 && near < 3 && planner.Overlap(stems[i], stems[j]) >= planner.SameQuestion {
				t.Errorf("%q is the same as %q", text, texts[j])
			}
		}
	}
}
