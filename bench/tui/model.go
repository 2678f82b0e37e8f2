package main

import (
	"context"
	"strings"
	"time"

	"github.com/betterprofile/betterprofile/agent/openai/openaitest"
)

// rate is how many tokens a second the model says.
const rate = 200

// stream is a reply in tokens of a word. The first ones come at once, the rest at the rate.
type stream struct {
	text      string
	first     int             // token of those that come at the rate
	slow      int             // tokens that do
	slowBytes int             // of text in them
	pause     time.Duration   // before the first of them, for the screen to come to rest
	reach     func(token int) // called before each of them, from 0, and with their number after the last
}

// newStream makes plain paragraphs of 60 words, of which so many bytes come at once and then so many tokens at the rate, and a question at
// the end, as an interviewer ends.
func newStream(fast, slow int, reach func(token int)) *stream {
	words := strings.Fields("they tell what was done on that day by whom and for which reason before anyone else had looked at it again")
	s := &stream{slow: slow, reach: reach, pause: 2 * time.Second}
	var b strings.Builder
	for n := 0; b.Len() < fast || n < s.first+slow; n++ {
		if b.Len() < fast {
			s.first = n + 1
		} else if n == s.first {
			s.slowBytes = -b.Len()
		}
		b.WriteString(words[n%len(words)])
		if n%60 == 59 {
			b.WriteString(".\n\n")
		} else {
			b.WriteByte(' ')
		}
	}
	s.slowBytes += b.Len()
	b.WriteString("and so on.\n\nWhat did you do first?")
	s.text = b.String()
	return s
}

// reply is the model's.
func (s *stream) reply() openaitest.Reply {
	var began time.Time
	return openaitest.Reply{Text: s.text, Before: func(ctx context.Context, chunk int) {
		n := chunk - s.first
		if n < 0 || n > s.slow {
			return
		}
		if n == 0 {
			wait(ctx, s.pause)
			began = time.Now()
		}
		wait(ctx, time.Until(began.Add(time.Duration(n)*time.Second/rate)))
		s.reach(n)
	}}
}

// wait waits for a time, or until the context ends.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// startModel starts a model whose replies are the streams, one after another; what is asked besides, such as for facts, gets a plain answer.
func startModel(streams <-chan *stream) (*openaitest.Server, error) {
	return openaitest.Start("127.0.0.1:0", openaitest.Unrecorded(), openaitest.Default(func(req openaitest.Request) openaitest.Reply {
		if req.Stream && req.Format == "" {
			select {
			case s := <-streams:
				return s.reply()
			default:
			}
		}
		return openaitest.Say(openaitest.Interviewer(req))
	}))
}
