package orpc_test

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/api/orpc"
	"github.com/betterprofile/betterprofile/interview"
)

// batch sends a batch of these items.
func (e *env) batch(mode string, items ...string) answer {
	e.t.Helper()
	return e.raw("POST", "/api/rpc/chat/listConversations/__batch__", "["+strings.Join(items, ",")+"]", "X-Orpc-Batch", mode)
}

// item is one call of a procedure; members are more of its members.
func item(procedure, body, members string) string {
	return `{"url":"https://any.example/api/rpc/chat/` + procedure + `","body":` + body + members + `}`
}

func TestBatch_AnswersEachCallByItself(t *testing.T) {
	t.Parallel()
	e := setup(t, nil)
	id := e.conversation(e.user, strings.Split(strings.Repeat(strings.Repeat("<é>", 300)+" ", 200), " ")[:200]...) // more than is held back
	get := `{"json":{"conversationId":"` + id + `"}}`
	for _, mode := range []string{"streaming", "buffered"} {
		got := e.batch(mode,
			item("listConversations", "{}", ""), item("getConversation", get, ""), item("getConversation", get, `,"method":"PUT","headers":{"x-a":"b"}`),
			item("sendMessage", `{"json":{"message":"Hello"}}`, ""), item("streamMessage", `{"json":{"message":"Hello"}}`, ""),
			item("getConversation", get, `,"method":"GET"`), item("none", "{}", ""), item("getConversation/__batch__", "[]", ""),
			item("listConversations", "{}", `,"headers":{"AUTHORIZATION":"Bearer `+e.other.ID+`"}`),
			`{"url":"http://169.254.169.254/latest","body":{}}`,
		)
		want := []float64{200, 200, 200, 200, 400, 405, 404, 404, 400, 404}
		if got.status != http.StatusMultiStatus {
			t.Fatalf("%s: %d %.300s", mode, got.status, got.body)
		}
		answers := items(t, got)
		if len(answers) != len(want) {
			t.Fatalf("%s: %d answers", mode, len(answers))
		}
		for i, one := range answers {
			members, _ := one.(map[string]any)
			if members["index"] != float64(i) || members["status"] != want[i] || members["body"] == nil || len(members) != 3 {
				t.Errorf("%s: answer %d is %.300v", mode, i, one)
			}
		}
		for _, i := range []int{1, 2} {
			if n := strings.Count(fmt.Sprint(answers[i]), strings.Repeat("<é>", 300)); n != 200 {
				t.Errorf("%s: answer %d has %d messages", mode, i, n)
			}
		}
	}
}

func TestBatch_Refused(t *testing.T) {
	t.Parallel()
	e := setup(t, nil)
	one := item("listConversations", "{}", "")
	for _, mode := range []string{"streaming", "buffered"} {
		e.batch(mode, strings.Split(strings.Repeat(one+"\n", 11), "\n")[:11]...).refused(t, 413, "PAYLOAD_TOO_LARGE")
		for _, body := range []string{"", "{}", "null", "[5]", "{bad", `[{"url":5}]`} {
			e.raw("POST", "/rpc/__batch__", body, "X-Orpc-Batch", mode).refused(t, 400, "BAD_REQUEST")
		}
		e.raw("GET", "/rpc/__batch__", "", "X-Orpc-Batch", mode).refused(t, 405, "METHOD_NOT_SUPPORTED")
		e.raw("POST", "/rpc/__batch__", "[]", "X-Orpc-Batch", mode, "Authorization", "").refused(t, 401, "UNAUTHORIZED")
		e.raw("POST", "/rpc/__batch__", "[]", "X-Orpc-Batch", mode, "Cookie", "x=y").refused(t, 403, "FORBIDDEN")
		if got := e.batch(mode, strings.Split(strings.Repeat(one+"\n", 10), "\n")[:10]...); len(items(t, got)) != 10 {
			t.Errorf("ten calls: %d %s", got.status, got.body)
		}
	}
	if got := e.batch("buffered"); got.status != 207 || got.body != "[]" {
		t.Errorf("an empty batch is %d %q", got.status, got.body)
	}
	if got := e.batch("streaming"); got.status != 207 || got.body != ": \n\n" {
		t.Errorf("an empty batch is %d %q", got.status, got.body)
	}
}

// Clients cannot read another answer to a batch than answers to its calls.
func TestBatch_TellsEachCallWhoIsRefused(t *testing.T) {
	t.Parallel()
	e := setup(t, nil)
	body := "[" + item("listConversations", "{}", "") + "," + item("sendMessage", `{"json":{"message":"Hello"}}`, "") + "]"
	for _, mode := range []string{"streaming", "buffered"} {
		for code, header := range map[string][2]string{"UNAUTHORIZED": {"Authorization", ""}, "FORBIDDEN": {"Cookie", "x=y"}} {
			got := e.raw("POST", "/rpc/chat/listConversations/__batch__", body, "X-Orpc-Batch", mode, header[0], header[1])
			answers := items(t, got)
			if got.status != http.StatusMultiStatus || len(answers) != 2 {
				t.Fatalf("%s, %s: %d %.300s", mode, code, got.status, got.body)
			}
			for i, one := range answers {
				if !strings.Contains(fmt.Sprint(one), "code:"+code) {
					t.Errorf("%s, %s: answer %d is %v", mode, code, i, one)
				}
			}
		}
	}
	page, err := e.db.ListConversations(t.Context(), e.user.ID, interview.ConversationQuery{Limit: 1})
	if err != nil || len(page.Conversations) != 0 {
		t.Errorf("a refused call was made: %+v, %v", page, err)
	}
}

// A slow call holds up no other, and comments come while it is waited for.
func TestBatch_StreamsAnswersAsTheyAreReady(t *testing.T) {
	t.Parallel()
	reply, _, open := gated("One ", "two.")
	e := setup(t, reply, func(o *orpc.Options) { o.Heartbeat = 5 * time.Millisecond })
	body := "[" + item("sendMessage", `{"json":{"message":"Hello"}}`, "") + "," + item("listConversations", "{}", "") + "]"
	resp, err := http.DefaultTransport.RoundTrip(e.request("POST", "/rpc/__batch__", body, "X-Orpc-Batch", "streaming"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	r := bufio.NewReader(resp.Body)
	answered := func() string {
		t.Helper()
		for {
			ev, err := next(r)
			if err != nil {
				t.Fatal(err)
			}
			if ev.name == "message" {
				return ev.data
			}
		}
	}
	if got := answered(); !strings.HasPrefix(got, `{"index":1,"status":200,"body":{"json":{"conversations":`) {
		t.Errorf("first comes %s", got)
	}
	for range 2 {
		if ev, err := next(r); err != nil || ev.name != comment {
			t.Errorf("in the silence comes %+v, %v", ev, err)
		}
	}
	open()
	if got := answered(); !strings.HasPrefix(got, `{"index":0,"status":200,"body":{"json":{"conversationId":`) {
		t.Errorf("then comes %s", got)
	}
}
