package planner_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

func TestNeedsHistory(t *testing.T) {
	t.Parallel()
	d := &dialog{id: "c", memory: &interview.Memory{}}
	for range 5 {
		in := d.request("We moved the archive of the hospital to a new building.", 100)
		plan := planner.Take(in)
		d.messages = append(d.messages, in.Message)
		d.state = plan.Finish(plan.Next.Text, interview.ReplyMetadata{Question: plan.Next.ID})
		d.add(interview.RoleAssistant, plan.Next.Text, interview.ReplyMetadata{Question: plan.Next.ID})
	}
	in := d.request("And then?", 6)
	again := in
	again.Message, again.Recent = in.Recent[4], in.Recent[:4]
	other := in
	other.State = []byte(strings.Replace(string(in.State), `"v":`, `"v":9`, 1))
	none := in
	none.State = nil
	whole := none
	whole.Whole = true
	for name, tt := range map[string]struct {
		in   interview.ReplyRequest
		want bool
	}{
		"up to date": {in, false}, "answered again": {again, true}, "other version": {other, true}, "no state": {none, true}, "all at hand": {whole, false},
		"new conversation": {interview.ReplyRequest{}, false},
	} {
		if got := planner.NeedsHistory(tt.in); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAim(t *testing.T) {
	t.Parallel()
	hint := planner.Choice{Facet: "values", Slot: "matters", Text: "What matters most to you in the way work is done?"}
	for ask, want := range map[string]string{
		"What exactly was yours to look after in all this":            "responsibility/mandate",
		"Roughly how many people use it":                              "result/scale",
		"What was the hardest part of that":                           "challenge/obstacle",
		"How did you go about the first week":                         "action/steps",
		"Which tools did you use":                                     "action/tools",
		"What would you do differently if you started again tomorrow": "learning/differently",
		"So what matters most to you in the way such work is done":    "values/matters",
		"Hm": "/",
	} {
		facet, slot := planner.Aim(ask, hint)
		if got := facet + "/" + slot; got != want {
			t.Errorf("%q: %s, want %s", ask, got, want)
		}
	}
}

// memoryOf is what is known of somebody with one job, told in part at a time.
func memoryOf(at time.Time) *interview.Memory {
	s := func(state interview.Coverage, credit float64) interview.SlotState {
		return interview.SlotState{State: state, Credit: credit, At: interview.At(at)}
	}
	return &interview.Memory{
		Conversations: 2,
		Experiences: []*interview.Experience{
			{ID: "e1", Kind: interview.KindWork, Org: "Carrow Foods", Role: "shift lead", Current: true, Coverage: map[string]interview.SlotState{
				"action/steps": s(interview.CoverageAnswered, 1), "action/tools": s(interview.CoverageAnswered, 1),
				"result/outcome": s(interview.CoverageVague, 0.3), "challenge/obstacle": s(interview.CoverageRefused, 0),
				"responsibility/budget": s(interview.CoverageUnknown, 0),
			}},
			{ID: "e2", Kind: interview.KindWork}, // nothing is left in it
		},
		Coverage: map[string]interview.SlotState{"goals/next": s(interview.CoverageAnswered, 1)},
	}
}

func TestCoverage_States(t *testing.T) {
	t.Parallel()
	told := time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC)
	report := planner.Coverage(memoryOf(told), interview.At(told.AddDate(0, 8, 0)))
	if len(report.Experiences) != 1 || report.Experiences[0].Label != "shift lead, Carrow Foods" || len(report.Experiences[0].Facets) != 6 || len(report.Personal) != 5 {
		t.Fatalf("report %+v", report)
	}
	got := map[string]interview.Coverage{}
	for _, f := range slices.Concat(report.Experiences[0].Facets, report.Personal) {
		got[f.Facet] = f.State
		for _, s := range f.Slots {
			got[f.Facet+"/"+s.Slot] = s.State
			if (s.At == nil) != (s.State == interview.CoverageEmpty) {
				t.Errorf("%s/%s: %+v", f.Facet, s.Slot, s)
			}
		}
	}
	for key, want := range map[string]interview.Coverage{
		"action": "stale", "action/steps": "answered", "action/tools": "stale", "result": "vague", "challenge": "refused", "responsibility": "unknown",
		"learning": "empty", "goals": "stale", "goals/next": "stale", "values": "empty", "context/org": "empty",
	} {
		if got[key] != want {
			t.Errorf("%s is %s, want %s", key, got[key], want)
		}
	}
	if fresh := planner.Coverage(memoryOf(told), interview.At(told.AddDate(0, 1, 0))); fresh.Experiences[0].Facets[2].State != "answered" {
		t.Errorf("after a month action is %s", fresh.Experiences[0].Facets[2].State)
	}
	if none := planner.Coverage(nil, interview.Time{}); none.Experiences == nil || len(none.Personal) != 5 {
		t.Errorf("of nobody %+v", none)
	}
}

func TestAgenda_AsksForWhatIsMissingWithoutRepeating(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	items := planner.Agenda(interview.AgendaRequest{Memory: memoryOf(now), Now: interview.At(now), N: 10})
	if len(items) != 10 {
		t.Fatalf("%d items", len(items))
	}
	var seen [][]string
	for _, item := range items {
		stems := planner.Stems(item.Question)
		if slices.ContainsFunc(seen, func(s []string) bool { return planner.Overlap(s, stems) >= planner.SameQuestion }) {
			t.Errorf("%q is there twice", item.Question)
		}
		seen = append(seen, stems)
		if item.Facet == "challenge" && item.Slot == "obstacle" || item.Facet == "action" && item.Slot == "steps" || item.Facet == "goals" && item.Slot == "next" {
			t.Errorf("%+v is known or refused", item)
		}
		if item.Reason == "" || item.Subject != "" && item.Label == "" {
			t.Errorf("%+v", item)
		}
	}
	if items[0].Subject != "e1" || items[0].Facet != "result" {
		t.Errorf("first %+v", items[0])
	}
	if again := planner.Agenda(interview.AgendaRequest{Memory: memoryOf(now), Now: interview.At(now), N: 10}); !slices.Equal(again, items) {
		t.Error("the agenda is not the same again")
	}
	if none := planner.Agenda(interview.AgendaRequest{N: 3}); len(none) == 0 || none[0].Question == "" {
		t.Errorf("of nobody %+v", none)
	}
}

func TestAgenda_BeginsWithWhatIsAskedNext(t *testing.T) {
	t.Parallel()
	d := &dialog{id: "c", memory: &interview.Memory{}}
	in := d.request("I am a shift lead at Carrow Foods, and this spring I rebuilt the loading bay.", 10)
	plan := planner.Take(in)
	state := plan.Finish("Noted.", interview.ReplyMetadata{})
	in.Message.Metadata = nil
	items := planner.Agenda(interview.AgendaRequest{ConversationID: "c", State: state, Recent: []interview.Message{
		in.Message, {ID: "r", Role: interview.RoleAssistant, Content: "Noted."},
	}, N: 3})
	if len(items) != 3 || items[0].Facet != plan.Next.Facet || items[0].Slot != plan.Next.Slot {
		t.Errorf("agenda %+v, next %+v", items, plan.Next)
	}
}

func TestTake_SameEmployerIsTheSameExperience(t *testing.T) {
	t.Parallel()
	d := &dialog{id: "c2", memory: memoryOf(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC))}
	in := d.request("I am the shift lead at Carrow Foods, and this spring I rebuilt the loading bay.", 10)
	plan := planner.Take(in)
	if plan.Next.Subject != "e1" {
		t.Errorf("asks about %q: %+v", plan.Next.Subject, plan.Next)
	}
	for _, f := range plan.Learned.Facts {
		if f.ExperienceID != "e1" && f.ExperienceID != "" {
			t.Errorf("fact of another experience: %+v", f)
		}
	}
	for _, e := range plan.Learned.Experiences {
		if e.ID != "e1" || e.Coverage["action/steps"].State != "answered" {
			t.Errorf("experience %+v", e)
		}
	}
}

func TestTake_LearnedFactsAreLawfulAndTheSameAgain(t *testing.T) {
	t.Parallel()
	d := &dialog{id: "c", memory: &interview.Memory{}}
	in := d.request("I am a shift lead at Carrow Foods. I manage a team of 26 people and we cut the waiting from 40 minutes to 15 minutes with Excel.", 10)
	plan := planner.Take(in)
	if len(plan.Learned.Facts) < 3 || len(plan.Learned.Experiences) != 1 {
		t.Fatalf("learned %+v", plan.Learned)
	}
	for _, f := range plan.Learned.Facts {
		if err := interview.CheckFact(f, map[string]string{in.Message.ID: in.Message.Content}); err != nil {
			t.Errorf("%+v: %v", f, err)
		}
	}
	d.learn(plan.Learned)
	in.Memory = d.memory
	again := planner.Take(in)
	for i, f := range again.Learned.Facts {
		if f.ID != plan.Learned.Facts[i].ID || f.Status != plan.Learned.Facts[i].Status {
			t.Errorf("learned again %+v", f)
		}
	}
}

func TestTake_ANamedPieceOfWorkIsEnoughToGoOn(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]bool{
		"kubernetes migration, 40 services off vmware": true, "the relaunch of our patient app": true, "sre at a bank": false, "I want a new project.": false,
	} {
		d := &dialog{id: "c", memory: &interview.Memory{}}
		d.tell("hello there", "op-01")
		if next := planner.Take(d.request(message, 40)).Next; next.Facet != "opening" != want {
			t.Errorf("%q is followed by %q", message, next.Text)
		}
	}
}

func TestTake_ARoleIsWrittenAsWithinASentence(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"Backend developer at Lumio, a fintech startup, for 3 years.": "As a backend developer, ",
		"I am a Java developer at Lumio.":                             "As a Java developer, ",
	} {
		d := &dialog{id: "c", memory: &interview.Memory{}}
		if got := planner.Take(d.request(message, 100)).Next.Text; !strings.HasPrefix(got, want) {
			t.Errorf("%q: %q, want %q first", message, got, want)
		}
	}
}
