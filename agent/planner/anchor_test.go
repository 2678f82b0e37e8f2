package planner_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/agent/planner"
)

// anchorCase is a message with what must be quoted and what must not. A star at the end of a piece that must not be quoted forbids every
// quotation that begins with it; without one only the very piece is forbidden.
type anchorCase struct {
	message, question string
	want              []string // "kind: piece"
	not               []string
}

func anchorCases() []anchorCase {
	return []anchorCase{
		{"I work at a fintech called Brightpost.", "", []string{"clause: work at a fintech called Brightpost"}, []string{"work at a fintech", "work at a fintech called", "a fintech called"}},
		{"The big thing was moving our payments ledger off a monolith.", "", nil, []string{"The big thing was", "big thing was moving"}},
		{"I wrote a reconciler which compared both ledgers every hour.", "", []string{"clause: wrote a reconciler", "object: a reconciler", "clause: compared both ledgers every hour"}, []string{"compared both ledgers every", "compared both"}},
		{"The reconciler found 1,400 mismatches.", "ch-01", []string{"trouble: The reconciler found 1,400 mismatches"}, []string{"The reconciler found", "The reconciler found 1,400", "found 1"}},
		{"They did not trust a cook with a laptop.", "ch-01", nil, []string{"trust a cook with a laptop", "trust a cook"}},
		{"We never tested the lift on a Sunday.", "", nil, []string{"tested the lift*"}},
		{"I didn't write the manual.", "", nil, []string{"write the manual*"}},
		{"Nobody counted the boxes in the cellar.", "", nil, []string{"counted the boxes*"}},
		{"I looked after the ward at night.", "", []string{"clause: looked after the ward at night"}, []string{"looked", "looked after", "looked after the"}},
		{"I was in charge of the stock room.", "", nil, []string{"in charge", "charge of the stock room", "was in charge"}},
		{"I handled calls and emails from customers.", "", nil, []string{"handled calls"}},
		{"I introduced a new rota for the night shift.", "", []string{"object: a new rota"}, []string{"a new", "introduced a new"}},
		{"We dropped the old form.", "", nil, []string{"object*"}},
		{"I lost the key to the archive.", "", nil, []string{"object: the key"}},
		{"I made a mistake with an order.", "", nil, []string{"object: a mistake"}},
		{"I made sure that it worked.", "", nil, []string{"made sure", "object: sure"}},
		{"I built it from old parts.", "", nil, []string{"built it", "object: it"}},
		{"Complaints dropped from 31,000 to 9,500.", "rl-01", []string{"change: Complaints dropped from 31,000 to 9,500"}, []string{"Complaints dropped", "Complaints dropped from 31", "dropped from 31,000"}},
		{"We cut waiting from 40 to 26 minutes.", "", []string{"change: cut waiting from 40 to 26 minutes"}, []string{"cut waiting", "cut waiting from 40", "cut waiting from 40 to 26"}},
		{"It is difficult to say in general.", "", nil, []string{"difficult*"}},
		{"As I said, we moved the shelves.", "", nil, []string{"moved the shelves*"}},
		{"People keep their promises to each other.", "va-01", []string{"value: People keep their promises to each other"}, nil},
		{"I was bullied by the other cooks.", "", nil, []string{"bullied*", "the other cooks*"}},
		{"My wife helped me with the shop.", "", nil, []string{"wife*", "helped*"}},
		{"Would you build another scanner?", "", nil, []string{"build*"}},
		{"I said “now or never” to the crew.", "", nil, []string{"said*"}},
		{"I drew a map, labelled every shelf, and trained the porters.", "", []string{"object: a map", "clause: trained the porters"}, []string{"and trained", "a map labelled"}},
		{"And then I had to rebuild the whole index.", "", nil, []string{"had to rebuild", "And then*", "then I*"}},
		{"I set up a weekly meeting with the plumbers.", "", []string{"object: a weekly meeting"}, []string{"up a weekly meeting", "a weekly"}},
		{"We used Excel, Word and SAP.", "", nil, []string{"Word", "Word and SAP", "SAP"}},
		{"I trained the new people because the old team had left.", "", []string{"clause: trained the new people"}, []string{"the old team had", "had left"}},
		{"The cooks refused to use the new labels.", "ch-01", []string{"trouble: The cooks refused to use the new labels"}, []string{"The cooks refused", "cooks refused to"}},
		{"I rolled out a scanner system across six stores.", "", []string{"object: a scanner system"}, []string{"out a scanner system"}},
		{"I moved from Leeds to York.", "", nil, []string{"object: from*", "moved from"}},
		{"We did it without a single test run.", "", nil, []string{"a single test run*", "single test run"}},
		{"I like calm people.", "va-01", nil, []string{"calm"}},
		{"\x1b[31mI built a \x1b[0mdashboard for sales.", "", nil, []string{"built a*", "a dashboard*"}},
		{"I built a dash\u200bboard for sales.", "", nil, []string{"a dash*", "built a dash*"}},
		{"I built <system>a dashboard</system> for {name} today.", "", nil, []string{"<*", "{*"}},
		{"We had fewer complaints from the night shift.", "", []string{"change: fewer complaints from the night shift"}, nil},
		{"No training was given to the drivers.", "", nil, []string{"training was given*", "training"}},
		{"I can hardly remember the first release.", "", nil, []string{"remember*", "the first release"}},
		{"The lift was built in 1962 and broke twice a week.", "", nil, []string{"broke twice", "broke twice a", "built in"}},
		{"I organised the whole move of twelve labs.", "", nil, []string{"object: the whole move", "organised the whole move", "organised the whole"}},
		{"I wrote the checklist that every nurse uses.", "", []string{"object: the checklist"}, []string{"checklist that"}},
		{"The farmers use it now, two of them measure every week.", "ch-01", nil, []string{"trouble: The farmers use it now"}},
		{"Postgres, Kafka and a lot of SQL.", "ac-04", nil, []string{"Kafka and a lot of SQL", "Kafka"}},
		{"My supervisor gave me the idea and I did the rest alone.", "", nil, []string{"the rest alone"}},
		{"At first, nobody in the kitchen believed it.", "", []string{"clause: nobody in the kitchen believed it"}, nil},
		{"Good.", "", nil, []string{"Good"}},
		{"a lot of work", "", nil, []string{"a lot of work", "lot of work"}},
		{"You leave a board so that the next one can read it.", "va-01", nil, []string{"You leave a board", "leave a board"}},
		{"I leave a board so that the next one can read it.", "va-01", []string{"value: leave a board so that the next one can read it"}, []string{"leave a board"}},
		{"That nobody is talked about as if they were not in the room.", "va-01", nil, []string{"nobody is talked about", "talked about"}},
		{"I call the families when the doctors are busy.", "", []string{"clause: call the families when the doctors are busy"}, []string{"call the families"}},
		{"Hm, that's just how it is on site.", "", nil, []string{"*"}},
		{"Hard to say.", "", nil, []string{"*"}},
		{"I would have to think about that.", "", nil, []string{"*"}},
		{"It is rather quiet work.", "", nil, []string{"*"}},
		{"I merged both price lists into one file.", "", []string{"object: both price lists"}, nil},
	}
}

func TestReadMessage_Anchors(t *testing.T) {
	t.Parallel()
	cases := anchorCases()
	if len(cases) < 40 {
		t.Errorf("%d cases", len(cases))
	}
	for _, c := range cases {
		var got []string
		for _, a := range read(t, c.message, c.question).Anchors {
			got = append(got, string(a.Kind)+": "+a.Text)
		}
		for _, want := range c.want {
			if !slices.Contains(got, want) {
				t.Errorf("%q: no %q in %q", c.message, want, got)
			}
		}
		for _, piece := range c.not {
			if i := slices.IndexFunc(got, func(g string) bool { return forbidden(g, piece) }); i >= 0 {
				t.Errorf("%q: quotes %q", c.message, got[i])
			}
		}
	}
}

// forbidden reports whether an anchor, as "kind: piece", is what must not be quoted.
func forbidden(anchor, piece string) bool {
	_, text, _ := strings.Cut(anchor, ": ")
	if start, ok := strings.CutSuffix(piece, "*"); ok {
		return strings.HasPrefix(text, start) || strings.HasPrefix(anchor, start)
	}
	return text == piece || anchor == piece
}

func TestReadMessage_AnchorsAreVerbatimWholeWordsBestFirst(t *testing.T) {
	t.Parallel()
	for _, c := range anchorCases() {
		last := 100.0
		for _, a := range read(t, c.message, c.question).Anchors {
			n := len(planner.Words(a.Text))
			if c.message[a.Start:a.End] != a.Text || a.Score > last || n < 1 || n > 12 {
				t.Errorf("%q: %+v", c.message, a)
			}
			last = a.Score
		}
	}
}
