package builtin_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/agent/builtin"
	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

// talk is a conversation with the engine, kept as a store would keep it: the messages, of which the newest are loaded for a turn, the state
// after each turn, and what was learned.
type talk struct {
	t        testing.TB
	engine   *builtin.Engine
	id       string
	messages []interview.Message
	state    []byte
	turns    int
	memory   *interview.Memory
	now      time.Time
}

// window is how many messages the service loads for a turn.
const window = 40

// newTalk begins a conversation with an opening.
func newTalk(t testing.TB, first bool) *talk {
	t.Helper()
	k := newSilentTalk(t)
	opening := k.engine.Open(interview.OpeningRequest{First: first, Now: interview.At(k.now), Memory: k.memory})
	k.add(interview.RoleAssistant, opening.Content, opening.Metadata)
	return k
}

// newSilentTalk begins a conversation without one.
func newSilentTalk(t testing.TB) *talk {
	t.Helper()
	return &talk{
		t: t, engine: builtin.New(), id: "conversation-1", memory: &interview.Memory{UserID: "user-1", Conversations: 1},
		now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
	}
}

// again begins the user's next conversation, a day later.
func (k *talk) again() *talk {
	k.t.Helper()
	m := *k.memory
	m.Conversations++
	next := &talk{
		t: k.t, engine: k.engine, id: fmt.Sprintf("conversation-%d", m.Conversations), memory: &m, now: k.now.AddDate(0, 0, 1),
	}
	opening := k.engine.Open(interview.OpeningRequest{Now: interview.At(next.now), Memory: next.memory})
	next.add(interview.RoleAssistant, opening.Content, opening.Metadata)
	return next
}

func (k *talk) add(role interview.Role, content string, meta interview.ReplyMetadata) {
	m := interview.Message{
		ID: fmt.Sprintf("%s-message-%05d", k.id, len(k.messages)), ConversationID: k.id, Role: role, Content: content, Metadata: meta.JSON(),
	}
	k.messages = append(k.messages, m)
}

func (k *talk) last() interview.Message { return k.messages[len(k.messages)-1] }

func (k *talk) request(content string) interview.ReplyRequest {
	from := max(0, len(k.messages)-window)
	in := interview.ReplyRequest{
		UserID: "user-1", ConversationID: k.id, Now: interview.At(k.now.Add(time.Duration(k.turns) * time.Minute)),
		Message: interview.Message{
			ID: fmt.Sprintf("%s-message-%05d", k.id, len(k.messages)), ConversationID: k.id, Role: interview.RoleUser, Content: content,
		},
		Recent: k.messages[from:], State: k.state, Whole: from == 0, Memory: k.memory,
	}
	if planner.NeedsHistory(in) {
		in.Recent, in.Whole = k.messages, true
	}
	return in
}

// say takes a turn and returns the reply.
func (k *talk) say(content string) interview.Reply {
	k.t.Helper()
	var emitted string
	reply, err := k.engine.Reply(context.Background(), k.request(content), func(d interview.Delta) error {
		emitted += d.Text
		return nil
	})
	if err != nil {
		k.t.Fatal(err)
	}
	if emitted != reply.Content {
		k.t.Fatalf("emitted %q, returned %q", emitted, reply.Content)
	}
	k.turns++
	k.add(interview.RoleUser, content, interview.ReplyMetadata{})
	k.add(interview.RoleAssistant, reply.Content, reply.Metadata)
	k.state = reply.State
	k.learn(reply.Learned)
	return reply
}

// learn takes rows into the memory, by their ids.
func (k *talk) learn(l interview.Learned) {
	m := *k.memory
	for _, e := range l.Experiences {
		m.Experiences = put(m.Experiences, e, func(o *interview.Experience) bool { return o.ID == e.ID })
	}
	for _, f := range l.Facts {
		m.Facts = put(m.Facts, f, func(o *interview.Fact) bool { return o.ID == f.ID })
	}
	for _, t := range l.Threads {
		m.Threads = put(m.Threads, t, func(o *interview.Thread) bool { return o.ID == t.ID })
	}
	if len(l.Coverage) > 0 {
		merged := map[string]interview.SlotState{}
		for key, s := range m.Coverage {
			merged[key] = s
		}
		for key, s := range l.Coverage {
			merged[key] = s
		}
		m.Coverage = merged
	}
	k.memory = &m
}

func put[T any](list []*T, row T, same func(*T) bool) []*T {
	out := append([]*T(nil), list...)
	for i, o := range out {
		if same(o) {
			out[i] = &row
			return out
		}
	}
	return append(out, &row)
}

// fact returns the remembered fact of a kind and status, or nil.
func (k *talk) fact(kind interview.FactKind, status interview.FactStatus) *interview.Fact {
	for _, f := range k.memory.Facts {
		if f.Kind == kind && f.Status == status {
			return f
		}
	}
	return nil
}
