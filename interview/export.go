package interview

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// ExportType is the media type of an export: one JSON object a line. The first line says whose it is; then comes each
// conversation, followed by its messages and then by its turns, and after all of them what is known of the user; the last line counts them, so that a file that was cut short is known.
const ExportType = "application/x-ndjson"

// ExportVersion is the version of the lines that this program writes and reads.
const ExportVersion = 1

// MaxExportLine is the longest line of an export that is read, in bytes.
const MaxExportLine = 8 << 20

// ExportRecord is one line of an export between its first and its last: one of its pointers is set.
type ExportRecord struct {
	Line         int // its number in the file it was read from, from 1
	Conversation *ConversationRecord
	Message      *MessageRecord
	Turn         *TurnRecord
	Memory       *MemoryRecord
	Experience   *ExperienceRecord
	Fact         *FactRecord
	Thread       *ThreadRecord
	Episode      *EpisodeRecord
}

// ConversationRecord is a conversation with all that is stored of it. Metadata and State are JSON objects or nil.
type ConversationRecord struct {
	ID             string          `json:"id"`
	Title          string          `json:"title,omitempty"`
	PinnedAt       *ExactTime      `json:"pinnedAt,omitempty"`
	ArchivedAt     *ExactTime      `json:"archivedAt,omitempty"`
	CreatedAt      ExactTime       `json:"createdAt"`
	UpdatedAt      ExactTime       `json:"updatedAt"`
	SummarisedUpto string          `json:"summarisedUpto,omitempty"` // the id of the last message that memory holds
	Metadata       json.RawMessage `json:"metadata,omitempty"`
	State          json.RawMessage `json:"state,omitempty"` // the planner's
}

// MessageRecord is a message. Metadata is a JSON object or nil.
type MessageRecord struct {
	ID             string          `json:"id"`
	ConversationID string          `json:"conversationId"`
	Role           Role            `json:"role"`
	Content        string          `json:"content"`
	Metadata       json.RawMessage `json:"metadata,omitempty"`
	CreatedAt      ExactTime       `json:"createdAt"`
}

// TurnRecord is the turn of a user message. It is never running: one that was is failed with interrupted, or completed when the reply before
// still stands. Error is set when failed.
type TurnRecord struct {
	MessageID      string     `json:"messageId"`
	ConversationID string     `json:"conversationId"`
	Status         TurnStatus `json:"status"`
	Attempt        int        `json:"attempt"`
	ReplyID        string     `json:"replyId,omitempty"`
	Error          *Error     `json:"error,omitempty"`
	Engine         string     `json:"engine,omitempty"`
	Model          string     `json:"model,omitempty"`
	Usage          Usage      `json:"usage"`
	CreatedAt      ExactTime  `json:"createdAt"`
	UpdatedAt      ExactTime  `json:"updatedAt"`
}

// The names of the lines, in their member "type".
const (
	lineExport       = "export"
	lineConversation = "conversation"
	lineMessage      = "message"
	lineTurn         = "turn"
	lineEnd          = "end"
)

// exportCounts is what the last line holds.
type exportCounts struct {
	Conversations int `json:"conversations"`
	Messages      int `json:"messages"`
	Turns         int `json:"turns"`
	memoryCounts
}

// ExportWriter writes the lines of an export. JSON comes out in one form, whatever database it was kept in: members sorted, numbers without
// exponent, no space.
type ExportWriter struct {
	out    *json.Encoder
	counts exportCounts
}

// NewExportWriter makes a writer and writes the first line. Errors: of the writer below.
func NewExportWriter(w io.Writer, user User, now time.Time) (*ExportWriter, error) {
	e := &ExportWriter{out: json.NewEncoder(w)}
	e.out.SetEscapeHTML(false)
	type owner struct {
		ID    string `json:"id"`
		Name  string `json:"name"`
		Email string `json:"email"`
	}
	return e, e.out.Encode(struct {
		Type      string `json:"type"`
		Version   int    `json:"version"`
		CreatedAt Time   `json:"createdAt"`
		User      owner  `json:"user"`
	}{lineExport, ExportVersion, At(now), owner{user.ID, user.Name, user.Email}})
}

// Write writes a record's line. Metadata and state that are no objects, the doing of other writers, are left out.
func (e *ExportWriter) Write(r ExportRecord) error {
	switch {
	case r.Conversation != nil:
		e.counts.Conversations++
		c := *r.Conversation
		c.Metadata, c.State = exportObject(c.Metadata), exportObject(c.State)
		return e.out.Encode(struct {
			Type string `json:"type"`
			ConversationRecord
		}{lineConversation, c})
	case r.Message != nil:
		e.counts.Messages++
		m := *r.Message
		m.Metadata = exportObject(m.Metadata)
		return e.out.Encode(struct {
			Type string `json:"type"`
			MessageRecord
		}{lineMessage, m})
	case r.Turn != nil:
		e.counts.Turns++
		return e.out.Encode(struct {
			Type string `json:"type"`
			TurnRecord
		}{lineTurn, *r.Turn})
	}
	if known, err := e.writeMemory(r); known {
		return err
	}
	return fmt.Errorf("an export record holds nothing")
}

// Close writes the last line, without which an export is not whole. It does not close the writer below.
func (e *ExportWriter) Close() error {
	return e.out.Encode(struct {
		Type string `json:"type"`
		exportCounts
	}{lineEnd, e.counts})
}

// exportObject is stored JSON as it is exported.
func exportObject(raw json.RawMessage) json.RawMessage {
	object, err := canonicalObject(raw)
	if err != nil {
		return nil
	}
	return object
}

// ImportResult counts what was imported. Skipped are the conversations that the user had already: they and all in them were left as they were.
type ImportResult struct {
	Conversations int `json:"conversations"`
	Messages      int `json:"messages"`
	Turns         int `json:"turns"`
	Facts         int `json:"facts"`
	Skipped       int `json:"skipped"`
}

// ExportFormat is how one conversation is exported.
type ExportFormat string

// The formats.
const (
	FormatMarkdown ExportFormat = "markdown" // for people; the default
	FormatJSON     ExportFormat = "json"     // the conversation with all its messages, as the API gives it
)

// Normalize returns the format, FormatMarkdown for the empty one. Errors: invalid, field "format".
func (f ExportFormat) Normalize() (ExportFormat, error) {
	switch f {
	case "":
		return FormatMarkdown, nil
	case FormatMarkdown, FormatJSON:
		return f, nil
	}
	return f, Invalid("format", "format must be %s or %s.", FormatMarkdown, FormatJSON)
}
