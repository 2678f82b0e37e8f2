package storagetest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

func (s *setup) search(q interview.SearchQuery) interview.SearchPage {
	s.t.Helper()
	return get(s.db.Search(s.t.Context(), s.user, q)).or(s.t)
}

// found is what a search finds, on all its pages, as marked snippets.
func (s *setup) found(text string, limit int) []string {
	s.t.Helper()
	all := []string{}
	for q := (interview.SearchQuery{Text: text, Limit: limit}); ; {
		page := s.search(q)
		for _, r := range page.Results {
			all = append(all, marked(r))
		}
		if q.Cursor = page.NextCursor; q.Cursor == "" {
			return all
		}
	}
}

// marked is the snippet with brackets around its matches.
func marked(r interview.SearchResult) string {
	var b strings.Builder
	at := 0
	runes := []rune(r.Snippet)
	for _, m := range r.Matches {
		b.WriteString(string(runes[at:m[0]]) + "[" + string(runes[m[0]:m[1]]) + "]")
		at = m[1]
	}
	return b.String() + string(runes[at:])
}

func searchTests(t *testing.T, test tester) {
	yes := true
	test(t, "Search finds messages of all conversations, newest first, with where they are", func(t *testing.T, s *setup) {
		first := s.create("The night shift", "Which shift?")
		archived := s.create("No night", "Another SHIFT")
		title := "A title"
		s.update(archived.ID, interview.ConversationPatch{Archived: &yes, Title: &title})
		results := s.search(interview.SearchQuery{Text: "shift"}).Results
		want := []interview.SearchResult{
			{ConversationID: archived.ID, Title: title, MessageID: archived.Messages[1].ID, Role: interview.RoleAssistant, Snippet: "Another SHIFT", Matches: [][2]int{{8, 13}}, CreatedAt: archived.Messages[1].CreatedAt},
			{ConversationID: first.ID, MessageID: first.Messages[1].ID, Role: interview.RoleAssistant, Snippet: "Which shift?", Matches: [][2]int{{6, 11}}, CreatedAt: first.Messages[1].CreatedAt},
			{ConversationID: first.ID, MessageID: first.Messages[0].ID, Role: interview.RoleUser, Snippet: "The night shift", Matches: [][2]int{{10, 15}}, CreatedAt: first.Messages[0].CreatedAt},
		}
		slices.SortFunc(want, func(a, b interview.SearchResult) int {
			return cmp.Or(b.CreatedAt.Compare(a.CreatedAt.Time), strings.Compare(b.MessageID, a.MessageID))
		})
		same(t, results, want)
	})
	test(t, "Search folds case and accents, takes all words, and phrases in order", func(t *testing.T, s *setup) {
		s.create("I live in São Paulo, near the Café\n\n Ångström", "On the night  shift we worked all night", "ΔΟΥΛΕΙΑΣ 100% ﬁrst straße", "shift night; c++ 😀 👩‍👩‍👧")
		for text, want := range map[string][]string{
			"sao PAULO":           {"I live in [São] [Paulo], near the Café Ångström"},
			"CAFE\u0301":          {"I live in São Paulo, near the [Café] Ångström"},
			`"cafe angstrom"`:     {"I live in São Paulo, near the [Café Ångström]"},
			`"night shift"`:       {"On the [night shift] we worked all night"},
			`"night shift" all`:   {"On the [night shift] we worked [all] night"},
			"“night shift”":       {"On the [night shift] we worked all night"},
			`worked "all night`:   {"On the night shift we [worked] [all night]"},
			`"night  worked"`:     {},
			"night shift":         {"[shift] [night]; c++ 😀 👩‍👩‍👧", "On the [night] [shift] we worked all [night]"},
			"night - shift ;":     {"[shift] [night]; c++ 😀 👩‍👩‍👧", "On the [night] [shift] we worked all [night]"},
			"paulo needle":        {},
			"δουλειας":            {"[ΔΟΥΛΕΙΑΣ] 100% ﬁrst straße"},
			"first":               {"ΔΟΥΛΕΙΑΣ 100% [ﬁrst] straße"},
			"100%":                {"ΔΟΥΛΕΙΑΣ [100%] ﬁrst straße"},
			"0":                   {"ΔΟΥΛΕΙΑΣ 1[00]% ﬁrst straße"},
			"c++":                 {"shift night; [c++] 😀 👩‍👩‍👧"},
			"😀":                   {"shift night; c++ [😀] 👩‍👩‍👧"},
			"_%":                  nil,
			"ight nigh":           {"shift [night]; c++ 😀 👩‍👩‍👧", "On the [night] shift we worked all [night]"},
			"'":                   nil,
			"or 1=1 -- \\ {in} ?": {},
		} {
			if want == nil {
				_, err := s.db.Search(t.Context(), s.user, interview.SearchQuery{Text: text})
				refused(t, err, interview.CodeInvalid)
				continue
			}
			if got := s.found(text, 50); !slices.Equal(got, want) {
				t.Errorf("%q found\n%q, want\n%q", text, got, want)
			}
		}
	})
	test(t, "Search cuts snippets at words, and long words anywhere", func(t *testing.T, s *setup) {
		s.create(strings.Repeat("before it ", 100)+"the needle,\n\tfound "+strings.Repeat("after it ", 100), strings.Repeat("長", 500)+"針"+strings.Repeat("い", 500),
			"a\u0301"+strings.Repeat("e\u0301", 300)+" hay "+strings.Repeat("e\u0301", 300))
		got := s.found("needle", 10)[0]
		if !strings.HasPrefix(got, "…") || !strings.HasSuffix(got, "…") || !strings.Contains(got, " the [needle], found after it ") {
			t.Errorf("%q", got)
		}
		for _, word := range strings.Fields(strings.Trim(got, "…")) {
			if !slices.Contains([]string{"before", "it", "the", "[needle],", "found", "after"}, word) {
				t.Errorf("the word %q in %q", word, got)
			}
		}
		for _, text := range []string{"needle", "針", "hay"} {
			got := s.search(interview.SearchQuery{Text: text}).Results[0]
			if n := len([]rune(got.Snippet)); n < 100 || n > interview.SnippetRunes+10 || len(got.Matches) != 1 {
				t.Errorf("%s: %d characters: %q", text, n, marked(got))
			}
		}
	})
	test(t, "Search pages through everything once, whatever the times are", func(t *testing.T, s *setup) {
		at := func(t time.Time) interview.ExactTime { return interview.ExactTime{Time: t} }
		now := time.Now().UTC().Truncate(time.Microsecond)
		same1 := at(now.Add(-time.Hour))
		s.stored(same1, same1, same1, at(now), at(now.AddDate(0, 0, -40)), at(now.AddDate(-3, 0, 0)), at(now.AddDate(-30, 0, 0)))
		s.stored(at(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)), at(time.Date(9998, 12, 31, 0, 0, 0, 0, time.UTC)), same1, at(now.AddDate(0, 0, -2)))
		want := s.found("message", 200)
		same(t, len(want), 11)
		for _, limit := range []int{1, 2, 3, 10, 11, 12} {
			same(t, s.found("message", limit), want)
		}
		same(t, len(s.found("nothing", 1)), 0)
	})
	test(t, "Search finds among many what is rare and what is not", func(t *testing.T, s *setup) {
		texts := numbered(1200)
		texts[3] += " rare"
		s.create(texts...)
		for i := range 30 {
			s.create(fmt.Sprintf("other %d", i))
		}
		same(t, len(s.found("rare", 50)), 1)
		same(t, len(s.found("message", 200)), 1200)
		same(t, s.found("other", 7), s.found("other", 200))
	})
	test(t, "Search refuses what is no query", func(t *testing.T, s *setup) {
		for field, queries := range map[string][]interview.SearchQuery{
			"q":      {{}, {Text: " "}, {Text: "-"}, {Text: `""`}, {Text: "…?!"}, {Text: "\xff"}, {Text: "a\x00"}, {Text: strings.Repeat("x", 201)}, {Text: "\u0301"}, {Text: "´"}},
			"limit":  {{Text: "x", Limit: -1}, {Text: "x", Limit: 201}},
			"cursor": {{Text: "x", Cursor: "x"}},
		} {
			for _, q := range queries {
				_, err := s.db.Search(t.Context(), s.user, q)
				if e := interview.AsError(err); e == nil || e.Code != interview.CodeInvalid || e.Details.Field != field {
					t.Errorf("%+v: %v", q, err)
				}
			}
		}
		if page := s.search(interview.SearchQuery{Text: "x"}); page.Results == nil || page.NextCursor != "" {
			t.Errorf("nothing is %+v", page)
		}
	})
}
