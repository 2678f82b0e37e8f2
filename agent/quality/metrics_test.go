package quality_test

import (
	"math"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/agent/quality"
	"github.com/betterprofile/betterprofile/interview"
)

// gauge returns the value of a figure for a conversation.
func gauge(t *testing.T, name string, talk ...quality.Exchange) float64 {
	t.Helper()
	for _, g := range quality.Gauges() {
		if g.Name == name {
			return g.Value(quality.Measure(talk))
		}
	}
	t.Fatalf("no figure is named %q", name)
	return 0
}

func TestGauges(t *testing.T) {
	t.Parallel()
	meta := func(facet, slot string) interview.ReplyMetadata {
		return interview.ReplyMetadata{Facet: facet, Slot: slot}
	}
	for _, c := range []struct {
		name string
		want float64
		talk []quality.Exchange
	}{
		{"repeated questions", 0.5, []quality.Exchange{{Reply: "What came next?"}, {User: "A", Reply: "So what came next?"}}},
		{"repeated questions", 0, []quality.Exchange{{Reply: "What came next?"}, {User: "A", Reply: "Who noticed first?"}}},
		{"repeated questions", 0, []quality.Exchange{
			{Reply: "What should I correct or add?", Meta: meta("", "recap")}, {User: "A", Reply: "What should I correct or add?", Meta: meta("", "recap")},
		}},
		{"double-barrelled", 0.5, []quality.Exchange{{Reply: "What was it, and why did you do it?"}, {User: "A", Reply: "Who helped?"}}},
		{"double-barrelled", 1, []quality.Exchange{{Reply: "What was it? Who helped?"}}},
		{"leading", 1, []quality.Exchange{{Reply: "It went well, didn't it?"}}},
		{"closed", 1, []quality.Exchange{{Reply: "Was it late?"}}},
		{"closed", 0, []quality.Exchange{{Reply: "Is this right?", Meta: meta("", "recap")}}},
		{"suggesting", 1, []quality.Exchange{{Reply: "What helped, such as a map or a list?"}}},
		{"words per question", 4, []quality.Exchange{{Reply: "I see. What was it then?"}}},
		{"words per reply", 6, []quality.Exchange{{Reply: "I see. What was it then?"}}},
		{"anchored replies", 1, []quality.Exchange{{User: "We moved the whole archive to Leeds.", Reply: "Who planned the archive?"}}},
		{"anchored replies", 0, []quality.Exchange{{User: "We moved the whole archive to Leeds.", Reply: "What was the result of the work?"}}},
		{"ragged quotations", 1, []quality.Exchange{{User: "I kept the old ledger books.", Reply: "“kept the old” is good. What next?"}}},
		{"ragged quotations", 0, []quality.Exchange{{User: "I kept the old ledger books for a year.", Reply: "“kept the old ledger books”, I see. What next?"}}},
		{"ragged quotations", 1, []quality.Exchange{{User: "We did not trust the plan.", Reply: "“trust the plan”, I see. What next?"}}},
		{"ragged quotations", 1, []quality.Exchange{{User: "I drew a room by room plan.", Reply: "“drew a room”, I see. What next?"}}},
		{"ragged quotations", 0, []quality.Exchange{{User: "I like plans that you can argue with.", Reply: "“plans that you can argue with”, I see. What next?"}}},
		{"ragged quotations", 1, []quality.Exchange{{User: "I cut waste and, what is more, cost.", Reply: "“cut waste and”, I see. What next?"}}},
		{"invented figures", 1, []quality.Exchange{{User: "Some were lost.", Reply: "All 12 were lost. What next?"}}},
		{"invented figures", 0, []quality.Exchange{{User: "12 were lost."}, {User: "Yes.", Reply: "Twelve were lost. What next?"}}},
		{"invented quotations", 1, []quality.Exchange{{User: "Some were lost.", Reply: "“all lost”, I see. What next?"}}},
		{"same beginning", 2.0 / 3, []quality.Exchange{
			{Reply: "I see that. Who?"}, {User: "A", Reply: "I see that, well. Where?"}, {User: "B", Reply: "And so it was. When?"},
		}},
		{"same beginning", 0, []quality.Exchange{{Reply: "Who helped you?"}, {User: "A", Reply: "What came next?"}}},
		{"share of the talk", 0.25, []quality.Exchange{{User: "It was the best of all", Reply: "What next?"}}},
		{"needless jumps per turn", 1.0 / 3, []quality.Exchange{
			{User: "A", Reply: "x", Meta: meta("action", "")}, {User: "A", Reply: "x", Meta: meta("goals", "")}, {User: "A", Reply: "x", Meta: meta("action", "")},
		}},
		{"needless jumps per turn", 0, []quality.Exchange{
			{User: "A", Reply: "x", Meta: meta("action", "")}, {User: "A", Reply: "x", Meta: meta("result", "")}, {User: "A", Reply: "x", Meta: meta("goals", "")},
		}},
	} {
		if got := gauge(t, c.name, c.talk...); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s of %+v: %v, want %v", c.name, c.talk, got, c.want)
		}
	}
}

func TestGauges_CoverageCountsWhatWasAnsweredOrToldUnasked(t *testing.T) {
	t.Parallel()
	const name = "facets told after 8 turns"
	var talk []quality.Exchange
	ask := func(user, facet, slot string) quality.Exchange {
		return quality.Exchange{User: user, Reply: "What next?", Meta: interview.ReplyMetadata{Facet: facet, Slot: slot}}
	}
	talk = append(talk, ask("", "opening", "recent"), ask("I moved the archive to Leeds.", "result", "time"))
	talk = append(talk, ask("It took us three weeks.", "action", "steps")) // metric
	talk = append(talk, ask("no", "learning", "lesson"))                   // too short
	evasive := ask("That is hard to say really.", "goals", "next")
	evasive.Evasive = true
	told := ask("I would like to teach.", "values", "")
	told.Told = []string{"values", "skills"}
	talk = append(talk, evasive, told) // goals by the question, values and skills by the telling
	if got := gauge(t, name, talk...); !math.IsNaN(got) {
		t.Errorf("after 5 turns: %v", got)
	}
	talk = append(talk, ask("a", "", ""), ask("b", "", ""), ask("c", "", ""))
	if got := gauge(t, name, talk...); math.Abs(got-4.0/11) > 1e-9 {
		t.Errorf("after 8 turns: %v, want 4 of 11", got)
	}
}

func TestTally_AddIsMeasuringBoth(t *testing.T) {
	t.Parallel()
	one := quality.Measure([]quality.Exchange{{User: "It was 12 of them.", Reply: "12, was it? Who helped, such as a friend or two?"}})
	two := one
	two.Add(one)
	for _, g := range quality.Gauges() {
		if a, b := g.Value(one), g.Value(two); a != b && !(math.IsNaN(a) && math.IsNaN(b)) && b != 2*a {
			t.Errorf("%s: one %v, two %v", g.Name, a, b)
		}
	}
	if two.Asks != 2*one.Asks || two.Conversations != 2 {
		t.Errorf("two = %+v", two)
	}
}

// BenchmarkCheck is what checking an ordinary reply costs: 75 words, a quotation and a figure, after 20 messages of the user.
func BenchmarkCheck(b *testing.B) {
	const reply = "You moved the ledger last spring, and that is the kind of work that a reader of a profile can picture at once, because everybody " +
		"knows how much gets lost between two systems when nobody has the time to write it down. You put it as “moved the ledger with 1,400 accounts”, " +
		"and you name three weeks as the time that it took. With that in mind, what was the very first thing that you did with it?"
	c := context()
	c.Instruction = quality.NewInstruction(strings.Repeat("Every reply has at most two parts, one short reflection and then one question about their work. ", 40))
	for range 20 {
		c.Known = append(c.Known, user)
	}
	c.WasAsked = func(string) bool { return false }
	if found := quality.Hard(quality.Check(reply, c)); len(found) > 0 {
		b.Fatal(found)
	}
	b.ReportAllocs()
	for b.Loop() {
		quality.Check(reply, c)
	}
}
