package eval_test

import (
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/agent/eval"
)

func TestRun_TwiceTheSame(t *testing.T) {
	t.Parallel()
	report := func() eval.Report {
		r, err := eval.Run(t.Context(), eval.Contenders(), eval.Options{Turns: 10, Acts: true})
		if err != nil {
			t.Fatal(err)
		}
		for i := range r.Results {
			r.Results[i].Latency = 0
		}
		return r
	}
	one, two := report(), report()
	if one.Text() != two.Text() || one.Transcript() != two.Transcript() {
		t.Errorf("first\n%s\nsecond\n%s", one.Text(), two.Text())
	}
}

func TestRun_BuiltInIsBetterThanTheNaive(t *testing.T) {
	t.Parallel()
	report, err := eval.Run(t.Context(), eval.Contenders(), eval.Options{Acts: true})
	if err != nil {
		t.Fatal(err)
	}
	if testing.Verbose() {
		t.Log("\n" + report.Text() + "\n" + report.Transcript())
	}
	answered := func(r eval.Result) int {
		n := 0
		for _, a := range r.Acts {
			if a.Wrong == "" {
				n++
			}
		}
		return n
	}
	builtin := report.Results[0]
	for _, naive := range report.Results[1:] {
		if a, b := answered(naive), answered(builtin); a >= b {
			t.Errorf("%s answers %d special turns, %s %d", naive.Name, a, builtin.Name, b)
		}
		if a, b := naive.Tally.Covered16, builtin.Tally.Covered16; a >= b {
			t.Errorf("%s covers %.2f in 16 turns, %s %.2f", naive.Name, a, builtin.Name, b)
		}
		if naive.Tally.Repeated == 0 {
			t.Errorf("%s repeats no question in %d turns", naive.Name, report.Turns)
		}
	}
	if builtin.Tally.Repeated > 0 || len(builtin.Unsourced) > 0 {
		t.Errorf("%d repeated questions, unsourced facts %q", builtin.Tally.Repeated, builtin.Unsourced)
	}
	for _, missed := range report.Missed() {
		if !strings.Contains(missed, "time of a turn") {
			t.Errorf("the built-in interviewer misses %s", missed)
		}
	}
	for _, talk := range builtin.Talks {
		if len(talk.Exchanges) != report.Turns+1 {
			t.Errorf("%s: %d exchanges", talk.Persona, len(talk.Exchanges))
		}
	}
}

func TestReport_MarksAndNamesWhatMissesItsAim(t *testing.T) {
	t.Parallel()
	contenders := []eval.Contender{{Name: "list", Interviewer: eval.TenQuestions()}}
	report, err := eval.Run(t.Context(), contenders, eval.Options{Turns: 16})
	if err != nil {
		t.Fatal(err)
	}
	missed := strings.Join(report.Missed(), "\n")
	for _, want := range []string{"repeated questions", "double-barrelled", "same beginning"} {
		if !strings.Contains(missed, want) {
			t.Errorf("%q is not among\n%s", want, missed)
		}
	}
	if !strings.Contains(report.Text(), " !\n") || !strings.Contains(report.Transcript(), "! double") {
		t.Errorf("no marks in\n%s", report.Text())
	}
	if strings.Contains(missed, "special turns") {
		t.Errorf("special turns were not taken, but: %s", missed)
	}
}

func TestPersonas_AllSayAllTheyHaveToSay(t *testing.T) {
	t.Parallel()
	list := eval.Personas()
	if len(list) < 8 {
		t.Errorf("%d people", len(list))
	}
	seen := map[string]bool{}
	for _, p := range list {
		if seen[p.ID] {
			t.Errorf("two are named %s", p.ID)
		}
		seen[p.ID] = true
		for _, facet := range []string{"context", "action", "challenge", "learning", "goals", "values"} {
			if !tells(p, facet) {
				t.Errorf("%s has nothing to say about %s", p.ID, facet)
			}
		}
	}
}

func tells(p eval.Persona, facet string) bool {
	for _, b := range p.Blocks {
		for _, f := range b.Facets {
			if f == facet {
				return true
			}
		}
	}
	return false
}

func TestParsePersonas_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"version: 1":  "none in it",
		"personas: [": "read personas",
		"personas: [{id: a, opener: hi, nonsense: 1}]": "nonsense",
		"personas: [{id: a, opener: hi}]":              "filler",
		"personas: [{id: a, opener: hi, filler: [x], blocks: [{id: b, facets: [c], say: d, requires: [e]}]}]":                `requires "e"`,
		"personas: [{id: a, opener: hi, filler: [x], blocks: [{id: b, facets: [c], say: d}, {id: b, facets: [c], say: d}]}]": "id of its own",
	} {
		if _, err := eval.ParsePersonas([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
