package openaitest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/betterprofile/betterprofile/agent"
	"github.com/betterprofile/betterprofile/agent/openai"
	"github.com/betterprofile/betterprofile/agent/openai/openaitest"
	"github.com/betterprofile/betterprofile/interview"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ask sends text as the user's message and returns the reply, or its error.
func ask(t *testing.T, s *openaitest.Server, model, text string) (string, *interview.Error) {
	t.Helper()
	e, err := openai.New(openai.Options{BaseURL: s.URL(), Model: model, HTTPClient: s.HTTPClient(), MaxRetries: -1})
	if err != nil {
		t.Fatal(err)
	}
	in := interview.ReplyRequest{Message: interview.Message{Role: interview.RoleUser, Content: text}}
	reply, err := e.Reply(t.Context(), in, func(interview.Delta) error { return nil })
	return reply.Content, interview.AsError(err)
}

func TestServer_RepliesInOrderThenLikeAnInterviewer(t *testing.T) {
	t.Parallel()
	s := openaitest.New(t, openaitest.Replies(openaitest.Say("One?"), openaitest.Fail(500)))
	if got, err := ask(t, s, "m", "I nurse."); got != "One?" || err != nil {
		t.Errorf("first: %q, %v", got, err)
	}
	if _, err := ask(t, s, "m", "I nurse."); err == nil || err.Details.Reason != interview.ReasonServerError {
		t.Errorf("second: %v, want server_error", err)
	}
	for range 2 {
		got, err := ask(t, s, "m", `I "nurse" [x]?`+"\x1b[31m")
		if want := "You mention “I”. What was yours to do in that?"; got != want || err != nil {
			t.Errorf("later: %q, %v; want %q", got, err, want)
		}
	}
	if n := len(s.Chats()); n != 4 {
		t.Errorf("%d chats noted, want 4", n)
	}
}

func TestServer_DirectivesChooseTheReply(t *testing.T) {
	t.Parallel()
	s := openaitest.New(t, openaitest.Directives())
	for name, want := range map[string]string{ // the reason or code of the failure, or "" for a reply
		"400": "refused", "401": "bad_key", "402": "quota", "403": "bad_key", "404": "no_model", "408": "model_timeout", "409": "server_error",
		"429": "quota", "429-soon": "quota", "429-later": "quota", "quota": "quota", "500": "server_error", "503": "server_error",
		"long-ask": "refused", "html": "bad_response", "html-502": "server_error", "cut": "cut", "unfinished": "cut", "malformed": "bad_response",
		"shape": "bad_response", "error": "server_error", "empty": "bad_response", "blank": "bad_response", "filter": "refused",
		"length": "", "line": "", "long": "", "crlf": "", "nospace": "", "comments": "", "ascii": "", "thoughts": "", "whole": "", "escapes": "",
		"nul": "", "unknown": "", "two-questions": "", "double": "", "figure": "", "quotation": "", "repeat": "", "echo": "", "markup": "",
		"statement": "", "private": "", "obey": "", "broken-json": "",
	} {
		for model, text := range map[string]string{"m": "Please [fake:" + name + "] now.", "fake:" + name: "Please."} {
			reply, err := ask(t, s, model, text)
			if want == "" {
				if err != nil || reply == "" || strings.Contains(reply, "\x00") {
					t.Errorf("%s: %.40q, %v; want a reply", name, reply, err)
				}
				continue
			}
			if err == nil || err.Details.Reason != want && string(err.Code) != want {
				t.Errorf("%s: %v, want %s", name, err, want)
			}
		}
	}
	if reply, _ := ask(t, s, "m", "[fake:long]"); len(reply) != 200_000 {
		t.Errorf("the long reply has %d characters", len(reply))
	}
}

func TestServer_DirectiveWithACountIsOverAfterIt(t *testing.T) {
	t.Parallel()
	s := openaitest.New(t, openaitest.Directives())
	for i := range 4 {
		if _, err := ask(t, s, "m", "[fake:500*2] Hello"); (err != nil) != (i < 2) {
			t.Errorf("request %d: %v, want an error for the first two", i+1, err)
		}
	}
}

func TestServer_WithoutDirectivesObeysNobody(t *testing.T) {
	t.Parallel()
	if _, err := ask(t, openaitest.New(t), "fake:500", "[fake:500]"); err != nil {
		t.Error(err)
	}
}

func TestServer_AnswersInOnePieceAreApartFromReplies(t *testing.T) {
	t.Parallel()
	complete := func(s *openaitest.Server, format agent.Format) string {
		e, err := openai.New(openai.Options{BaseURL: s.URL(), HTTPClient: s.HTTPClient(), MaxRetries: -1})
		if err != nil {
			t.Fatal(err)
		}
		text, _, err := e.Complete(t.Context(), agent.Prompt{Messages: []agent.Message{{Role: "user", Content: "[fake:500]"}}, Format: format})
		if err != nil {
			t.Errorf("Complete: %v", err)
		}
		return text
	}
	s := openaitest.New(t, openaitest.Directives(), openaitest.Replies(openaitest.Say("One?")))
	if got := complete(s, agent.Format{Name: "x", Schema: []byte(`{}`)}); got != `{"experiences":[],"facts":[],"threads":[]}` {
		t.Errorf("as JSON: %q", got)
	}
	if got := complete(s, agent.Format{}); got == "One?" || got == "" {
		t.Errorf("as text: %q", got)
	}
	if got, err := ask(t, s, "m", "Hello"); got != "One?" || err != nil {
		t.Errorf("streamed: %q, %v; want the first of the replies", got, err)
	}
	s = openaitest.New(t, openaitest.Completions(func(r openaitest.Request) openaitest.Reply { return openaitest.Say("for " + r.LastUser()) }))
	if got := complete(s, agent.Format{}); got != "for [fake:500]" {
		t.Errorf("by Completions: %q", got)
	}
}

func TestServer_GateHoldsTheStream(t *testing.T) {
	t.Parallel()
	gate := openaitest.NewGate(2)
	s := openaitest.New(t, openaitest.Replies(openaitest.Reply{Text: "One two three", Before: gate.Before}))
	e, err := openai.New(openai.Options{BaseURL: s.URL(), HTTPClient: s.HTTPClient()})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	arrived := make(chan string, 3) // pieces that come together are one
	go func() {
		_, err := e.Reply(t.Context(), interview.ReplyRequest{Message: interview.Message{Content: "x"}}, func(d interview.Delta) error {
			arrived <- d.Text
			return nil
		})
		done <- err
	}()
	<-gate.Reached()
	got := ""
	for got != "One two " {
		got += <-arrived
	}
	select {
	case <-done:
		t.Fatal("the reply ended at the gate")
	default:
	}
	gate.Release()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got += <-arrived; got != "One two three" {
		t.Errorf("got %q", got)
	}
}

func TestServer_SpeaksHTTP(t *testing.T) {
	t.Parallel()
	s := openaitest.New(t, openaitest.Models("a", "b/c"), openaitest.Key("k"))
	for _, c := range []struct {
		method, path, key, body string
		status                  int
		part                    string
	}{
		{"GET", "/models", "k", "", 200, `{"data":[{"created":1795397686,"id":"a","object":"model","owned_by":"betterprofile"},`},
		{"GET", "/models/b%2Fc", "k", "", 200, `"id":"b/c"`},
		{"GET", "/models/x", "k", "", 404, `"code":"model_not_found"`},
		{"GET", "/models", "", "", 401, `"code":"invalid_api_key"`},
		{"POST", "/chat/completions", "k", "{", 400, `"message":"We could not parse`},
		{"POST", "/chat/completions", "k", `{"model":"a","messages":[{"role":"user","content":"Hi"}]}`, 200, `"content":"You mention “Hi”.`},
		{"POST", "/chat/completions", "k", `{"model":"x"}`, 404, `"code":"model_not_found"`},
		{"POST", "/embeddings", "k", `{}`, 404, "404"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, s.URL()+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+c.key)
		res, err := s.HTTPClient().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != c.status || !strings.Contains(string(body), c.part) {
			t.Errorf("%s %s: %d %s, %v; want %d with %s", c.method, c.path, res.StatusCode, body, err, c.status, c.part)
		}
	}
	for _, r := range s.Requests() {
		if r.Header.Get("Authorization") != "" || !r.HasKey && r.Path != "/v1/models" {
			t.Errorf("noted %+v: the key itself, or nothing of it", r)
		}
	}
}
