package resume_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

// told is a fact of the test's only job.
type told struct{ kind, quote string }

// lines are the highlights of a job of which one message tells the facts.
func lines(t *testing.T, current bool, facts ...told) (highlights, needsMetric []string) {
	t.Helper()
	tell := newTeller()
	tell.experience(interview.Experience{ID: "a", Kind: interview.KindWork, Org: "Acme", Current: current})
	var said []string
	for _, f := range facts {
		said = append(said, f.quote)
	}
	tell.says(strings.Join(said, " | "))
	for _, f := range facts {
		tell.fact("a", f.kind, f.kind+"."+f.quote, f.quote)
	}
	r := build(tell.Memory)
	if len(r.Work) == 0 {
		return nil, nil
	}
	return r.Work[0].Highlights, r.Meta.NeedsMetric
}

func TestBullets_BeginWithAVerbInThePersonsWords(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		current bool
		fact    told
		want    string
	}{
		{true, told{"action", "I also redesigned the handover"}, "Redesigned the handover"},
		{true, told{"action", "We've then rewired a school"}, "Rewired a school"},
		{true, told{"action", "rewiring a school"}, "Rewiring a school"},
		{false, told{"action", "I have been rewiring a school"}, "Rewired a school"},
		{false, told{"action", "running the night shift"}, "Ran the night shift"},
		{true, told{"duty", "I look after the new starters"}, "Look after the new starters"},
		{true, told{"duty", "responsible for the night shift"}, "Responsible for the night shift"},
		{false, told{"duty", "look after the new starters"}, ""},
		{true, told{"metric", "falls dropped by 30 percent"}, "Falls dropped by 30 percent"},
		{true, told{"outcome", "it works now"}, ""},
		{true, told{"action", "I can read old handwriting"}, ""},
		{true, told{"action", "iPads repaired in a day"}, ""},
	} {
		got, _ := lines(t, test.current, test.fact)
		if text := strings.Join(got, "|"); text != test.want {
			t.Errorf("%+v: %q, want %q", test.fact, text, test.want)
		}
	}
}

func TestBullets_ResultThenMethod(t *testing.T) {
	t.Parallel()
	got, needs := lines(
		t, true, told{"action", "redesigned the form with a nurse"}, told{"metric", "We cut waiting from 40 to 26 minutes"}, told{"action", "trained 12 colleagues"}, told{"action", "wrote a guide"},
	)
	want := []string{"Cut waiting from 40 to 26 minutes by redesigning the form with a nurse", "Trained 12 colleagues", "Wrote a guide"}
	if !slices.Equal(got, want) || !slices.Equal(needs, []string{"work.0.highlights.2"}) {
		t.Errorf("%q %q", got, needs)
	}
	got, _ = lines(t, true, told{"action", "swapped one classroom every night"}, told{"metric", "24 rooms in 11 weeks"})
	if want = []string{"Swapped one classroom every night: 24 rooms in 11 weeks"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	got, _ = lines(t, true, told{"action", "redesigned the form and printed the guide"}, told{"metric", "I cut waiting by 30 percent"})
	if want = []string{"Cut waiting by 30 percent", "Redesigned the form and printed the guide"}; !slices.Equal(got, want) {
		t.Errorf("what is not one verb, or has its way already, stays apart: %q", got)
	}
}

// TestBullets_ClaimNoCauseThatNobodyTold: what was said at different times about different things is not made one the way of the other.
func TestBullets_ClaimNoCauseThatNobodyTold(t *testing.T) {
	t.Parallel()
	tell := newTeller()
	tell.experience(interview.Experience{ID: "a", Kind: interview.KindWork, Org: "Acme"})
	tell.says("I painted the fence.")
	tell.fact("a", "action", "action.a", "painted the fence")
	tell.says("We reduced scrap from 9 to 4 percent.")
	tell.fact("a", "metric", "metric.a", "We reduced scrap from 9 to 4 percent")
	if got := build(tell.Memory).Work[0].Highlights; !slices.Equal(got, []string{"Reduced scrap from 9 to 4 percent", "Painted the fence"}) {
		t.Errorf("%q", got)
	}
}

func TestBullets_AreShort(t *testing.T) {
	t.Parallel()
	word := func(n int) string { return strings.TrimSpace(strings.Repeat("word ", n)) }
	for _, test := range []struct{ quote, want string }{
		{"built " + word(27), "Built " + word(27)},
		{"built " + word(28), ""},
		{"built " + word(10) + ", and " + word(20), "Built " + word(10)},
		{"built " + word(10) + ", but not " + word(20), ""},
	} {
		got, _ := lines(t, true, told{"action", test.quote})
		if text := strings.Join(got, "|"); text != test.want {
			t.Errorf("%q: %q", test.quote, text)
		}
	}
}

func TestBullets_OtherPeoplesNamesAreOut(t *testing.T) {
	t.Parallel()
	for quote, want := range map[string]string{
		"redesigned the handover with Anna":             "Redesigned the handover",
		"redesigned it with Anna and Ben, then left":    "Redesigned it, then left",
		"drew a plan with my boss Ben Harper":           "Drew a plan with my boss",
		"trained an apprentice called Jem on the lathe": "Trained an apprentice on the lathe",
		"trained Jem on the lathe":                      "Trained someone on the lathe",
		"reported the findings to Dr. Chen":             "Reported the findings",
		"moved the office to Leeds":                     "Moved the office to Leeds",
		"built reports with SQL by Friday":              "Built reports with SQL by Friday",
		"built reports with Acme":                       "Built reports with Acme",
		"moved into Anna's office with Anna's team":     "",
	} {
		got, _ := lines(t, true, told{"action", quote})
		if text := strings.Join(got, "|"); text != want {
			t.Errorf("%q: %q, want %q", quote, text, want)
		}
	}
}
