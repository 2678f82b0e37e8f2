package planner

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// closingChoice makes a question for a conversation that has used up the bank. There is always another one. Every other one is about the user's
// own words, as long as there are any that were not taken up.
func (ch *chooser) closingChoice() Choice {
	if ch.st.Closing%2 == 1 {
		if c, ok := ch.ownClosing(); ok {
			return c
		}
	}
	for n := ch.st.Closing; ; n++ {
		text := closingText(ch.closing, n)
		if n > ch.st.Closing+100 || !ch.st.Heard.has(sums(text)) {
			return closingOf(n, text)
		}
	}
}

func closingOf(n int, text string) Choice {
	return Choice{ID: closingPrefix + itoa(n), Facet: "extras", Slot: "another", Text: text, Reason: Reason("extras")}
}

// ownClosing asks about a piece of what the user said.
func (ch *chooser) ownClosing() (Choice, bool) {
	for _, p := range ch.ownPieces() {
		source := p.source()
		if len(strings.Fields(p.Text)) < closingPiece || !ch.st.Quotable(source, p.Text) || !suits(AnchorClause, p.Text) {
			continue
		}
		for i := range ch.closing.Own {
			frame := ch.closing.Own[(ch.st.Closing/2+i)%len(ch.closing.Own)]
			text := strings.ReplaceAll(frame, "{piece}", p.Text)
			if !ch.askable(text) {
				continue
			}
			c := closingOf(ch.st.Closing, text)
			c.Wording, c.Anchor = wordingQuoted, &source
			return c, true
		}
	}
	return Choice{}, false
}

// closingPiece is how many words a piece has at least that a closing question is about.
const closingPiece = 3

// ownPieces are the pieces of the user's words at hand: of this message, of the experiences, and the notes that are short.
func (ch *chooser) ownPieces() []Piece {
	var list []Piece
	if !ch.r.Private && !ch.gentle() {
		for _, a := range ch.r.Anchors {
			list = append(list, Piece{Msg: ch.m.ID, Start: a.Start, End: a.End, Text: a.Text})
		}
	}
	for _, e := range ch.st.Exps {
		list = append(list, e.Pieces...)
	}
	for _, n := range ch.st.Notes {
		if n.Fixed == "" {
			text := strings.TrimRight(n.Text, ".!")
			list = append(list, Piece{Msg: n.Msg, Start: n.Start, End: n.Start + len(text), Text: text})
		}
	}
	return list
}

// closingText is the n-th of the questions without end, from 0: the topics in turn, each round in the next frame, then all of that with the
// next scope, and then a running number.
func closingText(c Closing, n int) string {
	round, topic := n/len(c.Topics), n%len(c.Topics)
	scope := round / len(c.Frames)
	if scope >= len(c.Scopes) {
		return strings.ReplaceAll(c.Last, "{n}", itoa(n))
	}
	text := strings.ReplaceAll(c.Frames[(round+topic)%len(c.Frames)], "{topic}", c.Topics[topic])
	if c.Scopes[scope] == "" {
		return text
	}
	first, size := utf8.DecodeRuneInString(text)
	return c.Scopes[scope] + " " + string(unicode.ToLower(first)) + text[size:]
}

// closingNumber is the n of a closing question's id; 0 for anything else.
func closingNumber(id string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(id, closingPrefix))
	if err != nil || n < 0 || n > 1_000_000 {
		return 0
	}
	return n
}
