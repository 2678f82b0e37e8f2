package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// ExportConversation returns one conversation as a file: "markdown" for people, the default for an empty format, or "json" with all that the API
// shows of it. It comes as it is read: an error of a Read means that the file is not whole. The caller closes it. Errors: invalid, field format; not_found.
func (c *Client) ExportConversation(ctx context.Context, id, format string) (io.ReadCloser, error) {
	f, err := interview.ExportFormat(format).Normalize()
	if err != nil {
		return nil, err
	}
	mediaType := "text/markdown"
	if f == interview.FormatJSON {
		mediaType = "application/json"
	}
	return c.download(ctx, mediaType, call{
		method: http.MethodGet, path: path("conversations", id, "export"), query: url.Values{"format": {string(f)}}, safe: true,
	})
}

// Export returns everything of the user, as [interview.ReadExport] reads it. It comes as it is read: an error of a Read, or the lack of its
// last line, means that the file is not whole. The caller closes it.
func (c *Client) Export(ctx context.Context) (io.ReadCloser, error) {
	return c.download(ctx, interview.ExportType, call{method: http.MethodGet, path: path("me", "export"), safe: true})
}

// Import sends an export back in, all of it or nothing. It is tried once, because a reader cannot go back; importing the same again changes nothing.
// Errors: invalid with Details.Line, conflict with Details.Line when an id is taken, too_large, and whatever r returns.
func (c *Client) Import(ctx context.Context, r io.Reader) (interview.ImportResult, error) {
	var result interview.ImportResult
	source := &sourced{Reader: r}
	resp, err := c.send(ctx, call{method: http.MethodPost, path: path("me", "import"), body: upload{source, interview.ExportType}})
	if err != nil {
		return result, cmp.Or(source.failure(), err)
	}
	defer drain(resp.Body)
	if json.NewDecoder(io.LimitReader(resp.Body, maxErrorAnswer)).Decode(&result) != nil {
		return result, c.notOurs()
	}
	return result, nil
}

// upload is a body that is sent as it is.
type upload struct {
	io.Reader
	mediaType string
}

// sourced notes how its reader failed.
type sourced struct {
	io.Reader
	mu  sync.Mutex // the body may still be on its way when the answer is there
	err error
}

// Read implements io.Reader.
func (s *sourced) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.err = err
	}
	return n, err
}

func (s *sourced) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// download makes a call whose answer may take as long as it likes, but not fall silent. It is tried again until the answer begins.
func (c *Client) download(ctx context.Context, mediaType string, call call) (io.ReadCloser, error) {
	call.header = http.Header{"Accept": {mediaType}}
	again := c.newRetry()
	for {
		body, err := c.tryDownload(ctx, mediaType, call)
		if err == nil {
			return body, nil
		}
		if waitErr := again.wait(ctx, err); waitErr != nil {
			return nil, waitErr
		}
	}
}

func (c *Client) tryDownload(ctx context.Context, mediaType string, call call) (io.ReadCloser, error) {
	watched, cancel := context.WithCancelCause(ctx)
	alarm := time.AfterFunc(c.opts.Silence, func() { cancel(errSlow{c.opts.Silence}) })
	d := &downloading{client: c, ctx: watched, cancel: cancel, alarm: alarm}
	resp, err := c.send(watched, call)
	if err == nil {
		d.body = resp.Body
		if got, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); got == mediaType {
			return d, nil
		}
		_ = resp.Body.Close()
		err = c.notOurs()
	}
	d.end()
	return nil, err
}

// downloading is a body on its way.
type downloading struct {
	client *Client
	ctx    context.Context
	cancel context.CancelCauseFunc
	alarm  *time.Timer
	body   io.ReadCloser
}

// Read implements io.Reader. Errors: unavailable when the connection was cut or fell silent; the context's own.
func (d *downloading) Read(p []byte) (int, error) {
	d.alarm.Reset(d.client.opts.Silence)
	n, err := d.body.Read(p)
	d.alarm.Stop()
	if err != nil && !errors.Is(err, io.EOF) {
		err = d.client.unreachable(d.ctx, err)
	}
	return n, err
}

// Close implements io.Closer.
func (d *downloading) Close() error {
	err := d.body.Close()
	d.end()
	return err
}

func (d *downloading) end() {
	d.alarm.Stop()
	d.cancel(nil)
}
