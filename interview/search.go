package interview

import (
	"strings"
	"unicode"
)

// SearchQuery asks for a page of the messages that hold all words of Text, case and accents aside, newest first. "Words in quotes"
// must stand together in that order.
type SearchQuery struct {
	Text   string // at most MaxQueryRunes, with at least one letter, digit or symbol
	Limit  int    // 1 to MaxLimit; 0 is DefaultLimit
	Cursor Cursor // where to go on, towards older messages
}

// Normalize returns the query with its limit set. Errors: invalid with the field; q for the text.
func (q SearchQuery) Normalize() (SearchQuery, error) {
	limit, err := checkLimit(q.Limit)
	if err != nil {
		return q, err
	}
	q.Limit = limit
	if _, err := q.Cursor.Position(); err != nil {
		return q, err
	}
	if err := checkText("q", q.Text, MaxQueryRunes); err != nil {
		return q, err
	}
	if !Searchable(q.Text) {
		return q, NothingToSearch()
	}
	return q, nil
}

// Searchable reports whether text has anything to look for: a letter, a digit or a symbol, not punctuation alone.
func Searchable(text string) bool { return strings.ContainsFunc(text, isSearchable) }

func isSearchable(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.S) }

// NothingToSearch is the error of a query that has no words.
func NothingToSearch() error {
	return Invalid("q", "q must have a word to look for.")
}

// SearchResult is a message that was found. Snippet is about SnippetRunes characters of it around the first match, on one line, with … where it was
// cut. Matches are the places in Snippet that match, in order and apart from each other: from the first character to before the
// second, counted in characters (code points).
type SearchResult struct {
	ConversationID string   `json:"conversationId"`
	Title          string   `json:"title,omitempty"`
	MessageID      string   `json:"messageId"`
	Role           Role     `json:"role"`
	Snippet        string   `json:"snippet"`
	Matches        [][2]int `json:"matches"`
	CreatedAt      Time     `json:"createdAt"`
}

// SnippetRunes is about how long a snippet is, in characters.
const SnippetRunes = 160

// SearchPage is a page of what was found, newest first. It may hold less than was asked for, even nothing, while NextCursor leads on:
// one request looks at so many messages and no more.
type SearchPage struct {
	Results    []SearchResult `json:"results"`
	NextCursor Cursor         `json:"nextCursor"`
}
