package planner

import (
	"strings"
	"sync"
)

// politeWords are there to make a wish polite, or to point at what is at hand.
func polite(word string) bool {
	switch word {
	case "please", "thanks", "thank", "ok", "okay", "now", "sorry", "well", "then", "just", "can", "could", "we", "i", "i'd", "would", "like",
		"want", "to", "let's", "lets", "let", "me", "us", "the", "this", "it", "that", "here", "there", "for", "and", "a", "interview", "today",
		"question", "one",
		"gracias", "favor", "por", "merci", "danke", "bitte", "obrigado", "obrigada", "grazie", "dank", "alstublieft", "dziękuję", "proszę",
		"s'il", "vous", "te", "plaît", "bien", "gut", "bene", "bom":
		return true
	}
	return false
}

// reduced leaves out the words that are there for politeness, unless there are no others.
func reduced(tokens []token) string {
	var b strings.Builder
	for _, all := range []bool{false, true} {
		for i := range tokens {
			if all || telling(tokens, i) {
				if b.Len() > 0 {
					b.WriteByte(' ')
				}
				b.WriteString(tokens[i].low)
			}
		}
		if b.Len() > 0 {
			break
		}
	}
	return b.String()
}

func telling(tokens []token, i int) bool {
	if low := tokens[i].low; low != "you" || i == 0 || tokens[i-1].low != "thank" {
		return !polite(low)
	}
	return false
}

// wholeWords is the length up to which a message can be a term and nothing else.
const wholeWords = 8

// recognition is what the rules of acts look at.
type recognition struct {
	*document
	c     *Context
	n     int     // words
	whole classes // acts of which the message, politeness aside, is a term

	foreign bool // it is in another language
}

// rule is one way of telling an act. A match of a rule with a limit needs a message of at most so many words: the words of a long answer
// say what was done at work, not what is wanted of the interviewer.
type rule struct {
	act   Act
	limit int // 0 is none
	match func(m *recognition) bool
}

// recognise says what a message does.
func recognise(d *document, c *Context, foreign bool) Act {
	if d.crisis {
		return ActCrisis
	}
	if act := slash(d.text); act != "" {
		return act
	}
	if !d.wordy() {
		return ActEmpty
	}
	m := &recognition{document: d, c: c, n: len(d.tokens), foreign: foreign}
	if m.n <= wholeWords {
		m.whole = d.reduced[reduced(d.tokens)]
	}
	for i := range rules() {
		r := &rules()[i]
		if (r.limit == 0 || m.n <= r.limit) && r.match(m) {
			return r.act
		}
	}
	return ""
}

// slash returns the act of a command, or nothing. What looks like one and is none asks for help.
func slash(text string) Act {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), "/")
	if !ok {
		return ""
	}
	word, _, more := strings.Cut(strings.ReplaceAll(rest, "\n", " "), " ")
	for i := range len(word) {
		if !letterOrDigit(word[i]) || digit(word[i]) {
			return ""
		}
	}
	switch strings.ToLower(word) {
	case "":
		return ""
	case "private":
		return ActPrivate
	case "skip", "next", "pass":
		return ActSkip
	case "unknown":
		return ActUnknown
	case "stop", "quit", "exit", "bye":
		return ActStop
	case "recap", "summary", "summarise", "summarize":
		return ActSummary
	case "forget":
		return ActForget
	case "why":
		return ActWhy
	case "help":
		return ActHelp
	}
	if more {
		return ""
	}
	return ActHelp
}

// rules are in the order in which they are tried.
var rules = sync.OnceValue(func() []rule {
	acts := lists().acts
	is := func(name string) func(*recognition) bool {
		return func(m *recognition) bool { return m.whole.has(acts[name]) }
	}
	holds := func(name string) func(*recognition) bool {
		act := acts[name]
		return func(m *recognition) bool { return m.document.whole(act) }
	}
	request := func(name string) func(*recognition) bool {
		act := acts[name]
		return func(m *recognition) bool { return m.document.whole(act) && m.request() }
	}
	return []rule{
		{ActInjection, 0, isInjection},
		{ActPrivate, 0, func(m *recognition) bool { return !m.asks() && m.holds("private") }},
		{ActForget, 8, is("forget")},
		{ActStop, 8, isStop},
		{ActSkip, 6, is("skip")},
		{ActSummary, 14, isSummary},
		{ActHelp, 12, func(m *recognition) bool { return m.is("help") || m.phrase("help") }},
		{ActIdentity, 14, isIdentity},
		{ActPrivacy, 20, request("privacy")},
		{ActHowLong, 14, request("howlong")},
		{ActWhy, 12, request("why")},
		{ActDefine, 14, holds("define")},
		{ActRefuse, 20, holds("refuse")},
		{ActConfidential, 14, isConfidential},
		{ActCorrection, 40, isCorrection},
		{ActAbuse, 8, isAbuse},
		{ActProtected, 20, isProtected},
		{ActAskBack, 20, func(m *recognition) bool { return m.request() && (m.holds("askback") || m.holds("bullet")) }},
		{ActOffTopic, 18, func(m *recognition) bool { return m.asks() && m.holds("offtopic") }},
		{ActDistress, 0, func(m *recognition) bool { return m.distress() }},
		{ActUnknown, 12, holds("unknown")},
		{ActSelfDoubt, 12, func(m *recognition) bool { return m.document.whole(inSelfDoubt) && !m.figure() }},
		{ActRepeat, 25, holds("repeat")},
		{ActGreeting, 5, is("greeting")},
		{ActDontKnow, 10, func(m *recognition) bool { return !m.figure() && m.holds("idk") }},
		{ActConfirm, 8, isConfirm},
		{ActDeny, 8, func(m *recognition) bool { return m.c.Recap && m.is("deny") }},
		{ActShort, 3, func(m *recognition) bool { return !m.figure() && (m.is("affirm") || m.is("deny") || m.small()) }},
	}
})

// is reports whether the message, politeness aside, is a term of the act.
func (m *recognition) is(name string) bool { return m.whole.has(m.acts[name]) }

// holds reports whether a term of the act is in the message.
func (m *recognition) holds(name string) bool { return m.document.whole(m.acts[name]) }

// phrase reports whether a term of several words of the act is in the message.
func (m *recognition) phrase(name string) bool {
	for _, h := range m.hits {
		if h.class == m.acts[name] && h.to-h.from > 1 {
			return true
		}
	}
	return false
}

// asks reports whether there is a question in the message.
func (m *recognition) asks() bool {
	for i := range m.sentences {
		if m.sentences[i].question {
			return true
		}
	}
	return false
}

// request reports whether a message asks or orders: a question mark, or a first word that begins such a sentence.
func (m *recognition) request() bool {
	if m.asks() {
		return true
	}
	switch m.tokens[0].low {
	case "what", "who", "whom", "why", "how", "where", "which", "when", "is", "are", "do", "does", "can", "could", "will", "would", "should",
		"any", "please", "give", "show", "write", "make", "tell", "delete", "but", "and", "so":
		return true
	}
	return false
}

func (m *recognition) figure() bool {
	for i := range m.tokens {
		if m.tokens[i].is(isDigits) || m.n <= 3 && m.tokens[i].set.has(inNumberWord) {
			return true
		}
	}
	return false
}

func (m *recognition) distress() bool {
	for i := range m.sentences {
		if m.sentences[i].distress {
			return true
		}
	}
	return false
}

// small reports whether an answer of at most three words is too short for the open question, which takes some work to answer.
func (m *recognition) small() bool {
	q := m.c.Question
	return !m.foreign && q.ID != "" && q.Facet != "opening" && q.Facet != "returning" && q.Effort > 1 && !m.c.Recap && !m.c.Conflict
}

func isInjection(m *recognition) bool {
	for _, raw := range m.raw {
		if raw.class == m.acts["injection"] && strings.Contains(m.lower, raw.text) {
			return true
		}
	}
	return m.holds("injection") || strings.HasPrefix(strings.TrimSpace(m.lower), "system:")
}

// isStop matches a message that is a term, politeness aside, or only terms, or that ends in one of several words.
func isStop(m *recognition) bool {
	if m.is("stop") {
		return true
	}
	stop, covered := m.acts["stop"], make([]bool, m.n)
	found := false
	for _, h := range m.hits {
		if h.class != stop {
			continue
		}
		found = true
		for i := h.from; i < h.to; i++ {
			covered[i] = true
		}
		if h.to-h.from > 1 && strings.HasSuffix(reduced(m.tokens), reduced(m.tokens[h.from:h.to])) && !m.negatedBefore(int(h.from)) {
			return true
		}
	}
	for i := range m.tokens {
		if !covered[i] && telling(m.tokens, i) {
			return false
		}
	}
	return found
}

func isSummary(m *recognition) bool {
	return m.phrase("summary") || m.is("summary") || m.n <= 8 && m.request() && m.holds("summary")
}

func isIdentity(m *recognition) bool {
	h, found := m.first(m.acts["identity"], 0, m.n)
	return found && (!strings.HasPrefix(m.tokens[h.from].low, "wh") || int(h.to) == m.n) // "what are you learning" is none
}

func isConfidential(m *recognition) bool {
	if m.phrase("confidential") {
		return true
	}
	if m.n > 8 || !m.holds("confidential") {
		return false
	}
	for i := range m.tokens {
		switch m.tokens[i].low {
		case "that's", "it's", "under", "sorry":
			return true
		case "is":
			if i > 0 && (m.tokens[i-1].low == "that" || m.tokens[i-1].low == "it") {
				return true
			}
		}
	}
	return m.is("confidential")
}

func isAbuse(m *recognition) bool {
	if !m.holds("abuse") {
		return false
	}
	for i := range m.tokens {
		switch m.tokens[i].low {
		case "you", "you're", "your", "this", "question", "questions", "interview", "bot":
			return true
		}
	}
	return false
}

// isProtected matches a question whether something that is nobody's business belongs in a profile.
func isProtected(m *recognition) bool {
	if !m.request() && m.tokens[0].low != "i" || !m.holds("protected") {
		return false
	}
	for i := range m.tokens {
		switch m.tokens[i].low {
		case "should", "must", "need", "have", "mention", "include", "put", "belong", "belongs", "matter", "matters", "write", "say", "ask", "leave":
			return true
		}
	}
	return false
}

// isConfirm matches what agrees to a recap. A "no" to "what should I correct or add?" agrees as well.
func isConfirm(m *recognition) bool {
	if !m.c.Recap {
		return false
	}
	switch m.tokens[0].low {
	case "no", "nope", "nothing", "nah", "none":
		return m.n <= 2 || m.is("affirm") || m.document.reduced[reduced(m.tokens[1:])].has(m.acts["affirm"])
	}
	if m.is("affirm") {
		return true
	}
	for i := range m.tokens {
		if t := &m.tokens[i]; telling(m.tokens, i) && !t.set.has(m.acts["affirm"]) && t.low != "is" && t.low != "that's" && t.low != "looks" {
			return false
		}
	}
	return m.holds("affirm")
}

// wordy reports whether a message says anything: two letters, a digit, or one sign that is a word by itself.
func (d *document) wordy() bool {
	n := 0
	for i := range d.tokens {
		if t := &d.tokens[i]; !t.is(isSign) {
			n += len(t.low)
		}
		if d.tokens[i].is(isDigits) {
			return true
		}
	}
	return n > 1
}
