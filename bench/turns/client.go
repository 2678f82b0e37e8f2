package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// client speaks HTTP/1.1 over one connection at a time. It costs much less than net/http's, which matters where the readers share the
// processors with what they measure.
type client struct {
	addr  string
	conn  net.Conn
	in    *bufio.Reader
	lines *bufio.Reader // of the current body
	end   func() bool   // stops watching the context
}

// marks are the beginnings of the lines, or parts of them, that say how far a stream is.
type marks struct {
	first, last, failed []byte
	within              bool // anywhere in a line
}

func (m marks) in(line, mark []byte) bool {
	if m.within {
		return bytes.Contains(line, mark)
	}
	return bytes.HasPrefix(line, mark)
}

// eventMarks are those of our API, chatMarks those of the model's.
func eventMarks() marks {
	return marks{first: []byte("event: delta"), last: []byte("event: completed"), failed: []byte("event: failed")}
}

func chatMarks() marks {
	return marks{first: []byte(`"content":"`), last: []byte("[DONE]"), failed: []byte(`{"error"`), within: true}
}

// timing is when a stream's first token and its end came, from the request on.
type timing struct{ first, total time.Duration }

// request sends the bytes of a request and returns the answer's head. An error means that the connection is gone.
func (c *client) request(ctx context.Context, request []byte) (*http.Response, error) {
	if c.conn == nil {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", c.addr)
		if err != nil {
			return nil, err
		}
		c.conn, c.in, c.lines = conn, bufio.NewReader(conn), bufio.NewReader(nil)
		c.end = context.AfterFunc(ctx, func() { _ = conn.Close() })
	}
	if _, err := c.conn.Write(request); err != nil {
		return nil, err
	}
	return http.ReadResponse(c.in, nil)
}

// stream asks for a stream and reads it to its end.
func (c *client) stream(ctx context.Context, request []byte, m marks) (timing, error) {
	start := time.Now()
	res, err := c.request(ctx, request)
	if err != nil {
		return timing{}, c.broken(err)
	}
	c.lines.Reset(res.Body)
	if res.StatusCode != http.StatusOK {
		body, _ := c.lines.Peek(300) // what there is
		return timing{}, c.broken(fmt.Errorf("%s: %s", res.Status, body))
	}
	var t timing
	for {
		line, err := c.lines.ReadSlice('\n')
		switch {
		case err == io.EOF && t.first > 0 && t.total > 0:
			return t, nil
		case err != nil && err != bufio.ErrBufferFull:
			return t, c.broken(fmt.Errorf("the stream ended before its time: %w", err))
		case t.first == 0 && m.in(line, m.first):
			t.first = time.Since(start)
		case m.in(line, m.last):
			t.total = time.Since(start)
		case m.in(line, m.failed):
			line, _ = c.lines.ReadSlice('\n')
			return t, c.broken(fmt.Errorf("the turn failed: %s", line))
		}
	}
}

// fetch asks for a whole answer and returns its body, which is valid until the next call.
func (c *client) fetch(ctx context.Context, request []byte, buf *bytes.Buffer) error {
	res, err := c.request(ctx, request)
	if err != nil {
		return c.broken(err)
	}
	buf.Reset()
	if _, err := buf.ReadFrom(res.Body); err != nil {
		return c.broken(err)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %.300s", res.Status, buf)
	}
	return nil
}

// broken closes the connection; the next request makes a new one.
func (c *client) broken(err error) error {
	c.close()
	return err
}

func (c *client) close() {
	if c.conn != nil {
		c.end()
		_ = c.conn.Close()
		c.conn = nil
	}
}
