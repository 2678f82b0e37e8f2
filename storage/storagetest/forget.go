package storagetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

// forget forgets, which must go well.
func (s *setup) forget(in interview.ForgetInput) interview.ForgetReport {
	s.t.Helper()
	return get(s.db.Forget(s.t.Context(), s.user, in)).or(s.t)
}

// reply answers a new message of the user's.
func (s *setup) reply(content, reply string, meta interview.ReplyMetadata) interview.Turn {
	s.t.Helper()
	end := s.end(s.begin(content, lease("a")), interview.TurnCompleted, reply)
	meta.Engine = "builtin"
	end.Metadata, end.State = meta, []byte(`{"notes":["a note"]}`)
	return s.finish(end)
}

func forgetTests(t *testing.T, test tester) {
	test(t, "Forget empties the messages that hold the words, case and accents aside", func(t *testing.T, s *setup) {
		turn := s.reply("I work at Nightjär now.", "What is it like?", interview.ReplyMetadata{Question: "q1", Act: "answer"})
		s.reply("It is fine.", "And the team at NIGHTJAR?", interview.ReplyMetadata{})
		elsewhere := s.create("Welcome", "The nightjar.")
		report := s.forget(interview.ForgetInput{Matching: "nightjar"})
		if report.Messages != 1 || report.Replies != 2 || report.States != 1 || report.DryRun {
			t.Fatalf("the report is %+v", report)
		}
		messages := s.messages()
		same(t, contents(messages), []string{interview.ForgottenText, "What is it like?", "It is fine.", interview.ForgottenText})
		same(t, slices.Sorted(slices.Values(report.MessageIDs)),
			slices.Sorted(slices.Values([]string{turn.Message.ID, messages[3].ID, elsewhere.Messages[1].ID})))
		for _, m := range []interview.Message{messages[0], messages[3]} {
			same(t, inspect(t, m.Metadata), any(map[string]any{"forgotten": true}))
			same(t, m.Forgotten(), true)
		}
		same(t, messages[1].ReplyMetadata().Question, "q1")
		state, _, err := s.db.LoadState(t.Context(), s.user, s.conv, 1)
		if err != nil || state != nil {
			t.Fatalf("the state is %s, %v", state, err)
		}
		same(t, s.forget(interview.ForgetInput{Matching: "nightjar"}), interview.ForgetReport{MessageIDs: []string{}})
	})
	test(t, "Forget of nothing changes nothing", func(t *testing.T, s *setup) {
		m := s.say("I run the ledger at Brightpost.")
		s.learn(interview.Learned{Facts: []interview.Fact{factIn(t, "ledger", m)}})
		was, memory := s.exported(s.user), s.memory()
		report := s.forget(interview.ForgetInput{Matching: "kestrel"})
		if !report.Empty() {
			t.Fatalf("the report is %+v", report)
		}
		same(t, s.exported(s.user), was)
		same(t, s.memory(), memory)
	})
	test(t, "Forget by id empties copies in forks and replies that quote the message", func(t *testing.T, s *setup) {
		said := s.reply("We moved the whole ledger off the monolith for Nightjar.", "Go on.", interview.ReplyMetadata{}).Message
		anchor := source(t, said, "the whole ledger")
		s.reply("Yes.", "How did it go?", interview.ReplyMetadata{Anchor: &anchor})
		s.reply("Well.", "I have noted “the whole ledger”. What then?", interview.ReplyMetadata{})
		s.reply("Nothing.", "You moved the whole ledger off the monolith, you said.", interview.ReplyMetadata{})
		s.reply("So what.", "What does Nightjar sell?", interview.ReplyMetadata{})
		last := s.reply("Birds.", "What is a ledger?", interview.ReplyMetadata{})
		fork := s.fork(interview.ForkInput{MessageID: last.Message.ID})
		dry := s.forget(interview.ForgetInput{MessageIDs: []string{strings.ToUpper(said.ID)}, DryRun: true})
		same(t, contents(s.messages())[0], said.Content)
		report := s.forget(interview.ForgetInput{MessageIDs: []string{said.ID}})
		if report.Messages != 2 || report.Replies != 8 {
			t.Fatalf("the report is %+v", report)
		}
		dry.DryRun = false
		same(t, dry, report)
		gone := interview.ForgottenText
		same(t, contents(s.messages()), []string{gone, "Go on.", "Yes.", gone, "Well.", gone, "Nothing.", gone, "So what.", gone, "Birds.", "What is a ledger?"})
		s.conv = fork.ID
		same(t, contents(s.messages()), []string{gone, "Go on.", "Yes.", gone, "Well.", gone, "Nothing.", gone, "So what.", gone})
	})
	test(t, "Forget removes earlier texts of replies that stay", func(t *testing.T, s *setup) {
		turn := s.ended(interview.TurnCompleted, "So, Nightjar?")
		again := get(s.db.RetryTurn(t.Context(), s.user, s.conv, turn.Message.ID, lease("a"))).or(t)
		s.finish(s.end(again, interview.TurnCompleted, "Good day."))
		again = get(s.db.RetryTurn(t.Context(), s.user, s.conv, turn.Message.ID, lease("a"))).or(t)
		s.finish(s.end(again, interview.TurnCompleted, "Hello."))
		report := s.forget(interview.ForgetInput{Matching: "nightjar"})
		if report.PreviousTexts != 1 || report.Replies != 0 {
			t.Fatalf("the report is %+v", report)
		}
		reply := s.messages()[1]
		same(t, reply.Content, "Hello.")
		same(t, reply.ReplyMetadata(), interview.ReplyMetadata{Engine: "builtin", Previous: []string{"Good day."}})
	})
	test(t, "Forget takes off titles that hold the words or are made from the messages, also of forks", func(t *testing.T, s *setup) {
		c := s.create("I keep the payments ledger.", "Hm.", "More.", "Yes.")
		title, other := "The payments ledger", "The ledger at home"
		s.update(c.ID, interview.ConversationPatch{Title: &title})
		s.conv = c.ID
		fork := s.fork(interview.ForkInput{MessageID: c.Messages[2].ID})
		stays := s.create("Something else", "Yes?")
		s.update(stays.ID, interview.ConversationPatch{Title: &other})
		same(t, s.forget(interview.ForgetInput{MessageIDs: []string{c.Messages[0].ID}}).Titles, 2)
		for id, want := range map[string]string{c.ID: "", fork.ID: "", stays.ID: other} {
			same(t, get(s.db.GetConversation(t.Context(), s.user, id, 1)).or(t).Conversation.Title, want)
		}
		same(t, s.forget(interview.ForgetInput{Matching: "LEDGER"}).Titles, 1)
	})
	test(t, "Forget removes what was learned from the messages, or holds the words", func(t *testing.T, s *setup) {
		one, two := s.say("At Brightpost I built a ledger in Go."), s.say("At Nightjar I also built a ledger.")
		work, old := experience("Brightpost"), experience("Nightjar")
		work.Label = "before Nightjar"
		gone, moved, text, kept := factIn(t, "Nightjar", two), factIn(t, "built a ledger", two, one), factIn(t, "Go", one), factIn(t, "Brightpost", one)
		gone.ExperienceID, moved.ExperienceID, text.Text, kept.ExperienceID, kept.Supersedes = old.ID, work.ID, "Go, unlike at Nightjar", work.ID, gone.ID
		s.learn(interview.Learned{
			Experiences: []interview.Experience{work, old}, Facts: []interview.Fact{gone, moved, text, kept},
			Threads: []interview.Thread{threadIn(t, "built", one), threadIn(t, "built", two)},
		})
		was := s.memory()
		report := s.forget(interview.ForgetInput{Matching: "nightjar"})
		if report.Facts != 2 || report.Threads != 1 || report.Experiences != 2 {
			t.Fatalf("the report is %+v", report)
		}
		now := s.memory()
		same(t, sizes(now), [4]int{1, 2, 1, 0})
		if now.Version.Epoch <= was.Version.Epoch || now.Experiences[0].Label != "" || now.Experiences[0].Org != "Brightpost" {
			t.Fatalf("what is left is %+v", now)
		}
		for _, f := range now.Facts {
			if f.Sources[0].MessageID != one.ID || f.Supersedes != "" {
				t.Fatalf("the fact %+v is left", f)
			}
		}
	})
	test(t, "Forget removes episodes from the first that covers a message on, and they are made again", func(t *testing.T, s *setup) {
		c := s.create(numbered(14)...)
		s.conv = c.ID
		one := s.episode(1, 4, "", c.Messages[3])
		two := s.episode(5, 8, one.LastMessage, c.Messages[7])
		s.episode(9, 12, two.LastMessage, c.Messages[11])
		same(t, s.forget(interview.ForgetInput{MessageIDs: []string{c.Messages[6].ID}}).Episodes, 2)
		block := get(s.db.LoadBlock(t.Context(), s.user, s.conv, 20)).or(t)
		if block.Upto != one.LastMessage || block.From != 5 || len(block.Messages) != 10 || len(block.Episodes) != 1 {
			t.Fatalf("the block is %+v", block)
		}
		same(t, s.forget(interview.ForgetInput{Matching: "spoke"}).Episodes, 1)
		same(t, get(s.db.LoadBlock(t.Context(), s.user, s.conv, 20)).or(t).Upto, "")
	})
	test(t, "Forget waits for no running turn: turn_in_progress", func(t *testing.T, s *setup) {
		turn := s.begin("I work at Nightjar.", lease("a"))
		_, err := s.db.Forget(t.Context(), s.user, interview.ForgetInput{Matching: "nightjar"})
		refused(t, err, interview.CodeTurnInProgress)
		same(t, s.forget(interview.ForgetInput{Matching: "nightjar", DryRun: true}).Messages, 1)
		same(t, s.forget(interview.ForgetInput{Matching: "kestrel"}).Empty(), true)
		same(t, s.messages()[0].Content, "I work at Nightjar.")
		s.finish(s.end(turn, interview.TurnCompleted, "Nightjar?"))
		same(t, s.forget(interview.ForgetInput{Matching: "nightjar"}).Replies, 1)
	})
	test(t, "Forget touches nothing of another user's", func(t *testing.T, s *setup) {
		m := s.say("I work at Nightjar.")
		stranger := *s
		stranger.user = s.other
		was := s.exported(s.user)
		same(t, stranger.forget(interview.ForgetInput{Matching: "nightjar"}).Empty(), true)
		_, err := s.db.Forget(t.Context(), s.other, interview.ForgetInput{MessageIDs: []string{m.ID}})
		refused(t, err, interview.CodeNotFound)
		_, err = s.db.Forget(t.Context(), s.user, interview.ForgetInput{MessageIDs: []string{m.ID, interview.NewID()}})
		refused(t, err, interview.CodeNotFound)
		same(t, s.exported(s.user), was)
	})
	test(t, "Forget refuses what says nothing", func(t *testing.T, s *setup) {
		for field, in := range map[string]interview.ForgetInput{
			"matching": {}, "messageIds": {MessageIDs: []string{"x"}},
		} {
			_, err := s.db.Forget(t.Context(), s.user, in)
			refused(t, err, interview.CodeInvalid)
			same(t, interview.AsError(err).Details.Field, field)
		}
		_, err := s.db.Forget(t.Context(), s.user, interview.ForgetInput{Matching: " .,"})
		refused(t, err, interview.CodeInvalid)
	})
}
