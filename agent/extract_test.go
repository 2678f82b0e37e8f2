package agent_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/agent/openai/openaitest"
	"github.com/betterprofile/betterprofile/interview"
)

// career is a part of a talk; the messages are numbered from 1 in the prompt.
func career() interview.ExtractRequest {
	in := interview.ExtractRequest{
		UserID: "u", ConversationID: "c", Now: interview.At(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)),
		Memory: &interview.Memory{UserID: "u"},
	}
	for n, m := range []interview.Message{
		assistant("What have you been working on?"),
		user("I run the night shift at Brightpost, with a team of 12 people. We cut the\nhandover  from 55 to 25 minutes."),
		assistant("What made the difference of 40 % for you?"),
		user("A board of magnets. They did not trust the spreadsheet at first. Since 2019 I also teach the new ones."),
		assistant("What did you leave out?"),
		user("The keys are another story. I have been depressed since my divorce."),
	} {
		m.ID, m.ConversationID = fmt.Sprintf("m%d", n+1), "c"
		m.CreatedAt = in.Now
		in.Messages = append(in.Messages, m)
	}
	return in
}

// extractor is an endpoint that answers extraction with what it is given.
func extractor(answer any) openaitest.Option {
	text, ok := answer.(string)
	if !ok {
		b, err := json.Marshal(answer)
		if err != nil {
			panic(err)
		}
		text = string(b)
	}
	return openaitest.Completions(func(openaitest.Request) openaitest.Reply { return openaitest.Say(text) })
}

type object = map[string]any

func said(kind, text, quote string, messages ...int) object {
	return object{"kind": kind, "ref": "", "text": text, "quote": quote, "messages": messages, "confidence": 0.9}
}

func claimed(org, role, start, match string) object {
	return object{"ref": "e1", "kind": "work", "org": org, "role": role, "start": start, "end": "", "current": true, "match": match}
}

func TestExtract_KeepsWhatStandsInTheMessages(t *testing.T) {
	t.Parallel()
	i, server := setup(t, extractor(object{
		"experiences": []any{claimed("brightpost", "Emperor", "2019", "")},
		"facts": []any{
			func() object {
				f := said("metric", "Cut the handover from 55 to 25 minutes", "cut the handover from 55 to 25 minutes", 2)
				f["ref"] = "e1"
				return f
			}(),
			said("team", "A team of 12 people", "team of 12 people", 2),
			said("skill", "Teaches the new ones", "i also teach the new ones", 4, 2),
		},
		"threads": []any{object{"quote": "the keys are another story", "message": 6}, object{"quote": "A board of magnets", "message": 4}},
	}))
	in := career()
	got, err := i.Extract(t.Context(), in)
	if err != nil || len(got.Facts) != 3 || len(got.Experiences) != 1 {
		t.Fatalf("Extract = %+v, %v", got, err)
	}
	contents := map[string]string{}
	for _, m := range in.Messages {
		contents[m.ID] = m.Content
	}
	for _, f := range got.Facts {
		if err := interview.CheckFact(f, contents); err != nil || f.Engine != "openai" || f.Status != interview.FactProposed || f.ID == "" || f.Key == "" {
			t.Errorf("%+v: %v", f, err)
		}
	}
	if q := got.Facts[0].Quote; q != "cut the\nhandover  from 55 to 25 minutes" {
		t.Errorf("quote %q, want it byte for byte", q)
	}
	e := got.Experiences[0]
	if e.Org != "Brightpost" || e.Role != "" || e.Start != "2019" || !e.Current || got.Facts[0].ExperienceID != e.ID {
		t.Errorf("experience %+v, fact of %q", e, got.Facts[0].ExperienceID)
	}
	if len(got.Threads) != 1 || got.Threads[0].Quote != "A board of magnets" {
		t.Errorf("threads %+v; the message that tells of distress was not to be looked at", got.Threads)
	}
	again, err := i.Extract(t.Context(), in)
	if err != nil || again.Facts[1].ID != got.Facts[1].ID {
		t.Errorf("again: %+v, %v", again, err)
	}
	chat := server.Chats()[0]
	if chat.Format != "json_schema" || chat.Stream || strings.Contains(string(chat.Body), "divorce") {
		t.Errorf("asked with format %q, streamed %v:\n%s", chat.Format, chat.Stream, chat.Body)
	}
}

func TestExtract_StoresNothingThatWasMadeUp(t *testing.T) {
	t.Parallel()
	unsure := said("team", "A team of 12 people", "team of 12 people", 2)
	unsure["confidence"] = 0.3
	bad := map[string][]any{
		"figure": {
			said("metric", "Cut the handover by 40 %", "cut the handover from 55 to 25 minutes", 2),
			said("team", "A team of thirteen", "team of 12 people", 2),
		},
		"quote": {
			said("action", "Led the whole company", "I led the whole company", 2),
			said("metric", "40 %", "difference of 40 %", 2),
			said("skill", "Teaches", "each the new ones", 4),
			said("skill", "Teaches", "", 4),
		},
		"source": {
			said("metric", "A difference of 40 %", "difference of 40 %", 3), // the interviewer's words
			said("team", "A team of 12 people", "team of 12 people", 99),
			said("team", "A team of 12 people", "team of 12 people", 2, 7),
			said("team", "A team of 12 people", "team of 12 people"),
			said("value", "Depressed", "I have been depressed", 6), // not shown to the model
		},
		"negation":   {said("skill", "Trust the spreadsheet", "trust the spreadsheet", 4)},
		"confidence": {unsure},
		"kind":       {said("salary", "A team of 12 people", "team of 12 people", 2)},
		"text":       {said("team", "", "team of 12 people", 2), said("team", strings.Repeat("people ", 40), "team of 12 people", 2)},
	}
	var all []any
	want := map[string]int{"thread": 2}
	for reason, list := range bad {
		all = append(all, list...)
		want[reason] = len(list)
	}
	i, _ := setup(t, extractor(object{
		"experiences": []any{claimed("Google", "CEO", "1999", "k1")},
		"facts":       all,
		"threads":     []any{object{"quote": "the dragon", "message": 2}, object{"quote": "40 %", "message": 3}},
	}))
	got, err := i.Extract(t.Context(), career())
	if err != nil || !got.Empty() {
		t.Errorf("Extract = %+v, %v; want nothing", got, err)
	}
	if rejected := i.Stats().Rejected; !maps.Equal(rejected, want) {
		t.Errorf("rejected %v, want %v", rejected, want)
	}
}

func TestExtract_TakesThePlaceOfARulesFact(t *testing.T) {
	t.Parallel()
	answer := object{"experiences": []any{}, "threads": []any{}, "facts": []any{
		said("metric", "Handover cut from 55 to 25 minutes", "handover from 55 to 25 minutes", 2),
	}}
	for _, c := range []struct {
		status interview.FactStatus
		want   int
	}{{interview.FactProposed, 1}, {interview.FactConfirmed, 0}, {interview.FactRejected, 0}} {
		i, _ := setup(t, extractor(answer))
		in := career()
		content := in.Messages[1].Content
		start := strings.Index(content, "from 55")
		in.Memory.Facts = []*interview.Fact{{
			ID: "old", ExperienceID: "e", Kind: "metric", Key: "metric.handover", Text: "from 55 to 25 minutes", Quote: content[start : start+21],
			Status: c.status, Confidence: 0.8, Engine: "builtin", Sources: []interview.Source{{MessageID: "m2", Start: start, End: start + 21}},
		}}
		got, err := i.Extract(t.Context(), in)
		if err != nil || len(got.Facts) != c.want {
			t.Fatalf("%s: %+v, %v", c.status, got, err)
		}
		if c.want == 0 {
			continue
		}
		f := got.Facts[0]
		if f.ID != "old" || f.Key != "metric.handover" || f.ExperienceID != "e" || f.Engine != "openai" || !strings.HasPrefix(f.Text, "Handover cut") {
			t.Errorf("%+v", f)
		}
	}
}

func TestExtract_OfAnAnswerThatIsNoJSON(t *testing.T) {
	t.Parallel()
	good := `{"experiences":[],"facts":[{"kind":"team","ref":"","text":"12 people","quote":"team of 12 people","messages":[2],` +
		`"confidence":0.9}],"threads":[]}`
	for name, c := range map[string]struct {
		answer string
		facts  int
		fails  bool
	}{
		"in a fence":      {"Here it is:\n```json\n" + good + "\n```\nAnything else?", 1, false},
		"after braces":    {"{not this} " + good, 1, false},
		"broken":          {good[:60], 0, true},
		"prose":           {"I found nothing to note.", 0, true},
		"of another form": {`{"facts":"none"}`, 0, true},
		"nothing":         {`{}`, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i, _ := setup(t, extractor(c.answer))
			got, err := i.Extract(t.Context(), career())
			if (err != nil) != c.fails || len(got.Facts) != c.facts {
				t.Errorf("Extract = %+v, %v", got, err)
			}
			if c.fails && interview.AsError(err).Details.Reason != interview.ReasonBadResponse {
				t.Errorf("err = %v, want bad_response", err)
			}
		})
	}
}

func TestExtract_AsksForJSONAsFarAsTheEndpointCan(t *testing.T) {
	t.Parallel()
	i, server := setup(t, openaitest.Completions(func(r openaitest.Request) openaitest.Reply {
		if r.Format == "" {
			return openaitest.Say(`{"experiences":[],"facts":[],"threads":[]}`)
		}
		return openaitest.Reply{Status: 400, Code: "invalid_value", Message: "response_format is not supported"}
	}))
	var formats []string
	for range 2 {
		if _, err := i.Extract(t.Context(), career()); err != nil {
			t.Fatal(err)
		}
	}
	for _, chat := range server.Chats() {
		formats = append(formats, chat.Format)
	}
	if want := []string{"json_schema", "json_object", "", ""}; !slices.Equal(formats, want) {
		t.Errorf("asked with formats %q, want %q", formats, want)
	}
}

func TestExtract_WithoutAModelOrMessagesLearnsNothing(t *testing.T) {
	t.Parallel()
	if got, err := withoutModel().Extract(t.Context(), career()); err != nil || !got.Empty() {
		t.Errorf("without a model: %+v, %v", got, err)
	}
	i, server := setup(t)
	in := career()
	for n := range in.Messages {
		in.Messages[n].Content, in.Messages[n].Metadata = "[forgotten]", json.RawMessage(`{"forgotten":true}`)
	}
	if got, err := i.Extract(t.Context(), in); err != nil || !got.Empty() || len(server.Chats()) != 0 {
		t.Errorf("of what is forgotten: %+v, %v, after %d requests", got, err, len(server.Chats()))
	}
}

func TestExtract_FailureOfTheModelIsAnError(t *testing.T) {
	t.Parallel()
	i, _ := setup(t, openaitest.Completions(func(openaitest.Request) openaitest.Reply { return openaitest.Fail(401) }))
	if _, err := i.Extract(t.Context(), career()); interview.AsError(err).Details.Reason != interview.ReasonBadKey {
		t.Errorf("err = %v", err)
	}
	if n := i.Stats().ModelErrors[interview.ReasonBadKey]; n != 1 {
		t.Errorf("stats %+v", i.Stats())
	}
}

func TestExtract_LooksAtNothingThatWasTakenBack(t *testing.T) {
	t.Parallel()
	i, server := setup(t, extractor(object{"experiences": []any{}, "facts": []any{}, "threads": []any{}}))
	in := career()
	for n, m := range []interview.Message{user("Marta left Brightpost over money."), assistant("“Marta left Brightpost”. And then?"), user("forget that")} {
		m.ID, m.ConversationID = fmt.Sprintf("x%d", n), "c"
		in.Messages = append(in.Messages, m)
	}
	if _, err := i.Extract(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if body := string(server.Chats()[0].Body); strings.Contains(body, "Marta") || !strings.Contains(body, "board of magnets") {
		t.Errorf("asked with %s", body)
	}
}
