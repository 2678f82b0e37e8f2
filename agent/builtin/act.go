package builtin

import (
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/agent/planner"
)

// act is what a message does. It is stored with the reply, as its Act.
type act string

// The acts, in the order in which they are looked for.
const (
	actCrisis       act = "crisis"
	actInjection    act = "injection"
	actStop         act = "stop"
	actSkip         act = "skip"
	actSummary      act = "summary"
	actHelp         act = "help"
	actIdentity     act = "identity"
	actPrivacy      act = "privacy"
	actHowLong      act = "howlong"
	actWhy          act = "why"
	actDefine       act = "define"
	actRefuse       act = "refuse"
	actConfidential act = "confidential"
	actAbuse        act = "abuse"
	actAskBack      act = "askback"
	actOffTopic     act = "offtopic"
	actDistress     act = "distress"
	actSelfDoubt    act = "selfdoubt"
	actRepeat       act = "repeat"
	actGreeting     act = "greeting"
	actConfirm      act = "confirm" // of a summary
	actDontKnow     act = "idk"
	actEmpty        act = "empty"
	actLanguage     act = "language" // an answer in another language
	actShort        act = "short"    // an answer that is too short for its question
	actAnswer       act = "answer"
)

// matchRunes is how much of a message is matched, from its start; signs of a crisis are looked for in all of it.
const matchRunes = 8000

// lists are the compiled word lists that acts are told by.
type lists struct {
	terms       map[act]planner.Terms // every list of the lexicon's acts, by its name there
	reduced     map[act][]string      // the terms of the acts that a whole message has to be, reduced
	crisisNot   planner.Terms
	distress    planner.Terms
	distressNot planner.Terms
	selfDoubt   planner.Terms
	english     planner.Terms
	verbs       planner.Terms
}

func newLists(lex *planner.Lexicon) lists {
	l := lists{
		terms: map[act]planner.Terms{}, reduced: map[act][]string{},
		crisisNot: planner.NewTerms(lex.Acts["crisis_not"]...), distress: planner.NewTerms(lex.Distress...),
		distressNot: planner.NewTerms(lex.DistressNot...), selfDoubt: planner.NewTerms(lex.SelfDoubt...),
		english: planner.NewTerms(lex.English...), verbs: planner.NewTerms(lex.ActionVerbs...),
	}
	for name, list := range lex.Acts {
		l.terms[act(name)] = planner.NewTerms(list...)
		for _, term := range list {
			l.reduced[act(name)] = append(l.reduced[act(name)], reduce(planner.Words(term)))
		}
	}
	return l
}

// recognise says what a message does: whole is all of it, text its beginning, as far as it is matched. It sees the question
// that is open, because a short answer is right for some of them.
func (c *craft) recognise(whole, text planner.Text, st *state) act {
	l := c.lists
	if l.terms[actCrisis].In(whole) && l.terms[actCrisis].In(l.crisisNot.Without(whole)) {
		return actCrisis
	}
	if !wordy(text) {
		return actEmpty
	}
	for _, rule := range rules() {
		if rule.match(l, text) {
			return rule.act
		}
	}
	if st.Open != nil && st.Open.ID == recapID && (l.is("affirm", text) || l.is("deny", text)) {
		return actConfirm
	}
	if l.is("affirm", text) || l.is("deny", text) || c.tooShort(text, st) {
		return actShort
	}
	return actAnswer
}

// rule is one way of telling an act.
type rule struct {
	act   act
	match func(l lists, t planner.Text) bool
}

// rules are in the order in which they are tried. Most are bound to a length: the words of a long answer say what was done at
// work, not what is wanted of the interviewer.
func rules() []rule {
	return []rule{
		{actInjection, func(l lists, t planner.Text) bool {
			return l.terms[actInjection].In(t) || strings.HasPrefix(t.Lower, "system:")
		}},
		{actStop, isStop},
		{actSkip, whole(actSkip, 6)},
		{actSummary, isSummary},
		{actHelp, func(l lists, t planner.Text) bool { return l.is(actHelp, t) || l.phrase(actHelp, t, 12) }},
		{actIdentity, isIdentity},
		{actPrivacy, request(actPrivacy, 20)},
		{actHowLong, request(actHowLong, 14)},
		{actWhy, request(actWhy, 12)},
		{actDefine, func(l lists, t planner.Text) bool { return len(t.Words) <= 14 && l.terms[actDefine].In(t) }},
		{actRefuse, func(l lists, t planner.Text) bool { return len(t.Words) <= 20 && l.terms[actRefuse].In(t) }},
		{actConfidential, isConfidential},
		{actAbuse, isAbuse},
		{actAskBack, request(actAskBack, 20)},
		{actOffTopic, func(l lists, t planner.Text) bool {
			return len(t.Words) <= 18 && strings.Contains(t.Lower, "?") && l.terms[actOffTopic].In(t)
		}},
		{actDistress, isDistress},
		{actSelfDoubt, func(l lists, t planner.Text) bool { return len(t.Words) <= 12 && l.selfDoubt.In(t) }},
		{actRepeat, func(l lists, t planner.Text) bool { return len(t.Words) <= 25 && l.terms[actRepeat].In(t) }},
		{actGreeting, whole(actGreeting, 5)},
		{actDontKnow, func(l lists, t planner.Text) bool {
			return len(t.Words) <= 10 && !t.HasFigure() && l.terms[actDontKnow].In(t)
		}},
	}
}

// whole matches a message of at most n words that, politeness aside, is a term of the act's list.
func whole(a act, n int) func(lists, planner.Text) bool {
	return func(l lists, t planner.Text) bool { return len(t.Words) <= n && l.is(a, t) }
}

// request matches a message of at most n words that holds a term of the act's list and asks or orders something.
func request(a act, n int) func(lists, planner.Text) bool {
	return func(l lists, t planner.Text) bool { return len(t.Words) <= n && isRequest(t) && l.terms[a].In(t) }
}

// is reports whether the message, politeness aside, is a term of the list.
func (l lists) is(name act, t planner.Text) bool {
	return len(t.Words) <= 8 && slices.Contains(l.reduced[name], reduce(t.Words))
}

// phrase reports whether a message of at most n words holds a term of several words.
func (l lists) phrase(name act, t planner.Text, n int) bool {
	return len(t.Words) <= n && strings.Contains(l.terms[name].Find(t), " ")
}

// reduce leaves out the words that make a wish polite or point at what is at hand, unless there is nothing else.
func reduce(words []string) string {
	rest := telling(words)
	if len(rest) == 0 {
		rest = words
	}
	return strings.Join(rest, " ")
}

// telling returns the words that are not there for politeness, or to point at what is at hand.
func telling(words []string) []string {
	var rest []string
	for i, w := range words {
		if w == "you" && i > 0 && words[i-1] == "thank" {
			continue
		}
		switch w {
		case "please", "thanks", "thank", "ok", "okay", "now", "sorry", "well", "then", "just", "can", "could", "we", "i", "i'd", "would", "like",
			"want", "to", "let's", "lets", "let", "me", "us", "the", "this", "it", "that", "here", "there", "for", "and", "a", "interview", "today",
			"question", "one", planner.Gap:
		default:
			rest = append(rest, w)
		}
	}
	return rest
}

// isRequest reports whether a message asks or orders: a question mark, or a first word that begins such a sentence.
func isRequest(t planner.Text) bool {
	if strings.Contains(t.Lower, "?") {
		return true
	}
	return slices.Contains([]string{
		"what", "who", "whom", "why", "how", "where", "which", "when", "is", "are", "do", "does", "can", "could", "will", "would",
		"should", "any",
		"please", "give", "show", "write", "make", "tell", "delete", "but", "and", "so",
	}, t.Words[0])
}

func isStop(l lists, t planner.Text) bool {
	if len(t.Words) > 8 {
		return false
	}
	term := l.terms[actStop].Find(t)
	if term != "" && len(telling(l.terms[actStop].Without(t).Words)) == 0 || l.is(actStop, t) {
		return true
	}
	return strings.Contains(term, " ") && strings.HasSuffix(reduce(t.Words), reduce(strings.Fields(term)))
}

func isSummary(l lists, t planner.Text) bool {
	if l.phrase(actSummary, t, 14) || l.is(actSummary, t) {
		return true
	}
	return len(t.Words) <= 8 && isRequest(t) && l.terms[actSummary].In(t)
}

func isIdentity(l lists, t planner.Text) bool {
	term := l.terms[actIdentity].Find(t)
	if term == "" || len(t.Words) > 14 {
		return false
	}
	return !strings.HasPrefix(term, "wh") || strings.HasSuffix(strings.Join(t.Words, " "), term) // "what are you learning" is none
}

func isConfidential(l lists, t planner.Text) bool {
	if l.phrase(actConfidential, t, 14) {
		return true
	}
	about := planner.NewTerms("that's", "that is", "it's", "it is", "under", "sorry")
	return len(t.Words) <= 8 && l.terms[actConfidential].In(t) && about.In(t)
}

func isAbuse(l lists, t planner.Text) bool {
	at := planner.NewTerms("you", "you're", "your", "this", "question", "questions", "interview", "bot")
	return len(t.Words) <= 8 && l.terms[actAbuse].In(t) && at.In(t)
}

// isDistress looks for phrases of distress anywhere, and for single words in what the user says about themselves.
func isDistress(l lists, t planner.Text) bool {
	self := planner.NewTerms("i", "i'm", "i've", "i'd", "me", "my", "myself")
	for _, s := range t.Sentences() {
		s = l.distressNot.Without(s)
		term := l.distress.Find(s)
		if strings.Contains(term, " ") || term != "" && self.In(s) {
			return true
		}
	}
	return false
}

// wordy reports whether a message says anything: two letters or digits, or one that is a word by itself.
func wordy(t planner.Text) bool {
	n := 0
	for _, w := range t.Words {
		n += len(w)
	}
	return n > 1
}
