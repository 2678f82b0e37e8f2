package storagetest

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
)

func (s *setup) list(q interview.ConversationQuery) interview.ConversationPage {
	s.t.Helper()
	return get(s.db.ListConversations(s.t.Context(), s.user, q)).or(s.t)
}

func listTests(t *testing.T, test tester) {
	yes := true
	test(t, "ListConversations has pinned ones first, then the newest", func(t *testing.T, s *setup) {
		pinned, archived, old := s.conv, s.create().ID, s.create()
		recent := s.create(numbered(100)...) // a millisecond each
		s.update(pinned, interview.ConversationPatch{Pinned: &yes})
		s.update(archived, interview.ConversationPatch{Archived: &yes})
		page := s.list(interview.ConversationQuery{})
		same(t, conversationIDs(page.Conversations), []string{pinned, recent.ID, old.ID})
		same(t, conversationIDs(s.list(interview.ConversationQuery{Archived: true}).Conversations), []string{archived})
		if page.NextCursor != "" || page.Conversations[0].Messages != nil {
			t.Fatalf("the only page is %+v", page)
		}
	})
	test(t, "ListConversations with Recent has all of them, the newest first", func(t *testing.T, s *setup) {
		want := []string{s.conv}
		for i := range 6 {
			id := s.create(numbered(i + 1)...).ID // a millisecond each
			s.update(id, []interview.ConversationPatch{{Pinned: &yes}, {Archived: &yes}, {Title: new("A title")}}[i%3])
			want = append(want, id)
		}
		page := s.list(interview.ConversationQuery{Recent: true})
		newest := func(a, b interview.Conversation) int {
			return cmp.Or(b.UpdatedAt.Compare(a.UpdatedAt.Time), strings.Compare(b.ID, a.ID))
		}
		if !slices.IsSortedFunc(page.Conversations, newest) || page.Conversations[0].Preview == "" {
			t.Errorf("the page is %+v", page.Conversations)
		}
		ids := conversationIDs(page.Conversations)
		for _, limit := range []int{1, 2, 7} {
			same(t, s.allPages(interview.ConversationQuery{Limit: limit, Recent: true}), ids)
		}
		slices.Sort(want)
		same(t, slices.Sorted(slices.Values(ids)), want)
	})
	test(t, "ListConversations is an empty list, not null, for a user without any", func(t *testing.T, s *setup) {
		page := get(s.db.ListConversations(t.Context(), s.other, interview.ConversationQuery{})).or(t)
		if page.Conversations == nil || len(page.Conversations) != 0 || page.NextCursor != "" {
			t.Fatalf("the page is %+v", page)
		}
	})
	test(t, "ListConversations previews the beginning of the newest message", func(t *testing.T, s *setup) {
		long := strings.Repeat("é😀", 100)
		c := s.create("short", long)
		found := s.list(interview.ConversationQuery{}).Conversations
		same(t, found[slices.Index(conversationIDs(found), c.ID)].Preview, interview.FirstRunes(long, interview.PreviewRunes))
		same(t, found[slices.Index(conversationIDs(found), s.conv)].Preview, "")
	})
	test(t, "ListConversations finds words in title and newest message, case and accents aside", func(t *testing.T, s *setup) {
		a := s.create("An old ZEBRA", "I live in São Paulo, near the Café Ångström").ID
		b := s.create(strings.Repeat("long ", 1000) + "straße with a needle").ID
		s.update(s.conv, interview.ConversationPatch{Archived: &yes})
		title := "My first Δουλειάς job"
		s.update(b, interview.ConversationPatch{Title: &title})
		for text, want := range map[string][]string{
			"sao PAULO": {a}, "cafe angstrom": {a}, "CAFE\u0301": {a}, "zebra": nil, "needle": {b}, "ΔΟΥΛΕΙΑΣ first": {b}, "job needle": {b},
			"paulo needle": nil, "100%": nil, "_": nil, "ﬁrst": {b},
		} {
			got := conversationIDs(s.list(interview.ConversationQuery{Text: text}).Conversations)
			if !slices.Equal(got, want) {
				t.Errorf("%q found %v, want %v", text, got, want)
			}
		}
		same(t, len(s.list(interview.ConversationQuery{Text: "   "}).Conversations), 2)
	})
	test(t, "ListConversations refuses a bad limit, cursor or text", func(t *testing.T, s *setup) {
		for _, q := range []interview.ConversationQuery{
			{Limit: -1}, {Limit: interview.MaxLimit + 1}, {Cursor: "x"}, {Text: "\xff"}, {Text: "\x00"},
		} {
			_, err := s.db.ListConversations(t.Context(), s.user, q)
			refused(t, err, interview.CodeInvalid)
		}
	})
	test(t, "ListConversations pages through a search", func(t *testing.T, s *setup) {
		for i := range 9 {
			s.create([]string{"apple", "pear"}[i%2])
		}
		all := s.list(interview.ConversationQuery{Text: "APPLE"}).Conversations
		same(t, len(all), 5)
		for _, limit := range []int{1, 2, 4, 5} {
			same(t, s.allPages(interview.ConversationQuery{Limit: limit, Text: "APPLE"}), conversationIDs(all))
		}
	})
}
