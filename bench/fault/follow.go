package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// patience is how long one connection of a reader is kept: longer than any reply takes, shorter than a frozen server.
const patience = 5 * time.Second

// reader puts a reply together over as many connections as it takes.
type reader struct {
	rig    *rig
	m      *message
	sends  bool                // it posts the message; else it joins the turn
	choose func() *replica     // the server of the next connection
	cut    func() int64        // after how many bytes to leave it; 0 to stay
	joined func()              // called when the message is acknowledged
	on     *replica            // the server of the newest connection
	begun  bool                // started has come: from here on it resumes
	text   string              // so far
	at     interview.EventID   // of the newest delta or replace
	last   string              // the same, as Last-Event-ID; empty before the first
	ended  interview.EventKind // the last event
	answer answer              // of completed
	reason *interview.Error    // of failed
}

// follow reads to the end of the turn, and notes what was read; false when ctx ended before.
func (f *reader) follow(ctx context.Context) bool {
	for {
		err := f.connect(ctx)
		switch {
		case f.ended == interview.EventCompleted:
			f.note()
			return true
		case f.ended != "":
			if f.sends {
				f.rig.failed(f.m, f.reason)
			}
			f.forget()
		case err != nil:
			f.rig.refuse("following "+f.m.subject(), err)
		}
		wait := 10 * time.Millisecond
		if !f.begun && f.m.acknowledged() {
			wait = againAfter
		}
		if pause(ctx, wait) != nil {
			return false
		}
	}
}

// forget begins anew after a turn that failed.
func (f *reader) forget() {
	f.begun, f.text, f.at, f.last, f.ended = false, "", interview.EventID{}, "", ""
}

// note keeps what was read for the check, which compares it with what is stored.
func (f *reader) note() {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	f.m.read = append(f.m.read, f.text)
	if f.answer.Message.Content != f.text {
		f.rig.report.find(differing, f.m.subject(), "the deltas make %d bytes that are not the %d of completed", len(f.text), len(f.answer.Message.Content))
	}
}

// connect makes one connection and reads it until it ends or is left. Errors: a refusal.
func (f *reader) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	resuming := f.begun
	response, err := f.request(ctx)
	if err != nil {
		return refusal{}
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return refused(response)
	}
	if resuming {
		f.rig.report.count("resumes")
	}
	var body io.Reader = response.Body
	if most := f.cut(); most > 0 {
		body = io.LimitReader(body, most)
	}
	records(body, func(rec record) bool {
		f.take(rec)
		return f.ended == ""
	})
	return nil
}

func (f *reader) request(ctx context.Context) (*http.Response, error) {
	before := f.on
	f.on = f.choose()
	if f.sends && !f.begun {
		ctx = wrote(ctx, func() { f.rig.trap.reach(beforeAck, 0) })
		return f.rig.wire.do(ctx, http.MethodPost, f.on.url()+f.m.path(), f.m.input(), "Accept", "text/event-stream")
	}
	if f.begun && before == f.on {
		f.rig.report.count("connections to the same server again")
	} else if f.begun {
		f.rig.report.count("connections to the other server")
	}
	header := []string{"Accept", "text/event-stream"}
	if f.last != "" {
		header = append(header, "Last-Event-ID", f.last)
	}
	return f.rig.wire.do(ctx, http.MethodGet, f.on.url()+f.m.path()+"/"+f.m.id+"/events", nil, header...)
}

// take takes in one event.
func (f *reader) take(rec record) {
	var ev interview.Event
	if err := json.Unmarshal([]byte(rec.data), &ev); err != nil {
		f.rig.report.find(unexpected, f.m.subject(), "an event that is not JSON: %v", err)
		return
	}
	switch kind := interview.EventKind(rec.event); kind {
	case interview.EventStarted:
		f.begun = true
		f.m.acknowledge()
		f.joined()
		f.rig.trap.reach(atStarted, 0)
	case interview.EventDelta, interview.EventReplace:
		f.grow(kind, rec.id, ev.Text)
	case interview.EventCompleted:
		f.ended, f.answer = kind, answer{}
		_ = json.Unmarshal([]byte(rec.data), &f.answer) // it is JSON
	default:
		f.ended, f.reason = kind, ev.Error
	}
}

// grow takes in text. Its id must be the place after it.
func (f *reader) grow(kind interview.EventKind, id, text string) {
	at, err := interview.ParseEventID(id)
	if kind == interview.EventReplace {
		f.text = ""
		f.rig.report.count("replace events")
	} else if f.last != "" && at.Attempt != f.at.Attempt {
		f.rig.report.find(differing, f.m.subject(), "a delta of attempt %d follows one of attempt %d", at.Attempt, f.at.Attempt)
	}
	f.text += text
	if err != nil || at.Offset != len(f.text) {
		f.rig.report.find(differing, f.m.subject(), "the event's id is %q after %d bytes", id, len(f.text))
	}
	f.at, f.last = at, id
}

// stay is a reader's cut that leaves no connection.
func stay() int64 { return 0 }

// inTurn chooses the server for the message's next request.
func (r *rig) inTurn(m *message) func() *replica { return func() *replica { return r.turnTo(m) } }
