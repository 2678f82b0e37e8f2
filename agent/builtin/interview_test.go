package builtin_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/betterprofile/betterprofile/agent/builtin"
	"github.com/betterprofile/betterprofile/interview"
)

// talk is a conversation with the engine, kept as a store would keep it: the newest messages, and the state after each turn.
type talk struct {
	t      testing.TB
	engine *builtin.Engine
	recent []interview.Message
	state  []byte
	turns  int
}

// window is how many messages the service loads for a turn.
const window = 40

// newTalk begins a conversation with an opening.
func newTalk(t testing.TB, first bool) *talk {
	t.Helper()
	k := &talk{t: t, engine: builtin.New()}
	opening := k.engine.Open(interview.OpeningRequest{First: first})
	k.add(interview.RoleAssistant, opening.Content, opening.Metadata)
	return k
}

// newSilentTalk begins a conversation without one.
func newSilentTalk(t testing.TB) *talk {
	t.Helper()
	return &talk{t: t, engine: builtin.New()}
}

func (k *talk) add(role interview.Role, content string, meta interview.ReplyMetadata) {
	k.recent = append(k.recent, interview.Message{Role: role, Content: content, Metadata: meta.JSON()})
}

func (k *talk) request(content string) interview.ReplyRequest {
	return interview.ReplyRequest{
		Message: interview.Message{ID: strconv.Itoa(k.turns), Role: interview.RoleUser, Content: content},
		Recent:  k.recent[max(0, len(k.recent)-window):], State: k.state,
	}
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
	return reply
}
