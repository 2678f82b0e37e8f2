package main

import (
	"context"
	"iter"
	"strings"

	"github.com/betterprofile/betterprofile/interview"
)

// minPrefix is the least of an id that may stand for it.
const minPrefix = 4

// conversations yields all conversations of a query, page by page.
func (c *connection) conversations(ctx context.Context, q interview.ConversationQuery) iter.Seq2[interview.Conversation, error] {
	return func(yield func(interview.Conversation, error) bool) {
		for {
			page, err := c.ListConversations(ctx, q)
			if err != nil {
				yield(interview.Conversation{}, err)
				return
			}
			for _, item := range page.Conversations {
				if !yield(item, nil) {
					return
				}
			}
			if q.Cursor = page.NextCursor; q.Cursor == "" {
				return
			}
		}
	}
}

// all yields the conversations, then the archived ones.
func (c *connection) all(ctx context.Context) iter.Seq2[interview.Conversation, error] {
	return func(yield func(interview.Conversation, error) bool) {
		for _, archived := range []bool{false, true} {
			for item, err := range c.conversations(ctx, interview.ConversationQuery{Limit: interview.MaxLimit, Archived: archived}) {
				if !yield(item, err) || err != nil {
					return
				}
			}
		}
	}
}

// latest is the id of the conversation that was used last, empty when there is none. Archived ones do not count.
func (c *connection) latest(ctx context.Context) (string, error) {
	var newest interview.Conversation
	for item, err := range c.conversations(ctx, interview.ConversationQuery{}) {
		if err != nil {
			return "", err
		}
		if item.UpdatedAt.After(newest.UpdatedAt.Time) {
			newest = item
		}
		if !item.Pinned { // pinned ones come first, then the newest
			break
		}
	}
	return newest.ID, nil
}

// resolve returns the id of the conversation that arg stands for: a whole id, the beginning of just one, or @last.
func (c *connection) resolve(ctx context.Context, arg string) (string, error) {
	if id, ok := interview.ParseID(arg); ok {
		return id, nil
	}
	if arg == "@last" {
		id, err := c.latest(ctx)
		if err == nil && id == "" {
			err = interview.Errorf(interview.CodeNotFound, "There is no conversation yet.")
		}
		return id, err
	}
	prefix := strings.ToLower(arg)
	if len(prefix) < minPrefix || strings.Trim(prefix, "0123456789abcdef-") != "" {
		return "", usagef("%q is not a conversation: give an id, at least %d characters of its beginning, or @last", arg, minPrefix)
	}
	var found string
	for item, err := range c.all(ctx) {
		switch {
		case err != nil:
			return "", err
		case !strings.HasPrefix(item.ID, prefix):
		case found != "":
			return "", usagef("%q is the beginning of several conversations: give more of the id", arg)
		default:
			found = item.ID
		}
	}
	if found == "" {
		return "", interview.Errorf(interview.CodeNotFound, "There is no conversation that begins with %s.", prefix)
	}
	return found, nil
}

// whole returns a conversation with its newest messages, limit of them or all when it is 0.
func (c *connection) whole(ctx context.Context, id string, limit int) (interview.Conversation, error) {
	page := interview.MaxLimit
	if limit > 0 {
		page = min(page, limit)
	}
	view, err := c.GetConversation(ctx, id, page)
	if err != nil {
		return interview.Conversation{}, err
	}
	pages := [][]interview.Message{view.Conversation.Messages} // newest page first
	n := len(view.Conversation.Messages)
	for cursor := view.NextCursor; cursor != "" && (limit == 0 || n < limit); {
		older, err := c.ListMessages(ctx, id, interview.MessageQuery{Limit: page, Cursor: cursor})
		if err != nil {
			return interview.Conversation{}, err
		}
		pages, n, cursor = append(pages, older.Messages), n+len(older.Messages), older.NextCursor
	}
	messages := make([]interview.Message, 0, n)
	for i := len(pages) - 1; i >= 0; i-- {
		messages = append(messages, pages[i]...)
	}
	if limit > 0 && len(messages) > limit {
		messages = messages[len(messages)-limit:]
	}
	view.Conversation.Messages = messages
	return view.Conversation, nil
}
