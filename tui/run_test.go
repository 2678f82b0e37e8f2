package tui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
	"github.com/betterprofile/betterprofile/printable/printabletest"
)

// terminal is a screen for a program under test. It locks for itself, because the emulator does not, and does what a terminal's line
// discipline does to line ends.
type terminal struct {
	t       *testing.T
	mu      sync.Mutex
	screen  *vt.Emulator
	raw     bytes.Buffer
	changed chan struct{}
	keys    *io.PipeWriter
	ended   chan error
	stop    context.CancelFunc
}

func (x *terminal) Write(p []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.raw.Write(p)
	_, err := x.screen.Write(bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n")))
	select {
	case x.changed <- struct{}{}:
	default:
	}
	return len(p), err
}

func (x *terminal) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.screen.String()
}

// run starts the program on a terminal of 80x24.
func run(t *testing.T, opts Options) *terminal {
	t.Helper()
	in, keys := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	x := &terminal{t: t, screen: vt.NewEmulator(80, 24), changed: make(chan struct{}, 1), keys: keys, ended: make(chan error, 1), stop: stop}
	opts.Input, opts.Output, opts.Width, opts.Height = in, x, 80, 24
	opts.Environment = []string{"TERM=xterm-256color"}
	opts.Now = noon
	replies := x.replies()
	go func() { x.ended <- Run(ctx, opts) }()
	t.Cleanup(func() {
		stop()
		_ = keys.Close()
		_ = x.screen.InputPipe().(io.Closer).Close()
		<-replies
	})
	return x
}

// replies passes the emulator's replies on to the program, and ends when both are closed. They wait in a queue as they do in a real
// terminal: a program that ends does not read them any more.
func (x *terminal) replies() <-chan struct{} {
	queue, done := make(chan []byte, 1000), make(chan struct{})
	go func() {
		defer close(queue)
		for p := make([]byte, 256); ; {
			n, err := x.screen.Read(p)
			if err != nil {
				return
			}
			queue <- bytes.Clone(p[:n])
		}
	}()
	go func() {
		defer close(done)
		for p := range queue {
			_, _ = x.keys.Write(p)
		}
	}()
	return done
}

// shows waits until the screen satisfies the function.
func (x *terminal) shows(what string, ok func(string) bool) *terminal {
	x.t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	for !ok(x.String()) {
		select {
		case <-x.changed:
		case <-deadline.C:
			x.t.Fatalf("waited for %s in vain:\n%s", what, x)
		}
	}
	return x
}

func (x *terminal) wants(text string) *terminal {
	x.t.Helper()
	return x.shows(text, func(s string) bool { return strings.Contains(s, text) })
}

func (x *terminal) lacks(text string) *terminal {
	x.t.Helper()
	return x.shows("no "+text, func(s string) bool { return !strings.Contains(s, text) })
}

func (x *terminal) types(keys string) *terminal {
	x.t.Helper()
	if _, err := io.WriteString(x.keys, keys); err != nil {
		x.t.Fatal(err)
	}
	return x
}

func (x *terminal) quits() {
	x.t.Helper()
	select {
	case err := <-x.ended:
		if err != nil {
			x.t.Fatal(err)
		}
	case <-time.After(20 * time.Second):
		x.t.Fatalf("the program does not end:\n%s", x)
	}
}

const (
	ctrlC = "\x03"
	ctrlN = "\x0e"
	ctrlR = "\x12"
	esc   = "\x1b"
	enter = "\r"
	pgUp  = "\x1b[5~"
)

// memoryDrafts are Drafts in memory.
type memoryDrafts struct {
	mu sync.Mutex
	of map[string]string
}

func (d *memoryDrafts) Load(id string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.of[id]
}

func (d *memoryDrafts) Save(id, text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.of == nil {
		d.of = map[string]string{}
	}
	d.of[id] = text
}

func TestRun_FirstConversation(t *testing.T) {
	t.Parallel()
	server := newFakeServer(noon())
	server.script = func(string) []step { return words("Thank you. **What** happened next?", nil) }
	x := run(t, Options{Server: server, Local: true, DataPath: "/home/a/data"})
	x.wants("stored on this computer").wants("/home/a/data").wants("built-in interviewer")
	x.types("I am a nurse").wants("› I am a nurse").types(enter).wants("Thank you. What happened next?").wants("› Write your answer")
	x.types(ctrlC).quits()
	if n := server.called("CreateConversation"); n != 1 {
		t.Errorf("%d conversations were created", n)
	}
	x = run(t, Options{Server: server, Local: true})
	x.wants("I am a nurse").wants("Thank you. What happened next?").lacks("stored on this computer").types("\x04").quits()
}

func TestRun_TypingGoesOnWhileTheReplyComes(t *testing.T) {
	t.Parallel()
	server := newFakeServer(noon())
	server.add("A talk", "Hello.")
	first, rest := make(chan struct{}), make(chan struct{})
	server.script = func(string) []step { return []step{{wait: first, text: "Begin, "}, {wait: rest, text: "end."}} }
	x := run(t, Options{Server: server}).wants("Hello.")
	x.types("one" + enter).wants("thinking").types("two").wants("› two")
	close(first)
	x.wants("Begin,").types(" three").wants("› two three")
	close(rest)
	x.wants("Begin, end.").wants("› two three").types(ctrlC).quits()
}

func TestRun_StopKeepsThePart(t *testing.T) {
	t.Parallel()
	server := newFakeServer(noon())
	server.add("A talk", "Hello.")
	never := make(chan struct{})
	server.script = func(string) []step { return []step{{text: "The first part"}, {wait: never}} }
	x := run(t, Options{Server: server}).wants("Hello.").types("go" + enter).wants("The first part")
	x.types(esc).wants("You stopped this reply.").wants("The first part")
	server.mu.Lock()
	server.script = func(string) []step { return []step{{text: "Whole now."}} }
	server.mu.Unlock()
	x.types(ctrlR).wants("Whole now.").lacks("You stopped").types(ctrlC).quits()
}

func TestRun_FailedTurnIsRetried(t *testing.T) {
	t.Parallel()
	server := newFakeServer(noon())
	server.add("A talk", "Hello.")
	attempts := 0
	server.script = func(string) []step {
		if attempts++; attempts == 1 {
			return []step{{fail: interview.Errorf(interview.CodeModelUnavailable, "The model cannot be reached.")}}
		}
		return []step{{text: "Here I am."}}
	}
	x := run(t, Options{Server: server}).wants("Hello.").types("go" + enter).wants("The model cannot be reached.").wants("Ctrl+R")
	x.types(ctrlR).wants("Here I am.").lacks("cannot be reached").types(ctrlC).quits()
}

func TestRun_ConnectionLostInMidReplyIsFoundAgain(t *testing.T) {
	t.Parallel()
	server := newFakeServer(noon())
	server.add("A talk", "Hello.")
	gate := make(chan struct{})
	server.script = func(string) []step {
		return []step{{text: "Part one, "}, {reconnect: true}, {cut: errors.New("gone")}, {wait: gate, text: "part two."}}
	}
	x := run(t, Options{Server: server}).wants("Hello.").types("go" + enter).wants("The server could not be reached.").wants("Part one,")
	close(gate)
	x.types(ctrlR).wants("Part one, part two.").lacks("could not be reached").types(ctrlC).quits()
}

func TestRun_RunningTurnIsJoined(t *testing.T) {
	t.Parallel()
	server := newFakeServer(noon())
	c := server.add("A talk", "Hello.")
	server.add("Another", "Welcome.")
	gate := make(chan struct{})
	server.script = func(string) []step { return []step{{text: "Started here, "}, {wait: gate, text: "ended there."}} }
	x := run(t, Options{Server: server, Conversation: c.ID}).wants("Hello.").types("go" + enter).wants("Started here,")
	x.types("\x1b[1;3B").wants("Welcome.").lacks("Started here,")
	x.types("\x1b[1;3A").wants("Started here,")
	close(gate)
	x.wants("Started here, ended there.").types(ctrlC).quits()
	if server.called("Cancel") != 0 {
		t.Error("leaving a conversation cancelled its turn")
	}
}

func TestRun_QuitBeforeTheAcknowledgementKeepsTheMessageWithItsID(t *testing.T) {
	t.Parallel()
	server := newFakeServer(noon())
	c := server.add("A talk", "Hello.")
	drafts := &memoryDrafts{}
	block := make(chan struct{})
	server.refuse = func(method string) error {
		if method == "Send" {
			<-block
			return interview.Errorf(interview.CodeUnavailable, "The server is away.")
		}
		return nil
	}
	x := run(t, Options{Server: server, Drafts: drafts}).wants("Hello.").types("precious" + enter).wants("sending…")
	x.types(ctrlC).wants("Sending your message").types(ctrlC)
	close(block)
	x.quits()
	d := decodeDraft(drafts.Load(c.ID))
	if d.Sending == nil && d.Resend == nil {
		t.Fatalf("the draft is %+v", d)
	}
	server.refuse = func(string) error { return nil }
	x = run(t, Options{Server: server, Drafts: drafts}).wants("› precious").types(enter).wants("What happened next?")
	x.types(ctrlC).quits()
	if got := drafts.Load(c.ID); got != "" {
		t.Errorf("the draft is still %q", got)
	}
}

func TestRun_DraftOutlivesTheProgram(t *testing.T) {
	t.Parallel()
	server, drafts := newFakeServer(noon()), &memoryDrafts{}
	server.add("A talk", "Hello.")
	run(t, Options{Server: server, Drafts: drafts}).wants("Hello.").types("half a tho").wants("half a tho").types(ctrlC).quits()
	run(t, Options{Server: server, Drafts: drafts}).wants("› half a tho").types(ctrlC).quits()
}

func TestRun_TextWrittenWhileNothingOpensIsKept(t *testing.T) {
	t.Parallel()
	server, drafts := newFakeServer(noon()), &memoryDrafts{}
	server.add("A talk", "Hello.")
	away := func(string) error { return interview.Errorf(interview.CodeUnavailable, "The server is away.") }
	server.refuse = away
	run(t, Options{Server: server, Drafts: drafts}).wants("The server is away.").types("a thought").wants("a thought").types(ctrlC).quits()
	server.refuse = func(string) error { return nil }
	x := run(t, Options{Server: server, Drafts: drafts}).wants("Hello.").wants("› a thought")
	x.types(enter).wants("What happened next?").types(ctrlC).quits()
}

func TestRun_ServerThatWasAwayIsAskedAgain(t *testing.T) {
	t.Parallel()
	server := newFakeServer(noon())
	server.add("A talk", "Hello.")
	server.refuse = func(string) error { return interview.Errorf(interview.CodeUnavailable, "The server is away.") }
	x := run(t, Options{Server: server}).wants("The server is away.").wants("offline")
	server.mu.Lock()
	server.refuse = func(string) error { return nil }
	server.mu.Unlock()
	x.types(ctrlR).wants("Hello.").wants("connected").types(ctrlC).quits()
}

func TestRun_ConversationsAreRenamedAndDeleted(t *testing.T) {
	t.Parallel()
	server := newFakeServer(noon())
	server.add("Second", "The second talk.")
	server.add("First", "The first talk.")
	x := run(t, Options{Server: server}).wants("The first talk.")
	x.types("\t").wants("Conversations").types("r").wants("Enter saves").types("\x15Renamed" + enter).wants("Renamed").lacks("Enter saves")
	x.types("d").wants("Deleted “Renamed”").wants("The second talk.").types(ctrlC).quits()
	if server.called("DeleteConversation") != 1 || server.called("UpdateConversation") != 1 {
		t.Errorf("calls: %v", server.calls)
	}
}

func TestRun_LongConversationIsReadPageByPage(t *testing.T) {
	t.Parallel()
	server := newFakeServer(noon())
	var contents []string
	for i := range 500 {
		contents = append(contents, "Message number "+time.Duration(i).String()+".")
	}
	server.add("Long", contents...)
	x := run(t, Options{Server: server}).wants("number 499ns")
	if n := server.called("ListMessages"); n != 0 {
		t.Errorf("opening read %d further pages", n)
	}
	for i := 0; i < 1000 && !strings.Contains(x.String(), "number 0s."); i++ {
		x.types(pgUp)
	}
	x.wants("number 0s.")
	x.types("\x1b[1;5F").wants("number 499ns").types(ctrlC).quits()
}

func TestRun_NewConversation(t *testing.T) {
	t.Parallel()
	server := newFakeServer(noon())
	server.add("A talk", "An old hello.")
	x := run(t, Options{Server: server, New: true}).wants("What have you been working on lately?").lacks("An old hello.")
	x.types(ctrlN).wants("This conversation is new.").types(ctrlC).quits()
}

func TestRun_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	server := newFakeServer(noon())
	server.add("A talk", "Hello.")
	x := run(t, Options{Server: server}).wants("Hello.")
	x.stop()
	if err := <-x.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestRun_HostileServer drives every text of a server that means harm through the whole program and reads its output byte for byte.
func TestRun_HostileServer(t *testing.T) {
	t.Parallel()
	server := newFakeServer(noon())
	all := strings.Join(printabletest.Hostile(), " ")
	server.me = interview.Me{User: interview.User{Name: all}, Engine: interview.EngineInfo{Model: all}}
	server.add(all, all, all, all+" seen")
	server.script = func(string) []step {
		return []step{{text: all[:len(all)/2]}, {text: all[len(all)/2:] + " done"}, {fail: interview.Errorf(interview.CodeInternal, "%s", all)}}
	}
	x := run(t, Options{Server: server}).wants("seen").types("go" + enter).wants("Ctrl+R tries again").types("\t").wants("Conversations")
	x.types("d").wants("brings it back").types("\x1bu").wants("is back").types(ctrlC).quits()
	checkOutput(t, x.raw.Bytes())
}

// checkOutput fails unless the output holds nothing but printable text, line ends, backspaces and sequences that Bubble Tea uses.
func checkOutput(t *testing.T, raw []byte) {
	t.Helper()
	var state byte
	p := ansi.NewParser()
	for len(raw) > 0 {
		seq, _, n, next := ansi.DecodeSequence(raw, state, p)
		text := string(seq)
		switch {
		case strings.HasPrefix(text, "\x1b["), text == "\x1bM", text == "\r", text == "\b", text == "\t":
		case strings.HasPrefix(text, "\x1b]11;?"), strings.HasPrefix(text, "\x1bP+q"), strings.HasPrefix(text, "\x1b7"), strings.HasPrefix(text, "\x1b8"):
		case !printable.Safe(text):
			t.Fatalf("the output holds %q", text)
		}
		raw, state = raw[n:], next
	}
}
