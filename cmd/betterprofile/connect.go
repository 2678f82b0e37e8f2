package main

import (
	"context"
	"time"

	"github.com/betterprofile/betterprofile/client"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

// connection is a client with the server behind it, if that runs in this process.
type connection struct {
	*client.Client
	url   string       // of a shared server; "local" for our own
	local *localServer // nil with a shared server
}

// connect makes a client of the configured server, or of our own.
func (a *app) connect(ctx context.Context) (*connection, error) {
	s, err := a.settings()
	if err != nil {
		return nil, err
	}
	for _, key := range s.unknown {
		a.warn("%s: unknown key %q is ignored", s.path, key)
	}
	url, token := s.server.value, s.token.value
	conn := &connection{url: url}
	if url == "" {
		if conn.local, err = startLocal(ctx, a, s); err != nil {
			return nil, err
		}
		conn.url, url, token = "local", conn.local.URL, conn.local.token
	} else if token == "" {
		return nil, interview.Errorf(interview.CodeUnauthenticated, "No token for %s.", printable.Line(url))
	}
	conn.Client, err = client.New(url, token, client.Options{UserAgent: "betterprofile/" + buildVersion()})
	if err != nil {
		conn.Close(ctx)
		return nil, err
	}
	return conn, nil
}

// Close lets go of the server; our own is stopped.
func (c *connection) Close(ctx context.Context) {
	if c.local == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = c.local.Close(ctx) // nothing is lost: what was acknowledged is stored
}

// with runs f with a connection.
func (a *app) with(ctx context.Context, f func(context.Context, *connection) error) error {
	conn, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return f(ctx, conn)
}
