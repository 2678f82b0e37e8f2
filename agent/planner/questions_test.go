package planner_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/agent/planner"
)

// slots are the known slots by facet.
func slots() map[string][]string {
	return map[string][]string{
		"opening":        {"recent"},
		"returning":      {"recent", "thread", "goals", "metric"},
		"context":        {"before", "trigger", "stake", "org", "span", "setting", "size"},
		"responsibility": {"mandate", "title", "daily", "team", "reports", "decisions", "people", "budget", "growth", "expected"},
		"action":         {"steps", "first", "own", "tools", "choice", "people", "deal", "test", "follow", "decision", "artefact"},
		"result": {
			"outcome", "metric", "time", "volume", "scale", "money", "quality", "who", "spread", "lasting", "recognition", "evidence",
		},
		"challenge": {"obstacle", "people", "surprise", "constraint", "mistake", "turning", "tradeoff", "pressure", "doubt"},
		"learning":  {"differently", "lesson", "advice", "new", "transfer", "self"},
		"education": {"degree", "course", "selftaught", "thesis", "certificate", "now"},
		"skills":    {"knownfor", "depth", "people", "hidden", "easy", "evidence", "transfer", "systems"},
		"goals":     {"next", "reader", "conditions", "more", "less", "learn", "step"},
		"values":    {"matters", "goodday", "proud", "whyfield", "ladder", "model", "line", "passon"},
		"extras":    {"earlier", "volunteer", "languages", "public", "another", "thread"},
	}
}

func TestQuestions_FieldsAreKnown(t *testing.T) {
	t.Parallel()
	perFacet, ids := map[string]int{}, map[string]bool{}
	for _, q := range planner.Questions() {
		perFacet[q.Facet]++
		known, ok := slots()[q.Facet]
		switch {
		case q.ID == "" || ids[q.ID]:
			t.Errorf("id %q is not unique", q.ID)
		case !ok || !slices.Contains(known, q.Slot):
			t.Errorf("%s: unknown facet or slot %s/%s", q.ID, q.Facet, q.Slot)
		case q.Q == "":
			t.Errorf("%s: no plain wording", q.ID)
		case (q.A == "") != (q.AK == "") || q.A != "" && !strings.Contains(q.A, "“{anchor}”"):
			t.Errorf("%s: a %q, ak %q", q.ID, q.A, q.AK)
		case q.AK != "" && !slices.Contains([]string{"object", "trouble", "change", "value"}, q.AK):
			t.Errorf("%s: unknown ak %q", q.ID, q.AK)
		case q.Value < 1 || q.Value > 5 || q.Effort < 1 || q.Effort > 3:
			t.Errorf("%s: value %d, effort %d", q.ID, q.Value, q.Effort)
		case q.Opens != "" && q.Opens != "experience" || q.After != "" && q.After != "challenge" || q.When != "" && q.When != "we_heavy":
			t.Errorf("%s: opens %q, after %q, when %q", q.ID, q.Opens, q.After, q.When)
		}
		checkSubset(t, q.ID, q.Kinds, "work", "project", "study", "volunteer")
		checkSubset(t, q.ID, q.For, "graduate", "changer", "manager", "maker", "care", "teach", "sell", "terse")
		checkSubset(t, q.ID, q.Needs, "role", "exp", "earlier", "thread", "goals", "org", "span", "tool", "collab", "metric", "skill")
		ids[q.ID] = true
	}
	for facet := range slots() {
		if perFacet[facet] < 5 {
			t.Errorf("%s has %d questions, at least 5 are needed", facet, perFacet[facet])
		}
	}
}

func checkSubset(t *testing.T, id string, list []string, allowed ...string) {
	t.Helper()
	for _, v := range list {
		if !slices.Contains(allowed, v) {
			t.Errorf("%s: unknown %q", id, v)
		}
	}
}

func TestQuestions_EveryWordingKeepsTheHouseRules(t *testing.T) {
	t.Parallel()
	for _, q := range planner.Questions() {
		for _, w := range []string{q.Q, q.A, q.Easier} {
			if w != "" {
				checkWording(t, q, w)
			}
		}
	}
}

func checkWording(t *testing.T, q planner.Question, w string) {
	t.Helper()
	if fault := faultOf(w); fault != "" {
		t.Errorf("%s: %q %s", q.ID, w, fault)
	}
	for _, m := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(w, -1) {
		needed := slices.Contains(q.Needs, m[1]) || m[1] == "anchor" && w == q.A || m[1] == "number" && slices.Contains(q.Needs, "metric")
		if !needed {
			t.Errorf("%s: %q has {%s}, which it does not need", q.ID, w, m[1])
		}
	}
}

// faultOf returns what is wrong with a wording, or nothing.
func faultOf(w string) string {
	lower := strings.ToLower(w)
	var asks []string
	for _, s := range regexp.MustCompile(`[^.?!]+[.?!]`).FindAllString(lower, -1) {
		s = strings.TrimSpace(s)
		if strings.HasSuffix(s, "?") || regexp.MustCompile(`^(name|walk me|take me|tell me|describe) `).MatchString(s) {
			asks = append(asks, s)
		}
	}
	switch {
	case len(asks) != 1:
		return "does not ask exactly one thing"
	case len(planner.Words(asks[0])) > 26:
		return "is longer than 26 words"
	case regexp.MustCompile(`\w+ \w+.*(,| and| or) (how|why|what|who|when|where|which)\b`).MatchString(mainClause(asks[0])):
		return "asks twice"
	case regexp.MustCompile(`^(is|are|was|were|do|does|did|has|have|had|can|could|will|would|should) `).MatchString(mainClause(asks[0])):
		return "can be answered with yes or no"
	case regexp.MustCompile(`n't (you|it|they)|, right\?|surely|obviously|you must have|would you agree|how (proud|hard)|such as`).MatchString(lower):
		return "leads or suggests"
	case regexp.MustCompile(`\b(age|health|ill|family|married|children|faith|religion|origin|nationality|politic\w*|salary|wage|pay)\b`).MatchString(lower):
		return "touches what is not asked about"
	}
	return ""
}

// mainClause drops a subordinate clause or an adverb before the main clause ("as a nurse, what …").
func mainClause(ask string) string {
	before, after, found := strings.Cut(ask, ", ")
	first, _, _ := strings.Cut(before, " ")
	if found && !slices.Contains([]string{"what", "how", "who", "whom", "which", "where", "why"}, first) {
		return after
	}
	return ask
}

func TestFaultOf_FindsWhatTheRulesForbid(t *testing.T) {
	t.Parallel()
	for w, want := range map[string]string{
		"What got in the way?": "", "As {role}, what has kept you busiest?": "", "Walk me through how you went about it.": "",
		"What got in the way, and how did you deal with it?": "asks twice", "What was it? Who was there?": "does not ask exactly one thing",
		"Did it work?": "can be answered with yes or no", "After that, was it better?": "can be answered with yes or no",
		"What was hard, right?": "leads or suggests", "You were proud.": "does not ask exactly one thing",
		"What was your salary?": "touches what is not asked about",
		"What " + strings.Repeat("very ", 26) + "good thing was it?": "is longer than 26 words",
	} {
		if got := faultOf(w); got != want {
			t.Errorf("faultOf(%q) = %q, want %q", w, got, want)
		}
	}
}

func TestQuestionByID(t *testing.T) {
	t.Parallel()
	if q, ok := planner.QuestionByID("op-01"); !ok || q.Facet != "opening" || q.Effort != 1 || q.Value != 5 {
		t.Errorf("op-01 = %+v, %v", q, ok)
	}
	if q, ok := planner.QuestionByID("ac-03"); !ok || q.Effort != 2 {
		t.Errorf("ac-03 = %+v, %v; effort 2 is the default", q, ok)
	}
	if q, ok := planner.QuestionByID("nothing"); ok {
		t.Errorf("found %+v", q)
	}
}

func TestWordings_LeaveOutWhatHasToBeFilled(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]int{"op-01": 2, "op-03": 1, "re-03": 1, "re-02": 0} {
		q, _ := planner.QuestionByID(id)
		if got := q.Wordings(); len(got) != want {
			t.Errorf("%s: wordings %q, want %d", id, got, want)
		}
	}
}
