package quality

import (
	"strings"
	"sync"

	"github.com/betterprofile/betterprofile/agent/planner"
)

// sensitive returns what an ask has about a protected characteristic or about pay of the user, or nothing. Such words about others, or about
// the work ("pregnant patients", "the payroll"), do not count.
func sensitive(text string) string {
	line := " " + strings.Join(planner.Words(text), " ") + " "
	for _, phrase := range sensitivePhrases() {
		if strings.Contains(line, phrase) {
			return strings.TrimSpace(phrase)
		}
	}
	return ""
}

// sensitivePhrases are between blanks, as they are looked for.
var sensitivePhrases = sync.OnceValue(func() []string {
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
	for i, phrase := range list {
		list[i] = " " + phrase + " "
	}
	return list
})
