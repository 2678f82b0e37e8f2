package agent

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/agent/builtin"
	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/agent/quality"
	"github.com/betterprofile/betterprofile/interview"
)

const (
	modelTitleRunes = 60
	titleTokens     = 30
	titleInput      = 1200 // tokens of messages
)

// Title makes a title by the model: at most 60 characters, about what the user wrote, without figures and names of people. When that does not
// answer or does not hold, and without a model, the title is the built-in interviewer's. Empty until the user has said something of substance twice.
// The only error is ctx's own.
func (i *Interviewer) Title(ctx context.Context, in interview.TitleRequest) (string, error) {
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	in.Messages = tellableOnes(in.Messages)
	if i.model != nil && interview.EnoughSaid(in.Messages) {
		title := i.modelTitle(ctx, in)
		switch {
		case title != "":
			return title, nil
		case ctx.Err() != nil:
			return "", context.Cause(ctx)
		}
	}
	return builtin.Title(in.Messages, in.Now), nil
}

// modelTitle is the model's title; empty when it does not hold.
func (i *Interviewer) modelTitle(ctx context.Context, in interview.TitleRequest) string {
	var list []Message
	budget := titleInput
	for _, m := range in.Messages {
		if s := shown(m, max(budget, shortest)); budget > 0 {
			budget -= cost(s)
			list = append(list, s)
		}
	}
	text, usage, err := i.model.Complete(ctx, Prompt{
		UserID: in.UserID, MaxTokens: titleTokens, Temperature: coldTemperature,
		Messages: []Message{{Role: "user", Content: renderTalk("title", nil, list)}},
	})
	i.stats.spend(usage)
	if err != nil {
		i.stats.modelError(err)
		return ""
	}
	title := cleanTitle(text)
	if !lawfulTitle(title, said(in.Messages)) {
		i.stats.reject("title")
		return ""
	}
	return title
}

// cleanTitle puts a model's title into one line, without what is around it.
func cleanTitle(text string) string {
	title := strings.Join(strings.Fields(quality.Clean(text)), " ")
	if label, rest, found := strings.Cut(title, ":"); found && strings.EqualFold(label, "title") {
		title = strings.TrimSpace(rest)
	}
	title = strings.TrimRight(strings.Trim(title, "\"'“”„«»*_` "), ".。 ")
	if title == "" {
		return ""
	}
	r, size := utf8.DecodeRuneInString(title)
	return string(unicode.ToUpper(r)) + title[size:]
}

// lawfulTitle reports whether a title is about what was said, and gives nothing away that a list of titles should not.
func lawfulTitle(title string, said []string) bool {
	const fewest = 2
	switch all := strings.Join(said, "\n"); {
	case utf8.RuneCountInString(title) > modelTitleRunes || quality.CountWords(title) < fewest:
		return false
	case strings.ContainsFunc(title, unicode.IsNumber) || strings.ContainsAny(title, "?？!<>{}[]|"):
		return false
	case sensitive(title) || !faithful(title, said):
		return false
	default:
		return sharesStem(title, all) && !names(title, all)
	}
}

// sharesStem reports whether the title takes up something of the text.
func sharesStem(title, text string) bool {
	in := planner.Stems(text)
	return slices.ContainsFunc(planner.Stems(title), func(s string) bool {
		_, found := slices.BinarySearch(in, s)
		return found
	})
}

// names reports whether the title has a name that the text gives to a person: a capitalised word after a word that people are introduced by.
func names(title, text string) bool {
	inTitle := planner.Words(strings.ToLower(title))
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;:()\"“”", r) })
	for n, word := range words[min(1, len(words)):] {
		first, _ := utf8.DecodeRuneInString(word)
		if !unicode.IsUpper(first) || !introduces(words[n]) {
			continue
		}
		name := strings.ToLower(strings.TrimRight(word, ".!?'’"))
		if slices.Contains(inTitle, name) {
			return true
		}
	}
	return false
}

// introduces reports whether a name of a person is likely to follow the word.
func introduces(word string) bool {
	switch strings.ToLower(strings.TrimRight(word, ".")) {
	case "with", "by", "named", "boss", "manager", "colleague", "mentor", "friend", "mr", "mrs", "ms", "dr", "prof", "professor", "sir", "i'm", "am",
		"name", "mit", "von", "avec", "con", "herr", "frau":
		return true
	}
	return false
}

// titleByCode is the title of a conversation that has none, without a model: when the message is the second answer of substance.
func titleByCode(in interview.ReplyRequest, plan planner.Plan) string {
	const answers, words = 2, 4
	n := 0
	for _, m := range append(in.Recent[:len(in.Recent):len(in.Recent)], in.Message) {
		if m.Role == interview.RoleUser && len(strings.Fields(m.Content)) >= words && !strings.HasPrefix(m.Content, "/") {
			n++
		}
	}
	if n < answers {
		return ""
	}
	return builtin.TitleOf(plan.State, in.Now)
}
