package tui

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/betterprofile/betterprofile/interview"
)

// memoryOutbox is an Outbox in memory, which several programs may share.
type memoryOutbox struct {
	mu      sync.Mutex
	waiting []Queued
	refuse  error
	puts    chan struct{} // one for each message that was put; nil: nobody counts
}

func (o *memoryOutbox) List() []Queued {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.waiting)
}

func (o *memoryOutbox) Put(q Queued) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refuse == nil {
		o.waiting = append(o.waiting, q)
	}
	if o.puts != nil {
		o.puts <- struct{}{}
	}
	return o.refuse
}

func (o *memoryOutbox) Remove(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.waiting = slices.DeleteFunc(o.waiting, func(q Queued) bool { return q.Input.ID == id })
}

// memoryCache is a Cache in memory.
type memoryCache struct {
	mu   sync.Mutex
	text map[string]string
	full chan struct{} // closed when want texts are kept
	want int
}

func (c *memoryCache) Load(name string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text[name]
}

func (c *memoryCache) Save(name, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.text == nil {
		c.text = map[string]string{}
	}
	c.text[name] = text
	if c.full != nil && len(c.text) == c.want {
		close(c.full)
		c.full = nil
	}
}

func (c *memoryCache) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.text)
}

func gone() error {
	return interview.Errorf(interview.CodeUnavailable, "The server at 127.0.0.1:8080 does not answer.")
}

// away makes every call of the server fail, or none.
func (s *fakeServer) away(is bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = func(string) error { return nil }
	if is {
		s.refuse = func(string) error { return gone() }
	}
}

func TestOutbox_MessageWaitsAndIsSentOnceWhenTheServerIsBack(t *testing.T) {
	t.Parallel()
	server, out := newFakeServer(noon()), &memoryOutbox{puts: make(chan struct{}, 9)}
	c := server.add("A talk", "Hello.")
	x := run(t, Options{Server: server, Outbox: out, Drafts: &memoryDrafts{}}).wants("Hello.")
	server.away(true)
	x.types("typed offline" + enter).wants("waiting for the server").types("and more" + enter).wants("and more")
	<-out.puts
	<-out.puts
	server.away(false)
	x.lacks("waiting for the server").wants("What happened next?")
	x.shows("two replies", func(screen string) bool { return strings.Count(screen, "What happened next?") == 2 }).types(ctrlC).quits()
	server.mu.Lock()
	defer server.mu.Unlock()
	var said []string
	for _, m := range c.Messages {
		if m.Role == interview.RoleUser {
			said = append(said, m.Content)
		}
	}
	if !slices.Equal(said, []string{"typed offline", "and more"}) {
		t.Errorf("the server has %q", said)
	}
	if n := len(out.List()); n != 0 {
		t.Errorf("%d messages are still in the outbox", n)
	}
}

func TestOutbox_IsSentByTheNextRunOnceThoughTwoProgramsHaveIt(t *testing.T) {
	t.Parallel()
	server, out := newFakeServer(noon()), &memoryOutbox{}
	c := server.add("A talk", "Hello.")
	other := server.add("Another", "Hi.")
	for i, id := range []string{c.ID, other.ID} {
		if err := out.Put(Queued{ConversationID: id, Input: interview.TurnInput{ID: interview.NewID(), Content: []string{"for the first", "for the second"}[i]}}); err != nil {
			t.Fatal(err)
		}
	}
	server.refuse = func(method string) error {
		if method == "Send" {
			return gone()
		}
		return nil
	}
	a := run(t, Options{Server: server, Outbox: out, Conversation: c.ID}).wants("for the first").wants("waiting for the server")
	b := run(t, Options{Server: server, Outbox: out, Conversation: c.ID}).wants("for the first").wants("waiting for the server")
	server.away(false)
	a.wants("What happened next?").lacks("waiting").types(ctrlC).quits()
	b.wants("What happened next?").lacks("waiting").types(ctrlC).quits()
	server.mu.Lock()
	defer server.mu.Unlock()
	for _, of := range []*interview.Conversation{c, other} {
		n := 0
		for _, m := range of.Messages {
			if m.Role == interview.RoleUser {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s has %d messages of the user, want 1", of.Title, n)
		}
	}
}

func TestOutbox_MessageCanBeTakenBack(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{Outbox: &memoryOutbox{}}).send(window(80, 24)).opened(talk()...).keys("first", "enter")
	s.send(eventsMsg{turn: 1, err: gone()}).wants("waiting for the server", "offline")
	if d := s.draft(); d.Sending == nil || d.Sending.Content != "first" {
		t.Error("until the outbox has the message it is not in the draft")
	}
	s.send(queuedMsg{queued: s.waiting[0]})
	if d := s.draft(); d.Sending != nil {
		t.Error("the message is still in the draft")
	}
	s.keys("second", "enter").wants("second")
	if len(s.waiting) != 2 || s.turn.input.Content != "first" {
		t.Fatalf("%d messages wait, and %+v is being sent", len(s.waiting), s.turn)
	}
	s.send(eventsMsg{turn: 2, err: gone()})
	s.keys("shift+tab", "d").wants("Taken back", "› second").lacks("› first")
	if len(s.waiting) != 1 {
		t.Errorf("%d messages wait, want 1", len(s.waiting))
	}
}

func TestOutbox_FullDiskGivesTheMessageBack(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{Outbox: &memoryOutbox{}}).send(window(80, 24)).opened(talk()...).keys("first", "enter").send(eventsMsg{turn: 1, err: gone()})
	s.send(queuedMsg{queued: s.waiting[0], err: errors.New("no space left")}).wants("could not be kept", "› first").lacks("waiting for")
}

func TestOutbox_WhatTheServerRefusesComesBack(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{Outbox: &memoryOutbox{}}).send(window(80, 24)).opened(talk()...).keys("first", "enter").send(eventsMsg{turn: 1, err: gone()})
	s.send(queuedMsg{queued: s.waiting[0]}, meMsg{}).wants("sending…")
	s.send(eventsMsg{turn: 2, err: interview.Errorf(interview.CodeTurnInProgress, "A reply is being made.")}).wants("waiting for the server")
	s.send(probeMsg{}).wants("sending…").send(eventsMsg{turn: 3, err: interview.Errorf(interview.CodeInvalid, "content is not text.")})
	s.wants("Not sent: content is not text.", "› first")
	if len(s.waiting) != 0 {
		t.Error("it still waits")
	}
}

func TestCache_LastKnownConversationsAreReadableOffline(t *testing.T) {
	t.Parallel()
	kept := make(chan struct{})
	server, cached := newFakeServer(noon()), &memoryCache{full: kept, want: 3}
	server.add("An older one", "Words of the older one.")
	server.add("A talk", "Hello.", "I am a nurse.", "Which ward?")
	x := run(t, Options{Server: server, Cache: cached}).wants("Which ward?")
	<-kept // the list, the open conversation and the one read ahead
	x.types(ctrlC).quits()
	server.away(true)
	x = run(t, Options{Server: server, Cache: cached, Outbox: &memoryOutbox{}}).wants("Which ward?").wants("The server is away.").wants("offline")
	x.types("\x1b[1;3B").wants("Words of the older one.").types("typed offline" + enter).wants("waiting for the server")
	server.away(false)
	x.lacks("The server is away.").lacks("waiting for").wants("typed offline").wants("What happened next?").types(ctrlC).quits()
}

func TestCache_ForgettingEmptiesIt(t *testing.T) {
	t.Parallel()
	cached := &memoryCache{text: map[string]string{"c9": "words"}}
	s := newStage(t, Options{Cache: cached}).send(window(80, 24)).opened(talk()...)
	_, cmd := s.model.Update(forgetMsg{report: interview.ForgetReport{Messages: 1, MessageIDs: []string{"m2"}}})
	drain(cmd)
	if cached.Load("c9") != "" {
		t.Error("something is still kept")
	}
	var v interview.ConversationView
	if err := json.Unmarshal([]byte(cached.Load("c1")), &v); err != nil || len(v.Conversation.Messages) != 3 || !v.Conversation.Messages[1].Forgotten() {
		t.Errorf("the open conversation is kept as %+v (%v)", v, err)
	}
}

// drain runs commands to their end, but none that take time.
func drain(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	if batch, ok := cmd().(tea.BatchMsg); ok {
		for _, c := range batch {
			drain(c)
		}
	}
}

func TestSend_ConflictWithAnotherProgramShowsWhatItDid(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(talk()...).keys("mine", "enter")
	gen := s.conv.gen
	s.send(eventsMsg{turn: 1, err: interview.Errorf(interview.CodeTurnInProgress, "A reply is being made.")})
	if s.conv.gen == gen || !s.conv.loading {
		t.Error("the conversation is not read anew")
	}
	if d := s.commands.drafts.get("c1"); d.Text != "mine" || d.Resend == nil {
		t.Errorf("the text is not kept: %+v", d)
	}
}

func TestUnmade_ConversationIsBegunOfflineAndSentByALaterRun(t *testing.T) {
	t.Parallel()
	server, out, drafts, cached := newFakeServer(noon()), &memoryOutbox{puts: make(chan struct{}, 9)}, &memoryDrafts{}, &memoryCache{}
	server.add("A talk", "Hello.")
	server.away(true)
	x := run(t, Options{Server: server, Outbox: out, Drafts: drafts, Cache: cached, New: true}).wants("begins the conversation when it is back")
	x.types("typed offline" + enter).wants("waiting for the server").types("and more" + enter).wants("and more")
	<-out.puts
	<-out.puts
	x.types("a draft").wants("› a draft").types(ctrlC).quits()
	again := run(t, Options{Server: server, Outbox: out, Drafts: drafts, Cache: cached}).wants("typed offline").wants("and more").wants("› a draft")
	server.away(false)
	again.lacks("The server is away.").lacks("waiting for")
	again.shows("two replies", func(screen string) bool { return strings.Count(screen, "What happened next?") == 2 }).types(ctrlC).quits()
	server.mu.Lock()
	defer server.mu.Unlock()
	if n := len(server.conversations); n != 2 {
		t.Fatalf("there are %d conversations", n)
	}
	for _, c := range server.conversations {
		if n := len(c.Messages); c.Title == "" && n != 4 {
			t.Errorf("the one begun offline has %d messages, want 4", n)
		}
	}
}

func TestUnmade_WithoutAWordItOpensAsUsualAndTheDraftStays(t *testing.T) {
	t.Parallel()
	server, drafts := newFakeServer(noon()), &memoryDrafts{}
	server.away(true)
	o := Options{Server: server, Outbox: &memoryOutbox{}, Drafts: drafts, New: true}
	run(t, o).wants("begins the conversation").types("only written").wants("› only written").types(ctrlC).quits()
	x := run(t, o).wants("begins the conversation").wants("› only written")
	server.away(false)
	x.wants("What have you been working on lately?").lacks("The server is away").wants("› only written").types(ctrlC).quits()
	if n := len(server.conversations); n != 1 {
		t.Errorf("there are %d conversations", n)
	}
}

func TestUnmade_DeletedIsNotSent(t *testing.T) {
	t.Parallel()
	server, out := newFakeServer(noon()), &memoryOutbox{}
	server.add("A talk", "Hello.")
	cached := &memoryCache{}
	x := run(t, Options{Server: server, Outbox: out, Cache: cached}).wants("Hello.")
	server.away(true)
	x.types("typed" + enter).wants("waiting for the server").types("\x0e").wants("begins the conversation")
	x.types("begun by mistake" + enter).wants("2 waiting to be sent").types("\t").wants("Conversations").types("d").wants("brings it back")
	x.types(ctrlC).quits()
	if waiting := out.List(); len(waiting) != 1 || waiting[0].New {
		t.Errorf("what waits is %+v", waiting)
	}
}
