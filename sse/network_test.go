package sse_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/betterprofile/betterprofile/sse"
)

// protocols are the two ways a stream travels; their write deadlines differ.
func protocols() map[string]*http.Protocols {
	var h1, h2 http.Protocols
	h1.SetHTTP1(true)
	h2.SetUnencryptedHTTP2(true)
	return map[string]*http.Protocols{"HTTP/1": &h1, "HTTP/2": &h2}
}

func TestWriter_QuietStreamOutlivesItsDeadline(t *testing.T) {
	t.Parallel()
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				body := get(t, protocol, func(w *sse.Writer) error {
					if err := errors.Join(w.Comment(""), w.Flush()); err != nil {
						return err
					}
					time.Sleep(time.Minute) // the clock of the bubble
					return errors.Join(w.Event("", "", []byte("late")), w.Flush())
				})
				events, err := collect(body)
				if err != nil || len(events) != 1 || events[0].Data != "late" {
					t.Errorf("got %+v, %v", events, err)
				}
			})
		})
	}
}

// The deadline that stood is neither that of a late write nor that of the connection's next response.
func TestWriter_KeptDeadlineHarmsNothingLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		body := get(t, protocols()["HTTP/1"], func(w *sse.Writer) error {
			w.KeepDeadline()
			for range 3 {
				if err := errors.Join(w.Event("", "", []byte("late")), w.Flush()); err != nil {
					return err
				}
				time.Sleep(time.Minute)
			}
			w.Lift()
			time.Sleep(time.Minute)
			return nil
		})
		if events, err := collect(body); err != nil || len(events) != 3 {
			t.Errorf("got %+v, %v", events, err)
		}
	})
}

func TestWriter_ReaderThatStopsReadingHitsTheDeadline(t *testing.T) {
	t.Parallel()
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ended := make(chan error, 1)
				start := time.Now()
				get(t, protocol, func(w *sse.Writer) error {
					var err error
					for err == nil {
						err = errors.Join(w.Event("", "delta", make([]byte, 1<<20)), w.Flush())
					}
					ended <- err
					return nil
				})
				if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("got %v, want os.ErrDeadlineExceeded", err)
				}
				if got := time.Since(start); got != writeTimeout {
					t.Errorf("the writer was held for %v, want %v", got, writeTimeout)
				}
			})
		})
	}
}

// writeTimeout is that of the writers made by get.
const writeTimeout = 10 * time.Second

// get starts a server in the test's bubble that answers with stream, and returns the body of a response whose headers have come.
func get(t *testing.T, protocol *http.Protocols, stream func(w *sse.Writer) error) io.Reader {
	t.Helper()
	ln := pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	srv := &http.Server{Protocols: protocol, Handler: http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		sse.Headers(rw.Header())
		if err := stream(sse.NewWriter(rw, writeTimeout)); err != nil {
			t.Errorf("stream: %v", err)
		}
	})}
	go srv.Serve(ln)                                                        //nolint:errcheck // ends with the test
	transport := &http.Transport{Protocols: protocol, DialContext: ln.dial} // no proxy: nothing leaves the process
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://server/", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		resp.Body.Close()
		transport.CloseIdleConnections()
		srv.Close()
	})
	return bufio.NewReader(resp.Body)
}

// pipeListener hands out connections that live in memory.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l pipeListener) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	l.conns <- server
	return client, nil
}

func (l pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l pipeListener) Close() error   { close(l.closed); return nil }
func (l pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }
