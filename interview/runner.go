package interview

import (
	"context"
	"errors"
	"maps"
	"runtime/debug"
	"time"
	"unicode/utf8"
)

// Why a runner's context ends.
var (
	errCancelled = errors.New("cancelled by the user")
	errHandOver  = errors.New("the server is stopping")
	errLost      = errors.New("another server holds the turn")
	errTooLong   = errors.New("the reply is too long")
)

// cutMark ends a reply that was cut at MaxReplyRunes.
const cutMark = "\n\n[…]"

// runner runs one turn to its end.
type runner struct {
	service *Service
	turn    Turn
	taken   bool     // from a server that died or stopped
	thought *thought // what is known beforehand; nil for nothing
	stream  *stream
	ctx     context.Context
	cancel  context.CancelCauseFunc
	touched time.Time    // of the last checkpoint; used by the checkpoint loop alone
	request ReplyRequest // what the agent was asked
	said    Reply        // what it returned
}

// start runs a turn that this server holds, because it was asked for or because it was taken over, with what was thought about it already. The caller is counted
// in s.runners. It returns the reply on its way.
func (s *Service) start(turn Turn, taken bool, thought *thought) *stream {
	r := &runner{service: s, turn: turn, taken: taken, thought: thought, stream: newStream(turn.Attempt), touched: s.opts.Now()}
	r.ctx, r.cancel = context.WithCancelCause(context.Background())
	s.mu.Lock()
	s.turns[turn.Message.ID] = r
	s.mu.Unlock()
	s.runners.Go(r.run)
	return r.stream
}

// run replies and ends the turn. Whatever happens, the stream is over and the runner forgotten when it returns.
//
// A thousand runners wait in ask at a time. For the sake of their stacks what comes before and after is in other functions, see also [Apart].
func (r *runner) run() {
	defer r.cancel(nil)
	defer func() {
		r.service.forget(r)
		r.stream.cutOff()
	}()
	err := r.prepare()
	if err == nil {
		err = r.ask()
	}
	r.conclude(err)
}

// conclude ends the turn as the agent has.
func (r *runner) conclude(err error) {
	if err == nil {
		err = r.check()
	}
	switch cause := context.Cause(r.ctx); {
	case err != nil && errors.Is(cause, errLost):
		return
	case err != nil && errors.Is(cause, errHandOver):
		r.handOver()
		return
	case err != nil && errors.Is(cause, errCancelled):
		err = errCancelled
	}
	end, err := r.end(r.said, err)
	if err != nil {
		r.logLost(err)
		return
	}
	r.finish(end)
}

// prepare reads what the agent needs. A panic there ends the turn, not the server.
func (r *runner) prepare() (err error) {
	defer r.stumble(&err)
	if r.taken && (r.turn.Takeovers >= maxTakeovers || r.turn.Attempt > maxAttempts) {
		return Errorf(CodeInterrupted, "The reply was interrupted too often. Send the message again.")
	}
	if !r.foreseen() {
		Apart(func() { err = r.persist(r.ctx, r.load) })
	}
	r.thought = nil
	return err
}

// ask lets the agent reply. A panic there ends the turn, not the server.
func (r *runner) ask() (err error) {
	defer r.stumble(&err)
	return r.keep(r.service.agent.Reply(r.ctx, r.request, r.emit)) // in one: a variable for the reply would be another place on the stack
}

// keep takes what the agent returned.
//
//go:noinline
func (r *runner) keep(said Reply, err error) error {
	r.said, r.request.Prepared = said, nil
	return err
}

// check takes out of what the agent has learned what may not be stored. A panic there ends the turn, not the server.
func (r *runner) check() (err error) {
	defer r.stumble(&err)
	r.said.Learned = r.learned(r.said.Learned)
	return nil
}

// stumble makes a panic the error, in a deferred call.
func (r *runner) stumble(err *error) {
	if p := recover(); p != nil {
		r.service.opts.Log.Error("agent panicked", "turn", r.turn.Message.ID, "panic", PanicText(p), "stack", string(debug.Stack()))
		*err = Errorf(CodeInternal, "The interviewer stumbled over this message. Send it again; if that does not help, word it differently.")
	}
}

// load reads what the agent may use.
func (r *runner) load(ctx context.Context) error {
	s, m := r.service, r.turn.Message
	tc, err := r.context(ctx)
	if err != nil {
		return err
	}
	memory, err := s.memories.at(ctx, r.turn.UserID, tc.Version)
	if err != nil {
		return err
	}
	r.request = ReplyRequest{
		UserID: r.turn.UserID, ConversationID: m.ConversationID, Now: At(s.opts.Now()), Message: m,
		Title: tc.Title, Recent: tc.Recent, State: tc.State, Whole: len(tc.Recent) < s.opts.WindowMessages, Memory: memory,
		Offline: s.budget.spent(ctx, r.turn.UserID),
	}
	if r.request.Whole || !s.agent.NeedsHistory(r.request) {
		return nil
	}
	r.request.Whole = true
	r.request.Recent, err = r.history(ctx)
	return err
}

// context is what the turn began with, or is read.
func (r *runner) context(ctx context.Context) (TurnContext, error) {
	m, tc := r.turn.Message, r.turn.Context
	switch {
	case tc == nil:
	case tc.Unchanged:
		known := *tc
		known.State, known.Recent = r.thought.talk.state, r.thought.talk.recent
		return known, nil
	default:
		return *tc, nil
	}
	return r.service.store.LoadTurn(ctx, r.turn.UserID, m.ConversationID, m.ID, r.service.opts.WindowMessages)
}

// errEnough ends the reading of a conversation.
var errEnough = errors.New("enough was read")

// history reads all messages before the turn's own.
func (r *runner) history(ctx context.Context) (messages []Message, err error) {
	m := r.turn.Message
	err = r.service.store.EachMessage(ctx, r.turn.UserID, m.ConversationID, func(one Message) error {
		if one.ID == m.ID {
			return errEnough
		}
		messages = append(messages, one)
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return messages, err
}

// learned is what of the agent's learning may be stored.
func (r *runner) learned(l Learned) Learned {
	contents := userContents(r.request.Recent, []Message{r.turn.Message})
	if missing := l.missing(contents, r.request.Memory); len(missing) > 0 {
		more, err := r.service.store.LoadContents(r.ctx, r.turn.UserID, missing)
		if err != nil {
			r.service.opts.Log.Warn("facts could not be checked", "turn", r.turn.Message.ID, "code", ErrorCode(err))
		}
		maps.Copy(contents, more)
	}
	return l.checked(contents, r.request.Memory, r.service.opts.Rejected)
}

// emit takes what the agent says.
func (r *runner) emit(d Delta) error {
	if err := context.Cause(r.ctx); err != nil {
		return err
	}
	if d.Replace {
		if err := r.replace(r.ctx, ""); err != nil {
			return err
		}
	}
	if !r.stream.append(d.Text, r.service.opts.MaxReplyRunes) {
		return errTooLong
	}
	return nil
}

// replace makes text the reply so far, under the next attempt's number. The database has that number before any reader has: else whoever takes the turn over
// would count up to it too, and readers would put two replies together.
func (r *runner) replace(ctx context.Context, text string) error {
	s := r.service
	s.checkpoints.Lock()
	defer s.checkpoints.Unlock()
	p := r.stream.replaced(r.turn.Message.ID, text)
	var held []TurnSignal
	err := r.persist(ctx, func(ctx context.Context) (err error) {
		held, err = s.store.Checkpoint(ctx, s.lease, []TurnProgress{p})
		return err
	})
	if err == nil && len(held) == 0 {
		r.cancel(errLost)
		err = errLost
	}
	if err == nil {
		r.stream.replace(p)
	}
	return err
}

// settle makes content the reply: by appending to it where that is enough, else by replacing it.
func (r *runner) settle(content string) error {
	rest, ok := r.stream.rest(content)
	if !ok {
		return r.replace(context.WithoutCancel(r.ctx), content)
	}
	if rest != "" {
		r.stream.append(rest, utf8.RuneCountInString(content))
	}
	return nil
}

// end says how the turn ends, given what the agent returned. It fails when the turn is no longer ours, or the database is away for good: then it does not end here.
func (r *runner) end(reply Reply, err error) (TurnEnd, error) {
	engine := r.service.agent.Engine()
	meta := reply.Metadata
	if err != nil {
		meta = ReplyMetadata{Engine: engine.Name, Model: engine.Model}
	}
	end := TurnEnd{
		ConversationID: r.turn.Message.ConversationID, MessageID: r.turn.Message.ID, Message: r.turn.Message, Revision: r.turn.Revision, Owner: r.service.lease.Owner, ReplyID: NewID(),
		State: reply.State, Title: reply.Title, Usage: reply.Usage, Engine: meta.Engine, Model: meta.Model,
	}
	var lost error
	switch {
	case errors.Is(err, errTooLong):
		r.stream.append(cutMark, r.service.opts.MaxReplyRunes+len(cutMark))
		end.Status, meta.Cut = TurnCompleted, true
	case errors.Is(err, errCancelled):
		end.Status, meta.Status = TurnCancelled, string(TurnCancelled)
	case err != nil:
		end.Status, meta.Status, end.Error = TurnFailed, string(TurnFailed), AsError(err)
		if r.stream.view().text == "" {
			lost = r.settle(r.turn.Partial) // the last that an earlier attempt said
		}
	default:
		end.Status, end.Learned = TurnCompleted, reply.Learned
		lost = r.settle(reply.Content)
	}
	v := r.stream.view()
	end.Attempt, end.ReplyContent, end.Metadata = v.attempt, v.text, meta
	return end, lost
}

// finish stores the end of the turn and tells the readers.
func (r *runner) finish(end TurnEnd) {
	var turn Turn
	err := r.persist(context.WithoutCancel(r.ctx), func(ctx context.Context) (err error) {
		turn, err = r.service.store.FinishTurn(ctx, r.turn.UserID, end)
		return err
	})
	if err != nil {
		r.logLost(err)
		return
	}
	r.remember(end, turn.Change)
	r.keepTalk(end, turn)
	r.service.budget.add(r.turn.UserID, end.Usage)
	r.logEnd(turn)
	last := endEvent(turn)
	if end.Status != turn.Status { // a failed attempt at a new reply: the old one stands
		last = Event{Kind: EventKind(end.Status), Error: end.Error, Message: turn.Reply}
	}
	r.stream.finish(last)
	if end.Status == TurnCompleted {
		r.service.jobs.after(r.request, turn)
	}
}

// remember brings the memory that is held up to date, so that the next turn need not read it. Where it is not known what became of it, it is read now, while
// nobody waits for it.
func (r *runner) remember(end TurnEnd, change *MemoryChange) {
	replaced := end.Status == TurnCompleted && r.turn.Reply != nil // what the old reply had taught is gone
	if change == nil && end.Learned.Empty() && !replaced {
		return
	}
	s := r.service
	if !s.memories.step(r.turn.UserID, change) {
		s.memories.readAhead(s.hurry, r.turn.UserID, s.runners.Go)
	}
}

// persist calls f until the database is there to answer it: as long as ctx lasts, the turn is ours and the server is not in a hurry.
func (r *runner) persist(ctx context.Context, f func(context.Context) error) error {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		err := f(ctx)
		if ErrorCode(err) != CodeUnavailable || errors.Is(context.Cause(r.ctx), errLost) {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return err
		case <-r.service.hurry.Done():
			return err
		}
	}
}

// handOver stores how far the turn is; its lease is released with the server's others.
func (r *runner) handOver() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), handOverTime)
	defer cancel()
	p, _ := r.stream.progress(r.turn.Message.ID)
	if _, err := r.service.store.Checkpoint(ctx, r.service.lease, []TurnProgress{p}); err != nil {
		r.logLost(err)
	}
}

func (r *runner) logEnd(turn Turn) {
	log := r.service.opts.Log
	if turn.Error != nil {
		log.Warn("turn ended", "turn", turn.Message.ID, "status", turn.Status, "code", turn.Error.Code, "reason", turn.Error.Details.Reason)
		return
	}
	log.Info("turn ended", "turn", turn.Message.ID, "status", turn.Status, "engine", turn.Engine)
}

func (r *runner) logLost(err error) {
	if ErrorCode(err) == CodeInternal {
		r.service.opts.Log.Error("turn could not be stored", "turn", r.turn.Message.ID, "error", err)
		return
	}
	r.service.opts.Log.Warn("turn was lost", "turn", r.turn.Message.ID, "code", ErrorCode(err))
}
