package sse

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"
)

const (
	// maxLine is the longest line read: the data of the largest event and its field name.
	maxLine = MaxEventSize + len("data: ")
	// A stream is read into smallBuffer bytes, which holds what an unhurried stream has ready at any one time: a thousand open ones
	// stay cheap. One that has more gets twice as much, up to bigBuffer.
	smallBuffer, bigBuffer = 512, 4 << 10
	// maxEmptyReads is how often in a row a reader may return nothing, as in package bufio.
	maxEmptyReads = 100
)

// Read returns the events of a stream as they come in, each as soon as its blank line (CR, LF or CRLF) has been read.
// The time it takes is linear in the bytes read, however small the pieces they arrive in. It can be ranged over once.
//
// A stream that ends, ends the iteration without an error, and an event that was not finished by a blank line is
// dropped. Any other error of r, and ErrTooLarge, comes as the last pair, with a zero Event. Comments, the retry field,
// unknown fields, ids with a NUL and events without a data line are skipped; each run of bytes that is not UTF-8 becomes one U+FFFD.
//
// All events that have been read were yielded before r is read again.
func Read(r io.Reader) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		var ev Event
		for rec, err := range records(r) {
			if err != nil {
				yield(Event{}, err)
				return
			}
			ev.ID, ev.Type, ev.Data = text(rec.id, ev.ID), text(rec.event, ev.Type), text(rec.data, "")
			if !yield(ev, nil) {
				return
			}
		}
	}
}

// ReadData is Read for a stream of which only the data counts. It copies nothing: the bytes are valid until the next event is asked for,
// and not to be changed.
func ReadData(r io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for rec, err := range records(r) {
			if err != nil {
				yield(nil, err)
				return
			}
			data := rec.data
			if !utf8.Valid(data) {
				data = bytes.ToValidUTF8(data, []byte("\uFFFD"))
			}
			if !yield(data, nil) {
				return
			}
		}
	}
}

// records reads the events. A record is valid until the next one; with an error there is none.
func records(r io.Reader) iter.Seq2[*record, error] {
	return func(yield func(*record, error) bool) {
		lines := lineReader{r: r}
		var pending record
		for {
			line, err := lines.next()
			if err == nil && len(line) > 0 {
				if err = pending.add(line); err == nil {
					continue
				}
			}
			if err != nil {
				if !errors.Is(err, io.EOF) {
					yield(nil, fmt.Errorf("reading event stream: %w", err))
				}
				return
			}
			if pending.hasData && !yield(&pending, nil) {
				return
			}
			pending.reset()
		}
	}
}

// record gathers the fields of the event being read. The id outlives the event, as in the standard.
type record struct {
	id, event, data []byte
	hasData         bool
}

// add takes in one line that is not blank.
func (p *record) add(line []byte) error {
	name, value, _ := bytes.Cut(line, []byte(":"))
	if len(value) > 0 && value[0] == ' ' {
		value = value[1:]
	}
	switch string(name) {
	case "data":
		if p.hasData {
			p.data = append(p.data, '\n')
		}
		p.hasData = true
		if len(p.data)+len(value) > MaxEventSize {
			return ErrTooLarge
		}
		p.data = append(p.data, value...)
	case "event":
		p.event = append(p.event[:0], value...)
	case "id":
		if bytes.IndexByte(value, 0) < 0 {
			p.id = append(p.id[:0], value...)
		}
	}
	return nil
}

// reset starts the next event.
func (p *record) reset() {
	p.event, p.data, p.hasData = p.event[:0], p.data[:0], false
}

// text copies b, made valid UTF-8, unless that is what last holds.
func text(b []byte, last string) string {
	if string(b) == last {
		return last
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

// lineReader cuts a stream into lines. A CR ends a line at once, without a look at the byte after it, which may not
// come for minutes; the LF of a CRLF is skipped when it comes.
type lineReader struct {
	r       io.Reader
	buf     []byte
	held    []byte // the part of buf that was not returned yet
	full    bool   // the last read filled buf
	err     error  // that r returned together with held
	long    []byte // start of a line longer than what was held
	started bool   // a line was returned: no byte order mark any more
	afterCR bool   // the last line ended with CR
}

// next returns the next line without its end; it is valid until the next call. It returns io.EOF at the end, also
// when that is in the middle of a line, and ErrTooLarge for a line over maxLine.
func (l *lineReader) next() ([]byte, error) {
	l.long = l.long[:0]
	for {
		part, ended, err := l.part()
		if err != nil {
			return nil, err
		}
		if len(l.long)+len(part) > maxLine {
			return nil, ErrTooLarge
		}
		if ended && len(l.long) == 0 {
			return l.trimBOM(part), nil
		}
		l.long = append(l.long, part...)
		if ended {
			return l.trimBOM(l.long), nil
		}
	}
}

// part consumes what is held of the current line, and the line's end if that is held too.
func (l *lineReader) part() (part []byte, ended bool, err error) {
	if len(l.held) == 0 {
		if err := l.fill(); err != nil {
			return nil, false, err
		}
	}
	if l.afterCR && l.held[0] == '\n' {
		l.held = l.held[1:]
	}
	l.afterCR = false
	n := lineEnd(l.held)
	if n < 0 {
		part, l.held = l.held, nil
		return part, false, nil
	}
	l.afterCR = l.held[n] == '\r'
	part, l.held = l.held[:n], l.held[n+1:]
	return part, true, nil
}

// fill reads once nothing is held any more. The buffer grows when the stream had more ready than went in.
func (l *lineReader) fill() error {
	if l.err != nil {
		return l.err
	}
	switch {
	case l.buf == nil:
		l.buf = make([]byte, smallBuffer)
	case l.full && len(l.buf) < bigBuffer:
		l.buf = make([]byte, 2*len(l.buf))
	}
	for range maxEmptyReads {
		n, err := l.r.Read(l.buf)
		l.held, l.full, l.err = l.buf[:n], n == len(l.buf), err
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// lineEnd returns the index of the first LF or CR in b, or -1.
func lineEnd(b []byte) int {
	lf := bytes.IndexByte(b, '\n')
	if lf >= 0 {
		b = b[:lf]
	}
	if cr := bytes.IndexByte(b, '\r'); cr >= 0 {
		return cr
	}
	return lf
}

// trimBOM removes a byte order mark from the stream's first line.
func (l *lineReader) trimBOM(line []byte) []byte {
	if l.started {
		return line
	}
	l.started = true
	return bytes.TrimPrefix(line, []byte("\uFEFF"))
}
