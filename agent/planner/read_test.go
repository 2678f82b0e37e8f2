package planner_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

// checkReading checks what holds of every reading of every text.
func checkReading(t *testing.T, content string, r planner.Reading) {
	t.Helper()
	spans := append(append([]planner.Span{}, r.Tools...), r.Threads...)
	for _, s := range []*planner.Span{r.Role, r.Org} {
		if s != nil {
			spans = append(spans, *s)
		}
	}
	if r.Team != nil {
		spans = append(spans, r.Team.Span)
	}
	for _, n := range r.Notes {
		spans = append(spans, n.Span)
	}
	for _, a := range r.Anchors {
		spans = append(spans, a.Span)
		if strings.ContainsAny(a.Text, "?{}<>“”\"") {
			t.Errorf("anchor %q in %.100q", a.Text, content)
		}
	}
	for _, f := range r.Fixes {
		spans = append(spans, f.New)
		if f.Old.Text != "" {
			spans = append(spans, f.Old)
		}
	}
	for _, f := range r.Facts {
		spans = append(spans, f.Quote)
		checkCandidate(t, content, f)
	}
	for _, s := range spans {
		checkSpan(t, content, s)
	}
	for key, v := range r.Credit {
		if facet, slot, found := strings.Cut(key, "/"); !found || facet == "" || slot == "" || v <= 0 || v > 1 {
			t.Errorf("credit %q %v", key, v)
		}
	}
	if r.Act == "" || len(r.Facts) > 40 || len(r.Anchors) > 12 || len(r.Threads) > 3 {
		t.Errorf("%.100q: act %q, %d facts, %d anchors, %d threads", content, r.Act, len(r.Facts), len(r.Anchors), len(r.Threads))
	}
}

func checkSpan(t *testing.T, content string, s planner.Span) {
	t.Helper()
	switch {
	case s.Start < 0 || s.End > len(content) || s.Start >= s.End || content[s.Start:s.End] != s.Text:
		t.Errorf("span %d to %d is not %q in %.100q", s.Start, s.End, s.Text, content)
	case !utf8.ValidString(s.Text) || !utf8.RuneStart(content[s.Start]) || s.End < len(content) && !utf8.RuneStart(content[s.End]):
		t.Errorf("span %d to %d cuts a character in %.100q", s.Start, s.End, content)
	}
}

// checkCandidate holds a candidate to the rules of facts, and its quotation to what may be shown.
func checkCandidate(t *testing.T, content string, f planner.Candidate) {
	t.Helper()
	if strings.IndexFunc(f.Quote.Text, unicode.IsControl) >= 0 || planner.Clean(f.Quote.Text) != f.Quote.Text {
		t.Errorf("quote %q of %.100q", f.Quote.Text, content)
	}
	if f.Confidence < interview.MinConfidence {
		return
	}
	fact := interview.Fact{
		Kind: interview.FactKind(f.Kind), Key: f.Key, Text: f.Text, Quote: f.Quote.Text, Status: interview.FactProposed, Confidence: f.Confidence,
		Sources: []interview.Source{{MessageID: "m", Start: f.Quote.Start, End: f.Quote.End}},
	}
	if f.Value != nil {
		value, err := json.Marshal(f.Value)
		if err != nil {
			t.Fatal(err)
		}
		fact.Value = value
	}
	if f.Text == f.Quote.Text {
		fact.Text = "quoted" // claims nothing beyond its quotation, in which "00'0" is a figure that is no number
	}
	if err := interview.CheckFact(fact, map[string]string{"m": content}); err != nil {
		t.Errorf("%s %s %q %s of %.200q: %v", f.Kind, f.Key, f.Text, fact.Value, content, err)
	}
}

// corpus is answers of all sorts, on which the rules have something to do.
func corpus() []string {
	list := []string{
		"I'm a backend engineer at a fintech called Brightpost, in a team of six. We cut the nightly run from 31,000 seconds to 9,500, from 2019 to 2021.",
		"We saved €40k a year, 3.5 million in all, and 1.400 hours. Complaints fell by half — twice as fast as before, two hundred and twenty-five in May.",
		"I looked after 14 nurses on two wards, wrote “the book” on handover, and used Excel, SAP and C++ for it. Don't ask. I never tested it.",
		"I’m head of nursing; since March 2019. 26, not 28. Sorry, it was Leeds General Hospital. On the side I repaired radios, but that's another story.",
		"Soy enfermera en un hospital y trabajo con Excel desde 2015 con mi equipo. Wir haben 3,5 Prozent gespart.",
		"I studied chemistry at the University of Leeds and I speak German. I'd like to lead a lab. My wife is a nurse. I was bullied in 2020.",
		"a 5k run, 10:30, 12/05/2019, 24/7, 1st, 3rd, 90s, 100%, $5, £3bn, #7, +3, -4, 1'000, 1 000, 31 000 files, ½, ２０, ٣ nurses",
		"Our shop sold 2x more in week 12 (about 300 orders a day), compared with 120 before; I trained 40 people, 3 of them full-time, for one million euros.",
		"I built\tthe\r\nscanner\u00a0for\u202e us.\x00 \x1b]0;title\x07 I \u200bw\u200brote it\u2028twice. e\u0301tudes with Zoe\u0308 at Cafe\u0301 Roma.",
	}
	for _, c := range anchorCases() {
		list = append(list, c.message)
	}
	return list
}

func TestReadMessage_EveryReadingIsLawful(t *testing.T) {
	t.Parallel()
	for _, content := range corpus() {
		for _, q := range planner.Questions() {
			checkReading(t, content, planner.ReadMessage(content, planner.Context{Question: q, Goals: q.Facet == "goals"}))
		}
		checkReading(t, content, planner.ReadMessage(content, planner.Context{Recap: true, Repeated: 3}))
	}
}

// TestReadMessage_IsPure reads the same twice, also after other messages.
func TestReadMessage_IsPure(t *testing.T) {
	t.Parallel()
	once := func() string {
		var b strings.Builder
		for _, content := range corpus() {
			data, err := json.Marshal(planner.ReadMessage(content, planner.Context{}))
			if err != nil {
				t.Fatal(err)
			}
			b.Write(data)
		}
		return b.String()
	}
	if first, second := once(), once(); first != second {
		t.Error("two readings differ")
	}
}

func FuzzReadMessage(f *testing.F) {
	for _, content := range corpus() {
		f.Add(content, 0)
	}
	f.Add("\x1b[", 1)
	f.Add("\xff\xfe I built \xc3 the thing \xe2\x80", 20)
	f.Add("not 5", 90)
	f.Add("/private", 3)
	f.Add("from 5 to", 3)
	f.Fuzz(func(t *testing.T, content string, n int) {
		questions := planner.Questions()
		q := questions[uint(n)%uint(len(questions))]
		checkReading(t, content, planner.ReadMessage(content, planner.Context{Question: q, Recap: n%7 == 0, Conflict: n%5 == 0, Goals: n%3 == 0, Earlier: n%2 == 0}))
		planner.Sensitive(content)
	})
}
