package interview

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// reader plays a client: it applies events to its copy of the reply.
type reader struct {
	at   EventID
	text string
}

func (r *reader) look(v view) {
	ev, ok := advance(&r.at, v)
	switch {
	case !ok:
	case ev.Kind == EventReplace:
		r.text = ev.Text
	default:
		r.text += ev.Text
	}
}

func TestAdvance_ReadersEndWithTheReplyFromAnyPlace(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		s := newStream(1 + rnd.IntN(3))
		readers := []*reader{{at: EventID{Attempt: s.attempt}}}
		for range rnd.IntN(20) {
			switch rnd.IntN(8) {
			case 0:
				s.replace(s.replaced("m", strings.Repeat("→", rnd.IntN(4))))
			default:
				s.append([]string{"a", "é", "→x", "🙂 "}[rnd.IntN(4)], 1000)
			}
			if rnd.IntN(3) == 0 {
				// A reader who was cut off: it has some bytes of this attempt, or anything of an earlier one.
				v := s.view()
				offset := rnd.IntN(len(v.text) + 1)
				r := &reader{at: EventID{Attempt: v.attempt, Offset: offset}, text: v.text[:offset]}
				if rnd.IntN(2) == 0 {
					r = &reader{at: EventID{Attempt: v.attempt - 1, Offset: rnd.IntN(9)}, text: "void"}
				}
				readers = append(readers, r)
			}
			readers[rnd.IntN(len(readers))].look(s.view())
		}
		s.finish(Event{Kind: EventCompleted})
		v := s.view()
		for _, r := range readers {
			r.look(v)
			if r.text != v.text {
				t.Fatalf("a reader ends with %q, the reply is %q", r.text, v.text)
			}
		}
	}
}

func TestAdvance_AReaderAheadWaitsUntilItIsPassed(t *testing.T) {
	t.Parallel()
	at := EventID{Attempt: 1, Offset: 5}
	if ev, ok := advance(&at, view{attempt: 1, text: "abc"}); ok {
		t.Fatalf("got %+v before the checkpoint caught up", ev)
	}
	if ev, ok := advance(&at, view{attempt: 1, text: "abcdefg"}); !ok || ev.Kind != EventDelta || ev.Text != "fg" || ev.ID.Offset != 7 {
		t.Fatalf("got %+v, %v", ev, ok)
	}
	at = EventID{Attempt: 1, Offset: 50}
	if ev, ok := advance(&at, view{attempt: 1, text: "abc", end: &Event{}}); !ok || ev.Kind != EventReplace || ev.Text != "abc" {
		t.Fatalf("a place beyond the end of an ended reply: got %+v, %v", ev, ok)
	}
	at = EventID{Attempt: 1, Offset: 1}
	if ev, ok := advance(&at, view{attempt: 1, text: "éa"}); !ok || ev.Kind != EventReplace {
		t.Fatalf("a place inside a character: got %+v, %v", ev, ok)
	}
}

func TestStream_CutsAtTheLimitAndKeepsTextStorable(t *testing.T) {
	t.Parallel()
	s := newStream(1)
	if !s.append("a\x00b\xff", 5) {
		t.Error("four characters do not fit into five")
	}
	if s.append("cdé", 5) {
		t.Error("seven characters fit into five")
	}
	if got := s.view().text; got != "ab\uFFFDcd" {
		t.Errorf("got %q", got)
	}
	if rest, ok := s.rest("ab\xffcd and more"); !ok || rest != " and more" {
		t.Errorf("an extension has the rest %q, %v", rest, ok)
	}
	if _, ok := s.rest("other"); ok {
		t.Error("another text is an extension")
	}
	s.replace(s.replaced("m", "other\x00"))
	if v := s.view(); v.text != "other" || v.attempt != 2 {
		t.Errorf("a replacement became %+v", v)
	}
}

func TestStream_ViewsStayAsTheyWere(t *testing.T) {
	t.Parallel()
	s := newStream(1)
	s.append("abc", 100)
	old := s.view().text
	for range 100 {
		s.append("d", 1000)
	}
	s.replace(s.replaced("m", "x"))
	if old != "abc" {
		t.Errorf("an old view changed to %q", old)
	}
}

func BenchmarkStreamAppendAndRead(b *testing.B) {
	s := newStream(1)
	r := reader{at: EventID{Attempt: 1}}
	for b.Loop() {
		s.append("token ", 1<<40)
		advance(&r.at, s.view())
	}
}

func TestFollower_SaysWhenTheNextEventIsAtHand(t *testing.T) {
	t.Parallel()
	var got []bool
	f := follower{at: EventID{Attempt: 1}, yield: func(ev Event, _ error) bool {
		got = append(got, ev.More)
		return true
	}}
	f.show(view{attempt: 1, text: "a"})
	f.show(view{attempt: 1, text: "ab", end: &Event{Kind: EventCompleted}})
	if want := []bool{false, true, false}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for status, want := range map[TurnStatus]bool{TurnRunning: false, TurnCompleted: true, TurnFailed: true, TurnCancelled: true} {
		if startedEvent(Turn{Status: status}).More != want {
			t.Errorf("%s: started does not say %v", status, want)
		}
	}
}
