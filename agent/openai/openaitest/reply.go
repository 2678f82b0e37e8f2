package openaitest

import (
	"context"
	"net/http"
	"sync"
	"time"
	"unicode/utf8"
)

// Reply says what the server does with one chat request. The zero Reply is an empty reply, which a test may want; [Say] makes a plain
// one.
type Reply struct {
	Text   string
	Chunk  int           // characters in a chunk; 0 for a word with the space after it, negative for all in one
	First  time.Duration // before the first chunk with text
	Rate   float64       // chunks a second after the first; 0 for as fast as possible
	Finish string        // finish_reason; "stop" when empty
	Style  Style

	// Before is called before the chunk with that number, from 0, and before the end, whose number is that of all chunks. It may wait;
	// ctx ends when the client goes away.
	Before func(ctx context.Context, chunk int)

	// Fault goes wrong before chunk At, or at the end when there are fewer.
	Fault Fault
	At    int

	// Status other than 0 is answered instead of a stream, with RetryAfter as the header of that name, unless it is empty, and Body, or
	// the usual error object when that is empty. Code, Type and Message are the error object's, also in mid-stream.
	Status              int
	RetryAfter          string
	ContentType         string // of Body; application/json
	Body                string
	Code, Type, Message string
}

// Say is a reply of this text, streamed in words.
func Say(text string) Reply { return Reply{Text: text} }

// Fail is an answer with this status and its usual error object.
func Fail(status int) Reply { return Reply{Status: status} }

// Style is how a stream is written. All of it is lawful by the HTML standard or JSON, and seen in the wild.
type Style struct {
	CRLF     bool // lines end with CR LF
	NoSpace  bool // no space after "data:"
	Comments int  // so many comment lines before each chunk
	ASCII    bool // every character outside ASCII as \u escapes, chunks counted in UTF-16 units, so that surrogate pairs are cut in two
	NoUsage  bool // no count of tokens
	NoDone   bool // no [DONE]
	NoRole   bool // no first chunk that holds only the role
	Thoughts int  // so many chunks of reasoning before the text
	Whole    bool // one JSON object instead of a stream, whatever was asked for
}

// Fault is what goes wrong in mid-stream.
type Fault int

// The faults.
const (
	NoFault    Fault = iota
	Stall            // nothing comes any more until the client goes away
	Cut              // the connection is closed in mid-response
	Unfinished       // the response ends properly, but without finish_reason
	Malformed        // a chunk that is not JSON
	WrongShape       // a chunk that is JSON, but no chunk
	MidError         // an error object, then the end
)

// pieces cuts the text into chunks, each as a JSON string.
func (r Reply) pieces() [][]byte {
	switch {
	case r.Text == "":
		return nil
	case r.Style.ASCII:
		return asciiPieces(r.Text, r.Chunk)
	case r.Chunk < 0:
		return [][]byte{quoted(r.Text)}
	}
	var pieces [][]byte
	for text := r.Text; text != ""; {
		n := cutWord(text)
		if r.Chunk > 0 {
			n = cutRunes(text, r.Chunk)
		}
		pieces = append(pieces, quoted(text[:n]))
		text = text[n:]
	}
	return pieces
}

// cutWord returns the length of the first word with the white space after it.
func cutWord(text string) int {
	space := false
	for i, r := range text {
		if r == ' ' || r == '\n' {
			space = true
		} else if space {
			return i
		}
	}
	return len(text)
}

func cutRunes(text string, n int) int {
	i := 0
	for ; n > 0 && i < len(text); n-- {
		_, size := utf8.DecodeRuneInString(text[i:])
		i += size
	}
	return i
}

// errorObject is the usual error object for the status.
func (r Reply) errorObject(model string) []byte {
	code, typ, message := r.Code, r.Type, r.Message
	if message == "" && code == "" {
		switch r.Status {
		case http.StatusUnauthorized:
			code, typ, message = "invalid_api_key", "invalid_request_error", "Incorrect API key provided."
		case http.StatusNotFound:
			code, typ, message = "model_not_found", "invalid_request_error", "The model `"+model+"` does not exist or you do not have access to it."
		case http.StatusTooManyRequests:
			code, typ, message = "rate_limit_exceeded", "requests", "Rate limit reached for "+model+"."
		case http.StatusPaymentRequired:
			code, typ, message = "insufficient_quota", "insufficient_quota", "You exceeded your current quota."
		default:
			typ, message = "server_error", "The server had an error while processing your request."
		}
	}
	return encode(map[string]any{"error": map[string]any{"message": message, "type": typ, "param": nil, "code": code}})
}

// Gate holds a stream before one of its chunks until the test lets it go on: Reply{Before: gate.Before}. It is for one reply.
type Gate struct {
	chunk    int
	reached  chan struct{}
	released chan struct{}
	reach    func()
	release  func()
}

// NewGate makes a gate before the chunk with that number, from 0.
func NewGate(chunk int) *Gate {
	g := &Gate{chunk: chunk, reached: make(chan struct{}), released: make(chan struct{})}
	g.reach = sync.OnceFunc(func() { close(g.reached) })
	g.release = sync.OnceFunc(func() { close(g.released) })
	return g
}

// Before holds the stream at the gate's chunk.
func (g *Gate) Before(ctx context.Context, chunk int) {
	if chunk != g.chunk {
		return
	}
	g.reach()
	select {
	case <-g.released:
	case <-ctx.Done():
	}
}

// Reached is closed when the stream stands at the gate: all chunks before it are on their way to the client.
func (g *Gate) Reached() <-chan struct{} { return g.reached }

// Release lets the stream go on.
func (g *Gate) Release() { g.release() }
