package interview

import (
	"context"
	"iter"
	"sync"
	"time"
	"unicode/utf8"
)

// Follow yields a turn's events: from its beginning when after is nil, else those that come after that place. It works on any
// server: from memory where the turn runs, elsewhere from the database, looked at every PollEvery. The deltas a reader gets, put
// together from the newest replace on, equal the stored reply. A place that the turn has never had is answered by a replace.
//
// With [Options.DirectBytes], the loop's body may run on another goroutine, while the one that ranges waits, and what it waits for the turn waits for: it must not
// end its goroutine, and take no longer than it takes to hand over so many bytes.
//
// The sequence, to be ranged over once, ends after the one event that ends a turn, or with an error: unavailable when the server stops or the database is
// away (resume elsewhere or later), or ctx's own. Errors of the call itself: not_found, unavailable.
func (s *Service) Follow(ctx context.Context, userID, conversationID, messageID string, after *EventID) (iter.Seq2[Event, error], error) {
	turn, err := s.store.GetTurn(ctx, userID, conversationID, messageID)
	if err != nil {
		return nil, err
	}
	return s.follow(ctx, turn, after, nil), nil
}

// follow is Follow for a turn as just read. Whoever has begun it gives its stream: however soon it ends, the reader then gets that end, and not what the database
// says afterwards, which after a new reply that failed is the old one.
func (s *Service) follow(ctx context.Context, turn Turn, after *EventID, begun *stream) iter.Seq2[Event, error] {
	f := &follower{service: s, turn: turn, fresh: turn.Status != TurnRunning, at: EventID{Attempt: turn.Attempt}}
	if after != nil {
		f.at = *after
	}
	return func(yield func(Event, error) bool) {
		f.yield = yield
		if after == nil {
			f.start()
		}
		if begun != nil && !f.done {
			f.followStream(ctx, begun)
		}
		f.run(ctx)
	}
}

// follower is one reader of one turn. It is not kept on the stack: a thousand of those wait at a time.
type follower struct {
	service *Service
	turn    Turn    // as last read from the database
	fresh   bool    // that was just now
	at      EventID // what the reader has
	yield   func(Event, error) bool
	done    bool

	mu     sync.Mutex // held while something is yielded from a turn that runs here
	live   *listener  // that the turn's own goroutine yields to; nil for none
	given  int        // about how many bytes the reader got of such turns
	broken any        // what the reader panicked with there
}

// start acknowledges the turn.
func (f *follower) start() { f.done = !f.yield(startedEvent(f.turn), nil) }

// run yields from wherever the turn is.
func (f *follower) run(ctx context.Context) {
	for !f.done {
		if st := f.service.running(f.turn.Message.ID); st != nil {
			f.followStream(ctx, st)
		} else {
			f.followStored(ctx)
		}
	}
}

// followStream yields from a turn that runs here, until it ends, the reader goes, or the turn is lost to another server. As long as the reader has less than DirectBytes,
// new text is yielded by the turn's own goroutine: a word then wakes one goroutine and not two.
func (f *follower) followStream(ctx context.Context, st *stream) {
	changes := f.listen(st)
	defer f.leave(st, changes)
	for {
		v, done := f.look(st)
		switch {
		case done:
			return
		case v.cut:
			if f.service.stop.Err() != nil {
				f.leaveWith(st, changes, errStopping())
			}
			return
		}
		select {
		case <-changes.changed:
		case <-ctx.Done():
			f.leaveWith(st, changes, context.Cause(ctx))
			return
		}
	}
}

// listen begins to follow a turn that runs here.
func (f *follower) listen(st *stream) *listener {
	if f.given >= f.service.opts.DirectBytes {
		return st.subscribe(nil)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.live = st.subscribe(func(l *listener) { f.direct(st, l) })
	return f.live
}

// leave ends it. After that, nothing is yielded on another goroutine.
func (f *follower) leave(st *stream, changes *listener) {
	st.unsubscribe(changes)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.live = nil
}

// leaveWith is leave with an error for the reader, who may have gone meanwhile.
func (f *follower) leaveWith(st *stream, changes *listener, err error) {
	f.leave(st, changes)
	if !f.gone() {
		f.fail(err)
	}
}

// look yields what there is and returns it, and whether the reader wants no more.
func (f *follower) look(st *stream) (view, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	v := st.view()
	if size := f.size(v); !f.gone() {
		f.show(v)
		f.given += size
	}
	return v, f.done
}

// gone reports whether the reader wants no more; f.mu is held, or it has left. It panics when the reader has, on the turn's goroutine.
func (f *follower) gone() bool {
	if f.broken != nil {
		panic(f.broken)
	}
	return f.done
}

// direct yields what there is on the turn's own goroutine, unless that would be too much or the reader's is at it.
func (f *follower) direct(st *stream, l *listener) {
	if !f.mu.TryLock() {
		l.wake()
		return
	}
	defer f.mu.Unlock()
	if f.live != l || f.done {
		return
	}
	v := st.view()
	if f.given += f.size(v); f.given <= f.service.opts.DirectBytes {
		f.showApart(v)
	}
	if f.done || f.given > f.service.opts.DirectBytes {
		f.live = nil
		st.indirect(l)
	}
}

// showApart is show with a panic kept for the reader's goroutine.
func (f *follower) showApart(v view) {
	defer func() {
		if p := recover(); p != nil {
			f.broken, f.done = passed(p), true
		}
	}()
	f.show(v)
}

// size is about how many bytes show yields of v's text.
func (f *follower) size(v view) int {
	if n := len(v.text) - f.at.Offset; n > 0 {
		return n + aroundDelta
	}
	return 0
}

// followStored yields from the database, until the turn ends, the reader goes, or the turn comes to run here.
func (f *follower) followStored(ctx context.Context) {
	for {
		if f.read(ctx); f.done {
			return
		}
		f.show(f.turn.view())
		if f.done || f.service.running(f.turn.Message.ID) != nil {
			return
		}
		select {
		case <-time.After(f.service.opts.PollEvery):
		case <-f.service.stop.Done():
			f.fail(errStopping())
			return
		case <-ctx.Done():
			f.fail(context.Cause(ctx))
			return
		}
	}
}

// read looks the turn up again, unless that was just done.
func (f *follower) read(ctx context.Context) {
	if f.fresh {
		f.fresh = false
		return
	}
	turn, err := f.service.store.GetTurn(ctx, f.turn.UserID, f.turn.Message.ConversationID, f.turn.Message.ID)
	if err != nil {
		f.fail(err)
		return
	}
	f.turn = turn
}

// show yields what brings the reader to the end of v, and v's last event if it has one.
func (f *follower) show(v view) {
	if ev, ok := advance(&f.at, v); ok {
		ev.More = v.end != nil
		if !f.yield(ev, nil) {
			f.done = true
			return
		}
	}
	if v.end != nil {
		f.yield(*v.end, nil)
		f.done = true
	}
}

func (f *follower) fail(err error) {
	f.yield(Event{}, err)
	f.done = true
}

// aroundDelta is about what a delta takes on its way besides its text, in bytes.
const aroundDelta = 64

// advance returns the event that brings a reader from at to the end of v, if there is one, and moves at. A reader who is ahead of a
// running reply (the server that showed it more has died, or has not told the database yet) waits until it is passed.
func advance(at *EventID, v view) (Event, bool) {
	if ahead(*at, v) && v.end == nil {
		return Event{}, false
	}
	from := *at
	*at = EventID{Attempt: v.attempt, Offset: len(v.text)}
	switch {
	case from == *at:
		return Event{}, false
	case from.Attempt != v.attempt, from.Offset > len(v.text), !utf8.RuneStart(v.text[from.Offset]):
		return Event{Kind: EventReplace, ID: *at, Text: v.text}, true
	default:
		return Event{Kind: EventDelta, ID: *at, Text: v.text[from.Offset:]}, true
	}
}

func ahead(at EventID, v view) bool {
	return at.Attempt > v.attempt || (at.Attempt == v.attempt && at.Offset > len(v.text))
}

// view is the turn as the database has it.
func (t Turn) view() view {
	if t.Status == TurnRunning {
		return view{attempt: t.Attempt, text: t.Partial}
	}
	end := endEvent(t)
	v := view{attempt: t.Attempt, end: &end}
	if t.Reply != nil {
		v.text = t.Reply.Content
	}
	return v
}

// startedEvent acknowledges a turn.
func startedEvent(t Turn) Event {
	message := t.Message
	return Event{
		Kind: EventStarted, Message: &message, ConversationID: message.ConversationID, Attempt: t.Attempt, More: t.Status != TurnRunning,
	}
}

// endEvent is the event that ends the stream of an ended turn.
func endEvent(t Turn) Event {
	message := t.Message
	switch t.Status {
	case TurnCompleted:
		usage := t.Usage
		return Event{
			Kind: EventCompleted, Message: t.Reply, ConversationID: message.ConversationID, UserMessage: &message,
			Usage: &usage, Title: t.Title,
		}
	case TurnCancelled:
		return Event{Kind: EventCancelled, Message: t.Reply}
	default:
		return Event{Kind: EventFailed, Message: t.Reply, Error: t.Error}
	}
}
