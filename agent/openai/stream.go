package openai

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/sashabaranov/go-openai"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/sse"
)

const (
	// usageTime is how long after the end of the reply the endpoint has for the count of tokens and for closing the stream.
	usageTime = 2 * time.Second
	// drainTime is how long after [DONE] it has for ending the response, so that the connection can be used again.
	drainTime = 100 * time.Millisecond
	// firstText is how much room a reply has from the start, in bytes: most need no more.
	firstText = 512
	// maxWhole is the most that is read of a reply that is not streamed, in bytes.
	maxWhole = 4 << 20
)

// stream reads one reply.
type stream struct {
	engine  *Engine
	emit    func(interview.Delta) error
	body    io.Reader
	first   time.Duration // how long the first sign of life may take
	silence *time.Timer   // ends the request; set anew at each sign of life

	text     strings.Builder // of the reply; append-only, so that parts of its String stay valid without copying
	emitted  int             // how much of text the user has
	patience time.Duration   // how long to wait for more; 0 to leave the clock as it is
	stopped  error           // what emit returned

	outline outline
	decoder textDecoder
	events  int
	finish  openai.FinishReason
	refusal bool
	begun   bool // text or reasoning has come
	usage   interview.Usage
}

// read reads the reply to its end. Errors: a *failure or what emit returned.
func (s *stream) read(ctx context.Context, res *http.Response) error {
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	s.body = res.Body
	var err error
	switch kind {
	case "text/html":
		err = s.engine.notTheFormat("an HTML page")
	case "application/json":
		err = s.whole(ctx)
	default:
		err = s.streamed(ctx)
		if err == nil && s.events == 0 && kind != sse.ContentType {
			err = s.engine.notTheFormat("no event stream")
		}
	}
	if err == nil {
		err = s.outcome()
	}
	if stopped := s.passOn(); stopped != nil { // what came together with an end or an error
		err = stopped
	}
	if f, ok := errors.AsType[*failure](err); ok && s.text.Len() > 0 {
		f.again = false // nothing is asked twice of which the user has seen a part
	}
	return err
}

// whole reads a reply that is not streamed, as some endpoints send whatever is asked of them.
func (s *stream) whole(ctx context.Context) error {
	b, err := io.ReadAll(io.LimitReader(s.body, maxWhole))
	if err != nil {
		return s.interrupted(ctx, err)
	}
	c, err := parse(bytes.ToValidUTF8(b, []byte("\uFFFD")), messageOf)
	if err != nil {
		return s.engine.malformed(err)
	}
	return s.take(c)
}

// streamed reads the events up to [DONE], or to where there are no more.
func (s *stream) streamed(ctx context.Context) error {
	for data, err := range sse.ReadData(s) {
		if err != nil {
			return s.interrupted(ctx, err)
		}
		if string(data) == "[DONE]" {
			return s.drain()
		}
		s.events++
		c, usual := s.outline.scan(data)
		if !usual {
			if c, err = parse(data, deltaOf); err != nil {
				return s.engine.malformed(err)
			}
		}
		if err := s.take(c); err != nil {
			return err
		}
	}
	return nil
}

// Read reads the response. Whoever wants to has used up what there was: it goes to the user before the wait for more, in one piece if it
// came in one.
func (s *stream) Read(p []byte) (int, error) {
	if err := s.passOn(); err != nil {
		return 0, err
	}
	return s.body.Read(p)
}

// passOn emits the text that has come since the last time. The endpoint's clock stands still while emit works.
func (s *stream) passOn() error {
	if fresh := s.text.String()[s.emitted:]; fresh != "" && s.stopped == nil {
		s.emitted = s.text.Len()
		s.silence.Stop()
		s.stopped = s.emit(interview.Delta{Text: fresh})
	}
	if s.patience > 0 {
		s.silence.Reset(s.patience)
		s.patience = 0
	}
	return s.stopped
}

// drain reads the rest of the response, which is nothing but its end; a connection with something left to read is closed.
func (s *stream) drain() error {
	err := s.passOn()
	if err == nil {
		s.silence.Reset(drainTime)
		_, _ = io.CopyN(io.Discard, s.body, 1<<10)
	}
	return err
}

// take takes in one chunk.
func (s *stream) take(c said) error {
	if holds(c.failure) {
		return s.engine.midStream(c.failure, s.text.Len() > 0)
	}
	if c.usage != nil {
		s.usage = *c.usage
	}
	if !c.chosen {
		return nil
	}
	s.refusal = s.refusal || c.refuses
	text, err := s.say(c.content)
	if err != nil {
		return s.engine.malformed(err)
	}
	if c.finish != "" && c.finish != openai.FinishReasonNull {
		s.finish = c.finish
	}
	switch {
	case s.finish != "":
		s.patience = usageTime
	case text || c.thinks():
		s.begun = true
		s.patience = s.engine.opts.BetweenTokens
	}
	return nil
}

// say adds the text of a chunk and reports whether there was any.
func (s *stream) say(content []byte) (bool, error) {
	text, err := s.decoder.decode(content)
	if s.text.Len() == 0 {
		text = bytes.TrimLeftFunc(text, unicode.IsSpace)
	}
	if len(text) == 0 {
		return false, err
	}
	if s.text.Len() == 0 {
		s.text.Grow(max(len(text), firstText))
	}
	s.text.Write(text)
	return true, err
}

// interrupted says what it means that the stream cannot be read any further. After the end of the reply it means nothing.
func (s *stream) interrupted(ctx context.Context, err error) error {
	if s.finish != "" && !errors.Is(err, sse.ErrTooLarge) {
		return nil
	}
	switch {
	case ctx.Err() != nil:
		return s.engine.tooSlow(ctx, s.begun)
	case errors.Is(err, sse.ErrTooLarge):
		return s.engine.malformed(err)
	default:
		return s.engine.cut(err)
	}
}

// outcome judges a stream that was read to its end.
func (s *stream) outcome() error {
	switch e := s.engine; {
	case s.finish == openai.FinishReasonContentFilter:
		return e.filtered()
	case s.finish == "error": // of OpenRouter
		return e.midStream(nil, s.text.Len() > 0)
	case s.finish == "":
		return e.cut(io.ErrUnexpectedEOF)
	case s.text.Len() == 0 && s.refusal:
		return e.filtered()
	case s.text.Len() == 0:
		return e.empty(string(s.finish))
	}
	return nil
}
