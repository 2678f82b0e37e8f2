package openaitest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// created is the time of all answers, so that they are the same on each run.
const created = 1795397686

// fail answers with the reply's status and error.
func (r Reply) fail(w http.ResponseWriter, model string) {
	body, kind := []byte(r.Body), r.ContentType
	if r.Body == "" {
		body = r.errorObject(model)
	}
	if kind == "" {
		kind = "application/json"
	}
	w.Header().Set("Content-Type", kind)
	if r.RetryAfter != "" {
		w.Header().Set("Retry-After", r.RetryAfter)
	}
	w.WriteHeader(r.Status)
	_, _ = w.Write(body)
}

func (r Reply) finish() string {
	if r.Finish == "" {
		return "stop"
	}
	return r.Finish
}

// usage counts words, which will do.
func (r Reply) usage(req Request) map[string]int {
	in := 0
	for _, m := range req.Messages {
		in += len(strings.Fields(m.Content))
	}
	out := len(strings.Fields(r.Text))
	return map[string]int{"prompt_tokens": in, "completion_tokens": out, "total_tokens": in + out}
}

// whole answers in one piece.
func (r Reply) whole(ctx context.Context, w http.ResponseWriter, req Request) {
	if !r.pace(ctx, time.Now(), 0, 1) {
		return
	}
	writeJSON(w, map[string]any{
		"id": "chatcmpl-fake", "object": "chat.completion", "created": created, "model": req.Model,
		"choices": []any{map[string]any{
			"index": 0, "finish_reason": r.finish(), "message": map[string]any{"role": "assistant", "content": r.Text, "refusal": nil},
		}},
		"usage": r.usage(req),
	})
}

// stream answers with a stream of chunks.
func (r Reply) stream(ctx context.Context, w http.ResponseWriter, req Request) {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	out := &writer{w: w, control: http.NewResponseController(w), style: r.Style, start: time.Now()}
	out.prefix = fmt.Sprintf(`{"id":"chatcmpl-fake","object":"chat.completion.chunk","created":%d,"model":%s,"choices":[{"index":0,"delta":`,
		created, quoted(req.Model))
	if !r.Style.NoRole {
		out.delta(`{"role":"assistant","content":"","refusal":null}`, "null")
	}
	for range r.Style.Thoughts {
		out.delta(`{"content":null,"reasoning_content":"hmm"}`, "null")
	}
	pieces := r.pieces()
	for i := range len(pieces) + 1 {
		if !r.pace(ctx, out.start, i, len(pieces)) {
			return
		}
		if r.Fault != NoFault && i == min(r.At, len(pieces)) {
			r.spoil(ctx, out, req)
			return
		}
		if i < len(pieces) {
			out.text(pieces[i])
		}
	}
	out.delta(`{}`, string(quoted(r.finish())))
	if req.Usage && !r.Style.NoUsage {
		out.record(encode(map[string]any{"id": "chatcmpl-fake", "object": "chat.completion.chunk", "choices": []any{}, "usage": r.usage(req)}))
	}
	if !r.Style.NoDone {
		out.record([]byte("[DONE]"))
	}
}

// pace waits until it is time for the chunk; false when the client has gone.
func (r Reply) pace(ctx context.Context, start time.Time, chunk, chunks int) bool {
	if r.Before != nil {
		r.Before(ctx, chunk)
	}
	due := r.First
	if r.Rate > 0 && chunk < chunks {
		due += time.Duration(float64(chunk) / r.Rate * float64(time.Second))
	} else if chunk > 0 {
		due = 0
	}
	wait := due - time.Since(start)
	if wait <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// spoil does what the fault says.
func (r Reply) spoil(ctx context.Context, out *writer, req Request) {
	switch r.Fault {
	case Stall:
		<-ctx.Done()
	case Cut:
		panic(http.ErrAbortHandler)
	case Malformed:
		out.record([]byte(`{"choices":[{"delta":{"content":"oops`))
	case WrongShape:
		out.record([]byte(`["this", "is", "no", "chunk"]`))
	case MidError:
		out.record(r.errorObject(req.Model))
	case NoFault, Unfinished:
	}
}

// writer writes the records of a stream.
type writer struct {
	w       http.ResponseWriter
	control *http.ResponseController
	style   Style
	prefix  string
	start   time.Time
	buf     bytes.Buffer
}

func (o *writer) text(content []byte) { o.delta(`{"content":`+string(content)+`}`, "null") }

func (o *writer) delta(delta, finish string) {
	o.record([]byte(o.prefix + delta + `,"logprobs":null,"finish_reason":` + finish + `}],"usage":null}`))
}

// record writes one record and sends it off.
func (o *writer) record(data []byte) {
	end, field := "\n", "data: "
	if o.style.CRLF {
		end = "\r\n"
	}
	if o.style.NoSpace {
		field = "data:"
	}
	o.buf.Reset()
	for range o.style.Comments {
		o.buf.WriteString(": still here" + end + end)
	}
	o.buf.WriteString(field)
	o.buf.Write(data)
	o.buf.WriteString(end + end)
	_, _ = o.w.Write(o.buf.Bytes()) // a client that went away is seen by ctx
	_ = o.control.Flush()
}

// asciiPieces cuts the text into chunks of n UTF-16 units (1 when n is not positive), each unit outside ASCII as an escape of its own.
func asciiPieces(text string, n int) [][]byte {
	n = max(n, 1)
	var pieces [][]byte
	for units := utf16.Encode([]rune(text)); len(units) > 0; units = units[min(n, len(units)):] {
		piece := []byte{'"'}
		for _, unit := range units[:min(n, len(units))] {
			if unit < ' ' || unit >= utf8.RuneSelf || unit == '"' || unit == '\\' {
				piece = fmt.Appendf(piece, `\u%04x`, unit)
			} else {
				piece = append(piece, byte(unit))
			}
		}
		pieces = append(pieces, append(piece, '"'))
	}
	return pieces
}

// quoted is the text as a JSON string.
func quoted(text string) []byte { return encode(text) }

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps, texts and numbers
	}
	return b
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(encode(v))
}
