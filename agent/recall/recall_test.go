package recall_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/agent/recall"
	"github.com/betterprofile/betterprofile/interview"
)

func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func fact(id, text string) *interview.Fact {
	return &interview.Fact{ID: id, Kind: "action", Text: text, Quote: text, Status: interview.FactProposed}
}

func episode(id, text string) *interview.Episode {
	return &interview.Episode{ID: id, ConversationID: "c", Text: text}
}

// memory is a user's memory in which nothing has a word of another in common but those that are given.
func memory(facts ...*interview.Fact) *interview.Memory {
	m := &interview.Memory{UserID: "u", Version: interview.MemoryVersion{Number: 1}}
	for i := range 30 {
		m.Facts = append(m.Facts, fact(fmt.Sprint("filler", i), fmt.Sprintf("alpha%d beta%d gamma%d", i, i, i)))
	}
	m.Facts = append(m.Facts, facts...)
	return m
}

func factIDs(list []*interview.Fact) []string {
	var ids []string
	for _, f := range list {
		ids = append(ids, f.ID)
	}
	return ids
}

func TestFacts_SharesOfWordsDecide(t *testing.T) {
	t.Parallel()
	m := memory(
		fact("ovens", "I replaced the deck ovens in the bakery"),
		fact("rota", "I planned the rota of the bakery"),
		fact("ledger", "I moved the ledger to Postgres"),
		fact("german", "Ich leitete die Küche im Sommer"),
		fact("japanese", "私は病院で看護師をしています"),
	)
	s := recall.New(recall.Options{})
	for text, want := range map[string]string{
		"What did I say about the ovens?":        "ovens",
		"the oven replacement":                   "ovens",
		"bakery ovens":                           "ovens,rota",
		"I'd like to go back to the ledgers now": "ledger",
		"Noch etwas zur KÜCHE":                   "german",
		"病院のこと":                                  "japanese",
		"what do you think of it":                "",
		"":                                       "",
		"zeppelin":                               "",
	} {
		if got := strings.Join(factIDs(s.Facts(m, noon(), text, 5)), ","); got != want {
			t.Errorf("%q finds %q, want %q", text, got, want)
		}
	}
	if got := s.Facts(m, noon(), "bakery ovens", 1); len(got) != 1 || got[0].ID != "ovens" {
		t.Errorf("at most one: %v", factIDs(got))
	}
	if got := s.Facts(nil, noon(), "bakery", 5); got != nil {
		t.Errorf("without a memory: %v", got)
	}
}

func TestFacts_OfAnExperienceThatIsNamed(t *testing.T) {
	t.Parallel()
	a, b := fact("a", "cut the queue"), fact("b", "hired two cooks")
	a.ExperienceID, b.ExperienceID = "e", "e"
	m := memory(a, b)
	m.Experiences = []*interview.Experience{{ID: "e", Org: "Brightpost", Role: "cook"}}
	if got := factIDs(recall.New(recall.Options{}).Facts(m, noon(), "my years at Brightpost", 5)); !slices.Equal(got, []string{"b", "a"}) {
		t.Errorf("found %v, want b, a", got)
	}
}

func TestFacts_BringWhatWasSaidWithThem(t *testing.T) {
	t.Parallel()
	work, figure, other := fact("work", "I automated the invoices in Aarburg"), fact("figure", "from 20 to 5 hours"), fact("other", "from 9 to 4 hours")
	for _, f := range []*interview.Fact{work, figure} {
		f.Sources = []interview.Source{{MessageID: "m"}}
	}
	other.Sources = []interview.Source{{MessageID: "n"}}
	got := factIDs(recall.New(recall.Options{}).Facts(memory(figure, other, work), noon(), "the invoices of Aarburg", 5))
	if !slices.Equal(got, []string{"work", "figure"}) {
		t.Errorf("found %v, want the work and its figure", got)
	}
}

func TestFacts_OnlyCurrentOnes(t *testing.T) {
	t.Parallel()
	s := recall.New(recall.Options{})
	old, gone := fact("old", "team of 28 nurses"), fact("gone", "nurses on nights")
	old.Status, gone.Status = interview.FactSuperseded, interview.FactRejected
	if got := s.Facts(memory(old, gone, fact("new", "team of 26 nurses")), noon(), "how many nurses", 5); len(got) != 1 || got[0].ID != "new" {
		t.Errorf("found %v, want new alone", factIDs(got))
	}
}

func TestFacts_FollowTheMemory(t *testing.T) {
	t.Parallel()
	s := recall.New(recall.Options{})
	find := func(m *interview.Memory) string {
		return strings.Join(factIDs(s.Facts(m, noon(), "the ovens, the mixer", 5)), ",")
	}
	first := memory(fact("x", "I bought ovens"))
	if got := find(first); got != "x" {
		t.Fatalf("found %q, want x", got)
	}
	second := &interview.Memory{UserID: "u", Version: interview.MemoryVersion{Number: 2}, Facts: slices.Clone(first.Facts)}
	second.Facts = append(second.Facts, fact("y", "I bought a mixer"))
	if got := find(second); got != "y,x" {
		t.Errorf("after one more: found %q, want y,x", got)
	}
	third := &interview.Memory{UserID: "u", Version: interview.MemoryVersion{Number: 3}, Facts: slices.Clone(second.Facts)}
	third.Facts[len(first.Facts)-1] = fact("x", "I bought fridges")
	if got := find(third); got != "y" {
		t.Errorf("after a change: found %q, want y", got)
	}
	if got := find(second); got != "y" {
		t.Errorf("an older snapshot: found %q; what is gone must not come back", got)
	}
	fourth := &interview.Memory{UserID: "u", Version: interview.MemoryVersion{Epoch: 1, Number: 4}}
	fourth.Facts = slices.Clone(third.Facts[:len(third.Facts)-1])
	if got := find(fourth); got != "" {
		t.Errorf("after a removal: found %q, want nothing", got)
	}
}

func TestEpisodes_ShareTwoDistinctiveStems(t *testing.T) {
	t.Parallel()
	m := memory()
	for i := range 20 {
		m.Episodes = append(m.Episodes, episode(fmt.Sprint("e", i), fmt.Sprintf("They spoke of the hospital and of delta%d and zeta%d.", i, i)))
	}
	m.Episodes = append(m.Episodes, episode("ovens", "The user replaced deck ovens and cut waste from 9 to 4 percent."))
	s := recall.New(recall.Options{})
	ids := func(text string, skip func(*interview.Episode) bool) string {
		var ids []string
		for _, e := range s.Episodes(m, noon(), text, 2, skip) {
			ids = append(ids, e.ID)
		}
		return strings.Join(ids, ",")
	}
	for text, want := range map[string]string{
		"the ovens and their waste": "ovens",
		"only the ovens":            "",
		"the hospital, in general":  "",
		"delta3 with zeta3":         "e3",
	} {
		if got := ids(text, nil); got != want {
			t.Errorf("%q finds %q, want %q", text, got, want)
		}
	}
	if got := ids("the ovens and their waste", func(*interview.Episode) bool { return true }); got != "" {
		t.Errorf("found %q, though it is to be skipped", got)
	}
}

func TestStore_DropsWhoIsNotAskedAbout(t *testing.T) {
	t.Parallel()
	s := recall.New(recall.Options{Users: 3, Idle: 10 * time.Minute})
	ask := func(user string, at time.Time) {
		m := memory(fact("x", "I bought ovens"))
		m.UserID = user
		if len(s.Facts(m, at, "ovens", 1)) != 1 {
			t.Errorf("%s: nothing found", user)
		}
	}
	ask("a", noon())
	ask("b", noon().Add(5*time.Minute))
	ask("b", noon().Add(11*time.Minute))
	if n := s.Users(); n != 1 {
		t.Errorf("%d users after ten minutes, want b alone", n)
	}
	for i := range 10 {
		ask(fmt.Sprint("user", i), noon().Add(12*time.Minute))
	}
	if n := s.Users(); n != 3 {
		t.Errorf("%d users, want at most 3", n)
	}
}

func TestStore_BoundsTheRowsOfAllUsers(t *testing.T) {
	t.Parallel()
	s := recall.New(recall.Options{Documents: 100}) // each memory has 31
	for i := range 10 {
		m := memory(fact("x", "I bought ovens"))
		m.UserID = fmt.Sprint("user", i)
		if len(s.Facts(m, noon().Add(time.Duration(i)*time.Second), "ovens", 1)) != 1 {
			t.Errorf("user %d: nothing found", i)
		}
	}
	if n := s.Users(); n != 3 {
		t.Errorf("%d users, want 3", n)
	}
}

func TestStore_ManyAtOnce(t *testing.T) {
	t.Parallel()
	s := recall.New(recall.Options{Users: 4})
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			m := memory()
			m.UserID = fmt.Sprint("user", g%5)
			for i := range 50 {
				m = &interview.Memory{
					UserID: m.UserID, Version: interview.MemoryVersion{Number: int64(i + 2)},
					Facts: append(slices.Clone(m.Facts), fact(fmt.Sprint("n", i), fmt.Sprintf("number%d", i))),
				}
				if len(s.Facts(m, noon(), fmt.Sprintf("number%d", i), 3)) != 1 {
					t.Errorf("user %s: number%d is not found", m.UserID, i)
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkFacts(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m := &interview.Memory{UserID: "u"}
			for i := range n {
				m.Facts = append(m.Facts, fact(fmt.Sprint(i), fmt.Sprintf("I rebuilt the part%d of the plant%d with %d machines", i, i%50, i)))
			}
			s := recall.New(recall.Options{})
			s.Facts(m, noon(), "part7", 1)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				m = &interview.Memory{
					UserID: "u", Version: interview.MemoryVersion{Number: int64(i + 1)},
					Facts: append(m.Facts, fact(fmt.Sprint("n", i), fmt.Sprintf("I met supplier%d", i))),
				}
				if len(s.Facts(m, noon(), fmt.Sprintf("What about supplier%d and the machines?", i), 20)) == 0 {
					b.Fatal("nothing found")
				}
			}
		})
	}
}
