package main

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"

	"github.com/betterprofile/betterprofile/interview"
)

// turnsEach is how many turns a conversation gets before its reader goes on to another: what the model is sent grows with it.
const turnsEach = 10

// words are what every user says.
const words = "I am a nurse, and last year I rebuilt the handover on our ward, from paper sheets to a short list that everybody can see."

// target is what turns are asked of.
type target struct {
	name  string
	start func(ctx context.Context) (*child, error)
	child *child
	chat  bool // it speaks the model's language and stores nothing

	token         string
	conversations []string
	users         []string // the tokens of their owners, in turn, where they are not all of one
	given         atomic.Int64
	database      database // where its turns are stored; nil for nowhere
	asked, failed int      // turns that ended well, to be compared with those stored, and others
}

func (t *target) marks() marks {
	if t.chat {
		return chatMarks()
	}
	return eventMarks()
}

// owner is the token of the user whose the nth conversation is.
func (t *target) owner(n int) string {
	if len(t.users) == 0 {
		return t.token
	}
	return t.users[n%len(t.users)]
}

// reader is one of a load's: a connection and the conversation it is in.
type reader struct {
	client
	target       *target
	conversation string
	token        string // the owner's
	left         int
	buf          []byte
}

// turns returns the turns of so many readers. Close is to be called when they have ended.
func (t *target) turns(readers int) (do turn, closeAll func()) {
	all := generate(readers, func() *reader { return &reader{target: t, client: client{addr: t.child.addr}} })
	do = func(ctx context.Context, n int) (timing, error) { return all[n].turn(ctx) }
	return do, func() {
		for _, r := range all {
			r.close()
		}
	}
}

func generate[T any](n int, f func() T) []T {
	all := make([]T, n)
	for i := range all {
		all[i] = f()
	}
	return all
}

func (r *reader) turn(ctx context.Context) (timing, error) {
	if r.left == 0 && !r.target.chat {
		n := int(r.target.given.Add(1))
		n %= len(r.target.conversations)
		r.conversation, r.token, r.left = r.target.conversations[n], r.target.owner(n), turnsEach
	}
	r.left--
	if r.target.chat {
		r.buf = appendPost(r.buf[:0], "/v1/chat/completions", "", `{"model":"fake","stream":true,"messages":[{"role":"user","content":"`+words+`"}]}`)
	} else {
		r.buf = appendPost(r.buf[:0], "/api/v1/conversations/"+r.conversation+"/messages", r.token,
			`{"id":"`+interview.NewID()+`","content":"`+words+`"}`)
	}
	t, err := r.stream(ctx, r.buf, r.target.marks())
	if err != nil {
		r.left = 0 // its turn may still be running
		return t, fmt.Errorf("%s: %w", r.target.name, err)
	}
	return t, nil
}

func appendPost(b []byte, path, token, body string) []byte {
	b = append(b, "POST "+path+" HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\n"...)
	if token != "" {
		b = append(b, "Authorization: Bearer "+token+"\r\n"...)
	}
	b = append(b, "Content-Length: "...)
	b = strconv.AppendInt(b, int64(len(body)), 10)
	b = append(b, "\r\n\r\n"...)
	return append(b, body...)
}

func appendGet(b []byte, path, token string) []byte {
	return append(b, "GET "+path+" HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer "+token+"\r\n\r\n"...)
}
