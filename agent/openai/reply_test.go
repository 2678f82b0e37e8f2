package openai_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	goopenai "github.com/sashabaranov/go-openai"

	"github.com/betterprofile/betterprofile/agent"
	"github.com/betterprofile/betterprofile/agent/openai"
	"github.com/betterprofile/betterprofile/agent/openai/openaitest"
	"github.com/betterprofile/betterprofile/interview"
)

var _ agent.Engine = (*openai.Engine)(nil)

func TestReply_EmitsWhatItReturns(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, opts openai.Options, _ *openaitest.Server) {
		e := newEngine(t, opts)
		var h heard
		reply, err := e.Reply(t.Context(), asked(), h.emit)
		if err != nil {
			t.Fatal(err)
		}
		if reply.Content != "You rebuilt it. What changed first?" || h.text() != reply.Content || len(h.deltas) != 6 {
			t.Errorf("emitted %q, returned %q", h.deltas, reply.Content)
		}
		if reply.Metadata.Engine != "openai" || reply.Metadata.Model != "gpt-4o-mini" || reply.Usage.OutputTokens != 6 || reply.Usage.InputTokens == 0 {
			t.Errorf("metadata %+v, usage %+v", reply.Metadata, reply.Usage)
		}
		if got, want := e.Info(), (interview.EngineInfo{Name: "openai", Model: "gpt-4o-mini"}); got != want {
			t.Errorf("Info() = %+v, want %+v", got, want)
		}
	}, openaitest.Replies(openaitest.Say("You rebuilt it. What changed first?")))
}

// pieces is a body that arrives in these pieces, each with one read.
type pieces struct {
	rest [][]byte
	read func(left int) // before each read
}

func (p *pieces) Read(b []byte) (int, error) {
	if p.read(len(p.rest)); len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.rest[0])
	if p.rest[0] = p.rest[0][n:]; len(p.rest[0]) == 0 {
		p.rest = p.rest[1:]
	}
	return n, nil
}

func TestReply_EmitsAllThatCameBeforeItWaits(t *testing.T) {
	t.Parallel()
	chunk := func(text string) string { return `data: {"choices":[{"delta":{"content":"` + text + `"}}]}` + "\n\n" }
	end := `data: {"choices":[{"delta":{},"finish_reason":"stop"}]}` + "\n\n"
	var h heard
	body := &pieces{rest: [][]byte{
		[]byte(chunk("One") + chunk(" two") + chunk(" three")), []byte(chunk(" four") + "data: {"), []byte("}\n\n" + chunk(" five")),
		[]byte(chunk(" six") + end + "data: [DONE]\n\n"),
	}}
	want := map[int]string{4: "", 3: "One two three", 2: "One two three|" + " four", 1: "One two three| four| five"}
	body.read = func(left int) {
		if got := strings.Join(h.deltas, "|"); left > 0 && got != want[left] {
			t.Errorf("%q was emitted when the endpoint had %d pieces to send, want %q", got, left, want[left])
		}
	}
	e := newEngine(t, openai.Options{HTTPClient: canned("text/event-stream", func() io.Reader { return body })})
	reply, err := e.Reply(t.Context(), asked(), h.emit)
	if got := strings.Join(h.deltas, "|"); err != nil || got != "One two three| four| five| six" || reply.Content != "One two three four five six" {
		t.Errorf("emitted %q, returned %q, %v", got, reply.Content, err)
	}
}

func TestReply_WhatCameWithAnErrorIsEmittedFirst(t *testing.T) {
	t.Parallel()
	said := `data: {"choices":[{"delta":{"content":"Hm"}}]}` + "\n\n"
	for name, rest := range map[string]string{
		"error": `data: {"error":{"message":"x"}}` + "\n\n", "malformed": "data: {\n\n", "cut": "", "unfinished": "data: [DONE]\n\n",
		"filter": `data: {"choices":[{"delta":{},"finish_reason":"content_filter"}]}` + "\n\n",
	} {
		asks := 0
		e := newEngine(t, openai.Options{HTTPClient: canned("text/event-stream", func() io.Reader {
			asks++
			return strings.NewReader(said + rest)
		})})
		if text, err := fails(t, e, t.Context()); text != "Hm" || asks != 1 {
			t.Errorf("%s: %q was emitted and %d requests made (%v), want Hm and 1", name, text, asks, err)
		}
		_, err := e.Reply(t.Context(), asked(), func(interview.Delta) error { return io.ErrShortWrite })
		if err != io.ErrShortWrite { // as it is: the user is gone
			t.Errorf("%s: err = %v, want emit's own", name, err)
		}
	}
}

func TestReply_SendsThePromptAndItsParameters(t *testing.T) {
	t.Parallel()
	e, server := setup(t)
	if _, err := e.Reply(t.Context(), asked(), (&heard{}).emit); err != nil {
		t.Fatal(err)
	}
	r := server.Requests()[0]
	prompt := agent.Messages(asked(), 0)
	if len(r.Messages) != len(prompt) {
		t.Fatalf("%d messages sent, want %d", len(r.Messages), len(prompt))
	}
	for i, m := range prompt {
		if r.Messages[i] != openaitest.Message(m) {
			t.Errorf("message %d is %+v, want %+v", i, r.Messages[i], m)
		}
	}
	if !r.Stream || !r.Usage || r.Temperature == nil || fmt.Sprintf("%.2f", *r.Temperature) != "0.60" || r.MaxTokens != 220 || !r.HasKey {
		t.Errorf("parameters: %+v", r)
	}
	if r.Path != "/v1/chat/completions" || r.User == "" || strings.Contains(string(r.Body), "4711") || strings.Contains(string(r.Body), secret) {
		t.Errorf("path %q, user %q: the user's id or the key is in the body", r.Path, r.User)
	}
	var fields map[string]any
	if err := json.Unmarshal(r.Body, &fields); err != nil || fields["max_tokens"] == nil || len(fields) != 7 {
		t.Errorf("fields sent: %v, %v", fields, err)
	}
}

// TestReply_SendsWhatGoOpenAIWould holds the request, which is put together from parts, against one encoded as a whole.
func TestReply_SendsWhatGoOpenAIWould(t *testing.T) {
	t.Parallel()
	in := asked()
	in.Message.Content = "Grüße \"<b>&\\ \u2028\n😀 \x00\xff"
	var body, again []byte
	var length int64
	client := &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
		length = r.ContentLength
		body, _ = io.ReadAll(iotest.OneByteReader(r.Body))
		second, err := r.GetBody() // as for a connection that the endpoint had closed
		if err == nil {
			again, err = io.ReadAll(second)
		}
		return nil, errors.Join(err, io.EOF)
	})}
	if _, err := newEngine(t, openai.Options{HTTPClient: client, MaxRetries: -1, Model: "m\"<"}).Reply(t.Context(), in, (&heard{}).emit); err == nil {
		t.Fatal("no error")
	}
	var got, want any
	req := goopenai.ChatCompletionRequest{
		Model: "m\"<", Stream: true, StreamOptions: &goopenai.StreamOptions{IncludeUsage: true}, Temperature: 0.6,
		//lint:ignore SA1019 what came after it is unknown to most endpoints but OpenAI's own
		MaxTokens: 220,
	}
	for _, m := range agent.Messages(in, 0) {
		req.Messages = append(req.Messages, goopenai.ChatCompletionMessage{Role: m.Role, Content: m.Content})
	}
	whole, err := json.Marshal(req)
	if err := errors.Join(err, json.Unmarshal(whole, &want), json.Unmarshal(body, &got)); err != nil {
		t.Fatal(err)
	}
	user, _ := got.(map[string]any)["user"].(string)
	delete(got.(map[string]any), "user")
	if diff := cmp.Diff(want, got); diff != "" || len(user) != 32 {
		t.Errorf("user %q (-go-openai +sent):\n%s", user, diff)
	}
	if string(again) != string(body) || length != int64(len(body)) {
		t.Errorf("%d bytes announced, %d sent, %d sent again", length, len(body), len(again))
	}
}

// TestReply_ItsOwnConnectionsCarryTheWholeRequest is without a client of the test's: what sends the requests is our own too.
func TestReply_ItsOwnConnectionsCarryTheWholeRequest(t *testing.T) {
	t.Parallel()
	server := openaitest.New(t, openaitest.Replies(openaitest.Fail(500), openaitest.Say("One?"), openaitest.Say("Two?")))
	opts := options(server)
	opts.HTTPClient = nil
	e := newEngine(t, opts)
	prompt := agent.Prompt{UserID: "user-4711", Messages: agent.Messages(asked(), 0)}
	for range 40 {
		prompt.Messages = append(prompt.Messages, agent.Message{Role: "user", Content: strings.Repeat(question+" \"Grüße\"\n", 1000)})
	}
	for _, want := range []string{"One?", "Two?"} {
		var h heard
		if _, err := e.Stream(t.Context(), prompt, h.emit); err != nil || h.text() != want {
			t.Fatalf("%q, %v; want %q", h.text(), err, want)
		}
	}
	for n, r := range server.Requests() {
		if len(r.Messages) != len(prompt.Messages) {
			t.Fatalf("request %d: %d messages sent, want %d", n, len(r.Messages), len(prompt.Messages))
		}
		for i, m := range prompt.Messages {
			if r.Messages[i] != openaitest.Message(m) {
				t.Fatalf("request %d: message %d is not as it was", n, i)
			}
		}
	}
	if n := len(server.Requests()); n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
}

func TestReply_ReasoningModelsGetRoomToThinkAndNoTemperature(t *testing.T) {
	t.Parallel()
	for model, reasoning := range map[string]bool{
		"gpt-5-mini": true, "openai/o3": true, "o1-2024-12-17": true, "gpt-5-chat-latest": false, "gpt-4o": false, "o2": false, "orca": false,
	} {
		server := openaitest.New(t)
		opts := options(server)
		opts.Model = model
		if _, err := newEngine(t, opts).Reply(t.Context(), asked(), (&heard{}).emit); err != nil {
			t.Fatal(err)
		}
		body := string(server.Requests()[0].Body)
		if strings.Contains(body, "temperature") == reasoning || strings.Contains(body, `"max_completion_tokens"`) != reasoning {
			t.Errorf("%s: sent %.200s", model, body)
		}
	}
}

func TestReply_WithoutAKeySendsNone(t *testing.T) {
	t.Parallel()
	server := openaitest.New(t)
	opts := options(server)
	opts.APIKey = " "
	if _, err := newEngine(t, opts).Reply(t.Context(), asked(), (&heard{}).emit); err != nil || server.Requests()[0].HasKey {
		t.Errorf("err %v, key sent: %v", err, server.Requests()[0].HasKey)
	}
}

func TestReply_ReadsEveryLawfulStream(t *testing.T) {
	t.Parallel()
	const mixed = "Grüße 👩‍🚒 und 日本語 😀\\ud83d \"quoted\". Was\nwar zuerst?"
	long := strings.Repeat("Zwölf Boxkämpfer jagen Viktor quer über den Sylter Deich. ", 3500)[:200_000]
	for name, r := range map[string]openaitest.Reply{
		"plain":             openaitest.Say(mixed),
		"CRLF":              {Text: mixed, Style: openaitest.Style{CRLF: true}},
		"no space":          {Text: mixed, Style: openaitest.Style{NoSpace: true}},
		"CRLF, no space":    {Text: mixed, Style: openaitest.Style{CRLF: true, NoSpace: true}},
		"400 comments":      {Text: mixed, Style: openaitest.Style{Comments: 400}},
		"split surrogates":  {Text: mixed, Style: openaitest.Style{ASCII: true}},
		"odd surrogates":    {Text: mixed, Chunk: 3, Style: openaitest.Style{ASCII: true}},
		"no role":           {Text: mixed, Style: openaitest.Style{NoRole: true}},
		"no usage":          {Text: mixed, Style: openaitest.Style{NoUsage: true}},
		"no [DONE]":         {Text: mixed, Style: openaitest.Style{NoDone: true}},
		"reasoning":         {Text: mixed, Style: openaitest.Style{Thoughts: 3}},
		"not streamed":      {Text: mixed, Style: openaitest.Style{Whole: true}},
		"one character":     {Text: mixed, Chunk: 1},
		"ended at length":   {Text: mixed, Finish: "length"},
		"unknown finish":    {Text: mixed, Finish: "eos_token"},
		"200 KB line":       {Text: long, Chunk: -1},
		"200,000 in pieces": {Text: long, Chunk: 50},
		"escapes":           openaitest.Say("Red \x1b[31mtext\x1b[0m \u009b \a\b\r \u202e done?"),
		"space at the end":  openaitest.Say("Well? \n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, server := setup(t, openaitest.Replies(r))
			var h heard
			reply, err := e.Reply(t.Context(), asked(), h.emit)
			if err != nil || reply.Content != r.Text || h.text() != r.Text {
				t.Errorf("got %.60q (emitted %.60q), %v; want %.60q", reply.Content, h.text(), err, r.Text)
			}
			if n := len(server.Requests()); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
}

func TestReply_LeavesOutNULAndSpaceAtTheStart(t *testing.T) {
	t.Parallel()
	e, _ := setup(t, openaitest.Replies(openaitest.Reply{Text: " \n\t \x00Now\x00 then\x00?", Chunk: 1}))
	var h heard
	reply, err := e.Reply(t.Context(), asked(), h.emit)
	if err != nil || reply.Content != "Now then?" || h.text() != reply.Content {
		t.Errorf("got %q (emitted %q), %v", reply.Content, h.deltas, err)
	}
}

// TestReply_ReadsOtherForms has streams that the fake endpoint does not write.
func TestReply_ReadsOtherForms(t *testing.T) {
	t.Parallel()
	const end = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
	for name, c := range map[string]struct{ body, want string }{
		"CR only":             {strings.ReplaceAll("data: {\"choices\":[{\"delta\":{\"content\":\"Hm?\"}}]}\n\n"+end, "\n", "\r"), "Hm?"},
		"over several lines":  {"data: {\"choices\":[{\"delta\":\ndata: {\"content\":\"Hm?\"}}]}\n\n" + end, "Hm?"},
		"with the last chunk": {"data: {\"choices\":[{\"delta\":{\"content\":\"Hm?\"},\"finish_reason\":\"stop\"}]}\n\n", "Hm?"},
		"unknown fields":      {"event: x\nid: 7\ndata: {\"choices\":[{\"delta\":{\"content\":\"Hm?\",\"x\":[1]},\"y\":{}}],\"usage\":{},\"created\":1.5e9}\n\n" + end, "Hm?"},
		"half a pair":         {"data: {\"choices\":[{\"delta\":{\"content\":\"H\\ud83d\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"m?\"}}]}\n\n" + end, "H\ufffdm?"},
		"no half at all":      {"data: {\"choices\":[{\"delta\":{\"content\":\"H\\\\ud83d\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"m?\"}}]}\n\n" + end, "H\\ud83dm?"},
		"not UTF-8":           {"data: {\"choices\":[{\"delta\":{\"content\":\"H\xffm?\"}}]}\n\n" + end, "H\ufffdm?"},
		"null content":        {"data: {\"choices\":[{\"delta\":{\"content\":null}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"Hm?\"}}]}\n\n" + end, "Hm?"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEngine(t, openai.Options{HTTPClient: canned("text/event-stream", func() io.Reader { return strings.NewReader(c.body) })})
			var h heard
			reply, err := e.Reply(t.Context(), asked(), h.emit)
			if err != nil || reply.Content != c.want || h.text() != c.want {
				t.Errorf("got %q (emitted %q), %v; want %q", reply.Content, h.text(), err, c.want)
			}
		})
	}
}

func TestReply_InOnePieceIsMadeUTF8(t *testing.T) {
	t.Parallel()
	const body = `{"choices":[{"message":{"content":"H` + "\xff" + `m?"},"finish_reason":"stop"}]}`
	e := newEngine(t, openai.Options{HTTPClient: canned("application/json", func() io.Reader { return strings.NewReader(body) })})
	var h heard
	if reply, err := e.Reply(t.Context(), asked(), h.emit); err != nil || reply.Content != "H\ufffdm?" || h.text() != reply.Content {
		t.Errorf("got %q (emitted %q), %v", reply.Content, h.text(), err)
	}
}

func TestReply_UsesItsConnectionAgain(t *testing.T) {
	t.Parallel()
	e, _ := setup(t)
	var reused []bool
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		GotConn: func(i httptrace.GotConnInfo) { reused = append(reused, i.Reused) },
	})
	for range 3 {
		if _, err := e.Reply(ctx, asked(), (&heard{}).emit); err != nil {
			t.Fatal(err)
		}
	}
	if len(reused) != 3 || !reused[1] || !reused[2] {
		t.Errorf("connections reused: %v, want all after the first", reused)
	}
}

func TestReply_ManyAtATime(t *testing.T) {
	t.Parallel()
	e, _ := setup(t, openaitest.Default(func(r openaitest.Request) openaitest.Reply {
		return openaitest.Say("You say: " + r.LastUser())
	}))
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			in := asked()
			in.Message.Content = fmt.Sprint("This is ", i)
			var h heard
			reply, err := e.Reply(t.Context(), in, h.emit)
			if want := fmt.Sprint("You say: This is ", i); err != nil || reply.Content != want || h.text() != want {
				t.Errorf("got %q, %v; want %q", reply.Content, err, want)
			}
		})
	}
	wg.Wait()
}

func TestReply_StopsWithTheErrorOfEmit(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, opts openai.Options, server *openaitest.Server) {
		calls := 0
		_, err := newEngine(t, opts).Reply(t.Context(), asked(), func(interview.Delta) error {
			if calls++; calls == 2 {
				return io.ErrShortWrite
			}
			return nil
		})
		if err != io.ErrShortWrite || calls != 2 { // as it is, not wrapped
			t.Errorf("err = %v after %d calls, want emit's own after 2", err, calls)
		}
		if n := len(server.Requests()); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
	}, openaitest.Replies(openaitest.Reply{
		Text: "One two three four five", Before: func(ctx context.Context, chunk int) {
			if chunk == 3 { // the client has two and will read no more
				<-ctx.Done()
			}
		},
	}))
}

func TestNew_RefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"api.example/v1", "ftp://x", "http://", "://", "http://a b/", "127.0.0.1:11434", "https:///v1", "http://x\x1b"} {
		_, err := openai.New(openai.Options{BaseURL: url})
		if e := interview.AsError(err); e == nil || e.Code != interview.CodeInvalid || e.Details.Field != "baseUrl" {
			t.Errorf("base URL %q: %v, want invalid", url, err)
		}
	}
	for _, key := range []string{"sk-a\nb", "sk-ü", "sk a", "\x00"} {
		_, err := openai.New(openai.Options{APIKey: key})
		if e := interview.AsError(err); e == nil || e.Details.Field != "apiKey" || strings.Contains(err.Error(), "sk") {
			t.Errorf("key %q: %v, want invalid without the key", key, err)
		}
	}
	if e, err := openai.New(openai.Options{}); err != nil || e.Info().Model != "gpt-4o-mini" {
		t.Errorf("without options: %+v, %v", e, err)
	}
}

func TestReply_BaseURLKeepsPathAndQuery(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"":                               "https://api.openai.com/v1/chat/completions",
		"http://127.0.0.1:11434/v1/":     "http://127.0.0.1:11434/v1/chat/completions",
		" https://x.example ":            "https://x.example/chat/completions",
		"https://x.example/a%2Fb?v=1":    "https://x.example/a%2Fb/chat/completions?v=1",
		"https://u:p@x.example:8443/api": "https://u:p@x.example:8443/api/chat/completions",
	} {
		var got string
		client := &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
			got = r.URL.String()
			return nil, io.EOF
		})}
		e := newEngine(t, openai.Options{BaseURL: base, HTTPClient: client, MaxRetries: -1})
		if fails(t, e, t.Context()); got != want {
			t.Errorf("base URL %q: asked %q, want %q", base, got, want)
		}
	}
}
