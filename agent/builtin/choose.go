package builtin

import (
	"slices"
	"strconv"
	"strings"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

// maxOpenings is how many openings are asked before whatever was answered is taken up.
const maxOpenings = 2

// question is one that was chosen, in the wording in which it will be asked.
type question struct {
	planner.Question
	text   string
	easier bool
	new    bool // it turns to another subject than the one before
}

// chooser picks questions that the conversation has not had: not the same wording, and none that comes to the same.
type chooser struct {
	*craft
	st       *state
	heard    [][]string // stems of the questions in the messages at hand, whoever asked them
	answered bool       // the open question was answered with more than a few words
}

func (c *craft) chooser(st *state, recent []interview.Message) *chooser {
	ch := &chooser{craft: c, st: st}
	for _, m := range recent {
		if m.Role == interview.RoleAssistant {
			ch.hear(m.Content)
		}
	}
	return ch
}

// hear notes the questions in a text.
func (ch *chooser) hear(content string) {
	for s := range strings.FieldsFuncSeq(content, func(r rune) bool { return r == '\n' }) {
		for {
			end := strings.IndexByte(s, '?')
			if end < 0 {
				break
			}
			start := strings.LastIndexAny(s[:end], ".!:”") + 1
			ch.heard = append(ch.heard, planner.Stems(s[start:end]))
			s = s[end+1:]
		}
	}
}

// script is the order of an experience, recent work first: its facets, some of them twice, and then those about the person. The
// last step opens the next experience. See bucketOf for the names.
func script() []string {
	return []string{
		"context", "responsibility", "action", "action", "result", "metric", "challenge", "learning", "responsibility", "context", "result",
		"skills", "goals", "values", "education", "extras", "opens",
	}
}

// bucketOf is what a step of the script takes a question from: its facet, except that figures, what follows a difficulty, and
// what opens another experience stand for themselves.
func bucketOf(q planner.Question) string {
	switch {
	case q.Opens != "", q.Facet == "opening":
		return "opens"
	case q.After != "":
		return "deal"
	case q.Facet == "result" && canonical(q) == "metric":
		return "metric"
	}
	return q.Facet
}

// next returns the best question, from the bank as long as it has any, and then one made for the purpose. Facets in avoid are
// left out where that is possible. It does not note the question as asked.
func (ch *chooser) next(avoid ...string) question {
	if q, ok := ch.deal(avoid); ok {
		return q
	}
	if q, ok := ch.follow(avoid); ok {
		return q
	}
	before := *ch.st
	ch.st.Experience++ // a new one may have what this one has used up
	ch.st.Closed = nil
	if q, ok := ch.follow(nil); ok {
		q.new = true
		return q
	}
	*ch.st = before
	return ch.closing()
}

// follow walks the script of the experience in focus to the first step that was not taken and has a question left.
func (ch *chooser) follow(avoid []string) (question, bool) {
	taken := map[string]int{}
	for _, a := range ch.st.Asked {
		if q, ok := planner.QuestionByID(a.ID); ok && a.Experience == ch.st.Experience {
			taken[bucketOf(q)]++
		}
	}
	open, _ := ch.st.openQuestion()
	taken["opens"] = 0 // the step that opened this experience belongs to the one before
	subject := ch.subject()
	for _, step := range script() {
		if taken[step] > 0 {
			taken[step]--
			continue
		}
		if ch.barred(step, avoid) || !subject && step != "opens" && !personal(step) {
			continue
		}
		if q, ok := ch.best(step); ok {
			q.new = step == "opens" || personal(q.Facet) && !personal(open.Facet)
			return q, true
		}
	}
	return question{}, false
}

// barred reports whether nothing may be asked from a bucket now.
func (ch *chooser) barred(bucket string, avoid []string) bool {
	if ch.gentle() && (bucket == "metric" || bucket == "challenge") {
		return true
	}
	return slices.Contains(avoid, bucket) || slices.Contains(ch.st.Closed, bucket)
}

// subject reports whether there is a piece of work to ask about: false when the question for one was left, and nothing came of
// it since.
func (ch *chooser) subject() bool {
	for _, a := range slices.Backward(ch.st.Asked) {
		q, ok := planner.QuestionByID(a.ID)
		switch {
		case !ok || personal(q.Facet) && q.Opens == "":
			continue
		case q.Opens != "" || isOpening(q):
			return !a.Left
		}
		return true
	}
	return true
}

// isOpening reports whether a question opens a conversation.
func isOpening(q planner.Question) bool { return q.Facet == "opening" || q.Facet == "returning" }

// gentle reports whether figures and difficulties have to wait.
func (ch *chooser) gentle() bool { return ch.st.Turn < ch.st.Gentle }

// deal returns the question of how a difficulty was handled, right after one was told.
func (ch *chooser) deal(avoid []string) (question, bool) {
	open, ok := ch.st.openQuestion()
	if !ok || !ch.answered || open.Facet != "challenge" || ch.gentle() || ch.barred("action", avoid) {
		return question{}, false
	}
	return ch.best("deal")
}

// best returns the best question of a bucket that can be asked.
func (ch *chooser) best(bucket string) (question, bool) {
	type candidate struct {
		question
		score float64
	}
	var list []candidate
	for _, q := range ch.questions {
		if bucketOf(q) != bucket || !ch.fits(q) {
			continue
		}
		if w, ok := ch.wording(q); ok {
			list = append(list, candidate{w, ch.score(w)})
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return compareDown(a.score, b.score) })
	for _, q := range list {
		if ch.fresh(q.text) {
			return q.question, true
		}
	}
	return question{}, false
}

func compareDown(a, b float64) int {
	switch {
	case a > b:
		return -1
	case a < b:
		return 1
	}
	return 0
}

// fits reports whether a question makes sense now: for everybody, about work, and nothing unknown taken for granted.
func (ch *chooser) fits(q planner.Question) bool {
	switch {
	case len(q.For) > 0 || q.When != "" || q.Facet == "returning":
		return false
	case len(q.Kinds) > 0 && !slices.Contains(q.Kinds, "work"):
		return false
	case q.Slot == "ladder": // asks why the answer before matters
		open, ok := ch.st.openQuestion()
		return ok && ch.answered && open.Facet == "values"
	case bucketOf(q) == "metric" && q.Slot != "volume" && q.Slot != "scale" && !ch.told("result"):
		return false
	}
	for _, need := range q.Needs {
		if !ch.told(need) {
			return false
		}
	}
	return true
}

// told reports whether a question about the slot or facet was answered: in this experience, or at all when it is about the person.
func (ch *chooser) told(slot string) bool {
	for _, a := range ch.st.Asked {
		q, ok := planner.QuestionByID(a.ID)
		if ok && !a.Left && (q.Facet == slot || q.Slot == slot) && (personal(q.Facet) || a.Experience == ch.st.Experience) {
			return true
		}
	}
	return false
}

// wording returns the wording in which a question can be asked: the plain one, or the easier one when the plain one was asked
// about another experience.
func (ch *chooser) wording(q planner.Question) (question, bool) {
	ever, here := ch.st.wasAsked(q.ID)
	switch {
	case here || !ever && strings.Contains(q.Q, "{"):
		return question{}, false
	case !ever:
		return question{Question: q, text: q.Q}, true
	case q.Easier == "" || strings.Contains(q.Easier, "{") || ch.st.index(q.ID, true) >= 0:
		return question{}, false
	}
	return question{Question: q, text: q.Easier, easier: true}, true
}

// easier returns the open question in its easier wording, if that is still to be had.
func (ch *chooser) easier() (question, bool) {
	q, ok := ch.st.openQuestion()
	if !ok || q.Easier == "" || strings.Contains(q.Easier, "{") || ch.st.index(q.ID, true) >= 0 || !ch.fresh(q.Easier) {
		return question{}, false
	}
	return question{Question: q, text: q.Easier, easier: true}, true
}

// fresh reports whether nothing that comes to the same was asked in this conversation.
func (ch *chooser) fresh(text string) bool {
	stems, ok := ch.stems[text]
	if !ok {
		stems = planner.Stems(text)
	}
	for _, a := range ch.st.Asked {
		if planner.Overlap(stems, ch.stems[ch.textOf(a)]) >= planner.SameQuestion {
			return false
		}
	}
	return !slices.ContainsFunc(ch.heard, func(h []string) bool { return planner.Overlap(stems, h) >= planner.SameQuestion })
}

// textOf returns the wording in which a question was asked.
func (ch *chooser) textOf(a asked) string {
	q, _ := planner.QuestionByID(a.ID)
	if a.Easier {
		return q.Easier
	}
	return q.Q
}

// closing makes a question for a conversation that has used up the bank. There is always another one.
func (ch *chooser) closing() question {
	for tries := 0; ; tries++ {
		n := ch.st.Closing
		ch.st.Closing++
		text := closingText(ch.lex.Closing, n)
		if tries > 100 || ch.fresh(text) {
			id := closingPrefix + strconv.Itoa(n)
			return question{Question: planner.Question{ID: id, Facet: "extras", Slot: "another"}, text: text}
		}
	}
}

// closingText is the n-th of the questions without end, from 0: the topics in turn, each round in the next frame, and then a
// running number.
func closingText(c planner.Closing, n int) string {
	round, topic := n/len(c.Topics), n%len(c.Topics)
	if round >= len(c.Frames) {
		return strings.ReplaceAll(c.Last, "{n}", strconv.Itoa(n))
	}
	frame := c.Frames[(round+topic)%len(c.Frames)]
	return strings.ReplaceAll(frame, "{topic}", c.Topics[topic])
}

// closingNumber is the n of a closing question's id; 0 for anything else.
func closingNumber(id string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(id, closingPrefix))
	if err != nil || n < 0 || n > 1_000_000 {
		return 0
	}
	return n
}
