package eval

import (
	"context"
	_ "embed" // for the data
	"fmt"
	"regexp"

	"go.yaml.in/yaml/v3"

	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/agent/quality"
)

// specialTurn is a message that is to be answered in a way of its own. The head of data/acts.yaml says how.
type specialTurn struct {
	ID      string   `yaml:"id"`
	Before  []string `yaml:"before"`
	Say     string   `yaml:"say"`
	Asks    string   `yaml:"asks"`
	All     []string `yaml:"all"`
	None    []string `yaml:"none"`
	Foreign bool     `yaml:"foreign"` // the reply need not be in English
}

//go:embed data/acts.yaml
var actsYAML []byte

// specialTurns reads the data; names of lines are replaced by the lines.
func specialTurns() ([]specialTurn, error) {
	var file struct {
		Version int               `yaml:"version"`
		Acts    []specialTurn     `yaml:"acts"`
		Lines   map[string]string `yaml:"lines"`
	}
	if err := yaml.Unmarshal(actsYAML, &file); err != nil {
		return nil, fmt.Errorf("read special turns: %w", err)
	}
	line := func(s string) string {
		if l, ok := file.Lines[s]; ok {
			return l
		}
		return s
	}
	for i := range file.Acts {
		a := &file.Acts[i]
		a.Say = line(a.Say)
		for j := range a.Before {
			a.Before[j] = line(a.Before[j])
		}
	}
	return file.Acts, nil
}

// ActResult is how a special turn was answered. Wrong says what was missing, or is empty.
type ActResult struct {
	ID, Said, Reply, Wrong string
}

// takeActs takes every special turn in a conversation of its own.
func takeActs(ctx context.Context, interviewer Interviewer) ([]ActResult, error) {
	acts, err := specialTurns()
	if err != nil {
		return nil, err
	}
	var list []ActResult
	for _, a := range acts {
		result, err := a.take(ctx, interviewer)
		if err != nil {
			return nil, fmt.Errorf("special turn %s: %w", a.ID, err)
		}
		list = append(list, result)
	}
	return list, nil
}

func (a specialTurn) take(ctx context.Context, interviewer Interviewer) (ActResult, error) {
	r := newRoom(interviewer, "act/"+a.ID)
	opening, err := r.open(ctx)
	if err != nil {
		return ActResult{}, err
	}
	var asked []string
	note := func(reply string) {
		for _, ask := range quality.Asks(reply) {
			asked = append(asked, ask.Text)
		}
	}
	note(opening.Content)
	for _, line := range a.Before {
		reply, err := r.say(ctx, line)
		if err != nil {
			return ActResult{}, err
		}
		note(reply.Content)
	}
	reply, err := r.say(ctx, a.Say)
	if err != nil {
		return ActResult{}, err
	}
	return ActResult{a.ID, a.Say, reply.Content, a.judge(reply.Content, asked)}, nil
}

// judge says what is wrong with a reply.
func (a specialTurn) judge(reply string, asked []string) string {
	asks := quality.Asks(reply)
	switch {
	case a.Asks == "none" && len(asks) > 0:
		return "asks something"
	case a.Asks == "one" && len(asks) != 1:
		return fmt.Sprintf("asks %d things", len(asks))
	case len(asks) > 1:
		return "asks more than one thing"
	}
	for _, pattern := range a.All {
		if !regexp.MustCompile("(?i)" + pattern).MatchString(reply) {
			return fmt.Sprintf("nothing of %q", pattern)
		}
	}
	for _, pattern := range a.None {
		if regexp.MustCompile("(?i)" + pattern).MatchString(reply) {
			return fmt.Sprintf("has %q", pattern)
		}
	}
	for _, ask := range asks {
		for _, earlier := range asked {
			if quality.SameAsk(planner.Stems(ask.Text), planner.Stems(earlier)) {
				return "asks again: " + ask.Text
			}
		}
	}
	return ""
}
