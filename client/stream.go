package client

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/sse"
)

// errCut marks the error of a stream that ended without its last event.
var errCut = errors.New("the stream ended without its last event")

// follower yields the events of one turn over as many connections as it takes.
type follower struct {
	client *Client
	ctx    context.Context
	yield  func(interview.Event, error) bool
	events string // path of the turn's events

	first    *call              // begins the turn; nil once it has begun, or when it is only joined
	last     *interview.EventID // the place up to which the reader has the reply
	started  bool               // the reader has had started, or is past it
	told     bool               // the reader knows that the stream was cut
	failures int                // connections in a row that brought nothing new
	done     bool
}

func (c *Client) follower(
	ctx context.Context, conversationID, messageID string, yield func(interview.Event, error) bool,
) *follower {
	return &follower{
		client: c, ctx: ctx, yield: yield,
		events: path("conversations", conversationID, "messages", messageID, "events"),
	}
}

// run follows the turn until it ends, the reader leaves or there is no more hope.
func (f *follower) run() {
	beginning := f.client.newRetry()
	for !f.done {
		err := f.connect()
		if f.done {
			return
		}
		if err = f.again(beginning, err); err != nil {
			f.yield(interview.Event{}, err)
			return
		}
	}
}

// again waits for the time of the next connection after one that ended with err. It returns the error to give up with.
func (f *follower) again(beginning *retry, err error) error {
	if cause := f.ctx.Err(); cause != nil {
		return cause
	}
	if f.first != nil {
		if !f.first.safe {
			return err
		}
		return beginning.wait(f.ctx, err)
	}
	f.failures++
	pause := f.client.pause(f.failures, err)
	if !passing(err) || f.failures > f.client.opts.Resumes || pause > f.client.opts.RetryFor {
		return err
	}
	if !f.told {
		f.told = true
		if f.done = !f.yield(interview.Event{Kind: interview.EventReconnecting}, nil); f.done {
			return nil
		}
	}
	return f.client.opts.Sleep(f.ctx, pause)
}

// connect makes one connection and passes on what comes. It returns why that ended, unless f.done.
func (f *follower) connect() error {
	ctx, cancel := context.WithCancelCause(f.ctx)
	defer cancel(nil)
	silence := f.client.opts.Silence
	alarm := time.AfterFunc(silence, func() { cancel(errSlow{silence}) })
	defer alarm.Stop()
	resp, err := f.client.send(ctx, f.call())
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if mediaType, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); mediaType != sse.ContentType {
		return f.client.notOurs()
	}
	if f.first != nil && !f.first.safe {
		f.first = nil // it is done, and must not be done twice: from here on it is only followed
	}
	return f.read(watched{resp.Body, func() { alarm.Reset(silence) }})
}

// call is the request of the next connection.
func (f *follower) call() call {
	next := call{method: http.MethodGet, path: f.events, header: http.Header{}}
	if f.first != nil {
		next = *f.first
		next.header = http.Header{}
	} else if f.last != nil {
		next.header.Set("Last-Event-ID", f.last.String())
	}
	next.header.Set("Accept", sse.ContentType)
	return next
}

// read passes on the events of one connection.
func (f *follower) read(body io.Reader) error {
	for record, err := range sse.Read(body) {
		if err != nil {
			return f.cut(err)
		}
		ev, known, err := decode(record)
		if err != nil {
			return f.cut(err)
		}
		if !known || ev.Kind == interview.EventStarted && f.started {
			continue
		}
		f.took(ev)
		if !f.yield(ev, nil) || ev.Ends() {
			f.done = true
			return nil
		}
	}
	return f.cut(nil)
}

// took notes what the reader has.
func (f *follower) took(ev interview.Event) {
	f.first, f.started, f.told, f.failures = nil, true, false, 0
	if ev.Kind == interview.EventDelta || ev.Kind == interview.EventReplace {
		at := ev.ID
		f.last = &at
	}
}

// cut is the error of a stream that ended early, as it is shown once nothing helps.
func (f *follower) cut(err error) error {
	e := &interview.Error{
		Code: interview.CodeInterrupted, Err: errors.Join(errCut, err),
		Message: "The connection to " + f.client.base.String() + " was cut again and again. The reply goes on there: look at the conversation later.",
	}
	if f.first != nil {
		e.Code = interview.CodeUnavailable
		e.Message = "The connection to " + f.client.base.String() + " was cut before it was known that the message is stored. Send it again."
	}
	return e
}

// decode makes an event of a record. Known is false for one of a kind that we do not know.
func decode(record sse.Event) (ev interview.Event, known bool, err error) {
	kind := interview.EventKind(record.Type)
	switch kind {
	case interview.EventStarted, interview.EventDelta, interview.EventReplace, interview.EventCompleted, interview.EventFailed,
		interview.EventCancelled:
	default:
		return ev, false, nil
	}
	if err := json.Unmarshal([]byte(record.Data), &ev); err != nil {
		return ev, true, err
	}
	ev.Kind = kind
	switch {
	case kind == interview.EventDelta, kind == interview.EventReplace:
		ev.ID, err = interview.ParseEventID(record.ID)
	case kind == interview.EventStarted && ev.Message == nil, kind == interview.EventCompleted && ev.Message == nil,
		kind == interview.EventFailed && ev.Error == nil:
		err = errors.New("the event lacks a part")
	}
	return ev, true, err
}

// watched calls on after every read that brought something.
type watched struct {
	io.Reader
	on func()
}

func (w watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if n > 0 {
		w.on()
	}
	return n, err
}
