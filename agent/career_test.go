package agent_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/agent"
	"github.com/betterprofile/betterprofile/agent/openai/openaitest"
	"github.com/betterprofile/betterprofile/agent/planner"
	"github.com/betterprofile/betterprofile/interview"
)

// planted is one thing that the user said long ago, and a later message that comes back to it.
type planted struct {
	text, about string
}

// plantings are n things, each with words of its own among those that they share.
func plantings(n int) []planted {
	makers := []string{"rebuilt", "introduced", "automated", "redesigned", "negotiated", "documented", "launched", "trained"}
	things := []string{
		"invoice matching", "night handover", "spare parts store", "onboarding course", "returns desk", "menu planning", "ticket triage",
		"greenhouse heating", "exam timetable", "parcel sorting", "stage lighting", "blood sampling", "fleet charging", "grant reporting",
	}
	places := []string{
		"Aarburg", "Bexhill", "Corvara", "Dunmore", "Eskdale", "Fermo", "Gisborne", "Hallein", "Ilkley", "Jasper", "Kelso", "Lugano", "Morges",
		"Nairn", "Oakham", "Paarl", "Quimper", "Rethel", "Sligo", "Thame", "Ulm", "Vevey", "Wexford", "Yarm", "Zug",
	}
	var list []planted
	for i := range n {
		thing, place := things[i%len(things)], places[i/len(things)%len(places)]
		list = append(list, planted{
			text:  fmt.Sprintf("%s the %s in %s, from %d to %d hours a week", makers[i%len(makers)], thing, place, 20+i, 5+i%15),
			about: fmt.Sprintf("Let us go back to the %s in %s that I told you about.", thing, place),
		})
	}
	return list
}

// longCareer is the memory of somebody after so many turns, with the things planted evenly among the rest. Everything is in user messages.
func longCareer(in interview.ReplyRequest, turns int, things []planted) (m *interview.Memory, said []string) {
	m = &interview.Memory{UserID: in.UserID, Version: interview.MemoryVersion{Number: int64(turns)}, Conversations: 40}
	every := turns / len(things)
	for n := range turns {
		text := fmt.Sprintf("looked after order %d with a colleague, and it took %d days", 10_000+n, n%9+2)
		if n%every == 0 && n/every < len(things) {
			text = things[n/every].text
		}
		said = append(said, "I "+text+".")
		f := newFact(fmt.Sprint("f", n), "action", text, interview.FactProposed, interview.At(in.Now.AddDate(0, 0, (n-turns)/5)))
		m.Facts = append(m.Facts, f)
		if n%12 == 11 {
			e := &interview.Episode{ID: fmt.Sprint("p", n), ConversationID: fmt.Sprint("c", n/50), Text: strings.Join(said[len(said)-3:], " ")}
			m.Episodes = append(m.Episodes, e)
		}
	}
	return m, said
}

func TestCareer_WhatWasSaidLongAgoIsInThePromptWhenItComesUp(t *testing.T) {
	t.Parallel()
	const turns, facts = 2000, 200
	in := asked(told)
	things := plantings(facts)
	memory, said := longCareer(in, turns, things)
	figures := map[string]bool{}
	for _, text := range append(said, told) {
		for _, f := range digits(text) {
			figures[f] = true
		}
	}
	i, server := setup(t, openaitest.Default(func(openaitest.Request) openaitest.Reply {
		return openaitest.Say("I see. What came next for you there?")
	}))
	missing, invented := 0, 0
	for n, thing := range things {
		in := asked(thing.about)
		in.Memory = memory
		notes := prompted(t, i, server, in)[1].Content
		if !strings.Contains(notes, thing.text) {
			missing++
			t.Logf("fact %d is not in the prompt: %q", n, thing.text)
		}
		for line := range strings.Lines(notes) {
			text, _, quoted := strings.Cut(strings.TrimPrefix(line, `- "action: `), `" [`)
			if !quoted || !strings.HasPrefix(line, `- "action: `) {
				continue
			}
			for _, f := range digits(text) {
				if !figures[f] {
					invented++
					t.Errorf("figure %s was never said: %s", f, line)
				}
			}
		}
	}
	if missing*100 > facts*2 || invented > 0 {
		t.Errorf("%d of %d facts are missing, %d invented", missing, facts, invented)
	}
}

// digits returns the runs of digits of a text.
func digits(text string) []string {
	return slices.DeleteFunc(strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' }), func(s string) bool { return s == "" })
}

// TestCareer_FromTheFirstWordToThePrompt talks for hundreds of turns, with what the rules learn and summaries as its only memory.
func TestCareer_FromTheFirstWordToThePrompt(t *testing.T) {
	t.Parallel()
	const turns, facts = 600, 60
	things := plantings(facts)
	c := newTalk(t, withoutModel())
	for n := range turns {
		text := fmt.Sprintf("I looked after order %d with a colleague, and it took %d days.", 10_000+n, n%9+2)
		if n%(turns/facts) == 0 {
			text = "We " + things[n/(turns/facts)].text + "."
		}
		c.say(text)
	}
	i, server := setup(t, openaitest.Default(func(openaitest.Request) openaitest.Reply {
		return openaitest.Say("I see. What came next for you there?")
	}))
	missing := 0
	for _, thing := range things {
		in := asked(thing.about)
		in.Memory = c.memory
		notes := prompted(t, i, server, in)[1].Content
		_, figures, _ := strings.Cut(thing.text, ", ")
		if !strings.Contains(notes, thing.text) && !strings.Contains(notes, strings.TrimSuffix(figures, " a week")) {
			missing++
			t.Logf("%q is not in the prompt:\n%s", thing.text, notes)
		}
	}
	if missing*100 > facts*2 {
		t.Errorf("%d of %d things are missing", missing, facts)
	}
}

func TestInterviewer_LongTalkStaysWithTheModel(t *testing.T) {
	t.Parallel()
	const turns = 70
	i, server := setup(t)
	c := newTalk(t, i)
	for n, thing := range plantings(turns) {
		r := c.say("We " + thing.text + ".")
		recap := r.Metadata.Question == planner.RecapID || r.Metadata.Question == planner.ConflictID
		if r.Metadata.Fallback != "" || r.Metadata.Lint != nil || r.Metadata.Engine != "openai" && !recap {
			t.Errorf("turn %d: %q, metadata %+v", n, r.Content, r.Metadata)
		}
		if recap {
			c.say("Yes, that is right.")
		}
	}
	for _, chat := range server.Chats() {
		var messages []agent.Message
		for _, m := range chat.Messages {
			messages = append(messages, agent.Message(m))
		}
		if n := promptTokens(messages); n > 4650 {
			t.Errorf("a prompt of %d tokens", n)
		}
	}
	if s := i.Stats(); len(s.Faults)+len(s.Fallbacks)+len(s.ModelErrors) > 0 {
		t.Errorf("stats %+v", s)
	}
}

// conversation is a talk, its memory kept as a store would.
type conversation struct {
	t        testing.TB
	i        *agent.Interviewer
	in       interview.ReplyRequest
	messages []interview.Message
	block    []interview.Message // not in an episode yet
	contents map[string]string
	memory   *interview.Memory
}

func newTalk(t testing.TB, i *agent.Interviewer) *conversation {
	t.Helper()
	c := &conversation{t: t, i: i, in: asked(""), contents: map[string]string{}}
	c.memory = &interview.Memory{UserID: c.in.UserID, Conversations: 1}
	opening, err := c.i.Open(t.Context(), interview.OpeningRequest{UserID: c.in.UserID, Now: c.in.Now, First: true})
	if err != nil {
		t.Fatal(err)
	}
	c.add(assistant(opening.Content), opening.Metadata.JSON())
	return c
}

func (c *conversation) add(m interview.Message, metadata []byte) interview.Message {
	m.ID, m.ConversationID = interview.DerivedID(fmt.Sprint("message ", len(c.messages))), c.in.ConversationID
	m.CreatedAt, m.Metadata = c.in.Now, metadata
	c.messages = append(c.messages, m)
	c.block = append(c.block, m)
	return m
}

// say is one turn.
func (c *conversation) say(text string) interview.Reply {
	c.t.Helper()
	const window, blockSize = 40, 12
	in := c.in
	in.Recent = c.messages[max(0, len(c.messages)-window):]
	in.Whole = len(c.messages) <= window
	in.Message, in.Memory, in.Title = c.add(user(text), nil), c.memory, "A title"
	c.contents[in.Message.ID] = text
	r, err := c.i.Reply(c.t.Context(), in, ignore)
	if err != nil {
		c.t.Fatal(err)
	}
	c.in.State = r.State
	c.add(assistant(r.Content), r.Metadata.JSON())
	c.remember(r.Learned)
	if len(c.block) >= blockSize {
		c.summarise()
	}
	return r
}

// remember makes the next version of the memory.
func (c *conversation) remember(learned interview.Learned) {
	next := *c.memory
	next.Version.Number++
	next.Facts = slices.Clone(next.Facts)
	for _, f := range learned.Facts {
		if err := interview.CheckFact(f, c.contents); err != nil {
			c.t.Errorf("learned %+v: %v", f, err)
		}
		next.Facts = put(next.Facts, &f, func(f *interview.Fact) string { return f.ID })
	}
	next.Experiences = slices.Clone(next.Experiences)
	for _, e := range learned.Experiences {
		next.Experiences = put(next.Experiences, &e, func(e *interview.Experience) string { return e.ID })
	}
	c.memory = &next
}

// put puts a row in the place of the one with its id, or at the end.
func put[T any](rows []*T, row *T, id func(*T) string) []*T {
	if i := slices.IndexFunc(rows, func(old *T) bool { return id(old) == id(row) }); i >= 0 {
		rows[i] = row
		return rows
	}
	return append(rows, row)
}

func (c *conversation) summarise() {
	text, err := c.i.Summarise(c.t.Context(), interview.SummaryRequest{UserID: c.in.UserID, Messages: c.block})
	if err != nil {
		c.t.Fatal(err)
	}
	next := *c.memory
	e := &interview.Episode{ID: interview.DerivedID("episode " + c.block[0].ID), ConversationID: c.in.ConversationID, Text: text}
	next.Episodes = append(slices.Clone(next.Episodes), e)
	c.memory, c.block = &next, nil
}
