package openai

import (
	"bytes"
	"encoding/json"
	"unicode/utf16"
	"unicode/utf8"
)

// textDecoder decodes the JSON strings of consecutive chunks. Servers that count in UTF-16 may cut a character in two and put the halves
// of its surrogate pair, each as a \u escape, into two chunks: a first half at the end of a chunk waits here for its second half.
type textDecoder struct {
	half rune // 0xd800 to 0xdbff, or 0
	buf  []byte
}

// decode returns the text of a chunk, of whose JSON it is known that it is lawful and UTF-8, without NUL characters; empty for null and for
// nothing at all. Half a character becomes U+FFFD. The text is valid until the next call.
func (d *textDecoder) decode(raw []byte) ([]byte, error) {
	if !holds(raw) {
		return nil, nil
	}
	if raw[0] != '"' {
		var text string
		return nil, json.Unmarshal(raw, &text) // says what it is instead
	}
	raw = raw[1 : len(raw)-1]
	if d.half == 0 && bytes.IndexByte(raw, '\\') < 0 { // nearly always: nothing to undo
		return raw, nil
	}
	d.buf = d.buf[:0]
	for len(raw) > 0 {
		n := bytes.IndexByte(raw, '\\')
		if n < 0 {
			n = len(raw)
		}
		if n > 0 {
			d.flush()
			d.buf = append(d.buf, raw[:n]...)
		}
		if raw = raw[n:]; len(raw) > 0 {
			n = escapeLen(raw)
			d.add(escaped(raw[:n]))
			raw = raw[n:]
		}
	}
	return d.buf, nil
}

// add adds a character that was escaped, or half of one.
func (d *textDecoder) add(r rune) {
	switch {
	case d.half != 0 && 0xdc00 <= r && r < 0xe000:
		d.buf = utf8.AppendRune(d.buf, utf16.DecodeRune(d.half, r))
		d.half = 0
		return
	case 0xd800 <= r && r < 0xdc00:
		d.flush()
		d.half = r
		return
	}
	d.flush()
	if r != 0 {
		d.buf = utf8.AppendRune(d.buf, r) // U+FFFD for a second half
	}
}

// flush gives up the wait for a second half.
func (d *textDecoder) flush() {
	if d.half != 0 {
		d.buf = utf8.AppendRune(d.buf, utf8.RuneError)
		d.half = 0
	}
}

// escapeLen returns the length of the escape that s begins with, 0 if it is none of JSON's (RFC 8259, section 7).
func escapeLen(s []byte) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(s) >= 6 && hexValue(s[2:6]) >= 0 {
			return 6
		}
	}
	return 0
}

// escaped returns what a lawful escape stands for.
func escaped(s []byte) rune {
	switch s[1] {
	case 'u':
		return hexValue(s[2:6])
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return rune(s[1])
}

// hexValue is the value of hexadecimal digits, -1 if one is none.
func hexValue(digits []byte) rune {
	var v rune
	for _, b := range digits {
		switch lower := b | 0x20; {
		case '0' <= b && b <= '9':
			v = v<<4 + rune(b-'0')
		case 'a' <= lower && lower <= 'f':
			v = v<<4 + rune(lower-'a'+10)
		default:
			return -1
		}
	}
	return v
}
