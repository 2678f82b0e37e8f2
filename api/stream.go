package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/sse"
)

const (
	// firstWait is how long a stream waits for its first event before it sends its headers: until then an error can still be a plain
	// answer, and after it the client wants to know that it is connected.
	firstWait = 100 * time.Millisecond
	// pendingEvents is how many events wait for a slow reader. It may be small: what comes meanwhile arrives as one delta.
	pendingEvents = 8
)

// item is what an iterator of events yields.
type item struct {
	event interview.Event
	err   error
}

// stream answers with the turn's events, each as one Server-Sent Event, until the turn ends or the reader goes; the turn goes on. An
// error that comes first is the answer; a later one ends the stream without its last event, so that the client sees it as cut
// and resumes it.
func (s *Server) stream(c *gin.Context, watch *watch, begin events) error {
	ctx, cancel := context.WithCancel(c.Request.Context())
	all, err := begin(ctx)
	if err != nil {
		cancel()
		return err
	}
	items := make(chan item, pendingEvents)
	go pump(ctx, all, items)
	defer func() {
		cancel()
		for range items { // until the pump has ended
		}
	}()
	s.metrics.streams.Inc()
	defer s.metrics.streams.Dec()
	st := &streaming{server: s, c: c, watch: watch}
	return st.run(items)
}

// pump moves the events to the channel, so that keep-alive comments can come between them. A panic on the way there ends the stream,
// not the process.
func pump(ctx context.Context, all func(func(interview.Event, error) bool), items chan<- item) {
	defer close(items)
	send := func(i item) bool {
		select {
		case items <- i:
			return true
		case <-ctx.Done():
			return false
		}
	}
	defer func() {
		if p := recover(); p != nil {
			send(item{err: panicked(p)})
		}
	}()
	for ev, err := range all {
		if !send(item{ev, err}) {
			return
		}
	}
}

// streaming is a stream on its way out.
type streaming struct {
	server *Server
	c      *gin.Context
	watch  *watch
	w      *sse.Writer // nil until the headers are written
}

// run writes what comes from items, and a comment whenever nothing came for a while.
func (st *streaming) run(items <-chan item) error {
	heartbeat := st.server.opts.Heartbeat
	silence := time.NewTimer(min(firstWait, heartbeat))
	defer silence.Stop()
	for {
		select {
		case next, more := <-items:
			if !more {
				return st.end(interview.Errorf(interview.CodeInterrupted, "The turn's events ended early."))
			}
			if next.err != nil {
				return st.end(next.err)
			}
			if err := st.write(next.event, len(items) == 0); err != nil || next.event.Ends() {
				return st.left(err)
			}
		case <-silence.C:
			st.open()
			_ = st.w.Comment("keep-alive") // Flush returns the same error
			if err := st.w.Flush(); err != nil {
				return st.left(err)
			}
		}
		silence.Reset(heartbeat)
	}
}

// open writes the headers.
func (st *streaming) open() {
	if st.w != nil {
		return
	}
	sse.Headers(st.c.Writer.Header())
	st.c.Status(http.StatusOK)
	st.c.Writer.WriteHeaderNow()
	st.w = sse.NewWriter(below(st.c.Writer), st.server.opts.WriteTimeout)
}

// write writes one event, and sends it off when nothing more is waiting or it is the last.
func (st *streaming) write(ev interview.Event, last bool) error {
	st.open()
	st.watch.see(ev)
	if ev.Error != nil && ev.Error.Code == interview.CodeInternal {
		ev.Error = st.internal(*ev.Error)
	}
	data, err := json.Marshal(ev)
	if err != nil {
		return err
	}
	id := ""
	if ev.Kind == interview.EventDelta || ev.Kind == interview.EventReplace {
		id = ev.ID.String()
	}
	if err := st.w.Event(id, string(ev.Kind), data); err != nil || !last && !ev.Ends() {
		return err
	}
	return st.w.Flush()
}

// internal logs the internal error of a failed turn and returns it with the id to find it by.
func (st *streaming) internal(e interview.Error) *interview.Error {
	st.server.logInternal(st.c, &e)
	e.Details.RequestID = request(st.c).id
	return &e
}

// end ends the stream with an error instead of its last event.
func (st *streaming) end(err error) error {
	state := request(st.c)
	if st.c.Request.Context().Err() != nil {
		state.gone = true
		return nil
	}
	if st.w == nil {
		return err
	}
	if err := st.w.Flush(); err != nil { // what came before the error
		return st.left(err)
	}
	state.code = interview.ErrorCode(err)
	if state.code == interview.CodeInternal {
		st.server.logInternal(st.c, err)
	}
	return nil
}

// left ends the stream after a write: all of it, or one that failed because the reader is gone or too slow.
func (st *streaming) left(err error) error {
	request(st.c).gone = err != nil
	return nil
}
