package builtin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/agent"
	"github.com/betterprofile/betterprofile/agent/builtin"
	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

var _ agent.Engine = (*builtin.Engine)(nil)

func TestInfo_IsNamedBuiltin(t *testing.T) {
	t.Parallel()
	if got := builtin.New().Info(); got != (interview.EngineInfo{Name: "builtin"}) {
		t.Errorf("Info() = %+v", got)
	}
}

func TestOpen_FirstConversationSaysWhoSpeaksAndAsksOneThing(t *testing.T) {
	t.Parallel()
	r := builtin.New().Open(interview.OpeningRequest{First: true})
	r.Metadata.Act, r.State = "opening", []byte("{}") // which an opening does not have
	checkLawful(t, "", r)
	if !strings.Contains(r.Content, "program") || r.Metadata.Facet != "opening" || len(askList(r.Content)) != 1 {
		t.Errorf("Open() = %q, %+v", r.Content, r.Metadata)
	}
}

func TestOpen_LaterConversationWelcomesBackInDifferentWords(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for day := range 3 {
		r := builtin.New().Open(interview.OpeningRequest{Now: interview.At(time.Unix(int64(day)*24*60*60, 0))})
		if r.Metadata.Facet != "returning" || len(askList(r.Content)) != 1 {
			t.Errorf("Open() = %q, %+v", r.Content, r.Metadata)
		}
		seen[r.Content] = true
	}
	if len(seen) != 3 {
		t.Errorf("three days, greetings %v", seen)
	}
	builtin.New().Open(interview.OpeningRequest{}) // the zero time is before 1970
}

func TestReply_EmitErrorIsReturnedAsItIs(t *testing.T) {
	t.Parallel()
	want := errors.New("gone")
	_, err := builtin.New().Reply(t.Context(), interview.ReplyRequest{}, func(interview.Delta) error { return want })
	if !errors.Is(err, want) {
		t.Errorf("err = %v", err)
	}
}

func TestReply_EndedContextSaysNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := builtin.New().Reply(ctx, interview.ReplyRequest{}, func(interview.Delta) error {
		t.Error("emitted")
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}

func TestReply_SameRequestGetsSameReply(t *testing.T) {
	t.Parallel()
	k := newTalk(t, true)
	k.say("We rebuilt the ticket system of the museum this spring.")
	in := k.request("It was mostly paper before that, and people queued for an hour.")
	before, _ := json.Marshal(in)
	var first interview.Reply
	for i := range 20 {
		r, err := builtin.New().Reply(t.Context(), in, func(interview.Delta) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = r
		}
		if !reflect.DeepEqual(r, first) {
			t.Fatalf("reply %d = %+v, first %+v", i, r, first)
		}
	}
	if after, _ := json.Marshal(in); string(after) != string(before) {
		t.Error("the request was changed")
	}
}

// messages are what the long conversations go through, round and round.
func messages() []string {
	return []string{
		"We moved the archive of the hospital to a new building and I planned the transport with four colleagues.",
		"It took three weeks and nobody lost a file.", "skip", "I don't know", "I made a list of every shelf and put it on the wall.",
		"It was hard because the lift broke on the second day.", "12", "yes", "ok", "help",
		"We carried it all down the stairs, 40 boxes an hour.",
		"As I said, it was three weeks.", "🙂", "The nurses noticed first, they found things at once.", "why do you ask?", "next",
		"Marta from the night shift drew the map and I ordered the boxes.", "I'd rather not talk about that.", "nothing special",
		"are you a robot?", "Calm people and clear labels.", "what happens with my data?", "hi",
	}
}

func TestReply_300TurnsWithoutARepeatedQuestion(t *testing.T) {
	t.Parallel()
	for name, pool := range map[string][]string{
		"answers":  {"We built the new stand for the fair, and in the end it held.", "I sawed the boards and Marta painted them that week."},
		"anything": messages(),
		"skipping": {"skip"},
		"unsure":   {"no idea"},
		"pressed":  {"are you real?", "how much longer?"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkTalk(t, pool)
		})
	}
}

func checkTalk(t *testing.T, pool []string) {
	t.Helper()
	k := newTalk(t, true)
	asked := map[string][]string{}
	for _, ask := range askList(k.recent[0].Content) {
		asked[ask] = planner.Stems(ask)
	}
	for i := range 300 {
		message := pool[i%len(pool)]
		r := k.say(message)
		checkLawful(t, message, r)
		asks := askList(r.Content)
		if len(asks) == 0 {
			t.Fatalf("turn %d: nothing asked in %q", i, r.Content)
		}
		stems := planner.Stems(asks[0])
		for earlier, s := range asked {
			if planner.Overlap(stems, s) >= planner.SameQuestion {
				t.Fatalf("turn %d: %q, after %q", i, asks[0], earlier)
			}
		}
		asked[asks[0]] = stems
	}
	if len(k.state) > 16<<10 {
		t.Errorf("state of %d bytes", len(k.state))
	}
}

func TestReply_QuestionsWithoutEnd(t *testing.T) {
	t.Parallel()
	k := newTalk(t, true)
	seen := map[string]bool{}
	for i := range 400 {
		r := k.say("We built another stand for the fair, and in the end it held.")
		if seen[r.Metadata.Question] && seen[strings.Join(askList(r.Content), "")] {
			t.Fatalf("turn %d: %q again", i, r.Content)
		}
		seen[r.Metadata.Question], seen[strings.Join(askList(r.Content), "")] = true, true
	}
}

func TestReply_AcknowledgementDiffersFromTheLastTwo(t *testing.T) {
	t.Parallel()
	k := newTalk(t, true)
	var last []string
	for i := range 60 {
		r := k.say("We built another stand for the fair, and in the end it held.")
		if i%7 == 0 {
			k.state = nil // a rotation that only lives in the state would start again
		}
		ack, _, _ := strings.Cut(r.Content, ".")
		if slices.Contains(last[max(0, len(last)-2):], ack) {
			t.Fatalf("turn %d: %q after %q", i, ack, last)
		}
		last = append(last, ack)
	}
}

func TestReply_LostStateIsRebuiltFromTheMessages(t *testing.T) {
	t.Parallel()
	for name, state := range map[string]string{
		"none": "", "other version": `{"v":99,"turn":3,"asked":"many"}`, "garbage": "\x00{", "null": "null",
		"hostile": `{"v":1,"turn":-7,"experience":-2,"closing":-9,"open":{"id":"x"},"asked":[{"id":"y"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newTalk(t, true)
			seen := map[string]bool{}
			for range 18 {
				r := k.say("We built another stand for the fair, and in the end it held.")
				if seen[r.Metadata.Question] {
					t.Fatalf("asked %q again", r.Metadata.Question)
				}
				seen[r.Metadata.Question] = true
				k.state = []byte(state)
			}
		})
	}
}

func TestReply_RebuiltStateGoesOnLikeTheStoredOne(t *testing.T) {
	t.Parallel()
	stored, rebuilt := newTalk(t, true), newTalk(t, true)
	for i := range 19 { // as many as the messages at hand reach back
		message := fmt.Sprintf("We built stand number %d for the fair, and in the end it held.", i)
		a := stored.say(message)
		rebuilt.state = nil
		b := rebuilt.say(message)
		if !reflect.DeepEqual(a.Metadata, b.Metadata) {
			t.Fatalf("turn %d: stored %+v, rebuilt %+v", i, a.Metadata, b.Metadata)
		}
	}
}

func TestReply_QuestionsOfAModelCount(t *testing.T) {
	t.Parallel()
	k := newTalk(t, true)
	k.say("We moved the archive of the hospital to a new building.")
	k.add(interview.RoleUser, "It was full.", interview.ReplyMetadata{})
	k.add(interview.RoleAssistant, "That sounds tight. What exactly was yours to look after in all this?", interview.ReplyMetadata{Engine: "openai"})
	for range 30 {
		if r := k.say("I planned the transport with four colleagues."); r.Metadata.Question == "rs-01" && !strings.Contains(r.Content, "ring you") {
			t.Fatalf("asked again: %q", r.Content)
		}
	}
}

func TestReply_RegeneratedReplyAsksSomethingElse(t *testing.T) {
	t.Parallel()
	k := newTalk(t, true)
	k.say("We moved the archive of the hospital to a new building.")
	first := k.say("It was full and the roof was leaking.")
	k.recent = k.recent[:len(k.recent)-2] // a retry sees the messages before its own, and the state after the first attempt
	if second := k.say("It was full and the roof was leaking."); second.Metadata.Question == first.Metadata.Question {
		t.Errorf("asked %q twice", first.Metadata.Question)
	}
}

func TestReply_ExperiencesFollowOneAnother(t *testing.T) {
	t.Parallel()
	k := newTalk(t, true)
	var facets []string
	for range 20 {
		facets = append(facets, k.say("We built another stand for the fair, and in the end it held.").Metadata.Facet)
	}
	want := []string{
		"context", "responsibility", "action", "action", "result", "result", "challenge", "action", "learning", "responsibility",
		"context", "result",
		"skills", "goals", "values", "education", "extras", "extras", "context", "responsibility",
	}
	if !slices.Equal(facets, want) {
		t.Errorf("facets\n%q, want\n%q", facets, want)
	}
}
