package orpc

import (
	"fmt"

	"github.com/betterprofile/betterprofile/interview"
)

// listConversations answers with a page of all of the user's conversations, also those that are archived with us: the platform knows nothing of that.
func (h *handler) listConversations(c *call) error {
	f, err := readFields(c.input, true)
	if err != nil {
		return err
	}
	limit := f.limit()
	cursor, _ := f.text("cursor", true)
	if err := f.err(); err != nil {
		return err
	}
	q, err := interview.ConversationQuery{Limit: limit, Cursor: interview.Cursor(cursor), Recent: true}.Normalize()
	if err != nil {
		return err
	}
	page, err := h.opts.Store.ListConversations(c, c.user.ID, q)
	if err != nil {
		return err
	}
	conversations := make([]any, len(page.Conversations))
	for i, one := range page.Conversations {
		conversations[i] = conversationValue(one)
	}
	var next any
	if page.NextCursor != "" {
		next = string(page.NextCursor)
	}
	return c.out.value(map[string]any{"conversations": conversations, "nextCursor": next})
}

// getConversation answers with a conversation and all its messages, however many, a few at a time.
func (h *handler) getConversation(c *call) error {
	f, err := readFields(c.input, false)
	if err != nil {
		return err
	}
	id := f.conversationID(false)
	if err := f.err(); err != nil {
		return err
	}
	view, err := h.opts.Store.GetConversation(c, c.user.ID, id, 1)
	if err != nil {
		return err
	}
	e := encoder{path: []byte(`,"conversation"`)}
	if err := e.value(conversationValue(view.Conversation)); err != nil {
		return fmt.Errorf("encoding a conversation: %w", err)
	}
	_, _ = fmt.Fprintf(c.out, `{"json":{"conversation":%s,"messages":[`, e.json[:len(e.json)-1]) // a write that fails fails again
	count, err := h.writeMessages(c, id)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(c.out, `]}},"meta":[%s`, e.meta[1:])
	for i := range count {
		if _, err := fmt.Fprintf(c.out, `,[%d,"conversation","messages",%d,"createdAt"]`, kindDate, i); err != nil {
			return err
		}
	}
	_, err = c.out.Write([]byte("]}"))
	return err
}

// writeMessages writes a conversation's messages and returns how many there were.
func (h *handler) writeMessages(c *call, id string) (count int, err error) {
	var e encoder
	err = h.opts.Store.EachMessage(c, c.user.ID, id, func(m interview.Message) error {
		e.json, e.meta = e.json[:0], e.meta[:0]
		if count > 0 {
			e.json = append(e.json, ',')
		}
		count++
		if err := e.value(messageValue(m)); err != nil {
			return fmt.Errorf("encoding a message: %w", err)
		}
		_, err := c.out.Write(e.json)
		return err
	})
	return count, err
}

// conversationValue is a conversation as the platform knows it, without messages.
func conversationValue(c interview.Conversation) map[string]any {
	v := map[string]any{"id": c.ID, "userId": c.UserID, "createdAt": c.CreatedAt, "updatedAt": c.UpdatedAt}
	if c.Title != "" {
		v["title"] = c.Title
	}
	return v
}

// messageValue is a message as the platform knows it.
func messageValue(m interview.Message) map[string]any {
	v := map[string]any{
		"id": m.ID, "conversationId": m.ConversationID, "role": string(m.Role), "content": m.Content, "createdAt": m.CreatedAt,
	}
	if len(m.Metadata) > 0 && string(m.Metadata) != "null" {
		v["metadata"] = m.Metadata
	}
	return v
}
