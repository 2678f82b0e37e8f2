package interview_test

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// scholar is an agent that remembers: it keeps what it was asked, and answers as a test says.
type scholar struct {
	script
	engine string

	mu        sync.Mutex
	replies   []interview.ReplyRequest
	openings  []interview.OpeningRequest
	summaries []interview.SummaryRequest
	extracts  []interview.ExtractRequest
	titles    []interview.TitleRequest
	agendas   []interview.AgendaRequest

	learn   func(in interview.ReplyRequest) interview.Learned
	act     func(in interview.ReplyRequest) string
	needs   func(in interview.ReplyRequest) bool
	prepare func(in interview.ReplyRequest) any
	extract func(in interview.ExtractRequest) interview.Learned
	title   string
	hold    chan struct{} // when set, Summarise and Title wait for it or the end of their context, after they have told asked
	asked   chan struct{}
}

func newScholar() *scholar {
	s := &scholar{engine: "script"}
	s.reply = func(_ context.Context, in interview.ReplyRequest, _ func(interview.Delta) error) (interview.Reply, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.replies = append(s.replies, in)
		reply := finished("I see.")
		reply.Title = ""
		if s.learn != nil {
			reply.Learned = s.learn(in)
		}
		if s.act != nil {
			reply.Metadata.Act = s.act(in)
		}
		return reply, nil
	}
	return s
}

func (s *scholar) Engine() interview.EngineInfo { return interview.EngineInfo{Name: s.engine} }

func (s *scholar) Open(_ context.Context, in interview.OpeningRequest) (interview.Reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.openings = append(s.openings, in)
	return interview.Reply{Content: "Welcome."}, nil
}

func (s *scholar) Prepare(in interview.ReplyRequest) any {
	if s.prepare == nil {
		return nil
	}
	return s.prepare(in)
}

func (s *scholar) NeedsHistory(in interview.ReplyRequest) bool { return s.needs != nil && s.needs(in) }

func (s *scholar) Summarise(ctx context.Context, in interview.SummaryRequest) (string, error) {
	s.mu.Lock()
	s.summaries = append(s.summaries, in)
	s.mu.Unlock()
	return fmt.Sprintf("%d messages, %d summaries", len(in.Messages), len(in.Merge)), s.held(ctx)
}

// held waits as hold says.
func (s *scholar) held(ctx context.Context) error {
	if s.hold == nil {
		return nil
	}
	s.asked <- struct{}{}
	select {
	case <-s.hold:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *scholar) Extract(_ context.Context, in interview.ExtractRequest) (interview.Learned, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.extracts = append(s.extracts, in)
	if s.extract == nil {
		return interview.Learned{}, nil
	}
	return s.extract(in), nil
}

func (s *scholar) Title(ctx context.Context, in interview.TitleRequest) (string, error) {
	s.mu.Lock()
	s.titles = append(s.titles, in)
	s.mu.Unlock()
	return s.title, s.held(ctx)
}

func (s *scholar) Coverage(m *interview.Memory, _ interview.Time) interview.CoverageReport {
	report := interview.CoverageReport{}
	for _, e := range m.Experiences {
		report.Experiences = append(report.Experiences, interview.ExperienceCoverage{ID: e.ID})
	}
	return report
}

func (s *scholar) Agenda(in interview.AgendaRequest) []interview.AgendaItem {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.agendas = append(s.agendas, in)
	return slices.Repeat([]interview.AgendaItem{{Question: "What else?"}}, in.N+3)
}

// last is the newest of what was asked.
func last[T any](t *testing.T, s *scholar, all *[]T) T {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(*all) == 0 {
		t.Fatal("the agent was not asked")
	}
	return (*all)[len(*all)-1]
}

// talk sends messages and waits for everything after each.
func (w world) talk(t *testing.T, s *interview.Service, contents ...string) (ids []string) {
	t.Helper()
	for _, content := range contents {
		id := interview.NewID()
		events, err := s.Send(t.Context(), w.user, w.conversation, interview.TurnInput{ID: id, Content: content})
		if err != nil {
			t.Fatal(err)
		}
		for ev, err := range events {
			if err != nil || ev.Kind == interview.EventFailed {
				t.Fatalf("%q: %+v, %v", content, ev.Error, err)
			}
		}
		ids = append(ids, id)
		interview.Settle(s)
	}
	return ids
}

// org is the fact that a message says where the user works.
func org(m interview.Message, name string) interview.Fact {
	start := strings.Index(m.Content, name)
	return interview.Fact{
		ID: interview.DerivedID(m.ID + "/fact/" + name), Kind: "org", Key: "org", Text: "Works at " + name, Quote: name, Status: interview.FactProposed, Confidence: 0.9,
		Engine: "builtin", Sources: []interview.Source{{MessageID: m.ID, Start: start, End: start + len(name)}},
	}
}

// orgs is a learner of facts about the names that a message holds.
func orgs(names ...string) func(interview.ReplyRequest) interview.Learned {
	return func(in interview.ReplyRequest) (l interview.Learned) {
		for _, name := range names {
			if strings.Contains(in.Message.Content, name) {
				l.Facts = append(l.Facts, org(in.Message, name))
			}
		}
		return l
	}
}

func texts(m *interview.Memory) (all []string) {
	for _, f := range m.Facts {
		all = append(all, f.Quote+" "+string(f.Status))
	}
	return all
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		t.Errorf("%s: got %s, want %s", what, g, w)
	}
}

func TestMemory_IsSharedByTheUsersConversations(t *testing.T) {
	t.Parallel()
	w, agent := newWorld(t), newScholar()
	agent.learn = orgs("Brightpost")
	s := w.serve(t, agent)
	w.talk(t, s, "I work at Brightpost.")
	first := last(t, agent, &agent.replies)
	equal(t, "known at first", texts(first.Memory), []string{})
	c, err := s.CreateConversation(t.Context(), w.user, interview.ConversationInput{})
	if err != nil {
		t.Fatal(err)
	}
	opening := last(t, agent, &agent.openings)
	equal(t, "known at the opening", texts(opening.Memory), "[Brightpost proposed]")
	equal(t, "conversations and first", fmt.Sprint(opening.Memory.Conversations, opening.First), "1 false")
	w.conversation = c.ID
	w.talk(t, s, "Hello again.")
	then := last(t, agent, &agent.replies)
	equal(t, "known then", texts(then.Memory), "[Brightpost proposed]")
	equal(t, "whole", then.Whole, true)
	equal(t, "the snapshot of the first turn", texts(first.Memory), []string{})
}

// counting counts what is read of memory.
type counting struct {
	interview.Store
	loads  int
	wholes int
	mu     sync.Mutex
}

func (c *counting) LoadMemory(ctx context.Context, userID string, since interview.MemoryVersion) (interview.MemoryChange, error) {
	change, err := c.Store.LoadMemory(ctx, userID, since)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.loads++
	if change.Whole {
		c.wholes++
	}
	return change, err
}

// seen is how often memory was read since it was asked last, and how often whole.
func (c *counting) seen() (loads, wholes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	loads, wholes = c.loads, c.wholes
	c.loads, c.wholes = 0, 0
	return loads, wholes
}

func TestMemory_IsReadOnlyAsFarAsItChanged(t *testing.T) {
	t.Parallel()
	w, agent := newWorld(t), newScholar()
	agent.learn, agent.engine = orgs("Brightpost", "Northwind"), "builtin"
	title := "Mine" // so that no job looks for one
	if _, err := w.UpdateConversation(t.Context(), w.user, w.conversation, interview.ConversationPatch{Title: &title}); err != nil {
		t.Fatal(err)
	}
	store, now := &counting{Store: w.DB}, time.Now()
	var clock sync.Mutex
	s := interview.NewService(store, agent, interview.Options{CheckpointEvery: -1, Now: func() time.Time { clock.Lock(); defer clock.Unlock(); return now }})
	t.Cleanup(func() { closeNow(s) })
	step := func(what, content string, loads, wholes int) {
		t.Helper()
		w.talk(t, s, content)
		gotLoads, gotWholes := store.seen()
		equal(t, what, []int{gotLoads, gotWholes}, []int{loads, wholes})
	}
	step("the first turn", "I work at Brightpost.", 1, 1)
	step("after something was learned", "Hm.", 0, 0)
	step("after nothing was learned", "Hm.", 0, 0)
	step("nothing again", "Also at Northwind.", 0, 0)
	step("after something more was learned", "Hm.", 0, 0)
	equal(t, "what is known", texts(last(t, agent, &agent.replies).Memory), "[Brightpost proposed Northwind proposed]")
	if _, err := w.DB.Forget(t.Context(), w.user, interview.ForgetInput{Matching: "northwind"}); err != nil {
		t.Fatal(err)
	}
	step("after something was removed by another server", "Hm.", 1, 1)
	equal(t, "what is left", texts(last(t, agent, &agent.replies).Memory), "[Brightpost proposed]")
	clock.Lock()
	now = now.Add(11 * time.Minute)
	clock.Unlock()
	step("after a long pause", "Hm.", 1, 1)
	if _, err := s.Forget(t.Context(), w.user, interview.ForgetInput{Matching: "brightpost"}); err != nil {
		t.Fatal(err)
	}
	step("after something was forgotten", "Hm.", 1, 1)
	equal(t, "what is left", texts(last(t, agent, &agent.replies).Memory), "[]")
}

func TestMemory_IsBounded(t *testing.T) {
	t.Parallel()
	w, agent := newWorld(t), newScholar()
	store := &counting{Store: w.DB}
	s := interview.NewService(store, agent, interview.Options{CheckpointEvery: -1, MemoryUsers: 2})
	t.Cleanup(func() { closeNow(s) })
	for i, user := range []string{"a", "b", "c", "c", "b", "a"} {
		_, err := s.Memory(t.Context(), user)
		if err != nil {
			t.Fatal(err)
		}
		_, wholes := store.seen()
		equal(t, fmt.Sprint("call ", i, " for ", user), wholes, 1) // of an unknown user it is always whole
	}
}

func TestTurn_LearnsOnlyWhatTheUserSaid(t *testing.T) {
	t.Parallel()
	w, agent := newWorld(t), newScholar()
	var mu sync.Mutex
	var rejected []string
	agent.learn = func(in interview.ReplyRequest) interview.Learned {
		good, quote, figure, source := org(in.Message, "Brightpost"), org(in.Message, "Brightpost"), org(in.Message, "Brightpost"), org(in.Message, "Brightpost")
		quote.ID, quote.Quote = interview.NewID(), "Brightpost Ltd"
		figure.ID, figure.Text = interview.NewID(), "40 % faster at Brightpost"
		source.ID, source.Sources = interview.NewID(), []interview.Source{{MessageID: interview.NewID(), End: 10}}
		thread := interview.Thread{ID: interview.NewID(), Quote: "never said", Source: good.Sources[0], Status: interview.ThreadOpen}
		return interview.Learned{Facts: []interview.Fact{quote, figure, source, good}, Threads: []interview.Thread{thread}, Experiences: []interview.Experience{{ID: interview.NewID(), Kind: "hobby"}}}
	}
	s := w.serve(t, agent, func(o *interview.Options) {
		o.Rejected = func(rule string) { mu.Lock(); defer mu.Unlock(); rejected = append(rejected, rule) }
	})
	w.talk(t, s, "I work at Brightpost.")
	m, err := s.Memory(t.Context(), w.user)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "learned", texts(m), "[Brightpost proposed]")
	equal(t, "threads and experiences", len(m.Threads)+len(m.Experiences), 0)
	mu.Lock()
	defer mu.Unlock()
	equal(t, "rejected", rejected, "[quote figure source quote kind]")
	n, faults, err := s.VerifyFacts(t.Context(), w.user)
	if n != 1 || len(faults) != 0 || err != nil {
		t.Errorf("%d facts, faults %+v, %v", n, faults, err)
	}
}

func TestTurn_GivesAllMessagesWhenTheAgentNeedsThem(t *testing.T) {
	t.Parallel()
	w, agent := newWorld(t), newScholar()
	agent.needs = func(in interview.ReplyRequest) bool { return in.Message.Content == "Fourth." }
	s := w.serve(t, agent, func(o *interview.Options) { o.WindowMessages = 2 })
	w.talk(t, s, "First.", "Second.", "Third.")
	third := last(t, agent, &agent.replies)
	equal(t, "the window", []any{len(third.Recent), third.Whole}, []any{2, false})
	w.talk(t, s, "Fourth.")
	fourth := last(t, agent, &agent.replies)
	equal(t, "all", []any{len(fourth.Recent), fourth.Whole, fourth.Recent[0].Content}, []any{6, true, "First."})
}

func TestJobs_TitleIsMadeOnceAfterTwoAnswers(t *testing.T) {
	t.Parallel()
	w, agent := newWorld(t), newScholar()
	agent.title = "The ledger"
	s := w.serve(t, agent)
	title := func() string {
		view, err := w.GetConversation(t.Context(), w.user, w.conversation, 1)
		if err != nil {
			t.Fatal(err)
		}
		return view.Conversation.Title
	}
	w.talk(t, s, "I rebuilt the payments ledger.", "ok", "/skip this one please now")
	equal(t, "after one answer", title(), "")
	w.talk(t, s, "It took us three months.")
	equal(t, "after two", title(), "The ledger")
	own := "My own"
	if _, err := w.UpdateConversation(t.Context(), w.user, w.conversation, interview.ConversationPatch{Title: &own}); err != nil {
		t.Fatal(err)
	}
	w.talk(t, s, "And then we went on.")
	equal(t, "after the user gave one", title(), own)
	equal(t, "how often the agent was asked", len(agent.titles), 1)
}

func TestJobs_WaitForEachOther(t *testing.T) {
	t.Parallel()
	w, agent := newWorld(t), newScholar()
	agent.title = "The ledger"
	agent.hold, agent.asked = make(chan struct{}), make(chan struct{}, 3)
	s := w.serve(t, agent, func(o *interview.Options) { o.JobsAtOnce = 1 })
	const talks = 3
	for n := range talks {
		c, err := s.CreateConversation(t.Context(), w.user, interview.ConversationInput{})
		if err != nil {
			t.Fatal(err)
		}
		w.conversation = c.ID
		for _, content := range []string{"I rebuilt the payments ledger.", "It took us three months."} {
			for _, err := range w.send(t, s, interview.TurnInput{Content: content}) {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		for interview.WaitingJobs(s) < n { // one is at work
			runtime.Gosched()
		}
	}
	<-agent.asked
	equal(t, "titles asked for at a time", len(agent.titles), 1)
	close(agent.hold)
	interview.Settle(s)
	page, err := w.ListConversations(t.Context(), w.user, interview.ConversationQuery{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	titled := 0
	for _, c := range page.Conversations {
		if c.Title == agent.title {
			titled++
		}
	}
	equal(t, "conversations with a title", titled, talks)
	equal(t, "titles asked for", len(agent.titles), talks)
}

func TestJobs_EpisodesKeepTheWindowSmall(t *testing.T) {
	t.Parallel()
	w, agent := newWorld(t), newScholar()
	agent.engine = "builtin"
	s := w.serve(t, agent)
	long := strings.Repeat("word ", 140) // about 200 tokens
	c := interview.Conversation{ID: interview.NewID()}
	for i := range 180 {
		role := []interview.Role{interview.RoleUser, interview.RoleAssistant}[i%2]
		c.Messages = append(c.Messages, interview.Message{ID: interview.NewID(), Role: role, Content: long})
	}
	if _, err := w.CreateConversation(t.Context(), w.user, c); err != nil {
		t.Fatal(err)
	}
	w.conversation = c.ID
	for range 10 {
		w.talk(t, s, long)
	}
	block, err := w.LoadBlock(t.Context(), w.user, w.conversation, 100)
	if err != nil {
		t.Fatal(err)
	}
	covered, levels := 0, map[int]int{}
	for _, e := range block.Episodes {
		equal(t, "an episode begins after the one before", e.From, covered+1)
		size := e.To - e.From + 1
		if e.Level == 0 && (size < 6 || size > 14) || size%2 != 0 {
			t.Errorf("an episode of %d messages at level %d", size, e.Level)
		}
		covered = e.To
		levels[e.Level]++
	}
	if len(block.Episodes) > 8 || levels[1] == 0 || covered+len(block.Messages) != 200 || len(block.Messages) > 24 || block.Messages[0].Role != interview.RoleUser {
		t.Errorf("%d episodes at levels %v cover %d messages, %d are left", len(block.Episodes), levels, covered, len(block.Messages))
	}
	m, err := s.Memory(t.Context(), w.user)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "episodes in memory", len(m.Episodes), len(block.Episodes))
	equal(t, "extractions without a model", len(agent.extracts), 0)
}

func TestJobs_ExtractEverySixthExchangeAndAtTheEnd(t *testing.T) {
	t.Parallel()
	w, agent := newWorld(t), newScholar()
	agent.learn = orgs("Brightpost")
	agent.act = func(in interview.ReplyRequest) string {
		switch {
		case strings.HasPrefix(in.Message.Content, "Bye"):
			return "stop"
		case strings.HasPrefix(in.Message.Content, "/private"):
			return "private"
		}
		return "answer"
	}
	agent.extract = func(in interview.ExtractRequest) (l interview.Learned) {
		for _, m := range in.Messages {
			if strings.Contains(m.Content, "at Brightpost") {
				better := org(m, "at Brightpost")
				better.Engine, better.Text = "script", "Brightpost"
				invented := org(m, "Brightpost")
				invented.ID, invented.Kind, invented.Text = interview.NewID(), "metric", "40 % faster"
				l.Facts = append(l.Facts, better, invented)
			}
		}
		return l
	}
	s := w.serve(t, agent)
	w.talk(t, s, "I work at Brightpost.", "/private I was at Northwind.", "Two.", "Three.", "Four.")
	equal(t, "extractions after five", len(agent.extracts), 0)
	w.talk(t, s, "Five.")
	equal(t, "extractions after six", len(agent.extracts), 1)
	in := last(t, agent, &agent.extracts)
	equal(t, "messages looked at", len(in.Messages), 10)
	if strings.Contains(fmt.Sprint(in.Messages), "Northwind") {
		t.Error("a private message was looked at again")
	}
	m, err := s.Memory(t.Context(), w.user)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "facts", texts(m), "[Brightpost superseded at Brightpost proposed]")
	w.talk(t, s, "Bye for today.")
	equal(t, "extractions after the end", len(agent.extracts), 2)
}

func TestClose_WaitsForJobsAndThenGivesThemUp(t *testing.T) {
	t.Parallel()
	for _, patient := range []bool{true, false} {
		w, agent := newWorld(t), newScholar()
		s := interview.NewService(w.DB, agent, interview.Options{CheckpointEvery: -1})
		w.talk(t, s, "a", "b", "c", "d", "e", "f")
		agent.hold, agent.asked = make(chan struct{}), make(chan struct{}, 1)
		events, err := s.Send(t.Context(), w.user, w.conversation, interview.TurnInput{Content: strings.Repeat("word ", 3000)})
		if err != nil {
			t.Fatal(err)
		}
		for range events { // to its end
		}
		<-agent.asked
		ctx, cancel := context.WithCancel(context.Background())
		if patient {
			time.AfterFunc(10*time.Millisecond, func() { close(agent.hold) })
		} else {
			cancel()
		}
		s.Close(ctx)
		cancel()
		block, err := w.LoadBlock(t.Context(), w.user, w.conversation, 1)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, fmt.Sprint("episodes when patient is ", patient), len(block.Episodes) > 0, patient)
	}
}

func TestForget_TheNextTurnKnowsNothingOfIt(t *testing.T) {
	t.Parallel()
	w, agent := newWorld(t), newScholar()
	agent.learn = orgs("Brightpost", "Northwind")
	s := w.serve(t, agent)
	w.talk(t, s, "I work at Brightpost.", "Before, I was at Northwind.", strings.Repeat("Much to tell. ", 300), "a", "b", "c", "d", "e", "f")
	dry, err := s.Forget(t.Context(), w.user, interview.ForgetInput{Matching: "northwind", DryRun: true})
	if err != nil || dry.Messages != 1 || dry.Facts != 1 {
		t.Fatalf("%+v, %v", dry, err)
	}
	if _, err := s.Forget(t.Context(), w.user, interview.ForgetInput{Matching: "northwind"}); err != nil {
		t.Fatal(err)
	}
	w.talk(t, s, "Where was I?")
	in := last(t, agent, &agent.replies)
	b, err := json.Marshal(in)
	if err != nil || strings.Contains(strings.ToLower(string(b)), "northwind") || !strings.Contains(string(b), "Brightpost") {
		t.Errorf("the next turn is given %s, %v", b, err)
	}
}

func TestProfile_FactsArePagedAndChanged(t *testing.T) {
	t.Parallel()
	w, agent := newWorld(t), newScholar()
	agent.learn = func(in interview.ReplyRequest) interview.Learned {
		l := orgs("Brightpost", "Northwind", "Leeds")(in)
		for i := range l.Facts {
			if l.Facts[i].Quote != "Leeds" {
				l.Facts[i].Status = interview.FactConflict
			} else {
				l.Facts[i].Key = "place"
			}
		}
		return l
	}
	s := w.serve(t, agent)
	ctx := t.Context()
	w.talk(t, s, "I work at Brightpost in Leeds.", "Sorry, at Northwind.")
	var seen []string
	for q := (interview.FactQuery{Limit: 2}); ; {
		page, err := s.ListFacts(ctx, w.user, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range page.Facts {
			seen = append(seen, f.Quote)
		}
		if q.Cursor = page.NextCursor; q.Cursor == "" {
			break
		}
	}
	slices.Sort(seen)
	equal(t, "all pages", seen, "[Brightpost Leeds Northwind]")
	conflicts, err := s.ListFacts(ctx, w.user, interview.FactQuery{Status: interview.FactConflict, All: true})
	if err != nil || len(conflicts.Facts) != 2 {
		t.Fatalf("%+v, %v", conflicts, err)
	}
	old, right := conflicts.Facts[0], conflicts.Facts[1]
	status := func(s interview.FactStatus) interview.FactPatch { return interview.FactPatch{Status: &s} }
	for _, bad := range []interview.FactPatch{{}, status("sure"), status(interview.FactSuperseded)} {
		_, err := s.PatchFact(ctx, w.user, right.ID, bad)
		if e := interview.AsError(err); e == nil || e.Details.Field != "status" || bad.Status != nil && !strings.Contains(e.Message, "proposed, confirmed, rejected") {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if _, err := s.PatchFact(ctx, "somebody", right.ID, status(interview.FactConfirmed)); interview.ErrorCode(err) != interview.CodeNotFound {
		t.Errorf("another user's fact: %v", err)
	}
	f, err := s.PatchFact(ctx, w.user, right.ID, status(interview.FactConfirmed))
	if err != nil || f.Status != interview.FactConfirmed || f.Supersedes != old.ID {
		t.Errorf("%+v, %v", f, err)
	}
	m, err := s.Memory(ctx, w.user)
	if err != nil || m.Fact(old.ID).Status != interview.FactSuperseded {
		t.Errorf("the other one is %+v, %v", m.Fact(old.ID), err)
	}
	for _, bad := range []interview.FactQuery{{Status: "sure"}, {Kind: "height"}, {ExperienceID: "x"}, {Limit: 1000}, {Cursor: "x"}} {
		if _, err := s.ListFacts(ctx, w.user, bad); interview.ErrorCode(err) != interview.CodeInvalid {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestProfile_CoverageAndAgendaAreTheAgents(t *testing.T) {
	t.Parallel()
	w, agent := newWorld(t), newScholar()
	id := interview.NewID()
	agent.learn = func(interview.ReplyRequest) interview.Learned {
		return interview.Learned{Experiences: []interview.Experience{{ID: id, Kind: interview.KindWork}}}
	}
	s := w.serve(t, agent)
	w.talk(t, s, "Hello.")
	report, err := s.Coverage(t.Context(), w.user)
	if err != nil || len(report.Experiences) != 1 || report.Experiences[0].ID != id {
		t.Errorf("%+v, %v", report, err)
	}
	items, err := s.Agenda(t.Context(), w.user, 3)
	if err != nil || len(items) != 3 {
		t.Errorf("%+v, %v", items, err)
	}
	in := last(t, agent, &agent.agendas)
	equal(t, "what the agenda is made from", []any{in.ConversationID, string(in.State), len(in.Recent), len(in.Memory.Experiences)}, []any{w.conversation, `{"v":1}`, 2, 1})
	if _, err := s.Agenda(t.Context(), w.user, 51); interview.ErrorCode(err) != interview.CodeInvalid {
		t.Errorf("too many: %v", err)
	}
	if items, err := s.Agenda(t.Context(), "nobody", 0); err != nil || len(items) != 5 {
		t.Errorf("of somebody new: %+v, %v", items, err)
	}
}
