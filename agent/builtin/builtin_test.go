package builtin_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

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
	asked, turnOf := map[string][]string{}, map[string]int{}
	for _, ask := range askList(k.messages[0].Content) {
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
		if r.Metadata.Question == planner.RecapID {
			continue
		}
		stems := planner.Stems(asks[0])
		own := strings.HasPrefix(r.Metadata.Question, "cl-") && r.Metadata.Wording == "a"
		if own { // these differ in what they quote
			stems = planner.Stems(r.Content)
		}
		for earlier, s := range asked {
			if own && i-turnOf[earlier] > 190 { // the same words again, of which only so many questions are remembered
				continue
			}
			if planner.Overlap(stems, s) >= planner.SameQuestion {
				t.Fatalf("turn %d: %q, after %q", i, asks[0], earlier)
			}
		}
		asked[r.Content], turnOf[r.Content] = stems, i
	}
	if len(k.state) > 64<<10 {
		t.Errorf("state of %d bytes", len(k.state))
	}
}

func TestReply_AcknowledgementDiffersFromTheLastTwo(t *testing.T) {
	t.Parallel()
	k := newTalk(t, true)
	var last []string
	for i := range 60 {
		r := k.say("Hm, it was all right, so to speak.")
		if i%7 == 0 {
			k.state = nil // a rotation that only lives in the state would start again
		}
		ack, _, _ := strings.Cut(r.Content, ".")
		if slices.Contains(last[max(0, len(last)-2):], ack) && r.Metadata.Wording != "a" {
			t.Fatalf("turn %d: %q after %q", i, ack, last)
		}
		last = append(last, ack)
	}
}

func TestReply_LostStateIsRebuiltFromTheMessages(t *testing.T) {
	t.Parallel()
	for name, state := range map[string]string{
		"none": "", "other version": `{"v":99,"turn":3,"asked":"many"}`, "garbage": "\x00{", "null": "null",
		"hostile": `{"v":2,"turn":-7,"focus":9,"closing":-9,"open":{"id":"x"},"asked":{"y":"p,1"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stored, lost := newTalk(t, true), newTalk(t, true)
			for i := range 30 {
				message := messages()[i%len(messages())]
				lost.state = []byte(state)
				if a, b := stored.say(message), lost.say(message); a.Content != b.Content || string(a.State) != string(b.State) {
					t.Fatalf("turn %d: stored %q, rebuilt %q", i, a.Content, b.Content)
				}
			}
		})
	}
}

func TestReply_QuestionsOfAModelCount(t *testing.T) {
	t.Parallel()
	k := newTalk(t, true)
	k.say("We moved the archive of the hospital to a new building.")
	k.add(interview.RoleUser, "It was full.", interview.ReplyMetadata{})
	k.add(interview.RoleAssistant, "That sounds tight. What exactly was yours to look after in all this?", interview.ReplyMetadata{Engine: "openai"})
	for range 30 {
		if r := k.say("I planned the transport with four colleagues."); strings.Contains(r.Content, "What was yours to look after in all this?") {
			t.Fatalf("asked again: %q", r.Content)
		}
	}
}

func TestReply_RegeneratedReplyStartsFromTheMessagesBefore(t *testing.T) {
	t.Parallel()
	k := newTalk(t, true)
	k.say("We moved the archive of the hospital to a new building.")
	first := k.say("It was full and the roof was leaking.")
	k.messages = k.messages[:len(k.messages)-2] // a retry sees the messages before its own, and the state after the first attempt
	k.turns--
	if second := k.say("It was full and the roof was leaking."); second.Content != first.Content || string(second.State) != string(first.State) {
		t.Errorf("first %q, again %q", first.Content, second.Content)
	}
}
