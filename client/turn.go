package client

import (
	"context"
	"iter"
	"net/http"

	"github.com/betterprofile/betterprofile/interview"
)

// Send sends the user's message and yields the events of its turn: started, then deltas, then the one that ends it. The turn's id is made here when in has
// none; take care of it to be able to ask again. Sending is repeated until the message is known to be stored, and a stream that is
// cut is resumed after one reconnecting event: the deltas from the newest replace on, put together, are the reply whatever happened between.
//
// An error ends the sequence: invalid, not_found, conflict, turn_in_progress, rate_limited, unavailable, interrupted when the
// stream was cut too often without anything new, or ctx's own. The turn goes on at the server when the loop is left.
func (c *Client) Send(ctx context.Context, conversationID string, in interview.TurnInput) iter.Seq2[interview.Event, error] {
	return func(yield func(interview.Event, error) bool) {
		in, err := in.Normalize()
		if err != nil {
			yield(interview.Event{}, err)
			return
		}
		f := c.follower(ctx, conversationID, in.ID, yield)
		f.first = &call{method: http.MethodPost, path: path("conversations", conversationID, "messages"), body: in, safe: true}
		f.run()
	}
}

// Events joins a turn and yields its events, from its beginning when after is nil, else those that come after that place. It ends, resumes and
// fails as Send does.
func (c *Client) Events(ctx context.Context, conversationID, messageID string, after *interview.EventID) iter.Seq2[interview.Event, error] {
	return func(yield func(interview.Event, error) bool) {
		f := c.follower(ctx, conversationID, messageID, yield)
		if after != nil {
			at := *after
			f.last, f.started = &at, true
		}
		f.run()
	}
}

// Retry runs an ended turn again and yields its events as Send does. It is not repeated by itself before the turn has started: whoever
// gets unavailable then can join the turn with Events. Errors also: conflict when the turn's state does not allow it.
func (c *Client) Retry(ctx context.Context, conversationID, messageID string) iter.Seq2[interview.Event, error] {
	return func(yield func(interview.Event, error) bool) {
		f := c.follower(ctx, conversationID, messageID, yield)
		f.first = &call{method: http.MethodPost, path: path("conversations", conversationID, "messages", messageID, "retry")}
		f.run()
	}
}

// Cancel stops a running turn and returns the user's message with its turn, which is nil when the reply was completed after all. Errors:
// not_found; conflict with Details.Status when it is not running.
func (c *Client) Cancel(ctx context.Context, conversationID, messageID string) (interview.Message, error) {
	var answer struct {
		Message interview.Message `json:"message"`
	}
	err := c.do(ctx, call{
		method: http.MethodPost, path: path("conversations", conversationID, "messages", messageID, "cancel"), out: &answer,
	})
	return answer.Message, err
}
