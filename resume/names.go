package resume

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// names takes other people's names out of what the user said. Who is a person is told from the words around: "with Anna", "my boss Ben", "Dr Chen".
// Known are the words of tools, organisations, languages and places, which look alike.
type names struct{ known map[string]bool }

// newNames makes the words of facts and experiences known.
func newNames(facts []fact, orgs []string) names {
	n := names{known: map[string]bool{}}
	learn := func(text string) {
		for _, w := range strings.Fields(text) {
			n.known[strings.ToLower(core(w))] = true
		}
	}
	for _, f := range facts {
		switch f.Kind {
		case "tool", "org", "language":
			learn(f.text)
		}
	}
	for _, org := range orgs {
		learn(org)
	}
	return n
}

// core is a word without the marks around it.
func core(word string) string {
	return strings.TrimFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// nameLike reports whether a word is written like the name of a person: a capital, then small letters, on no list.
func (n names) nameLike(word string) bool {
	w := strings.TrimSuffix(strings.TrimSuffix(core(word), "'s"), "’s")
	first, size := utf8.DecodeRuneInString(w)
	rest := w[size:]
	if !unicode.IsUpper(first) || rest != "" && !strings.ContainsFunc(rest, unicode.IsLower) || n.known[strings.ToLower(w)] || calendar(w) {
		return false
	}
	return rest != "" || strings.HasSuffix(word, ".") // "J."
}

func calendar(word string) bool {
	return slices.Contains(strings.Fields("january february march april may june july august september october november december monday tuesday wednesday "+
		"thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays sundays christmas easter i english german french spanish "+
		"portuguese italian dutch polish russian ukrainian chinese japanese arabic turkish hindi europe africa asia america britain"), strings.ToLower(word))
}

// without takes the names out of a text: with the word that leads to them where the rest stands without it, else "someone" stands for them. False when
// it is about another person.
func (n names) without(text string) (string, bool) {
	words := strings.Fields(text)
	var kept []string
	for i := 0; i < len(words); i++ {
		end := n.nameEnd(words, i)
		if end == i {
			kept = append(kept, words[i])
			continue
		}
		last := words[end-1]
		if len(kept) == 0 || strings.HasSuffix(last, "'s") || strings.HasSuffix(last, "’s") {
			return "", false
		}
		switch cue := strings.ToLower(core(kept[len(kept)-1])); {
		case personNoun(cue):
		case cue == "with" || cue == "by" || cue == "to" || cue == "called" || cue == "named" || cue == "and":
			kept = kept[:len(kept)-1]
		default:
			kept = append(kept, "someone")
		}
		if mark := strings.TrimLeft(last[strings.LastIndex(last, core(last))+len(core(last)):], ".'’"); mark != "" && len(kept) > 0 {
			kept[len(kept)-1] += mark
		}
		i = end - 1
	}
	return strings.Join(kept, " "), len(kept) > 0
}

// nameEnd returns where the name of a person that begins at a word ends; i when none does.
func (n names) nameEnd(words []string, i int) int {
	end := i
	if title(words[i]) {
		end++
	}
	led := end > i || i > 0 && n.leads(words, i-1)
	for led && end < len(words) && n.nameLike(words[end]) {
		end++
		if strings.ContainsAny(words[end-1][len(words[end-1])-1:], ",;:!?)") {
			break
		}
	}
	if led && end == i+1 && title(words[i]) {
		return i
	}
	for end > i && end+1 < len(words) && strings.EqualFold(words[end], "and") && n.nameLike(words[end+1]) { // "with Anna and Ben"
		end += 2
	}
	return end
}

func title(word string) bool {
	return slices.Contains([]string{"Mr", "Mrs", "Ms", "Miss", "Dr", "Prof", "Professor", "Sir", "Mr.", "Mrs.", "Ms.", "Dr.", "Prof."}, word)
}

// leads reports whether the word is one after which a name is that of a person.
func (n names) leads(words []string, i int) bool {
	cue := strings.ToLower(words[i])
	switch cue {
	case "with", "by", "called", "named", "asked", "helped", "told", "trained", "mentored", "convinced", "coached", "thanked", "supervised":
		return true
	case "to":
		return i > 0 && slices.ContainsFunc(words[max(0, i-4):i], func(w string) bool {
			return slices.Contains([]string{
				"reported", "reporting", "report", "presented", "spoke", "talked", "handed", "gave", "explained", "taught", "showed", "listened", "passed", "assistant", "deputy",
			}, strings.ToLower(core(w)))
		})
	}
	return personNoun(strings.ToLower(core(words[i])))
}

func personNoun(word string) bool {
	return slices.Contains([]string{
		"boss", "manager", "colleague", "supervisor", "mentor", "teammate", "friend", "director", "foreman", "assistant", "predecessor", "successor", "apprentice",
		"trainee", "customer", "client", "patient", "pupil", "student", "neighbour", "neighbor", "partner", "matron", "caretaker",
	}, word)
}
