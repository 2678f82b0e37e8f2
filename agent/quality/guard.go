package quality

import "unicode/utf8"

// Guard lets a reply pass, on arrival and piece by piece, up to the end of its first ask, and swallows the rest. What comes out, put
// together, does not depend on where the pieces were cut, and asks at most one thing. The zero value is ready for a reply; it is not safe
// for use by several goroutines.
type Guard struct {
	scan    scanner
	emitted int
	done    bool
}

// Write takes the next piece and returns what may be shown of the reply now: whole characters, perhaps none. Done tells that the first ask
// has ended; nothing more will come out.
func (g *Guard) Write(piece string) (emit string, done bool) {
	if g.done {
		return "", true
	}
	if g.scan.text == nil {
		g.scan.text = make([]byte, 0, usualReply)
	}
	waiting := len(g.scan.text) > g.emitted
	g.scan.text = append(g.scan.text, piece...)
	from := g.emitted
	if g.pass(); !waiting && g.emitted == len(g.scan.text) {
		return piece, g.done // as it came, which is the rule
	}
	return string(g.scan.text[from:g.emitted]), g.done
}

// usualReply is as long as most replies, in bytes.
const usualReply = 512

// Passed is all that came out so far, put together.
func (g *Guard) Passed() string { return string(g.scan.text[:g.emitted]) }

// Close says that the reply is complete and returns what was held back of it.
func (g *Guard) Close() string {
	if g.done {
		return ""
	}
	g.scan.final = true
	from := g.emitted
	g.pass()
	g.done = true
	return string(g.scan.text[from:g.emitted])
}

// pass moves emitted on to what is certain to be before the end of the first ask, or up to it.
func (g *Guard) pass() {
	end := 0
	for {
		sent, ok := g.scan.next()
		if !ok {
			end = max(g.scan.safe, g.emitted)
			break
		}
		text := string(g.scan.text[sent.start:sent.end])
		if isAsk(text, sent.question) {
			g.done = true
			end = sent.end
			for end > sent.start && g.scan.text[end-1] == '\n' {
				end-- // the end of a line is no part of it
			}
			break
		}
	}
	if g.scan.final && !g.done {
		end = len(g.scan.text)
	}
	if !g.scan.final {
		end = g.whole(end)
	}
	g.emitted = max(end, g.emitted)
}

// whole returns the end of the last whole character before end.
func (g *Guard) whole(end int) int {
	for back := 1; back < utf8.UTFMax && end-back >= g.emitted; back++ {
		if b := g.scan.text[end-back]; utf8.RuneStart(b) {
			if !utf8.FullRune(g.scan.text[end-back : end]) {
				return end - back
			}
			break
		}
	}
	return end
}
