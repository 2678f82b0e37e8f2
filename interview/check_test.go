package interview_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

// factOf is a fact of a quote in a message, as CheckFact wants it.
func factOf(content, quote, text string) (interview.Fact, map[string]string) {
	id := interview.NewID()
	start := strings.Index(content, quote)
	return interview.Fact{
		ID: interview.NewID(), Kind: "metric", Key: "k", Text: text, Quote: quote, Status: interview.FactProposed, Confidence: 0.8,
		Sources: []interview.Source{{MessageID: id, Start: start, End: start + len(quote)}},
	}, map[string]string{id: content}
}

func TestCheckFact_Figures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		quote, text, value string
		ok                 bool
	}{
		{"cut it from 31,000 to 1,400", "from 31000 to 1400", "", true},
		{"cut it from 31.000 to 1.400", "from 31,000 to 1400", "", true},
		{"cut it from 31 000 to 12", "31,000 down to 12", `{"from":31000,"to":12}`, true},
		{"in q3 200 orders came", "200 orders", `{"number":200}`, true},
		{"3,5 hours instead of 4", "3.5 hours", `3.5`, true},
		{"we saved 40k a year", "saved 40,000", `40000`, true},
		{"saved 1.4 million", "saved 1,400,000", ``, true},
		{"a team of twelve", "team of 12", `{"size":12}`, true},
		{"twenty-six nurses", "26 nurses", `26`, true},
		{"two hundred and fifty beds", "250 beds", `250`, true},
		{"fifteen hundred parts", "1500 parts", `1500`, true},
		{"three thousand two hundred", "3200", ``, true},
		{"a dozen people", "12 people", `12`, true},
		{"cut it by half", "50 % less", ``, false},
		{"since March 2019", "since 2019-03", `"2019-03"`, true},
		{"since 2019", "since 2018", ``, false},
		{"faster handovers", "40 % faster handovers", ``, false},
		{"faster handovers", "faster handovers", `{"by":40}`, false},
		{"faster handovers", "twelve faster handovers", ``, false},
		{"one of the leads", "one of the leads", ``, true},
		{"led the group", "one of the leads", ``, true},
		{"99.9 % uptime", "99.9% uptime", `99.9`, true},
		{"in Q3 we moved", "moved in Q3", ``, true},
		{"in Q3 we moved", "moved in Q4", ``, false},
		{"12 to 15 people", "12-15 people", ``, true},
		{"we had 12.5 people", "125 people", ``, false},
		{"1,5 Stunden", "1.5 hours", ``, true},
		{"ten", "10 and 11", ``, false},
		{"2 x 400 units", "2400 units", ``, false},
	} {
		f, contents := factOf("Well, "+c.quote+".", c.quote, c.text)
		f.Value = json.RawMessage(c.value)
		err := interview.CheckFact(f, contents)
		if (err == nil) != c.ok || err != nil && interview.AsError(err).Details.Field != "figure" {
			t.Errorf("%q, %q, %s: %v", c.quote, c.text, c.value, err)
		}
	}
}

func TestCheckFact_Negation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		content, quote string
		ok             bool
	}{
		{"They did not trust a cook with a laptop", "trust a cook", false},
		{"They did not really trust a cook", "trust a cook", false},
		{"They didn’t trust a cook", "trust a cook", false},
		{"I am not a manager", "manager", false},
		{"We never shipped on time", "shipped on time", false},
		{"Without any help we shipped", "help", false},
		{"It was not easy. We shipped it", "We shipped it", true},
		{"Not that anybody asked us, we shipped it", "we shipped it", true},
		{"did not trust a cook", "not trust a cook", true},
		{"We shipped it", "shipped it", true},
	} {
		f, contents := factOf(c.content, c.quote, "x")
		err := interview.CheckFact(f, contents)
		if (err == nil) != c.ok || err != nil && interview.AsError(err).Details.Field != "negation" {
			t.Errorf("%q in %q: %v", c.quote, c.content, err)
		}
	}
}

func TestCheckFact_EveryRule(t *testing.T) {
	t.Parallel()
	f, contents := factOf("I rebuilt the ledger at Zürich.", "ledger at Zürich", "rebuilt the ledger")
	if err := interview.CheckFact(f, contents); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		field  string
		change func(f *interview.Fact)
	}{
		"kind":             {"kind", func(f *interview.Fact) { f.Kind = "height" }},
		"status":           {"status", func(f *interview.Fact) { f.Status = "sure" }},
		"low confidence":   {"confidence", func(f *interview.Fact) { f.Confidence = 0.49 }},
		"no text":          {"text", func(f *interview.Fact) { f.Text = " " }},
		"long text":        {"text", func(f *interview.Fact) { f.Text = strings.Repeat("é", interview.MaxFactRunes+1) }},
		"NUL":              {"text", func(f *interview.Fact) { f.Text = "a\x00b" }},
		"broken value":     {"value", func(f *interview.Fact) { f.Value = json.RawMessage(`{"a"`) }},
		"no source":        {"source", func(f *interview.Fact) { f.Sources = nil }},
		"unknown message":  {"source", func(f *interview.Fact) { f.Sources[0].MessageID = interview.NewID() }},
		"beyond the end":   {"source", func(f *interview.Fact) { f.Sources[0].End = 1000 }},
		"before the start": {"source", func(f *interview.Fact) { f.Sources[0].Start = -1 }},
		"within a letter": {"source", func(f *interview.Fact) {
			f.Sources[0].End = strings.Index("I rebuilt the ledger at Zürich.", "rich") - 1
		}},
		"empty span":    {"source", func(f *interview.Fact) { f.Sources[0].End = f.Sources[0].Start }},
		"other words":   {"quote", func(f *interview.Fact) { f.Quote = "ledger at Zurich" }},
		"second source": {"source", func(f *interview.Fact) { f.Sources = append(f.Sources, interview.Source{MessageID: "x", End: 1}) }},
	} {
		changed := f
		changed.Sources = append([]interview.Source(nil), f.Sources...)
		c.change(&changed)
		err := interview.CheckFact(changed, contents)
		if interview.ErrorCode(err) != interview.CodeInvalid || interview.AsError(err).Details.Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
}
