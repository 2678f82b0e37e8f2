package eval

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/betterprofile/betterprofile/agent"
	"github.com/betterprofile/betterprofile/agent/builtin"
	"github.com/betterprofile/betterprofile/interview"
)

// Interviewer is what talks are held with: the part of [interview.Agent] that speaks.
type Interviewer interface {
	Open(ctx context.Context, in interview.OpeningRequest) (interview.Reply, error)
	Reply(ctx context.Context, in interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error)
}

// BuiltIn is the interviewer without a model.
func BuiltIn() Interviewer {
	engine := builtin.New()
	return agent.New(agent.Options{Engine: engine, Builtin: engine})
}

// window is how many messages come with a request, unless the interviewer wants all.
const window = 40

// room is a conversation kept in memory as the service keeps one in a store. Ids and times are the same in every run.
type room struct {
	interviewer Interviewer
	user, id    string
	now         time.Time
	messages    []interview.Message
	state       []byte
	memory      memory

	longest   int             // bytes of state
	took      []time.Duration // for each turn
	unsourced []string        // facts whose quote is not where it should be
}

func newRoom(interviewer Interviewer, name string) *room {
	r := &room{
		interviewer: interviewer, user: interview.DerivedID("eval/user/" + name), id: interview.DerivedID("eval/conversation/" + name),
		now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
	}
	r.memory.of.UserID, r.memory.of.Conversations = r.user, 1
	return r
}

// open lets the interviewer begin.
func (r *room) open(ctx context.Context) (interview.Reply, error) {
	reply, err := r.interviewer.Open(ctx, interview.OpeningRequest{UserID: r.user, Now: interview.At(r.now), First: true, Memory: r.memory.snapshot()})
	if err != nil {
		return reply, err
	}
	r.add(interview.RoleAssistant, reply)
	if reply.State != nil {
		r.state = reply.State
	}
	return reply, nil
}

// add stores a message and returns it.
func (r *room) add(role interview.Role, reply interview.Reply) interview.Message {
	r.now = r.now.Add(20 * time.Second)
	m := interview.Message{
		ID: interview.DerivedID(r.id + "/message/" + strconv.Itoa(len(r.messages))), ConversationID: r.id, Role: role, Content: reply.Content,
		Metadata: reply.Metadata.JSON(), CreatedAt: interview.At(r.now),
	}
	r.messages = append(r.messages, m)
	return m
}

// say takes a turn. Errors: the interviewer's, and deltas that do not make up the reply.
func (r *room) say(ctx context.Context, text string) (interview.Reply, error) {
	before := len(r.messages)
	in := interview.ReplyRequest{
		UserID: r.user, ConversationID: r.id, Message: r.add(interview.RoleUser, interview.Reply{Content: text}), Now: interview.At(r.now),
		Recent: slices.Clone(r.messages[max(0, before-window):before]), State: r.state, Whole: before <= window, Memory: r.memory.snapshot(),
	}
	if reader, ok := r.interviewer.(interface {
		NeedsHistory(in interview.ReplyRequest) bool
	}); ok && reader.NeedsHistory(in) {
		in.Recent, in.Whole = slices.Clone(r.messages[:before]), true
	}
	shown := ""
	start := time.Now()
	reply, err := r.interviewer.Reply(ctx, in, func(d interview.Delta) error {
		if d.Replace {
			shown = ""
		}
		shown += d.Text
		return nil
	})
	r.took = append(r.took, time.Since(start))
	if err != nil {
		return reply, fmt.Errorf("reply to %q: %w", text, err)
	}
	if shown != reply.Content {
		return reply, fmt.Errorf("reply to %q: emitted %q, returned %q", text, shown, reply.Content)
	}
	r.keep(reply)
	return reply, nil
}

// keep stores what a reply brings.
func (r *room) keep(reply interview.Reply) {
	r.add(interview.RoleAssistant, reply)
	if reply.State != nil {
		r.state = reply.State
	}
	r.longest = max(r.longest, len(r.state))
	r.memory.learn(reply.Learned)
	for _, f := range reply.Learned.Facts {
		if !r.sourced(f) {
			r.unsourced = append(r.unsourced, fmt.Sprintf("%s %q", f.Kind, f.Quote))
		}
	}
}

// sourced reports whether a fact's quote is what its first source holds.
func (r *room) sourced(f interview.Fact) bool {
	if len(f.Sources) == 0 {
		return false
	}
	s := f.Sources[0]
	return slices.ContainsFunc(r.messages, func(m interview.Message) bool {
		return m.ID == s.MessageID && m.Role == interview.RoleUser && 0 <= s.Start && s.Start <= s.End && s.End <= len(m.Content) &&
			m.Content[s.Start:s.End] == f.Quote
	})
}
