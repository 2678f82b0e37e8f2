package interview

import (
	"encoding/json"
	"strings"
)

// MaxTitleRunes is the length limit of a title, in characters.
const MaxTitleRunes = 200

// PreviewRunes is how many characters of the newest message a list shows.
const PreviewRunes = 120

// Conversation is an ordered run of messages of one user with the interviewer. Title is empty until it has one. Preview is set in
// lists only; Messages is nil where messages were not asked for and otherwise oldest first. Metadata is a JSON object or nil (see
// [ConversationMetadata]).
type Conversation struct {
	ID        string          `json:"id"`
	UserID    string          `json:"userId"`
	Title     string          `json:"title,omitempty"`
	Pinned    bool            `json:"pinned"`
	Archived  bool            `json:"archived"`
	Metadata  json.RawMessage `json:"metadata,omitempty"`
	CreatedAt Time            `json:"createdAt"`
	UpdatedAt Time            `json:"updatedAt"`
	Preview   string          `json:"preview,omitempty"`
	Messages  []Message       `json:"messages,omitzero"`
}

// ConversationPage is one page of a list: pinned ones first, then newest UpdatedAt first.
type ConversationPage struct {
	Conversations []Conversation `json:"conversations"`
	NextCursor    Cursor         `json:"nextCursor"`
}

// ConversationView is a conversation with its newest messages; NextCursor leads to older ones.
type ConversationView struct {
	Conversation Conversation `json:"conversation"`
	NextCursor   Cursor       `json:"nextCursor"`
}

// ConversationInput asks for a new conversation. Every field may be left out: ID is then made here, and the interviewer opens
// unless Opening is false.
type ConversationInput struct {
	ID      string `json:"id,omitempty"`
	Title   string `json:"title,omitempty"`
	Opening *bool  `json:"opening,omitempty"`
}

// Normalize returns the input with its id in lower case (made when it is empty) and its title trimmed. Errors: invalid with the
// field.
func (in ConversationInput) Normalize() (ConversationInput, error) {
	if in.ID == "" {
		in.ID = NewID()
	}
	id, ok := ParseID(in.ID)
	if !ok {
		return in, Invalid("id", "id must be a UUID, such as %q.", NewID())
	}
	in.ID = id
	if in.Title == "" {
		return in, nil
	}
	title, err := checkTitle(in.Title)
	in.Title = title
	return in, err
}

// ConversationPatch changes what is not nil.
type ConversationPatch struct {
	Title    *string `json:"title,omitempty"`
	Pinned   *bool   `json:"pinned,omitempty"`
	Archived *bool   `json:"archived,omitempty"`
}

// Normalize returns the patch with its title trimmed. Errors: invalid with the field; also when there is nothing to change.
func (p ConversationPatch) Normalize() (ConversationPatch, error) {
	if p.Title == nil && p.Pinned == nil && p.Archived == nil {
		return p, Invalid("title", "Nothing to change: give title, pinned or archived.")
	}
	if p.Title == nil {
		return p, nil
	}
	title, err := checkTitle(*p.Title)
	p.Title = &title
	return p, err
}

// ConversationQuery asks for a page of a user's conversations.
type ConversationQuery struct {
	Limit    int    // 1 to MaxLimit; 0 is DefaultLimit
	Cursor   Cursor // where to go on
	Archived bool   // the archived ones instead of the others
	Recent   bool   // all of them, also the archived, in the order of UpdatedAt alone, as a program wants them that knows no pins
	Text     string // only those whose title or newest message holds all of these words, case and accents aside; at most MaxQueryRunes
}

// MaxQueryRunes is the length limit of a search text, in characters.
const MaxQueryRunes = 200

// Normalize returns the query with its limit set. Errors: invalid with the field.
func (q ConversationQuery) Normalize() (ConversationQuery, error) {
	limit, err := checkLimit(q.Limit)
	if err != nil {
		return q, err
	}
	q.Limit = limit
	if _, err := q.Cursor.Position(); err != nil {
		return q, err
	}
	return q, checkText("q", q.Text, MaxQueryRunes)
}

// checkTitle trims a title and checks it: one line of 1 to MaxTitleRunes characters.
func checkTitle(title string) (string, error) {
	title = strings.TrimSpace(title)
	switch {
	case title == "":
		return "", Invalid("title", "title must not be empty.")
	case strings.ContainsAny(title, "\r\n"):
		return "", Invalid("title", "title must be one line.")
	}
	return title, checkText("title", title, MaxTitleRunes)
}
