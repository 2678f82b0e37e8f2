package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/lib/pq"
)

// message is a stored message as JSON.
type message struct {
	ID             string          `json:"id"`
	ConversationID string          `json:"conversationId"`
	Role           string          `json:"role"`
	Content        string          `json:"content"`
	Metadata       json.RawMessage `json:"metadata,omitempty"`
	CreatedAt      time.Time       `json:"createdAt"`
}

// send stores the user's message, lets the model reply, and stores the reply. The reader gets it as it comes.
func (f *floor) send(w http.ResponseWriter, r *http.Request) {
	asked := message{ConversationID: r.PathValue("id"), Role: "user", CreatedAt: now()}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		http.Error(w, "invalid", http.StatusBadRequest)
		return
	}
	ctx := context.WithoutCancel(r.Context()) // the turn goes on when its reader leaves
	result, err := f.begin.ExecContext(ctx, asked.ID, asked.ConversationID, asked.Content, asked.CreatedAt, f.user)
	if err != nil {
		http.Error(w, "not stored", status(err))
		return
	}
	if n, _ := result.RowsAffected(); n == 0 {
		http.Error(w, "not_found", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	out := &stream{w: w, flusher: w.(http.Flusher)}
	out.event("", "started", map[string]any{"message": asked, "conversationId": asked.ConversationID, "attempt": 1})
	out.flusher.Flush()
	reply := message{ID: newID(), ConversationID: asked.ConversationID, Role: "assistant"}
	if reply.Content, err = f.ask(ctx, asked.Content, out); err == nil {
		reply.CreatedAt = now()
		_, err = f.finish.ExecContext(ctx, reply.ID, reply.ConversationID, reply.Content, reply.CreatedAt, asked.ID)
	}
	if err != nil {
		out.event("", "failed", map[string]any{"error": map[string]string{"code": "internal", "message": "The turn failed."}})
		return
	}
	out.event("", "completed", map[string]any{"message": reply, "conversationId": reply.ConversationID, "userMessage": asked})
}

// ask reads the model's reply and passes it on.
func (f *floor) ask(ctx context.Context, content string, out *stream) (string, error) {
	body, err := json.Marshal(map[string]any{
		"model": "floor", "stream": true, "messages": []map[string]string{{"role": "user", "content": content}},
	})
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.model, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := f.client.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var text strings.Builder
	in := bufio.NewReader(res.Body)
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return "", err
		}
		data, isData := bytes.CutPrefix(line, []byte("data: "))
		if isData && bytes.HasPrefix(data, []byte("[DONE]")) {
			_, _ = in.Discard(1 << 10) // the end of the response, so that the connection is used again
			return text.String(), nil
		}
		if isData {
			if err := out.delta(data, &text); err != nil {
				return "", err
			}
		}
		if in.Buffered() == 0 {
			out.flusher.Flush()
		}
	}
}

// stream is the answer. What cannot be written is lost: the reader has left.
type stream struct {
	w       http.ResponseWriter
	flusher http.Flusher
}

func (s *stream) event(id, name string, data any) {
	b, _ := json.Marshal(data) // maps and texts
	if id != "" {
		id = "id: " + id + "\n"
	}
	_, _ = fmt.Fprintf(s.w, "%sevent: %s\ndata: %s\n\n", id, name, b)
}

// delta passes on the text of one of the model's chunks.
func (s *stream) delta(chunk []byte, text *strings.Builder) error {
	var c struct {
		Choices []struct {
			Delta struct {
				Content string `json:"content"`
			} `json:"delta"`
		} `json:"choices"`
	}
	if err := json.Unmarshal(chunk, &c); err != nil || len(c.Choices) == 0 || c.Choices[0].Delta.Content == "" {
		return err
	}
	piece := c.Choices[0].Delta.Content
	text.WriteString(piece)
	s.event(fmt.Sprintf("1.%d", text.Len()), "delta", map[string]string{"text": piece})
	return nil
}

// status is the answer to a statement that failed: the id is known, or another turn is running.
func status(err error) int {
	switch {
	case pq.As(err, "23505") != nil:
		return http.StatusConflict
	case pq.As(err, "22P02") != nil:
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}

func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// newID makes a UUID of version 7: milliseconds, then random bits (RFC 9562 §5.7).
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[6:]) // never fails
	ms := time.Now().UnixMilli()
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	b[6], b[8] = b[6]&0x0f|0x70, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
