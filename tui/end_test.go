package tui

import (
	"context"
	"errors"
	"os"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/betterprofile/betterprofile/interview"
)

// TestMain fails when any test, each of which has ended its programs, has left something running. The one exception is not ours: the reader
// of Bubble Tea 2.1.1 waits for ever with a key that arrives while its program ends.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/charmbracelet/ultraviolet.(*TerminalReader).sendEvents"))
}

// slowDrafts are Drafts whose first save takes until it is let go.
type slowDrafts struct {
	memoryDrafts
	saving, let chan struct{}
}

func newSlowDrafts() *slowDrafts {
	return &slowDrafts{saving: make(chan struct{}), let: make(chan struct{})}
}

func (d *slowDrafts) Save(id, text string) {
	select {
	case <-d.saving:
	default:
		close(d.saving)
		<-d.let
	}
	d.memoryDrafts.Save(id, text)
}

func TestRun_EndOfTheContextKeepsTheDraft(t *testing.T) {
	t.Parallel()
	server, drafts := newFakeServer(noon()), newSlowDrafts()
	c := server.add("A talk", "Hello.")
	x := run(t, Options{Server: server, Drafts: drafts}).wants("Hello.").types("half a tho").wants("› half a tho")
	<-drafts.saving // with the first letters: the others are saved by nothing but the end
	x.types("ught").wants("› half a thought").stop()
	close(drafts.let)
	if err := <-x.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if got := decodeDraft(drafts.Load(c.ID)); got.Text != "half a thought" {
		t.Errorf("the draft is %+v", got)
	}
}

// Not parallel: the signal reaches every program of the process.
func TestRun_HangUpOfTheTerminalKeepsTheDraftAndEnds(t *testing.T) {
	server, drafts := newFakeServer(noon()), &memoryDrafts{}
	c := server.add("A talk", "Hello.", "An answer.", "A reply.")
	x := run(t, Options{Server: server, Drafts: drafts}).wants("Hello.").types("half a thought").wants("› half a thought")
	x.types("\x1bOQ").wants("Esc leaves").types(" anew").wants("› An answer. anew")
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := self.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	x.quits()
	got := decodeDraft(drafts.Load(c.ID))
	if got.Text != "half a thought" || got.Edit == nil || got.Edit.Content != "An answer. anew" {
		t.Errorf("the draft is %+v", got)
	}
}

func TestRun_EndsThoughTheServerIgnoresItsContext(t *testing.T) {
	t.Parallel()
	deaf := make(chan struct{})
	t.Cleanup(func() { close(deaf) })
	server := newFakeServer(noon())
	server.add("A talk", "Hello.")
	server.deaf = deaf
	server.script = func(string) []step { return []step{{text: "The first part"}, {wait: deaf}} }
	x := run(t, Options{Server: server}).wants("Hello.").types("go" + enter).wants("The first part")
	x.types(ctrlC).quits()

	server = newFakeServer(noon())
	server.refuse = func(method string) error {
		if method == "Me" || method == "Send" {
			<-deaf
		}
		return nil
	}
	c := server.add("A talk", "Hello.")
	drafts := &memoryDrafts{}
	x = run(t, Options{Server: server, Drafts: drafts}).wants("Hello.").types("precious" + enter).wants("sending…")
	x.types(ctrlC).wants("Sending your message").quits()
	if got := decodeDraft(drafts.Load(c.ID)); got.Sending == nil || got.Sending.Content != "precious" {
		t.Errorf("the draft is %+v", got)
	}
}

func TestRun_EndsInEveryState(t *testing.T) {
	t.Parallel()
	never := make(chan struct{})
	steps := []step{{text: "Part one, "}, {reconnect: true}, {wait: never}}
	for name, play := range map[string]func(*terminal){
		"at once":      func(*terminal) {},
		"streaming":    func(x *terminal) { x.wants("Hello.").types("go" + enter).wants("Part one,") },
		"reconnecting": func(x *terminal) { x.wants("Hello.").types("go" + enter).wants("reconnecting…") },
		"editing":      func(x *terminal) { x.wants("Hello.").types("\x1be").wants("Esc leaves") },
		"branched":     func(x *terminal) { x.wants("Hello.").types("\x1be" + enter).wants("Part one,") },
		"another":      func(x *terminal) { x.wants("Hello.").types(ctrlR).wants("Part one,") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newFakeServer(noon())
			server.add("A talk", "Hello.", "An answer.", "A reply.")
			server.script = func(string) []step { return steps }
			x := run(t, Options{Server: server, Drafts: &memoryDrafts{}})
			play(x)
			x.types(ctrlC).quits()
			server.end()
		})
	}
}

func TestTasks_NoneBeginsOnceTheProgramEnds(t *testing.T) {
	t.Parallel()
	m := newStage(t, Options{}).model
	m.commands.tasks.close(endTime)
	if msg := m.commands.me(m.ctx)(); msg != nil {
		t.Errorf("got %v", msg)
	}
	if msg := m.stream(m.ctx, 1, m.server.Send(m.ctx, "c1", interview.TurnInput{}))(); msg != nil {
		t.Errorf("got %v", msg)
	}
}
