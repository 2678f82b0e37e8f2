package agent_test

import (
	"context"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/agent"
	"github.com/betterprofile/betterprofile/agent/builtin"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// person talks with the built-in interviewer in a conversation of a database.
type person struct {
	*interview.Service
	user, conversation string
}

func newPerson(t *testing.T, db *storage.DB) person {
	t.Helper()
	engine := builtin.New()
	s := interview.NewService(db, agent.New(agent.Options{Engine: engine, Builtin: engine}), interview.Options{})
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		s.Close(ctx)
	})
	user, err := db.CreateUser(t.Context(), interview.User{Name: "Ada", Email: "ada@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := db.CreateConversation(t.Context(), user.ID, interview.Conversation{ID: interview.NewID()})
	if err != nil {
		t.Fatal(err)
	}
	return person{s, user.ID, c.ID}
}

// say sends a message and returns the reply.
func (p person) say(t *testing.T, content string) string {
	t.Helper()
	events, err := p.Send(t.Context(), p.user, p.conversation, interview.TurnInput{ID: interview.NewID(), Content: content})
	if err != nil {
		t.Fatal(err)
	}
	var reply string
	for ev, err := range events {
		if err != nil || ev.Kind == interview.EventFailed {
			t.Fatalf("%q: %+v, %v", content, ev.Error, err)
		}
		if ev.Kind == interview.EventDelta {
			reply += ev.Text
		}
	}
	return reply
}

// mark gives the facts of a kind another status.
func (p person) mark(t *testing.T, kind interview.FactKind, status interview.FactStatus) {
	t.Helper()
	page, err := p.ListFacts(t.Context(), p.user, interview.FactQuery{Kind: kind, All: true})
	if err != nil || len(page.Facts) == 0 {
		t.Fatalf("facts of %s: %+v, %v", kind, page, err)
	}
	for _, f := range page.Facts {
		if _, err := p.PatchFact(t.Context(), p.user, f.ID, interview.FactPatch{Status: &status}); err != nil {
			t.Fatal(err)
		}
	}
}

// slots are the states of the first experience's slots, and what it is called.
func (p person) slots(t *testing.T) (map[string]interview.Coverage, string) {
	t.Helper()
	report, err := p.Coverage(t.Context(), p.user)
	if err != nil || len(report.Experiences) == 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	states := map[string]interview.Coverage{}
	for _, f := range report.Experiences[0].Facets {
		for _, s := range f.Slots {
			states[f.Facet+"/"+s.Slot] = s.State
		}
	}
	return states, report.Experiences[0].Label
}

func TestPatchFact_RejectedOpensWhatItTold(t *testing.T) {
	t.Parallel()
	storagetest.Backends(t, func(t *testing.T, open func(testing.TB) *storage.DB) {
		p := newPerson(t, open(t))
		p.say(t, "I'm a ward manager at Carrow Foods, and I lead a team of 26 people. I rebuilt the night handover with two colleagues.")
		p.say(t, "We use Excel for the rota.")
		check := func(when, label string, want interview.Coverage) {
			t.Helper()
			states, called := p.slots(t)
			for _, key := range []string{"context/org", "responsibility/team", "action/tools"} {
				if states[key] != want {
					t.Errorf("%s: %s is %s, want %s", when, key, states[key], want)
				}
			}
			if called != label || states["responsibility/title"] != interview.CoverageAnswered {
				t.Errorf("%s: %q, title %s", when, called, states["responsibility/title"])
			}
		}
		check("told", "ward manager, Carrow Foods", interview.CoverageAnswered)
		for _, kind := range []interview.FactKind{"org", "team", "tool"} {
			p.mark(t, kind, interview.FactRejected)
		}
		check("rejected", "ward manager", interview.CoverageEmpty)
		for _, line := range []string{"I went from bed to bed and asked what was missing.", "Then I wrote a new list.", "/recap", "stop"} {
			if reply := p.say(t, line); strings.Contains(reply, "Carrow") || strings.Contains(reply, "26") || strings.Contains(reply, "Excel") {
				t.Errorf("%q is answered %q", line, reply)
			}
		}
		check("after more was told", "ward manager", interview.CoverageEmpty)
		for _, kind := range []interview.FactKind{"org", "team", "tool"} {
			p.mark(t, kind, interview.FactProposed)
		}
		check("proposed again", "ward manager, Carrow Foods", interview.CoverageAnswered)
		for _, kind := range []interview.FactKind{"org", "team", "tool"} {
			p.mark(t, kind, interview.FactRejected)
		}
		p.say(t, "I work at Nordwind Foods. We are a team of 31 people, and we use Jira.")
		check("told anew", "ward manager, Nordwind Foods", interview.CoverageAnswered)
	})
}

func TestPatchFact_OneOfTwoRejectedKeepsTheSlot(t *testing.T) {
	t.Parallel()
	p := newPerson(t, storagetest.SQLite(t))
	p.say(t, "I'm a ward manager, and I lead a team of 26 people. I rebuilt the night handover with two colleagues.")
	p.say(t, "Now we are a team of 31 people.")
	page, err := p.ListFacts(t.Context(), p.user, interview.FactQuery{Kind: "team", All: true})
	if err != nil || len(page.Facts) != 2 {
		t.Fatalf("%+v, %v", page, err)
	}
	rejected := interview.FactRejected
	for i, want := range []interview.Coverage{interview.CoverageAnswered, interview.CoverageEmpty} {
		if _, err := p.PatchFact(t.Context(), p.user, page.Facts[i].ID, interview.FactPatch{Status: &rejected}); err != nil {
			t.Fatal(err)
		}
		if states, _ := p.slots(t); states["responsibility/team"] != want {
			t.Errorf("%d rejected: %s, want %s", i+1, states["responsibility/team"], want)
		}
	}
}
