package main

import (
	"context"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"sync"

	"github.com/betterprofile/betterprofile/agent/openai/openaitest"
)

// model is the fake model. What it says follows from the user's message and from how often it was asked about it, so that a stored reply
// can be checked, and one that was put together from two attempts is found out.
type model struct {
	server *openaitest.Server
	pace   float64
	trap   *trap

	mu    sync.Mutex
	calls map[string]int // by the user's message
}

func startModel(pace float64, t *trap) (*model, error) {
	m := &model{pace: pace, trap: t, calls: map[string]int{}}
	var err error
	m.server, err = openaitest.Start("127.0.0.1:0", openaitest.Default(m.reply), openaitest.Unrecorded())
	return m, err
}

// reply is the next reply to the request's message.
func (m *model) reply(req openaitest.Request) openaitest.Reply {
	message := req.LastUser()
	m.mu.Lock()
	m.calls[message]++
	call := m.calls[message]
	m.mu.Unlock()
	text := replyTo(message, call)
	pieces := len(strings.Fields(text))
	return openaitest.Reply{Text: text, Rate: m.pace, Before: func(_ context.Context, chunk int) {
		if chunk >= pieces-1 {
			m.trap.reach(nearEnd, 1)
		} else if chunk > 0 {
			m.trap.reach(midReply, float64(chunk)/float64(pieces))
		}
	}}
}

// asked is how often the model was asked about a message.
func (m *model) asked(message string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls[message]
}

// said reports whether the text is one of the model's whole replies to the message.
func (m *model) said(message, text string) bool {
	for call := range m.asked(message) {
		if replyTo(message, call+1) == text {
			return true
		}
	}
	return false
}

// replyTo is the model's reply to a message when it is asked for the call-th time: 20 to 60 words of one to four bytes a character. It asks and
// claims nothing, so that the interviewer shows it as it is.
func replyTo(message string, call int) string {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(message))
	random := rand.New(rand.NewPCG(hash.Sum64(), uint64(call)))
	words := strings.Fields("the night handover ward über façade 夜勤 引き継ぎ 🙂 🏥 naïve Größe was shorter, after that week; people knew who had what.")
	said := []string{"reply" + strings.Repeat("y", call)}
	for range 18 + random.IntN(40) {
		said = append(said, words[random.IntN(len(words))])
	}
	return strings.Join(append(said, "end."), " ")
}
