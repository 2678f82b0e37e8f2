package eval_test

import (
	"context"
	"slices"
	"testing"

	"github.com/betterprofile/betterprofile/agent/eval"
	"github.com/betterprofile/betterprofile/interview"
)

// asker asks what it is told to, one after the other.
type asker []interview.Reply

func (a asker) Open(context.Context, interview.OpeningRequest) (interview.Reply, error) {
	return interview.Reply{Content: "What is new?"}, nil
}

func (a asker) Reply(_ context.Context, in interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
	reply := a[len(in.Recent)/2%len(a)]
	return reply, emit(interview.Delta{Text: reply.Content})
}

func asking(facet, slot string) interview.Reply {
	return interview.Reply{Content: "What about " + facet + "?", Metadata: interview.ReplyMetadata{Facet: facet, Slot: slot}}
}

func potter() eval.Persona {
	return eval.Persona{
		ID: "potter", Opener: "I am a potter.", Filler: []string{"Well.", "Hm."}, Turns: map[int]string{8: "skip"},
		Blocks: []eval.Block{
			{ID: "result", Facets: []string{"result"}, Say: "It sold."},
			{ID: "metric", Facets: []string{"metric"}, Say: "40 cups a day."},
			{ID: "deal", Facets: []string{"action", "challenge"}, Requires: []string{"challenge"}, Say: "We mended it."},
			{ID: "challenge", Facets: []string{"challenge"}, Say: "The kiln cracked."},
			{ID: "tools", Facets: []string{"tools"}, Say: "A wheel."},
		},
	}
}

// said runs a talk and returns what the persona said.
func said(t *testing.T, p eval.Persona, replies ...interview.Reply) []string {
	t.Helper()
	report, err := eval.Run(t.Context(), []eval.Contender{{Name: "asker", Interviewer: asker(replies)}}, eval.Options{
		Turns: len(replies) + 1, Personas: []eval.Persona{p},
	})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range report.Results[0].Talks[0].Exchanges[1:] {
		list = append(list, e.User)
	}
	return list
}

func TestInterviewee_TellsWhatIsAskedOnce(t *testing.T) {
	t.Parallel()
	got := said(t, potter(),
		asking("action", "steps"),    // needs the challenge first
		asking("result", "outcome"),  // no figures yet
		asking("result", "metric"),   // now they are asked for
		asking("result", "metric"),   // told
		asking("challenge", "issue"), // before the deal
		asking("action", "deal"),
		asking("action", "tools"), // turn 8 is scripted
		asking("action", "tools"),
		interview.Reply{Content: "What should I correct or add?", Metadata: interview.ReplyMetadata{Slot: "recap"}},
		interview.Reply{Content: "What tools do you use?"}, // by its words
	)
	want := []string{"I am a potter.", "Well.", "It sold.", "40 cups a day.", "Hm.", "The kiln cracked.", "We mended it.", "skip", "A wheel.", "Yes, that's right.", "Well."}
	if !slices.Equal(got, want) {
		t.Errorf("said\n%q, want\n%q", got, want)
	}
}

func TestInterviewee_KnowsWhatIsAskedByTheWords(t *testing.T) {
	t.Parallel()
	for question, want := range map[string]string{
		"What was the result?":              "It sold.",
		"How many cups was that?":           "40 cups a day.",
		"What was the biggest difficulty?":  "The kiln cracked.",
		"Which tools do you use?":           "A wheel.",
		"What would you like to eat?":       "Well.",
		"Thank you, this is interesting.":   "Well.",
		"Walk me through the first burning": "Well.",
	} {
		if got := said(t, potter(), interview.Reply{Content: question}); got[1] != want {
			t.Errorf("%q: %q, want %q", question, got[1], want)
		}
	}
}

// learner learns a fact of every message, every second one with a wrong source.
type learner struct{ asker }

func (l learner) Reply(_ context.Context, in interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
	end := len(in.Message.Content)
	if in.Memory != nil && len(in.Memory.Facts)%2 == 1 {
		end--
	}
	reply := interview.Reply{Content: "What else?", State: []byte("{}"), Learned: interview.Learned{Facts: []interview.Fact{{
		ID: interview.DerivedID(in.Message.ID), Kind: "action", Quote: in.Message.Content,
		Sources: []interview.Source{{MessageID: in.Message.ID, End: end}},
	}}}}
	return reply, emit(interview.Delta{Text: reply.Content})
}

func TestRun_FactsAreKeptAndTheirSourcesChecked(t *testing.T) {
	t.Parallel()
	report, err := eval.Run(t.Context(), []eval.Contender{{Name: "learner", Interviewer: learner{}}}, eval.Options{
		Turns: 4, Personas: []eval.Persona{potter()},
	})
	if err != nil {
		t.Fatal(err)
	}
	if r := report.Results[0]; r.Facts != 4 || len(r.Unsourced) != 2 || r.State != 2 {
		t.Errorf("%d facts, unsourced %q, state of %d bytes", r.Facts, r.Unsourced, r.State)
	}
}

func TestRun_300TurnsWithoutARepeatedQuestion(t *testing.T) {
	t.Parallel()
	report, err := eval.Run(t.Context(), eval.Contenders()[:1], eval.Options{Turns: 300, Personas: eval.Personas()[:2]})
	if err != nil {
		t.Fatal(err)
	}
	if r := report.Results[0]; r.Tally.Repeated > 0 || r.State > 64<<10 || r.Tally.Asks < 500 {
		t.Errorf("%d asks, %d repeated, state of %d bytes", r.Tally.Asks, r.Tally.Repeated, r.State)
	}
}
