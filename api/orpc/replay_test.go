package orpc_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/api/orpc"
	"github.com/betterprofile/betterprofile/interview"
)

// recorded is the conversation of the recording.
const recorded = "6f1b0c0e-0000-4000-8000-00000000000a"

// exchange is one of the recording: what a real client sent and the real server answered.
type exchange struct {
	Name              string
	Request, Response struct {
		Method, Path, Body string
		Headers            map[string]string
		Status             int
	}
}

func exchanges(t *testing.T) []exchange {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "wire-1.x.json"))
	if err != nil {
		t.Fatal(err)
	}
	var recording struct{ Exchanges []exchange }
	if err := json.Unmarshal(text, &recording); err != nil {
		t.Fatal(err)
	}
	return recording.Exchanges
}

// foreign are the exchanges with procedures of the recording alone, tested in codec_internal_test.go.
func foreign(path string) bool {
	return strings.HasPrefix(path, "/rpc/echo") || strings.HasPrefix(path, "/rpc/errs/") || strings.HasPrefix(path, "/rpc/getOnly")
}

// otherwise says what we answer on purpose where the real server does something else.
func otherwise(name string) (status int, code string) {
	switch name {
	case "unknown procedure", "raw: unknown": // there it is the framework's page, which the client cannot read
		return 404, "NOT_FOUND"
	case "raw: OPTIONS": // there it calls the procedure; with us it belongs to CORS
		return 405, "METHOD_NOT_SUPPORTED"
	}
	return 0, ""
}

func TestReplay_AnswersAsTheRealServerDid(t *testing.T) {
	t.Parallel()
	shared := setup(t, actor) // for what changes nothing
	shared.record()
	replayed := 0
	for _, x := range exchanges(t) {
		switch {
		case foreign(x.Request.Path), x.Name == "batch against a server without the batch plugin": // which we are not
			continue
		case strings.Contains(x.Name, "keep-alive"): // TestStream_CommentsFillASilence
			continue
		}
		replayed++
		t.Run(x.Name, func(t *testing.T) {
			t.Parallel()
			e := *shared
			if e.t = t; strings.Contains(x.Request.Path, "Message") {
				e = *setup(t, actor)
				e.record()
			}
			replay(t, &e, x)
		})
	}
	if replayed < 25 {
		t.Errorf("only %d exchanges were replayed", replayed)
	}
}

func replay(t *testing.T, e *env, x exchange) {
	t.Helper()
	var header []string
	if x.Request.Headers["content-type"] == "" {
		header = append(header, "Content-Type", "")
	}
	for name, value := range x.Request.Headers {
		header = append(header, name, value)
	}
	got := e.raw(x.Request.Method, x.Request.Path, x.Request.Body, header...)
	if status, code := otherwise(x.Name); status != 0 {
		got.refused(t, status, code)
		return
	}
	if got.status != x.Response.Status || got.header.Get("Content-Type") != x.Response.Headers["content-type"] {
		t.Errorf("%d %s, want %d %s: %s", got.status, got.header.Get("Content-Type"), x.Response.Status, x.Response.Headers["content-type"], got.body)
	}
	switch {
	case strings.HasPrefix(x.Name, "chat.streamMessage"):
		sameEnd(t, eventsOf(t, got.body), eventsOf(t, strings.Replace(x.Response.Body, "retry: 1000\nid: 1\n", "", 1))) // ours has neither
	case strings.HasPrefix(x.Name, "batch"):
		sameBatch(t, items(t, got), items(t, answer{header: got.header, body: x.Response.Body}))
	default:
		same(t, got.body, x.Response.Body)
	}
}

// record makes the conversation of the recording.
func (e *env) record() {
	e.t.Helper()
	_, err := e.db.CreateConversation(e.t.Context(), e.user.ID, interview.Conversation{
		ID: recorded, Title: "Platform work",
		Messages: []interview.Message{
			{ID: interview.NewID(), Role: interview.RoleUser, Content: "hi", Metadata: json.RawMessage(`{"a":1}`)},
			{ID: interview.NewID(), Role: interview.RoleAssistant, Content: "Tell me about a recent project.\nWhat was hard?"},
		},
	})
	if err != nil {
		e.t.Fatal(err)
	}
}

// actor is an agent that plays the recording's part.
func actor(ctx context.Context, in interview.ReplyRequest, emit func(interview.Delta) error) (interview.Reply, error) {
	reply, err := says("Tell me ", "about a\nrecent project.")(ctx, in, emit)
	switch in.Message.Content {
	case "fail":
		return interview.Reply{}, interview.Errorf(interview.CodeModelUnavailable, "The model did not answer")
	case "crash":
		return interview.Reply{}, fmt.Errorf("a secret of ours")
	}
	reply.Title = ""
	return reply, err
}

// same compares two envelopes: their meta, their members and those's types, and of errors all but the texts for people.
func same(t *testing.T, got, want string) {
	t.Helper()
	g, w := shape(parse(t, got), ""), shape(parse(t, want), "")
	if !reflect.DeepEqual(g, w) {
		t.Errorf("got  %v\nfrom %s\nwant %v\nfrom %s", g, got, w, want)
	}
}

func parse(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return v
}

// shape is a value without what varies: texts become types, but for those that programs read. Of an issue only path and message count.
func shape(v any, name string) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, member := range v {
			out[key] = shape(member, key)
		}
		if out["path"] != nil {
			return map[string]any{"path": v["path"], "message": v["message"]}
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, item := range v {
			out = append(out, shape(item, ""))
		}
		if name == "meta" {
			slices.SortFunc(v, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
			return v
		}
		return out
	case string:
		if slices.Contains([]string{"code", "role", "title", "type", "message"}, name) {
			return v
		}
		return "a string"
	}
	return v
}

// sameEnd compares how two event streams end: ours have other values.
func sameEnd(t *testing.T, got, want []event) {
	t.Helper()
	for _, e := range got[:len(got)-1] {
		if e.name != "message" {
			t.Errorf("%+v comes before the end", e)
		}
	}
	g, w := got[len(got)-1], want[len(want)-1]
	if g.name != w.name || g.chunk(t).JSON.Code != w.chunk(t).JSON.Code {
		t.Errorf("the stream ends with %+v, want %+v", g, w)
	}
	if strings.Contains(g.data, "secret") {
		t.Errorf("the error tells %s", g.data)
	}
}

// items are those of a batch's answer, in the order of the calls.
func items(t *testing.T, a answer) []any {
	t.Helper()
	var all []any
	if a.header.Get("Content-Type") == "application/json" {
		all, _ = parse(t, a.body).([]any)
	} else {
		for _, e := range eventsOf(t, a.body) {
			if e.name != "message" {
				t.Errorf("%+v in a batch", e)
			}
			all = append(all, parse(t, e.data))
		}
	}
	slices.SortFunc(all, func(a, b any) int { return strings.Compare(fmt.Sprint(index(a)), fmt.Sprint(index(b))) })
	return all
}

func index(item any) any {
	members, _ := item.(map[string]any)
	return members["index"]
}

func sameBatch(t *testing.T, got, want []any) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d answers, want %d", len(got), len(want))
	}
	for i := range got {
		if g, w := shape(got[i], ""), shape(want[i], ""); !reflect.DeepEqual(g, w) {
			t.Errorf("got  %v\nwant %v", g, w)
		}
	}
}

func TestStream_CommentsFillASilence(t *testing.T) {
	t.Parallel()
	reply, _, open := gated("Tell me ", "more.")
	e := setup(t, reply, func(o *orpc.Options) { o.Heartbeat = 5 * time.Millisecond })
	resp, err := http.DefaultTransport.RoundTrip(e.request("POST", "/rpc/chat/streamMessage", `{"json":{"message":"slow"}}`))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	r := bufio.NewReader(resp.Body)
	var names []string
	for spoken, after := false, 0; after < 2; {
		ev, err := next(r)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, ev.name)
		spoken = spoken || strings.Contains(ev.data, "text-delta")
		if spoken && ev.name == comment {
			after++
		}
	}
	open()
	rest, err := io.ReadAll(r)
	if err != nil || !strings.HasSuffix(string(rest), "event: done\ndata: {}\n\n") || names[0] != comment {
		t.Errorf("%v after %q then %q", err, names, rest)
	}
}
