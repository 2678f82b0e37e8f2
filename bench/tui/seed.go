package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// The full home: so many conversations, and so many messages in the newest one.
const (
	manyConversations = 1000
	manyMessages      = 20_000
	othersMessages    = 2
)

// backup writes a backup for betterprofile restore, line by line.
type backup struct {
	bytes.Buffer
	conversations, messages, turns int
}

type object map[string]any

func newBackup() *backup {
	b := &backup{}
	b.add("export", time.Now(), object{"version": 1, "user": object{"id": "local", "name": "You", "email": "local@localhost"}})
	return b
}

// add writes a line of that type.
func (b *backup) add(kind string, at time.Time, o object) {
	o["type"] = kind
	if kind != "end" {
		o["createdAt"] = stamp(at)
	}
	if err := json.NewEncoder(b).Encode(o); err != nil {
		panic(err) // maps of texts and numbers can be written
	}
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// id is a UUID of a kind of thing and its number, in the order of the numbers.
func id(kind, n int) string { return fmt.Sprintf("01900000-%04x-7000-8000-%012x", kind, n) }

// conversation writes a conversation of turns, a minute each, the last at that time. Each turn is what is said and the reply.
func (b *backup) conversation(title string, last time.Time, turns ...[2]string) {
	b.conversations++
	conversation, first := id(1, b.conversations), last.Add(-time.Duration(len(turns)-1)*time.Minute)
	b.add("conversation", first, object{"id": conversation, "title": title, "updatedAt": stamp(last.Add(time.Second))})
	var after []func()
	for i, turn := range turns {
		at := first.Add(time.Duration(i) * time.Minute)
		said, replied := id(2, b.messages+1), id(2, b.messages+2)
		b.messages += 2
		b.turns++
		b.add("message", at, object{"id": said, "conversationId": conversation, "role": "user", "content": turn[0]})
		b.add("message", at.Add(time.Second), object{"id": replied, "conversationId": conversation, "role": "assistant", "content": turn[1]})
		after = append(after, func() {
			b.add("turn", at, object{
				"messageId": said, "conversationId": conversation, "status": "completed", "attempt": 1, "replyId": replied, "engine": "builtin",
				"usage": object{"inputTokens": 0, "outputTokens": 0}, "updatedAt": stamp(at.Add(time.Second)),
			})
		})
	}
	for _, turn := range after {
		turn()
	}
}

// restore reads the backup into a home.
func (b *backup) restore(ctx context.Context, l *lab, home string) error {
	b.add("end", time.Time{}, object{"conversations": b.conversations, "messages": b.messages, "turns": b.turns})
	_, _, err := l.run(ctx, environment(home), b.Bytes(), "restore", "-")
	return err
}

// seedFull fills a home: message n says "This is message n." first.
func seedFull(ctx context.Context, l *lab, home string) error {
	b := newBackup()
	more := strings.Repeat(" We rebuilt the handover on our ward, one shift at a time.", 4)
	turns := func(from, n int) [][2]string {
		all := make([][2]string, n/2)
		for i := range all {
			for j := range all[i] {
				all[i][j] = fmt.Sprintf("This is message %d.%s", from+2*i+j+1, more)
			}
		}
		return all
	}
	now := time.Now()
	for i := range manyConversations - 1 {
		b.conversation(fmt.Sprintf("Interview %d", i+1), now.Add(time.Duration(i-2*manyConversations)*time.Hour), turns(b.messages, othersMessages)...)
	}
	b.conversation("The long one", now.Add(-time.Minute), turns(0, manyMessages)...)
	return b.restore(ctx, l, home)
}
