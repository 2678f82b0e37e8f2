package openai

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"github.com/sashabaranov/go-openai"
)

// maxDepth is how deep arrays and objects lie in each other in a chunk that is scanned.
const maxDepth = 8

// scan reads a chunk of the form that nearly all have, without copying: the byte slices of what it returns are parts of data. It reports
// false for every other one, lawful or not, which is for [parse] to read; where it reports true the two agree. There is one choice, each
// member that means something is there once at most, texts and nulls are where they are expected, and names and the reason to finish are
// plain ASCII.
func scan(data []byte) (said, bool) {
	c := scanner{data: data}
	ok := c.whole()
	return c.said, ok
}

// outline is the last chunk of a stream apart from its text. Most chunks differ from the one before in nothing else, and need not be
// scanned as a whole again.
type outline struct {
	rest []byte // the chunk without its text; empty before there was one
	text int    // where in it the text was
	said said   // without the text
}

// scan is [scan], quicker for a chunk with the outline of the one before: what is scanned before a text and after it does not depend on
// the text.
func (o *outline) scan(data []byte) (said, bool) {
	c := scanner{data: data, at: o.text}
	if o.text > 0 && bytes.HasPrefix(data, o.rest[:o.text]) {
		if text, ok := c.text(); ok && bytes.Equal(data[c.at:], o.rest[o.text:]) {
			same := o.said
			same.content = text
			return same, true
		}
	}
	c = scanner{data: data}
	ok := c.whole()
	if ok && !c.said.thinks() && len(c.said.content) > 0 && c.said.content[0] == '"' {
		o.text = c.end - len(c.said.content)
		o.rest = append(append(o.rest[:0], data[:o.text]...), data[c.end:]...)
		o.said = said{chosen: true, finish: c.said.finish}
	}
	return c.said, ok
}

// The members that may be there once.
const (
	choicesMember = 1 << iota
	deltaMember
	contentMember
	finishMember
	reasoningMember
	thoughtsMember
)

// scanner reads JSON from its start to its end. Its methods that return a bool report whether they found what they are for; once one did
// not, there is no going on.
type scanner struct {
	data []byte
	at   int
	end  int // where the text ended
	seen int // the members that were there
	said said
}

// whole reads a chunk.
func (c *scanner) whole() bool {
	ok := c.members(func(name []byte) bool {
		switch string(name) {
		case `"choices"`:
			return c.once(choicesMember) && c.choice()
		case `"error"`, `"usage"`:
			return c.null()
		}
		return unlike(name, "choices", "error", "usage") && c.value(1)
	})
	return ok && c.next() == 0 && c.at == len(c.data)
}

// choice reads an array of one choice.
func (c *scanner) choice() bool {
	c.said.chosen = true
	return c.eat('[') && c.members(func(name []byte) bool {
		switch string(name) {
		case `"delta"`:
			return c.once(deltaMember) && c.delta()
		case `"finish_reason"`:
			return c.once(finishMember) && c.finish()
		}
		return unlike(name, "delta", "message", "finish_reason") && c.value(3)
	}) && c.eat(']')
}

func (c *scanner) delta() bool {
	return c.members(func(name []byte) bool {
		switch string(name) {
		case `"content"`:
			return c.once(contentMember) && c.content()
		case `"reasoning"`:
			return c.once(reasoningMember) && c.textOrNull(&c.said.thoughts[0])
		case `"reasoning_content"`:
			return c.once(thoughtsMember) && c.textOrNull(&c.said.thoughts[1])
		case `"refusal"`:
			return c.null()
		}
		return unlike(name, "content", "reasoning", "reasoning_content", "refusal") && c.value(4)
	})
}

func (c *scanner) content() bool {
	ok := c.textOrNull(&c.said.content)
	c.end = c.at
	return ok
}

func (c *scanner) finish() bool {
	var raw []byte
	if !c.textOrNull(&raw) || !isPlain(raw) {
		return false
	}
	if raw[0] == '"' {
		c.said.finish = openai.FinishReason(raw[1 : len(raw)-1])
	}
	return true
}

// once reports whether the member comes for the first time.
func (c *scanner) once(member int) bool {
	first := c.seen&member == 0
	c.seen |= member
	return first
}

// unlike reports whether encoding/json, too, takes a member of that name, in its quotes, for none of the known ones: it does not mind case,
// nor a long s for an s.
func unlike(name []byte, known ...string) bool {
	for _, k := range known {
		if len(name) == len(k)+2 && bytes.EqualFold(name[1:len(name)-1], []byte(k)) {
			return false
		}
	}
	return isPlain(name)
}

// isPlain reports whether s is ASCII without escapes.
func isPlain(s []byte) bool {
	for _, b := range s {
		if b >= 0x80 || b == '\\' {
			return false
		}
	}
	return true
}

// members reads an object; of each member it reads the name, and member is to read the value.
func (c *scanner) members(member func(name []byte) bool) bool {
	if !c.eat('{') {
		return false
	}
	if c.eat('}') {
		return true
	}
	for {
		name, ok := c.text()
		if !ok || !c.eat(':') || !member(name) {
			return false
		}
		if !c.eat(',') {
			return c.eat('}')
		}
	}
}

// value skips a value at that depth.
func (c *scanner) value(depth int) bool {
	switch b := c.next(); {
	case depth > maxDepth:
		return false
	case b == '"':
		_, ok := c.text()
		return ok
	case b == '{':
		return c.members(func([]byte) bool { return c.value(depth + 1) })
	case b == '[':
		return c.elements(depth + 1)
	case b == 'n':
		return c.null()
	case b == 't':
		return c.word("true")
	case b == 'f':
		return c.word("false")
	}
	return c.number()
}

func (c *scanner) elements(depth int) bool {
	if !c.eat('[') {
		return false
	}
	if c.eat(']') {
		return true
	}
	for {
		if !c.value(depth) {
			return false
		}
		if !c.eat(',') {
			return c.eat(']')
		}
	}
}

// number skips a whole number. One with a fraction or an exponent is not of the usual form.
func (c *scanner) number() bool {
	c.eat('-') // a space may follow for all we care: then no digit does
	start := c.at
	for c.at < len(c.data) && '0' <= c.data[c.at] && c.data[c.at] <= '9' {
		c.at++
	}
	n := c.at - start
	return n == 1 || n > 1 && c.data[start] != '0'
}

func (c *scanner) textOrNull(raw *[]byte) (ok bool) {
	if c.next() != 'n' {
		*raw, ok = c.text()
		return ok
	}
	start := c.at
	ok = c.null()
	*raw = c.data[start:c.at]
	return ok
}

// text reads a string and returns it as it stands, quotes and escapes with it.
func (c *scanner) text() ([]byte, bool) {
	if c.next() != '"' {
		return nil, false
	}
	start := c.at
	for i := start + 1; ; {
		i += ordinary(c.data[i:])
		switch {
		case i == len(c.data), c.data[i] < ' ':
			return nil, false
		case c.data[i] == '"':
			c.at = i + 1
			return c.data[start:c.at], true
		}
		n := escapeLen(c.data[i:])
		if n == 0 {
			return nil, false
		}
		i += n
	}
}

// ordinary returns how many bytes of s come before the first quote, backslash or control character. It looks at eight at a time, in the
// way of "Determine if a word has a zero byte" in Sean Anderson's Bit Twiddling Hacks: the top bit of a byte of found is set for the first
// byte that is special, and perhaps for ones after it.
func ordinary(s []byte) int {
	const each, top = 0x0101010101010101, 0x8080808080808080
	n := 0
	for ; len(s)-n >= 8; n += 8 {
		word := binary.LittleEndian.Uint64(s[n:])
		quote, backslash := word^each*'"', word^each*'\\'
		found := ((word-each*' ')&^word | (quote-each)&^quote | (backslash-each)&^backslash) & top
		if found != 0 {
			return n + bits.TrailingZeros64(found)/8
		}
	}
	for n < len(s) && s[n] >= ' ' && s[n] != '"' && s[n] != '\\' {
		n++
	}
	return n
}

func (c *scanner) null() bool { return c.word("null") }

func (c *scanner) word(w string) bool {
	c.next()
	if !bytes.HasPrefix(c.data[c.at:], []byte(w)) {
		return false
	}
	c.at += len(w)
	return true
}

// eat takes the byte, after any white space, if it is the next.
func (c *scanner) eat(b byte) bool {
	if c.next() != b {
		return false
	}
	c.at++
	return true
}

// next returns the next byte that is not white space, without taking it; 0 at the end.
func (c *scanner) next() byte {
	for ; c.at < len(c.data); c.at++ {
		switch b := c.data[c.at]; b {
		case ' ', '\n', '\r', '\t':
		default:
			return b
		}
	}
	return 0
}
