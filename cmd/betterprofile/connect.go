package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/betterprofile/betterprofile/client"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/printable"
)

// connection is a client with the server behind it, if that runs in this process.
type connection struct {
	*client.Client
	url   string       // of a shared server; "local" for our own
	in    signIn       // to a shared server
	local *localServer // nil with a shared server
}

// connect makes a client of the configured server, or of our own.
func (a *app) connect(ctx context.Context) (*connection, error) {
	s, err := a.settings()
	if err != nil {
		return nil, err
	}
	for _, key := range s.unknown {
		a.warn("%s: unknown key %q is ignored%s", s.path, key, didYouMean(key))
	}
	if s.server.value == "" {
		return a.connectLocal(ctx, s)
	}
	conn := &connection{url: s.server.value}
	if _, err := a.clientFor(conn.url, ""); err != nil { // a bad address is told first, without being quoted
		return nil, err
	}
	conn.in, err = a.signIn(conn.url)
	a.signInHint = a.hintFor(conn.url, conn.in)
	if err != nil {
		return nil, err
	}
	if conn.in.token == "" {
		return nil, interview.Errorf(interview.CodeUnauthenticated, "You are not signed in to %s.", printable.Line(conn.url))
	}
	conn.Client, err = a.client(conn.url, conn.in)
	return conn, err
}

// connectLocal starts the server in this process.
func (a *app) connectLocal(ctx context.Context, s settings) (*connection, error) {
	local, err := startLocal(ctx, a, s)
	if err != nil {
		return nil, err
	}
	conn := &connection{url: "local", local: local}
	if conn.Client, err = client.New(local.URL, local.token, client.Options{UserAgent: userAgent()}); err != nil {
		conn.Close(ctx)
		return nil, err
	}
	return conn, nil
}

// signIn is a token for a server.
type signIn struct {
	token  string // empty: nobody is signed in
	where  string // it is, for people
	stored bool   // by the login command
	userID string // whose it is, if stored
}

// signIn returns the token for a server: of the environment, else of the last login.
func (a *app) signIn(server string) (signIn, error) {
	if token := a.env("BETTERPROFILE_TOKEN"); token != "" {
		return signIn{token: token, where: "BETTERPROFILE_TOKEN"}, nil
	}
	if path := a.env("BETTERPROFILE_TOKEN_FILE"); path != "" {
		b, err := os.ReadFile(path)
		if err != nil {
			return signIn{}, fmt.Errorf("BETTERPROFILE_TOKEN_FILE: %w", err)
		}
		return signIn{token: strings.TrimSpace(string(b)), where: "BETTERPROFILE_TOKEN_FILE"}, nil
	}
	store, err := a.credentials()
	if err != nil {
		return signIn{}, err
	}
	found, where, err := store.find(server)
	return signIn{token: found.Token, where: where, stored: found != credential{}, userID: found.UserID}, err
}

// client makes a client of a shared server. When its token is refused, it looks for one that somebody has signed in for since.
func (a *app) client(server string, in signIn) (*client.Client, error) {
	renew := func(string) string {
		now, err := a.signIn(server)
		if err != nil || now.userID != in.userID { // what is open belongs to whom it was opened for
			return ""
		}
		return now.token
	}
	return client.New(server, in.token, client.Options{UserAgent: userAgent(), Insecure: a.insecure, Renew: renew})
}

// clientFor makes a client of a shared server with just this token, or none.
func (a *app) clientFor(server, token string) (*client.Client, error) {
	return client.New(server, token, client.Options{UserAgent: userAgent(), Insecure: a.insecure})
}

func userAgent() string { return "betterprofile/" + buildVersion() }

// loginCommand is what to type to sign in to a server.
func (a *app) loginCommand(server string) string {
	if a.insecure {
		return "betterprofile login --insecure " + server
	}
	return "betterprofile login " + server
}

// hintFor says how to mend a sign-in that the server refuses.
func (a *app) hintFor(server string, in signIn) string {
	if in.token != "" && !in.stored {
		return "The token is that of " + in.where + ". Correct it, or unset it and sign in with: " + a.loginCommand(server)
	}
	return "Sign in with: " + a.loginCommand(server)
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
