package orpc

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/sse"
)

// firstWait is how long a stream waits for its first event before it opens: until then an error can still be a plain answer.
const firstWait = 100 * time.Millisecond

// iterator is an event iterator on its way out. The request's goroutine writes its values; when none has come for a while, the timer's writes
// a comment. Each does so under the lock, and none once the iterator has ended.
type iterator struct {
	w         http.ResponseWriter
	status    int
	heartbeat time.Duration
	timeout   time.Duration
	out       *answer
	cancel    context.CancelFunc // ends what makes the values

	mu      sync.Mutex
	silence *time.Timer
	sse     *sse.Writer // nil until it is open
	ended   bool
	lost    bool // a write failed: the reader is gone or too slow
}

// start makes an iterator, which opens with its first event, or by itself after a while. Whoever starts it must stop it.
func (h *handler) start(w http.ResponseWriter, status int, out *answer, cancel context.CancelFunc) *iterator {
	it := &iterator{w: w, status: status, heartbeat: h.opts.Heartbeat, timeout: h.opts.WriteTimeout, out: out, cancel: cancel}
	it.mu.Lock()
	defer it.mu.Unlock()
	it.silence = time.AfterFunc(min(firstWait, it.heartbeat), it.keepAlive)
	return it
}

// stop stops the timer, for good.
func (it *iterator) stop() {
	it.mu.Lock()
	defer it.mu.Unlock()
	it.ended = true
	it.silence.Stop()
}

// open writes the headers and the first comment; the lock is held.
func (it *iterator) open() {
	if it.sse != nil {
		return
	}
	it.out.opened = true
	sse.Headers(it.w.Header())
	it.w.WriteHeader(it.status)
	_, err := io.WriteString(it.w, ": \n\n") // by the outermost writer, so that all of them know
	it.lost = err != nil
	it.sse = sse.NewWriter(below(it.w), it.timeout)
}

// send writes an event, and sends it off unless more of them are at hand. It reports whether there is still a reader.
func (it *iterator) send(event string, data []byte, more bool) bool {
	it.mu.Lock()
	defer it.mu.Unlock()
	if it.lost {
		return false
	}
	it.open()
	_ = it.sse.Event("", event, data) // Flush returns the same error
	if more {
		it.silence.Reset(min(firstWait, it.heartbeat)) // it is sent then at the latest
	} else {
		it.flush()
	}
	return !it.lost
}

// flush sends off what was written; the lock is held.
func (it *iterator) flush() {
	if it.sse != nil && it.sse.Flush() != nil {
		it.lost = true
	}
	if !it.ended {
		it.silence.Reset(it.heartbeat)
	}
}

// keepAlive writes a comment, the first of them with the headers.
func (it *iterator) keepAlive() {
	it.mu.Lock()
	defer it.mu.Unlock()
	if it.ended {
		return
	}
	defer func() {
		if recover() != nil || it.lost { // a panic here is the connection's, and would end the process
			it.lost = true
			it.cancel()
		}
	}()
	if it.sse == nil {
		it.open()
	} else {
		_ = it.sse.Comment("") // Flush returns the same error
	}
	it.flush()
}

// streamMessage answers with the reply as it comes, in the chunks of an AI SDK UI message stream.
func (h *handler) streamMessage(w http.ResponseWriter, c *call) error {
	leave, err := h.opts.Hold(c.request, c.user)
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := context.WithCancel(c.Context)
	defer cancel()
	c.Context = ctx
	it := h.start(w, http.StatusOK, c.out, cancel)
	defer it.stop()
	err = protect(func() error { return h.stream(c, it) })
	it.stop()
	switch {
	case it.lost || err != nil && c.request.Context().Err() != nil:
		return nil // nobody is there; the turn goes on
	case err != nil && c.out.opened:
		body, encodeErr := h.errorOf(c.request, c.out.header.Clone(), err).json()
		if encodeErr == nil {
			it.send("error", body, false)
		}
		return encodeErr
	case err == nil:
		it.send("done", []byte("{}"), false)
	}
	return err
}

// stream writes the chunks of a turn.
func (h *handler) stream(c *call, it *iterator) error {
	conversation, all, err := h.begin(c)
	if err != nil {
		return err
	}
	r := &reply{conversation: conversation, emit: func(chunk any, more bool) error {
		data, err := encode(chunk)
		if err != nil {
			return fmt.Errorf("encoding a chunk: %w", err)
		}
		if !it.send("message", data, more) {
			return errCut
		}
		return nil
	}}
	for ev, err := range all {
		if err != nil {
			return err
		}
		if err := r.event(ev); err != nil || ev.Ends() {
			return err
		}
	}
	return errEndedEarly()
}

// textID is the id of the one text that a reply has.
const textID = "0"

// reply makes chunks of a turn's events.
type reply struct {
	conversation string
	emit         func(chunk any, more bool) error
	begun        bool   // its text is
	sent         []byte // what the reader has of it
	at           int    // how much of that the reply has, as it stands
}

// event emits what an event is for the reader. Errors: that of a turn that failed, or whose text can no longer become what is stored.
func (r *reply) event(ev interview.Event) error {
	switch ev.Kind {
	case interview.EventStarted:
		return r.emit(map[string]any{"type": "start", "messageMetadata": map[string]any{"conversationId": r.conversation}}, ev.More)
	case interview.EventDelta:
		return r.add(ev.Text, ev.More)
	case interview.EventReplace:
		r.at = 0
		return r.add(ev.Text, ev.More)
	case interview.EventCompleted:
		return r.complete(*ev.Message)
	}
	return endError(ev)
}

// add takes the text that comes next in the reply. After a replace some or all of it may be what the reader has already; when it is other text,
// nothing that can still be sent makes the reply of it.
func (r *reply) add(text string, more bool) error {
	have := r.sent[r.at:]
	n := min(len(have), len(text))
	if string(have[:n]) != text[:n] {
		return interview.Errorf(interview.CodeInterrupted, "The reply was begun anew. Load the conversation to see it.")
	}
	r.at += n
	if text = text[n:]; text == "" {
		return nil
	}
	if err := r.begin(); err != nil {
		return err
	}
	r.sent = append(r.sent, text...)
	r.at = len(r.sent)
	return r.emit(map[string]any{"type": "text-delta", "id": textID, "delta": text}, more)
}

// begin emits the start of the text, once.
func (r *reply) begin() error {
	if r.begun {
		return nil
	}
	r.begun = true
	return r.emit(map[string]any{"type": "text-start", "id": textID}, true)
}

// complete emits the end, once the reader has the stored text and no other.
func (r *reply) complete(m interview.Message) error {
	r.at = 0
	if err := r.add(m.Content, true); err != nil {
		return err
	}
	if r.at < len(r.sent) {
		return r.add("\x00", true) // is in no stored text
	}
	if err := r.begin(); err != nil {
		return err
	}
	if err := r.emit(map[string]any{"type": "text-end", "id": textID}, true); err != nil {
		return err
	}
	return r.emit(map[string]any{"type": "finish", "messageMetadata": map[string]any{
		"conversationId": r.conversation, "messageId": m.ID, "createdAt": m.CreatedAt,
	}}, true)
}
