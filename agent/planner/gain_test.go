package planner_test

import (
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

// tell takes a turn, and asks a question of the bank after it.
func (d *dialog) tell(text, ask string) planner.Plan {
	in := d.request(text, 40)
	plan := planner.Take(in)
	meta := interview.ReplyMetadata{Engine: "builtin", Question: ask, Act: string(plan.Act)}
	d.messages = append(d.messages, in.Message)
	d.store(plan.Taught(meta, d.memory))
	const content = "I see. Walk me through how you went about it."
	d.state = plan.Finish(content, meta)
	d.add(interview.RoleAssistant, content, meta)
	return plan
}

// states are the states of slots in a report, by "facet/slot".
func states(m *interview.Memory, now interview.Time) map[string]interview.Coverage {
	list := map[string]interview.Coverage{}
	report := planner.Coverage(m, now)
	facets := report.Personal
	for _, e := range report.Experiences {
		facets = append(facets, e.Facets...)
	}
	for _, f := range facets {
		for _, s := range f.Slots {
			list[f.Facet+"/"+s.Slot] = s.State
		}
	}
	return list
}

func TestTake_ForgetUntellsWhatTheMessageTold(t *testing.T) {
	t.Parallel()
	d := &dialog{id: "c", memory: &interview.Memory{}}
	d.tell("I planned the move of the archive.", "rs-05")
	before := states(d.memory, d.request("", 40).Now)
	d.tell("I'm a ward manager at Carrow Foods with a team of 26 people since 2019, we use Excel, and I speak Spanish.", "rl-01")
	told := states(d.memory, d.request("", 40).Now)
	for _, key := range []string{"responsibility/team", "context/org", "action/tools", "extras/languages"} {
		if told[key] != interview.CoverageAnswered {
			t.Errorf("%s is %s once it is told", key, told[key])
		}
	}
	d.tell("forget that", "rs-05")
	after := states(d.memory, d.request("", 40).Now)
	for key, state := range told {
		want := before[key]
		if want == "" {
			want = interview.CoverageEmpty
		}
		if after[key] != want && !(after[key] == "" && want == interview.CoverageEmpty) {
			t.Errorf("%s was %s, %s, and is %s after all", key, before[key], state, after[key])
		}
	}
	for _, e := range d.memory.Experiences {
		if e.Org != "" || e.Role != "" || e.Start != "" {
			t.Errorf("the experience keeps %q, %q, %q", e.Org, e.Role, e.Start)
		}
	}
	for _, word := range []string{"Carrow", "manager", "Excel", "2019"} {
		if strings.Contains(string(d.state), word) {
			t.Errorf("the state keeps %q: %s", word, d.state)
		}
	}
	d.tell("I was there with five colleagues at Nordwind.", "rs-05")
	if again := states(d.memory, d.request("", 40).Now); again["context/org"] != interview.CoverageAnswered {
		t.Errorf("told again, the organisation is %s", again["context/org"])
	}
}

func TestTake_ForgetKeepsWhatWasToldBefore(t *testing.T) {
	t.Parallel()
	d := &dialog{id: "c", memory: &interview.Memory{}}
	d.tell("I'm a nurse at Carrow Foods with a team of 26 people.", "rs-05")
	want := states(d.memory, d.request("", 40).Now)
	d.tell("At Carrow Foods we are a team of 26 people.", "rl-01")
	d.tell("/forget", "rs-05")
	got := states(d.memory, d.request("", 40).Now)
	for _, key := range []string{"responsibility/team", "context/org", "responsibility/title"} {
		if got[key] != want[key] {
			t.Errorf("%s was %s, and is %s", key, want[key], got[key])
		}
	}
	if e := d.memory.Experiences[0]; e.Org != "Carrow Foods" || e.Role != "nurse" {
		t.Errorf("%+v", e)
	}
}

func TestTake_CorrectionHasItsUnitOnce(t *testing.T) {
	t.Parallel()
	for _, correction := range []string{
		"Sorry, 26 nurses, not 28.", "No, it was 26 nurses, not 28 nurses.", "26, not 28", "Sorry, it's 26, not 28 nurses.", "Actually, it was 26 nurses.", "I meant 26 nurses",
	} {
		d := &dialog{id: "c", memory: &interview.Memory{}}
		d.tell("I'm a head nurse at Elm Road Hospital and I lead a team of 28 nurses on two wards.", "ac-01")
		plan := d.tell(correction, "ac-01")
		if plan.Act != planner.ActCorrection {
			t.Errorf("%q is %s", correction, plan.Act)
		}
		var current []string
		for _, f := range d.memory.Facts {
			if f.Current() {
				current = append(current, string(f.Kind)+" "+f.Text)
			}
		}
		got := strings.Join(current, "; ")
		if !strings.Contains(got, "team team of 26 nurses") || strings.Contains(got, "28") || strings.Contains(got, "nurses nurses") || strings.Contains(got, "metric") {
			t.Errorf("%q makes %s", correction, got)
		}
		if state := string(d.state); !strings.Contains(state, "team of 26 nurses on two wards") || strings.Contains(state, "nurses nurses") {
			t.Errorf("%q leaves %s", correction, state)
		}
	}
}
