package tui

import (
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

func expired() error {
	return interview.Errorf(interview.CodeUnauthenticated, "Sign in first: the session is unknown or has expired.")
}

const signInCommand = "betterprofile login"

func TestSignedOut_MessageComesBackAndIsSentAgainWithItsID(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{SignIn: signInCommand}).send(window(80, 24), meMsg{}).opened(talk()...).keys("first", "enter")
	id := s.turn.input.ID
	s.keys("next").send(eventsMsg{turn: 1, err: expired()})
	s.wants("You are signed out.", signInCommand, "Enter sends it again", "› first", "next", "signed out").lacks("Sign in first")
	s.composer.setValue("first")
	s.keys("enter")
	if s.turn.input.ID != id {
		t.Error("the same text was sent under another id")
	}
	s.send(some(2, interview.Event{Kind: interview.EventStarted})).wants("connected").lacks("signed out")
}

func TestSignedOut_InMidReplyKeepsWhatCame(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{SignIn: signInCommand}).send(window(80, 24), meMsg{}).opened(talk()...).keys("hi", "enter", "a draft")
	came := []interview.Event{{Kind: interview.EventDelta, ID: interview.EventID{Attempt: 1, Offset: 4}, Text: "Part"}}
	s.send(eventsMsg{turn: 1, events: came, err: expired()}).wants("Part", signInCommand, "What came so far stays", "Ctrl+R", "› a draft", "signed out")
	s.keys("ctrl+r").send(some(2, interview.Event{Kind: interview.EventDelta, Text: "ner."}), layoutMsg{2}).wants("Partner.", "› a draft").lacks("signed out")
}

func TestSignedOut_IsSaidCalmlyWhereverItShows(t *testing.T) {
	t.Parallel()
	for name, play := range map[string]func(stage){
		"opening":  func(s stage) { s.send(listMsg{err: expired()}) },
		"a page":   func(s stage) { s.opened(talk()...).send(olderMsg{gen: s.conv.gen, err: expired()}) },
		"stopping": func(s stage) { s.opened(talk()...).keys("hi", "enter").send(cancelledMsg{1, expired()}) },
		"a title":  func(s stage) { s.opened(talk()...).send(renamedMsg{err: expired()}) },
		"a branch": func(s stage) {
			s.opened(talk()...).keys("f2", "!", "enter").send(forkedMsg{gen: s.conv.gen, err: expired()})
		},
		"regaining": func(s stage) { s.opened(talk()...).keys("ctrl+r").send(eventsMsg{turn: 1, err: expired()}) },
	} {
		s := newStage(t, Options{SignIn: signInCommand}).send(window(140, 40), meMsg{})
		play(s)
		if !strings.Contains(s.screen(), "You are signed out. Run “betterprofile login” in another window.") {
			t.Errorf("%s: not said\n%s", name, s.screen())
		}
	}
	if n := newStage(t, Options{SignIn: signInCommand}).trouble(notSent, expired(), ""); !n.calm {
		t.Error("the notice is an alarm")
	}
	if n := newStage(t, Options{}).trouble("", expired(), ""); strings.Contains(n.text, "Run") {
		t.Errorf("without a command to sign in: %q", n.text)
	}
}

func TestRun_GoesOnAfterSigningInAgain(t *testing.T) {
	t.Parallel()
	server, drafts := newFakeServer(noon()), &memoryDrafts{}
	server.add("A talk", "Hello.")
	setRefusal := func(refuse func(string) error) {
		server.mu.Lock()
		defer server.mu.Unlock()
		server.refuse = refuse
	}
	x := run(t, Options{Server: server, Drafts: drafts, SignIn: signInCommand}).wants("Hello.")
	setRefusal(func(string) error { return expired() })
	x.types("a thought" + enter).wants("You are signed out.").wants("› a thought")
	setRefusal(func(string) error { return nil })
	x.types(enter).wants("What happened next?").lacks("signed out").types(ctrlC).quits()
	if n := server.called("Send"); n != 2 {
		t.Errorf("sent %d times", n)
	}
}
