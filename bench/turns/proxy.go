package main

import (
	"context"
	"flag"
	"io"
	"net"
	"net/http"
	"time"
)

// runProxy serves a bare proxy: it passes on the request and the stream, and knows nothing.
func runProxy(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("proxy", flag.ExitOnError)
	addr := flags.String("addr", "127.0.0.1:0", "`address` to listen on")
	model := flags.String("model", "", "base `URL` of the model's endpoint")
	if err := flags.Parse(args); err != nil {
		return err
	}
	transport := &http.Transport{MaxIdleConns: 2000, MaxIdleConnsPerHost: 2000, DisableCompression: true}
	return serveHTTP(ctx, *addr, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pass(transport, *model+"/chat/completions", w, r)
	}))
}

// serveHTTP serves until ctx ends.
func serveHTTP(ctx context.Context, addr string, handler http.Handler) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(listener); ctx.Err() == nil {
		return err
	}
	return nil
}

func pass(transport *http.Transport, url string, w http.ResponseWriter, r *http.Request) {
	req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, url, r.Body)
	if err != nil {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	res, err := transport.RoundTrip(req)
	if err != nil {
		http.Error(w, "no model", http.StatusBadGateway)
		return
	}
	defer res.Body.Close()
	w.Header().Set("Content-Type", res.Header.Get("Content-Type"))
	control := http.NewResponseController(w)
	buf := make([]byte, 4<<10)
	for {
		n, err := res.Body.Read(buf)
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil || control.Flush() != nil {
				return
			}
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			panic(http.ErrAbortHandler)
		}
	}
}
