package main

import (
	"database/sql"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/agent/openai/openaitest"
	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/sse"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// start serves the floor on a database of the test's with one conversation.
func start(t *testing.T) (url, conversation string, db *sql.DB) {
	t.Helper()
	model := openaitest.New(t, openaitest.Default(func(openaitest.Request) openaitest.Reply {
		return openaitest.Say("What came\nfirst, and why?")
	}))
	f, err := open(t.Context(), options{
		database: storagetest.Postgres(t), model: model.URL(), token: "secret", user: "ada", conns: 4, init: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.db.Close() })
	server := httptest.NewServer(f.handler())
	t.Cleanup(server.Close)
	conversation = newID()
	_, err = f.db.ExecContext(t.Context(), `insert into conversations (id, user_id, created_at, updated_at) values ($1, 'ada', now(), now())`, conversation)
	if err != nil {
		t.Fatal(err)
	}
	return server.URL + "/api/v1/conversations", conversation, f.db
}

// call sends a request with the token and returns the answer's status and body.
func call(t *testing.T, method, url, token, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func TestFloor_TurnIsStreamedAndBothMessagesAreStored(t *testing.T) {
	t.Parallel()
	url, conversation, db := start(t)
	id := newID()
	status, body := call(t, http.MethodPost, url+"/"+conversation+"/messages", "secret", `{"id":"`+id+`","content":"I am a nurse."}`)
	if status != http.StatusOK {
		t.Fatal(status, body)
	}
	var kinds []string
	for event, err := range sse.Read(strings.NewReader(body)) {
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, event.Type)
	}
	if got := strings.Join(slices.Compact(kinds), " "); got != "started delta completed" {
		t.Errorf("events %q, want started, deltas, completed", got)
	}
	var question, answer, state string
	err := db.QueryRowContext(t.Context(), `select u.content, r.content, t.status from turns t
		join messages u on u.id = t.message_id join messages r on r.id = t.reply_id where t.message_id = $1`, id).Scan(&question, &answer, &state)
	if err != nil || question != "I am a nurse." || answer != "What came\nfirst, and why?" || state != "completed" {
		t.Errorf("stored %q, %q, %q, %v", question, answer, state, err)
	}
	var moved, held bool
	err = db.QueryRowContext(t.Context(), `select c.updated_at = t.created_at, t.lease_owner is not null from turns t
		join conversations c on c.id = t.conversation_id where t.message_id = $1`, id).Scan(&moved, &held)
	if err != nil || !moved || held {
		t.Errorf("the conversation's place in the list moved: %v, an ended turn is held: %v, %v", moved, held, err)
	}
	if status, _ = call(t, http.MethodPost, url+"/"+conversation+"/messages", "secret", `{"id":"`+id+`","content":"again"}`); status != http.StatusConflict {
		t.Errorf("a known id: status %d, want 409", status)
	}
	if status, body = call(t, http.MethodGet, url+"/"+conversation+"/messages", "secret", ""); status != http.StatusOK || strings.Count(body, `"role"`) != 2 {
		t.Errorf("messages: %d %s", status, body)
	}
	if status, body = call(t, http.MethodGet, url, "secret", ""); status != http.StatusOK || !strings.Contains(body, `"preview":"What came`) {
		t.Errorf("conversations: %d %s", status, body)
	}
}

func TestFloor_RefusesStrangersAndWhatIsNotThere(t *testing.T) {
	t.Parallel()
	url, conversation, _ := start(t)
	body := `{"id":"` + newID() + `","content":"Hello"}`
	for name, c := range map[string]struct {
		path, token, body string
		want              int
	}{
		"token":        {conversation, "other", body, http.StatusUnauthorized},
		"conversation": {newID(), "secret", body, http.StatusNotFound},
		"JSON":         {conversation, "secret", "{", http.StatusBadRequest},
		"id":           {conversation, "secret", `{"id":"1","content":"Hello"}`, http.StatusBadRequest},
	} {
		if status, answer := call(t, http.MethodPost, url+"/"+c.path+"/messages", c.token, c.body); status != c.want {
			t.Errorf("%s: %d %s, want %d", name, status, answer, c.want)
		}
	}
}

func TestNewID_IsAUUID(t *testing.T) {
	t.Parallel()
	if _, ok := interview.ParseID(newID()); !ok {
		t.Errorf("%q is no UUID", newID())
	}
}
