package tui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

// says lets the reply go on.
func (s stage) says(text string) stage {
	return s.send(some(1, interview.Event{Kind: interview.EventDelta, Text: text}), layoutMsg{1})
}

// room is how many empty lines are below the newest one.
func (s stage) room() int {
	lines := strings.Split(s.history.view(), "\n")
	n := 0
	for n < len(lines) && strings.TrimSpace(lines[len(lines)-1-n]) == "" {
		n++
	}
	return n - 1 // an entry ends with an empty line
}

func TestFollow_TextRisesInStepsUnderAReplyBesideTheList(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(140, 40)).opened(many(0, 40)...).keys("hi", "enter")
	moves, first := 0, s.history.start()
	for i := range 60 {
		s.says(fmt.Sprintf("- line %d of the reply\n", i)).wants(fmt.Sprintf("line %d of", i))
		if at := s.history.start(); at != first {
			moves, first = moves+1, at
		}
		if s.room() > s.history.lead {
			t.Fatalf("%d lines are empty, at most %d should be", s.room(), s.history.lead)
		}
	}
	if want := 60/s.history.lead + 1; moves > want {
		t.Errorf("the text moved %d times for 60 lines, want %d at most", moves, want)
	}
	room := s.room()
	s.send(some(1, interview.Event{Kind: interview.EventCancelled}))
	if s.room() > room {
		t.Errorf("the end of the reply left %d empty lines, there were %d", s.room(), room)
	}
	if s.keys("end"); s.room() != 0 {
		t.Errorf("End left %d empty lines", s.room())
	}
}

func TestFollow_TextRisesByLinesWithoutTheList(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(many(0, 40)...).keys("hi", "enter")
	for i := range 30 {
		if s.says(fmt.Sprintf("- line %d of the reply\n", i)); s.room() != 0 {
			t.Fatalf("%d lines are empty", s.room())
		}
	}
}

func TestFollow_ShortConversationStaysAtTheTop(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(140, 40)).opened(talk()[:2]...).keys("hi", "enter")
	for i := range 10 {
		if s.says(fmt.Sprintf("- line %d of the reply\n", i)); s.history.start() != (place{}) {
			t.Fatalf("the text has moved though there was room:\n%s", s.screen())
		}
	}
}

func TestFollow_NewestLineStaysInSightWhateverTheSize(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(140, 40)).opened(many(0, 40)...).keys("hi", "enter")
	for i := range 60 {
		s.says(fmt.Sprintf("Paragraph %d: %s\n\n", i, strings.Repeat("some more words ", i%7)))
		for _, size := range [][2]int{{95, 40}, {200, 40}, {140, 15}, {60, 30}, {140, 40}} {
			s.send(window(size[0], size[1]))
			if first, last := s.history.shown(); first > last || last != len(s.history.entries)-1 {
				t.Fatalf("entries %d to %d of %d are in sight at %v", first, last, len(s.history.entries), size)
			}
			if room := s.room(); room < 0 || room > max(s.history.lead, 1) {
				t.Fatalf("%d lines are empty at %v:\n%s", room, size, s.screen())
			}
			at := s.history.start()
			if n := s.history.below(at, s.history.height+1); n > s.history.height {
				t.Fatalf("the newest line is out of sight at %v:\n%s", size, s.screen())
			}
		}
	}
}
