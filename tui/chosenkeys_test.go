package tui

import (
	"slices"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

func TestCheckKeys_SaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		chosen map[string][]string
		want   string // part of the error; empty for none
	}{
		{"nothing", nil, ""},
		{"other keys", map[string][]string{"new-conversation": {"Ctrl+T", "f7"}, "delete": {"X"}, "redraw": {}}, ""},
		{"names of keys in other words", map[string][]string{"page-up": {"PageUp"}, "stop": {"Escape", "control+x"}, "newest": {"alt+shift+End"}}, ""},
		{"an action that there is not", map[string][]string{"new-conversaton": {"ctrl+t"}}, `no action "new-conversaton"; did you mean "new-conversation"?`},
		{"an action like nothing", map[string][]string{"teleport": {"ctrl+t"}}, `no action "teleport"`},
		{"a key that there is not", map[string][]string{"send": {"ctrl+banana"}}, `send: there is no key "ctrl+banana"`},
		{"a key beyond F63", map[string][]string{"send": {"f64"}}, `no key "f64"`},
		{"an empty key", map[string][]string{"send": {""}}, `no key ""`},
		{"a modifier alone", map[string][]string{"send": {"ctrl+"}}, `no key "ctrl+"`},
		{"a letter where one writes", map[string][]string{"search": {"s"}}, `"s" could not be written any more`},
		{"the space bar where one writes", map[string][]string{"send": {"space"}}, `could not be written`},
		{"a key twice", map[string][]string{"search": {"ctrl+t"}, "palette": {"ctrl+t"}}, `ctrl+t is given to both "palette" and "search"`},
		{"a key twice in places that exclude each other", map[string][]string{"rename": {"f9"}, "confirm-fact": {"f9"}}, ""},
		{"what terminals cannot tell apart", map[string][]string{"search": {"ctrl+i"}}, "cannot be told from tab"},
		{"no way out", map[string][]string{"quit": {}}, "quit needs a key"},
		{"the way out taken", map[string][]string{"search": {"ctrl+c"}}, "quit needs a key"},
	} {
		err := CheckKeys(tt.chosen)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestKeys_ChosenOnesWorkAndAreShown(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{Keys: map[string][]string{"search": {"ctrl+t", "f7"}, "filter": {"F"}, "new-conversation": {"ctrl+f"}}})
	s.send(window(140, 70)).opened(talk()...).keys("ctrl+t").wants("Search all messages").keys("esc")
	s.keys("f1").wants("Ctrl+T", "search all messages (also F7)", "Ctrl+F").keys("esc").keys("ctrl+p").wants("Ctrl+T").keys("esc")
	s.keys("tab", "/").lacks("/ ").keys("F").wants(" / ")
}

func TestKeys_ChosenOneIsTakenFromWhatHadIt(t *testing.T) {
	t.Parallel()
	k := newKeyMap()
	if err := k.choose(map[string][]string{"redraw": {"f3"}}); err != nil {
		t.Fatal(err)
	}
	if got := k.search.Keys(); !slices.Equal(got, []string{"ctrl+f"}) || k.redraw.Help().Key != "F3" {
		t.Errorf("search has %q, redraw %q", got, k.redraw.Help().Key)
	}
}

func TestKeyNames_AreUniqueAndComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, n := range KeyNames() {
		if seen[n.Name] || n.Does == "" || len(n.Keys) == 0 {
			t.Errorf("%+v", n)
		}
		seen[n.Name] = true
		for _, key := range n.Keys {
			if got, err := parseKey(key); err != nil || got != key {
				if key != "ctrl+shift+-" { // what some terminals make of Ctrl+_
					t.Errorf("%s: %q is read as %q, %v", n.Name, key, got, err)
				}
			}
		}
	}
}

func TestKeys_SentencesNameTheChosenOnes(t *testing.T) {
	t.Parallel()
	s := newStage(t, Options{Keys: map[string][]string{"retry": {"f6"}, "stop": {"ctrl+x"}, "new-conversation": {"ctrl+t"}}}).send(window(100, 24)).start()
	s.send(openedMsg{gen: s.conv.gen, err: interview.Errorf(interview.CodeUnavailable, "The server is away.")})
	s.wants("F6 tries again, Ctrl+T starts a new conversation.").opened(talk()...).keys("f2").wants("Ctrl+X leaves").keys("ctrl+x", "hi", "enter", "more", "enter").wants("Ctrl+X stops it.")
	s.send(eventsMsg{turn: 1, events: []interview.Event{{Kind: interview.EventFailed, Error: interview.Errorf(interview.CodeModelUnavailable, "No model.")}}})
	s.wants("Your message is stored. F6 tries again.")
}
