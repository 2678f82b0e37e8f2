package quality

import (
	"strings"
	"sync"
)

// sensitive returns what an ask has about a protected characteristic or about pay of the user, or nothing. Such words about others, or about
// the work ("pregnant patients", "the payroll"), do not count.
func (q inquiry) sensitive() string { return sensitivePhrases().in(q.words, q.line) }

// phrases are runs of words to look for, by their first word.
type phrases map[string][]string

func newPhrases(list ...string) phrases {
	p := phrases{}
	for _, phrase := range list {
		first, rest, _ := strings.Cut(phrase, " ")
		if rest != "" {
			rest += " "
		}
		p[first] = append(p[first], rest)
	}
	return p
}

// in returns the first phrase in a text, given as its words and as a line with a blank before, between and after them.
func (p phrases) in(words []string, line string) string {
	at := 1
	for _, w := range words {
		at += len(w) + 1
		for _, rest := range p[w] {
			if strings.HasPrefix(line[at:], rest) {
				return strings.TrimSpace(w + " " + rest)
			}
		}
	}
	return ""
}

var sensitivePhrases = sync.OnceValue(func() phrases {
	var list []string
	for _, noun := range []string{
		"age", "birthday", "date of birth", "year of birth",
		"health", "illness", "disability", "disabilities", "medical condition", "medical history", "pregnancy", "mental health", "diagnosis",
		"medication", "physical health", "health condition", "impairment",
		"family", "husband", "wife", "spouse", "children", "kids", "marital status", "marriage", "parents", "mother", "father", "family life",
		"religion", "faith", "church", "religious beliefs", "beliefs", "caste",
		"ethnicity", "race", "nationality", "origin", "origins", "ethnic background", "country of birth", "citizenship", "immigration status",
		"visa status", "skin colour", "skin color", "accent",
		"politics", "political views", "political party", "political opinion", "political opinions",
		"union", "trade union", "union membership",
		"sexuality", "sexual orientation", "gender", "gender identity",
		"salary", "pay", "wage", "wages", "income", "earnings", "compensation", "current salary", "current pay", "hourly rate", "bonus", "take-home pay",
		"salary expectations",
	} {
		list = append(list, "your "+noun)
	}
	list = append(
		list,
		"how old are you", "how old were you", "when were you born", "where were you born", "what year were you born",
		"are you married", "are you single", "are you pregnant", "are you religious", "are you disabled", "are you healthy", "are you gay", "are you straight",
		"do you have children", "do you have kids", "have any children", "have any kids", "have children", "want children", "plan to have children",
		"have a family", "start a family", "starting a family", "planning a family", "childcare arrangements do you",
		"where are you from", "where are you originally from", "where do you come from originally", "where do you really come from",
		"are you a citizen", "are you a member of a union", "are you in a union", "in a trade union", "belong to a union", "do you vote", "did you vote",
		"who do you vote for", "do you pray", "do you believe in", "do you go to church",
		"health problems do you", "do you have any health", "have a disability", "have any disabilities", "any medical conditions", "medication do you take",
		"how much do you earn", "how much did you earn", "how much do you make", "how much did you make a", "do you get paid", "did you get paid",
		"are you paid", "were you paid", "they pay you", "you being paid", "salary do you", "salary are you", "salary did you", "you earn", "pay did you get",
	)
	return newPhrases(list...)
})
