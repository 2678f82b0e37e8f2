package planner_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

// said are things that users say, of many kinds.
func said() []string {
	return []string{
		"I'm a nurse at Elm Road Hospital.", "We moved the archive of the hospital to a new building and I planned the transport with four colleagues.",
		"It took three weeks and nobody lost a file.", "skip", "I don't know", "I made a list of every shelf and put it on the wall.",
		"It was hard because the lift broke on the second day.", "12", "yes", "help", "summarise", "stop", "I'd rather not talk about that.",
		"Sorry, 5 colleagues, not four.", "Before that I was a porter at Hollis Clinic for six years.", "Trabajo en un hospital con mi equipo desde hace años.",
		"I was bullied there and I cried every day.", "/private my sister was there too", "/forget", "/unknown", "as I said, it was three weeks", "🙂",
		"I would like to lead a ward one day.", "Calm people and clear labels.", "We cut the handover from 40 minutes to 15 minutes with Excel.",
		"There was also the story with the blue boxes, but that is for another time.", "I want to die.", "why do you ask?", "",
	}
}

// dialogue plays n random turns and compares the state of each with that made from all messages. Some replies fail, are cancelled, come from a
// model without a question of the bank, or from somewhere else.
func dialogue(t *testing.T, rng *rand.Rand, n int) {
	t.Helper()
	d := &dialog{id: fmt.Sprint("c", rng.Uint32()), memory: &interview.Memory{}}
	if rng.IntN(2) == 0 {
		d.add(interview.RoleAssistant, "Hello. What have you been working on lately that took a good part of your time?", interview.ReplyMetadata{Question: "op-01"})
	}
	for range n {
		in := d.request(said()[rng.IntN(len(said()))], 6+rng.IntN(20))
		if planner.NeedsHistory(in) {
			in.Recent, in.Whole = d.messages, true
		}
		plan := planner.Take(in)
		resumed := planner.Resume(in, d.known)
		if !reflect.DeepEqual(plan.Next, resumed.Next) || !reflect.DeepEqual(plan.Learned, resumed.Learned) || !reflect.DeepEqual(plan.Hints, resumed.Hints) {
			t.Fatalf("a state that was read makes another plan than the one at hand: %+v, %+v", plan, resumed)
		}
		d.known = nil
		content, meta, finished := answer(rng, plan)
		d.messages = append(d.messages, in.Message)
		d.learn(plan.Learned)
		if rng.IntN(4) == 0 {
			d.reject(rng, in.Now)
		}
		if content == "" {
			continue // the reply was lost
		}
		known, state := resumed.FinishState(content, meta)
		if again := plan.Finish(content, meta); string(again) != string(state) || reference(t, known) != string(state) {
			t.Fatalf("the state is\n%s\n%s\n%s", state, again, reference(t, known))
		}
		d.add(interview.RoleAssistant, content, meta)
		if !finished {
			continue // the state of a reply that failed is not stored
		}
		d.state, d.known = state, known
		if rebuilt := planner.Rebuild(d.messages); string(rebuilt) != string(state) {
			t.Fatalf("after %d messages (%q, %q): rebuilt\n%s\nstored\n%s", len(d.messages), in.Message.Content, content, rebuilt, state)
		}
		if len(state) > 64<<10 {
			t.Fatalf("state of %d bytes", len(state))
		}
	}
}

// reference is how encoding/json writes a state.
func reference(t *testing.T, st *planner.State) string {
	t.Helper()
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(st); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

func answer(rng *rand.Rand, plan planner.Plan) (content string, meta interview.ReplyMetadata, finished bool) {
	n := plan.Next
	meta = interview.ReplyMetadata{
		Engine: "builtin", Question: n.ID, Facet: n.Facet, Slot: n.Slot, Wording: n.Wording, Act: string(plan.Act), Anchor: n.Anchor, Subject: n.Subject,
		Facts: n.Facts, Thread: n.Thread,
	}
	switch rng.IntN(12) {
	case 0:
		return "I see. What was", interview.ReplyMetadata{Engine: "openai", Status: "failed"}, false
	case 1:
		return "I see.", interview.ReplyMetadata{Engine: "openai", Status: "cancelled"}, false
	case 2:
		return "", meta, false
	case 3:
		facet, slot := planner.Aim("How many people did that help?", n)
		return "That is a lot. How many people did that help?", interview.ReplyMetadata{Engine: "openai", Facet: facet, Slot: slot, Subject: n.Subject}, true
	case 4:
		return "Somebody else wrote this. And what was difficult about it?", interview.ReplyMetadata{}, true
	case 5:
		return "[forgotten]", interview.ReplyMetadata{}, true
	}
	return "Thank you. " + n.Text, meta, true
}

// dialog is a conversation of which some messages are at hand.
type dialog struct {
	id       string
	messages []interview.Message
	state    []byte
	known    *planner.State // what is in state, or nil
	memory   *interview.Memory
}

func (d *dialog) add(role interview.Role, content string, meta interview.ReplyMetadata) {
	d.messages = append(d.messages, interview.Message{ID: d.nextID(), ConversationID: d.id, Role: role, Content: content, Metadata: meta.JSON()})
}

func (d *dialog) nextID() string { return fmt.Sprintf("%s-%06d", d.id, len(d.messages)) }

func (d *dialog) request(content string, window int) interview.ReplyRequest {
	from := max(0, len(d.messages)-window)
	return interview.ReplyRequest{
		ConversationID: d.id, Now: interview.At(time.Date(2026, 11, 23, 9, len(d.messages), 0, 0, time.UTC)), State: d.state, Whole: from == 0,
		Recent: d.messages[from:], Memory: d.memory,
		Message: interview.Message{ID: d.nextID(), ConversationID: d.id, Role: interview.RoleUser, Content: content},
	}
}

func (d *dialog) learn(l interview.Learned) {
	m := *d.memory
	for _, e := range l.Experiences {
		m.Experiences = append(m.Experiences, &e)
	}
	for _, f := range l.Facts {
		m.Facts = append(m.Facts, &f)
	}
	for _, t := range l.Threads {
		m.Threads = append(m.Threads, &t)
	}
	d.memory = &m
}

// reject rejects one of the facts, if there is any.
func (d *dialog) reject(rng *rand.Rand, now interview.Time) {
	if len(d.memory.Facts) == 0 {
		return
	}
	m, i := *d.memory, rng.IntN(len(d.memory.Facts))
	f := *m.Facts[i]
	f.Status, f.UpdatedAt = interview.FactRejected, now
	m.Facts = slices.Clone(m.Facts)
	m.Facts[i] = &f
	d.memory = &m
}

func TestRebuild_EqualsTheStoredState(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			dialogue(t, rand.New(rand.NewPCG(seed, 1)), 60)
		})
	}
}

func TestFinish_StateStaysSmall(t *testing.T) {
	t.Parallel()
	d := &dialog{id: "c", memory: &interview.Memory{}}
	list := said()
	for i := range 800 {
		in := d.request(fmt.Sprintf("%s Number %d of the boxes was %d.", list[i%len(list)], i, 7*i), 40)
		plan := planner.Take(in)
		content, meta, _ := answer(rand.New(rand.NewPCG(7, 1+uint64(i)%5)), plan)
		d.messages = append(d.messages, in.Message)
		d.state = plan.Finish(content, meta)
		d.add(interview.RoleAssistant, content, meta)
		if len(d.state) > 64<<10 {
			t.Fatalf("turn %d: state of %d bytes", i, len(d.state))
		}
	}
}

func TestTake_DoesNotChangeTheRequest(t *testing.T) {
	t.Parallel()
	d := &dialog{id: "c", memory: &interview.Memory{}}
	in := d.request("We moved the archive of the hospital to a new building.", 6)
	a, b := planner.Take(in), planner.Take(in)
	if string(a.Finish("What changed?", interview.ReplyMetadata{})) != string(b.Finish("What changed?", interview.ReplyMetadata{})) {
		t.Error("two plans for one request differ")
	}
	first := string(a.Finish("What changed?", interview.ReplyMetadata{}))
	if again := string(a.Finish("What changed?", interview.ReplyMetadata{})); again != first {
		t.Error("Finish changed the plan")
	}
}

func TestNeedsHistory_ReadsTheHeadOfAnyForm(t *testing.T) {
	t.Parallel()
	recent := []interview.Message{{ID: "m7", Role: interview.RoleUser}, {ID: "m8", Role: interview.RoleAssistant}}
	for state, want := range map[string]bool{
		`{"v":5,"last":"m7","after":1,"turn":4}`:                   false,
		`{"v":5,"last":"m7","after":1,"turn":4,"since":2}`:         false,
		`{"turn": 4, "after": 1, "v": 5, "last": "m7"}`:            false,
		`{"v":5,"last":"m\u0037","after":1,"turn":4}`:              false,
		`{"v":5,"last":"m7","turn":4}`:                             false,
		`{"v":5,"last":"m6","after":1,"turn":4}`:                   true,
		`{"v":5,"last":"m7","after":2,"turn":4}`:                   true,
		`{"v":5,"last":"m7","after":-1,"turn":4}`:                  true,
		`{"v":2,"last":"m7","after":1,"turn":4}`:                   true,
		`{"v":5,"last":"m7","after":99999999999999999999,"turn":4`: true,
		`{"v":5,"last":"m7`:                                        true,
		`{}`:                                                       true,
		``:                                                         true,
		`null`:                                                     true,
	} {
		if got := planner.NeedsHistory(interview.ReplyRequest{State: []byte(state), Recent: recent}); got != want {
			t.Errorf("%s: %v", state, got)
		}
	}
}
