package interview

import (
	"cmp"
	"context"
	"crypto/rand"
	"iter"
	"log/slog"
	"runtime"
	"sync"
	"time"
)

// Options set the Service's times and limits. Zero values mean the defaults.
type Options struct {
	Instance        string            // the server's name among the servers of one database: a restart under it frees its own turns at once; default none
	LeaseFor        time.Duration     // how long a turn stays claimed without a sign of life; default 15 s
	CheckpointEvery time.Duration     // how often running replies are stored; default 250 ms; negative: never
	TouchEvery      time.Duration     // how often a silent turn's lease is renewed and its cancel flag read; default 1 s
	ScanEvery       time.Duration     // how often abandoned turns are looked for; default 2 s
	PollEvery       time.Duration     // how often a turn that runs elsewhere is looked at for its readers; default 250 ms
	WindowMessages  int               // how many earlier messages a reply is made from; default 40
	DirectBytes     int               // how much of a turn that runs here the turn's own goroutine yields to one reader, while the reader's waits; default 0: see Follow
	MaxReplyRunes   int               // where a reply is cut, in characters; default 20,000
	MemoryUsers     int               // how many users' memories are held; default 1,000
	MemoryRows      int               // how many facts and the like are held in all of them; default 200,000
	JobsAtOnce      int               // how many jobs run at a time, after turns; default 2
	TokensPerDay    int               // of the model for one user's turns, in a day of UTC, after which the built-in interviewer answers; default no limit
	Usage           UsageStore        // what TokensPerDay is counted by
	Rejected        func(rule string) // told of each fact or thread that was not stored, by the rule of CheckFact that it broke; default nothing
	Now             func() time.Time  // the clock; default time.Now
	Log             *slog.Logger      // never gets message text; default discards
}

func (o Options) withDefaults() Options {
	o.LeaseFor = cmp.Or(o.LeaseFor, 15*time.Second)
	o.CheckpointEvery = cmp.Or(o.CheckpointEvery, 250*time.Millisecond)
	o.TouchEvery = cmp.Or(o.TouchEvery, time.Second)
	o.ScanEvery = cmp.Or(o.ScanEvery, 2*time.Second)
	o.PollEvery = cmp.Or(o.PollEvery, 250*time.Millisecond)
	o.WindowMessages = cmp.Or(o.WindowMessages, 40)
	o.MaxReplyRunes = cmp.Or(o.MaxReplyRunes, 20_000)
	o.MemoryUsers = cmp.Or(o.MemoryUsers, 1000)
	o.MemoryRows = cmp.Or(o.MemoryRows, 200_000)
	o.JobsAtOnce = cmp.Or(o.JobsAtOnce, 2)
	if o.Rejected == nil {
		o.Rejected = func(string) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Service runs turns: it owns them from the moment they are stored until they have ended, whoever is listening. Any number of
// Services share one Store; each turn is held by one of them at a time, by a lease.
type Service struct {
	store Store
	agent Agent
	opts  Options
	lease Lease

	memories *memoryCache
	talks    *talks
	budget   *budget
	jobs     *jobs

	mu      sync.Mutex
	turns   map[string]*runner // by message id: the turns that run here
	begins  map[string]int     // by message id: how many calls are beginning it just now
	closing bool

	checkpoints sync.Mutex // held while replies are stored, so that none is by an older state of it

	runners sync.WaitGroup
	keepers sync.WaitGroup

	hurry    context.Context // done when running turns must be handed over: Close has waited long enough
	hurryNow context.CancelFunc
	stop     context.Context // done when readers must go: the end of Close
	stopNow  context.CancelFunc
}

// NewService makes a Service and starts to look after turns: its own (checkpoints, leases) and those that other servers left behind. Close
// ends it.
func NewService(store Store, agent Agent, opts Options) *Service {
	opts = opts.withDefaults()
	s := &Service{
		store: store, agent: agent, opts: opts, turns: map[string]*runner{}, begins: map[string]int{},
		lease: Lease{Owner: opts.Instance + "#" + rand.Text(), For: opts.LeaseFor},
	}
	s.hurry, s.hurryNow = context.WithCancel(context.Background())
	s.stop, s.stopNow = context.WithCancel(context.Background())
	s.memories, s.talks, s.budget, s.jobs = newMemoryCache(store, opts), newTalks(), newBudget(opts), newJobs(s)
	s.keepers.Go(s.checkpointLoop)
	s.keepers.Go(s.takeoverLoop)
	return s
}

// Engine says what replies.
func (s *Service) Engine() EngineInfo { return s.agent.Engine() }

// CreateConversation stores a new conversation, with the interviewer's opening message unless in.Opening is false, and returns it
// with its messages. Errors: invalid, conflict (the id is taken), unavailable.
func (s *Service) CreateConversation(ctx context.Context, userID string, in ConversationInput) (Conversation, error) {
	in, err := in.Normalize()
	if err != nil {
		return Conversation{}, err
	}
	c := Conversation{ID: in.ID, UserID: userID, Title: in.Title, Messages: []Message{}}
	if in.Opening == nil || *in.Opening {
		opening, err := s.opening(ctx, userID, in.ID)
		if err != nil {
			return Conversation{}, err
		}
		c.Messages = append(c.Messages, opening)
	}
	return s.store.CreateConversation(ctx, userID, c)
}

func (s *Service) opening(ctx context.Context, userID, conversationID string) (Message, error) {
	m, err := s.memories.latest(ctx, userID)
	if err != nil {
		return Message{}, err
	}
	reply, err := s.agent.Open(ctx, OpeningRequest{UserID: userID, Now: At(s.opts.Now()), First: m.Conversations == 0, Memory: m})
	if err != nil {
		return Message{}, err
	}
	return Message{
		ID: NewID(), ConversationID: conversationID, Role: RoleAssistant, Content: reply.Content, Metadata: reply.Metadata.JSON(),
	}, nil
}

// Send begins the turn of a user's message and returns its events (see Follow), the first of which, started, comes after the message
// is stored. The turn belongs to the server: it goes on when ctx ends or the events are not read. The same input again joins the turn, or
// runs it again when it failed or was cancelled.
//
// Errors: invalid, not_found, conflict, turn_in_progress, unavailable; nothing is stored then.
func (s *Service) Send(ctx context.Context, userID, conversationID string, in TurnInput) (iter.Seq2[Event, error], error) {
	in, err := in.Normalize()
	if err != nil {
		return nil, err
	}
	in.Window = s.opts.WindowMessages
	return s.begin(ctx, userID, in.ID, func() (turn Turn, thought *thought, began bool, err error) {
		if thought = s.think(userID, conversationID, in); thought != nil {
			in.Known = thought.talk.revision
		}
		turn, began, err = s.store.BeginTurn(ctx, userID, conversationID, in, s.lease)
		return turn, thought, began, err
	})
}

// Retry runs an ended turn again, or makes a new reply to the newest completed one, and returns its events. Errors: not_found,
// conflict (the turn's state does not allow it), turn_in_progress, unavailable.
func (s *Service) Retry(ctx context.Context, userID, conversationID, messageID string) (iter.Seq2[Event, error], error) {
	return s.begin(ctx, userID, messageID, func() (Turn, *thought, bool, error) {
		turn, err := s.store.RetryTurn(ctx, userID, conversationID, messageID, s.lease)
		return turn, nil, err == nil, err
	})
}

// begin lets a turn be stored and then runs it, with what was thought about it meanwhile. Between the two the Service cannot close. The memory of a user who was not
// here lately is read meanwhile.
func (s *Service) begin(
	ctx context.Context, userID, messageID string, store func() (Turn, *thought, bool, error),
) (iter.Seq2[Event, error], error) {
	if !s.enter() {
		return nil, errStopping()
	}
	defer s.runners.Done()
	if m, _ := s.memories.held(userID); m == nil {
		s.memories.readAhead(s.hurry, userID, s.runners.Go)
	}
	s.count(messageID, 1)
	defer s.count(messageID, -1)
	turn, thought, began, err := store()
	if err == nil && !began && s.orphaned(turn) {
		turn, err = s.store.GetTurn(ctx, turn.UserID, turn.Message.ConversationID, turn.Message.ID)
		began = turn.Status == TurnRunning && turn.Owner == s.lease.Owner
	}
	if err != nil {
		return nil, err
	}
	var begun *stream
	if began {
		begun = s.start(turn, false, thought)
		runtime.Gosched() // the model is waited for, and so asked before the reader is told that the message is stored
	}
	return s.follow(ctx, turn, nil, begun), nil
}

// orphaned reports whether a running turn is this server's and yet nobody here runs it or is about to: the connection broke when its begin
// had been committed, so that the call that began it never knew. A turn that has just ended looks the same; it is no longer running.
func (s *Service) orphaned(turn Turn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := turn.Message.ID
	return turn.Status == TurnRunning && turn.Owner == s.lease.Owner && s.turns[id] == nil && s.begins[id] == 1
}

// count notes that a call is beginning a turn, or no longer is.
func (s *Service) count(messageID string, by int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begins[messageID] += by; s.begins[messageID] == 0 {
		delete(s.begins, messageID)
	}
}

// Cancel stops a running turn, wherever it runs, and returns it once it has ended, or as it stands when ctx ends first. The part of the
// reply that was there is kept. Errors: not_found; conflict with Details.Status when it is not running; unavailable.
func (s *Service) Cancel(ctx context.Context, userID, conversationID, messageID string) (Turn, error) {
	if err := s.store.CancelTurn(ctx, userID, conversationID, messageID); err != nil {
		return Turn{}, err
	}
	if r := s.runner(messageID); r != nil {
		r.cancel(errCancelled)
	}
	events, err := s.Follow(ctx, userID, conversationID, messageID, nil)
	if err != nil {
		return Turn{}, err
	}
	for ev, err := range events {
		if err != nil || ev.Ends() {
			break
		}
	}
	return s.store.GetTurn(context.WithoutCancel(ctx), userID, conversationID, messageID)
}

// Close stops the Service: no new turn is begun, running ones and the jobs after them may finish until ctx ends, then they are stored as far as they are and
// released for other servers, and jobs are given up. Readers that are still there get unavailable. It returns when everything the Service started has ended.
func (s *Service) Close(ctx context.Context) {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	done := make(chan struct{})
	go func() {
		s.runners.Wait()
		s.jobs.running.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		s.hurryNow()
		s.each(func(r *runner) { r.cancel(errHandOver) })
		<-done
	}
	s.hurryNow()
	s.stopNow()
	s.keepers.Wait()
}

// Closing reports whether Close was called.
func (s *Service) Closing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

// enter counts the caller among the runners unless the Service is closing.
func (s *Service) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.runners.Add(1)
	return true
}

func (s *Service) runner(messageID string) *runner {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.turns[messageID]
}

// forget notes that r no longer runs. The turn may have been retried since its end was stored, and then is another's.
func (s *Service) forget(r *runner) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id := r.turn.Message.ID; s.turns[id] == r {
		delete(s.turns, id)
	}
}

// running returns the stream of a turn that runs here, or nil.
func (s *Service) running(messageID string) *stream {
	if r := s.runner(messageID); r != nil {
		return r.stream
	}
	return nil
}

// each calls f for every turn that runs here.
func (s *Service) each(f func(*runner)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.turns {
		f(r)
	}
}

func errStopping() error {
	return &Error{
		Code: CodeUnavailable, Message: "The server is stopping. Try again in a moment.", Details: Details{RetryAfterSeconds: 1},
	}
}
