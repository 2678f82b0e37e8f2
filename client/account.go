package client

import (
	"context"
	"net/http"
)

// EraseUser removes the signed-in user with everything that is theirs, for good. When the answer is lost, the next request tells: it is unauthenticated.
// Errors: forbidden where the server does not do that.
func (c *Client) EraseUser(ctx context.Context) error {
	return c.do(ctx, call{method: http.MethodDelete, path: path("me")})
}
