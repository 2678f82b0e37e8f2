package orpc

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// events are those of a turn.
type events = iter.Seq2[interview.Event, error]

// sendMessage answers with the interviewer's reply, once it is whole.
func (h *handler) sendMessage(c *call) error {
	conversation, all, err := h.begin(c)
	if err != nil {
		return err
	}
	for ev, err := range all {
		if err != nil {
			return err
		}
		switch ev.Kind {
		case interview.EventCompleted:
			return c.out.value(map[string]any{"message": messageValue(*ev.Message), "conversationId": conversation})
		case interview.EventFailed, interview.EventCancelled:
			return endError(ev)
		}
	}
	return errEndedEarly()
}

// endError is the error of a turn that has ended without a whole reply.
func endError(ev interview.Event) error {
	switch {
	case ev.Kind == interview.EventCancelled:
		return interview.Errorf(interview.CodeConflict, "The turn was cancelled. Send the message again to have a reply.")
	case ev.Error != nil:
		return ev.Error
	}
	return interview.Errorf(interview.CodeInternal, "The turn failed.")
}

func errEndedEarly() error {
	return interview.Errorf(interview.CodeInterrupted, "The turn's events ended early. Load the conversation to see its end.")
}

// begin reads the input of a message and begins its turn, in a new conversation when it names none, and returns the conversation's id and the
// turn's events. A conversation made for a turn that could not begin is removed.
func (h *handler) begin(c *call) (conversation string, all events, err error) {
	f, err := readFields(c.input, false)
	if err != nil {
		return "", nil, err
	}
	text, conversation := f.message(), f.conversationID(true)
	if err := f.err(); err != nil {
		return "", nil, err
	}
	in, err := interview.TurnInput{Content: text}.Normalize()
	if err != nil {
		return "", nil, err
	}
	if err := h.opts.Limit(c.request, c.user); err != nil {
		return "", nil, err
	}
	if conversation != "" {
		all, err = h.send(c, c.user.ID, conversation, in)
		return conversation, all, err
	}
	quiet := false
	made, err := h.opts.Service.CreateConversation(c, c.user.ID, interview.ConversationInput{Opening: &quiet})
	if err != nil {
		return "", nil, err
	}
	if all, err = h.opts.Service.Send(c, c.user.ID, made.ID, in); err != nil {
		h.discard(c, c.user.ID, made.ID)
	}
	return made.ID, all, err
}

// discard removes a conversation, as far as that can be done.
func (h *handler) discard(ctx context.Context, userID, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = h.opts.Store.DeleteConversation(ctx, userID, id) // an empty conversation does little harm
}

// send begins a turn. The platform knows nothing of turns that run, such as that of a reader who has just left: the message waits for their end.
func (h *handler) send(ctx context.Context, userID, conversation string, in interview.TurnInput) (events, error) {
	patience, cancel := context.WithTimeout(ctx, h.opts.Patience)
	defer cancel()
	for {
		all, err := h.opts.Service.Send(ctx, userID, conversation, in)
		if interview.ErrorCode(err) != interview.CodeTurnInProgress || !h.waitForTurn(patience, userID, conversation) {
			return all, err
		}
	}
}

// waitForTurn waits for the end of the turn that runs in a conversation, and reports whether it has come.
func (h *handler) waitForTurn(ctx context.Context, userID, conversation string) bool {
	page, err := h.opts.Store.ListMessages(ctx, userID, conversation, interview.MessageQuery{Limit: interview.DefaultLimit})
	if err != nil {
		return false
	}
	running := slices.IndexFunc(page.Messages, func(m interview.Message) bool {
		return m.Turn != nil && m.Turn.Status == interview.TurnRunning
	})
	if running < 0 { // it has ended just now
		select {
		case <-time.After(10 * time.Millisecond):
			return true
		case <-ctx.Done():
			return false
		}
	}
	all, err := h.opts.Service.Follow(ctx, userID, conversation, page.Messages[running].ID, nil)
	if err != nil {
		return false
	}
	for ev, err := range all {
		if err != nil || ev.Ends() {
			return err == nil
		}
	}
	return false
}
