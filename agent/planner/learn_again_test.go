package planner_test

import (
	"testing"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

// TestTake_LearnsNothingFromWhatIsKnown says everything twice, and then things that say nothing.
func TestTake_LearnsNothingFromWhatIsKnown(t *testing.T) {
	t.Parallel()
	d := &dialog{id: "c", memory: &interview.Memory{}}
	lines := []string{
		"I'm a nurse at Elm Road Hospital, and I rebuilt the handover of our ward with four colleagues.",
		"We cut the handover from 40 minutes to 15 minutes with Excel.",
		"It was hard because the lift broke on the second day.",
		"There was also the story with the blue boxes, but that is for another time.",
		"I have a diploma in nursing, and I speak Spanish.",
	}
	for round := range 4 {
		for _, line := range append(lines, "It is as it is.", "skip", "hm", "why do you ask?") {
			in := d.request(line, 40)
			plan := planner.Take(in)
			meta := interview.ReplyMetadata{Engine: "builtin", Question: "ac-01", Act: string(plan.Act)}
			learned := plan.Taught(meta, d.memory)
			if round > 1 && !learned.Empty() {
				t.Errorf("round %d, %q taught %+v", round, line, learned)
			}
			d.messages = append(d.messages, in.Message)
			d.store(learned)
			const content = "I see. Walk me through how you went about it."
			d.state = plan.Finish(content, meta)
			d.add(interview.RoleAssistant, content, meta)
		}
	}
}

// store makes the next memory as a store would.
func (d *dialog) store(l interview.Learned) {
	m := *d.memory
	m.Experiences = stored(m.Experiences, l.Experiences, func(e *interview.Experience) string { return e.ID })
	m.Facts = stored(m.Facts, l.Facts, func(f *interview.Fact) string { return f.ID })
	m.Threads = stored(m.Threads, l.Threads, func(t *interview.Thread) string { return t.ID })
	coverage := map[string]interview.SlotState{}
	for _, slots := range []map[string]interview.SlotState{m.Coverage, l.Coverage} {
		for key, s := range slots {
			coverage[key] = s
		}
	}
	m.Coverage = coverage
	d.memory = &m
}

func stored[T any](rows []*T, fresh []T, id func(*T) string) []*T {
	var next []*T
	for _, row := range rows {
		kept := row
		for i := range fresh {
			if id(&fresh[i]) == id(row) {
				kept = &fresh[i]
			}
		}
		next = append(next, kept)
	}
	for i := range fresh {
		known := false
		for _, row := range rows {
			known = known || id(row) == id(&fresh[i])
		}
		if !known {
			next = append(next, &fresh[i])
		}
	}
	return next
}
