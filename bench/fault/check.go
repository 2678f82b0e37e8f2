package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

// row is a message as the database has it.
type row struct {
	id, role, content string
	at                time.Time
}

// turnRow is a turn as the database has it.
type turnRow struct {
	status, code string
	reply        string // id of the reply's message, empty without one
	attempt      int
	engine       string
}

// check compares what was said with what is stored: in the database, and as the API shows it.
func (r *rig) check(ctx context.Context) error {
	for _, c := range r.conversations {
		rows, err := r.rows(ctx, c)
		if err != nil {
			return err
		}
		turns, err := r.turns(ctx, c)
		if err != nil {
			return err
		}
		r.report.turns += len(c.messages)
		for _, m := range c.messages {
			r.checkMessage(m, rows, turns)
		}
		r.checkOrder(c, rows)
		if err := r.checkAPI(ctx, c, rows); err != nil {
			return err
		}
	}
	return nil
}

func (r *rig) rows(ctx context.Context, c *conversation) (all []row, err error) {
	rows, err := r.db.QueryContext(ctx,
		`select id, role, content, created_at from messages where conversation_id = $1 order by created_at, id`, c.id)
	if err != nil {
		return nil, fmt.Errorf("reading the messages: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var m row
		if err := rows.Scan(&m.id, &m.role, &m.content, &m.at); err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, rows.Err()
}

func (r *rig) turns(ctx context.Context, c *conversation) (map[string]turnRow, error) {
	rows, err := r.db.QueryContext(ctx,
		`select message_id, status, coalesce(error_code, ''), coalesce(reply_id::text, ''), attempt, coalesce(engine, '') from turns where conversation_id = $1`, c.id)
	if err != nil {
		return nil, fmt.Errorf("reading the turns: %w", err)
	}
	defer rows.Close()
	all := map[string]turnRow{}
	for rows.Next() {
		var id string
		var t turnRow
		if err := rows.Scan(&id, &t.status, &t.code, &t.reply, &t.attempt, &t.engine); err != nil {
			return nil, err
		}
		all[id] = t
	}
	return all, rows.Err()
}

// checkMessage looks for one message, its turn and its reply.
func (r *rig) checkMessage(m *message, rows []row, turns map[string]turnRow) {
	if !m.acknowledged() {
		r.report.find(stuck, m.subject(), "not acknowledged in time")
		return
	}
	find := func(k kind, format string, args ...any) { r.report.find(k, m.subject(), format, args...) }
	copies, at := 0, -1
	for i, stored := range rows {
		if stored.role == "user" && stored.content == m.text {
			copies++
		}
		if stored.role == "user" && stored.id == m.id {
			at = i
		}
	}
	turn, begun := turns[m.id]
	switch {
	case at < 0:
		find(lost, "not in the database")
		return
	case rows[at].content != m.text:
		find(lost, "stored with another text")
		return
	case !begun:
		find(lost, "stored without a turn")
		return
	case turn.status == "running":
		find(stuck, "running in attempt %d, %s after the last fault", turn.attempt, r.settle)
		return
	case turn.status != "completed":
		find(lost, "%s with %s", turn.status, turn.code)
		return
	}
	if copies > 1 {
		find(doubled, "%d user messages with its text", copies)
	}
	r.checkReply(m, turn, rows[at+1:])
}

// checkReply looks at what comes after a message.
func (r *rig) checkReply(m *message, turn turnRow, after []row) {
	find := func(k kind, format string, args ...any) { r.report.find(k, m.subject(), format, args...) }
	replies := 0
	for replies < len(after) && after[replies].role == "assistant" {
		replies++
	}
	switch {
	case replies == 0:
		find(lost, "completed without a reply after it")
		return
	case replies > 1:
		find(doubled, "%d replies", replies)
	}
	reply := after[0]
	if reply.id != turn.reply {
		find(differing, "its turn names another reply than the one after it")
	}
	recap := turn.engine == "builtin" && r.model.asked(m.text) == 0 // recaps are made of the messages, without the model
	if !recap && !r.model.said(m.text, reply.content) {
		find(differing, "the stored reply is none of the model's %d: %q", r.model.asked(m.text), interview.FirstRunes(reply.content, 60))
	}
	for _, read := range m.read {
		if read != reply.content {
			find(differing, "a reader has %d bytes that are not the %d stored", len(read), len(reply.content))
		}
	}
}

// checkOrder looks at the conversation as a whole: what was sent, in that order, and nothing else.
func (r *rig) checkOrder(c *conversation, rows []row) {
	sent := map[string]int{}
	for i, m := range c.messages {
		sent[m.id] = i
	}
	subject, newest := fmt.Sprintf("conversation %d (%s)", c.number, c.id), -1
	for i, stored := range rows {
		if i > 0 && stored.at.Sub(rows[i-1].at) < time.Millisecond {
			r.report.find(doubled, subject, "row %d is less than 1 ms after the one before", i)
		}
		if stored.role != "user" {
			continue
		}
		n, known := sent[stored.id]
		switch {
		case !known:
			r.report.find(doubled, subject, "a user message that was never sent: %s", stored.id)
		case n <= newest:
			r.report.find(doubled, subject, "message %d stands after message %d", n, newest)
		}
		newest = max(newest, n)
	}
}

// checkAPI compares what each server shows with what the database has.
func (r *rig) checkAPI(ctx context.Context, c *conversation, rows []row) error {
	for _, s := range r.servers {
		shown, err := r.history(ctx, s, c)
		if err != nil {
			return fmt.Errorf("reading a conversation from %s: %w", s.name, err)
		}
		same := len(shown) == len(rows)
		for i := 0; same && i < len(rows); i++ {
			same = shown[i].ID == rows[i].id && string(shown[i].Role) == rows[i].role && shown[i].Content == rows[i].content
		}
		if !same {
			r.report.find(differing, fmt.Sprintf("conversation %d (%s)", c.number, c.id), "%s shows %d messages, the database has %d, and not all are the same",
				s.name, len(shown), len(rows))
		}
	}
	return nil
}

// history reads a whole conversation, oldest first.
func (r *rig) history(ctx context.Context, s *replica, c *conversation) ([]interview.Message, error) {
	var all []interview.Message
	for cursor := ""; ; {
		path := "/api/v1/conversations/" + c.id + "/messages?limit=200"
		if cursor != "" {
			path += "&cursor=" + cursor
		}
		page, err := r.page(ctx, s, path)
		if answer, ok := errors.AsType[refusal](err); ok && answer.excused() && pause(ctx, lookEvery) == nil && !s.dead() {
			continue // connections that the pool has left from before a fault
		}
		if err != nil {
			return nil, err
		}
		all = append(page.Messages, all...)
		if cursor = page.NextCursor; cursor == "" {
			return all, nil
		}
	}
}
