package tui

import (
	"errors"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

// branched is the answer of a server that has made a branch.
func branched(s stage, in interview.ForkInput) forkedMsg {
	return forkedMsg{gen: s.conv.gen, conversation: interview.Conversation{
		ID: "b1", Title: "Nurse, rebuilt the handover", UpdatedAt: at(95),
		Messages: []interview.Message{talk()[0], {ID: "b2", Role: interview.RoleUser, Content: in.Content}},
	}}
}

func TestEdit_TakesEarlierMessagesAndEscBringsTheDraftBack(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(many(0, 30)...).keys("half a thought", "f2")
	s.wants("› This is message number 29.", "▌ This is message number 29.", "Esc leaves")
	s.keys("!", "alt+e").wants("› This is message number 27.", "▌ This is message number 27.").lacks("▌ This is message number 29.")
	s.keys("pgdown", "pgdown", "f2").wants("▌ This is message number 25.") // it is brought back into sight
	s.keys("esc").wants("› half a thought", "number 29.").lacks("being edited")
	s.keys("f2").wants("› This is message number 29.!")
	s.keys("ctrl+u", "ctrl+d", "esc").wants("› half a thought")
}

func TestEdit_StopsAtTheFirstMessage(t *testing.T) {
	t.Parallel()
	newStage(t, Options{}).send(window(80, 24)).opened(talk()...).keys("f2", "f2").wants("This is your first message.", "being edited")
	s := newStage(t, Options{}).send(window(80, 24)).opened(talk()[:1]...).keys("f2").wants("There is no message of yours to edit.")
	s.lacks("Esc leaves")
	newStage(t, Options{}).send(window(80, 24)).start().keys("f2").wants("not open yet")
	s = newStage(t, Options{}).send(window(80, 24)).start()
	view := interview.ConversationView{Conversation: interview.Conversation{ID: "c1", Messages: many(99, 2)}, NextCursor: "older"}
	s.send(openedMsg{gen: s.conv.gen, view: view}).keys("f2", "f2").wants("Press the key again.")
	s.send(olderMsg{gen: s.conv.gen, page: interview.MessagePage{Messages: many(90, 9)}}).keys("f2").wants("▌ This is message number 97.")
}

func TestEdit_EscLeavesTheReplyAlone(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(talk()...).keys("hello", "enter")
	s.send(eventsMsg{turn: 1, next: make(chan streamItem), events: []interview.Event{{Kind: interview.EventDelta, Text: "part"}}})
	if s.keys("f2", "esc"); s.turn == nil || s.turn.stopping {
		t.Error("Esc stopped the reply while a message was being edited")
	}
	if s.keys("esc"); !s.turn.stopping {
		t.Error("Esc did not stop the reply")
	}
}

func TestEdit_EnterOpensABranchAndLetsItsLastMessageBeReplied(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{Drafts: &memoryDrafts{}}).send(window(100, 24)).opened(talk()...).keys("half a thought", "f2", "!", "enter")
	in := s.conv.edit.input
	if in.MessageID != "m2" || in.Content != talk()[1].Content+"!" || in.ID == "" {
		t.Fatalf("sent %+v", in)
	}
	s.wants("making the branch…").keys("meanwhile", "enter").wants("The branch is being made.").keys("f2", "esc").wants("› meanwhile")
	answer := branched(s, in)
	s.send(answer).wants("A new branch.", "Opening the conversation", "› meanwhile", "▌ Nurse, rebuilt the han… now")
	if s.conv.id != "b1" {
		t.Fatalf("open is %s, want the branch", s.conv.id)
	}
	if got := s.model.commands.drafts.get("c1"); got != (draft{Text: "half a thought"}) {
		t.Errorf("the draft of the other conversation is %+v", got)
	}
	c := answer.conversation
	c.Messages[1].Turn = &interview.TurnState{Status: interview.TurnFailed, Error: interview.Errorf(interview.CodeInterrupted, "Not answered yet.")}
	s.send(openedMsg{gen: s.conv.gen, view: interview.ConversationView{Conversation: c}}).wants("thinking", "› meanwhile").lacks("Not answered")
	if s.turn == nil || !s.turn.isRetry || s.turn.input.ID != "b2" {
		t.Errorf("the turn is %+v", s.turn)
	}
}

func TestEdit_BranchThatCouldNotBeReadIsRunOnceItIs(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(100, 24)).opened(talk()...).keys("f2", "enter")
	answer := branched(s, s.conv.edit.input)
	s.send(answer, openedMsg{gen: s.conv.gen, err: errors.New("gone")})
	s.send(openedMsg{gen: s.conv.gen, err: errors.New("gone")}).wants("Ctrl+R tries again").keys("ctrl+r")
	s.send(openedMsg{gen: s.conv.gen, view: interview.ConversationView{Conversation: answer.conversation}}).wants("thinking")
}

func TestEdit_ThatFailsComesBackAndIsSentUnderTheSameID(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(talk()...).keys("a draft", "f2", "!", "enter")
	first := s.conv.edit.input
	if d := s.draft(); d.Text != "a draft" || d.Edit == nil || *d.Edit != first {
		t.Fatalf("the draft is %+v", d)
	}
	s.send(forkedMsg{gen: s.conv.gen, err: errors.New("gone")}).wants("The branch could not be made", "Esc leaves")
	if !s.offline {
		t.Error("the status line does not know that the server is away")
	}
	if s.keys("enter"); s.conv.edit.input != first {
		t.Errorf("the same text was sent as %+v, before as %+v", s.conv.edit.input, first)
	}
	s.keys("and more").send(forkedMsg{gen: s.conv.gen, err: errors.New("gone")})
	if got := s.composer.value(); got != first.Content+"\n\nand more" {
		t.Errorf("the composer holds %q", got)
	}
	if s.keys("enter"); s.conv.edit.input.ID == first.ID {
		t.Error("another text was sent under the same id")
	}
	s.send(forkedMsg{gen: s.conv.gen, err: errors.New("gone")}).keys("esc").wants("› a draft")
}

func TestEdit_OfNothingIsNotSent(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(talk()...).keys("f2", "ctrl+u", "ctrl+u", "backspace", "ctrl+u", "enter")
	if s.conv.edit == nil || s.conv.edit.forking {
		t.Error("an empty message was sent")
	}
}

func TestEdit_OutlivesTheProgram(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(talk()...).keys("a draft", "f2")
	if d := s.draft(); d.Edit != nil {
		t.Errorf("an unchanged message is kept as %+v", d.Edit)
	}
	s.keys("!", "enter")
	sent := s.conv.edit.input
	d := decodeDraft(s.keys("and more").draft().encode())
	view := interview.ConversationView{Conversation: interview.Conversation{ID: "c1", Messages: talk()}}
	s = newStage(t, Options{}).send(window(80, 24)).start()
	s.send(openedMsg{gen: s.conv.gen, draft: d, view: view}).wants("Esc leaves", "being edited")
	if got := s.composer.value(); got != sent.Content+"\n\nand more" {
		t.Errorf("the composer holds %q", got)
	}
	if s.keys("enter"); s.conv.edit.input.ID == sent.ID || s.conv.edit.input.ID == "" {
		t.Errorf("it is sent under the id %q", s.conv.edit.input.ID)
	}
	d.Edit = &sent
	s = newStage(t, Options{}).send(window(80, 24)).start()
	if s.send(openedMsg{gen: s.conv.gen, draft: d, view: view}).keys("enter"); s.conv.edit.input != sent {
		t.Errorf("what was sent before is sent as %+v", s.conv.edit.input)
	}
	d.Edit = &interview.ForkInput{MessageID: "far above", Content: "anew"}
	s = newStage(t, Options{}).send(window(80, 24)).start()
	s.send(openedMsg{gen: s.conv.gen, draft: d, view: view}).lacks("Esc leaves")
	if got := s.composer.value(); got != "anew\n\na draft" {
		t.Errorf("the composer holds %q", got)
	}
}

func TestEdit_MessageThatComesBackMeanwhileGoesToTheDraft(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(talk()...).keys("first", "enter", "later", "f2")
	s.wants("▌ I am a nurse") // what is being sent cannot be edited yet
	s.send(eventsMsg{turn: 1, err: errors.New("connection refused")}).wants("Not sent", "Esc leaves the edit", "› I am a nurse")
	s.keys("esc")
	if got := s.composer.value(); got != "first\n\nlater" || s.conv.resend == nil {
		t.Errorf("the composer holds %q", got)
	}
}

func TestEdit_LeftConversationKeepsIt(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(100, 24)).opened(talk()...).keys("a draft", "f2", "!", "enter")
	late := branched(s, s.conv.edit.input)
	s.keys("alt+down").lacks("making the branch")
	if s.send(late); s.conv.id != "c2" || s.list.index("b1") < 0 {
		t.Errorf("open is %s; the branch is at %d in the list", s.conv.id, s.list.index("b1"))
	}
	if d := s.model.commands.drafts.load("c1"); d.Edit == nil || d.Text != "a draft" {
		t.Errorf("the draft is %+v", d)
	}
}

func TestNewConversation_UnusedOneIsTaken(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(100, 24)).opened(talk()[:1]...) // from an earlier start
	s.keys("a draft", "ctrl+n").wants("This conversation is new.", "a draft")
	s.keys("alt+down").send(openedMsg{gen: s.conv.gen, view: interview.ConversationView{Conversation: interview.Conversation{ID: "c2", Messages: talk()}}})
	if s.keys("ctrl+n"); s.conv.id != "c1" {
		t.Fatalf("open is %s, want the unused c1", s.conv.id)
	}
	s.send(openedMsg{gen: s.conv.gen, view: interview.ConversationView{Conversation: interview.Conversation{ID: "c1", Messages: talk()[:1]}}})
	if s.keys("hello", "enter", "ctrl+n"); s.conv.id == "c1" || !s.conv.isNew {
		t.Errorf("open is %s, want a new one", s.conv.id)
	}
	id := s.conv.id
	s.send(createdMsg{gen: s.conv.gen, err: errors.New("gone")}).wants("Ctrl+R tries again").keys("ctrl+n")
	if s.conv.id != id {
		t.Error("the one that could not be made was given up for another")
	}
}

func TestRun_EditInABranch(t *testing.T) {
	t.Parallel()
	server, drafts := newFakeServer(noon()), &memoryDrafts{}
	c := server.add("A talk", "Hello.", "I am a nurse.", "Go on.", "Tell me why.", "Because.")
	server.script = func(content string) []step { return words("You said: "+content, nil) }
	x := run(t, Options{Server: server, Drafts: drafts}).wants("Because.").types("half a thought").wants("› half a thought")
	x.types("\x1bOQ\x1bOQ").wants("› I am a nurse.").types("\x15I was a nurse." + enter).wants("You said: I was a nurse.").lacks("Go on.")
	x.lacks("half a thought").types("\x1b[1;3B").wants("Because.").wants("› half a thought").lacks("being edited").types(ctrlC).quits()
	if len(c.Messages) != 5 || len(server.conversations) != 2 || server.called("Fork") != 1 || server.called("Retry") != 1 {
		t.Errorf("%d messages, %d conversations, calls %v", len(c.Messages), len(server.conversations), server.calls)
	}
}
