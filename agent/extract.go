package agent

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

const (
	extractMessages = 2500 // tokens of messages that are looked at in one go, newest first
	extractTokens   = 1200 // of the answer
)

// Extract asks the model what the messages say about the user, and checks each fact in code: its words stand in a message of the user that it names,
// its figures in those words, and nothing private is in it. What fails is counted (see [Interviewer.Stats]) and left out. A fact that a rule
// had found in the same words before is replaced under its id, unless the user has confirmed or rejected it.
func (i *Interviewer) Extract(ctx context.Context, in interview.ExtractRequest) (interview.Learned, error) {
	if ctx.Err() != nil {
		return interview.Learned{}, context.Cause(ctx)
	}
	x := newExtraction(i, in)
	if i.model == nil || len(x.sources) == 0 {
		return interview.Learned{}, nil
	}
	text, usage, err := i.model.Complete(ctx, Prompt{
		UserID: in.UserID, MaxTokens: extractTokens, Temperature: coldTemperature, Format: extractFormat(),
		Messages: []Message{{Role: "user", Content: x.prompt()}},
	})
	i.stats.spend(usage)
	if err != nil {
		i.stats.modelError(err)
		return interview.Learned{}, err
	}
	var found extracted
	if err := decodeObject(text, &found); err != nil {
		i.stats.reject("json")
		return interview.Learned{}, &interview.Error{
			Code: interview.CodeModelUnavailable, Message: "The model's answer was not JSON.",
			Details: interview.Details{Reason: interview.ReasonBadResponse}, Err: err,
		}
	}
	return x.learn(found), nil
}

// coldTemperature is for work that has one right answer.
const coldTemperature = 0.1

func extractFormat() Format {
	schema, err := prompts.ReadFile("prompts/extract.json")
	if err != nil {
		panic(err) // embedded
	}
	return Format{Name: "extraction", Schema: schema}
}

// extracted is what the model answers.
type extracted struct {
	Experiences []extractedExperience `json:"experiences"`
	Facts       []extractedFact       `json:"facts"`
	Threads     []struct {
		Quote   string `json:"quote"`
		Message int    `json:"message"`
	} `json:"threads"`
}

type extractedExperience struct {
	Ref     string `json:"ref"`
	Kind    string `json:"kind"`
	Org     string `json:"org"`
	Role    string `json:"role"`
	Start   string `json:"start"`
	End     string `json:"end"`
	Current bool   `json:"current"`
	Match   string `json:"match"`
}

type extractedFact struct {
	Kind       string  `json:"kind"`
	Ref        string  `json:"ref"`
	Text       string  `json:"text"`
	Quote      string  `json:"quote"`
	Messages   []int   `json:"messages"`
	Confidence float64 `json:"confidence"`
}

var errNoObject = errors.New("no JSON object")

// decodeObject reads the first balanced JSON object of a text that is of v's form.
func decodeObject(text string, v any) error {
	err := errNoObject
	for at := 0; at < len(text); at++ {
		i := strings.IndexByte(text[at:], '{')
		if i < 0 {
			break
		}
		at += i
		if err = json.NewDecoder(strings.NewReader(text[at:])).Decode(v); err == nil {
			return nil
		}
	}
	return err
}

// extraction is one look at messages.
type extraction struct {
	i        *Interviewer
	in       interview.ExtractRequest
	memory   *interview.Memory
	shown    []interview.Message
	sources  map[int]interview.Message      // the user's messages, by their number in the prompt
	foldedOf map[int]folded                 // those in which a quotation was looked for, folded
	found    map[string][]planner.Candidate // what the rules find in messages, by id, once it was looked for
	known    []*interview.Experience        // by their number in the prompt
	refs     map[string]string              // ids of experiences by the model's name for them
	learned  interview.Learned
}

func newExtraction(i *Interviewer, in interview.ExtractRequest) *extraction {
	x := &extraction{i: i, in: in, memory: in.Memory, sources: map[int]interview.Message{}, foldedOf: map[int]folded{}, found: map[string][]planner.Candidate{}, refs: map[string]string{}}
	if x.memory == nil {
		x.memory = &interview.Memory{UserID: in.UserID}
	}
	budget := extractMessages
	hidden := withheld(in.Messages)
	for n, m := range slices.Backward(in.Messages) {
		if hidden[n] || !tellable(m) {
			continue
		}
		if budget -= Tokens(m.Content) + perMessage; budget < 0 && len(x.shown) > 0 {
			break
		}
		x.shown = append(x.shown, m)
	}
	slices.Reverse(x.shown)
	for n, m := range x.shown {
		if m.Role == interview.RoleUser {
			x.sources[n+1] = m
		}
	}
	x.known = newestExperiences(x.memory, 12)
	for n, e := range x.known {
		x.refs[experienceRef(n)] = e.ID
	}
	return x
}

// prompt is what the model is asked.
func (x *extraction) prompt() string {
	data := struct {
		Kinds       string
		Experiences []any
	}{Kinds: strings.Join(kindNames(), "|")}
	for n, e := range x.known {
		data.Experiences = append(data.Experiences, map[string]string{"id": experienceRef(n), "kind": string(e.Kind), "is": experienceLine(e)})
	}
	messages := make([]Message, len(x.shown))
	for n, m := range x.shown {
		messages[n] = Message{Role: "[" + decimal(n+1) + "] " + string(m.Role), Content: headAndTail(m.Content, extractMessages)}
	}
	return renderTalk("extract", data, messages)
}

func kindNames() []string {
	var names []string
	for _, k := range interview.FactKinds() {
		names = append(names, string(k))
	}
	return names
}
