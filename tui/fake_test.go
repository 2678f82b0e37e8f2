package tui

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// step is one thing that a scripted turn does.
type step struct {
	text      string
	replace   bool
	wait      <-chan struct{}  // goes on when it is closed
	reconnect bool             // the client says that it is reconnecting
	fail      *interview.Error // the turn ends as failed
	cut       error            // the client gives up; the turn goes on
}

// fakeServer is a Server in memory that does what its script says. It keeps the rules of turns that the screens count on: ids make
// sending idempotent, a turn goes on without its readers.
type fakeServer struct {
	mu            sync.Mutex
	changed       chan struct{} // closed at every change
	clock         time.Time
	me            interview.Me
	conversations []*interview.Conversation
	turns         map[string]*fakeTurn
	script        func(content string) []step
	refuse        func(method string) error // asked first by every method
	deaf          <-chan struct{}           // of the turns that begin
	calls         []string

	facts     []interview.Fact
	coverage  interview.CoverageReport
	agenda    []interview.AgendaItem
	forgotten interview.ForgetReport
}

type fakeTurn struct {
	user    interview.Message
	attempt int
	text    string
	events  []interview.Event // started and what followed
	steps   []step
	cancel  chan struct{}
	running bool
	deaf    <-chan struct{} // followers ignore their context until it is closed; nil: they heed it
}

func newFakeServer(now time.Time) *fakeServer {
	s := &fakeServer{clock: now, turns: map[string]*fakeTurn{}, changed: make(chan struct{})}
	s.me = interview.Me{User: interview.LocalUser(), Engine: interview.EngineInfo{Name: "builtin"}}
	s.script = func(string) []step { return []step{{text: "Thank you. What happened next?"}} }
	s.refuse = func(string) error { return nil }
	return s
}

// call notes a call and answers with what the test wants it to fail with.
func (s *fakeServer) call(ctx context.Context, method string) error {
	s.mu.Lock()
	s.calls = append(s.calls, method)
	refuse := s.refuse
	s.mu.Unlock()
	if err := refuse(method); err != nil {
		return err
	}
	return ctx.Err()
}

func (s *fakeServer) called(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, c := range s.calls {
		if c == method {
			n++
		}
	}
	return n
}

// tick returns the next time; s.mu is held.
func (s *fakeServer) tick() interview.Time {
	s.clock = s.clock.Add(time.Second)
	return interview.At(s.clock)
}

func (s *fakeServer) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// add puts a conversation with messages, which alternate and begin with the interviewer, in front.
func (s *fakeServer) add(title string, contents ...string) *interview.Conversation {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &interview.Conversation{ID: interview.NewID(), UserID: "local", Title: title, CreatedAt: s.tick()}
	for i, content := range contents {
		role := interview.RoleAssistant
		if i%2 == 1 {
			role = interview.RoleUser
		}
		c.Messages = append(c.Messages, interview.Message{
			ID: interview.NewID(), ConversationID: c.ID, Role: role, Content: content, CreatedAt: s.tick(),
		})
	}
	c.UpdatedAt = interview.At(s.clock)
	s.conversations = append([]*interview.Conversation{c}, s.conversations...)
	return c
}

func (s *fakeServer) find(id string) (*interview.Conversation, error) {
	for _, c := range s.conversations {
		if c.ID == id {
			return c, nil
		}
	}
	return nil, interview.NotFound("Conversation")
}

func (s *fakeServer) Me(ctx context.Context) (interview.Me, error) {
	return s.me, s.call(ctx, "Me")
}

func (s *fakeServer) CreateConversation(ctx context.Context, in interview.ConversationInput) (interview.Conversation, error) {
	if err := s.call(ctx, "CreateConversation"); err != nil {
		return interview.Conversation{}, err
	}
	if c, err := s.GetConversation(ctx, in.ID, 50); err == nil {
		return c.Conversation, nil
	}
	opening := []string{"Hello. I am here to listen and to ask.\n\nWhat have you been working on lately?"}
	if in.Opening != nil && !*in.Opening {
		opening = nil
	}
	c := s.add(in.Title, opening...)
	s.mu.Lock()
	defer s.mu.Unlock()
	c.ID = in.ID
	return s.copyOf(c, 50), nil
}

func (s *fakeServer) copyOf(c *interview.Conversation, limit int) interview.Conversation {
	out := *c
	out.Messages = slices.Clone(c.Messages[max(len(c.Messages)-limit, 0):])
	return out
}

func (s *fakeServer) ListConversations(ctx context.Context, q interview.ConversationQuery) (interview.ConversationPage, error) {
	if err := s.call(ctx, "ListConversations"); err != nil {
		return interview.ConversationPage{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var p interview.ConversationPage
	for _, c := range s.conversations {
		item := *c
		item.Messages = nil
		if n := len(c.Messages); n > 0 {
			item.Preview = interview.FirstRunes(c.Messages[n-1].Content, interview.PreviewRunes)
		}
		p.Conversations = append(p.Conversations, item)
	}
	slices.SortStableFunc(p.Conversations, func(a, b interview.Conversation) int { return b.UpdatedAt.Compare(a.UpdatedAt.Time) })
	return p, nil
}

func (s *fakeServer) GetConversation(ctx context.Context, id string, limit int) (interview.ConversationView, error) {
	if err := s.call(ctx, "GetConversation"); err != nil {
		return interview.ConversationView{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.find(id)
	if err != nil {
		return interview.ConversationView{}, err
	}
	v := interview.ConversationView{Conversation: s.copyOf(c, limit)}
	if n := len(c.Messages) - limit; n > 0 {
		v.NextCursor = interview.Cursor(fmt.Sprint(n))
	}
	return v, nil
}

func (s *fakeServer) ListMessages(ctx context.Context, id string, q interview.MessageQuery) (interview.MessagePage, error) {
	if err := s.call(ctx, "ListMessages"); err != nil {
		return interview.MessagePage{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.find(id)
	if err != nil {
		return interview.MessagePage{}, err
	}
	end := 0
	_, _ = fmt.Sscan(string(q.Cursor), &end)
	start := max(end-q.Limit, 0)
	p := interview.MessagePage{Messages: slices.Clone(c.Messages[start:end])}
	if start > 0 {
		p.NextCursor = interview.Cursor(fmt.Sprint(start))
	}
	return p, nil
}

func (s *fakeServer) UpdateConversation(ctx context.Context, id string, patch interview.ConversationPatch) (interview.Conversation, error) {
	if err := s.call(ctx, "UpdateConversation"); err != nil {
		return interview.Conversation{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.find(id)
	if err != nil {
		return interview.Conversation{}, err
	}
	if patch.Title != nil {
		c.Title = *patch.Title
	}
	out := *c
	out.Messages = nil
	return out, nil
}

func (s *fakeServer) DeleteConversation(ctx context.Context, id string) error {
	if err := s.call(ctx, "DeleteConversation"); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conversations = slices.DeleteFunc(s.conversations, func(c *interview.Conversation) bool { return c.ID == id })
	return nil
}

func (s *fakeServer) Fork(ctx context.Context, id string, in interview.ForkInput) (interview.Conversation, error) {
	if err := s.call(ctx, "Fork"); err != nil {
		return interview.Conversation{}, err
	}
	in, err := in.Normalize()
	if err != nil {
		return interview.Conversation{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, err := s.find(in.ID); err == nil {
		return s.copyOf(known, 50), nil
	}
	c, err := s.find(id)
	if err != nil {
		return interview.Conversation{}, err
	}
	branch := &interview.Conversation{ID: in.ID, UserID: c.UserID, Title: c.Title, CreatedAt: s.tick()}
	for _, m := range c.Messages {
		if m.ID == in.MessageID {
			m.Content = in.Content
			m.Turn = &interview.TurnState{Status: interview.TurnFailed, Error: interview.Errorf(interview.CodeInterrupted, "Not answered yet.")}
		}
		last := m.ID == in.MessageID
		m.ID, m.ConversationID = interview.NewID(), branch.ID
		if branch.Messages = append(branch.Messages, m); last {
			break
		}
	}
	branch.UpdatedAt = interview.At(s.clock)
	s.conversations = append([]*interview.Conversation{branch}, s.conversations...)
	return s.copyOf(branch, 50), nil
}

func (s *fakeServer) Send(ctx context.Context, id string, in interview.TurnInput) iter.Seq2[interview.Event, error] {
	return func(yield func(interview.Event, error) bool) {
		if err := s.call(ctx, "Send"); err != nil {
			yield(interview.Event{}, err)
			return
		}
		s.mu.Lock()
		c, err := s.find(id)
		if err == nil && s.turns[in.ID] == nil {
			m := interview.Message{ID: in.ID, ConversationID: id, Role: interview.RoleUser, Content: in.Content, CreatedAt: s.tick()}
			c.Messages = append(c.Messages, m)
			s.turns[in.ID] = &fakeTurn{user: m}
			s.begin(c, s.turns[in.ID])
		}
		s.mu.Unlock()
		if err != nil {
			yield(interview.Event{}, err)
			return
		}
		s.follow(ctx, in.ID, 0, yield)
	}
}

func (s *fakeServer) Retry(ctx context.Context, id, messageID string) iter.Seq2[interview.Event, error] {
	return func(yield func(interview.Event, error) bool) {
		if err := s.call(ctx, "Retry"); err != nil {
			yield(interview.Event{}, err)
			return
		}
		s.mu.Lock()
		c, err := s.find(id)
		t := s.turns[messageID]
		if err == nil && t == nil {
			i := slices.IndexFunc(c.Messages, func(m interview.Message) bool { return m.ID == messageID })
			t = &fakeTurn{user: c.Messages[i]}
			s.turns[messageID] = t
		}
		if err == nil {
			s.begin(c, t)
		}
		s.mu.Unlock()
		s.follow(ctx, messageID, 0, yield)
	}
}

// begin runs a turn's script in a goroutine of its own; s.mu is held.
func (s *fakeServer) begin(c *interview.Conversation, t *fakeTurn) {
	t.attempt++
	t.text, t.running, t.cancel, t.deaf = "", true, make(chan struct{}), s.deaf
	user := t.user
	user.Turn = &interview.TurnState{Status: interview.TurnRunning, Attempt: t.attempt}
	t.events = []interview.Event{{Kind: interview.EventStarted, Message: &user, ConversationID: c.ID, Attempt: t.attempt}}
	t.steps = s.script(t.user.Content)
	s.setTurn(c, t, user.Turn)
	s.wake()
	go s.run(c, t, t.steps, t.cancel)
}

func (s *fakeServer) run(c *interview.Conversation, t *fakeTurn, steps []step, cancel chan struct{}) {
	for _, st := range steps {
		if st.wait != nil {
			select {
			case <-st.wait:
			case <-cancel:
				return
			}
		}
		s.mu.Lock()
		if t.cancel != cancel || !t.running {
			s.mu.Unlock()
			return
		}
		switch {
		case st.fail != nil:
			s.finish(c, t, interview.Event{Kind: interview.EventFailed, Error: st.fail})
			s.mu.Unlock()
			return
		case st.replace:
			t.text = st.text
			t.events = append(t.events, interview.Event{Kind: interview.EventReplace, Text: st.text})
		case st.reconnect:
			t.events = append(t.events, interview.Event{Kind: interview.EventReconnecting})
		case st.cut != nil:
			t.events = append(t.events, interview.Event{Error: &interview.Error{Err: st.cut}})
		case st.text != "":
			t.text += st.text
			id := interview.EventID{Attempt: t.attempt, Offset: len(t.text)}
			t.events = append(t.events, interview.Event{Kind: interview.EventDelta, ID: id, Text: st.text})
		}
		s.wake()
		s.mu.Unlock()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.cancel == cancel && t.running {
		s.finish(c, t, interview.Event{Kind: interview.EventCompleted})
	}
}

// finish ends a turn with an event; s.mu is held.
func (s *fakeServer) finish(c *interview.Conversation, t *fakeTurn, ev interview.Event) {
	t.running = false
	user := t.user
	switch ev.Kind {
	case interview.EventFailed:
		user.Turn = &interview.TurnState{Status: interview.TurnFailed, Attempt: t.attempt, Error: ev.Error}
	case interview.EventCancelled:
		user.Turn = &interview.TurnState{Status: interview.TurnCancelled, Attempt: t.attempt}
	}
	old := s.replyTo(c, t.user.ID)
	if old != nil && ev.Kind != interview.EventCompleted && old.ReplyMetadata().Status == "" {
		user.Turn, ev.Message = nil, ref(*old)
	} else {
		ev.Message = s.reply(c, old, t, ev.Kind)
	}
	s.setTurn(c, t, user.Turn)
	ev.UserMessage, ev.ConversationID, ev.Title = &user, c.ID, c.Title
	c.UpdatedAt = interview.At(s.clock)
	t.events = append(t.events, ev)
	s.wake()
}

// replyTo returns the message behind another one, nil when there is none; s.mu is held.
func (s *fakeServer) replyTo(c *interview.Conversation, id string) *interview.Message {
	i := slices.IndexFunc(c.Messages, func(m interview.Message) bool { return m.ID == id })
	if i+1 >= len(c.Messages) {
		return nil
	}
	return &c.Messages[i+1]
}

// reply stores a turn's text as its reply, in place of an old one if there is one, and returns what is stored then.
func (s *fakeServer) reply(c *interview.Conversation, old *interview.Message, t *fakeTurn, kind interview.EventKind) *interview.Message {
	reply := interview.Message{ID: interview.NewID(), ConversationID: c.ID, Role: interview.RoleAssistant, Content: t.text, CreatedAt: s.tick()}
	if kind != interview.EventCompleted {
		reply.Metadata = interview.ReplyMetadata{Status: string(kind)}.JSON()
	}
	switch {
	case t.text == "" && old == nil:
		return nil
	case t.text == "":
		return ref(*old)
	case old != nil:
		reply.ID, reply.CreatedAt = old.ID, old.CreatedAt
		*old = reply
	default:
		c.Messages = append(c.Messages, reply)
	}
	return &reply
}

func ref[T any](v T) *T { return &v }

func (s *fakeServer) setTurn(c *interview.Conversation, t *fakeTurn, state *interview.TurnState) {
	for i := range c.Messages {
		if c.Messages[i].ID == t.user.ID {
			c.Messages[i].Turn = state
		}
	}
}

func (s *fakeServer) Events(ctx context.Context, _, messageID string, after *interview.EventID) iter.Seq2[interview.Event, error] {
	return func(yield func(interview.Event, error) bool) {
		if err := s.call(ctx, "Events"); err != nil {
			yield(interview.Event{}, err)
			return
		}
		from := 0
		if after != nil {
			s.mu.Lock()
			for i, ev := range s.turns[messageID].events {
				if ev.Kind == interview.EventStarted || ev.Kind == interview.EventDelta && ev.ID.Offset <= after.Offset || ev.Error != nil && !ev.Ends() {
					from = i + 1
				}
			}
			s.mu.Unlock()
		}
		s.follow(ctx, messageID, from, yield)
	}
}

// follow yields a turn's events from one on.
func (s *fakeServer) follow(ctx context.Context, messageID string, from int, yield func(interview.Event, error) bool) {
	for {
		s.mu.Lock()
		events, changed, deaf := s.turns[messageID].events, s.changed, s.turns[messageID].deaf
		s.mu.Unlock()
		for ; from < len(events); from++ {
			ev := events[from]
			if ev.Kind == "" {
				yield(interview.Event{}, ev.Error.Err)
				return
			}
			if !yield(ev, nil) || ev.Ends() {
				return
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			if deaf != nil {
				<-deaf
			}
			yield(interview.Event{}, ctx.Err())
			return
		}
	}
}

func (s *fakeServer) Cancel(ctx context.Context, id, messageID string) (interview.Message, error) {
	if err := s.call(ctx, "Cancel"); err != nil {
		return interview.Message{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.find(id)
	if err != nil {
		return interview.Message{}, err
	}
	t := s.turns[messageID]
	if t == nil || !t.running {
		return interview.Message{}, interview.Errorf(interview.CodeConflict, "The turn is not running.")
	}
	close(t.cancel)
	s.finish(c, t, interview.Event{Kind: interview.EventCancelled})
	return t.user, nil
}

// words cuts a text into deltas of a word each, with an optional gate before each.
func words(text string, gate func(int) <-chan struct{}) []step {
	var steps []step
	for i, w := range strings.SplitAfter(text, " ") {
		st := step{text: w}
		if gate != nil {
			st.wait = gate(i)
		}
		steps = append(steps, st)
	}
	return steps
}

// end lets the scripts of all turns end, which would wait for ever otherwise.
func (s *fakeServer) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.turns {
		if t.running {
			t.running = false
			close(t.cancel)
		}
	}
}
