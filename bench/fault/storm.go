package main

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
)

const (
	copies   = 8 // parallel posts of one message
	storming = 4 // conversations at once
)

// answer is what one copy of a message got.
type answer struct {
	Message        struct{ ID, Content string }
	ConversationID string
	UserMessage    struct{ ID, Content string }
}

// runStorms sends each message by eight parallel posts, half to each server, half as a stream, until n posts were made. Afterwards it sends the
// id once more with another text, which must be a conflict.
func runStorms(ctx context.Context, r *rig, n int) error {
	if err := r.open(ctx, storming); err != nil {
		return err
	}
	storms := (n + copies - 1) / copies
	var all sync.WaitGroup
	for _, c := range r.conversations {
		all.Go(func() {
			for i := c.number; i < storms && ctx.Err() == nil; i += storming {
				r.storm(ctx, c.next())
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// storm sends one message by eight parallel posts and compares their answers.
func (r *rig) storm(ctx context.Context, m *message) {
	r.report.count("storms of 8")
	answers := make([]*answer, copies)
	barrier := make(chan struct{})
	var all sync.WaitGroup
	for i := range copies {
		all.Go(func() {
			<-barrier
			answers[i] = r.copy(ctx, m, i)
		})
	}
	close(barrier)
	all.Wait()
	for i, a := range answers {
		if a != nil && answers[0] != nil && *a != *answers[0] {
			r.report.find(differing, m.subject(), "answer %d is not answer 0: reply %s and %s", i, a.Message.ID, answers[0].Message.ID)
		}
	}
	if asked := r.model.asked(m.text); asked > 1 { // not at all for a recap: see checkReply
		r.report.find(doubled, m.subject(), "the model was asked %d times", asked)
	}
	r.contradict(ctx, m)
}

// copy is one of the posts. It returns nil when it was not answered by a completed turn.
func (r *rig) copy(ctx context.Context, m *message, i int) *answer {
	s, streams := r.servers[i%len(r.servers)], i/len(r.servers)%2 == 0
	if streams {
		f := &reader{rig: r, m: m, sends: true, choose: func() *replica { return s }, cut: stay, joined: func() {}}
		ctx, cancel := context.WithTimeout(ctx, r.settle)
		defer cancel()
		if !f.follow(ctx) {
			r.report.find(stuck, m.subject(), "post %d has no end within %s", i, r.settle)
			return nil
		}
		r.report.count("posts answered by a stream")
		return &f.answer
	}
	ctx, cancel := context.WithTimeout(ctx, r.settle)
	defer cancel()
	response, err := r.wire.do(ctx, http.MethodPost, s.url()+m.path(), m.input(), "Accept", "application/json")
	if err != nil {
		r.report.find(stuck, m.subject(), "post %d has no answer: %v", i, err)
		return nil
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		r.report.find(unexpected, m.subject(), "post %d: %v", i, refused(response))
		return nil
	}
	m.acknowledge()
	var a answer
	if err := json.NewDecoder(response.Body).Decode(&a); err != nil {
		r.report.find(unexpected, m.subject(), "post %d: %v", i, err)
		return nil
	}
	r.report.count("posts answered by JSON")
	return &a
}

// contradict sends the message's id with another text.
func (r *rig) contradict(ctx context.Context, m *message) {
	other := m.input()
	other.Content += " Or was it another ward?"
	response, err := r.wire.do(ctx, http.MethodPost, r.turnTo(m).url()+m.path(), other, "Accept", "text/event-stream")
	if err != nil {
		r.report.find(unexpected, m.subject(), "with another text: %v", err)
		return
	}
	defer response.Body.Close()
	if got := refused(response); got != (refusal{http.StatusConflict, "conflict"}) {
		r.report.find(unexpected, m.subject(), "with another text: %v instead of 409 conflict", got)
	}
	r.report.count("ids sent again with another text")
}
