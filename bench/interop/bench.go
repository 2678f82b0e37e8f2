package main

import (
	"context"
	"crypto/rand"
	"net"
	"slices"

	"github.com/betterprofile/betterprofile/agent/openai/openaitest"
)

// bench is what one suite runs on: a database, and the servers on it.
type bench struct {
	env      []string // for the suite's scripts
	children []*child
	model    *openaitest.Server // nil for none
}

// openBench makes a database, lets the platform make its tables where the suite says so, and starts the servers.
func (l *lab) openBench(ctx context.Context, s suite) (b *bench, err error) {
	b = &bench{}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	dsn, err := l.cluster.Database()
	if err != nil {
		return b, err
	}
	var server, platform, failing string
	for _, url := range []*string{&server, &platform, &failing} {
		if *url, err = freeURL(); err != nil {
			return b, err
		}
	}
	common := []string{"DATABASE_URL=" + dsn, "BETTER_AUTH_SECRET=" + rand.Text() + rand.Text()}
	b.env = slices.Concat(common, []string{"SERVER_URL=" + server, "PLATFORM_URL=" + platform, "FAILING_URL=" + failing}, s.env)
	if s.platform != "" {
		if err := l.script(ctx, s.name+"-tables", b.env, "platform.mjs", "tables"); err != nil {
			return b, err
		}
	}
	if s.instead {
		b.env = append(b.env, "SERVER_URL="+platform) // the last one counts
		return b, b.add(l.startPlatform(ctx, s.name+"-platform", b.env, platform))
	}
	ours := append(common, "BETTER_AUTH_TRUSTED_ORIGINS="+platform)
	if err := b.add(l.startServer(ctx, s.name+"-server", ours, server)); err != nil || !s.model {
		return b, err
	}
	if b.model, err = startModel(); err != nil {
		return b, err
	}
	ours = append(ours, "OPENAI_BASE_URL="+b.model.URL(), "BETTERPROFILE_ENGINE=openai")
	return b, b.add(l.startServer(ctx, s.name+"-failing", ours, failing))
}

// startModel starts a model that fails when a message asks for it: "[fake:NAME]".
func startModel() (*openaitest.Server, error) {
	text := "Thank you, that helps. What did you do there?"
	reply := func(openaitest.Request) openaitest.Reply { return openaitest.Reply{Text: text, Rate: 50} }
	return openaitest.Start("127.0.0.1:0", openaitest.Default(reply), openaitest.Directives(), openaitest.Unrecorded())
}

func (b *bench) add(c *child, err error) error {
	if c != nil {
		b.children = append(b.children, c)
	}
	return err
}

// close ends the servers.
func (b *bench) close() {
	for _, c := range b.children {
		c.stop()
	}
	if b.model != nil {
		b.model.Close()
	}
}

// freeURL returns the URL of a port that nobody listens on.
func freeURL() (string, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return "http://" + listener.Addr().String(), listener.Close()
}
