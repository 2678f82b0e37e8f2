package interview_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// words are what messages are made of in these tests, and what facts quote.
var words = [...]string{"Brightpost", "Northwind", "Leeds", "ledger", "Kraków"}

// pupil is an agent that learns at random: new rows, rows that are known and changed, and rows that may not be stored.
type pupil struct {
	*scholar
	random  *rand.Rand                      // used by one turn at a time
	foreign string                          // a fact of somebody else's
	beside  func(in interview.ReplyRequest) // what another server does during some of the turns
}

func newPupil(seed uint64, stranger string) *pupil {
	p := &pupil{scholar: newScholar(), random: rand.New(rand.NewPCG(seed, 1)), foreign: stranger}
	p.engine = "builtin"
	return p
}

func (p *pupil) chance(percent int) bool { return p.random.IntN(100) < percent }

func pick[T any](r *rand.Rand, all []T) T { return all[r.IntN(len(all))] }

func (p *pupil) slots() map[string]interview.SlotState {
	states := []interview.Coverage{interview.CoverageVague, interview.CoverageAnswered, interview.CoverageRefused}
	slots := map[string]interview.SlotState{}
	for _, slot := range []string{"goals/next", "values/matters", "skills/knownfor"} {
		if p.chance(40) {
			slots[slot] = interview.SlotState{State: pick(p.random, states), Credit: p.random.Float64(), At: interview.Time{Time: time.Now()}}
		}
	}
	return slots
}

func (p *pupil) learnSomething(in interview.ReplyRequest) (l interview.Learned) {
	if p.chance(15) {
		p.beside(in)
	}
	if p.chance(20) {
		return l
	}
	m, now := in.Memory, interview.Time{Time: time.Now()} // finer than is stored
	if p.chance(40) {
		l.Experiences = append(l.Experiences, interview.Experience{
			ID: interview.NewID(), Kind: interview.KindWork, Org: pick(p.random, words[:]), Position: p.random.IntN(4) - 2, Coverage: p.slots(), CreatedAt: now, UpdatedAt: now,
		})
	}
	if len(m.Experiences) > 0 && p.chance(40) {
		e := *pick(p.random, m.Experiences)
		e.Label, e.Position, e.Coverage, e.CreatedAt, e.UpdatedAt = "the work", p.random.IntN(9), p.slots(), now, now
		l.Experiences = append(l.Experiences, e)
	}
	for _, f := range orgs(words[:]...)(in).Facts {
		f.Value, f.Confidence = json.RawMessage(`{"a": ["b", null]}`), 0.5+p.random.Float64()/2
		switch all := append(l.Experiences, interview.Experience{ID: interview.NewID()}); { // the last one does not exist
		case p.chance(60):
			f.ExperienceID = pick(p.random, all).ID
		case len(m.Experiences) > 0:
			f.ExperienceID = pick(p.random, m.Experiences).ID
		}
		l.Facts = append(l.Facts, f)
		if p.chance(10) {
			f.ID = p.foreign
			l.Facts = append(l.Facts, f)
		}
		if p.chance(50) {
			thread := interview.Thread{ID: interview.NewID(), Quote: f.Quote, Source: f.Sources[0], Status: interview.ThreadOpen}
			l.Threads = append(l.Threads, thread)
		}
	}
	if len(m.Facts) > 0 && p.chance(50) {
		f := *pick(p.random, m.Facts)
		f.Status, f.CreatedAt, f.UpdatedAt = interview.FactConfirmed, now, now
		if other := pick(p.random, m.Facts); p.chance(30) && other.ID != f.ID {
			f.Supersedes, f.Sources = other.ID, append(f.Sources[:1:1], other.Sources[0])
		}
		l.Facts = append(l.Facts, f)
	}
	if len(m.Threads) > 0 && p.chance(50) {
		thread := *pick(p.random, m.Threads)
		thread.Status, thread.CreatedAt = interview.ThreadClosed, now
		l.Threads = append(l.Threads, thread)
	}
	l.Coverage = p.slots()
	return l
}

// newest is the user's memory as it is read from the start.
func newest(t *testing.T, db *storage.DB, userID string) *interview.Memory {
	t.Helper()
	whole, err := db.LoadMemory(t.Context(), userID, interview.MemoryVersion{})
	if err != nil {
		t.Fatal(err)
	}
	return interview.MemoryOf(userID, whole)
}

func TestMemory_WhatIsHeldIsWhatIsStored(t *testing.T) {
	t.Parallel()
	storagetest.Backends(t, func(t *testing.T, open func(testing.TB) *storage.DB) {
		db := open(t)
		for seed := range uint64(4) {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				holdAndCompare(t, db, seed)
			})
		}
	})
}

// holdAndCompare does this and that with two services, and compares what each holds with what is stored.
func holdAndCompare(t *testing.T, db *storage.DB, seed uint64) {
	w, stranger := worldIn(t, db), worldIn(t, db)
	plain := newScholar()
	plain.learn = orgs(words[:]...)
	other := stranger.serve(t, plain)
	stranger.talk(t, other, "Northwind.")
	agent := newPupil(seed, newest(t, db, stranger.user).Facts[0].ID)
	same := func(what string, held, stored *interview.Memory) {
		t.Helper()
		if !reflect.DeepEqual(held, stored) {
			t.Errorf("seed %d, %s: what is held is\n%s\nwhat is stored is\n%s", seed, what, shown(held), shown(stored))
		}
	}
	agent.prepare = func(in interview.ReplyRequest) any { return prepared(in) }
	say := agent.reply
	agent.reply = func(ctx context.Context, in interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
		reply, err := say(ctx, in, emit)
		if agent.chance(80) {
			reply.State = fmt.Appendf(nil, `{"after": %q}`, in.Message.ID)
		}
		return reply, err
	}
	foreseen := 0
	agent.learn = func(in interview.ReplyRequest) interview.Learned {
		same("a reply", in.Memory, newest(t, db, w.user))
		sameContext(t, db, in)
		if in.Prepared != nil {
			equal(t, "what was prepared", in.Prepared, any(prepared(in)))
			foreseen++
		}
		return agent.learnSomething(in)
	}
	moved := false // by the other server, and perhaps not seen yet
	agent.beside = func(in interview.ReplyRequest) {
		l := interview.Learned{Experiences: []interview.Experience{{ID: interview.NewID(), Kind: interview.KindProject}}}
		if _, _, err := db.Learn(t.Context(), w.user, in.Memory.Version.Epoch, l); err != nil {
			t.Error(err)
		}
		moved = true
	}
	quiet := func(o *interview.Options) { o.CheckpointEvery, o.ScanEvery = -1, time.Hour }
	services := []*interview.Service{w.serve(t, agent, quiet), w.serve(t, agent, quiet)}
	var at int
	for n := range 40 {
		if t.Failed() {
			return
		}
		var done string
		moved = false
		if agent.chance(20) {
			at = 1 - at
		}
		s := services[at]
		switch m := interview.Held(s, w.user); {
		case agent.chance(10):
			done = "title"
			title := interview.NewID()
			if _, err := db.UpdateConversation(t.Context(), w.user, w.conversation, interview.ConversationPatch{Title: &title}); err != nil {
				t.Fatal(err)
			}
			continue // what is held is as it was
		case agent.chance(8):
			done = "forget"
			if _, err := s.Forget(t.Context(), w.user, interview.ForgetInput{Matching: pick(agent.random, words[:])}); err != nil {
				t.Fatal(err)
			}
		case m != nil && len(m.Facts) > 0 && agent.chance(15):
			done = "patch"
			status := pick(agent.random, []interview.FactStatus{interview.FactProposed, interview.FactConfirmed, interview.FactRejected})
			_, err := s.PatchFact(t.Context(), w.user, pick(agent.random, m.Facts).ID, interview.FactPatch{Status: &status})
			if err != nil && interview.ErrorCode(err) != interview.CodeNotFound {
				t.Fatal(err)
			}
		default:
			done = "talk"
			id := w.talk(t, s, "At "+pick(agent.random, words[:])+" and "+pick(agent.random, words[:])+".")[0]
			if agent.chance(15) {
				done = "retry"
				w.retry(t, s, id)
			}
		}
		held, stored := interview.Held(s, w.user), newest(t, db, w.user)
		switch {
		case held == nil && done == "forget", moved && held.Version != stored.Version:
		default:
			same(fmt.Sprint(n, ", ", done), held, stored)
		}
	}
	if onPostgres := db.Kind() == "postgres"; onPostgres != (foreseen > 5) {
		t.Errorf("seed %d: %d replies were thought about while their messages were stored", seed, foreseen)
	}
}

// What goes wrong beforehand goes wrong for nobody.
func TestAhead_APanicIsNotTheEndOfTheTurn(t *testing.T) {
	t.Parallel()
	w, agent := worldIn(t, storagetest.PostgresDB(t)), newScholar()
	s := w.serve(t, agent)
	var asked atomic.Int32
	agent.prepare = func(interview.ReplyRequest) any {
		asked.Add(1)
		panic("no")
	}
	w.talk(t, s, "One.", "Two.", "Three.")
	equal(t, "times it was tried", asked.Load(), 2)
	if in := last(t, agent, &agent.replies); in.Prepared != nil || len(in.Recent) != 4 {
		t.Errorf("the last reply was made from %+v", in)
	}
}

// A message that cannot be stored leaves the conversation as it is known to others.
func TestAhead_IsInVainForWhatIsNotStored(t *testing.T) {
	t.Parallel()
	w, agent := worldIn(t, storagetest.PostgresDB(t)), newScholar()
	s := w.serve(t, agent)
	agent.prepare = func(in interview.ReplyRequest) any { return prepared(in) }
	id := w.talk(t, s, "One.")[0]
	for _, in := range []interview.TurnInput{{ID: id, Content: "Other."}, {ID: id, Content: "One."}} {
		want := interview.Code("")
		if in.Content != "One." {
			want = interview.CodeConflict
		}
		if _, err := s.Send(t.Context(), w.user, w.conversation, in); interview.ErrorCode(err) != want {
			t.Errorf("%q: %v, want %q", in.Content, err, want)
		}
	}
	w.talk(t, s, "Two.", "Three.")
	if in := last(t, agent, &agent.replies); in.Prepared != any(prepared(in)) || len(in.Recent) != 4 {
		t.Errorf("the last reply was made from %+v", in)
	}
	s.Leave(w.user)
	w.talk(t, s, "Four.")
	if in := last(t, agent, &agent.replies); in.Prepared != nil || len(in.Recent) != 6 {
		t.Errorf("after the user left, it was made from %+v", in)
	}
}

// prepared stands for what an agent makes of a request beforehand.
func prepared(in interview.ReplyRequest) string {
	return fmt.Sprint(in.Message.ID, in.Message.Content, len(in.Recent), string(in.State), in.Whole, in.Memory.Version)
}

// sameContext compares a request with what is stored.
func sameContext(t *testing.T, db *storage.DB, in interview.ReplyRequest) {
	t.Helper()
	tc, err := db.LoadTurn(t.Context(), in.UserID, in.ConversationID, in.Message.ID, 40)
	if err != nil {
		t.Error(err)
	}
	plain := func(messages []interview.Message) []interview.Message {
		messages = slices.Clone(messages)
		for i := range messages {
			messages[i].Metadata = messages[i].ReplyMetadata().JSON() // each database has a form of its own
		}
		return messages
	}
	if in.Title != tc.Title || string(in.State) != string(tc.State) || !reflect.DeepEqual(plain(in.Recent), plain(tc.Recent)) {
		t.Errorf("what is known of the conversation is\n%q %s %+v\nwhat is stored is\n%q %s %+v", in.Title, in.State, in.Recent, tc.Title, tc.State, tc.Recent)
	}
}

// retry lets a turn run again and waits for everything after it.
func (w world) retry(t *testing.T, s *interview.Service, id string) {
	t.Helper()
	events, err := s.Retry(t.Context(), w.user, w.conversation, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range events {
		if err != nil {
			t.Fatal(err)
		}
	}
	interview.Settle(s)
}

func shown(m *interview.Memory) string {
	b, err := json.MarshalIndent(m, "", " ")
	return fmt.Sprint(string(b), err)
}

// staged is a store that tells a test what is read and begun, and lets it wait.
type staged struct {
	interview.Store
	load  func(load func() (interview.MemoryChange, error)) (interview.MemoryChange, error)
	begin func(begin func() (interview.Turn, bool, error)) (interview.Turn, bool, error)
}

func (s *staged) LoadMemory(ctx context.Context, userID string, since interview.MemoryVersion) (interview.MemoryChange, error) {
	return s.load(func() (interview.MemoryChange, error) { return s.Store.LoadMemory(ctx, userID, since) })
}

func (s *staged) BeginTurn(
	ctx context.Context, userID, conversationID string, in interview.TurnInput, lease interview.Lease,
) (interview.Turn, bool, error) {
	return s.begin(func() (interview.Turn, bool, error) { return s.Store.BeginTurn(ctx, userID, conversationID, in, lease) })
}

// stage is a world with a service on a staged store, which at first does as any other and counts what is read.
func stage(t *testing.T) (w world, store *staged, agent *scholar, s *interview.Service, loads *atomic.Int32) {
	w, agent, loads = newWorld(t), newScholar(), new(atomic.Int32)
	agent.engine = "builtin"
	store = &staged{Store: w.DB}
	store.load = func(load func() (interview.MemoryChange, error)) (interview.MemoryChange, error) {
		loads.Add(1)
		return load()
	}
	store.begin = func(begin func() (interview.Turn, bool, error)) (interview.Turn, bool, error) { return begin() }
	s = interview.NewService(store, agent, interview.Options{CheckpointEvery: -1, ScanEvery: time.Hour})
	t.Cleanup(func() { closeNow(s) })
	return w, store, agent, s, loads
}

func TestMemory_OfANewcomerIsReadWhileTheTurnBegins(t *testing.T) {
	t.Parallel()
	w, store, _, s, loads := stage(t)
	loading, began := make(chan struct{}), make(chan struct{})
	load, begin := store.load, store.begin
	store.load = func(f func() (interview.MemoryChange, error)) (interview.MemoryChange, error) {
		close(loading)
		<-began
		return load(f)
	}
	store.begin = func(f func() (interview.Turn, bool, error)) (interview.Turn, bool, error) {
		<-loading
		defer close(began)
		return begin(f)
	}
	w.talk(t, s, "Hello.")
	equal(t, "reads", loads.Load(), 1)
}

func TestMemory_ReadBeforeTheTurnBeganIsUsedOnlyWhenItIsTheSame(t *testing.T) {
	t.Parallel()
	w, store, agent, s, loads := stage(t)
	loaded := make(chan struct{}, 2)
	load, begin := store.load, store.begin
	store.load = func(f func() (interview.MemoryChange, error)) (interview.MemoryChange, error) {
		change, err := load(f)
		loaded <- struct{}{}
		return change, err
	}
	store.begin = func(f func() (interview.Turn, bool, error)) (interview.Turn, bool, error) {
		<-loaded
		l := interview.Learned{Experiences: []interview.Experience{{ID: interview.NewID(), Kind: interview.KindProject}}}
		if _, _, err := w.Learn(t.Context(), w.user, 0, l); err != nil {
			t.Error(err)
		}
		return begin(f)
	}
	w.talk(t, s, "Hello.")
	equal(t, "reads", loads.Load(), 2)
	equal(t, "experiences", len(last(t, agent, &agent.replies).Memory.Experiences), 1)
}

func TestMemory_ReadAheadInVain(t *testing.T) {
	t.Parallel()
	w, store, agent, s, loads := stage(t)
	load := store.load
	var first atomic.Bool
	for _, fails := range []func() (interview.MemoryChange, error){
		func() (interview.MemoryChange, error) {
			return interview.MemoryChange{}, interview.Errorf(interview.CodeUnavailable, "Not now.")
		},
		func() (interview.MemoryChange, error) { panic("no") },
	} {
		first.Store(true)
		store.load = func(f func() (interview.MemoryChange, error)) (interview.MemoryChange, error) {
			if first.Swap(false) {
				loads.Add(1)
				return fails()
			}
			return load(f)
		}
		w.talk(t, s, "Hello.")
		equal(t, "reads", loads.Swap(0), 2)
		s.Leave(w.user)
	}
	if _, err := s.Send(t.Context(), w.user, interview.NewID(), interview.TurnInput{Content: "Hello."}); interview.ErrorCode(err) != interview.CodeNotFound {
		t.Errorf("a turn in no conversation: %v", err)
	}
	interview.Settle(s)
	equal(t, "reads for a turn that did not begin", loads.Swap(0), 1)
	w.talk(t, s, "Hello.")
	equal(t, "reads after it", loads.Swap(0), 0)
	if _, err := s.Send(t.Context(), "somebody", w.conversation, interview.TurnInput{}); interview.ErrorCode(err) != interview.CodeInvalid {
		t.Errorf("an empty message: %v", err)
	}
	equal(t, "reads for what is refused", loads.Load(), 0)
	equal(t, "replies", len(agent.replies), 3)
}

// Sixty turns of two users in many conversations at once: each has a memory that is as new as its begin.
func TestMemory_ReadAheadBySeveralTurnsAtOnce(t *testing.T) {
	t.Parallel()
	w, _, agent, s, _ := stage(t)
	agent.learn = func(interview.ReplyRequest) interview.Learned {
		return interview.Learned{Experiences: []interview.Experience{{ID: interview.NewID(), Kind: interview.KindProject}}}
	}
	var wg sync.WaitGroup
	for _, user := range []string{w.user, storagetest.User(t, w.DB).ID} {
		for range 6 {
			c, err := w.CreateConversation(t.Context(), user, interview.Conversation{ID: interview.NewID()})
			if err != nil {
				t.Fatal(err)
			}
			wg.Go(func() {
				for n := range 5 {
					events, err := s.Send(t.Context(), user, c.ID, interview.TurnInput{Content: "Hello."})
					if err != nil {
						t.Error(err)
						return
					}
					for _, err := range events {
						if err != nil {
							t.Error(err)
						}
					}
					if n == 2 {
						s.Leave("nobody") // what is being read is not held then
					}
				}
			})
		}
	}
	wg.Wait()
	interview.Settle(s)
	for _, in := range agent.replies {
		if len(in.Memory.Experiences) != int(in.Memory.Version.Number) {
			t.Fatalf("version %+v has %d experiences", in.Memory.Version, len(in.Memory.Experiences))
		}
	}
	w.talk(t, s, "Hello.")
	if m := last(t, agent, &agent.replies).Memory; len(m.Experiences) != 30 {
		t.Errorf("%d experiences after thirty turns", len(m.Experiences))
	}
}

func TestJobs_ASecondLookThatFindsNothingReadsNothing(t *testing.T) {
	t.Parallel()
	w, _, agent, s, loads := stage(t)
	agent.engine = "script"
	title := "Mine" // so that no job looks for one
	if _, err := w.UpdateConversation(t.Context(), w.user, w.conversation, interview.ConversationPatch{Title: &title}); err != nil {
		t.Fatal(err)
	}
	agent.learn = orgs("Brightpost")
	w.talk(t, s, "One.", "Two.", "Three.", "Four.", "Five.", "At Brightpost.")
	equal(t, "looks and reads", []int{len(agent.extracts), int(loads.Load())}, []int{1, 1})
	equal(t, "what the look knew", texts(last(t, agent, &agent.extracts).Memory), "[Brightpost proposed]")
	agent.extract = func(in interview.ExtractRequest) interview.Learned {
		return orgs("Northwind")(interview.ReplyRequest{Message: in.Messages[len(in.Messages)-2]})
	}
	w.talk(t, s, "One.", "Two.", "Three.", "Four.", "Five.", "At Northwind.")
	equal(t, "looks and reads", []int{len(agent.extracts), int(loads.Load())}, []int{2, 2})
	w.talk(t, s, "And now?")
	equal(t, "reads after what was found", loads.Load(), 2)
	equal(t, "what is known", texts(last(t, agent, &agent.replies).Memory), "[Brightpost proposed Northwind proposed]")
}
