package sse

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

const (
	// spillSize is how much a Writer buffers before it writes by itself, in bytes.
	spillSize = 32 << 10
	// keepSize is the largest buffer that is kept after a flush: thousands of streams wait for their next event.
	keepSize = 4 << 10
	// fieldsSize is what an event takes besides its id, its name and one line of data.
	fieldsSize = len("id: \nevent: \ndata: \n\n")
)

// Writer writes an event stream to one HTTP response. What is written stays in memory until Flush, so that a caller
// with several events at hand sends them as one packet; above 32 KiB it is handed on, unflushed, without being asked.
//
// A Writer belongs to one goroutine: keep-alive comments come from the one that writes the events. The first failed
// write is final, and every later call returns its error.
type Writer struct {
	w       http.ResponseWriter
	rc      *http.ResponseController
	timeout time.Duration
	keep    bool      // a deadline stands to the end
	until   time.Time // the one that stands
	buf     []byte
	err     error
}

// NewWriter returns a Writer to w that gives each write and flush to the network at most timeout, after which the
// write fails with os.ErrDeadlineExceeded: a reader who stopped reading holds nobody up. A timeout of zero or less sets no deadline,
// and neither does a response that cannot have one. Between writes there is no deadline, so a quiet stream lives on;
// one that the server had set (http.Server.WriteTimeout) is lifted by the first flush, unless timeout is zero or less.
//
// The response's headers are the caller's, see Headers; the status goes out with the first write.
func NewWriter(w http.ResponseWriter, timeout time.Duration) *Writer {
	return &Writer{w: w, rc: http.NewResponseController(w), timeout: timeout}
}

// KeepDeadline lets the deadline of one write stand for the next, and moves it on only when less than three quarters of the timeout are left, which
// is cheaper where every word is a write. It is for HTTP/1, where a deadline that passes between writes does no harm, and where package http takes
// away the one that stands after the response; HTTP/2 would reset the stream.
func (w *Writer) KeepDeadline() { w.keep = true }

// Event buffers one event. An empty id or event leaves that line out; one with CR, LF or NUL is refused with ErrField
// and nothing is written, the stream stays usable. Data should be UTF-8 and may hold line ends: each line becomes a data
// line, and CRLF and CR arrive as LF. Empty data is sent as an empty line, for an event without data lines is none.
//
// Other errors are those of writing to the response.
func (w *Writer) Event(id, event string, data []byte) error {
	if !fits(id) || !fits(event) {
		return ErrField
	}
	if w.err != nil {
		return w.err
	}
	w.buf = slices.Grow(w.buf, len(id)+len(event)+len(data)+fieldsSize)
	if id != "" {
		w.buf = appendField(w.buf, "id: ", id)
	}
	if event != "" {
		w.buf = appendField(w.buf, "event: ", event)
	}
	w.buf = appendLines(w.buf, "data: ", data)
	w.buf = append(w.buf, '\n')
	return w.spill()
}

// Comment buffers a comment, which readers skip; sent now and then it keeps proxies from closing a quiet stream. A
// text of several lines becomes several comment lines, an empty one a bare ": ".
func (w *Writer) Comment(text string) error {
	if w.err != nil {
		return w.err
	}
	w.buf = appendLines(w.buf, ": ", []byte(text))
	w.buf = append(w.buf, '\n')
	return w.spill()
}

// Flush sends everything buffered to the reader. With nothing buffered it still sends what the response holds back:
// the headers, before the first event. A response that cannot be flushed is an error, http.ErrNotSupported.
func (w *Writer) Flush() error {
	if w.err == nil {
		w.err = w.send(true)
	}
	return w.err
}

// End is the last Flush of a response that ends then. Where a deadline stands, what is buffered is sent off with that end, as one packet.
func (w *Writer) End() error {
	if w.err == nil {
		w.err = w.send(!w.keep)
	}
	return w.err
}

// spill writes the buffer out once it is over spillSize.
func (w *Writer) spill() error {
	if len(w.buf) > spillSize {
		w.err = w.send(false)
	}
	return w.err
}

// send writes the buffer and flushes the response if asked to, both under one deadline. The deadline is lifted
// afterwards, because HTTP/2 resets a stream whose deadline passes even while nothing is being written; after a failure it stays.
func (w *Writer) send(flush bool) error {
	if err := w.begin(); err != nil {
		return err
	}
	if len(w.buf) > 0 {
		if _, err := w.w.Write(w.buf); err != nil {
			return fmt.Errorf("writing event stream: %w", err)
		}
		w.reset(flush)
	}
	if flush {
		if err := w.rc.Flush(); err != nil {
			return fmt.Errorf("flushing event stream: %w", err)
		}
	}
	if w.keep {
		return nil
	}
	return w.setDeadline(time.Time{})
}

// begin sets the deadline of a write.
func (w *Writer) begin() error {
	if w.timeout <= 0 {
		return nil
	}
	now := time.Now()
	if w.keep && w.until.Sub(now) > w.timeout/4*3 {
		return nil
	}
	w.until = now.Add(w.timeout)
	return w.setDeadline(w.until)
}

// reset empties the buffer. One that is larger than deltas need is let go once they have been flushed.
func (w *Writer) reset(flushed bool) {
	if cap(w.buf) > 2*spillSize || flushed && cap(w.buf) > keepSize {
		w.buf = nil
	}
	w.buf = w.buf[:0]
}

// setDeadline sets the response's write deadline; a zero time lifts it. Once the response has said that it has no deadlines it is not asked
// again.
func (w *Writer) setDeadline(t time.Time) error {
	if w.timeout <= 0 {
		return nil
	}
	err := w.rc.SetWriteDeadline(t)
	if errors.Is(err, http.ErrNotSupported) {
		w.timeout = 0
		return nil
	}
	if err != nil {
		return fmt.Errorf("setting write deadline of event stream: %w", err)
	}
	return nil
}

// fits reports whether a field can carry s.
func fits(s string) bool {
	for i := range len(s) {
		if s[i] == '\r' || s[i] == '\n' || s[i] == 0 {
			return false
		}
	}
	return true
}

// appendField appends one line.
func appendField(buf []byte, prefix, value string) []byte {
	buf = append(buf, prefix...)
	buf = append(buf, value...)
	return append(buf, '\n')
}

// appendLines appends text as lines with a prefix each. Text that ends with a line end has an empty last line.
func appendLines(buf []byte, prefix string, text []byte) []byte {
	hasCR := bytes.IndexByte(text, '\r') >= 0
	for {
		n := bytes.IndexByte(text, '\n')
		if hasCR {
			n = bytes.IndexAny(text, "\r\n")
		}
		buf = append(buf, prefix...)
		if n < 0 {
			buf = append(buf, text...)
			return append(buf, '\n')
		}
		buf = append(buf, text[:n]...)
		buf = append(buf, '\n')
		if bytes.HasPrefix(text[n:], []byte("\r\n")) {
			n++
		}
		text = text[n+1:]
	}
}
