package tui

import (
	"context"
	"iter"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
)

// pageSize is how many messages or conversations are read at once.
const pageSize = 50

// Messages that commands answer with. Gen is the generation of the conversation they are about: late ones are dropped.
type (
	meMsg struct {
		me  interview.Me
		err error
	}
	listMsg struct {
		page     interview.ConversationPage
		archived bool // of which ones the page is
		further  bool
		cached   bool // the server is away: this is what was last read of it
		err      error
	}
	openedMsg struct {
		gen    int
		view   interview.ConversationView
		draft  draft
		cached bool // the server is away: this is what was last read of it
		err    error
	}
	createdMsg struct {
		gen          int
		conversation interview.Conversation
		err          error
	}
	orphanMsg struct{ draft draft }
	olderMsg  struct {
		gen  int
		page interview.MessagePage
		err  error
	}
	renamedMsg struct {
		conversation interview.Conversation
		err          error
	}
	deletedMsg struct {
		id  string
		err error
	}
	forkedMsg struct {
		gen          int
		conversation interview.Conversation
		err          error
	}
	cancelledMsg struct {
		turn int
		err  error
	}
	eventsMsg struct {
		turn   int
		events []interview.Event
		err    error
		next   <-chan streamItem // nil when the stream is over
	}
	layoutMsg  struct{ turn int } // time to lay the reply out again
	spinMsg    struct{ turn int }
	waitedMsg  struct{ turn int } // a second more of reconnecting
	minuteMsg  struct{}           // ages have changed
	savedMsg   struct{}
	hurryMsg   struct{} // quit without waiting any longer
	relistMsg  struct{}
	troubleMsg string // of Options.Trouble
)

// commands does all that blocks. Its contexts end with the program, or with the conversation they are about.
type commands struct {
	server Server
	outbox Outbox // nil: a message that cannot be sent comes back
	cache  Cache  // nil: nothing is kept of what was read
	drafts *draftBox
	tasks  *tasks
}

// tasks counts what commands do, so that the program can end after it.
type tasks struct {
	mu     sync.Mutex
	closed bool
	wg     sync.WaitGroup
}

// enter counts one more, unless the program is ending.
func (t *tasks) enter() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.wg.Add(1)
	}
	return !t.closed
}

// command is f as a command that is counted. It does nothing once the program is ending.
func (t *tasks) command(f func() tea.Msg) tea.Cmd {
	return func() tea.Msg {
		if !t.enter() {
			return nil
		}
		defer t.wg.Done()
		return f()
	}
}

// close lets no more in and waits for those there are. Their contexts are done: one that has not ended within the limit ignores that, and
// is left behind.
func (t *tasks) close(limit time.Duration) {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	done := make(chan struct{})
	go func() {
		t.wg.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(limit):
	}
}

// me asks who is signed in and what replies.
func (c commands) me(ctx context.Context) tea.Cmd {
	return c.tasks.command(func() tea.Msg {
		me, err := c.server.Me(ctx)
		return meMsg{me, err}
	})
}

// list reads a page of the list, of the archived ones or of the others: the first one for the empty cursor.
func (c commands) list(ctx context.Context, archived bool, cursor interview.Cursor) tea.Cmd {
	return c.tasks.command(func() tea.Msg {
		p, err := c.server.ListConversations(ctx, interview.ConversationQuery{Limit: pageSize, Cursor: cursor, Archived: archived})
		cached := false
		if cursor == "" && !archived {
			p, cached = c.listOrCached(p, err)
		}
		return listMsg{p, archived, cursor != "", cached, err}
	})
}

// open reads a conversation's newest messages, and its draft first.
func (c commands) open(ctx context.Context, gen int, id string) tea.Cmd {
	return c.tasks.command(func() tea.Msg {
		d := c.drafts.load(id)
		view, err := c.server.GetConversation(ctx, id, pageSize)
		view, cached := c.openOrCached(id, view, err)
		return openedMsg{gen, view, d, cached, err}
	})
}

// orphan loads what was written when no conversation could be opened.
func (c commands) orphan() tea.Msg { return orphanMsg{c.drafts.load(noConversation)} }

// create makes a conversation with the given id, so that trying again cannot make two.
func (c commands) create(ctx context.Context, gen int, id string) tea.Cmd {
	return c.tasks.command(func() tea.Msg {
		conversation, err := c.server.CreateConversation(ctx, interview.ConversationInput{ID: id})
		return createdMsg{gen, conversation, err}
	})
}

// older reads the page of messages that the cursor leads to.
func (c commands) older(ctx context.Context, gen int, id string, cursor interview.Cursor, limit int) tea.Cmd {
	return c.tasks.command(func() tea.Msg {
		p, err := c.server.ListMessages(ctx, id, interview.MessageQuery{Limit: limit, Cursor: cursor})
		return olderMsg{gen, p, err}
	})
}

// rename changes a conversation's title.
func (c commands) rename(ctx context.Context, id, title string) tea.Cmd {
	return c.tasks.command(func() tea.Msg {
		conversation, err := c.server.UpdateConversation(ctx, id, interview.ConversationPatch{Title: &title})
		return renamedMsg{conversation, err}
	})
}

// remove deletes a conversation for good.
func (c commands) remove(ctx context.Context, id string) tea.Cmd {
	return c.tasks.command(func() tea.Msg {
		err := c.server.DeleteConversation(ctx, id)
		if err == nil {
			c.drop(id)
		}
		return deletedMsg{id, err}
	})
}

// fork makes a conversation that branches off from another one. The answer is about the generation of that one.
func (c commands) fork(ctx context.Context, gen int, conversationID string, in interview.ForkInput) tea.Cmd {
	return c.tasks.command(func() tea.Msg {
		conversation, err := c.server.Fork(ctx, conversationID, in)
		return forkedMsg{gen, conversation, err}
	})
}

// cancel asks the server to stop a turn; its stream says when it has.
func (c commands) cancel(ctx context.Context, turn int, conversationID, messageID string) tea.Cmd {
	return c.tasks.command(func() tea.Msg {
		_, err := c.server.Cancel(ctx, conversationID, messageID)
		return cancelledMsg{turn, err}
	})
}

// save writes the drafts, and rests a little so that typing does not write the disk full.
func (c commands) save(ctx context.Context) tea.Cmd {
	return c.tasks.command(func() tea.Msg {
		c.drafts.save()
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
		}
		return savedMsg{}
	})
}

// awaitTrouble answers with the next sentence about trouble.
func awaitTrouble(ctx context.Context, trouble <-chan string) tea.Cmd {
	return func() tea.Msg {
		select {
		case text := <-trouble:
			return troubleMsg(text)
		case <-ctx.Done():
			return nil
		}
	}
}

// streamItem is one step of a stream.
type streamItem struct {
	event interview.Event
	err   error
}

// stream reads a turn's events in a goroutine of its own, which ends with the stream or the context, and answers with the first.
func (c commands) stream(ctx context.Context, turn int, events iter.Seq2[interview.Event, error]) tea.Cmd {
	return func() tea.Msg {
		if !c.tasks.enter() {
			return nil
		}
		ch := make(chan streamItem, 256)
		go func() {
			defer c.tasks.wg.Done()
			defer close(ch)
			for ev, err := range events {
				select {
				case ch <- streamItem{ev, err}:
				case <-ctx.Done():
					return
				}
				if err != nil {
					return
				}
			}
		}()
		return awaitEvents(turn, ch)()
	}
}

// maxBatch is how many events are taken at once at most.
const maxBatch = 512

// awaitEvents answers with the next event and all that are there already, so that the screen is drawn once for all of them.
func awaitEvents(turn int, ch <-chan streamItem) tea.Cmd {
	return func() tea.Msg {
		msg := eventsMsg{turn: turn, next: ch}
		item, ok := <-ch
		for {
			if !ok {
				msg.next = nil
				return msg
			}
			if item.err != nil {
				msg.err, msg.next = item.err, nil
				return msg
			}
			if msg.events = append(msg.events, item.event); len(msg.events) == maxBatch {
				return msg
			}
			select {
			case item, ok = <-ch:
			default:
				return msg
			}
		}
	}
}

// after answers with msg when d has passed, unless ctx ends first.
func after(ctx context.Context, d time.Duration, msg tea.Msg) tea.Cmd {
	return func() tea.Msg {
		select {
		case <-time.After(d):
			return msg
		case <-ctx.Done():
			return nil
		}
	}
}
