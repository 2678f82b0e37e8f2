package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// lookEvery is how often the end of a turn is looked for by a sender that has left.
const lookEvery = 40 * time.Millisecond

// againAfter is when a message whose turn failed is sent again.
const againAfter = 200 * time.Millisecond

// canary marks the one message that the broken server breaks.
const canary = "canary"

// conversation is one as it was led. Its messages are in the order in which they were sent, each after the turn before it had ended.
type conversation struct {
	id       string
	number   int
	messages []*message
}

// message is one that was sent. Its text is unlike every other's.
type message struct {
	conversation *conversation
	number       int
	id, text     string
	tries        int // posts so far

	mu    sync.Mutex
	acked bool
	read  []string // the replies as readers put them together
}

// subject names the message in findings.
func (m *message) subject() string {
	return fmt.Sprintf("message %d of conversation %d (%s)", m.number, m.conversation.number, m.id)
}

// acknowledge notes that a server has said that the message is stored.
func (m *message) acknowledge() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.acked = true
}

func (m *message) acknowledged() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.acked
}

func (m *message) path() string { return "/api/v1/conversations/" + m.conversation.id + "/messages" }

func (m *message) input() interview.TurnInput {
	return interview.TurnInput{ID: m.id, Content: m.text}
}

// open begins so many conversations. It is done before the faults.
func (r *rig) open(ctx context.Context, n int) error {
	for i := range n {
		c := &conversation{number: i, id: interview.NewID()}
		response, err := r.wire.do(ctx, http.MethodPost, r.servers[0].url()+"/api/v1/conversations", map[string]any{"id": c.id, "opening": false})
		if err != nil {
			return err
		}
		if response.StatusCode != http.StatusCreated {
			err = refused(response)
		}
		_ = response.Body.Close()
		if err != nil {
			return fmt.Errorf("creating a conversation: %w", err)
		}
		r.conversations = append(r.conversations, c)
	}
	return nil
}

// next makes the conversation's next message.
func (c *conversation) next() *message {
	m := &message{conversation: c, number: len(c.messages), id: interview.NewID()}
	m.text = fmt.Sprintf("Message %d of conversation %d: I rebuilt the night handover on ward %d.", m.number, c.number, m.number+1)
	if c.number == 0 && m.number == 0 {
		m.text += " We kept a " + canary + " there."
	}
	c.messages = append(c.messages, m)
	return m
}

// crowd is all conversations going on at once.
type crowd struct {
	rig  *rig
	stop chan struct{}
	all  sync.WaitGroup
	ctx  context.Context // ends when all must have settled
	end  context.CancelFunc
	once sync.Once
}

// gather opens conversations and leads each by exchange, one message after the other, until disperse. Exchange returns when the turn
// has ended, or ctx has.
func (r *rig) gather(ctx context.Context, n int, exchange func(context.Context, *message)) (*crowd, error) {
	if err := r.open(ctx, n); err != nil {
		return nil, err
	}
	c := &crowd{rig: r, stop: make(chan struct{})}
	c.ctx, c.end = context.WithCancel(ctx)
	for _, talk := range r.conversations {
		c.all.Go(func() {
			for !c.stopped() && c.ctx.Err() == nil {
				exchange(c.ctx, talk.next())
				r.ended.Add(1)
			}
		})
	}
	return c, nil
}

func (c *crowd) stopped() bool {
	select {
	case <-c.stop:
		return true
	default:
		return false
	}
}

// disperse lets every conversation end with the turn it is at, and returns when all have, or were given the time to. A second call does
// nothing.
func (c *crowd) disperse() {
	c.once.Do(func() {
		close(c.stop)
		late := time.AfterFunc(c.rig.settle, c.end)
		c.all.Wait()
		late.Stop()
		c.end()
	})
}

// leave is the exchange of a sender that leaves for good once its message was acknowledged, and later looks what has become of it. A
// message that was not acknowledged is sent again, with the same id; so is one whose turn failed honestly.
func (r *rig) leave(ctx context.Context, m *message) {
	for r.say(ctx, m) && !r.await(ctx, m) && pause(ctx, againAfter) == nil {
	}
}

// say sends the message until it is acknowledged; false when ctx ended before that.
func (r *rig) say(ctx context.Context, m *message) bool {
	for {
		err := r.post(ctx, r.turnTo(m), m)
		if err == nil {
			return true
		}
		r.refuse(m.subject(), err)
		if pause(ctx, 20*time.Millisecond) != nil {
			return false
		}
	}
}

// turnTo is the server for the next try: each in its turn.
func (r *rig) turnTo(m *message) *replica {
	m.tries++
	return r.servers[(m.tries+m.number+m.conversation.number)%len(r.servers)]
}

// refuse notes an answer that was not what was asked for.
func (r *rig) refuse(subject string, err error) {
	answer, ok := errors.AsType[refusal](err)
	switch {
	case !ok || answer.status == 0:
		r.report.count("answers cut or never given")
	default:
		r.report.count("answers " + answer.Error())
	}
	if ok && !answer.excused() {
		r.report.find(unexpected, subject, "the answer %s", answer)
	}
}

// post sends the message once and leaves when it is acknowledged. Errors: a refusal.
func (r *rig) post(ctx context.Context, s *replica, m *message) error {
	ctx, cancel := context.WithTimeout(ctx, requestWithin)
	defer cancel()
	ctx = wrote(ctx, func() { r.trap.reach(beforeAck, 0) })
	response, err := r.wire.do(ctx, http.MethodPost, s.url()+m.path(), m.input(), "Accept", "text/event-stream")
	if err != nil {
		return refusal{}
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return refused(response)
	}
	err = refusal{}
	records(response.Body, func(rec record) bool {
		if rec.event == "started" {
			err = nil
			m.acknowledge()
			r.trap.reach(atStarted, 0)
		}
		return false
	})
	return err
}

// await waits until the turn has ended; false when it failed and is to be sent again.
func (r *rig) await(ctx context.Context, m *message) bool {
	for {
		found, stored, err := r.look(ctx, m)
		switch {
		case err != nil:
			r.refuse("looking at "+m.subject(), err)
		case !found:
			r.report.find(lost, m.subject(), "acknowledged, and then not there")
			return true
		case stored.Turn == nil:
			return true
		case stored.Turn.Status == interview.TurnFailed:
			r.failed(m, stored.Turn.Error)
			return false
		}
		if pause(ctx, lookEvery) != nil {
			return true
		}
	}
}

// failed notes that a turn failed: honestly, when it was interrupted.
func (r *rig) failed(m *message, e *interview.Error) {
	if e == nil || e.Code != interview.CodeInterrupted {
		r.report.find(unexpected, m.subject(), "failed with %v", e)
		return
	}
	r.report.mu.Lock()
	defer r.report.mu.Unlock()
	r.report.honest++
}

// look reads the newest messages of the conversation and finds this one. Errors: a refusal.
func (r *rig) look(ctx context.Context, m *message) (found bool, stored interview.Message, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestWithin)
	defer cancel()
	page, err := r.page(ctx, r.turnTo(m), m.path()+"?limit=4")
	for _, stored := range page.Messages {
		if stored.ID == m.id {
			return true, stored, err
		}
	}
	return false, interview.Message{}, err
}

// page reads a page of messages. Errors: a refusal.
func (r *rig) page(ctx context.Context, s *replica, path string) (page struct {
	Messages   []interview.Message
	NextCursor string
}, err error,
) {
	response, err := r.wire.do(ctx, http.MethodGet, s.url()+path, nil)
	if err != nil {
		return page, refusal{}
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return page, refused(response)
	}
	if json.NewDecoder(response.Body).Decode(&page) != nil {
		return page, refusal{}
	}
	return page, nil
}
