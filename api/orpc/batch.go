package orpc

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/betterprofile/betterprofile/interview"
)

// maxBatch is how many calls a batch may hold.
const maxBatch = 10

// batchItem is one call of a batch. Of its URL only the path counts; nothing is ever fetched.
type batchItem struct {
	URL     string                     `json:"url"`
	Method  string                     `json:"method"` // POST when it is left out
	Headers map[string]json.RawMessage `json:"headers"`
	Body    json.RawMessage            `json:"body"`
}

// readBatch reads the items, and none beyond those that there may be. Errors: it is no batch, or too long.
func readBatch(body []byte) ([]batchItem, error) {
	invalid := badRequest("Invalid batch request")
	d := json.NewDecoder(bytes.NewReader(body))
	if start, err := d.Token(); err != nil || start != json.Delim('[') {
		return nil, invalid
	}
	var items []batchItem
	for d.More() {
		if len(items) == maxBatch {
			return nil, interview.Errorf(interview.CodeTooLarge, "A batch has at most %d calls.", maxBatch)
		}
		var item batchItem
		if err := d.Decode(&item); err != nil {
			return nil, invalid
		}
		items = append(items, item)
	}
	if _, err := d.Token(); err != nil {
		return nil, invalid
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, invalid
	}
	return items, nil
}

// serveBatch answers a batch: each call's answer as soon as it is ready, as a message of an event stream or an element of an array. A refusal of
// who asks is the answer to each call: clients cannot tell that of the whole to whoever made one. Errors: nothing is out yet, or errCut.
func (h *handler) serveBatch(w http.ResponseWriter, c *call, body []byte, refusal error) error {
	items, err := readBatch(body)
	if err != nil {
		return err
	}
	if len(items) == 0 && refusal != nil {
		return refusal
	}
	ctx, cancel := context.WithCancel(c.Context)
	defer cancel()
	b := &batch{call: *c, h: h, w: w, refusal: refusal, header: w.Header().Clone(), cancel: cancel, before: ",", after: "}"}
	b.Context = ctx
	if c.request.Header.Get("X-Orpc-Batch") != "buffered" {
		b.before, b.after = "event: message\ndata: ", "}\n\n"
		b.stream = h.start(w, http.StatusMultiStatus, c.out, cancel)
		defer b.stream.stop()
	}
	var running sync.WaitGroup
	for i, item := range items {
		out := b.answer(i)
		running.Go(func() { b.run(item, out) })
	}
	running.Wait()
	return b.close()
}

// batch is the answer to a batch. The answers of its calls take turns: one that has begun to write is alone until its end.
type batch struct {
	call          // the batch's own
	h             *handler
	w             http.ResponseWriter
	refusal       error       // of who asks; nil for none
	header        http.Header // as it was before any call
	cancel        context.CancelFunc
	stream        *iterator // nil when the answer is an array
	before, after string    // an item

	mu     sync.Mutex
	count  int  // of items begun
	broken bool // one of them was cut
}

// answer makes the answer of an item.
func (b *batch) answer(index int) *answer {
	return &answer{
		header: b.header.Clone(), status: http.StatusOK,
		begin: func(status, _ int) error {
			b.lock()
			if b.broken {
				return errCut
			}
			b.open()
			before := b.before
			if b.count++; b.count == 1 && b.stream == nil {
				before = "["
			}
			return b.write(fmt.Appendf(nil, `%s{"index":%d,"status":%d,"body":`, before, index, status))
		},
		send: b.write,
		end:  func() error { return b.write([]byte(b.after)) },
	}
}

// run makes one call.
func (b *batch) run(item batchItem, out *answer) {
	err := protect(func() error {
		err := protect(func() error { return b.item(item, out) })
		return b.h.finish(b.request, out, err)
	})
	if !out.opened {
		return
	}
	if err != nil {
		b.broken = true
		b.cancel()
	}
	b.unlock()
}

// item answers one call.
func (b *batch) item(item batchItem, out *answer) error {
	u, err := url.Parse(item.URL)
	if err != nil {
		return badRequest("Invalid batch request")
	}
	p, err := b.h.procedure(procedurePath(u))
	switch {
	case err != nil:
		return err
	case item.Method != "" && !callable(item.Method):
		return errMethod()
	case p.stream != nil:
		return badRequest("A stream cannot be part of a batch")
	}
	for name := range item.Headers { // the batch's own apply to all
		if strings.EqualFold(name, "Authorization") || strings.EqualFold(name, "Cookie") {
			return badRequest("A batch is of one user: the headers that say who it is are its own")
		}
	}
	if b.refusal != nil {
		return b.refusal
	}
	c := b.call
	c.out, c.input = out, undefined{}
	if len(item.Body) > 0 {
		if c.input, err = decodeEnvelope(item.Body); err != nil {
			return err
		}
	}
	return p.run(&c)
}

// lock keeps all others from writing, also the stream's timer.
func (b *batch) lock() {
	b.mu.Lock()
	if b.stream != nil {
		b.stream.mu.Lock()
	}
}

// unlock sends off what was written and lets others write.
func (b *batch) unlock() {
	if b.stream != nil {
		b.stream.flush()
		b.stream.mu.Unlock()
	}
	b.mu.Unlock()
}

// open writes the headers, once; it is locked.
func (b *batch) open() {
	if b.stream != nil {
		b.stream.open()
		return
	}
	if b.count == 0 {
		b.call.out.opened = true
		b.w.Header().Set("Content-Type", "application/json")
		b.w.WriteHeader(http.StatusMultiStatus)
	}
}

// write writes with the batch's own answer, which knows of deadlines.
func (b *batch) write(p []byte) error { return b.call.out.send(p) }

// close ends the answer.
func (b *batch) close() error {
	b.lock()
	defer b.unlock()
	if b.broken {
		return errCut
	}
	b.open()
	switch {
	case b.stream != nil:
		return nil
	case b.count == 0:
		return b.write([]byte("[]"))
	}
	return b.write([]byte("]"))
}
