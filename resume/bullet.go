package resume

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/betterprofile/betterprofile/interview"
)

// maxWords is how long a bullet may be.
const maxWords = 28

// bullet is a line of an experience.
type bullet struct {
	text   string
	facts  []fact
	metric bool // a figure proves it
	rank   int  // the higher, the sooner it is told
}

func (b bullet) ids() []string {
	var ids []string
	for _, f := range b.facts {
		if !slices.Contains(ids, f.ID) {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// statement is what a fact says, ready to stand in a bullet.
type statement struct {
	fact
	line string // begins with a verb in the past tense, or in its -ing form for what goes on, if verb
	verb bool
}

// bullets are the lines of an experience, the best first: each result with what was done for it, then what was done besides, then what the user
// answers for. Apart are facts that stand elsewhere in the résumé: what was drawn from the same words is left out.
func bullets(facts []fact, current bool, n names, apart map[string][]fact) []bullet {
	var results, actions, duties []statement
	for _, f := range facts {
		if slices.ContainsFunc(apart[f.source().MessageID], f.overlaps) {
			continue
		}
		s, ok := state(f, current, n)
		switch {
		case !ok:
		case f.Kind == "metric", f.Kind == "outcome":
			results = append(results, s)
		case f.Kind == "action":
			actions = append(actions, s)
		case f.Kind == "duty" && current:
			duties = append(duties, s)
		}
	}
	results = distinct(results)
	actions = slices.DeleteFunc(distinct(actions), func(a statement) bool {
		return slices.ContainsFunc(results, func(r statement) bool { return r.overlaps(a.fact) && r.verb })
	})
	list := achievements(results, actions)
	told := func(s statement) bool {
		return slices.ContainsFunc(list, func(b bullet) bool {
			return slices.ContainsFunc(b.facts, func(f fact) bool { return f.ID == s.ID || f.overlaps(s.fact) })
		})
	}
	for _, s := range slices.Concat(actions, duties) {
		if !told(s) && s.verb {
			list = append(list, s.bullet())
		}
	}
	const enough = 3
	list = slices.DeleteFunc(list, func(b bullet) bool { return responsible(b.text) && len(list) > enough })
	slices.SortStableFunc(list, func(a, b bullet) int { return b.rank - a.rank })
	return list
}

func responsible(text string) bool {
	return strings.HasPrefix(strings.ToLower(text), "responsible for")
}

// bullet is a statement by itself.
func (s statement) bullet() bullet {
	b := bullet{text: capitalised(s.line), facts: []fact{s.fact}, metric: figures(s.line) > 0}
	if b.metric {
		b.rank += 4
	}
	if s.confirmed() {
		b.rank += 2
	}
	switch {
	case responsible(s.line):
		b.rank -= 4
	case s.Kind == "duty":
		b.rank--
	}
	return b
}

// achievements pairs each result with the action that led to it.
func achievements(results, actions []statement) []bullet {
	var list []bullet
	used := map[string]bool{}
	for _, r := range results {
		b := r.bullet()
		if !r.verb || changes(r.line) {
			b.rank += 2
		}
		if a, ok := cause(r, actions, used); ok {
			if text, joined := join(r, a); joined {
				used[a.ID] = true
				b.text, b.facts = text, append(b.facts, a.fact)
				list = append(list, b)
				continue
			}
		}
		if !r.verb && figures(r.line) == 0 && pointing(r.line) {
			continue // it says nothing without what stood before it
		}
		list = append(list, b)
	}
	return list
}

// pointing reports whether a line begins with a word that stands for something said before.
func pointing(line string) bool {
	first, _, _ := strings.Cut(strings.ToLower(line), " ")
	return slices.Contains([]string{"it", "this", "that", "they", "he", "she", "there", "these", "those", "you", "which", "who", "it's", "that's"}, first)
}

// spoken reports whether a line is still told by "I" or "we".
func spoken(line string) bool {
	first, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(line, "’", "'")), " ")
	first, _, _ = strings.Cut(first, "'")
	return first == "i" || first == "we"
}

// cause finds the action of a result: of the same message the nearest, else the last one told before.
func cause(r statement, actions []statement, used map[string]bool) (statement, bool) {
	var best statement
	var nearest [2]int
	found := false
	for _, a := range actions {
		d := [2]int{1, int(r.CreatedAt.Sub(a.CreatedAt.Time).Milliseconds())} // another message, and how long before
		if a.source().MessageID == r.source().MessageID {
			d = [2]int{0, max(a.source().Start-r.source().End, r.source().Start-a.source().End)}
		}
		if !a.verb || used[a.ID] || a.overlaps(r.fact) || figures(a.line) > 0 || d[1] < 0 {
			continue
		}
		if !found || slices.Compare(d[:], nearest[:]) <= 0 { // of two as near, what was said last
			best, nearest, found = a, d, true
		}
	}
	return best, found
}

// join makes one line of a result and an action. The result comes first if it begins with a verb, and then the action is how: only if both were told together, or
// are about the same thing, or else the line would claim what nobody said. After an action comes a result without a verb. False when there is no such line.
func join(r, a statement) (string, bool) {
	line := capitalised(a.line) + "; " + r.line
	if together(r, a) {
		line = capitalised(a.line) + ": " + r.line
	}
	if r.verb {
		first, rest, _ := strings.Cut(a.line, " ")
		gerund, ok := ing(strings.ToLower(first))
		if strings.HasSuffix(first, "ing") {
			gerund, ok = strings.ToLower(first), true
		}
		if !ok || goesOn(rest) || !together(r, a) || !changes(r.line) {
			return "", false
		}
		line = capitalised(r.line) + " by " + gerund + " " + rest
	}
	return line, len(strings.Fields(line)) <= maxWords
}

// together reports whether two statements were told in one message, or share a word that says something.
func together(a, b statement) bool {
	if a.source().MessageID == b.source().MessageID {
		return true
	}
	return slices.ContainsFunc(strings.Fields(a.line), func(w string) bool {
		w = strings.TrimSuffix(strings.ToLower(core(w)), "s")
		return len(w) > 4 && slices.ContainsFunc(strings.Fields(b.line), func(v string) bool { return strings.TrimSuffix(strings.ToLower(core(v)), "s") == w })
	})
}

// changes reports whether a line that begins with a verb tells what became different, of which something else can be the way.
func changes(line string) bool {
	first, rest, _ := strings.Cut(strings.ToLower(line), " ")
	return !strings.Contains(rest, " by ") && slices.Contains([]string{
		"cut", "reduced", "increased", "raised", "grew", "doubled", "tripled", "halved", "saved", "improved", "shortened", "lowered", "decreased", "brought", "boosted",
		"sped", "eliminated", "dropped", "slashed", "expanded", "gained", "earned", "achieved", "reached", "lifted", "accelerated", "prevented",
	}, first)
}

// goesOn reports whether another verb in the past tense comes later.
func goesOn(rest string) bool {
	words := strings.Fields(strings.ToLower(rest))
	for i := 1; i < len(words); i++ {
		if (words[i-1] == "and" || words[i-1] == "then" || strings.HasSuffix(words[i-1], ",")) && isPast(core(words[i])) {
			return true
		}
	}
	return false
}

// distinct leaves out statements that were drawn from the same words as one before, or say the same; the one with a verb stays, its facts are those of all.
func distinct(list []statement) []statement {
	var kept []statement
	for _, s := range list {
		i := slices.IndexFunc(kept, func(k statement) bool { return k.overlaps(s.fact) || fold(k.line) == fold(s.line) })
		switch {
		case i < 0:
			kept = append(kept, s)
		case preferable(s, kept[i]) > 0:
			kept[i] = s
		}
	}
	return kept
}

func preferable(a, b statement) int {
	score := func(s statement) (n int) {
		if s.verb {
			n += 4
		}
		if s.Kind == "metric" {
			n += 2
		}
		if s.confirmed() {
			n++
		}
		return n
	}
	return cmp.Or(score(a)-score(b), len(a.line)-len(b.line))
}

// state makes a statement of a fact; false when nothing can be written.
func state(f fact, current bool, n names) (statement, bool) {
	text, ok := n.without(f.text)
	if !ok {
		return statement{}, false
	}
	line, verb := lead(bare(text), current, f.Kind)
	if !verb && spoken(line) {
		return statement{}, false
	}
	line, ok = short(line)
	return statement{fact: f, line: line, verb: verb}, ok && line != ""
}

// lead takes off what stands before the verb: "I also redesigned" is "redesigned". The second result is false when the text does not begin with a verb of what the
// user did.
func lead(text string, current bool, kind interview.FactKind) (string, bool) {
	words := strings.Fields(text)
	i, subject := 0, false
	for ; i < len(words)-1; i++ {
		low := strings.ToLower(strings.ReplaceAll(core(words[i]), "’", "'"))
		mine := slices.Contains([]string{"i", "we", "i've", "we've", "i'd", "we'd", "i'm", "we're"}, low)
		auxiliary := subject && slices.Contains([]string{"have", "had", "been", "was", "were", "am", "are"}, low)
		if !mine && !auxiliary && !slices.Contains([]string{
			"also", "then", "just", "even", "actually", "basically", "mostly", "finally", "eventually", "first", "so", "and", "but", "later", "now", "always", "usually", "successfully", "personally",
		}, low) {
			break
		}
		subject = subject || mine
	}
	rest := words[i:]
	first := strings.ToLower(core(rest[0]))
	if past, ok := pastOf(first); ok && !current {
		rest = append([]string{past}, rest[1:]...)
		first = past
	}
	switch {
	case isPast(first), strings.HasSuffix(first, "ing") && len(first) > 5 && kind != "metric":
		return strings.Join(rest, " "), true
	case kind == "duty":
		return strings.Join(rest, " "), true
	case subject:
		return strings.Join(words, " "), false
	}
	return strings.Join(rest, " "), false
}

// figures counts the numbers of a text that are written in digits.
func figures(text string) int {
	count, in := 0, false
	for _, r := range text {
		digit := unicode.IsDigit(r)
		if digit && !in {
			count++
		}
		in = digit || in && strings.ContainsRune(".,'’", r)
	}
	return count
}

// short cuts a line that is too long where a part of it ends. What is cut off must not turn the meaning round. False when it cannot be cut.
func short(line string) (string, bool) {
	words := strings.Fields(line)
	if len(words) <= maxWords {
		return line, true
	}
	for i := maxWords; i > 3; i-- {
		next := strings.ToLower(core(words[i]))
		ends := strings.ContainsAny(words[i-1][len(words[i-1])-1:], ",;:") || next == "and" || next == "so" || next == "which" || next == "because"
		if ends && !turns(words[i:]) {
			return strings.TrimRight(strings.Join(words[:i], " "), ",;: "), true
		}
	}
	return "", false
}

// turns reports whether words could turn round what stands before them.
func turns(words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool {
		w = strings.ToLower(strings.ReplaceAll(core(w), "’", "'"))
		return strings.HasSuffix(w, "n't") || slices.Contains([]string{
			"not", "no", "never", "but", "although", "though", "however", "nearly", "almost", "without", "except", "unless", "until", "instead", "than", "nobody", "none", "nothing", "failed", "if",
		}, w)
	})
}
