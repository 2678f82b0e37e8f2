// Package sse reads and writes Server-Sent Events, the format of text/event-stream responses, after section 9.2 of
// the WHATWG HTML standard (https://html.spec.whatwg.org/multipage/server-sent-events.html).
//
// The format has no end mark and a stream that was cut looks like one that ended: an event without its closing blank
// line is dropped silently, as the standard says. A protocol on top of it needs an explicit last event.
package sse

import (
	"errors"
	"net/http"
)

// ContentType is the media type of an event stream. It has no charset: the standard fixes UTF-8.
const ContentType = "text/event-stream"

// MaxEventSize is the most data one event may carry when it is read, in bytes, its inner line ends included.
const MaxEventSize = 2 << 20

// ErrTooLarge is what Read ends with when an event's data, or a single line, is longer than MaxEventSize.
var ErrTooLarge = errors.New("sse: event too large")

// ErrField is what Writer.Event returns for an id or event name that the format cannot carry: one with CR, LF or NUL.
var ErrField = errors.New("sse: id or event name holds a line end or NUL")

// Event is one record of an event stream.
type Event struct {
	// ID is the latest id seen in the stream up to and with this event, empty before the first: the value for
	// Last-Event-ID when the stream is taken up again. It need not have come with this event.
	ID string
	// Type is the event's name, empty when it has none. (EventSource calls those "message"; Read does not.)
	Type string
	// Data is the event's payload, its lines joined by LF. It is valid UTF-8 and may be empty.
	Data string
}

// Headers sets the headers of an event stream: its type, no caching, and no buffering in nginx and the proxies that
// follow its X-Accel-Buffering. Call it before the first byte is written.
func Headers(h http.Header) {
	h.Set("Content-Type", ContentType)
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Accel-Buffering", "no")
}
