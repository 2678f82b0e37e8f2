package orpc_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/api/orpc"
	"github.com/betterprofile/betterprofile/interview"
)

func TestGetConversation_HasAllMessagesOldestFirst(t *testing.T) {
	t.Parallel()
	e := setup(t, nil)
	var contents []string
	for i := range 350 { // more than a page, and more bytes than are held back
		contents = append(contents, fmt.Sprint(i)+strings.Repeat(" <é>", 100))
	}
	id := e.conversation(e.user, contents...)
	got := e.call("getConversation", `{"json":{"conversationId":"`+strings.ToUpper(id)+`"}}`)
	o := got.output(t)
	if got.status != 200 || len(o.JSON.Conversation.Messages) != 350 || o.JSON.Conversation.ID != id {
		t.Fatalf("%d, %d messages", got.status, len(o.JSON.Conversation.Messages))
	}
	for i, m := range o.JSON.Conversation.Messages {
		if m.Content != contents[i] || m.ConversationID != id {
			t.Errorf("message %d is %+v", i, m)
		}
	}
	if len(o.Meta) != 352 || string(o.Meta[351]) != `[1,"conversation","messages",349,"createdAt"]` {
		t.Errorf("meta has %d entries, at last %s", len(o.Meta), o.Meta[len(o.Meta)-1])
	}
	if strings.Contains(got.body, `"title"`) || strings.Contains(got.body, `"pinned"`) {
		t.Errorf("the conversation is %.200s", got.body)
	}
}

// faulty is a store whose database goes away after so many messages.
type faulty struct {
	interview.ConversationStore
	after int
}

func (s *faulty) EachMessage(ctx context.Context, userID, conversationID string, f func(interview.Message) error) error {
	left := s.after
	return s.ConversationStore.EachMessage(ctx, userID, conversationID, func(m interview.Message) error {
		if left--; left < 0 {
			return interview.Errorf(interview.CodeUnavailable, "Away.")
		}
		return f(m)
	})
}

// An error that comes early is the answer; one that comes when a part is out cuts the connection, so that nobody takes the part for the whole.
func TestGetConversation_WhenTheDatabaseGoesAway(t *testing.T) {
	t.Parallel()
	store := &faulty{}
	e := setup(t, nil, func(o *orpc.Options) {
		store.ConversationStore = o.Store
		o.Store = store
	})
	long := strings.Repeat("x", 1000)
	id := e.conversation(e.user, strings.Split(strings.Repeat(long+" ", 200), " ")[:200]...)
	get := `{"json":{"conversationId":"` + id + `"}}`
	batch := "[" + item("getConversation", get, "") + "," + item("listConversations", "{}", "") + "]"
	for _, after := range []int{0, 150} {
		store.after = after
		for path, body := range map[string]string{"/rpc/chat/getConversation": get, "/rpc/__batch__?streaming": batch, "/rpc/__batch__?buffered": batch} {
			_, mode, _ := strings.Cut(path, "?")
			resp, err := http.DefaultTransport.RoundTrip(e.request("POST", path, body, "X-Orpc-Batch", mode))
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			whole := strings.Contains(string(text), `"code":"SERVICE_UNAVAILABLE"`) && !strings.Contains(string(text), long)
			if whole != (after == 0) || (err == nil) != (after == 0) {
				t.Errorf("%s after %d messages: %d, %d bytes, %v", path, after, resp.StatusCode, len(text), err)
			}
		}
	}
}

func TestGetConversation_OfNoMessagesAndOfThoseOthersWrote(t *testing.T) {
	t.Parallel()
	e := setup(t, nil)
	empty := e.call("getConversation", `{"json":{"conversationId":"`+e.conversation(e.user)+`"}}`)
	if !strings.HasSuffix(empty.body, `"messages":[]}},"meta":[[1,"conversation","createdAt"],[1,"conversation","updatedAt"]]}`) {
		t.Errorf("empty: %s", empty.body)
	}
	unanswered := e.call("getConversation", `{"json":{"conversationId":"`+e.conversation(e.user, "Anybody there?")+`"}}`)
	if unanswered.status != 200 || strings.Contains(unanswered.body, `"turn"`) || strings.Contains(unanswered.body, `"metadata"`) {
		t.Errorf("unanswered: %s", unanswered.body)
	}
}

func TestListConversations_NewestFirstWhateverIsPinnedOrArchived(t *testing.T) {
	t.Parallel()
	e := setup(t, nil)
	yes := true
	var ids []string
	for i := range 7 {
		messages := make([]string, i+1) // a millisecond each
		for j := range messages {
			messages[j] = "x"
		}
		id := e.conversation(e.user, messages...)
		patch := []interview.ConversationPatch{{Pinned: &yes}, {Archived: &yes}, {Pinned: new(bool)}}[i%3]
		if _, err := e.db.UpdateConversation(t.Context(), e.user.ID, id, patch); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	e.conversation(e.other, "not yours")
	whole := e.call("listConversations", "").output(t)
	newest := func(a, b interview.Conversation) int { return b.UpdatedAt.Compare(a.UpdatedAt.Time) }
	if !slices.IsSortedFunc(whole.JSON.Conversations, newest) || whole.JSON.NextCursor != nil || len(whole.Meta) != 14 {
		t.Errorf("the list is %+v", whole)
	}
	var paged, listed []string
	for cursor := ""; ; {
		page := e.call("listConversations", `{"json":{"limit":3`+cursor+`}}`).output(t)
		for _, c := range page.JSON.Conversations {
			paged = append(paged, c.ID)
		}
		if page.JSON.NextCursor == nil {
			break
		}
		cursor = `,"cursor":"` + *page.JSON.NextCursor + `"`
	}
	for _, c := range whole.JSON.Conversations {
		listed = append(listed, c.ID)
	}
	if !slices.Equal(paged, listed) {
		t.Errorf("page by page %v, at once %v", paged, listed)
	}
	slices.Sort(ids)
	if slices.Sort(listed); !slices.Equal(listed, ids) {
		t.Errorf("listed are %v of %v", listed, ids)
	}
}

func TestListConversations_OfAUserWithoutAny(t *testing.T) {
	t.Parallel()
	e := setup(t, nil)
	if got := e.call("listConversations", "{}"); got.body != `{"json":{"conversations":[],"nextCursor":null}}` {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestInput_WhatDoesNotFitIsNamed(t *testing.T) {
	t.Parallel()
	e := setup(t, nil)
	id := e.conversation(e.user)
	for _, c := range []struct{ procedure, input, path string }{
		{"sendMessage", `{"json":{"message":" \n\t "}}`, "message"},
		{"sendMessage", `{"json":{}}`, "message"},
		{"sendMessage", `{"json":{"message":null}}`, "message"},
		{"sendMessage", `{"json":{"message":"2026-11-23T10:20:30.456Z"},"meta":[[1,"message"]]}`, "message"},
		{"sendMessage", `{"json":{"message":"` + strings.Repeat("é", 10_001) + `"}}`, "message"},
		{"sendMessage", `{"json":{"message":"a\u0000b"}}`, "message"},
		{"sendMessage", `{"json":{"message":"x","conversationId":null}}`, "conversationId"},
		{"sendMessage", `{"json":{"message":"x","conversationId":""}}`, "conversationId"},
		{"streamMessage", `{"json":{"message":"x","conversationId":"` + id + `0"}}`, "conversationId"},
		{"streamMessage", `{"json":[]}`, ""},
		{"streamMessage", ``, ""},
		{"getConversation", `{}`, ""},
		{"getConversation", `{"json":"` + id + `"}`, ""},
		{"getConversation", `{"json":{}}`, "conversationId"},
		{"getConversation", `{"json":{"conversationId":"../` + id + `"}}`, "conversationId"},
		{"listConversations", `{"json":null}`, ""},
		{"listConversations", `{"json":{"limit":0}}`, "limit"},
		{"listConversations", `{"json":{"limit":101}}`, "limit"},
		{"listConversations", `{"json":{"limit":1.5}}`, "limit"},
		{"listConversations", `{"json":{"limit":1e999}}`, "limit"},
		{"listConversations", `{"json":{"limit":"10"}}`, "limit"},
		{"listConversations", `{"json":{"cursor":"x"}}`, "cursor"},
		{"listConversations", `{"json":{"cursor":null}}`, "cursor"},
	} {
		got := e.call(c.procedure, c.input)
		got.refused(t, 400, "BAD_REQUEST")
		var body struct {
			JSON struct {
				Message string
				Data    struct {
					Issues []struct {
						Path    []string
						Message string
					}
				}
			}
		}
		_ = json.Unmarshal([]byte(got.body), &body)
		issues := body.JSON.Data.Issues
		if len(issues) != 1 || strings.Join(issues[0].Path, ".") != c.path || issues[0].Message == "" || body.JSON.Message != "Input validation failed" {
			t.Errorf("%s %.80s: %s", c.procedure, c.input, got.body)
		}
	}
	if got := e.call("listConversations", `{"json":{"limit":1e2,"other":{"x":1}}}`); got.status != 200 {
		t.Errorf("a member too many: %s", got.body)
	}
	if n := len(e.messages(e.user, id)); n != 0 {
		t.Errorf("%d messages were stored", n)
	}
}

// What belongs to somebody else is what does not exist: the same status, headers and bytes, and nothing changes.
func TestIsolation_OfEveryProcedure(t *testing.T) {
	t.Parallel()
	e := setup(t, nil)
	theirs, unknown := e.conversation(e.other, "private"), interview.NewID()
	before := len(e.messages(e.other, theirs))
	for _, c := range []struct{ procedure, input string }{
		{"getConversation", `{"json":{"conversationId":"%s"}}`},
		{"sendMessage", `{"json":{"message":"Hello","conversationId":"%s"}}`},
		{"streamMessage", `{"json":{"message":"Hello","conversationId":"%s"}}`},
	} {
		a, b := e.call(c.procedure, fmt.Sprintf(c.input, theirs)), e.call(c.procedure, fmt.Sprintf(c.input, unknown))
		a.refused(t, 404, "NOT_FOUND")
		a.header.Del("Date")
		b.header.Del("Date")
		if a.status != b.status || a.body != b.body || fmt.Sprint(a.header) != fmt.Sprint(b.header) {
			t.Errorf("%s: %+v is not %+v", c.procedure, a, b)
		}
		e.call(c.procedure, fmt.Sprintf(c.input, theirs), "Authorization", "").refused(t, 401, "UNAUTHORIZED")
		batch := `[{"url":"http://x/rpc/chat/` + c.procedure + `","body":` + fmt.Sprintf(c.input, theirs) + `}]`
		if got := e.raw("POST", "/rpc/__batch__", batch, "X-Orpc-Batch", "buffered"); strings.Contains(got.body, "private") {
			t.Errorf("%s in a batch: %s", c.procedure, got.body)
		}
	}
	e.call("listConversations", "", "Authorization", "Bearer x").refused(t, 401, "UNAUTHORIZED")
	if got := e.call("listConversations", ""); strings.Contains(got.body, theirs) {
		t.Errorf("listed: %s", got.body)
	}
	if after := len(e.messages(e.other, theirs)); after != before {
		t.Errorf("there were %d messages, and are %d", before, after)
	}
}

func TestRequests_ThatAreNoCalls(t *testing.T) {
	t.Parallel()
	e := setup(t, nil, func(o *orpc.Options) { o.MaxBody = 1000 })
	for _, path := range []string{
		"/rpc/", "/rpc/chat", "/rpc/chat/none", "/rpc/chat/sendMessage/x", "/rpc/chat//sendMessage", "/rpc/chat%2FsendMessage", "/rpc/chat/sendMessage//",
		"/rpc/CHAT/sendMessage", "/rpc/chat/__batch__", "/other/chat/sendMessage", "/api/rpc", "/rpc/chat/sendMessage%00",
	} {
		e.raw("POST", path, "{}").refused(t, 404, "NOT_FOUND")
	}
	for _, method := range []string{"GET", "OPTIONS", "TRACE", "PROPFIND"} {
		got := e.raw(method, "/rpc/chat/listConversations?data=%7B%7D", "")
		got.refused(t, 405, "METHOD_NOT_SUPPORTED")
		if got.header.Get("Allow") == "" {
			t.Errorf("%s: nothing is allowed", method)
		}
	}
	if got := e.raw("HEAD", "/rpc/chat/listConversations", ""); got.status != 405 {
		t.Errorf("HEAD: %d", got.status)
	}
	e.call("listConversations", "{bad").refused(t, 400, "BAD_REQUEST")
	e.call("listConversations", `{"json":"`+strings.Repeat("x", 1000)+`"}`).refused(t, 413, "PAYLOAD_TOO_LARGE")
	chunked := e.request("POST", "/rpc/chat/listConversations", "")
	chunked.Body, chunked.ContentLength = http.NoBody, -1
	chunked.Body = readCloser{strings.NewReader(`{"json":"` + strings.Repeat("x", 1000) + `"}`)}
	e.do(chunked).refused(t, 413, "PAYLOAD_TOO_LARGE")
	e.call("listConversations", "", "Cookie", "session=x", "Origin", "https://evil.example").refused(t, 403, "FORBIDDEN")
	if got := e.call("listConversations", "", "Cookie", "session=x", "Origin", "https://ours.example"); got.status != 200 {
		t.Errorf("from our own page: %s", got.body)
	}
	for _, path := range []string{"/rpc/chat/list%43onversations", "/api/rpc/chat/listConversations/", "/api/rpc/chat/listConversations?x=y"} {
		if got := e.raw("POST", path, ""); got.status != 200 || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}
