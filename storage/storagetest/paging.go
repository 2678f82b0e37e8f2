package storagetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

func pagingTests(t *testing.T, test tester) {
	test(t, "pages of conversations are the list, cut anywhere", func(t *testing.T, s *setup) {
		random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test wants the same each time
		yes := true
		for i := range 60 {
			c := s.create(fmt.Sprint(i))
			if random.IntN(3) == 0 {
				s.update(c.ID, interview.ConversationPatch{Pinned: &yes})
			}
			if random.IntN(4) == 0 {
				s.update(c.ID, interview.ConversationPatch{Archived: &yes})
			}
		}
		for _, archived := range []bool{false, true} {
			all := s.list(interview.ConversationQuery{Limit: interview.MaxLimit, Archived: archived}).Conversations
			for i := 1; i < len(all); i++ {
				a, b := all[i-1], all[i]
				if !a.Pinned && b.Pinned || a.Pinned == b.Pinned && a.UpdatedAt.Before(b.UpdatedAt.Time) {
					t.Fatalf("%+v comes before %+v", a, b)
				}
			}
			for _, limit := range []int{1, 2, 7, len(all) - 1, len(all)} {
				same(t, s.allPages(interview.ConversationQuery{Limit: limit, Archived: archived}), conversationIDs(all))
			}
		}
	})
	test(t, "pages of messages are the list, cut anywhere", func(t *testing.T, s *setup) {
		s.conv = s.create(numbered(53)...).ID
		for _, limit := range []int{1, 4, 52, 53, 54} {
			var got []string
			for q := (interview.MessageQuery{Limit: limit}); ; {
				page := get(s.db.ListMessages(t.Context(), s.user, s.conv, q)).or(t)
				got = append(contents(page.Messages), got...)
				if q.Cursor = page.NextCursor; q.Cursor == "" {
					break
				}
			}
			same(t, got, numbered(53))
		}
	})
	test(t, "new messages do not disturb the pages of older ones", func(t *testing.T, s *setup) {
		s.conv = s.create(numbered(4)...).ID
		view := get(s.db.GetConversation(t.Context(), s.user, s.conv, 2)).or(t)
		s.ended(interview.TurnCompleted, "Hi")
		page := get(s.db.ListMessages(t.Context(), s.user, s.conv, interview.MessageQuery{Cursor: view.NextCursor})).or(t)
		same(t, contents(page.Messages), numbered(2))
	})
}

// allPages follows the cursors of a list to its end.
func (s *setup) allPages(q interview.ConversationQuery) []string {
	s.t.Helper()
	var got []string
	for {
		page := s.list(q)
		got = append(got, conversationIDs(page.Conversations)...)
		if q.Cursor = page.NextCursor; q.Cursor == "" {
			return got
		}
	}
}

// textTests store every kind of character.
func textTests(t *testing.T, test tester) {
	test(t, "text comes back as it was", func(t *testing.T, s *setup) {
		for _, text := range []string{
			"👩‍👩‍👧‍👦 👍🏽 e\u0301 \u200f\u202e \ufeff", "\u0001\u001b[31m\x7f\u0085\u2028", `"quotes" 'and' \back\slashes {$1} ?`, "line\r\nline\tend  ",
			strings.Repeat("é😀", interview.MaxContentRunes/2), everyPlane(),
		} {
			turn := s.begin(text, lease("a"))
			same(t, turn.Message.Content, text)
			same(t, s.checkpoint(lease("a"), turn, text), true)
			same(t, s.turn(turn.Message.ID).Partial, text)
			done := s.finish(s.end(turn, interview.TurnCompleted, text))
			messages := s.messages()
			if done.Reply.Content != text || messages[len(messages)-1].Content != text || messages[len(messages)-2].Content != text {
				t.Fatalf("%.40q… came back otherwise", text)
			}
		}
	})
}

// everyPlane is each character of the basic plane that is one, but for NUL and white space at either end, and some of every other
// plane.
func everyPlane() string {
	var b strings.Builder
	b.WriteByte('|')
	for r := rune(1); r <= 0xFFFF; r++ {
		if r < 0xD800 || r > 0xDFFF {
			b.WriteRune(r)
		}
	}
	for plane := rune(1); plane <= 16; plane++ {
		b.WriteRune(plane << 16)
		b.WriteRune(plane<<16 | 0xFFFF)
	}
	b.WriteByte('|')
	return b.String()
}
