package storagetest

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// at is a time of a test's own.
func at(minute int) interview.Time {
	return interview.Time{Time: time.Date(2026, 3, 4, 5, minute, 6, 789_000_000, time.UTC)}
}

// say stores a message of the user's in the conversation.
func (s *setup) say(content string) interview.Message {
	s.t.Helper()
	turn := s.begin(content, lease("a"))
	return s.finish(s.end(turn, interview.TurnCompleted, "I see.")).Message
}

// source is where a message says something.
func source(t testing.TB, m interview.Message, quote string) interview.Source {
	t.Helper()
	start := strings.Index(m.Content, quote)
	if start < 0 {
		t.Fatalf("%q is not in %q", quote, m.Content)
	}
	return interview.Source{MessageID: m.ID, Start: start, End: start + len(quote)}
}

// factIn is a fact that messages state, the first one with the quote.
func factIn(t testing.TB, quote string, messages ...interview.Message) interview.Fact {
	t.Helper()
	f := interview.Fact{
		ID: interview.DerivedID(messages[0].ID + quote), Kind: "org", Key: "org." + quote, Text: "Works at " + quote, Value: json.RawMessage(`{"name":"x"}`), Quote: quote,
		Status: interview.FactProposed, Confidence: 0.75, ValidFrom: "2019-03", Engine: "builtin", CreatedAt: at(1), UpdatedAt: at(2),
	}
	for _, m := range messages {
		f.Sources = append(f.Sources, source(t, m, quote))
	}
	return f
}

func threadIn(t testing.TB, quote string, m interview.Message) interview.Thread {
	t.Helper()
	return interview.Thread{
		ID: interview.DerivedID(m.ID + "/thread/" + quote), Quote: quote, Source: source(t, m, quote), Status: interview.ThreadOpen, CreatedAt: at(3),
	}
}

func experience(org string) interview.Experience {
	return interview.Experience{
		ID: interview.NewID(), Kind: interview.KindWork, Org: org, Role: "engineer", Start: "2019", Current: true, Label: "the work at " + org, Position: 2,
		Coverage: map[string]interview.SlotState{"result/metric": {State: interview.CoverageAnswered, Credit: 0.9, At: at(4)}}, CreatedAt: at(1), UpdatedAt: at(1),
	}
}

// learn stores what must be stored.
func (s *setup) learn(l interview.Learned) {
	s.t.Helper()
	change, ok, err := s.db.Learn(s.t.Context(), s.user, s.memory().Version.Epoch, l)
	if err != nil || !ok {
		s.t.Fatalf("nothing was learned: %v", err)
	}
	s.told(change)
}

// told checks that a change is what LoadMemory returns since the version before it.
func (s *setup) told(change *interview.MemoryChange) {
	s.t.Helper()
	if change == nil {
		return
	}
	before := change.Version
	before.Number--
	if loaded := s.memoryOf(s.user, before); !reflect.DeepEqual(*change, loaded) {
		s.t.Fatalf("the change\n%+v\nis read as\n%+v", *change, loaded)
	}
}

// memory is all that is known of the user.
func (s *setup) memory() interview.MemoryChange { return s.memoryOf(s.user, interview.MemoryVersion{}) }

func (s *setup) memoryOf(userID string, since interview.MemoryVersion) interview.MemoryChange {
	s.t.Helper()
	return get(s.db.LoadMemory(s.t.Context(), userID, since)).or(s.t)
}

// sizes counts what is known: experiences, facts, threads, episodes.
func sizes(c interview.MemoryChange) [4]int {
	return [4]int{len(c.Experiences), len(c.Facts), len(c.Threads), len(c.Episodes)}
}

func memoryTests(t *testing.T, test tester) {
	test(t, "LoadMemory of a user that nothing is known of is whole and empty", func(t *testing.T, s *setup) {
		got := s.memory()
		same(t, got, interview.MemoryChange{Whole: true, Conversations: 1})
	})
	test(t, "LoadMemory returns what was learned, as it was", func(t *testing.T, s *setup) {
		one, two := s.say("I run the ledger at Brightpost."), s.say("Brightpost is a fintech; we met a strike.")
		e := experience("Brightpost")
		f := factIn(t, "Brightpost", one, two)
		f.ExperienceID = e.ID
		other := factIn(t, "fintech", two)
		other.Value, other.Supersedes, other.Status, other.CreatedAt = nil, f.ID, interview.FactConflict, at(5)
		thread := threadIn(t, "met a strike", two)
		coverage := map[string]interview.SlotState{"goals/next": {State: interview.CoverageRefused, At: at(6)}}
		s.learn(interview.Learned{
			Experiences: []interview.Experience{e}, Facts: []interview.Fact{other, f}, Threads: []interview.Thread{thread}, Coverage: coverage,
		})
		same(t, s.memory(), interview.MemoryChange{
			Version: interview.MemoryVersion{Number: 1}, Whole: true, Conversations: 1, Experiences: []interview.Experience{e}, Facts: []interview.Fact{f, other},
			Threads: []interview.Thread{thread}, Coverage: coverage,
		})
		same(t, sizes(s.memoryOf(s.other, interview.MemoryVersion{})), [4]int{})
	})
	test(t, "LoadMemory since a version returns what was written after it", func(t *testing.T, s *setup) {
		m := s.say("I run the ledger at Brightpost in Leeds.")
		s.learn(interview.Learned{Facts: []interview.Fact{factIn(t, "ledger", m)}, Coverage: map[string]interview.SlotState{"goals/next": {State: interview.CoverageVague, At: at(1)}}})
		first := s.memory().Version
		s.learn(interview.Learned{Facts: []interview.Fact{factIn(t, "Leeds", m)}, Coverage: map[string]interview.SlotState{"skills/knownfor": {State: interview.CoverageVague, At: at(1)}}})
		change := s.memoryOf(s.user, first)
		if change.Whole || len(change.Facts) != 1 || change.Facts[0].Quote != "Leeds" || len(change.Coverage) != 2 {
			t.Fatalf("the change is %+v", change)
		}
		none := s.memoryOf(s.user, change.Version)
		if none.Whole || sizes(none) != [4]int{} || none.Version != change.Version {
			t.Fatalf("no change is %+v", none)
		}
		for _, since := range []interview.MemoryVersion{{Epoch: 7, Number: change.Version.Number}, {Number: 99}} {
			if got := s.memoryOf(s.user, since); !got.Whole || len(got.Facts) != 2 {
				t.Fatalf("since %+v: %+v", since, got)
			}
		}
	})
	test(t, "Learn replaces what is known, but when it was made", func(t *testing.T, s *setup) {
		one, two := s.say("I run the ledger at Brightpost."), s.say("Brightpost it is.")
		e := experience("Brightpost")
		f, thread := factIn(t, "Brightpost", one, two), threadIn(t, "run the ledger", one)
		s.learn(interview.Learned{Experiences: []interview.Experience{e}, Facts: []interview.Fact{f}, Threads: []interview.Thread{thread}})
		e2, f2, thread2 := e, f, thread
		e2.Org, e2.Current, e2.Coverage, e2.CreatedAt, e2.UpdatedAt = "Bright Post", false, nil, at(30), at(31)
		f2.Status, f2.Sources, f2.ExperienceID, f2.CreatedAt, f2.UpdatedAt = interview.FactConfirmed, f.Sources[:1], e.ID, at(30), at(31)
		thread2.Status = interview.ThreadClosed
		s.learn(interview.Learned{Experiences: []interview.Experience{e, e2}, Facts: []interview.Fact{f, f2}, Threads: []interview.Thread{thread2}})
		e2.CreatedAt, f2.CreatedAt = e.CreatedAt, f.CreatedAt
		got := s.memory()
		same(t, got.Experiences, []interview.Experience{e2})
		same(t, got.Facts, []interview.Fact{f2})
		same(t, got.Threads, []interview.Thread{thread2})
	})
	test(t, "Learn leaves out what is not drawn from messages that the user wrote", func(t *testing.T, s *setup) {
		mine := s.say("I run the ledger at Brightpost.")
		reply := s.messages()[1]
		stranger := *s
		stranger.user = s.other
		stranger.conv = stranger.create().ID
		theirs := stranger.say("I run the ledger at Brightpost.")
		unknown := mine
		unknown.ID = interview.NewID()
		none := factIn(t, "Brightpost", mine)
		none.ID, none.Sources = interview.NewID(), nil
		s.learn(interview.Learned{
			Facts: []interview.Fact{
				factIn(t, "see", reply), factIn(t, "Brightpost", theirs), factIn(t, "Brightpost", mine, theirs), factIn(t, "Brightpost", unknown), none, factIn(t, "ledger", mine),
			},
			Threads: []interview.Thread{threadIn(t, "see", reply), threadIn(t, "run", theirs), threadIn(t, "run", mine)},
		})
		got := s.memory()
		if len(got.Facts) != 1 || got.Facts[0].Quote != "ledger" || len(got.Threads) != 1 || got.Threads[0].Source.MessageID != mine.ID {
			t.Fatalf("learned %+v", got)
		}
	})
	test(t, "Learn touches nothing of another user's", func(t *testing.T, s *setup) {
		m := s.say("I run the ledger at Brightpost.")
		e, f, thread := experience("Brightpost"), factIn(t, "Brightpost", m), threadIn(t, "run", m)
		f.ExperienceID = e.ID
		s.learn(interview.Learned{Experiences: []interview.Experience{e}, Facts: []interview.Fact{f}, Threads: []interview.Thread{thread}})
		want := s.memory()
		stranger := *s
		stranger.user = s.other
		stranger.conv = stranger.create().ID
		theirs := stranger.say("I run the ledger at Brightpost.")
		e.Org, f.Text, thread.Status = "Stolen", "Stolen", interview.ThreadClosed
		f.Sources, thread.Source = []interview.Source{source(t, theirs, "Brightpost")}, source(t, theirs, "run")
		linked := factIn(t, "ledger", theirs)
		linked.ExperienceID = e.ID
		stranger.learn(interview.Learned{Experiences: []interview.Experience{e}, Facts: []interview.Fact{f, linked}, Threads: []interview.Thread{thread}})
		same(t, s.memory(), want)
		got := stranger.memory()
		if sizes(got) != [4]int{0, 1, 0, 0} || got.Facts[0].ExperienceID != "" {
			t.Fatalf("the other user knows %+v", got)
		}
	})
	test(t, "Learn stores nothing after something was removed", func(t *testing.T, s *setup) {
		m := s.say("I run the ledger at Brightpost.")
		s.learn(interview.Learned{Facts: []interview.Fact{factIn(t, "ledger", m)}})
		epoch := s.memory().Version.Epoch
		s.forget(interview.ForgetInput{Matching: "ledger"})
		change, ok, err := s.db.Learn(t.Context(), s.user, epoch, interview.Learned{Facts: []interview.Fact{factIn(t, "ledger", m)}})
		if change != nil || ok || err != nil {
			t.Fatalf("learned %+v from what was forgotten, %v", change, err)
		}
		same(t, sizes(s.memory()), [4]int{})
	})
	test(t, "LoadContents returns the user's own words only", func(t *testing.T, s *setup) {
		m := s.say("I run the ledger.")
		reply := s.messages()[1]
		ids := []string{m.ID, reply.ID, interview.NewID()}
		same(t, get(s.db.LoadContents(t.Context(), s.user, ids)).or(t), map[string]string{m.ID: m.Content})
		same(t, get(s.db.LoadContents(t.Context(), s.other, ids)).or(t), map[string]string{})
	})
	test(t, "LoadState returns the planner's state and the newest messages", func(t *testing.T, s *setup) {
		end := s.end(s.begin("Hello", lease("a")), interview.TurnCompleted, "Hi")
		end.State = []byte(`{"n":1}`)
		s.finish(end)
		state, recent, err := s.db.LoadState(t.Context(), s.user, s.conv, 1)
		if err != nil || len(recent) != 1 || recent[0].Content != "Hi" {
			t.Fatalf("recent %+v, %v", recent, err)
		}
		same(t, json.RawMessage(state), json.RawMessage(`{"n":1}`))
		_, _, err = s.db.LoadState(t.Context(), s.other, s.conv, 1)
		refused(t, err, interview.CodeNotFound)
	})
}

func learnTests(t *testing.T, test tester) {
	begun := func(s *setup) (interview.Turn, interview.TurnEnd, interview.Learned) {
		turn := s.begin("I run the ledger at Brightpost.", lease("a"))
		e, f := experience("Brightpost"), factIn(s.t, "Brightpost", turn.Message)
		f.ExperienceID = e.ID
		l := interview.Learned{
			Experiences: []interview.Experience{e}, Facts: []interview.Fact{f}, Threads: []interview.Thread{threadIn(s.t, "run", turn.Message)},
			Coverage: map[string]interview.SlotState{"goals/next": {State: interview.CoverageRefused, At: at(6)}},
		}
		return turn, s.end(turn, interview.TurnCompleted, "I see."), l
	}
	test(t, "FinishTurn stores what was learned, with the reply", func(t *testing.T, s *setup) {
		_, end, l := begun(s)
		end.Learned = l
		s.finish(end)
		want := interview.MemoryChange{
			Version: interview.MemoryVersion{Number: 1}, Whole: true, Conversations: 1, Experiences: l.Experiences, Facts: l.Facts, Threads: l.Threads, Coverage: l.Coverage,
		}
		same(t, s.memory(), want)
		next := s.begin("It is in Leeds.", lease("a"))
		same(t, get(s.db.LoadTurn(t.Context(), s.user, s.conv, next.Message.ID, 1)).or(t).Version, want.Version)
		end = s.end(next, interview.TurnCompleted, "Leeds?")
		leeds, known := factIn(t, "Leeds", next.Message), l.Facts[0]
		leeds.ExperienceID, leeds.CreatedAt = l.Experiences[0].ID, at(9)
		known.Status, known.UpdatedAt, known.Sources = interview.FactConfirmed, at(9), append(known.Sources, source(t, next.Message, "It"))
		stranger := *s
		stranger.user = s.other
		stranger.conv = stranger.create().ID
		theirs := stranger.say("At Brightpost.")
		more := map[string]interview.SlotState{"goals/next": {State: interview.CoverageAnswered, At: at(9)}, "values/matters": {State: interview.CoverageVague, At: at(9)}}
		end.Learned = interview.Learned{
			Facts:   []interview.Fact{known, leeds, factIn(t, "Brightpost", theirs)},
			Threads: []interview.Thread{threadIn(t, "At", theirs)}, Coverage: more,
		}
		done := get(s.db.FinishTurn(t.Context(), s.user, end)).or(t)
		if done.Change == nil || len(done.Change.Facts) != 2 {
			t.Fatalf("FinishTurn tells of the change %+v", done.Change)
		}
		s.told(done.Change)
		want.Version.Number, want.Facts, want.Coverage = 2, []interview.Fact{known, leeds}, more
		same(t, s.memory(), want)
		change := s.memoryOf(s.user, interview.MemoryVersion{Number: 1})
		same(t, change.Whole, false)
		same(t, sizes(change), [4]int{0, 2, 0, 0})
	})
	test(t, "FinishTurn of a turn that nothing was learned in leaves the version", func(t *testing.T, s *setup) {
		_, end, l := begun(s)
		end.Learned = l
		s.finish(end)
		was := s.memory()
		s.ended(interview.TurnCompleted, "Hi")
		same(t, s.memory(), was)
	})
	test(t, "FinishTurn learns nothing when the turn failed, or is not held any more", func(t *testing.T, s *setup) {
		_, end, l := begun(s)
		end.Learned, end.Owner = l, "b"
		_, err := s.db.FinishTurn(t.Context(), s.user, end)
		refused(t, err, interview.CodeConflict)
		same(t, sizes(s.memory()), [4]int{})
		end.Owner, end.Status, end.ReplyContent = "a", interview.TurnFailed, ""
		end.Error = interview.Errorf(interview.CodeModelTimeout, "The model took too long.")
		s.finish(end)
		same(t, sizes(s.memory()), [4]int{})
	})
	test(t, "a new reply takes back what only the old one had learned and nobody confirmed", func(t *testing.T, s *setup) {
		before := s.say("The ledger was in Leeds.")
		turn, end, l := begun(s)
		stale, confirmed, elsewhere := factIn(t, "run", turn.Message), factIn(t, "I", turn.Message), factIn(t, "ledger", turn.Message, before)
		confirmed.Status = interview.FactConfirmed
		l.Facts = append(l.Facts, stale, confirmed, elsewhere)
		end.Learned = l
		s.finish(end)
		was := s.memory().Version
		again := s.end(get(s.db.RetryTurn(t.Context(), s.user, s.conv, turn.Message.ID, lease("a"))).or(t), interview.TurnCompleted, "Oh.")
		again.Learned = interview.Learned{Experiences: l.Experiences, Facts: l.Facts[:1]}
		s.finish(again)
		left := map[string]bool{}
		for _, f := range s.memory().Facts {
			left[f.ID] = true
		}
		if len(left) != 3 || left[stale.ID] || s.memory().Version.Epoch <= was.Epoch {
			t.Fatalf("what is left is %+v", s.memory())
		}
		again = s.end(get(s.db.RetryTurn(t.Context(), s.user, s.conv, turn.Message.ID, lease("a"))).or(t), interview.TurnCompleted, "Hm.")
		s.finish(again)
		same(t, sizes(s.memory()), [4]int{0, 2, 1, 0})
	})
}

func eraseTests(t *testing.T, test tester) {
	test(t, "DeleteConversation removes what was learned there alone", func(t *testing.T, s *setup) {
		keep := s.conv
		before := s.say("At Brightpost I built a ledger in Go.")
		s.conv = s.create().ID
		here := s.say("At Northwind I built a ledger, also for Brightpost.")
		work, old := experience("Brightpost"), experience("Northwind")
		work.Label, old.Role = "the Northwind time", ""
		both, only, kept := factIn(t, "Brightpost", here, before), factIn(t, "Northwind", here), factIn(t, "in Go", before)
		both.ExperienceID, only.ExperienceID, kept.ExperienceID = work.ID, old.ID, work.ID
		s.learn(interview.Learned{
			Experiences: []interview.Experience{work, old}, Facts: []interview.Fact{both, only, kept},
			Threads: []interview.Thread{threadIn(t, "built a ledger", here), threadIn(t, "built a ledger", before)},
		})
		s.episode(1, 2, "", here)
		was := s.memory()
		same(t, sizes(was), [4]int{2, 3, 2, 1})
		if err := s.db.DeleteConversation(t.Context(), s.user, s.conv); err != nil {
			t.Fatal(err)
		}
		now := s.memory()
		same(t, sizes(now), [4]int{1, 2, 1, 0})
		if now.Version.Epoch <= was.Version.Epoch {
			t.Fatalf("the epoch %d became %d", was.Version.Epoch, now.Version.Epoch)
		}
		for _, f := range now.Facts {
			if len(f.Sources) != 1 || f.Sources[0].MessageID != before.ID || before.Content[f.Sources[0].Start:f.Sources[0].End] != f.Quote {
				t.Fatalf("the fact %+v does not stand on what is left", f)
			}
		}
		if e := now.Experiences[0]; e.ID != work.ID || e.Org != "Brightpost" || e.Label != "" {
			t.Fatalf("the experience is %+v", e)
		}
		s.conv = keep
		same(t, len(s.messages()), 2)
	})
	test(t, "DeleteConversation of one that nothing was learned from changes nothing else", func(t *testing.T, s *setup) {
		m := s.say("At Brightpost I built a ledger.")
		e, f := experience("Brightpost Ltd"), factIn(t, "Brightpost", m)
		f.ExperienceID = e.ID
		s.learn(interview.Learned{Experiences: []interview.Experience{e}, Facts: []interview.Fact{f}})
		was := s.memory()
		if err := s.db.DeleteConversation(t.Context(), s.user, s.create("one", "two").ID); err != nil {
			t.Fatal(err)
		}
		now := s.memory()
		same(t, now.Experiences, was.Experiences)
		same(t, now.Facts, was.Facts)
	})
}

func episodeTests(t *testing.T, test tester) {
	test(t, "AddEpisode moves on from the one before, once", func(t *testing.T, s *setup) {
		c := s.create(numbered(9)...)
		s.conv = c.ID
		block := get(s.db.LoadBlock(t.Context(), s.user, s.conv, 4)).or(t)
		if block.Upto != "" || block.From != 1 || len(block.Episodes) != 0 {
			t.Fatalf("the first block is %+v", block)
		}
		same(t, contents(block.Messages), numbered(4))
		first := s.episode(1, 4, "", c.Messages[3])
		if s.addEpisode(interview.Episode{From: 1, To: 2, LastMessage: c.Messages[1].ID}, "") {
			t.Fatal("two servers summarised the same")
		}
		block = get(s.db.LoadBlock(t.Context(), s.user, s.conv, 4)).or(t)
		if block.Upto != c.Messages[3].ID || block.From != 5 {
			t.Fatalf("the next block is %+v", block)
		}
		same(t, contents(block.Messages), numbered(8)[4:])
		same(t, block.Episodes, []interview.Episode{first})
		s.episode(5, 8, block.Upto, c.Messages[7])
		same(t, len(s.memory().Episodes), 2)
	})
	test(t, "MergeEpisodes puts one in place of two, once", func(t *testing.T, s *setup) {
		c := s.create(numbered(9)...)
		s.conv = c.ID
		one := s.episode(1, 4, "", c.Messages[3])
		two := s.episode(5, 8, one.LastMessage, c.Messages[7])
		was := s.memory().Version
		merged := two
		merged.ID, merged.Level, merged.From, merged.Text = interview.NewID(), 1, 1, "both"
		for i := range 2 {
			ok := get(s.db.MergeEpisodes(t.Context(), s.user, was.Epoch, merged, []string{one.ID, two.ID})).or(t)
			same(t, ok, i == 0)
		}
		same(t, s.memory().Episodes, []interview.Episode{merged})
		change := s.memoryOf(s.user, was)
		same(t, change.Whole, false)
		same(t, change.Episodes, []interview.Episode{merged})
	})
	test(t, "an episode of another user's conversation, or a removed one, is not stored", func(t *testing.T, s *setup) {
		c := s.create(numbered(4)...)
		s.conv = c.ID
		e := interview.Episode{ID: interview.NewID(), ConversationID: c.ID, From: 1, To: 2, LastMessage: c.Messages[1].ID, Text: "x"}
		if get(s.db.AddEpisode(t.Context(), s.other, 0, e, "")).or(t) {
			t.Fatal("stored for somebody else")
		}
		_, err := s.db.LoadBlock(t.Context(), s.other, c.ID, 4)
		refused(t, err, interview.CodeNotFound)
		if get(s.db.AddEpisode(t.Context(), s.user, 5, e, "")).or(t) {
			t.Fatal("stored in another epoch")
		}
		e.ConversationID = interview.NewID()
		if get(s.db.AddEpisode(t.Context(), s.user, 0, e, "")).or(t) {
			t.Fatal("stored without a conversation")
		}
		same(t, len(s.memory().Episodes), 0)
		same(t, get(s.db.LoadBlock(t.Context(), s.user, c.ID, 4)).or(t).Upto, "")
	})
	test(t, "SetTitle gives a title to a conversation without one", func(t *testing.T, s *setup) {
		was, version := s.conversation(), s.memory().Version
		if get(s.db.SetTitle(t.Context(), s.other, 0, s.conv, "Stolen")).or(t) || get(s.db.SetTitle(t.Context(), s.user, 3, s.conv, "Late")).or(t) {
			t.Fatal("a title was set that should not have been")
		}
		same(t, get(s.db.SetTitle(t.Context(), s.user, 0, s.conv, "A title")).or(t), true)
		same(t, get(s.db.SetTitle(t.Context(), s.user, 0, s.conv, "Another")).or(t), false)
		same(t, s.conversation().Title, "A title")
		same(t, s.conversation().UpdatedAt, was.UpdatedAt)
		same(t, s.memory().Version, version)
	})
}

// episode stores one that must be stored, of the messages up to last.
func (s *setup) episode(from, to int, upto string, last interview.Message) interview.Episode {
	s.t.Helper()
	e := interview.Episode{
		ID: interview.NewID(), ConversationID: s.conv, From: from, To: to, LastMessage: last.ID, Text: "They spoke of " + last.Content, CreatedAt: at(from),
	}
	if !s.addEpisode(e, upto) {
		s.t.Fatal("the episode was not stored")
	}
	return e
}

func (s *setup) addEpisode(e interview.Episode, upto string) bool {
	s.t.Helper()
	if e.ID == "" {
		e.ID, e.ConversationID = interview.NewID(), s.conv
	}
	return get(s.db.AddEpisode(s.t.Context(), s.user, s.memory().Version.Epoch, e, upto)).or(s.t)
}
