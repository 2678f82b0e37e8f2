package sse

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
)

// maxLine is the longest line read: the data of the largest event and its field name.
const maxLine = MaxEventSize + len("data: ")

// Read returns the events of a stream as they come in, each as soon as its blank line (CR, LF or CRLF) has been read.
// The time it takes is linear in the bytes read, however small the pieces they arrive in. It can be ranged over once.
//
// A stream that ends, ends the iteration without an error, and an event that was not finished by a blank line is
// dropped. Any other error of r, and ErrTooLarge, comes as the last pair, with a zero Event. Comments, the retry field,
// unknown fields, ids with a NUL and events without a data line are skipped; each run of bytes that is not UTF-8 becomes one U+FFFD.
func Read(r io.Reader) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		lines := lineReader{br: bufio.NewReader(r)}
		var pending record
		for {
			line, err := lines.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err == nil && len(line) > 0 {
				err = pending.add(line)
			}
			if err != nil {
				yield(Event{}, fmt.Errorf("reading event stream: %w", err))
				return
			}
			if len(line) > 0 {
				continue
			}
			if ev, ok := pending.take(); ok && !yield(ev, nil) {
				return
			}
		}
	}
}

// record gathers the fields of the event being read. The id outlives the event, as in the standard.
type record struct {
	id, event string
	data      []byte
	hasData   bool
}

// add takes in one line that is not blank.
func (p *record) add(line []byte) error {
	name, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
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
		p.event = text(value)
	case "id":
		if bytes.IndexByte(value, 0) < 0 {
			p.id = text(value)
		}
	}
	return nil
}

// take returns the event that a blank line finishes, if it has data, and starts the next.
func (p *record) take() (Event, bool) {
	ev, ok := Event{ID: p.id, Type: p.event, Data: text(p.data)}, p.hasData
	p.event, p.data, p.hasData = "", p.data[:0], false
	return ev, ok
}

// text copies b, made valid UTF-8.
func text(b []byte) string {
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

// lineReader cuts a stream into lines. A CR ends a line at once, without a look at the byte after it, which may not
// come for minutes; the LF of a CRLF is skipped when it comes.
type lineReader struct {
	br      *bufio.Reader
	long    []byte // start of a line longer than what br held
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

// part consumes what br holds of the current line, and the line's end if it holds that too.
func (l *lineReader) part() (part []byte, ended bool, err error) {
	if _, err := l.br.Peek(1); err != nil {
		return nil, false, err
	}
	held, _ := l.br.Peek(l.br.Buffered())
	skip := 0
	if l.afterCR && held[0] == '\n' {
		skip = 1
	}
	l.afterCR = false
	n := lineEnd(held[skip:])
	if n < 0 {
		_, err = l.br.Discard(len(held))
		return held[skip:], false, err
	}
	l.afterCR = held[skip+n] == '\r'
	_, err = l.br.Discard(skip + n + 1)
	return held[skip : skip+n], true, err
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
