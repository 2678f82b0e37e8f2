package interview

import (
	"context"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// When a conversation is summarised (in tokens, as estimateTokens counts them), and in what pieces.
const (
	windowHigh      = 2400 // from here on the oldest messages leave the window
	windowLow       = 1200 // down to here
	episodeLeast    = 6    // messages
	episodeMost     = 14
	windowMessages  = 6 // that always stay
	episodesKept    = 8 // of a conversation, before the oldest are merged
	episodesAtOnce  = 4 // made after one turn
	blockMessages   = 120
	extractEvery    = 6 // exchanges
	titleAnswers    = 2 // substantive ones, before there is a title
	titleWords      = 4 // from which an answer is substantive
	titleMessages   = 12
	maxWaitingJobs  = 256
	maxCountedTalks = 10_000
)

// jobs is what is done after turns, away from them: titles, episodes, a second look at what was said. All of it can be done again from the messages, so that nothing
// is lost when one is.
type jobs struct {
	service *Service
	running sync.WaitGroup // the workers

	mu        sync.Mutex
	workers   int
	waiting   []*job          // for a worker, the oldest first
	busy      map[string]bool // by conversation: its job waits or is at work
	exchanges map[string]int  // since the last extraction, by conversation
}

func newJobs(s *Service) *jobs {
	return &jobs{service: s, busy: map[string]bool{}, exchanges: map[string]int{}}
}

// job is the work after one turn.
type job struct {
	jobs    *jobs
	in      ReplyRequest
	turn    Turn
	title   bool
	episode bool
	extract bool
}

// after starts what is due after a completed turn, unless the conversation has a job at work, or too many wait. The caller is counted in the service's
// runners.
func (j *jobs) after(in ReplyRequest, turn Turn) {
	if turn.Status != TurnCompleted || turn.Reply == nil {
		return
	}
	work := &job{jobs: j, in: in, turn: turn}
	work.title = turn.Title == "" && !in.Offline && EnoughSaid(work.messages())
	work.episode = work.windowIsFull()
	id := turn.Message.ConversationID
	j.mu.Lock()
	defer j.mu.Unlock()
	work.extract = j.extractDue(in, turn)
	if !work.title && !work.episode && !work.extract || j.busy[id] || len(j.busy) >= maxWaitingJobs {
		return
	}
	if work.extract {
		delete(j.exchanges, id)
	}
	j.busy[id] = true
	j.waiting = append(j.waiting, work)
	if j.workers < j.service.opts.JobsAtOnce {
		j.workers++
		j.running.Go(j.work)
	}
}

// work does what waits, until there is nothing more.
func (j *jobs) work() {
	for w := j.next(nil); w != nil; w = j.next(w) {
		w.run()
	}
}

// next is the job that has waited longest, after one that is done; nil for none, and then there is one worker less.
func (j *jobs) next(done *job) *job {
	j.mu.Lock()
	defer j.mu.Unlock()
	if done != nil {
		delete(j.busy, done.turn.Message.ConversationID)
	}
	if len(j.waiting) == 0 {
		j.workers--
		return nil
	}
	w := j.waiting[0]
	j.waiting[0] = nil // it is as large as the messages that it is about
	j.waiting = j.waiting[1:]
	return w
}

// extractDue counts an exchange and reports whether it is time for a second look, by a model.
func (j *jobs) extractDue(in ReplyRequest, turn Turn) bool {
	if in.Offline || j.service.agent.Engine().Name == "builtin" {
		return false
	}
	if len(j.exchanges) >= maxCountedTalks {
		clear(j.exchanges)
	}
	id := turn.Message.ConversationID
	j.exchanges[id]++
	return j.exchanges[id] >= extractEvery || turn.Reply.ReplyMetadata().Act == "stop"
}

// run does the work, unless the server is in a hurry. A panic of the agent ends the job, not the server.
func (w *job) run() {
	id := w.turn.Message.ConversationID
	defer func() {
		if p := recover(); p != nil {
			w.jobs.service.opts.Log.Error("a job panicked", "conversation", id, "panic", PanicText(p), "stack", string(debug.Stack()))
		}
	}()
	ctx := w.jobs.service.hurry
	for _, step := range []struct {
		name string
		due  bool
		do   func(context.Context) error
	}{{"title", w.title, w.makeTitle}, {"extraction", w.extract, w.lookAgain}, {"episode", w.episode, w.makeEpisodes}} {
		if !step.due || ctx.Err() != nil {
			continue
		}
		if err := step.do(ctx); err != nil {
			w.jobs.service.opts.Log.Warn("a job failed", "job", step.name, "conversation", id, "code", ErrorCode(err))
		}
	}
}

// messages is the conversation as the turn knew it, with its own two.
func (w *job) messages() []Message { return w.newest(len(w.in.Recent) + 2) }

// newest are the last n of them; n is at least 2.
func (w *job) newest(n int) []Message {
	recent := w.in.Recent[max(0, len(w.in.Recent)+2-n):]
	messages := make([]Message, 0, len(recent)+2)
	return append(append(messages, recent...), w.turn.Message, *w.turn.Reply)
}

// makeTitle gives the conversation a title when enough was said that is not private.
func (w *job) makeTitle(ctx context.Context) error {
	messages := unprivate(w.messages())
	if !EnoughSaid(messages) {
		return nil
	}
	s, userID := w.jobs.service, w.turn.UserID
	title, err := s.agent.Title(ctx, TitleRequest{UserID: userID, Now: At(s.opts.Now()), Messages: messages[:min(len(messages), titleMessages)]})
	if err != nil || title == "" {
		return err
	}
	if title, err = checkTitle(title); err != nil {
		return err
	}
	_, err = s.store.SetTitle(ctx, userID, w.epoch(), w.turn.Message.ConversationID, title)
	return err
}

// EnoughSaid reports whether there are enough substantive answers for a title: two of four words or more, commands apart.
func EnoughSaid(messages []Message) bool {
	answers := 0
	for i := range messages {
		if m := &messages[i]; m.Role == RoleUser && !strings.HasPrefix(m.Content, "/") && len(strings.Fields(m.Content)) >= titleWords {
			answers++
		}
	}
	return answers >= titleAnswers
}

// lookAgain learns from the newest messages with the model. The model is told what is at hand; only what it finds is fitted to what is known by then.
func (w *job) lookAgain(ctx context.Context) error {
	s, userID := w.jobs.service, w.turn.UserID
	known, _ := s.memories.held(userID)
	if known == nil {
		known = w.in.Memory
	}
	messages := unprivate(w.newest(2 * extractEvery))
	if len(messages) == 0 {
		return nil
	}
	now := At(s.opts.Now())
	learned, err := s.agent.Extract(ctx, ExtractRequest{
		UserID: userID, ConversationID: w.turn.Message.ConversationID, Now: now, Messages: messages, Memory: known,
	})
	if err != nil || learned.Empty() {
		return err
	}
	m, err := s.memories.latest(ctx, userID)
	if err != nil {
		return err
	}
	learned = learned.over(m, now).checked(userContents(messages), m, s.opts.Rejected)
	if learned.Empty() {
		return nil
	}
	change, _, err := s.store.Learn(ctx, userID, w.epoch(), learned)
	s.memories.step(userID, change)
	return err
}

// epoch is that of when the turn's messages were read: what was removed since may be in them.
func (w *job) epoch() int64 { return w.in.Memory.Version.Epoch }

// windowIsFull reports whether the messages that no episode covers are more than a prompt should hold.
func (w *job) windowIsFull() bool {
	last := ""
	to := 0
	for _, e := range w.in.Memory.Episodes {
		if e.ConversationID == w.turn.Message.ConversationID && e.To > to {
			last, to = e.LastMessage, e.To
		}
	}
	tokens := 0
	for i := len(w.in.Recent) + 1; i >= 0 && tokens <= windowHigh; i-- {
		m := w.message(i)
		if m.ID == last {
			break
		}
		tokens += messageTokens(*m)
	}
	return tokens > windowHigh
}

// message is the one with the number among [job.messages].
func (w *job) message(i int) *Message {
	switch i - len(w.in.Recent) {
	case 0:
		return &w.turn.Message
	case 1:
		return w.turn.Reply
	}
	return &w.in.Recent[i]
}

// makeEpisodes summarises what has left the window, a block at a time.
func (w *job) makeEpisodes(ctx context.Context) error {
	for range episodesAtOnce {
		more, err := w.makeEpisode(ctx)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// makeEpisode summarises the oldest messages that no episode covers yet, and reports whether it did: not when they fit, or another server was first.
func (w *job) makeEpisode(ctx context.Context) (bool, error) {
	s, userID, conversationID := w.jobs.service, w.turn.UserID, w.turn.Message.ConversationID
	m, err := s.memories.latest(ctx, userID)
	if err != nil {
		return false, err
	}
	block, err := s.store.LoadBlock(ctx, userID, conversationID, blockMessages)
	if err != nil {
		return false, err
	}
	n := leaving(block.Messages)
	if n == 0 {
		return false, nil
	}
	messages, now := block.Messages[:n], At(s.opts.Now())
	text, err := s.agent.Summarise(ctx, SummaryRequest{UserID: userID, Now: now, Messages: unprivate(messages), Facts: m.factsOf(messages), Offline: w.in.Offline})
	if err != nil {
		return false, err
	}
	e := Episode{
		ConversationID: conversationID, From: block.From, To: block.From + n - 1, LastMessage: messages[n-1].ID, Text: text, CreatedAt: now,
	}
	e.ID = e.derivedID()
	stored, err := s.store.AddEpisode(ctx, userID, m.Version.Epoch, e, block.Upto)
	if err != nil || !stored {
		return false, err
	}
	return true, w.mergeEpisodes(ctx, m.Version.Epoch, append(block.Episodes, e))
}

// derivedID is the same for the same block, whoever summarises it.
func (e Episode) derivedID() string {
	return DerivedID(e.ConversationID + "/episode/" + strconv.Itoa(e.Level) + "/" + strconv.Itoa(e.From) + "-" + strconv.Itoa(e.To))
}

// mergeEpisodes makes one of the two oldest of a level when there are too many.
func (w *job) mergeEpisodes(ctx context.Context, epoch int64, episodes []Episode) error {
	if len(episodes) <= episodesKept {
		return nil
	}
	slices.SortFunc(episodes, func(a, b Episode) int { return a.From - b.From })
	for i := 0; i+1 < len(episodes); i++ {
		a, b := episodes[i], episodes[i+1]
		if a.Level != b.Level {
			continue
		}
		s, now := w.jobs.service, At(w.jobs.service.opts.Now())
		text, err := s.agent.Summarise(ctx, SummaryRequest{UserID: w.turn.UserID, Now: now, Merge: []string{a.Text, b.Text}, Offline: w.in.Offline})
		if err != nil {
			return err
		}
		e := Episode{
			ConversationID: a.ConversationID, Level: a.Level + 1, From: a.From, To: b.To, LastMessage: b.LastMessage, Text: text, CreatedAt: b.CreatedAt,
		}
		e.ID = e.derivedID()
		_, err = s.store.MergeEpisodes(ctx, w.turn.UserID, epoch, e, []string{a.ID, b.ID})
		return err
	}
	return nil
}

// factsOf are the current facts that were drawn from the messages.
func (m *Memory) factsOf(messages []Message) []*Fact {
	among := map[string]bool{}
	for _, message := range messages {
		among[message.ID] = true
	}
	var facts []*Fact
	for _, f := range m.Facts {
		if f.Current() && slices.ContainsFunc(f.Sources, func(s Source) bool { return among[s.MessageID] }) {
			facts = append(facts, f)
		}
	}
	return facts
}

// leaving is how many of the oldest messages leave the window as one episode: whole exchanges, down to the low mark; 0 while they fit.
func leaving(messages []Message) int {
	tokens := 0
	for _, m := range messages {
		tokens += messageTokens(m)
	}
	if tokens <= windowHigh {
		return 0
	}
	n, most := 0, min(episodeMost, len(messages)-windowMessages)
	for n < most && (n < episodeLeast || tokens > windowLow) {
		tokens -= messageTokens(messages[n])
		n++
	}
	for _, end := range []int{1, -1} { // to the end of an exchange
		for at := n; at >= episodeLeast && at <= most; at += end {
			if messages[at].Role == RoleUser {
				return at
			}
		}
	}
	if n < episodeLeast {
		return 0
	}
	return n
}

func messageTokens(m Message) int { return estimateTokens(m.Content) + 4 }

// estimateTokens is about how many tokens a model makes of a text: one for each Han, Kana or Hangul character, one for 3.6 others.
func estimateTokens(text string) int {
	wide, other := 0, 0
	for _, r := range text {
		if r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) {
			wide++
		} else {
			other++
		}
	}
	return wide + (other*10+35)/36
}
