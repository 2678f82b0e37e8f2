package sse_test

import (
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	tmaxmax "github.com/tmaxmax/go-sse"

	"github.com/betterprofile/betterprofile/sse"
)

// collect returns all events of r and the error it ended with.
func collect(r io.Reader) ([]sse.Event, error) {
	var events []sse.Event
	for ev, err := range sse.Read(r) {
		if err != nil {
			return events, err
		}
		events = append(events, ev)
	}
	return events, nil
}

// sameData checks that ReadData yields the data of the events that Read yields.
func sameData(t *testing.T, r io.Reader, events []sse.Event) {
	t.Helper()
	var want, got []string
	for _, ev := range events {
		want = append(want, ev.Data)
	}
	for data, err := range sse.ReadData(r) {
		if err != nil {
			t.Errorf("ReadData: %v", err)
		}
		got = append(got, string(data))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ReadData (-Read +ReadData):\n%s", diff)
	}
}

// data returns events with nothing but data.
func data(texts ...string) []sse.Event {
	var events []sse.Event
	for _, s := range texts {
		events = append(events, sse.Event{Data: s})
	}
	return events
}

func TestRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     []sse.Event
	}{
		{"LF", "data: a\n\ndata: b\n\n", data("a", "b")},
		{"CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", data("a", "b")},
		{"CRLF within an event", "event: e\r\ndata: a\r\ndata: b\r\n\r\n", []sse.Event{{Type: "e", Data: "a\nb"}}},
		{"CR", "data: a\r\rdata: b\r\r", data("a", "b")},
		{"mixed line ends", "data: a\rdata: b\ndata: c\r\n\n\r\ndata: d\r\n\r", data("a\nb\nc", "d")},
		{"all fields", "id: 1.42\nevent: delta\ndata: x\n\n", []sse.Event{{ID: "1.42", Type: "delta", Data: "x"}}},
		{"without the space", "id:1\nevent:e\ndata:x\n\n", []sse.Event{{ID: "1", Type: "e", Data: "x"}}},
		{"one space is removed", "data:  x \n\n", data(" x ")},
		{"several data lines", "data: a\ndata:\ndata: b\n\n", data("a\n\nb")},
		{"data without a colon", "data\ndata\n\n", data("\n")},
		{"empty data", "data:\n\n", data("")},
		{"comments", ": keep-alive\n\n:\ndata: a\n:x\ndata: b\n: y\n\n: z\n\n", data("a\nb")},
		{"byte order mark", "\uFEFFdata: a\n\n\uFEFFdata: b\n\n", data("a")},
		{"byte order mark before a blank line", "\uFEFF\ndata: a\n\n", data("a")},
		{"unfinished last event is dropped", "data: a\n\ndata: b\n", data("a")},
		{"unfinished last line is dropped", "data: a\n\ndata: b", data("a")},
		{"event without data is none", "event: x\n\nid: 7\n\ndata: a\n\n", []sse.Event{{ID: "7", Data: "a"}}},
		{"id stays, type does not", "id: 1\nevent: e\ndata: a\n\ndata: b\n\n", []sse.Event{{ID: "1", Type: "e", Data: "a"}, {ID: "1", Data: "b"}}},
		{"empty id resets", "id: 1\ndata: a\n\nid\ndata: b\n\n", []sse.Event{{ID: "1", Data: "a"}, {Data: "b"}}},
		{"id with NUL is ignored", "id: 1\ndata: a\n\nid: 2\x00\ndata: b\n\n", []sse.Event{{ID: "1", Data: "a"}, {ID: "1", Data: "b"}}},
		{"retry and unknown fields", "retry: 10\nDATA: x\n data: y\ndatum: z\ndata: a\n\n", data("a")},
		{"last of several types", "event: a\nevent: b\ndata: x\n\n", []sse.Event{{Type: "b", Data: "x"}}},
		{"not UTF-8", "event: \xff\ndata: a\xc3\xff(\n\n", []sse.Event{{Type: "\uFFFD", Data: "a\uFFFD("}}},
		{"nothing", "", nil},
		{"only blank lines", "\n\r\n\r\r\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for name, r := range map[string]io.Reader{
				"whole":        strings.NewReader(tt.in),
				"byte by byte": iotest.OneByteReader(strings.NewReader(tt.in)),
				"data and EOF": iotest.DataErrReader(strings.NewReader(tt.in)),
			} {
				got, err := collect(r)
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
			sameData(t, strings.NewReader(tt.in), tt.want)
		})
	}
}

// A reader that looks at its data again for each piece that arrives needs minutes for the last of these.
func TestRead_LongLines(t *testing.T) {
	t.Parallel()
	for _, size := range []int{4095, 4096, 200 << 10, sse.MaxEventSize} {
		long := strings.Repeat("é", size/2) + strings.Repeat("x", size%2)
		in := "event: completed\ndata: " + long + "\r\n\r\ndata: next\r\n\r\n"
		want := []sse.Event{{Type: "completed", Data: long}, {Data: "next"}}
		got, err := collect(strings.NewReader(in))
		if err != nil || !cmp.Equal(want, got) {
			t.Errorf("%d bytes: %d events, %v", size, len(got), err)
		}
		got, err = collect(iotest.OneByteReader(strings.NewReader(in)))
		if err != nil || !cmp.Equal(want, got) {
			t.Errorf("%d bytes, one at a time: %d events, %v", size, len(got), err)
		}
	}
}

func TestRead_TooLarge(t *testing.T) {
	t.Parallel()
	line := "data: " + strings.Repeat("x", 1023) + "\n"
	for name, r := range map[string]io.Reader{
		"one line":           strings.NewReader("data: " + strings.Repeat("x", sse.MaxEventSize+1) + "\n\n"),
		"a line without end": endless('x'),
		"a comment":          io.MultiReader(strings.NewReader(":"), endless('x')),
		"many lines":         strings.NewReader(strings.Repeat(line, sse.MaxEventSize>>10+1) + "\n"),
	} {
		got, err := collect(io.MultiReader(strings.NewReader("data: first\n\n"), r))
		if !errors.Is(err, sse.ErrTooLarge) {
			t.Errorf("%s: got %v, want ErrTooLarge", name, err)
		}
		if diff := cmp.Diff(data("first"), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	got, err := collect(strings.NewReader(strings.Repeat(line, sse.MaxEventSize>>10) + "\n"))
	if err != nil || len(got) != 1 {
		t.Errorf("exactly the limit: %d events, %v", len(got), err)
	}
}

// endless is a reader of one byte for ever.
type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

func TestRead_ErrorOfTheReaderComesLast(t *testing.T) {
	t.Parallel()
	r := io.MultiReader(strings.NewReader("data: a\n\ndata: b\n"), iotest.ErrReader(io.ErrUnexpectedEOF))
	got, err := collect(r)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff(data("a"), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadData_ErrorComesLast(t *testing.T) {
	t.Parallel()
	var got []string
	var last error
	for data, err := range sse.ReadData(io.MultiReader(strings.NewReader("data: a\n\ndata: b\n"), iotest.ErrReader(io.ErrUnexpectedEOF))) {
		if last = err; err == nil {
			got = append(got, string(data))
		}
	}
	if !errors.Is(last, io.ErrUnexpectedEOF) || !cmp.Equal(got, []string{"a"}) {
		t.Errorf("got %q, %v", got, last)
	}
}

func TestRead_ReaderThatNeverReads(t *testing.T) {
	t.Parallel()
	if got, err := collect(idle{}); !errors.Is(err, io.ErrNoProgress) || got != nil {
		t.Errorf("got %v, %v; want io.ErrNoProgress", got, err)
	}
}

// idle is a reader that returns nothing for ever.
type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func TestRead_EventDoesNotWaitForTheNextByte(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"\n\n", "\r\r", "\r\n\r\n"} {
		pr, pw := io.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			io.WriteString(pw, "data: a"+end) //nolint:errcheck // the reader closes
		}()
		for ev, err := range sse.Read(pr) {
			if err != nil || ev.Data != "a" {
				t.Errorf("%q: got %+v, %v", end, ev, err)
			}
			break
		}
		pr.Close()
		<-done
	}
}

func FuzzRoundTrip(f *testing.F) {
	f.Add("1.42", "delta", `{"text":"hi"}`)
	f.Add("", "", "\r\n\r a\n\ndata: b\n")
	f.Add(" 1", " x", " \uFEFF\x00é")
	f.Fuzz(func(t *testing.T, id, event, text string) {
		rec := httptest.NewRecorder()
		w := sse.NewWriter(rec, 0)
		err := w.Event(id, event, []byte(text))
		if refused := strings.ContainsAny(id+event, "\r\n\x00"); refused != errors.Is(err, sse.ErrField) {
			t.Fatalf("refused %v, got %v", refused, err)
		}
		if err != nil {
			return
		}
		if err := errors.Join(w.Comment(text), w.Event("", "end", nil), w.Flush()); err != nil {
			t.Fatal(err)
		}
		valid := func(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
		text = valid(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text))
		want := []sse.Event{{ID: valid(id), Type: valid(event), Data: text}, {ID: valid(id), Type: "end"}}
		got, err := collect(iotest.HalfReader(rec.Body))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// FuzzRead compares with another implementation, apart from what the two mean to do differently.
func FuzzRead(f *testing.F) {
	f.Add("\uFEFFid: 1\r\ndata: a\r\rdata\n:c\n\nevent:x")
	f.Add("event: e\r\ndata: a\r\ndata: b\r\n\r\n")
	f.Add("id: a\x00\ndata:  \xff\n\n\n")
	f.Fuzz(func(t *testing.T, in string) {
		got, err := collect(strings.NewReader(in))
		if err != nil {
			t.Fatal(err)
		}
		bytewise, err := collect(iotest.OneByteReader(strings.NewReader(in)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got, bytewise); diff != "" {
			t.Errorf("byte by byte (-whole +bytes):\n%s", diff)
		}
		sameData(t, iotest.HalfReader(strings.NewReader(in)), got)
		for _, ev := range got {
			if !utf8.ValidString(ev.ID + ev.Type + ev.Data) {
				t.Errorf("not UTF-8: %q", ev)
			}
		}
		if strings.LastIndex(in, "\uFEFF") > 0 {
			return // go-sse also removes a mark after blank lines
		}
		if diff := cmp.Diff(reference(t, in), withData(got)); diff != "" {
			t.Errorf("(-go-sse +ours):\n%s", diff)
		}
	})
}

// reference reads with go-sse, which leaves bytes that are not UTF-8 as they are.
func reference(t *testing.T, in string) []sse.Event {
	t.Helper()
	var events []sse.Event
	for ev, err := range tmaxmax.Read(strings.NewReader(in), &tmaxmax.ReadConfig{MaxEventSize: 2 * sse.MaxEventSize}) {
		if err != nil {
			t.Fatal(err)
		}
		valid := func(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
		events = append(events, sse.Event{ID: valid(ev.LastEventID), Type: valid(ev.Type), Data: valid(ev.Data)})
	}
	return withData(events)
}

// withData leaves out events with empty data: go-sse reports those without a data line too.
func withData(events []sse.Event) []sse.Event {
	var kept []sse.Event
	for _, ev := range events {
		if ev.Data != "" {
			kept = append(kept, ev)
		}
	}
	return kept
}

func BenchmarkRead_Deltas(b *testing.B) {
	in := strings.Repeat("id: 1.12345\nevent: delta\ndata: {\"text\":\"a word or two\"}\n\n", 1000)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if got, err := collect(strings.NewReader(in)); err != nil || len(got) != 1000 {
			b.Fatal(len(got), err)
		}
	}
}

func BenchmarkReadData_Deltas(b *testing.B) {
	in := strings.Repeat("data: {\"text\":\"a word or two\"}\n\n", 1000)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range sse.ReadData(strings.NewReader(in)) {
			if n++; err != nil {
				b.Fatal(err)
			}
		}
		if n != 1000 {
			b.Fatal(n)
		}
	}
}
