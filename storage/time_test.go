package storage_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// A clock far from UTC, with more digits than are kept.
func newYork() time.Time {
	return time.Date(2026, 11, 22, 20, 0, 35, 727_654_321, time.FixedZone("EST", -5*3600))
}

func TestTimes_AreStoredInUTCInMilliseconds(t *testing.T) {
	t.Parallel()
	emptyDatabases(t, func(t *testing.T, url string) {
		db := open(t, storage.Options{URL: url, Now: newYork})
		user := storagetest.User(t, db)
		c, err := db.CreateConversation(t.Context(), user.ID, interview.Conversation{ID: interview.NewID()})
		if err != nil {
			t.Fatal(err)
		}
		turn, _, err := db.BeginTurn(t.Context(), user.ID, c.ID, interview.TurnInput{Content: "Hello"}, interview.Lease{Owner: "a", For: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		first := time.Date(2026, 11, 23, 1, 0, 35, 727_000_000, time.UTC)
		if !c.CreatedAt.Time.Equal(first) || !turn.Message.CreatedAt.Time.Equal(first.Add(time.Millisecond)) || !user.CreatedAt.Equal(first) {
			t.Fatalf("user %v, conversation %v, message %v", user.CreatedAt, c.CreatedAt, turn.Message.CreatedAt)
		}
		got, err := db.GetTurn(t.Context(), user.ID, c.ID, turn.Message.ID)
		if err != nil || got.Message.CreatedAt.Location() != time.UTC || !got.Message.CreatedAt.Equal(turn.Message.CreatedAt.Time) {
			t.Fatalf("read back %v, %v", got.Message.CreatedAt, err)
		}
		stored := texts(t, storage.Pool(db), "select cast(created_at as text) from messages")[0]
		if stored != "2026-11-23 01:00:35.728" && stored != "2026-11-23 01:00:35.728000" {
			t.Fatalf("stored %s", stored)
		}
	})
}

// The database's clock says when a lease ends, not ours.
func TestLeases_AreOfTheDatabasesClock(t *testing.T) {
	t.Parallel()
	emptyDatabases(t, func(t *testing.T, url string) {
		db := open(t, storage.Options{URL: url, Now: newYork})
		user := storagetest.User(t, db)
		for i, lease := range []time.Duration{time.Hour, -time.Hour} {
			c, err := db.CreateConversation(t.Context(), user.ID, interview.Conversation{ID: interview.NewID()})
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = db.BeginTurn(t.Context(), user.ID, c.ID, interview.TurnInput{Content: "Hello"}, interview.Lease{Owner: "a", For: lease})
			if err != nil {
				t.Fatal(err)
			}
			taken, err := db.TakeTurns(t.Context(), interview.Lease{Owner: "b", For: time.Hour}, 10)
			if err != nil || len(taken) != i {
				t.Fatalf("took %d turns of lease %v, %v", len(taken), lease, err)
			}
		}
	})
}

// Others write microseconds, and several rows at one time.
func TestPaging_KeepsMicroseconds(t *testing.T) {
	t.Parallel()
	dsn := storagetest.Migrated(t)
	db := open(t, storage.Options{URL: dsn})
	user := storagetest.User(t, db)
	platform := raw(t, dsn)
	exec(t, platform, `insert into conversations (user_id, created_at, updated_at)
		select $1, t, t from (select timestamp '2026-01-01 12:00:00.000001' + (n / 3) * interval '1 microsecond' as t from generate_series(0, 99) n) s`, user.ID)
	want := texts(t, platform, "select id from conversations order by updated_at desc, id desc")
	var got []string
	for q := (interview.ConversationQuery{Limit: 7}); ; {
		page, err := db.ListConversations(t.Context(), user.ID, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page.Conversations {
			got = append(got, c.ID)
		}
		if q.Cursor = page.NextCursor; q.Cursor == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%d conversations, want %d, in another order", len(got), len(want))
	}

	exec(t, platform, `insert into messages (conversation_id, role, content, created_at)
		select $1, 'assistant', n, timestamp '2026-01-01 12:00:00.999991' + (n / 3) * interval '1 microsecond' from generate_series(0, 99) n`, want[0])
	want = texts(t, platform, "select id from messages order by created_at, id")
	got = nil
	conversation := texts(t, platform, "select conversation_id from messages limit 1")[0]
	for q := (interview.MessageQuery{Limit: 7}); ; {
		page, err := db.ListMessages(t.Context(), user.ID, conversation, q)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, m := range page.Messages {
			ids = append(ids, m.ID)
		}
		got = append(ids, got...)
		if q.Cursor = page.NextCursor; q.Cursor == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%d messages, want %d, in another order", len(got), len(want))
	}
}

// The next message of ours is a whole millisecond after rows that others wrote, wherever these left the conversation.
func TestBeginTurn_ComesAfterMicroseconds(t *testing.T) {
	t.Parallel()
	dsn := storagetest.Migrated(t)
	db := open(t, storage.Options{URL: dsn, Now: newYork})
	user := storagetest.User(t, db)
	platform := raw(t, dsn)
	for updated, message := range map[string]string{
		"2030-01-01 00:00:00.123456": "2020-01-01 00:00:00",
		"2020-01-01 00:00:00":        "2030-01-01 00:00:00.123456",
	} {
		id := interview.NewID()
		exec(t, platform, `insert into conversations (id, user_id, updated_at) values ($1, $2, $3)`, id, user.ID, updated)
		exec(t, platform, `insert into messages (conversation_id, role, content, created_at) values ($1, 'assistant', 'x', $2)`, id, message)
		turn, _, err := db.BeginTurn(t.Context(), user.ID, id, interview.TurnInput{Content: "Hello"}, interview.Lease{Owner: "a", For: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(turn.Message.CreatedAt.Time); got != "2030-01-01 00:00:00.125 +0000 UTC" {
			t.Errorf("after %s and %s: %s", updated, message, got)
		}
	}
}
