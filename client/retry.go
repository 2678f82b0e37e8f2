package client

import (
	"context"
	"errors"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

const (
	firstBackoff = 250 * time.Millisecond
	maxBackoff   = 5 * time.Second
)

// retry counts the tries of one request.
type retry struct {
	client *Client
	began  time.Time
	tries  int
}

func (c *Client) newRetry() *retry { return &retry{client: c, began: c.opts.Now()} }

// wait waits for the next try after err, and returns an error when there is none: err, or ctx's own.
func (r *retry) wait(ctx context.Context, err error) error {
	r.tries++
	if !passing(err) || r.tries >= r.client.opts.Tries {
		return err
	}
	pause := r.client.pause(r.tries, err)
	if r.client.opts.Now().Add(pause).Sub(r.began) > r.client.opts.RetryFor {
		return err
	}
	return r.client.opts.Sleep(ctx, pause)
}

// passing reports whether the same request may fare better in a while. A turn's own failure (model_unavailable, interrupted …) is an answer.
func passing(err error) bool {
	code := interview.ErrorCode(err)
	return code == interview.CodeUnavailable || code == interview.CodeRateLimited || errors.Is(err, errCut)
}

// pause is how long to wait after n failures: what the server asked for, else twice as long each time, of which a random half
// keeps clients apart.
func (c *Client) pause(n int, err error) time.Duration {
	if e := interview.AsError(err); e != nil && e.Details.RetryAfterSeconds > 0 {
		return time.Duration(e.Details.RetryAfterSeconds) * time.Second
	}
	backoff := min(firstBackoff<<min(n-1, 10), maxBackoff)
	return backoff/2 + time.Duration(c.opts.Random()*float64(backoff/2))
}

// sleep waits for d.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
