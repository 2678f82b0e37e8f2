package interview

import (
	"strconv"
	"strings"
)

// EventKind is the name of an event.
type EventKind string

// The events of a turn's stream. Exactly one of completed, failed and cancelled ends a stream; one that ends otherwise was cut, and can
// be resumed after the last EventID seen.
const (
	EventStarted   EventKind = "started"   // the user's message is stored
	EventDelta     EventKind = "delta"     // Text comes next
	EventReplace   EventKind = "replace"   // the whole reply so far is now Text
	EventCompleted EventKind = "completed" // Message is the stored reply
	EventFailed    EventKind = "failed"    // Error says why; Message is the part that was kept, if any
	EventCancelled EventKind = "cancelled" // Message is the part that was kept, if any
)

// Event is one record of a turn's stream. ID is set on delta and replace. Which other fields are set is said at the kinds; its JSON form
// is the data of the SSE record.
type Event struct {
	Kind           EventKind `json:"-"`
	ID             EventID   `json:"-"`
	Text           string    `json:"text"`
	Message        *Message  `json:"message"`
	ConversationID string    `json:"conversationId"`
	UserMessage    *Message  `json:"userMessage"`
	Attempt        int       `json:"attempt"`
	Usage          *Usage    `json:"usage"`
	Title          string    `json:"title"`
	Error          *Error    `json:"error"`
	More           bool      `json:"-"` // the next event is at hand: who sends events on need not do so before it has come
}

// Ends reports whether the event is the last of its stream.
func (e Event) Ends() bool {
	return e.Kind == EventCompleted || e.Kind == EventFailed || e.Kind == EventCancelled
}

// MarshalJSON writes the fields that belong to the event's kind.
func (e Event) MarshalJSON() ([]byte, error) { return e.AppendJSON(nil) }

// EventID is a place in the stream of a turn: after Offset bytes of the reply of an attempt. Its text form, `<attempt>.<offset>`, is the
// SSE id and goes back in Last-Event-ID.
type EventID struct {
	Attempt int
	Offset  int
}

// String is the text form.
func (id EventID) String() string {
	b := strconv.AppendInt(make([]byte, 0, 24), int64(id.Attempt), 10)
	return string(strconv.AppendInt(append(b, '.'), int64(id.Offset), 10))
}

// ParseEventID reads the text form. Errors: invalid, field "Last-Event-ID".
func ParseEventID(s string) (EventID, error) {
	first, second, _ := strings.Cut(s, ".")
	attempt, err1 := strconv.ParseUint(first, 10, 31)
	offset, err2 := strconv.ParseUint(second, 10, 31)
	if err1 != nil || err2 != nil || attempt == 0 {
		return EventID{}, Invalid("Last-Event-ID", "Last-Event-ID must be the id of an event of this turn, such as 1.42.")
	}
	return EventID{Attempt: int(attempt), Offset: int(offset)}, nil
}

// EventReconnecting is yielded by the Go client alone, never sent by a server: the stream was cut and is being resumed.
const EventReconnecting EventKind = "reconnecting"
