package agent

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/agent/quality"
	"github.com/betterprofile/betterprofile/interview"
)

const (
	summaryWords     = 90
	summarySlack     = 30 // words over that are still taken
	summaryMaxTokens = 300
	bestSentences    = 3
	summaryInput     = 3000 // tokens of messages
)

// Summarise makes the text of an episode by the model. When that does not answer, or its text has a figure or a quotation that is not in what it was
// made from, the text is the three best sentences of the user, as they are. Private messages, forgotten ones and those of distress are left out. The
// only error is ctx's own.
func (i *Interviewer) Summarise(ctx context.Context, in interview.SummaryRequest) (string, error) {
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	in.Messages = tellableOnes(in.Messages)
	if i.model != nil && !in.Offline && len(in.Messages)+len(in.Merge) > 0 {
		if text := i.summarised(ctx, in); text != "" {
			return text, nil
		}
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
	}
	if len(in.Merge) > 0 {
		return bestOf(in.Merge), nil
	}
	return bestOf(said(in.Messages)), nil
}

func tellableOnes(messages []interview.Message) []interview.Message {
	var list []interview.Message
	hidden := withheld(messages)
	for n, m := range messages {
		if !hidden[n] && tellable(m) {
			list = append(list, m)
		}
	}
	return list
}

// said is what the user wrote.
func said(messages []interview.Message) []string {
	var texts []string
	for _, m := range messages {
		if m.Role == interview.RoleUser {
			texts = append(texts, m.Content)
		}
	}
	return texts
}

// summarised is the model's summary; empty when it does not hold.
func (i *Interviewer) summarised(ctx context.Context, in interview.SummaryRequest) string {
	var facts []string
	for _, f := range in.Facts {
		if f.Current() {
			facts = append(facts, f.Text)
		}
	}
	var shownMessages []Message
	budget := summaryInput
	for _, m := range in.Messages {
		if len(in.Merge) > 0 {
			break // what they say is in the texts and the facts
		}
		s := shown(m, max(budget, shortest))
		budget -= cost(s)
		shownMessages = append(shownMessages, s)
	}
	facts = fit(facts, profileTokens)
	prompt := renderTalk("summarise", map[string]any{"Merge": in.Merge, "Facts": facts}, shownMessages)
	text, usage, err := i.model.Complete(ctx, Prompt{
		UserID: in.UserID, MaxTokens: summaryMaxTokens, Temperature: coldTemperature, Messages: []Message{{Role: "user", Content: prompt}},
	})
	i.stats.spend(usage)
	if err != nil {
		i.stats.modelError(err)
		return ""
	}
	text = strings.Join(strings.Fields(quality.Clean(text)), " ")
	sources := slices.Concat(said(in.Messages), in.Merge, facts)
	if text == "" || quality.CountWords(text) > summaryWords+summarySlack || !faithful(text, sources) {
		i.stats.reject("summary")
		return ""
	}
	return text
}

// faithful reports whether figures and quotations of a text, in any language, stand in its sources.
func faithful(text string, sources []string) bool {
	for _, f := range quality.Check(text, quality.Context{Known: sources, English: true, Recap: true}) {
		switch f.Kind {
		case quality.KindFigure, quality.KindQuotation, quality.KindControl, quality.KindEmpty, quality.KindMarkup:
			return false
		}
	}
	return true
}

// bestOf joins the best sentences of the texts, in their order, as they are.
func bestOf(texts []string) string {
	type candidate struct {
		at, start int
		score     float64
		text      string
	}
	var list []candidate
	for n, text := range texts {
		for _, note := range planner.ReadMessage(text, planner.Context{}).Notes {
			list = append(list, candidate{n, note.Start, note.Score, strings.Join(strings.Fields(planner.Clean(note.Text)), " ")})
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	list = list[:min(len(list), bestSentences)]
	slices.SortFunc(list, func(a, b candidate) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.start, b.start)) })
	var sentences []string
	for _, c := range list {
		sentences = append(sentences, withStop(c.text))
	}
	return strings.Join(sentences, " ")
}

// withStop ends a sentence with a full stop unless it has an end.
func withStop(s string) string {
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") || strings.HasSuffix(s, "。") || s == "" {
		return s
	}
	return s + "."
}
