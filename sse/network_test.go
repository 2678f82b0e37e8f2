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
		responses := 0
		ask := serve(t, protocols()["HTTP/1"], func(w *sse.Writer) error {
			if responses++; responses > 1 {
				time.Sleep(time.Minute) // the clock of the bubble
				return nil
			}
			w.KeepDeadline()
			for range 3 {
				if err := errors.Join(w.Event("", "", []byte("late")), w.Flush()); err != nil {
					return err
				}
				time.Sleep(time.Minute)
			}
			return errors.Join(w.Event("", "", []byte("last")), w.End())
		})
		if events, err := collect(ask()); err != nil || len(events) != 4 || events[3].Data != "last" {
			t.Errorf("got %+v, %v", events, err)
		}
		if events, err := collect(ask()); err != nil || len(events) != 0 || responses != 2 {
			t.Errorf("the next response: got %+v, %v", events, err)
		}
	})
}

// A last event that nobody reads is not waited for longer than any other.
func TestWriter_EndHasADeadline(t *testing.T) {
	t.Parallel()
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				body := get(t, protocol, func(w *sse.Writer) error {
					data := make([]byte, 4<<20) // more than may be under way
					if name == "HTTP/1" {
						w.KeepDeadline()
						data = data[:1<<10] // what package http sends off
					}
					if err := errors.Join(w.Comment(""), w.Flush()); err != nil {
						return err
					}
					_ = errors.Join(w.Event("", "", data), w.End()) // the reader notices
					return nil
				})
				time.Sleep(writeTimeout + time.Second)
				synctest.Wait()
				if _, err := io.Copy(io.Discard, body); err == nil {
					t.Error("an event that was not read in time arrived whole")
				}
			})
		})
	}
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
	return serve(t, protocol, stream)()
}

// serve starts a server in the test's bubble that answers with stream. What it returns asks for a response, always on the same connection, and
// returns the body once the headers have come.
func serve(t *testing.T, protocol *http.Protocols, stream func(w *sse.Writer) error) func() io.Reader {
	t.Helper()
	ln := pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	srv := &http.Server{Protocols: protocol, Handler: http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		sse.Headers(rw.Header())
		if err := stream(sse.NewWriter(rw, writeTimeout)); err != nil {
			t.Errorf("stream: %v", err)
		}
	})}
	go srv.Serve(ln) //nolint:errcheck // ends with the test
	client, err := ln.dial(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	dial := func(context.Context, string, string) (net.Conn, error) {
		c := client
		if client = nil; c == nil {
			return nil, errors.New("a second connection")
		}
		return c, nil
	}
	transport := &http.Transport{Protocols: protocol, DialContext: dial} // no proxy: nothing leaves the process
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		srv.Close()
	})
	return func() io.Reader {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://server/", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		return bufio.NewReader(resp.Body)
	}
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
