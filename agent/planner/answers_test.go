package planner_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/betterprofile/betterprofile/agent/planner"
)

// quotes are what the facts of a kind stand on.
func quotes(r planner.Reading, kind string) []string {
	list := []string{}
	for _, f := range r.Facts {
		if f.Kind == kind {
			list = append(list, f.Quote.Text)
		}
	}
	return list
}

// TestReadMessage_AnswersBesideTheQuestion holds that what a question is about does not make a fact of an answer that tells something else.
func TestReadMessage_AnswersBesideTheQuestion(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		message, question, kind string
		want                    bool
	}{
		{"We take all 180 pupils out now, and uptake went from 38 to 71 students.", "ch-01", "obstacle", false},
		{"Waste went down by a third and we saved 1,100 a month.", "ch-01", "obstacle", false},
		{"The supplier sent wrong steel and the part was bent after ten days.", "ch-01", "obstacle", true},
		{"terraform, argo cd, grafana", "ln-01", "learning", false},
		{"I invited him along to the hillside.", "ln-01", "learning", false},
		{"I learned to let the loudest critic write the second version.", "ln-01", "learning", true},
		{"Ask the drivers before the map is drawn.", "ln-01", "learning", true},
		{"I took groups of twenty up Helvellyn.", "go-01", "goal", false},
		{"I have a bachelor from Izmir and I learn German now.", "go-01", "goal", false},
		{"Day shift, site manager some day.", "go-01", "goal", true},
		{"I'd like a junior tester role in a company with a product.", "va-01", "value", false},
		{"Before that I was at Pimlico Plumbers, 2012 to 2018.", "go-01", "goal", false},
		{"I lead a team of 12 people there.", "ln-01", "learning", false},
		{"That a thing can be found again in a hundred years.", "va-01", "value", true},
		{"I studied geography at Lancaster.", "sk-01", "skill", false},
		{"They call me when nobody can find a vein.", "sk-01", "skill", true},
		{"When I took over as head in 2022 with three others.", "rl-01", "outcome", false},
		{"I want to become head of nursing.", "ch-01", "obstacle", false},
		{"I want to become head of nursing.", "ch-01", "goal", true},
		{"We cut the time to 15 minutes, and complaints fell by half.", "ac-01", "obstacle", false},
		{"We cut the time to 15 minutes, and complaints fell by half.", "ac-01", "outcome", true},
		{"There were fewer complaints after the first month.", "ch-01", "obstacle", false},
		{"We never solved the problem with the old lift.", "ch-01", "obstacle", true},
		{"The families complained about the noise at night.", "ch-01", "obstacle", true},
	} {
		if got := quotes(read(t, test.message, test.question), test.kind); len(got) > 0 != test.want {
			t.Errorf("%s, %q: %s %q, want any: %v", test.question, test.message, test.kind, got, test.want)
		}
	}
}

func TestReadMessage_ListsHaveItemsOfTheirOwn(t *testing.T) {
	t.Parallel()
	for message, want := range map[string][]string{
		"a) interviewed 30 patients b) cut the scope to booking c) shipped in 14 weeks": {"interviewed 30 patients", "cut the scope to booking"},
		"This year: (1) relaunched the patient app, (2) merged three backlogs into one": {"relaunched the patient app", "merged three backlogs into one"},
		"1. rebuilt the stock room\n2. trained the new drivers":                         {"rebuilt the stock room", "trained the new drivers"},
	} {
		got := quotes(read(t, message, "ac-01"), "action")
		for _, w := range want {
			if !slices.Contains(got, w) {
				t.Errorf("%q: actions %q, want %q among them", message, got, w)
			}
		}
	}
}

func TestReadMessage_AFigureInBracketsIsNoItem(t *testing.T) {
	t.Parallel()
	for _, message := range []string{"We sorted the boxes (about 5) again.", "It broke (in week 3) twice."} {
		if !read(t, message, "ac-01").Figure {
			t.Errorf("%q has no figure", message)
		}
	}
}

func TestReadMessage_Labels(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"Role: product manager. Company: Tidewater Health. Since: Jan 2021.": "product manager, Tidewater Health",
		"Position: head nurse; Employer: Elm Road Hospital":                  "head nurse, Elm Road Hospital",
		"owner of: roadmap, pricing, two squads":                             ", ",
		"The problem: nobody knew. The role: unclear.":                       ", ",
	} {
		r := read(t, message, "")
		if got := text(r.Role) + ", " + text(r.Org); got != want {
			t.Errorf("%q: %q, want %q", message, got, want)
		}
		for _, quote := range quotes(r, "role") {
			if quote != text(r.Role) {
				t.Errorf("%q: the fact stands on %q", message, quote)
			}
		}
	}
}

func TestReadMessage_WhatWasBeforeIsNotTheEmployer(t *testing.T) {
	t.Parallel()
	r := read(t, "I've been teaching geography at Kingsmead Academy for years, and before that I was a tour guide in the Lake District.", "op-01")
	for _, f := range r.Facts {
		if f.Kind == "org" && f.Before || f.Kind == "role" && !f.Before {
			t.Errorf("%s %q before: %v", f.Kind, f.Quote.Text, f.Before)
		}
	}
	if got := quotes(read(t, "Now I work in a cosmetic factory, name is Flora Kosmetik.", ""), "org"); fmt.Sprint(got) != "[is Flora Kosmetik]" && fmt.Sprint(got) != "[Flora Kosmetik]" {
		t.Errorf("organisations %q", got)
	}
}

func TestReadMessage_WhatALengthOfTimeIs(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]bool{
		"I ran both menus for two weeks and showed him the sales.": false, "I worked there for three weeks.": false,
		"I worked there for three years.": true, "I was a chef for 12 years.": true,
	} {
		if got := quotes(read(t, message, "ch-01"), "span"); len(got) > 0 != want {
			t.Errorf("%q: %q", message, got)
		}
	}
	if got := quotes(read(t, "We produce 52,000 bottles per day.", "rl-01"), "metric"); len(got) != 1 {
		t.Errorf("metrics %q", got)
	}
}

func TestReadMessage_AFigureThatChangedTellsTheOutcome(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]bool{
		"Listeners doubled to about 900 a week.": true, "Deploys went from 2 hours to 9 minutes.": true, "We used 40% less water this summer.": true,
		"There were 430 models in the store.": false, "I interviewed 30 patients.": false, "We have 26 beds.": false,
	} {
		if got := read(t, message, "ac-01").Credit["result/outcome"]; got >= 0.6 != want {
			t.Errorf("%q: %.1f", message, got)
		}
	}
}

func TestReadMessage_WishesAreGoals(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]bool{
		"I want to go to Germany and work as production manager.": true, "I'd like a junior tester role in a company with a product.": true,
		"goals: head of product; remote": true, "I would love to work in Brussels on this.": true, "I would have measured before.": false, "They want me to lead the team.": false, "If I were the manager I would like it.": false,
	} {
		if got := read(t, message, "rs-01").Credit["goals/next"]; got >= 0.6 != want {
			t.Errorf("%q: %.1f", message, got)
		}
	}
}

func TestReadMessage_TroubleIsNotWhatTurnedOutWell(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]bool{
		"Waste went down by a third and we saved 1,100 a month.": false, "The head waiter refused the shorter menu.": true, "offered a test of two weeks": false,
	} {
		got := slices.ContainsFunc(read(t, message, "ch-01").Anchors, func(a planner.Anchor) bool { return a.Kind == planner.AnchorTrouble && !planner.Deed(a.Text) })
		if got != want {
			t.Errorf("%q: trouble %v", message, got)
		}
	}
}
