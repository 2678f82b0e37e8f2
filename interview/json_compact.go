package interview

import "bytes"

// Metadata is checked and written without its space for each message of a page. As we write it, it is made of little: that is done here in a
// fraction of json.Compact's time, which looks at every byte through a function. Whatever else it may be is left to that.

// maxPlainDepth is how deep plain JSON goes: our metadata is an object with objects and lists in it.
const maxPlainDepth = 4

// appendPlain appends a JSON value without the space in it. ok is false, and what was appended worth nothing, when the value is no JSON or holds
// what is seldom: an escape, a character that stands escaped, a number that is not whole.
func appendPlain(b, raw []byte) (_ []byte, ok bool) {
	p := plainJSON{rest: raw, b: b}
	p.space()
	ok = p.value(maxPlainDepth)
	p.space()
	return p.b, ok && len(p.rest) == 0
}

// plainJSON reads plain JSON off rest and appends it to b. Its methods report whether it is what they read.
type plainJSON struct{ rest, b []byte }

func (p *plainJSON) space() {
	for len(p.rest) > 0 && (p.rest[0] == ' ' || p.rest[0] == '\n' || p.rest[0] == '\t' || p.rest[0] == '\r') {
		p.rest = p.rest[1:]
	}
}

// next reads the character, if it comes next.
func (p *plainJSON) next(c byte) bool {
	if len(p.rest) == 0 || p.rest[0] != c {
		return false
	}
	p.take(1)
	return true
}

func (p *plainJSON) take(n int) {
	p.b, p.rest = append(p.b, p.rest[:n]...), p.rest[n:]
}

func (p *plainJSON) value(depth int) bool {
	switch {
	case len(p.rest) == 0 || depth == 0:
		return false
	case p.next('{'):
		return p.items('}', func() bool {
			if !p.text() {
				return false
			}
			p.space()
			if !p.next(':') {
				return false
			}
			p.space()
			return p.value(depth - 1)
		})
	case p.next('['):
		return p.items(']', func() bool { return p.value(depth - 1) })
	case p.rest[0] == '"':
		return p.text()
	}
	return p.number() || p.word("true") || p.word("false") || p.word("null")
}

// items reads what is between commas, to the end.
func (p *plainJSON) items(end byte, item func() bool) bool {
	p.space()
	if p.next(end) {
		return true
	}
	for {
		p.space()
		if !item() {
			return false
		}
		p.space()
		if p.next(end) {
			return true
		}
		if !p.next(',') {
			return false
		}
	}
}

// text reads a string. U+2028 and U+2029 begin with E2 80, as dashes and quotation marks do.
func (p *plainJSON) text() bool {
	if !p.next('"') {
		return false
	}
	for i := 0; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			p.take(i + 1)
			return true
		case c < ' ', c == '\\', c == '<', c == '>', c == '&', c == 0xE2 && i+2 < len(p.rest) && p.rest[i+1] == 0x80 && p.rest[i+2]&^1 == 0xA8:
			return false
		}
	}
	return false
}

// number reads a whole number of a few digits.
func (p *plainJSON) number() bool {
	n := 0
	for n < len(p.rest) && '0' <= p.rest[n] && p.rest[n] <= '9' {
		n++
	}
	if n == 0 || n > 1 && p.rest[0] == '0' || n < len(p.rest) && (p.rest[n] == '.' || p.rest[n]|0x20 == 'e') {
		return false
	}
	p.take(n)
	return true
}

func (p *plainJSON) word(w string) bool {
	if !bytes.HasPrefix(p.rest, []byte(w)) {
		return false
	}
	p.take(len(w))
	return true
}
