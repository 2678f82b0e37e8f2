package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/betterprofile/betterprofile/interview"
)

// conversationAnswer is the body of answers that are one conversation.
type conversationAnswer struct {
	Conversation interview.Conversation `json:"conversation"`
}

// CreateConversation makes a conversation and returns it with its messages. The id is made here when in has none, so that the request can be
// repeated safely. Errors: invalid, conflict when the id is taken.
func (c *Client) CreateConversation(ctx context.Context, in interview.ConversationInput) (interview.Conversation, error) {
	in, err := in.Normalize()
	if err != nil {
		return interview.Conversation{}, err
	}
	var answer conversationAnswer
	err = c.do(ctx, call{method: http.MethodPost, path: path("conversations"), body: in, out: &answer, safe: true})
	return answer.Conversation, err
}

// ListConversations returns a page of the user's conversations, each with Preview, without Messages. Errors: invalid.
func (c *Client) ListConversations(ctx context.Context, q interview.ConversationQuery) (interview.ConversationPage, error) {
	var page interview.ConversationPage
	q, err := q.Normalize()
	if err != nil {
		return page, err
	}
	query := pageQuery(q.Limit, q.Cursor)
	if q.Archived {
		query.Set("archived", "true")
	}
	if q.Text != "" {
		query.Set("q", q.Text)
	}
	err = c.do(ctx, call{method: http.MethodGet, path: path("conversations"), query: query, out: &page, safe: true})
	return page, err
}

// GetConversation returns a conversation with its newest messages, at most limit, oldest first; limit 0 is
// [interview.DefaultLimit]. Errors: not_found, invalid.
func (c *Client) GetConversation(ctx context.Context, id string, limit int) (interview.ConversationView, error) {
	var view interview.ConversationView
	err := c.do(ctx, call{
		method: http.MethodGet, path: path("conversations", id), query: pageQuery(limit, ""), out: &view, safe: true,
	})
	return view, err
}

// UpdateConversation changes what the patch names and returns the conversation without messages. Errors: not_found, invalid.
func (c *Client) UpdateConversation(ctx context.Context, id string, p interview.ConversationPatch) (interview.Conversation, error) {
	p, err := p.Normalize()
	if err != nil {
		return interview.Conversation{}, err
	}
	var answer conversationAnswer
	err = c.do(ctx, call{method: http.MethodPatch, path: path("conversations", id), body: p, out: &answer})
	return answer.Conversation, err
}

// DeleteConversation removes a conversation for good. Errors: not_found.
func (c *Client) DeleteConversation(ctx context.Context, id string) error {
	return c.do(ctx, call{method: http.MethodDelete, path: path("conversations", id), safe: true})
}

// Fork makes a new conversation of the messages before one of a conversation, and returns it with its newest messages. With in.Content the user's
// message comes last with that text, not answered yet: Retry has it answered. The id is made here when in has none, so that the request can be repeated
// safely. Errors: not_found; invalid, field messageId, for content in place of a message of the interviewer; conflict when the id is taken.
func (c *Client) Fork(ctx context.Context, conversationID string, in interview.ForkInput) (interview.Conversation, error) {
	in, err := in.Normalize()
	if err != nil {
		return interview.Conversation{}, err
	}
	var answer conversationAnswer
	err = c.do(ctx, call{
		method: http.MethodPost, path: path("conversations", conversationID, "fork"), body: in, out: &answer, safe: true,
	})
	return answer.Conversation, err
}

// Search returns a page of the messages that hold what the query asks for, newest first. It may hold less than was asked for, even nothing, while its
// NextCursor leads on. Errors: invalid.
func (c *Client) Search(ctx context.Context, q interview.SearchQuery) (interview.SearchPage, error) {
	var page interview.SearchPage
	q, err := q.Normalize()
	if err != nil {
		return page, err
	}
	query := pageQuery(q.Limit, q.Cursor)
	query.Set("q", q.Text)
	err = c.do(ctx, call{method: http.MethodGet, path: path("search"), query: query, out: &page, safe: true})
	return page, err
}

// ListMessages returns a page of messages, oldest first; without a cursor the newest. Errors: not_found, invalid.
func (c *Client) ListMessages(ctx context.Context, conversationID string, q interview.MessageQuery) (interview.MessagePage, error) {
	var page interview.MessagePage
	q, err := q.Normalize()
	if err != nil {
		return page, err
	}
	err = c.do(ctx, call{
		method: http.MethodGet, path: path("conversations", conversationID, "messages"), query: pageQuery(q.Limit, q.Cursor),
		out: &page, safe: true,
	})
	return page, err
}

// pageQuery is the query of a page; what is zero is left to the server.
func pageQuery(limit int, cursor interview.Cursor) url.Values {
	query := url.Values{}
	if limit != 0 {
		query.Set("limit", strconv.Itoa(limit))
	}
	if cursor != "" {
		query.Set("cursor", string(cursor))
	}
	return query
}
