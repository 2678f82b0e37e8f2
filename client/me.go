package client

import (
	"context"
	"net/http"

	"github.com/betterprofile/betterprofile/interview"
)

// Me returns the signed-in user, the server's engine, its limits and its version.
func (c *Client) Me(ctx context.Context) (interview.Me, error) {
	var me interview.Me
	err := c.do(ctx, call{method: http.MethodGet, path: path("me"), out: &me, safe: true})
	return me, err
}

// Ready returns nil when the server can do its work. It asks once: callers that wait for a server ask again themselves.
func (c *Client) Ready(ctx context.Context) error {
	var answer struct{ Status string }
	if err := c.do(ctx, call{method: http.MethodGet, path: "/readyz", out: &answer}); err != nil {
		return err
	}
	if answer.Status != "ok" {
		return c.notOurs()
	}
	return nil
}
