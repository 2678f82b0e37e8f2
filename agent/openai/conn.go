package openai

import (
	"bytes"
	"context"
	"io"
	"net"
)

// conn is a connection to an endpoint. It sends a request as one and from where it lies: net/http sends the head, and then the body out of a
// buffer that it makes for each. Below TLS it does nothing.
type conn struct {
	*net.TCPConn

	head []byte // of a request, until its body is sent
}

// dial connects to an endpoint.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{Timeout: dialTime}).DialContext(ctx, network, address)
	if tcp, ok := c.(*net.TCPConn); ok {
		return &conn{TCPConn: tcp}, nil
	}
	return c, err
}

// Write is how net/http sends the head of a request. That of a POST is held back, unless it says that there is no body: the body comes next.
func (c *conn) Write(b []byte) (int, error) {
	if c.head == nil && bytes.HasPrefix(b, []byte("POST ")) && bytes.HasSuffix(b, []byte("\r\n\r\n")) &&
		!bytes.Contains(b, []byte("\r\nContent-Length: 0\r\n")) {
		c.head = bytes.Clone(b)
		return len(b), nil
	}
	if err := c.send(); err != nil {
		return 0, err
	}
	return c.TCPConn.Write(b)
}

// ReadFrom is how net/http sends a body.
func (c *conn) ReadFrom(r io.Reader) (int64, error) {
	if limited, ok := r.(*io.LimitedReader); ok {
		if p, ok := limited.R.(*payload); ok {
			n, body := limited.N, p.Buffers
			p.Buffers = nil
			if err := c.send(body...); err != nil {
				return 0, err
			}
			return n, nil
		}
	}
	if err := c.send(); err != nil {
		return 0, err
	}
	return c.TCPConn.ReadFrom(r)
}

// send sends what was held back, and what comes after it.
func (c *conn) send(rest ...[]byte) error {
	parts := net.Buffers(rest)
	if c.head != nil {
		parts = append(net.Buffers{c.head}, rest...)
		c.head = nil
	}
	_, err := parts.WriteTo(c.TCPConn)
	return err
}
