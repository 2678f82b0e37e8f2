package openai_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/agent/openai"
	"github.com/betterprofile/betterprofile/agent/openai/openaitest"
	"github.com/betterprofile/betterprofile/interview"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		model  string
		base   string // added to the server's URL
		opts   []openaitest.Option
		reason string // empty when all is well
		chats  int
	}{
		"all is well":        {model: "m"},
		"with its key":       {model: "m", opts: []openaitest.Option{openaitest.Key(secret)}},
		"bad key":            {model: "m", opts: []openaitest.Option{openaitest.Key("other")}, reason: interview.ReasonBadKey},
		"model with a slash": {model: "a/b", opts: []openaitest.Option{openaitest.Models("a/b")}},
		"no such model":      {model: "m", opts: []openaitest.Option{openaitest.Models("other")}, reason: interview.ReasonNoSuchModel, chats: 1},
		"wrong address":      {model: "m", base: "/x", reason: interview.ReasonBadResponse, chats: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := openaitest.New(t, c.opts...)
			opts := options(server)
			opts.Model, opts.BaseURL = c.model, opts.BaseURL+c.base
			checkResult(t, newEngine(t, opts).Check(t.Context()), c.reason)
			if n := len(server.Chats()); n != c.chats {
				t.Errorf("%d chats, want %d", n, c.chats)
			}
		})
	}
}

func checkResult(t *testing.T, err error, reason string) {
	t.Helper()
	if reason == "" {
		if err != nil {
			t.Errorf("Check: %v", err)
		}
		return
	}
	failed, ok := errors.AsType[*interview.Error](err)
	if !ok {
		t.Fatalf("Check: %v, want %s", err, reason)
	}
	checkError(t, failed)
	if failed.Details.Reason != reason && string(failed.Code) != reason {
		t.Errorf("Check: %v, want %s", failed, reason)
	}
}

// TestCheck_AsksForOneToken is for endpoints that have no GET /models/{model}.
func TestCheck_AsksForOneToken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		list, chat openaitest.Reply
		reason     string
		chats      int
	}{
		"404, well":         {list: openaitest.Fail(404), chat: openaitest.Say("x"), chats: 1},
		"403, well":         {list: openaitest.Fail(403), chat: openaitest.Say("x"), chats: 1},
		"a web page, well":  {list: openaitest.Reply{Status: 200, ContentType: "text/html", Body: "<html>"}, chat: openaitest.Say("x"), chats: 1},
		"403 twice":         {list: openaitest.Fail(403), chat: openaitest.Fail(403), reason: interview.ReasonBadKey, chats: 1},
		"web pages":         {list: openaitest.Fail(404), chat: openaitest.Reply{Status: 200, Body: "<html>"}, reason: interview.ReasonBadResponse, chats: 1},
		"500":               {list: openaitest.Fail(500), reason: interview.ReasonServerError},
		"429":               {list: openaitest.Fail(429), reason: interview.ReasonQuota},
		"no credit":         {list: openaitest.Fail(404), chat: openaitest.Fail(402), reason: interview.ReasonQuota, chats: 1},
		"not JSON, refused": {list: openaitest.Fail(400), chat: openaitest.Fail(400), reason: interview.ReasonRefused, chats: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := openaitest.New(t, openaitest.ModelList(c.list), always(c.chat))
			checkResult(t, newEngine(t, options(server)).Check(t.Context()), c.reason)
			chats := server.Chats()
			if len(chats) != c.chats || c.chats == 1 && (chats[0].MaxTokens != 1 || chats[0].Stream) {
				t.Errorf("chats %+v, want %d of one token", chats, c.chats)
			}
		})
	}
}

func TestCheck_TimesOutAndIsCancelled(t *testing.T) {
	t.Parallel()
	silent := always(openaitest.Reply{Text: "x", First: time.Hour})
	bubble(t, func(t *testing.T, opts openai.Options, _ *openaitest.Server) {
		opts.FirstToken = 5 * time.Second
		start := time.Now()
		checkResult(t, newEngine(t, opts).Check(t.Context()), "model_timeout")
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("took %v, want 5 s", took)
		}
		cause := errors.New("why")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(cause) })
		if err := newEngine(t, opts).Check(ctx); err != cause {
			t.Errorf("cancelled: %v, want the cause", err)
		}
	}, silent, openaitest.ModelList(openaitest.Fail(404)))
}
