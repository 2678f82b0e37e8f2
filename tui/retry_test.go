package tui

import (
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
)

func some(turn int, events ...interview.Event) eventsMsg {
	return eventsMsg{turn: turn, events: events, next: make(chan streamItem)}
}

// short is talk with a last reply that fits any screen.
func short() []interview.Message {
	m := talk()
	m[2].Content = "The old reply."
	return m
}

func TestRetry_OldReplyStaysUntilTheNewOneBegins(t *testing.T) {
	t.Parallel()
	user := short()[1]
	user.Turn = &interview.TurnState{Status: interview.TurnRunning, Attempt: 2}
	s := newStage(t, Options{}).send(window(100, 24)).opened(short()...).keys("a draft", "ctrl+r")
	s.wants("The old reply.", "⠋ thinking again", "› a draft").send(spinMsg{1}).wants("⠙ thinking again")
	s.send(some(1, interview.Event{Kind: interview.EventStarted, Message: &user})).wants("The old reply.", "thinking again", "You rebuilt the handover o…")
	s.send(some(1, interview.Event{Kind: interview.EventReplace})).wants("The old reply.", "thinking again")
	s.send(some(1, interview.Event{Kind: interview.EventDelta, Text: "Now "}), layoutMsg{1}).wants("Now").lacks("The old reply.").lacks("thinking")
	reply := message("m3", interview.RoleAssistant, 95, "Now another.")
	s.send(eventsMsg{turn: 1, events: []interview.Event{{Kind: interview.EventCompleted, Message: &reply}}}).wants("Now another.")
	if len(s.history.entries) != 3 || s.turn != nil || s.history.lastUser().message.Turn != nil {
		t.Errorf("%d entries, turn %v", len(s.history.entries), s.turn)
	}
}

func TestRetry_OldReplyIsBackWhenTheNewOneFails(t *testing.T) {
	t.Parallel()
	fail := interview.Errorf(interview.CodeModelUnavailable, "The model cannot be reached.")
	busy := interview.Errorf(interview.CodeRateLimited, "Too many requests.")
	part := interview.Event{Kind: interview.EventDelta, Text: "Now "}
	old := short()[2]
	for name, tt := range map[string]struct {
		msg  eventsMsg
		want string
	}{
		"failed":               {some(1, interview.Event{Kind: interview.EventFailed, Error: fail}), "The model cannot be reached."},
		"failed in mid-reply":  {some(1, part, interview.Event{Kind: interview.EventFailed, Error: fail, Message: &old}), "The model cannot be reached."},
		"stopped in mid-reply": {some(1, part, interview.Event{Kind: interview.EventCancelled, Message: &old}), "You stopped the new reply."},
		"refused":              {eventsMsg{turn: 1, err: busy}, "Too many requests."},
		"not reached":          {eventsMsg{turn: 1, err: errors.New("connection refused")}, "The server could not be reached."},
	} {
		s := newStage(t, Options{}).send(window(80, 24)).opened(short()...).keys("ctrl+r").send(tt.msg)
		s.wants("The old reply.", tt.want, "Ctrl+R").lacks("thinking").lacks("Now")
		if s.history.lastUser().message.Turn != nil {
			t.Errorf("%s: the turn counts as %v", name, s.history.lastUser().message.Turn)
		}
		s.keys("ctrl+r").wants("The old reply.", "thinking again").lacks(tt.want)
	}
}

func TestRetry_OfAnOutdatedConversationReadsItAnew(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(short()...).keys("ctrl+r")
	s.send(eventsMsg{turn: 1, err: interview.Errorf(interview.CodeTurnInProgress, "Another message is being answered.")})
	if !s.conv.loading {
		t.Error("the conversation is not read anew")
	}
}

func TestJoin_NewReplyTakesThePlaceOfTheOld(t *testing.T) {
	t.Parallel()
	m := short()
	m[1].Turn = &interview.TurnState{Status: interview.TurnRunning, Attempt: 2}
	s := newStage(t, Options{}).send(window(80, 24)).opened(m...).wants("The old reply.", "thinking again")
	s.send(some(1, interview.Event{Kind: interview.EventCancelled})).wants("The old reply.", "You stopped the new reply.")
	m[1].Turn.Partial = "Now "
	newStage(t, Options{}).send(window(80, 24)).opened(m...).wants("Now").lacks("The old reply.")
}

func TestRetry_NothingToReplyTo(t *testing.T) {
	t.Parallel()
	newStage(t, Options{}).send(window(80, 24)).start().keys("ctrl+r").wants("nothing to try again")
	s := newStage(t, Options{}).send(window(80, 24)).opened(talk()[:1]...).keys("ctrl+r").wants("nothing to try again")
	if s.turn != nil {
		t.Error("a turn began")
	}
}

func TestReconnecting_ShowsHowLongAndTypingGoesOn(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(talk()...).keys("hi", "enter")
	again := interview.Event{Kind: interview.EventReconnecting}
	s.send(some(1, interview.Event{Kind: interview.EventDelta, Text: "Part one, "}, again)).wants("reconnecting…", "Part one,")
	s.model.now = func() time.Time { return noon().Add(12 * time.Second) }
	s.send(some(1, again), waitedMsg{1}).wants("reconnecting… 12s").keys("typed").wants("› typed", "reconnecting… 12s")
	s.model.now = func() time.Time { return noon().Add(125 * time.Second) }
	s.send(waitedMsg{1}).wants("reconnecting… 2m 05s")
	if s.waited(waitedMsg{1}) == nil {
		t.Error("the time stands still")
	}
	s.send(some(1, interview.Event{Kind: interview.EventDelta, Text: "part two."}), layoutMsg{1}).wants("Part one, part two.").lacks("reconnecting")
	if s.waited(waitedMsg{1}) != nil {
		t.Error("the time goes on")
	}
}

func TestGivenUp_WhatCameStaysAndCtrlRLooksForTheRest(t *testing.T) {
	t.Parallel()
	for _, code := range []interview.Code{interview.CodeInterrupted, interview.CodeUnavailable} {
		s := newStage(t, Options{}).send(window(80, 24)).opened(talk()...).keys("hi", "enter")
		gone := interview.Errorf(code, "The connection was cut.")
		came := []interview.Event{{Kind: interview.EventDelta, ID: interview.EventID{Attempt: 1, Offset: 4}, Text: "Part"}, {Kind: interview.EventReconnecting}}
		s.send(eventsMsg{turn: 1, events: came, err: gone})
		s.wants("Part", "The connection was cut.", "What came so far stays", "Ctrl+R", "offline").lacks("reconnecting")
		s.keys("ctrl+r").wants("Part", "reconnecting…").lacks("The connection was cut.")
		s.send(some(2, interview.Event{Kind: interview.EventDelta, Text: "ner."}), layoutMsg{2}).wants("Partner.").lacks("offline")
		s.send(eventsMsg{turn: 2, err: gone}).wants("Partner.", "The connection was cut.")
	}
}

func TestGivenUp_BeforeAnythingCameNothingIsSaidToBeThinking(t *testing.T) {
	t.Parallel()
	gone := interview.Errorf(interview.CodeInterrupted, "The connection was cut.")
	begun := interview.Event{Kind: interview.EventStarted}
	s := newStage(t, Options{}).send(window(80, 24)).opened(short()...).keys("hi", "enter")
	s.send(eventsMsg{turn: 1, events: []interview.Event{begun}, err: gone}).wants("Ctrl+R looks for it.").lacks("thinking")
	s.keys("ctrl+r").wants("thinking")
	s = newStage(t, Options{}).send(window(80, 24)).opened(short()...).keys("ctrl+r")
	s.send(eventsMsg{turn: 1, events: []interview.Event{begun}, err: gone}).wants("The old reply.", "Ctrl+R looks for it.").lacks("thinking")
	s.keys("ctrl+r").wants("The old reply.", "thinking again")
}

func TestHistory_ReplyThatShrinksUnderTheReaderIsShown(t *testing.T) {
	t.Parallel()
	m := talk()
	m[2].Content = strings.Repeat("A long paragraph.\n\n", 100)
	s := newStage(t, Options{}).send(window(80, 24)).opened(m...).keys("ctrl+r", "pgup", "pgup")
	for _, text := range []string{"Short. ", strings.Repeat("Word. ", 2000), "Shorter. "} {
		s.send(some(1, interview.Event{Kind: interview.EventReplace, Text: text})) // before it is time to lay it out again
		checkFits(t, s, s.View())
		s.keys("pgup", "pgup")
		checkFits(t, s, s.View())
	}
	s.keys("ctrl+end").wants("Shorter.")
}

func TestHistory_LinesFarFromTheScreenAreLetGo(t *testing.T) {
	t.Parallel()
	const n = 5000
	s := newStage(t, Options{}).send(window(80, 24)).opened(many(0, n)...)
	laid := func() int {
		count := 0
		for _, e := range s.history.entries {
			if e.lines != nil {
				count++
			}
		}
		if count != len(s.history.laid) {
			t.Fatalf("%d entries keep lines, %d are counted", count, len(s.history.laid))
		}
		return count
	}
	most := 0
	for _, key := range []string{"pgup", "pgdown"} {
		for range n / 5 {
			s.keys(key).View()
			most = max(most, laid())
		}
	}
	s.wants("number 4999.")
	if limit := 4*keepLaid + 2*s.height; most > limit || most < keepLaid {
		t.Errorf("up to %d of %d messages keep their lines, want at most %d", most, n, limit)
	}
	s.send(tea.BackgroundColorMsg{}).keys("pgup").View()
	laid()
}

func TestRun_AnotherReply(t *testing.T) {
	t.Parallel()
	server := newFakeServer(noon())
	c := server.add("A talk", "Hello.", "An answer.", "The old reply.")
	begin, rest := make(chan struct{}), make(chan struct{})
	tries := 0
	server.script = func(string) []step {
		if tries++; tries == 1 {
			return []step{{text: "Nothing yet "}, {fail: interview.Errorf(interview.CodeModelUnavailable, "The model cannot be reached.")}}
		}
		return []step{{wait: begin, text: "Another "}, {wait: rest, text: "reply."}}
	}
	x := run(t, Options{Server: server}).wants("The old reply.").types(ctrlR).wants("The model cannot be reached.").wants("The old reply.")
	x.types(ctrlR).wants("thinking again").wants("The old reply.").lacks("cannot be reached")
	close(begin)
	x.wants("Another").lacks("The old reply.")
	close(rest)
	x.wants("Another reply.").types(ctrlC).quits()
	if n := len(c.Messages); n != 3 || c.Messages[2].Content != "Another reply." {
		t.Errorf("%d messages are stored, the last %+v", n, c.Messages[n-1])
	}
}
