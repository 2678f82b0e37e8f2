package tui

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
	"github.com/betterprofile/betterprofile/printable/printabletest"
)

// screen is what stands on the screen, without colours.
func (s stage) screen() string { return ansi.Strip(s.View().Content) }

func (s stage) wants(texts ...string) stage {
	s.t.Helper()
	for _, text := range texts {
		if !strings.Contains(s.screen(), text) {
			s.t.Fatalf("%q is not on the screen:\n%s", text, s.screen())
		}
	}
	return s
}

func (s stage) lacks(text string) stage {
	s.t.Helper()
	if strings.Contains(s.screen(), text) {
		s.t.Fatalf("%q is on the screen:\n%s", text, s.screen())
	}
	return s
}

func window(w, h int) tea.WindowSizeMsg { return tea.WindowSizeMsg{Width: w, Height: h} }

// many is n messages in turn, numbered from a number on.
func many(from, n int) []interview.Message {
	var out []interview.Message
	for i := from; i < from+n; i++ {
		role := interview.RoleAssistant
		if i%2 == 1 {
			role = interview.RoleUser
		}
		out = append(out, message(fmt.Sprintf("m%d", i), role, i, fmt.Sprintf("This is message number %d.", i)))
	}
	return out
}

func TestHistory_OlderMessagesDoNotMoveWhatIsRead(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).start()
	s.send(openedMsg{gen: s.conv.gen, view: interview.ConversationView{
		Conversation: interview.Conversation{ID: "c1", Messages: many(100, 30)}, NextCursor: "older",
	}})
	s.wants("number 129").keys("pgup", "pgup", "pgup")
	if !s.conv.loadingOlder {
		t.Fatal("older messages were not asked for")
	}
	before := s.history.view()
	s.send(olderMsg{gen: s.conv.gen, page: interview.MessagePage{Messages: many(50, 50)}})
	if s.history.view() != before {
		t.Errorf("the history moved:\n%s\nwas\n%s", s.history.view(), before)
	}
	s.send(olderMsg{gen: s.conv.gen - 1, page: interview.MessagePage{Messages: many(0, 50)}})
	if n := len(s.history.entries); n != 80 {
		t.Errorf("%d entries, want 80: a late page was taken", n)
	}
	for range 40 {
		s.keys("pgup")
	}
	s.wants("number 50.").keys("ctrl+end").wants("number 129")
}

func TestHistory_ReplyBelowDoesNotMoveWhatIsRead(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(many(0, 30)...)
	s.keys("hello", "enter", "pgup", "pgup")
	before := s.history.view()
	s.send(eventsMsg{turn: 1, next: make(chan streamItem), events: []interview.Event{
		{Kind: interview.EventStarted, Message: &interview.Message{ID: "u"}}, {Kind: interview.EventDelta, Text: strings.Repeat("word ", 500)},
	}})
	if s.history.view() != before {
		t.Errorf("the history moved:\n%s\nwas\n%s", s.history.view(), before)
	}
	s.wants("new messages below, Ctrl+End").keys("pgdown", "pgdown", "ctrl+end").lacks("messages below").lacks("more below").wants("word word")
}

func TestHistory_ResizeKeepsTheMessageInSight(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(many(0, 40)...)
	s.keys("pgup", "pgup")
	want := s.history.top.entry
	for w := 20; w < 200; w += 7 {
		s.send(window(w, 5+w%40))
	}
	if s.send(window(80, 24)); s.history.top.entry != want || s.history.follow {
		t.Errorf("at entry %d, want %d", s.history.top.entry, want)
	}
}

func TestSend_KeepsTextWhenItCannotBeSent(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).keys("early", "enter")
	s.wants("not open yet", "early").opened(talk()...).wants("early")
	s.keys("enter").wants("sending…").keys("more", "enter").wants("still replying", "more")
	s.keys("ctrl+u").send(tea.PasteMsg{Content: strings.Repeat("x", interview.MaxContentRunes+1)}).wants("1 characters too many")
}

func TestSend_EmptyIsNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(talk()...).keys("enter", " ", "enter")
	if s.turn != nil {
		t.Error("blank text was sent")
	}
}

func TestUnsent_ComesBackWithItsIDAndWhatWasTypedSince(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(talk()...).keys("first", "enter")
	id := s.turn.input.ID
	if got := s.draft().Sending; got == nil || got.ID != id {
		t.Fatalf("the draft has %v on its way, want %s", got, id)
	}
	s.send(eventsMsg{turn: 1, err: errors.New("connection refused")}).wants("Not sent", "first")
	s.keys("enter")
	if s.turn.input.ID != id {
		t.Error("the same text was sent under another id")
	}
	s.keys("later").send(eventsMsg{turn: 2, err: errors.New("connection refused")})
	if got := s.composer.value(); got != "first\n\nlater" {
		t.Errorf("the composer holds %q", got)
	}
	s.keys("enter")
	if s.turn.input.ID == id {
		t.Error("another text was sent under the same id")
	}
}

func TestLeaving_LateAnswersAreDropped(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(talk()...)
	late := s.conv.gen
	s.keys("alt+down")
	if s.conv.id != "c2" {
		t.Fatalf("open is %s", s.conv.id)
	}
	s.send(openedMsg{gen: late, view: interview.ConversationView{Conversation: interview.Conversation{ID: "c1", Messages: talk()}}})
	s.wants("Opening the conversation")
}

func TestLeaving_DraftsStayWithTheirConversation(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(talk()...).keys("for the first", "alt+down")
	s.lacks("for the first")
	s.send(openedMsg{gen: s.conv.gen, view: interview.ConversationView{Conversation: interview.Conversation{ID: "c2"}}})
	s.keys("for the second", "alt+up")
	s.send(openedMsg{gen: s.conv.gen, draft: s.model.commands.drafts.load("c1"), view: interview.ConversationView{Conversation: interview.Conversation{ID: "c1"}}})
	s.wants("for the first").lacks("for the second")
}

func TestOpening_SentButUnacknowledgedMessageComesBackUnlessStored(t *testing.T) {
	t.Parallel()
	d := draft{Text: "then this", Sending: &interview.TurnInput{ID: "u1", Content: "on its way"}}
	view := interview.ConversationView{Conversation: interview.Conversation{ID: "c1", Messages: talk()}}
	s := newStage(t, Options{}).send(window(80, 24)).start()
	s.send(openedMsg{gen: s.conv.gen, draft: decodeDraft(d.encode()), view: view})
	if got := s.composer.value(); got != "on its way\n\nthen this" {
		t.Errorf("not stored: %q", got)
	}
	view.Conversation.Messages = append(view.Conversation.Messages, message("u1", interview.RoleUser, 3, "on its way"))
	s = newStage(t, Options{}).send(window(80, 24)).start()
	s.send(openedMsg{gen: s.conv.gen, draft: d, view: view})
	if got := s.composer.value(); got != "then this" {
		t.Errorf("stored: %q", got)
	}
}

func TestDraft_ForeignTextIsKept(t *testing.T) {
	t.Parallel()
	if got := decodeDraft("not ours"); got.Text != "not ours" {
		t.Errorf("got %q", got.Text)
	}
}

func TestList_Keys(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(100, 24)).opened(talk()...)
	s.wants("Conversations").keys("ctrl+b").lacks("Conversations").keys("tab").wants("Conversations")
	s.keys("j", "d").wants("Deleted “").keys("u").wants("is back")
	s.keys("r", "ctrl+u", "Fresh").send(renamedMsg{}).keys("esc").lacks("Fresh")
	s.keys("esc", "j").wants("› j")
	s.send(renamedMsg{conversation: interview.Conversation{ID: "c1", Title: "Other title", UpdatedAt: at(70)}}).wants("── Other title", "▌ Other title")
	s.send(deletedMsg{id: "c1"}).wants("Opening the conversation").lacks("Other title")
	if s.conv.id != "c2" {
		t.Errorf("open is %s, want c2", s.conv.id)
	}
}

func TestTitle_OfACompletedTurnReachesTheList(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(100, 24)).opened(talk()...).keys("hi", "enter")
	reply := message("r", interview.RoleAssistant, 95, "Reply text")
	s.send(eventsMsg{turn: 1, events: []interview.Event{
		{Kind: interview.EventStarted, Message: &interview.Message{ID: "u", Role: interview.RoleUser, Content: "hi", CreatedAt: at(94)}},
		{Kind: interview.EventCompleted, Message: &reply, Title: "A new title"},
	}})
	s.wants("── A new title", "▌ A new title", "Reply text")
	if s.turn != nil || len(s.turns) != 0 {
		t.Error("the turn is still followed")
	}
}

func TestHelp_ShowsEveryBindingOfTheKeyMap(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(160, 100)).opened(talk()...).keys("ctrl+g")
	for _, section := range s.model.keys.sections() {
		for _, n := range section.keys {
			if section.title != "" {
				s.wants(n.binding.Help().Key, n.binding.Help().Desc)
			}
			if len(n.binding.Keys()) == 0 {
				t.Errorf("%s has no keys", n.name)
			}
		}
	}
	s.keys("esc").lacks("Writing").keys("a", "?").wants("› a?").keys("f1").wants("Writing")
}

// TestKeys_NoneIsBoundTwice lets two have a key in common only where what is written, or the state of the conversation, says which is meant.
func TestKeys_NoneIsBoundTwice(t *testing.T) {
	t.Parallel()
	k := newKeyMap()
	meant := map[string]bool{"delete-right quit-empty ctrl+d": true}
	sections := k.sections()
	for i, a := range sections {
		for _, b := range sections[i:] {
			if !together(a.scope, b.scope) {
				continue
			}
			for _, x := range a.keys {
				for _, y := range b.keys {
					for _, name := range x.binding.Keys() {
						if x.name != y.name && slices.Contains(y.binding.Keys(), name) && !meant[x.name+" "+y.name+" "+name] {
							t.Errorf("%s is both %s and %s", name, x.name, y.name)
						}
					}
				}
			}
		}
	}
}

func TestView_HostileTextIsHarmlessEverywhere(t *testing.T) {
	t.Parallel()
	for _, hostile := range slices.Concat(printabletest.Hostile(), printabletest.Harmless()) {
		s := newStage(t, Options{Local: len(hostile)%2 == 0, Version: hostile, DataPath: hostile}).send(window(100, 30))
		fail := interview.Errorf(interview.CodeUnavailable, "%s", hostile)
		me := interview.Me{User: interview.User{Name: hostile}, Engine: interview.EngineInfo{Model: hostile}}
		check := func(scene string) {
			t.Helper()
			v := s.View()
			for line := range strings.SplitSeq(v.Content, "\n") {
				if !printable.Safe(unstyled(line)) {
					t.Fatalf("%s: %q leaves %q", scene, hostile, line)
				}
			}
			checkFits(t, s, v)
		}
		s.send(meMsg{me: me}, listMsg{err: fail})
		check("error")
		c := interview.Conversation{ID: "c1", Title: hostile, Preview: hostile, Messages: []interview.Message{
			message("a", interview.RoleAssistant, 0, hostile), message("b", interview.RoleUser, 1, hostile),
			{ID: "r", Role: interview.RoleAssistant, Content: hostile, Metadata: interview.ReplyMetadata{Fallback: hostile}.JSON()},
		}}
		c.Messages[1].Turn = &interview.TurnState{Status: interview.TurnFailed, Error: fail}
		s.send(listMsg{page: interview.ConversationPage{Conversations: []interview.Conversation{c}}})
		s.send(openedMsg{gen: s.conv.gen, draft: draft{Text: hostile}, view: interview.ConversationView{Conversation: c}})
		check("history")
		s.keys("f2", "x", "enter").send(forkedMsg{gen: s.conv.gen, conversation: c, err: fail})
		check("editing")
		s.keys("esc", "ctrl+r")
		check("another")
		s.send(eventsMsg{turn: s.turn.id, events: []interview.Event{{Kind: interview.EventFailed, Error: fail}}})
		check("failed")
		s.keys("ctrl+u", "x", "enter")
		for i := range len(hostile) {
			s.send(eventsMsg{turn: 2, next: make(chan streamItem), events: []interview.Event{{Kind: interview.EventDelta, Text: hostile[i : i+1]}}})
		}
		s.send(layoutMsg{2})
		check("streaming")
		s.keys("tab", "d")
		check("delete")
		s.keys("n", "r")
		check("rename")
		s.keys("esc", "?")
		check("help")
		s.keys("esc").send(createdMsg{gen: s.conv.gen, conversation: c}, renamedMsg{err: fail})
		check("created")
	}
}

func TestEvents_OutOfOrderDoNoHarm(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(talk()...).keys("hi", "enter")
	s.send(eventsMsg{turn: 1, next: make(chan streamItem), events: []interview.Event{{Kind: interview.EventDelta, Text: "no start"}}})
	s.send(layoutMsg{1}).wants("no start").lacks("sending…")
	if s.draft().Sending != nil {
		t.Error("an acknowledged message is still kept as on its way")
	}
	reply := message("r", interview.RoleAssistant, 95, "Reply text")
	s.send(eventsMsg{turn: 1, events: []interview.Event{
		{Kind: interview.EventCompleted, Message: &reply}, {Kind: interview.EventDelta, Text: "too late"}, {Kind: interview.EventFailed},
	}})
	s.send(eventsMsg{turn: 1, events: []interview.Event{{Kind: interview.EventDelta, Text: "too late"}}}, layoutMsg{1}, spinMsg{1})
	s.wants("Reply text").lacks("too late")
}

func TestEvents_ReplaceVoidsWhatCame(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(80, 24)).opened(talk()...).keys("hi", "enter")
	s.send(eventsMsg{turn: 1, next: make(chan streamItem), events: []interview.Event{
		{Kind: interview.EventDelta, Text: "first try"}, {Kind: interview.EventReplace, Text: "second try"}, {Kind: interview.EventDelta, Text: " goes on"},
	}})
	s.send(layoutMsg{1}).wants("second try goes on").lacks("first try")
}

func TestList_FailedPageIsAskedForAgainOnlyByAKey(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{}).send(window(100, 24)).start()
	p := list()
	p.NextCursor = "more"
	s.send(listMsg{page: p})
	if !s.list.loading {
		t.Fatal("the next page was not asked for")
	}
	s.send(listMsg{further: true, err: errors.New("gone")})
	if s.list.loading {
		t.Error("it was asked for again at once")
	}
	if s.keys("tab", "down"); !s.list.loading {
		t.Error("a key did not ask for it again")
	}
}

func TestIntro_SaysWhatRepliesOnceThatIsKnown(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{Local: true}).send(window(140, 24), listMsg{})
	s.send(createdMsg{gen: s.conv.gen, conversation: interview.Conversation{ID: "c1", Messages: talk()[:1]}})
	s.wants("stored on this computer").lacks("built-in")
	s.send(meMsg{me: interview.Me{Engine: interview.EngineInfo{Model: "gpt-4o-mini"}}})
	s.wants("Replies come from the model gpt-4o-mini, which is sent what you write.")
}

func TestIntro_BreaksAPathBehindASlash(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{Local: true, DataPath: "~/a-rather-long-folder/of-some-account/betterprofile.db"}).send(window(40, 24), listMsg{})
	s.send(createdMsg{gen: s.conv.gen, conversation: interview.Conversation{ID: "c1", Messages: talk()[:1]}})
	s.wants("~/a-rather-long-folder/\n", "  of-some-account/betterprofile.db.\n")
}

func TestTitle_IsOneUntilThereIsAnother(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{New: true}).send(window(80, 24))
	_ = s.createConversation()
	s.send(listMsg{}).wants("── New conversation ─")
	s.send(createdMsg{gen: s.conv.gen, conversation: interview.Conversation{ID: "c1", Messages: talk()[:1]}}).wants("── New conversation ─")
	s.keys("I am a nurse", "enter").wants("── New conversation ─")
	s.send(eventsMsg{turn: 1, events: []interview.Event{{Kind: interview.EventCompleted, Message: &talk()[2], Title: "The handover"}}}).wants("── The handover ─")
}
