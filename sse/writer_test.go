package sse_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/betterprofile/betterprofile/sse"
)

func TestWriter_Format(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name            string
		id, event, data string
		want            string
	}{
		{"all fields", "1.42", "delta", `{"text":"hi"}`, "id: 1.42\nevent: delta\ndata: {\"text\":\"hi\"}\n\n"},
		{"data only", "", "", "x", "data: x\n\n"},
		{"empty data", "", "done", "", "event: done\ndata: \n\n"},
		{"leading space stays", "", "", " x", "data:  x\n\n"},
		{"LF", "", "", "a\nb", "data: a\ndata: b\n\n"},
		{"CRLF and CR", "", "", "a\r\nb\rc", "data: a\ndata: b\ndata: c\n\n"},
		{"last line empty", "", "", "a\n", "data: a\ndata: \n\n"},
		{"LF then CR are two", "", "", "\n\r", "data: \ndata: \ndata: \n\n"},
		{"a forged event is data", "", "", "a\n\nevent: completed\ndata: b", "data: a\ndata: \ndata: event: completed\ndata: data: b\n\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rec := httptest.NewRecorder()
			w := sse.NewWriter(rec, 0)
			if err := w.Event(tt.id, tt.event, []byte(tt.data)); err != nil {
				t.Fatal(err)
			}
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			if got := rec.Body.String(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWriter_Comment(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                   ": \n\n",
		"keep-alive":         ": keep-alive\n\n",
		"a\ndata: b\r\rc: d": ": a\n: data: b\n: \n: c: d\n\n",
	} {
		rec := httptest.NewRecorder()
		w := sse.NewWriter(rec, 0)
		if err := errors.Join(w.Comment(text), w.Flush()); err != nil {
			t.Fatal(err)
		}
		if got := rec.Body.String(); got != want {
			t.Errorf("Comment(%q) wrote %q, want %q", text, got, want)
		}
	}
}

func TestWriter_RefusedFieldLeavesStreamUsable(t *testing.T) {
	t.Parallel()
	rec := httptest.NewRecorder()
	w := sse.NewWriter(rec, 0)
	for _, bad := range []string{"a\nb", "a\r", "\x00"} {
		if err := w.Event(bad, "", nil); !errors.Is(err, sse.ErrField) {
			t.Errorf("id %q: got %v, want ErrField", bad, err)
		}
		if err := w.Event("", bad, nil); !errors.Is(err, sse.ErrField) {
			t.Errorf("event %q: got %v, want ErrField", bad, err)
		}
	}
	if err := errors.Join(w.Event("", "", []byte("ok")), w.Flush()); err != nil {
		t.Fatal(err)
	}
	if got, want := rec.Body.String(), "data: ok\n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWriter_BuffersUntilFlush(t *testing.T) {
	t.Parallel()
	rec := httptest.NewRecorder()
	w := sse.NewWriter(rec, time.Minute) // a recorder has no deadlines: ignored
	if err := errors.Join(w.Event("", "", []byte("a")), w.Comment("b")); err != nil {
		t.Fatal(err)
	}
	if rec.Body.Len() != 0 || rec.Flushed {
		t.Errorf("before Flush: %q, flushed %v", rec.Body, rec.Flushed)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if rec.Body.Len() == 0 || !rec.Flushed {
		t.Errorf("after Flush: %q, flushed %v", rec.Body, rec.Flushed)
	}
}

func TestWriter_LargeDataIsHandedOnWithoutFlush(t *testing.T) {
	t.Parallel()
	rec := httptest.NewRecorder()
	w := sse.NewWriter(rec, 0)
	if err := w.Event("", "", make([]byte, 200<<10)); err != nil {
		t.Fatal(err)
	}
	if rec.Body.Len() < 200<<10 || rec.Flushed {
		t.Errorf("%d bytes written, flushed %v; want all, unflushed", rec.Body.Len(), rec.Flushed)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	sse.Headers(h)
	for name, want := range map[string]string{
		"Content-Type": "text/event-stream", "Cache-Control": "no-cache", "X-Accel-Buffering": "no",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// deadlines records what a Writer asks of a response, in order.
type deadlines struct {
	http.ResponseWriter
	calls []string
	fail  error
}

func (d *deadlines) SetWriteDeadline(t time.Time) error {
	if t.IsZero() {
		d.calls = append(d.calls, "lift")
	} else {
		d.calls = append(d.calls, "set")
	}
	return nil
}

func (d *deadlines) Write(p []byte) (int, error) {
	d.calls = append(d.calls, "write")
	return len(p), d.fail
}

func (d *deadlines) FlushError() error {
	d.calls = append(d.calls, "flush")
	return nil
}

func TestWriter_DeadlineCoversWriteAndFlushThenIsLifted(t *testing.T) {
	t.Parallel()
	d := &deadlines{}
	w := sse.NewWriter(d, time.Minute)
	if err := errors.Join(w.Event("", "", nil), w.Flush(), w.Flush(), w.Event("", "", nil), w.End()); err != nil {
		t.Fatal(err)
	}
	want := "set write flush lift set flush lift set write flush lift"
	if got := strings.Join(d.calls, " "); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWriter_KeptDeadlineIsMovedNowAndThen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &deadlines{}
		w := sse.NewWriter(d, time.Minute)
		w.KeepDeadline()
		for range 4 {
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Second) // the clock of the bubble
		}
		if err := errors.Join(w.Event("", "", nil), w.End()); err != nil {
			t.Fatal(err)
		}
		want := "set flush flush set flush flush set write"
		if got := strings.Join(d.calls, " "); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestWriter_FirstErrorIsFinal(t *testing.T) {
	t.Parallel()
	d := &deadlines{fail: io.ErrClosedPipe}
	w := sse.NewWriter(d, time.Minute)
	if err := w.Event("", "", nil); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); !errors.Is(err, io.ErrClosedPipe) {
		t.Fatalf("Flush: got %v", err)
	}
	for name, err := range map[string]error{"Event": w.Event("", "", nil), "Comment": w.Comment(""), "Flush": w.Flush(), "End": w.End()} {
		if !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s after the failure: got %v", name, err)
		}
	}
	if got, want := strings.Join(d.calls, " "), "set write"; got != want {
		t.Errorf("got %q, want %q: nothing is written after a failure", got, want)
	}
}

// noFlush is a response that can only be written to.
type noFlush struct{ io.Writer }

func (noFlush) Header() http.Header { return http.Header{} }
func (noFlush) WriteHeader(int)     {}

func TestWriter_FlushNeedsAResponseThatCan(t *testing.T) {
	t.Parallel()
	w := sse.NewWriter(noFlush{io.Discard}, 0)
	if err := w.Flush(); !errors.Is(err, http.ErrNotSupported) {
		t.Errorf("got %v, want http.ErrNotSupported", err)
	}
}

func BenchmarkWriter_Delta(b *testing.B) {
	w := sse.NewWriter(noFlush{io.Discard}, 0)
	data := []byte(`{"text":"a word or two"}`)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if err := w.Event("1.12345", "delta", data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWriter_DeltaFlushed(b *testing.B) {
	w := sse.NewWriter(&discard{}, time.Second)
	data := []byte(`{"text":"a word or two"}`)
	b.ReportAllocs()
	for b.Loop() {
		if err := errors.Join(w.Event("1.12345", "delta", data), w.Flush()); err != nil {
			b.Fatal(err)
		}
	}
}

// discard is a response that can do everything and keeps nothing.
type discard struct{ http.ResponseWriter }

func (*discard) Write(p []byte) (int, error)        { return len(p), nil }
func (*discard) FlushError() error                  { return nil }
func (*discard) SetWriteDeadline(_ time.Time) error { return nil }
