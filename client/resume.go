package client

import (
	"context"
	"encoding/json"
	"io"
	"net/http"

	"github.com/betterprofile/betterprofile/interview"
)

// Profile returns what is known of the user as the server has it: the JSON of a resume.Profile.
func (c *Client) Profile(ctx context.Context) (json.RawMessage, error) {
	var profile json.RawMessage
	err := c.do(ctx, call{method: http.MethodGet, path: path("profile"), out: &profile, safe: true})
	return profile, err
}

// Resume returns the user's résumé in a format of the server: "json" for JSON Resume, "markdown" or "html". It comes as it is read: an error of a Read means
// that it is not whole. The caller closes it. Errors: invalid, field format.
func (c *Client) Resume(ctx context.Context, format string) (io.ReadCloser, error) {
	switch format {
	case "json":
		return c.resume(ctx, "application/json", "resume.json")
	case "markdown":
		return c.resume(ctx, "text/markdown", "resume.md")
	case "html":
		return c.resume(ctx, "text/html", "resume.html")
	}
	return nil, interview.Invalid("format", "format must be json, markdown or html.")
}

func (c *Client) resume(ctx context.Context, mediaType, name string) (io.ReadCloser, error) {
	return c.download(ctx, mediaType, call{method: http.MethodGet, path: path("profile", name), safe: true})
}
