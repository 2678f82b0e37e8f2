package tui

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

func TestList_FilterNarrowsAsOneTypes(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(100, 24)).opened(talk()...).keys("tab", "/")
	s.keys("c", "a", "r", "p").wants("/ carp", "I started as a").lacks("夜勤")
	if n := len(s.list.rows); n != 1 {
		t.Fatalf("%d rows are left, want 1", n)
	}
	s.send(foundMsg{text: "carp", page: interview.ConversationPage{Conversations: []interview.Conversation{{ID: "c9", Title: "Carpet layer"}}}})
	s.wants("Carpet layer")
	s.send(foundMsg{text: "older", page: interview.ConversationPage{Conversations: []interview.Conversation{{ID: "c8", Title: "Late answer"}}}})
	s.lacks("Late answer").keys("x").wants("None has that").lacks("Carpet layer")
	s.keys("esc").wants("夜勤").lacks("/ carp")
	if !s.list.focused {
		t.Error("leaving the filter left the list")
	}
}

func TestList_EnterInTheFilterOpensWhatIsLeft(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(100, 24)).opened(talk()...).keys("tab", "/")
	s.send(pasted("carpenter")).keys("enter")
	if s.conv.id != "c2" || s.list.focused || s.list.filter != nil {
		t.Errorf("open is %s, focused %v, filter %v", s.conv.id, s.list.focused, s.list.filter)
	}
}

func TestList_MarksSayWhatIsPinnedAndArchived(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(100, 24)).opened(talk()...)
	s.send(patchedMsg{conversation: interview.Conversation{ID: "c2", Title: "Teacher", Pinned: true, UpdatedAt: at(-300)}, done: "Pinned."})
	s.wants("★ Teacher", "Pinned.")
	if s.list.rows[0].ID != "c2" {
		t.Error("what is pinned does not stand first")
	}
	s.send(patchedMsg{conversation: interview.Conversation{ID: "c2", Title: "Teacher", Archived: true}}).lacks("Teacher")
	s.keys("tab", "v").wants("Archived", "Loading").lacks("夜勤")
	s.send(listMsg{page: list()}).lacks("夜勤") // an answer about the others that comes late
	s.send(listMsg{archived: true, page: interview.ConversationPage{Conversations: []interview.Conversation{{ID: "c2", Title: "Teacher", Archived: true}}}})
	s.wants("▤ Teacher").keys("v").wants("Conversations", "Loading")
}

func TestRemove_CanBeBroughtBack(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(100, 24)).opened(talk()...).keys("a thought", "tab", "d")
	s.wants("Deleted “Nurse, rebuilt", "u brings it back", "8 s")
	if s.conv.id == "c1" {
		t.Fatal("what was deleted is still open")
	}
	if called := s.server.(*fakeServer).called("DeleteConversation"); called != 0 {
		t.Fatal("the server was told at once")
	}
	s.send(leavingMsg{}).wants("7 s").send(listMsg{page: list()})
	if indexOf(s.list.rows, "c1") >= 0 {
		t.Error("a fresh list brought it back")
	}
	s.keys("u").wants("is back", "› Nurse, rebuilt")
	if s.conv.id != "c1" || len(s.leaving) != 0 {
		t.Errorf("open is %s, %d leaving", s.conv.id, len(s.leaving))
	}
	s.keys("u").wants("nothing to bring back")
}

func TestRemove_TellsTheServerWhenTheTimeIsUp(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(100, 24)).opened(talk()...).keys("tab", "down", "d")
	for range undoSeconds {
		s.send(leavingMsg{})
	}
	if l := s.leaving; len(l) != 1 || !l[0].sent {
		t.Fatalf("leaving: %v", l)
	}
	s.lacks("brings it back").keys("u").wants("nothing to bring back")
	s.send(deletedMsg{id: "c2", err: interview.Errorf(interview.CodeUnavailable, "The server is away.")}).wants("could not be deleted", "carpenter")
	s.keys("d")
	for range undoSeconds {
		s.send(leavingMsg{})
	}
	s.send(deletedMsg{id: s.leaving[0].conversation.ID})
	if len(s.leaving) != 0 {
		t.Error("still leaving")
	}
}

func TestRun_DeletedIsGoneAfterQuittingAndUndoneIsNot(t *testing.T) {
	t.Parallel()
	server := newFakeServer(noon())
	server.add("Third", "The third talk.")
	server.add("Second", "The second talk.")
	server.add("First", "The first talk.")
	x := run(t, Options{Server: server}).wants("The first talk.").types("\t").wants("Conversations").types("d").wants("u brings it back")
	x.wants("The second talk.").types("d").wants("The third talk.").types("u").wants("is back").wants("The second talk.").types(ctrlC).quits()
	server.mu.Lock()
	defer server.mu.Unlock()
	if len(server.conversations) != 2 || server.conversations[0].Title != "Second" {
		t.Errorf("left are %d", len(server.conversations))
	}
}

func TestRun_StartsWhereItWasLeft(t *testing.T) {
	t.Parallel()
	server, drafts := newFakeServer(noon()), &memoryDrafts{}
	var contents []string
	for i := range 60 {
		contents = append(contents, "Message number "+time.Duration(i).String()+".")
	}
	server.add("Long", contents...)
	server.add("Newer", "The newer talk.")
	x := run(t, Options{Server: server, Drafts: drafts}).wants("The newer talk.").types("\x1b[1;3B").wants("number 59ns")
	for range 4 {
		x.types(pgUp)
	}
	x.wants("number 30ns").lacks("number 59ns").types(ctrlC).quits()
	again := run(t, Options{Server: server, Drafts: drafts}).wants("number 30ns").lacks("number 59ns")
	again.types("\x1b[1;3A").wants("The newer talk.").types("\x1b[1;3B").wants("number 30ns").types(ctrlC).quits()
	server.add("Newest", "Written in since.")
	run(t, Options{Server: server, Drafts: drafts}).wants("Written in since.").types(ctrlC).quits()
}

func TestRun_WhereItWasLeftMayBeGone(t *testing.T) {
	t.Parallel()
	server, drafts := newFakeServer(noon()), &memoryDrafts{}
	server.add("Other", "The other talk.")
	gone := server.add("Gone", "The talk that goes.")
	run(t, Options{Server: server, Drafts: drafts}).wants("The talk that goes.").types(ctrlC).quits()
	if err := server.DeleteConversation(t.Context(), gone.ID); err != nil {
		t.Fatal(err)
	}
	run(t, Options{Server: server, Drafts: drafts}).wants("The other talk.").types(ctrlC).quits()
}

func TestRun_ConversationsAreForkedAndExported(t *testing.T) {
	t.Parallel()
	server := newFakeServer(noon())
	server.add("A talk", "First question?", "First answer.", "Second question?", "Second answer.", "Third question?")
	written := make(chan string, 1)
	export := func(title string, r io.Reader) (string, error) {
		b, err := io.ReadAll(r)
		written <- title + ": " + string(b)
		return "/tmp/\x1b[31ma-talk.md", err
	}
	x := run(t, Options{Server: server, Export: export}).wants("Third question?").types("\t").wants("Conversations").types("e").wants("Written to /tmp/")
	if got := <-written; !strings.HasPrefix(got, "A talk: # A talk (markdown)\n") || !strings.Contains(got, "Third question?") {
		t.Errorf("the file holds %q", got)
	}
	x.types("f").wants("A copy up to the last question.").lacks("Third question?").wants("Second question?").types(ctrlC).quits()
	checkOutput(t, x.raw.Bytes())
}

func TestExport_SaysWhyItCouldNotBeWritten(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(100, 24)).opened(talk()...)
	s.send(exportedMsg{err: io.ErrShortWrite}).wants("could not be exported: short write")
	if s.offline {
		t.Error("a full disk is taken for a server that is away")
	}
	s.keys("tab", "e").wants("nowhere to write")
}

func TestRemove_CountsOneSecondASecond(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(100, 24)).opened(talk()...)
	c := s.list.rows[1]
	if s.model.remove(c) == nil || s.model.count() != nil {
		t.Fatal("the seconds are not counted once")
	}
	s.model.bringBack()
	if s.model.remove(c); s.leaving[0].left != undoSeconds || s.model.count() != nil {
		t.Error("a second count was begun while the first one runs")
	}
	for range undoSeconds {
		s.send(leavingMsg{})
	}
	if s.counting {
		t.Error("counts on for nothing")
	}
	if s.model.remove(s.list.rows[0]) == nil || !s.counting {
		t.Error("the next one is not counted while the server deletes the first")
	}
}
