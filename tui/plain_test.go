package tui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
	"github.com/betterprofile/betterprofile/printable/printabletest"
)

// plainly runs the plain interview on lines of input and returns what it wrote.
func plainly(t *testing.T, opts Options, lines ...string) string {
	t.Helper()
	var out bytes.Buffer
	opts.Input, opts.Output, opts.Now = strings.NewReader(strings.Join(lines, "\n")+"\n"), &out, noon
	if err := RunPlain(t.Context(), opts); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func inOrder(t *testing.T, got string, texts ...string) {
	t.Helper()
	rest := got
	for _, text := range texts {
		_, after, ok := strings.Cut(rest, text)
		if !ok {
			t.Fatalf("no %q, or not there, in:\n%s", text, got)
		}
		rest = after
	}
}

func TestPlain_ReadsOutAndAnswers(t *testing.T) {
	t.Parallel()
	server := newFakeServer(noon())
	server.script = func(string) []step {
		return words("Thank you.\n\nWhat **happened** next? See [this](https://example.org).", nil)
	}
	server.add("An older one", "Old words.")
	server.add("A talk", "Hello.", "I am a nurse.", "Which ward?")
	got := plainly(t, Options{Server: server}, `Two \`, "lines.", "", "/list", "/open 2", "/model", "/retry", "/quit")
	inOrder(t, got, "You are in the conversation “A talk”.", "You said, 12:00:", "I am a nurse.", "The interviewer said", "Which ward?", "Your answer:",
		"The interviewer says:", "Thank you.", "What happened next? See this (https://example.org).", "Your answer:",
		"1. A talk", "2. An older one", "You are in the conversation “An older one”.", "Old words.", "built-in interviewer replies", "not said anything yet", "Goodbye.")
	c := server.conversations[0]
	if m := c.Messages[3]; m.Content != "Two \nlines." {
		t.Errorf("sent %q", m.Content)
	}
}

func TestPlain_BeginsWhereThereIsNothingYet(t *testing.T) {
	t.Parallel()
	got := plainly(t, Options{Server: newFakeServer(noon()), Local: true, DataPath: "/data"})
	inOrder(t, got, "stored on this computer, in /data.", "This is a new conversation.", "What have you been working on lately?", "Your answer:", "Goodbye.")
	server := newFakeServer(noon())
	server.add("A talk", "Hello.")
	inOrder(t, plainly(t, Options{Server: server, New: true}, "/open 7", "/help"), "This is a new conversation.", "Write /list first", "/private TEXT", "/quit")
}

func TestPlain_SaysWhatWentWrong(t *testing.T) {
	t.Parallel()
	server := newFakeServer(noon())
	server.add("A talk", "Hello.")
	n := 0
	server.script = func(string) []step {
		if n++; n == 1 {
			return []step{{text: "Half a"}, {fail: interview.Errorf(interview.CodeModelUnavailable, "The model cannot be reached.")}}
		}
		return []step{{text: "Whole."}}
	}
	inOrder(t, plainly(t, Options{Server: server}, "hello", "/retry"), "Half a", "The model cannot be reached. Your message is stored. Write /retry", "Whole.")
	inOrder(t, plainly(t, Options{Server: server}, strings.Repeat("x", interview.MaxContentRunes+1)), "This cannot be sent.")
	server.refuse = func(method string) error {
		if method == "Send" || method == "ListConversations" && server.called("Send") > 2 {
			return gone()
		}
		return nil
	}
	inOrder(t, plainly(t, Options{Server: server}, "again", "/list"), "does not answer. Your message is kept if it was stored.")
}

func TestPlain_SignedOutAndInterruptedEndIt(t *testing.T) {
	t.Parallel()
	server := newFakeServer(noon())
	server.add("A talk", "Hello.")
	server.refuse = func(method string) error {
		if method == "Send" {
			return expired()
		}
		return nil
	}
	err := RunPlain(t.Context(), Options{Server: server, Input: strings.NewReader("hello\n"), Output: io.Discard})
	if !signedOut(err) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	in, out := io.Pipe()
	defer out.Close()
	ended := make(chan error, 1)
	go func() { ended <- RunPlain(ctx, Options{Server: server, Input: in, Output: io.Discard}) }()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// isDrawing reports whether a character draws instead of saying something.
func isDrawing(r rune) bool { return r >= 0x2500 && r <= 0x25FF || r >= 0x2800 && r <= 0x28FF }

func TestPlain_DrawsNothingAndMovesNothing(t *testing.T) {
	t.Parallel()
	server := newFakeServer(noon())
	server.script = func(string) []step { return words(sample+"\n\n---\n\nEnd.", nil) }
	server.add("A talk", sample, "I am a nurse.", sample)
	got := plainly(t, Options{Server: server}, "hello", "/read", "/list", "/help", "/search nurse")
	for _, r := range got {
		if isDrawing(r) || r != '\n' && unicode.IsControl(r) {
			t.Fatalf("%q is in the output:\n%s", r, got)
		}
	}
	inOrder(t, got, "> Nobody asked me to.", "Pilot", "Whole ward", "late := shift.End()", "End.")
}

func TestPlain_HostileTextIsHarmless(t *testing.T) {
	t.Parallel()
	hostile := printabletest.Hostile()
	if len(hostile) < 200 {
		t.Fatalf("only %d hostile strings", len(hostile))
	}
	for i, evil := range hostile {
		server := newFakeServer(noon())
		server.me.Engine = interview.EngineInfo{Name: "openai", Model: evil}
		server.add(evil, "Hello "+evil, "I said "+evil, evil)
		server.script = func(string) []step {
			if i%2 == 0 {
				return []step{{text: evil}, {fail: interview.Errorf(interview.CodeInternal, "Failed: %s", evil)}}
			}
			return []step{{text: "so " + evil}}
		}
		got := plainly(t, Options{Server: server, DataPath: evil, Local: true}, "hello "+evil, "/read", "/list", "/model", "/search "+evil, "/new")
		if text := strings.ReplaceAll(got, "\n", " "); !printable.Safe(text) {
			t.Fatalf("%q got through:\n%q", evil, got)
		}
	}
}
