package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

const (
	// maxAnswer bounds an answer, in bytes: a page of messages as long as they may be is under it.
	maxAnswer = 256 << 20
	// maxErrorAnswer bounds an answer that is an error, in bytes.
	maxErrorAnswer = 1 << 20
)

// call is one request of the API.
type call struct {
	method, path string
	query        url.Values
	body         any // sent as JSON unless nil; an upload as it is
	out          any // what a good answer is decoded into, unless nil
	safe         bool
	header       http.Header
	refusal      func(*http.Response) error // reads an answer that is an error; nil for the API's own form
}

// do makes the call, and makes it again while it is safe and there is hope.
func (c *Client) do(ctx context.Context, call call) error {
	again := c.newRetry()
	for {
		err := c.try(ctx, call)
		if again.tries > 0 && call.method == http.MethodDelete && interview.ErrorCode(err) == interview.CodeNotFound {
			return nil // a try before this one, whose answer was lost, has done it
		}
		if err == nil || !call.safe {
			return err
		}
		if waitErr := again.wait(ctx, err); waitErr != nil {
			return waitErr
		}
	}
}

// try makes the call once.
func (c *Client) try(ctx context.Context, call call) error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.opts.Timeout, errSlow{c.opts.Timeout})
	defer cancel()
	resp, err := c.send(ctx, call)
	if err != nil {
		return err
	}
	defer drain(resp.Body)
	if call.out == nil {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return c.unreachable(ctx, err)
	case len(body) > maxAnswer:
		return interview.Errorf(interview.CodeTooLarge, "The answer of %s is too long.", c.base.Host)
	case json.Unmarshal(body, call.out) != nil:
		return c.notOurs()
	}
	return nil
}

// send sends the request and returns a good answer, whose body the caller closes, or an error. When the token is refused and there is a newer
// one, it is sent again, unless it is an upload, of which a part may have been read.
func (c *Client) send(ctx context.Context, call call) (*http.Response, error) {
	token := c.session.current()
	resp, err := c.sendAs(ctx, call, token)
	if interview.ErrorCode(err) != interview.CodeUnauthenticated || call.refusal != nil || !c.session.renew(token, c.opts.Renew) {
		return resp, err
	}
	if _, isUpload := call.body.(upload); isUpload {
		return resp, err
	}
	return c.sendAs(ctx, call, c.session.current())
}

// sendAs sends the request once, with the token.
func (c *Client) sendAs(ctx context.Context, call call, token string) (*http.Response, error) {
	req, err := c.request(ctx, call, token)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		defer drain(resp.Body)
		if call.refusal != nil {
			return nil, call.refusal(resp)
		}
		return nil, c.refusal(resp)
	}
	return resp, nil
}

func (c *Client) request(ctx context.Context, call call, token string) (*http.Request, error) {
	var body io.Reader
	upload, isUpload := call.body.(upload)
	if isUpload {
		body = upload.Reader
	} else if call.body != nil {
		data, err := json.Marshal(call.body)
		if err != nil {
			return nil, fmt.Errorf("encode request: %w", err)
		}
		body = bytes.NewReader(data)
	}
	target := c.base.String() + call.path
	if len(call.query) > 0 {
		target += "?" + call.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, call.method, target, body)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	for name, values := range call.header {
		req.Header[name] = values
	}
	switch {
	case isUpload:
		req.Header.Set("Content-Type", upload.mediaType)
	case call.body != nil:
		req.Header.Set("Content-Type", "application/json")
	}
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	req.Header.Set("User-Agent", c.opts.UserAgent)
	return req, nil
}

// drain reads what little may be left, so that the connection can be used again, and closes the body.
func drain(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 64<<10) // what fails here fails nobody
	_ = body.Close()
}

// errSlow is the cause of a request's end when it took too long.
type errSlow struct{ after time.Duration }

func (e errSlow) Error() string { return fmt.Sprintf("no answer within %s", e.after) }

// ended returns ctx's error when it is the caller's doing that ctx ended, nil when it is ours or has not happened.
func ended(ctx context.Context) error {
	err := ctx.Err()
	if _, ours := errors.AsType[errSlow](context.Cause(ctx)); ours || err == nil {
		return nil
	}
	return err
}
