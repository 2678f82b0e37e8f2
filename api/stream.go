package api

import (
	"context"
	"iter"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/sse"
)

// firstWait is how long a stream waits for its first event before it sends its headers: until then an error can still be a plain
// answer, and after it the client wants to know that it is connected.
const firstWait = 100 * time.Millisecond

// stream answers with the turn's events, each as one Server-Sent Event, until the turn ends or the reader goes; the turn goes on. An
// error that comes first is the answer; a later one ends the stream without its last event, so that the client sees it as cut
// and resumes it.
func (s *Server) stream(c *gin.Context, watch *watch, begin events) error {
	ctx, cancel := context.WithCancel(c.Request.Context())
	defer cancel()
	var all iter.Seq2[interview.Event, error]
	var err error
	interview.Apart(func() { all, err = begin(ctx) })
	if err != nil {
		return err
	}
	s.metrics.streams.Inc()
	defer s.metrics.streams.Dec()
	st := &streaming{server: s, c: c, watch: watch, cancel: cancel}
	st.begin()
	defer st.stop()
	return st.end(st.run(all))
}

// streaming is a stream on its way out. The request's goroutine waits for events and writes them; when none has come for a while, the
// timer's writes a comment. Each does so under the lock, and none once the stream has ended.
type streaming struct {
	server  *Server
	c       *gin.Context
	watch   *watch
	cancel  context.CancelFunc // ends the events
	silence *time.Timer

	mu      sync.Mutex
	ended   bool
	due     time.Time   // when a comment is due
	fires   time.Time   // when the timer looks whether it is: not later
	w       *sse.Writer // nil until the headers are written
	sending bool        // a panic now is the connection's, not that of the events
	sent    bool        // something was flushed
	lost    bool        // a write failed: the reader is gone or too slow
	aborted any         // what the connection panicked with in the timer's goroutine
}

// begin sets the timer. Who begins a turn has an event at once; who resumes one may have to wait.
func (st *streaming) begin() {
	st.mu.Lock()
	defer st.mu.Unlock()
	patience := st.server.opts.Heartbeat
	if st.watch == nil {
		patience = min(firstWait, patience)
	}
	st.due = time.Now().Add(patience)
	st.fires = st.due
	st.silence = time.AfterFunc(patience, st.keepAlive)
}

// wait puts the next comment off. The timer is set anew only to fire earlier; else it does that itself, once in a while and not with every word.
func (st *streaming) wait(patience time.Duration) {
	st.due = time.Now().Add(patience)
	if st.due.Before(st.fires) {
		st.fires = st.due
		st.silence.Reset(patience)
	}
}

// stop stops the timer, for good.
func (st *streaming) stop() {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.ended = true
	st.silence.Stop()
}

// run writes the events as they come, until the last or one that could not be written. A panic on the way there ends the stream, not the
// process.
func (st *streaming) run(all iter.Seq2[interview.Event, error]) (err error) {
	defer func() {
		p := recover()
		switch {
		case p == nil:
		case st.sending:
			panic(p)
		default:
			err = panicked(p)
		}
	}()
	for ev, err := range all {
		if err != nil {
			return err
		}
		if sent, err := st.write(ev); err != nil || !sent || ev.Ends() {
			return err
		}
	}
	return interview.Errorf(interview.CodeInterrupted, "The turn's events ended early.")
}

// write writes one event, and sends it off unless the next is at hand. It reports whether there is still a reader.
func (st *streaming) write(ev interview.Event) (bool, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.watch.see(ev)
	if ev.Error != nil && ev.Error.Code == interview.CodeInternal {
		ev.Error = st.internal(*ev.Error)
	}
	buffer := st.server.buffers.get()
	data, err := ev.AppendJSON(*buffer)
	if err != nil {
		return true, err
	}
	id := ""
	if ev.Kind == interview.EventDelta || ev.Kind == interview.EventReplace {
		id = ev.ID.String()
	}
	st.sending = true
	st.open()
	_ = st.w.Event(id, string(ev.Kind), data) // Flush returns the same error
	*buffer = data
	st.server.buffers.put(buffer)
	patience := st.server.opts.Heartbeat
	switch {
	case ev.Ends():
		st.lost = st.w.End() != nil
	case ev.More:
		patience = min(firstWait, patience) // it is sent then at the latest
	default:
		st.flush()
	}
	st.sending = false
	st.wait(patience)
	return !st.lost, nil
}

// keepAlive writes a comment, which sends what there is, even if that is the headers alone.
func (st *streaming) keepAlive() {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.ended {
		return
	}
	if early := time.Until(st.due); early > 0 {
		st.fires = st.due
		st.silence.Reset(early)
		return
	}
	defer func() {
		if st.aborted = recover(); st.aborted != nil || st.lost {
			st.cancel()
		}
	}()
	st.open()
	_ = st.w.Comment("keep-alive") // Flush returns the same error
	st.flush()
	st.due = time.Now().Add(st.server.opts.Heartbeat)
	st.fires = st.due
	st.silence.Reset(st.server.opts.Heartbeat)
}

// open writes the headers. The caller is the only one who writes.
func (st *streaming) open() {
	if st.w != nil {
		return
	}
	sse.Headers(st.c.Writer.Header())
	st.c.Status(http.StatusOK)
	st.c.Writer.WriteHeaderNow()
	st.w = sse.NewWriter(below(st.c.Writer), st.server.opts.WriteTimeout)
	if st.c.Request.ProtoMajor == 1 {
		st.w.KeepDeadline()
	}
}

// flush sends off what was written. The first time, the server writes the headers, which takes more of a stack than all of the stream after it.
func (st *streaming) flush() {
	if st.sent {
		st.lost = st.w.Flush() != nil || st.lost
		return
	}
	st.sent = true
	interview.Apart(func() { st.lost = st.w.Flush() != nil || st.lost })
}

// internal logs the internal error of a failed turn and returns it with the id to find it by.
func (st *streaming) internal(e interview.Error) *interview.Error {
	st.server.logInternal(st.c, &e)
	e.Details.RequestID = request(st.c).id
	return &e
}

// end ends the stream: after its last event, or with an error instead of it. It returns the error when that can still be the answer.
func (st *streaming) end(err error) error {
	st.stop()
	if st.aborted != nil {
		panic(st.aborted)
	}
	state := request(st.c)
	if st.lost || err != nil && st.c.Request.Context().Err() != nil {
		state.gone = true
		return nil
	}
	if err == nil || st.w == nil {
		return err
	}
	if st.flush(); st.lost { // what came before the error
		state.gone = true
		return nil
	}
	state.code = interview.ErrorCode(err)
	if state.code == interview.CodeInternal {
		st.server.logInternal(st.c, err)
	}
	return nil
}
