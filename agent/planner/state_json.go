package planner

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// JSON is the stored form of the state: what encoding/json makes of it without escaping HTML, several times faster.
func (st *State) JSON() []byte {
	w := jsonWriter{b: make([]byte, 0, st.sizeHint())}
	w.state(st)
	return w.b
}

// sizeHint is about how many bytes JSON needs, and seldom too few: the texts with what is usually around them.
func (st *State) sizeHint() int {
	const aroundPiece, aroundMember = 95, 22
	size := 320 + 20*len(st.Heard.sets) + aroundMember*(len(st.Cross)+len(st.Asked)+len(st.Deferred)+2*len(st.Gains)) + 44*len(st.Used) + 80*len(st.Conflicts)
	for _, text := range st.Recent {
		size += len(text) + 4
	}
	for i := range st.Notes {
		size += aroundPiece + len(st.Notes[i].Text) + len(st.Notes[i].Fixed)
	}
	for i := range st.Threads {
		size += aroundPiece + len(st.Threads[i].Text)
	}
	for _, e := range st.Exps {
		size += 2*aroundPiece + len(e.Org) + len(e.Role) + len(e.Number) + aroundMember*(len(e.Credit)+len(e.Asked)+len(e.Tools)+len(e.Unknown))
		for i := range e.Pieces {
			size += aroundPiece + len(e.Pieces[i].Text)
		}
	}
	return size
}

// jsonWriter writes the members of an object, or what stands in an array.
type jsonWriter struct {
	b     []byte
	inner bool // something stands before in the object
}

func (w *jsonWriter) open(mark byte) {
	w.b = append(w.b, mark)
	w.inner = false
}

func (w *jsonWriter) shut(mark byte) {
	w.b = append(w.b, mark)
	w.inner = true
}

// next parts an element from the one before.
func (w *jsonWriter) next() {
	if w.inner {
		w.b = append(w.b, ',')
	}
	w.inner = true
}

// name begins a member. Names need no escaping.
func (w *jsonWriter) name(name string) {
	w.next()
	w.b = append(append(append(w.b, '"'), name...), '"', ':')
}

// text writes a string.
func (w *jsonWriter) text(s string) {
	if !plainJSON(s) {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false) // it would make each < six times as long
		_ = e.Encode(s)        // a string cannot fail
		w.b = append(w.b, bytes.TrimSpace(b.Bytes())...)
		return
	}
	w.b = append(append(append(w.b, '"'), s...), '"')
}

// plainJSON reports whether nothing in a string has to be escaped.
func plainJSON(s string) bool {
	ascii := true
	for i := range len(s) {
		switch b := s[i]; {
		case b < ' ' || b == '"' || b == '\\':
			return false
		case b >= utf8.RuneSelf:
			ascii = false
		}
	}
	return ascii || utf8.ValidString(s) && !strings.Contains(s, "\u2028") && !strings.Contains(s, "\u2029")
}

func (w *jsonWriter) number(n int) { w.b = strconv.AppendInt(w.b, int64(n), 10) }

// The members that are left out when they are empty.

func (w *jsonWriter) textOf(name, s string) {
	if s != "" {
		w.name(name)
		w.text(s)
	}
}

func (w *jsonWriter) numberOf(name string, n int) {
	if n != 0 {
		w.name(name)
		w.number(n)
	}
}

func (w *jsonWriter) trueOf(name string, yes bool) {
	if yes {
		w.name(name)
		w.b = append(w.b, "true"...)
	}
}

func (w *jsonWriter) textsOf(name string, list []string) {
	if len(list) == 0 {
		return
	}
	w.name(name)
	w.open('[')
	for _, s := range list {
		w.next()
		w.text(s)
	}
	w.shut(']')
}

func (w *jsonWriter) numbersOf(name string, list []int) {
	if len(list) == 0 {
		return
	}
	w.name(name)
	w.open('[')
	for _, n := range list {
		w.next()
		w.number(n)
	}
	w.shut(']')
}

// membersOf writes a map in the order of its keys.
func membersOf[V any](w *jsonWriter, name string, m map[string]V, value func(V)) {
	if len(m) == 0 {
		return
	}
	w.name(name)
	w.open('{')
	keys := make([]string, 0, len(m))
	keys = slices.AppendSeq(keys, maps.Keys(m))
	slices.Sort(keys)
	for _, key := range keys {
		w.next()
		w.text(key)
		w.b = append(w.b, ':')
		value(m[key])
	}
	w.shut('}')
}

// listOf writes an array of objects.
func listOf[V any](w *jsonWriter, name string, list []V, members func(V)) {
	if len(list) == 0 {
		return
	}
	w.name(name)
	w.open('[')
	for _, v := range list {
		w.next()
		w.open('{')
		members(v)
		w.shut('}')
	}
	w.shut(']')
}

func (w *jsonWriter) state(st *State) {
	w.open('{')
	w.name("v")
	w.number(st.V)
	w.textOf("last", st.Last)
	w.numberOf("after", st.After)
	w.name("turn")
	w.number(st.Turn)
	w.numberOf("since", st.Since)
	w.trueOf("offered", st.Offered)
	w.trueOf("paused", st.Paused)
	w.textOf("lang", st.Lang)
	w.numberOf("inLang", st.InLang)
	listOf(w, "exps", st.Exps, w.exp)
	w.numberOf("count", st.Count)
	w.numberOf("focus", st.Focus)
	membersOf(w, "cross", st.Cross, w.number)
	w.textsOf("closed", st.Closed)
	w.question(st.Open)
	membersOf(w, "asked", st.Asked, w.text)
	if !st.Heard.IsZero() {
		w.name("heard")
		w.b = append(w.b, '"')
		w.b = st.Heard.appendText(w.b)
		w.b = append(w.b, '"')
	}
	w.textsOf("recent", st.Recent)
	w.numberOf("closing", st.Closing)
	listOf(w, "deferred", st.Deferred, func(d deferral) {
		w.name("k")
		w.text(d.Key)
		w.name("u")
		w.number(d.Until)
	})
	listOf(w, "threads", st.Threads, w.piece)
	listOf(w, "notes", st.Notes, w.note)
	w.textsOf("used", st.Used)
	w.textsOf("conflicts", st.Conflicts)
	w.numberOf("conflictAt", st.ConflictAt)
	w.numbersOf("words", st.Words)
	w.textsOf("audience", st.Audience)
	w.textOf("skill", st.Skill)
	w.numberOf("quoting", st.Quoting)
	w.numberOf("gentle", st.Gentle)
	w.numberOf("same", int(st.Same))
	w.numberOf("repeated", st.Repeated)
	listOf(w, "gains", st.Gains, w.gain)
	w.shut('}')
}

func (w *jsonWriter) gain(g gain) {
	w.numberOf("x", g.Exp)
	w.name("k")
	w.text(g.Key)
	w.numberOf("w", g.Was)
	w.numberOf("n", g.Now)
	w.textOf("t", g.Text)
}

func (w *jsonWriter) exp(e *Exp) {
	w.name("n")
	w.number(e.N)
	w.textOf("id", e.ID)
	w.trueOf("took", e.Took)
	w.textOf("kind", e.Kind)
	w.textOf("org", e.Org)
	w.textOf("role", e.Role)
	w.numbersOf("years", e.Years)
	w.textsOf("tools", e.Tools)
	w.textOf("number", e.Number)
	if e.Label != nil {
		w.name("label")
		w.open('{')
		w.piece(*e.Label)
		w.shut('}')
	}
	membersOf(w, "credit", e.Credit, w.number)
	membersOf(w, "asked", e.Asked, w.number)
	w.numberOf("turns", e.Turns)
	w.trueOf("earlier", e.Earlier)
	w.trueOf("recapped", e.Recapped)
	w.textsOf("closed", e.Closed)
	w.textsOf("unknown", e.Unknown)
	w.trueOf("weHeavy", e.WeHeavy)
	listOf(w, "pieces", e.Pieces, w.piece)
}

func (w *jsonWriter) piece(p Piece) {
	w.textOf("m", p.Msg)
	w.name("s")
	w.number(p.Start)
	w.name("e")
	w.number(p.End)
	w.name("t")
	w.text(p.Text)
	w.textOf("k", string(p.Kind))
	w.numberOf("r", p.Score)
}

func (w *jsonWriter) note(n stateNote) {
	w.piece(n.Piece)
	w.numberOf("x", n.Exp)
	w.textOf("f", n.Fixed)
}

func (w *jsonWriter) question(o *Open) {
	if o == nil {
		return
	}
	w.name("open")
	w.open('{')
	w.textOf("id", o.ID)
	w.textOf("facet", o.Facet)
	w.textOf("slot", o.Slot)
	w.textOf("wording", o.Wording)
	w.numberOf("exp", o.Exp)
	w.textsOf("facts", o.Facts)
	w.textOf("thread", o.Thread)
	w.shut('}')
}

// appendText appends all sets as one text: the number of stems as a byte, the stems as two bytes each, in base64.
func (l stemLog) appendText(b []byte) []byte {
	size := 0
	for _, s := range l.sets {
		size += 1 + 2*len(s)
	}
	raw := make([]byte, 0, size)
	for _, s := range l.sets {
		raw = append(raw, byte(len(s)))
		for _, v := range s {
			raw = append(raw, byte(v>>8), byte(v))
		}
	}
	return base64.RawStdEncoding.AppendEncode(b, raw)
}

// readHead reads only what says which messages a state has taken in. They come first in what JSON writes, and are looked for anywhere in what
// something else has written.
func readHead(data []byte, st *State) bool {
	h := headReader{rest: data, ok: true}
	v := h.number(`{"v":`)
	last := h.text(`,"last":"`)
	after := h.number(`,"after":`)
	turn := h.number(`,"turn":`)
	if !h.ok || len(h.rest) == 0 || h.rest[0] != ',' && h.rest[0] != '}' {
		return readAnyHead(data, st)
	}
	st.Last, st.After, st.Turn = last, after, turn
	return v == StateVersion && after >= 0
}

func readAnyHead(data []byte, st *State) bool {
	var head struct {
		V     int    `json:"v"`
		Last  string `json:"last"`
		After int    `json:"after"`
		Turn  int    `json:"turn"`
	}
	if len(data) == 0 || json.Unmarshal(data, &head) != nil || head.V != StateVersion || head.After < 0 {
		return false
	}
	st.Last, st.After, st.Turn = head.Last, head.After, head.Turn
	return true
}

// headReader reads members that are expected to come next. Ok is false once one did not have the form in which it is written.
type headReader struct {
	rest []byte
	ok   bool
}

// number returns the number after a prefix; 0 when the prefix does not come next.
func (h *headReader) number(prefix string) int {
	rest, found := bytes.CutPrefix(h.rest, []byte(prefix))
	if !found {
		return 0
	}
	end := 0
	for end < len(rest) && digit(rest[end]) {
		end++
	}
	n, err := strconv.Atoi(string(rest[:end]))
	h.ok = h.ok && err == nil
	h.rest = rest[end:]
	return n
}

// text returns the string after a prefix that holds its first quotation mark; empty when the prefix does not come next.
func (h *headReader) text(prefix string) string {
	rest, found := bytes.CutPrefix(h.rest, []byte(prefix))
	if !found {
		return ""
	}
	end := bytes.IndexAny(rest, `"\\`)
	if end < 0 || rest[end] != '"' {
		h.ok = false
		return ""
	}
	h.rest = rest[end+1:]
	return string(rest[:end])
}
