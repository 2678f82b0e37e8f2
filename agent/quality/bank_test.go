package quality_test

import (
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/agent/quality"
)

func TestCheck_EveryWordingOfTheBankIsLawful(t *testing.T) {
	t.Parallel()
	fill := strings.NewReplacer("{anchor}", "rebuilt the ledger", "{exp}", "the ledger", "{org}", "Brightpost", "{role}", "a clerk", "{tool}", "Excel",
		"{collab}", "Marta", "{number}", "1,400 accounts", "{thread}", "“the ledger”", "{skill}", "Excel")
	c := quality.Context{User: "I rebuilt the ledger of 1,400 accounts at Brightpost with Marta.", English: true}
	for _, q := range planner.Questions() {
		for _, wording := range []string{q.Q, q.A, q.Easier} {
			if wording == "" {
				continue
			}
			if found := quality.Check(fill.Replace(wording), c); len(found) > 0 {
				t.Errorf("%s: %v", q.ID, found)
			}
		}
	}
}

// TestCheck_RepliesOfModels holds what models write to what a reader would say about it.
func TestCheck_RepliesOfModels(t *testing.T) {
	t.Parallel()
	const said = "Last year I led the rollout of a new triage form in our emergency department; waiting times went from 52 to 31 minutes, and I trained 40 colleagues."
	for reply, want := range map[string]quality.Kind{
		"Going from 52 to 31 minutes is a clear change. What was the first thing you did to get the form accepted?": "",
		"Training 40 colleagues takes planning. Could you walk me through how you set that up?":                     "",
		"That's a drop of 21 minutes. What do you think made the biggest difference?":                               quality.KindFigure,
		"A new triage form touches everyone. What was the hardest part, and how did you get past it?":               quality.KindDouble,
		"You mentioned the rollout. Can you tell me more about your role and what challenges you faced?":            quality.KindDouble,
		"It sounds like the rollout went well. Were there any obstacles along the way?":                             quality.KindClosed,
		"That is impressive! What tools did you use? Did you use a specific framework?":                             quality.KindAsks,
		"“led the rollout” covers a lot. When you think back to the first week, what did you do yourself?":          "",
		"You wrote “improved patient outcomes”. What shows that?":                                                   quality.KindQuotation,
		"I hear how much the form changed on your shifts. Looking back, which moment stands out most to you?":       "",
		"Before the form existed, how did people decide who was seen first?":                                        "",
		"Thanks for the numbers. Of the 40 colleagues, who was hardest to win over?":                                "",
		"Your department moved fast. What happened on the day the form went live, from the first patient on?":       "",
		"That shift in waiting times is concrete. How did you measure it?":                                          "",
		"Which part of the rollout was yours alone? For instance, the design, the training, or the follow-up?":      quality.KindAsks,
		"Which part was yours alone, for instance the design, the training or the follow-up?":                       quality.KindSuggesting,
		"The colleagues you trained must have had questions. What did they ask about most?":                         "",
		"You must have been relieved when it worked. What did your manager say?":                                    quality.KindLeading,
		"Tell me about one patient for whom the new form made a difference.":                                        "",
		"I'm curious about the training. What did a session look like, start to finish?":                            "",
		"- What was your role?\n- How long did it take?":                                                            quality.KindAsks,
		"What did you learn from it that you have used since — and that you would pass on?":                         "",
		"What was the reaction of the doctors, and of the nurses?":                                                  "",
		"How did the first and the second version differ?":                                                          "",
		"What would someone see, if they stood at the desk on a Monday morning, that shows the form at work?":       "",
		"So the waiting times fell. How many patients a day does that affect, roughly?":                             "",
		"The form is in place. Do you want to stop here or go on?":                                                  quality.KindClosed,
		"What part of that are you most satisfied with, and why is that?":                                           quality.KindDouble,
		"Who first noticed that things had changed, and what did they tell you?":                                    quality.KindDouble,
		"What did the training cover, who came, and how long did it take?":                                          quality.KindDouble,
		"In that first month, what or who slowed you down?":                                                         "",
		"What did you do when a colleague refused, if that happened?":                                               "",
		"I see the point about the form, but what was it like to lead people who had been there longer than you?":   "",
	} {
		found := quality.Check(reply, quality.Context{User: said, English: true})
		if want == "" && len(found) > 0 || want != "" && !has(found, want) {
			t.Errorf("%q: %v, want %q", reply, found, want)
		}
	}
}
