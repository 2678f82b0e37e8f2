package openai_test

import (
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/agent/openai"
	"github.com/betterprofile/betterprofile/agent/openai/openaitest"
	"github.com/betterprofile/betterprofile/interview"
)

func TestReply_TimesOut(t *testing.T) {
	t.Parallel()
	const text = "One two three four"
	for name, c := range map[string]struct {
		reply   openaitest.Reply
		after   time.Duration
		said    string
		message string
	}{
		"no first token": {openaitest.Reply{Text: text, Fault: openaitest.Stall}, 4 * time.Second, "", "The model did not begin to answer within 4 seconds. Send the message again."},
		"late first token": {
			openaitest.Reply{Text: text, First: 5 * time.Second}, 4 * time.Second, "", "The model did not begin to answer within 4 seconds. Send the message again.",
		},
		"stall in mid-stream": {
			openaitest.Reply{Text: text, First: 3 * time.Second, Fault: openaitest.Stall, At: 2},
			9 * time.Second, "One two ",
			"The model fell silent in the middle of the reply for 6 seconds. Send the message again.",
		},
		"slower than allowed": {
			openaitest.Reply{Text: text, Rate: 0.1},
			6 * time.Second, "One ",
			"The model fell silent in the middle of the reply for 6 seconds. Send the message again.",
		},
		"longer than the total": {
			openaitest.Reply{Text: text, Rate: 0.2}, 12 * time.Second, "One two three ", "The reply took longer than 12 seconds. Send the message again.",
		},
		"stall in its thoughts": {
			openaitest.Reply{Text: text, Fault: openaitest.Stall, Style: openaitest.Style{Thoughts: 2}},
			6 * time.Second, "",
			"The model fell silent in the middle of the reply for 6 seconds. Send the message again.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, opts openai.Options, server *openaitest.Server) {
				opts.FirstToken, opts.BetweenTokens, opts.Total = 4*time.Second, 6*time.Second, 12*time.Second
				start := time.Now()
				said, err := fails(t, newEngine(t, opts), t.Context())
				if err.Code != interview.CodeModelTimeout || err.Message != c.message || said != c.said {
					t.Errorf("%s %q after %q; want %q after %q", err.Code, err.Message, said, c.message, c.said)
				}
				if took := time.Since(start); took != c.after || len(server.Requests()) != 1 {
					t.Errorf("took %v and %d requests, want %v and 1", took, len(server.Requests()), c.after)
				}
			}, always(c.reply))
		})
	}
}

func TestReply_SlowIsNotTooSlow(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, opts openai.Options, _ *openaitest.Server) {
		opts.FirstToken, opts.BetweenTokens, opts.Total = 4*time.Second, 6*time.Second, time.Hour
		start := time.Now()
		reply, err := newEngine(t, opts).Reply(t.Context(), asked(), (&heard{}).emit)
		if err != nil || reply.Content != "One two three four" || time.Since(start) != 3*time.Second+15*time.Second {
			t.Errorf("%q, %v after %v", reply.Content, err, time.Since(start))
		}
	}, always(openaitest.Reply{Text: "One two three four", First: 3 * time.Second, Rate: 0.2}))
}

func TestReply_TimeSpentInEmitIsNotTheModels(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, opts openai.Options, _ *openaitest.Server) {
		opts.FirstToken, opts.BetweenTokens, opts.Total = time.Second, time.Second, time.Hour
		reply, err := newEngine(t, opts).Reply(t.Context(), asked(), func(interview.Delta) error {
			time.Sleep(time.Minute) // of the bubble's clock
			return nil
		})
		if err != nil || reply.Content != "One two three" {
			t.Errorf("%q, %v", reply.Content, err)
		}
	}, always(openaitest.Say("One two three")))
}

func TestReply_EndpointsOnThisMachineMayLoadTheModelFirst(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"http://127.0.0.1:11434/v1", "http://localhost/v1", "http://[::1]:1234/v1"} {
		bubble(t, func(t *testing.T, opts openai.Options, _ *openaitest.Server) {
			opts.BaseURL = base
			reply, err := newEngine(t, opts).Reply(t.Context(), asked(), (&heard{}).emit)
			if err != nil || reply.Content != "Now?" {
				t.Errorf("%s: %q, %v", base, reply.Content, err)
			}
		}, always(openaitest.Reply{Text: "Now?", First: 50 * time.Second}))
	}
}
