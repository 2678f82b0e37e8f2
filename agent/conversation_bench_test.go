package agent_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/agent"
	"github.com/betterprofile/betterprofile/agent/builtin"
	"github.com/betterprofile/betterprofile/interview"
)

// streaming is a model that answers in pieces of a word, and with an empty extraction when it is asked for one piece.
type streaming struct {
	agent.Model
	reply func() string
}

func (s streaming) Info() interview.EngineInfo {
	return interview.EngineInfo{Name: "openai", Model: "m"}
}

func (s streaming) Stream(_ context.Context, _ agent.Prompt, emit func(interview.Delta) error) (interview.Usage, error) {
	text := s.reply()
	for word := range strings.SplitAfterSeq(text, " ") {
		if err := emit(interview.Delta{Text: word}); err != nil {
			return interview.Usage{}, err
		}
	}
	return interview.Usage{}, nil
}

func (s streaming) Complete(context.Context, agent.Prompt) (string, interview.Usage, error) {
	return `{"facts":[]}`, interview.Usage{}, nil
}

// turnsOfTalk are the turns of a conversation with a model, with what a server asks of the interviewer besides: a title once there is enough for one,
// and a second look at what was said after six turns.
type turnsOfTalk struct {
	replies  []interview.ReplyRequest
	titles   map[int]interview.TitleRequest
	extracts map[int]interview.ExtractRequest
}

// recordTalk has a conversation in which the user says these things, and returns what was asked of the interviewer.
func recordTalk(tb testing.TB, says []string, engine func() agent.Model) turnsOfTalk {
	tb.Helper()
	talk := turnsOfTalk{titles: map[int]interview.TitleRequest{}, extracts: map[int]interview.ExtractRequest{}}
	c := newTalk(tb, agent.New(agent.Options{Engine: engine(), Builtin: builtin.New()}))
	title := ""
	for n, text := range says {
		in := c.in
		in.Recent, in.Whole, in.Memory, in.Title = slices.Clone(c.messages), true, c.memory, title
		c.say(text)
		in.Message = c.messages[len(c.messages)-2]
		talk.replies = append(talk.replies, in)
		messages := slices.Clone(c.messages)
		if title == "" && n > 0 {
			talk.titles[n] = interview.TitleRequest{UserID: in.UserID, Now: in.Now, Messages: messages[:min(len(messages), 12)]}
			title = "A title"
		}
		if (n+1)%6 == 0 {
			talk.extracts[n] = interview.ExtractRequest{
				UserID: in.UserID, ConversationID: in.ConversationID, Now: in.Now, Messages: messages[len(messages)-12:], Memory: c.memory,
			}
		}
	}
	return talk
}

// BenchmarkConversation is what one turn costs of conversations of ten, all by themselves, with what is done after turns. In the first the user says
// the same each time and the model asks nothing; the second is ordinary talk.
func BenchmarkConversation(b *testing.B) {
	const same = "I am a nurse, and last year I rebuilt the handover on our ward, from paper sheets to a short list that everybody can see."
	wordy := func() agent.Model {
		return streaming{reply: func() string { return strings.Repeat("word ", 99) + "word." }}
	}
	ordinary := func() agent.Model { return streaming{reply: inOrder(talkReplies)()} }
	for _, bench := range []struct {
		name   string
		says   []string
		engine func() agent.Model
	}{{"same", slices.Repeat([]string{same}, 10), wordy}, {"talk", talkAnswers, ordinary}} {
		b.Run(bench.name, func(b *testing.B) {
			talk := recordTalk(b, bench.says, bench.engine)
			var i *agent.Interviewer
			n := 0
			b.ReportAllocs()
			for b.Loop() {
				if n == 0 {
					i = agent.New(agent.Options{Engine: bench.engine(), Builtin: builtin.New()})
				}
				talk.replay(b, i, n)
				n = (n + 1) % len(talk.replies)
			}
		})
	}
}

// replay is one turn again.
func (talk turnsOfTalk) replay(b *testing.B, i *agent.Interviewer, n int) {
	r, err := i.Reply(b.Context(), talk.replies[n], ignore)
	if err != nil || r.Metadata.Engine != "openai" {
		b.Fatal(n, r.Metadata, err)
	}
	if n+1 < len(talk.replies) && string(r.State) != string(talk.replies[n+1].State) {
		b.Fatal(n, "another state")
	}
	if in, ok := talk.titles[n]; ok {
		if title, err := i.Title(b.Context(), in); err != nil || title == "" {
			b.Fatal(fmt.Errorf("title %q: %w", title, err))
		}
	}
	if in, ok := talk.extracts[n]; ok {
		if _, err := i.Extract(b.Context(), in); err != nil {
			b.Fatal(err)
		}
	}
}

var talkAnswers = []string{
	"I'm a backend engineer at Brightpost, and since March I've been moving our invoicing off an old PHP monolith.",
	"It was falling over at the end of every month. We had about 40 failed runs a year, and three of us fixed them by hand at night.",
	"I wrote the new ledger service in Go with PostgreSQL, and I set up the double booking so that we could compare both for two months.",
	"Well, my colleague did the front end. I designed the tables, planned the migration and trained the support team.",
	"Failed runs went from 40 a year to 2, and closing the month takes 3 hours instead of two days now.",
	"The hardest part was that nobody knew all the rules. I read five years of tickets and wrote down every exception that I found.",
	"I would start with the comparison earlier. We lost three weeks because we trusted the old figures too much.",
	"Before that I worked at a small agency in Leeds from 2016 to 2021, mostly on web shops, and I led two of the bigger projects.",
	"People come to me when something is slow. I like to measure first, and I have taught that to most of the team.",
	"I'd like to become a team lead in the next two years, ideally somewhere with a product that matters to people.",
}

var talkReplies = []string{
	"Moving invoicing off an old monolith is the kind of work that few people see. What was wrong with it when you began?",
	"Fixing runs “by hand at night” sounds tiring for three people. What did you do first to change that?",
	"Comparing both for two months is a careful way to go. Which part of all this was yours alone?",
	"You planned the migration and trained the support team. What came of it in the end?",
	"From 40 failed runs to 2 is a result that anybody can picture. What was the most difficult part of getting there?",
	"Reading five years of tickets takes patience. What would you do differently if you began again?",
	"Three weeks is a lesson that stays. Where did you work before Brightpost?",
	"Leading the bigger projects early on says something about trust. What do colleagues come to you for?",
	"Measuring first is a habit worth naming. What would you like to do next in your career?",
	"A product that matters to people gives a direction. What makes a working day a good one for you?",
}
