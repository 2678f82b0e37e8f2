package openai

import (
	"context"
	"io"
	"net"
)

// conn is a connection to an endpoint. It sends the body of a request from where it lies, where net/http makes a buffer of the body's size
// each time, to read it into that. Below TLS it does nothing.
type conn struct{ *net.TCPConn }

// dial connects to an endpoint.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{Timeout: dialTime}).DialContext(ctx, network, address)
	if tcp, ok := c.(*net.TCPConn); ok {
		return conn{tcp}, nil
	}
	return c, err
}

// ReadFrom is how net/http sends a body.
func (c conn) ReadFrom(r io.Reader) (int64, error) {
	if limited, ok := r.(*io.LimitedReader); ok {
		if p, ok := limited.R.(*payload); ok {
			return p.WriteTo(c.TCPConn)
		}
	}
	return c.TCPConn.ReadFrom(r)
}
