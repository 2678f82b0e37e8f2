package eval

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/betterprofile/betterprofile/agent/quality"
	"github.com/betterprofile/betterprofile/interview"
)

// DefaultTurns is how long a talk is when nothing else is said: long enough for every figure of the report.
const DefaultTurns = 20

// Options of a run.
type Options struct {
	Turns    int       // of every talk; 0 is DefaultTurns
	Personas []Persona // who talks; nil is everybody who comes with the program
	Acts     bool      // take the special turns as well
}

// Contender is an interviewer in a run.
type Contender struct {
	Name        string
	Interviewer Interviewer
}

// Contenders are the built-in interviewer, first, and the two naive ones that it has to be better than.
func Contenders() []Contender {
	return []Contender{{"built-in", BuiltIn()}, {"ten questions", TenQuestions()}, {"echo", Echo()}}
}

// Talk is a persona's talk with an interviewer. Faults are those of the exchange with the same index; the opening is the first exchange.
type Talk struct {
	Persona   string
	Exchanges []quality.Exchange
	Faults    [][]quality.Fault
}

// Result is what was seen of an interviewer.
type Result struct {
	Name      string
	Talks     []Talk
	Tally     quality.Tally
	Share     quality.Tally // of those who answer in whole sentences: for the share of the talk
	Acts      []ActResult
	Latency   time.Duration // that 95 of 100 turns do not exceed
	Facts     int           // learned
	Unsourced []string      // facts without their source
	State     int           // the longest state, in bytes
}

// Run talks with every contender as every persona. The only errors are ctx's own and those of an interviewer.
func Run(ctx context.Context, contenders []Contender, opts Options) (Report, error) {
	if opts.Turns == 0 {
		opts.Turns = DefaultTurns
	}
	if opts.Personas == nil {
		opts.Personas = Personas()
	}
	report := Report{Turns: opts.Turns, People: len(opts.Personas)}
	for _, c := range contenders {
		result, err := run(ctx, c, opts)
		if err != nil {
			return Report{}, fmt.Errorf("%s: %w", c.Name, err)
		}
		report.Results = append(report.Results, result)
	}
	return report, nil
}

func run(ctx context.Context, c Contender, opts Options) (Result, error) {
	result := Result{Name: c.Name}
	var took []time.Duration
	for _, p := range opts.Personas {
		r := newRoom(c.Interviewer, p.ID)
		talk, err := hold(ctx, r, p, opts.Turns)
		if err != nil {
			return result, fmt.Errorf("persona %s: %w", p.ID, err)
		}
		result.Talks = append(result.Talks, talk)
		tally := quality.Measure(talk.Exchanges)
		result.Tally.Add(tally)
		if !p.Short {
			result.Share.Add(tally)
		}
		took = append(took, r.took...)
		result.Facts += len(r.memory.of.Facts)
		result.Unsourced = append(result.Unsourced, r.unsourced...)
		result.State = max(result.State, r.longest)
	}
	slices.Sort(took)
	if len(took) > 0 {
		result.Latency = took[len(took)*95/100]
	}
	var err error
	if opts.Acts {
		result.Acts, err = takeActs(ctx, c.Interviewer)
	}
	return result, err
}

// hold lets a persona talk.
func hold(ctx context.Context, r *room, p Persona, turns int) (Talk, error) {
	talk := Talk{Persona: p.ID}
	reply, err := r.open(ctx)
	if err != nil {
		return talk, err
	}
	var said, asked []string
	note := func(e quality.Exchange) {
		talk.Exchanges = append(talk.Exchanges, e)
		talk.Faults = append(talk.Faults, faults(e, said, asked))
		said = append(said, e.User)
		for _, ask := range quality.Asks(e.Reply) {
			asked = append(asked, ask.Text)
		}
	}
	note(quality.Exchange{Reply: reply.Content, Meta: reply.Metadata})
	who := interviewee{persona: p}
	for range turns {
		if err := ctx.Err(); err != nil {
			return talk, context.Cause(ctx)
		}
		a := who.next(reply)
		if reply, err = r.say(ctx, a.text); err != nil {
			return talk, err
		}
		note(quality.Exchange{User: a.text, Reply: reply.Content, Meta: reply.Metadata, Told: a.facets, Evasive: a.evasive})
	}
	return talk, nil
}

// faults holds an exchange to the rules of a turn, in the light of what was said and asked before.
func faults(e quality.Exchange, said, asked []string) []quality.Fault {
	found := quality.Check(e.Reply, quality.Context{
		User: e.User, Known: said, Asked: asked, English: true, Act: e.Meta.Act, Recap: recap(e.Meta),
	})
	for _, quote := range quality.Ragged(e.Reply, append(slices.Clone(said), e.User)) {
		found = append(found, quality.Fault{Kind: kindRagged, Detail: fmt.Sprintf("%q cuts a phrase", quote)})
	}
	return found
}

// kindRagged is of a fault that the report counts and the rules of a turn leave alone.
const kindRagged quality.Kind = "ragged"

func recap(meta interview.ReplyMetadata) bool {
	return meta.Slot == "recap" || meta.Question == "recap" || meta.Act == "summary"
}
