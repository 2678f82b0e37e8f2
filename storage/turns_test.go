package storage_test

import (
	"context"
	"database/sql"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// ended begins a turn in a new conversation and ends it.
func ended(t *testing.T, db *storage.DB, userID string) interview.Turn {
	t.Helper()
	c, err := db.CreateConversation(t.Context(), userID, interview.Conversation{ID: interview.NewID()})
	if err != nil {
		t.Fatal(err)
	}
	turn, _, err := db.BeginTurn(t.Context(), userID, c.ID, interview.TurnInput{Content: "Hello"}, interview.Lease{Owner: "a", For: time.Hour})
	if err == nil {
		turn, err = db.FinishTurn(t.Context(), userID, endOf(turn))
	}
	if err != nil {
		t.Fatal(err)
	}
	return turn
}

func endOf(turn interview.Turn) interview.TurnEnd {
	return interview.TurnEnd{
		ConversationID: turn.Message.ConversationID, MessageID: turn.Message.ID, Message: turn.Message, Owner: "a", Attempt: turn.Attempt,
		Status: interview.TurnCompleted, ReplyID: interview.NewID(), ReplyContent: "Hi", Title: "Greetings", State: []byte(`{"n": 1}`),
	}
}

// Turns have no keys of their own to the conversation, the user and the reply.
func TestTurns_GoWithMessageConversationAndUser(t *testing.T) {
	t.Parallel()
	storagetest.Backends(t, func(t *testing.T, open func(testing.TB) *storage.DB) {
		db := open(t)
		user := storagetest.User(t, db)
		for _, remove := range []func(turn interview.Turn){
			func(turn interview.Turn) {
				exec(t, storage.Pool(db), `delete from messages where id = '`+turn.Message.ID+`'`)
			},
			func(turn interview.Turn) {
				if err := db.DeleteConversation(t.Context(), user.ID, turn.Message.ConversationID); err != nil {
					t.Error(err)
				}
			},
			func(interview.Turn) { exec(t, storage.Pool(db), `delete from "user" where id = '`+user.ID+`'`) },
		} {
			remove(ended(t, db, user.ID))
			if left := texts(t, storage.Pool(db), `select message_id from turns`); len(left) > 0 {
				t.Errorf("turns are left: %v", left)
			}
		}
	})
}

// Others delete a reply; its id may come back in another conversation.
func TestTurns_ReplyThatWasDeletedIsNone(t *testing.T) {
	t.Parallel()
	storagetest.Backends(t, func(t *testing.T, open func(testing.TB) *storage.DB) {
		db := open(t)
		user, other := storagetest.User(t, db), storagetest.User(t, db)
		turn := ended(t, db, user.ID)
		c, id := turn.Message.ConversationID, turn.Message.ID
		check := func() {
			t.Helper()
			got, err := db.GetTurn(t.Context(), user.ID, c, id)
			if err != nil || got.Reply != nil || got.Status != interview.TurnCompleted {
				t.Errorf("the turn is %+v, %v", got, err)
			}
			err = db.Export(t.Context(), user.ID, func(r interview.ExportRecord) error {
				if r.Turn != nil && r.Turn.ReplyID != "" {
					t.Errorf("exported with the reply %s", r.Turn.ReplyID)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}
		exec(t, storage.Pool(db), `delete from messages where id = '`+turn.Reply.ID+`'`)
		check()
		_, err := db.CreateConversation(t.Context(), other.ID, interview.Conversation{
			ID: interview.NewID(), Messages: []interview.Message{{ID: turn.Reply.ID, Role: interview.RoleAssistant, Content: "secret"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		check()
		again, err := db.RetryTurn(t.Context(), user.ID, c, id, interview.Lease{Owner: "a", For: time.Hour})
		if err == nil {
			again, err = db.FinishTurn(t.Context(), user.ID, endOf(again))
		}
		if err != nil || again.Reply == nil || again.Reply.ID == turn.Reply.ID || again.Reply.Content != "Hi" {
			t.Errorf("another reply: %+v, %v", again, err)
		}
	})
}

// The statement saw the turn held, waited for the conversation, and then finds the turn in other hands.
func TestFinishTurn_WritesNothingWhenTheTurnIsTakenMeanwhile(t *testing.T) {
	t.Parallel()
	dsn := storagetest.Migrated(t)
	db, others := open(t, storage.Options{URL: dsn}), raw(t, dsn)
	user := storagetest.User(t, db)
	c := ended(t, db, user.ID).Message.ConversationID
	turn, _, err := db.BeginTurn(t.Context(), user.ID, c, interview.TurnInput{Content: "And?"}, interview.Lease{Owner: "a", For: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	was, err := db.GetConversation(t.Context(), user.ID, c, 10)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := others.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), `select 1 from conversations where id = $1 for update`, c); err != nil {
		t.Fatal(err)
	}
	failed := make(chan error, 1)
	go func() {
		_, err := db.FinishTurn(t.Context(), user.ID, endOf(turn))
		failed <- err
	}()
	awaitLock(t, others)
	if _, err := tx.ExecContext(t.Context(), `update turns set lease_owner = 'b' where message_id = $1`, turn.Message.ID); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; interview.ErrorCode(err) != interview.CodeConflict {
		t.Errorf("finish: %v", err)
	}
	is, err := db.GetConversation(t.Context(), user.ID, c, 10)
	if err != nil || is.Conversation.UpdatedAt != was.Conversation.UpdatedAt || len(is.Conversation.Messages) != len(was.Conversation.Messages) {
		t.Errorf("the conversation became %+v, %v", is, err)
	}
}

// awaitLock returns when somebody waits for a lock.
func awaitLock(t *testing.T, db *sql.DB) {
	t.Helper()
	for waiting := false; !waiting; {
		err := db.QueryRowContext(t.Context(), `select exists (select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')`).Scan(&waiting)
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The statement saw the message, waited for the conversation, and then finds the message forgotten. The next statement does not see it any more.
func TestBeginTurn_DoesNotReadWhatIsForgottenMeanwhile(t *testing.T) {
	t.Parallel()
	dsn := storagetest.Migrated(t)
	db, others := open(t, storage.Options{URL: dsn}), raw(t, dsn)
	user := storagetest.User(t, db)
	c := ended(t, db, user.ID).Message.ConversationID
	tx, err := others.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`select 1 from conversations where id = $1 for no key update`, `update messages set content = 'gone' where conversation_id = $1`,
		`update conversations set user_id = user_id where id = $1`, // as Forget does
	} {
		if _, err := tx.ExecContext(t.Context(), statement, c); err != nil {
			t.Fatal(err)
		}
	}
	type begun struct {
		turn interview.Turn
		err  error
	}
	done := make(chan begun, 1)
	go func() {
		turn, _, err := db.BeginTurn(t.Context(), user.ID, c, interview.TurnInput{Content: "And?", Window: 10}, interview.Lease{Owner: "a", For: time.Hour})
		done <- begun{turn, err}
	}()
	awaitLock(t, others)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	got := <-done
	if got.err != nil {
		t.Fatal(got.err)
	}
	if tc := got.turn.Context; tc == nil || len(tc.Recent) != 2 || tc.Recent[0].Content != "gone" || tc.Recent[1].Content != "gone" {
		t.Errorf("the turn has %+v", tc)
	}
	next := endOf(got.turn)
	if _, err := db.FinishTurn(t.Context(), user.ID, next); err != nil {
		t.Fatal(err)
	}
	turn, _, err := db.BeginTurn(t.Context(), user.ID, c, interview.TurnInput{Content: "And then?", Window: 10}, interview.Lease{Owner: "a", For: time.Hour})
	if err != nil || turn.Context == nil || len(turn.Context.Recent) != 4 || turn.Context.Recent[0].Content != "gone" {
		t.Errorf("the next turn has %+v, %v", turn.Context, err)
	}
}

// A title is stored just when the next turn begins, and the other way round: neither comes to nothing, or to many statements.
func TestPostgres_TitleAndTurnWaitForEachOther(t *testing.T) {
	t.Parallel()
	dsn := storagetest.Migrated(t)
	var statements atomic.Int32
	db := open(t, storage.Options{URL: dsn, Trace: func(context.Context, string) { statements.Add(1) }})
	others := raw(t, dsn)
	user := storagetest.User(t, db)
	c, err := db.CreateConversation(t.Context(), user.ID, interview.Conversation{ID: interview.NewID()})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name string
		call func() error
	}{
		{"BeginTurn", func() error {
			in := interview.TurnInput{Content: "Hello", Window: 10}
			turn, _, err := db.BeginTurn(t.Context(), user.ID, c.ID, in, interview.Lease{Owner: "a", For: time.Hour})
			if err == nil && turn.Context == nil {
				t.Error("what a reply needs was not read")
			}
			return err
		}},
		{"SetTitle", func() error {
			ok, err := db.SetTitle(t.Context(), user.ID, 0, c.ID, "A title")
			if !ok {
				t.Error("the title was not stored")
			}
			return err
		}},
	} {
		tx, err := others.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.ExecContext(t.Context(), `update conversations set updated_at = updated_at where id = $1`, c.ID); err != nil {
			t.Fatal(err)
		}
		statements.Store(0)
		done := make(chan error, 1)
		go func() { done <- step.call() }()
		awaitLock(t, others)
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil || statements.Load() != 2 {
			t.Errorf("%s: %d statements, %v", step.name, statements.Load(), err)
		}
	}
}

// A partial reply goes beside the row's version before and in no index, unless the lease is renewed.
func TestCheckpoint_PostgresUpdatesRowsInPlace(t *testing.T) {
	t.Parallel()
	dsn := storagetest.Migrated(t)
	db := open(t, storage.Options{URL: dsn, MaxConns: 1})
	user, lease := storagetest.User(t, db), interview.Lease{Owner: "a", For: time.Hour}
	c, err := db.CreateConversation(t.Context(), user.ID, interview.Conversation{ID: interview.NewID()})
	if err != nil {
		t.Fatal(err)
	}
	turn, _, err := db.BeginTurn(t.Context(), user.ID, c.ID, interview.TurnInput{Content: "Hello"}, lease)
	for i := 0; i < 20 && err == nil; i++ {
		_, err = db.Checkpoint(t.Context(), lease, []interview.TurnProgress{{MessageID: turn.Message.ID, Attempt: 1, Partial: "What was the hardest part?"}})
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil { // its backend reports what it did as it ends
		t.Fatal(err)
	}
	others := raw(t, dsn)
	for all, hot := 0, 0; all < 20; {
		err := others.QueryRowContext(t.Context(), `select n_tup_upd, n_tup_hot_upd from pg_stat_user_tables where relname = 'turns'`).Scan(&all, &hot)
		if err != nil || all >= 20 && hot < 20 {
			t.Fatalf("%d of %d updates are in place, %v", hot, all, err)
		}
	}
}

// A database of version 2 keeps its turns.
func TestMigrations_TurnsAreKept(t *testing.T) {
	t.Parallel()
	emptyDatabases(t, func(t *testing.T, url string) {
		kind, old := "postgres", (*sql.DB)(nil)
		if path, isFile := strings.CutPrefix(url, "sqlite:"); isFile {
			kind = "sqlite"
			var err error
			if old, err = sql.Open("sqlite", path); err != nil {
				t.Fatal(err)
			}
			defer old.Close()
		} else {
			old = raw(t, url)
		}
		for _, name := range []string{"0001_initial.sql", "0002_encryption.sql"} {
			text, err := storage.MigrationText(kind, name)
			if err != nil {
				t.Fatal(err)
			}
			exec(t, old, text)
		}
		id := map[string]string{"postgres": "integer primary key generated by default as identity", "sqlite": "integer primary key autoincrement"}[kind]
		c, m, reply := interview.NewID(), interview.NewID(), interview.NewID()
		for _, statement := range []string{
			`create table goose_db_version (id ` + id + `, version_id bigint not null, is_applied boolean not null, tstamp timestamp default current_timestamp)`,
			`insert into goose_db_version (version_id, is_applied) values (0, true), (1, true), (2, true)`,
			`insert into "user" (id, name, email) values ('u1', 'Ada', 'ada@example.com')`,
			`insert into conversations (id, user_id) values ('` + c + `', 'u1')`,
			`insert into messages (id, conversation_id, role, content, created_at) values
				('` + m + `', '` + c + `', 'user', 'Hello', '2026-01-01 00:00:00.000000'), ('` + reply + `', '` + c + `', 'assistant', 'Hi', '2026-01-01 00:00:01.000000')`,
			`insert into turns (message_id, conversation_id, user_id, status, attempt, reply_id, engine, input_tokens, created_at, updated_at) values
				('` + m + `', '` + c + `', 'u1', 'completed', 3, '` + reply + `', 'openai', 7, '2026-01-01 00:00:00.000000', '2026-01-01 00:00:01.000000')`,
		} {
			exec(t, old, statement)
		}
		db := open(t, storage.Options{URL: url})
		turn, err := db.GetTurn(t.Context(), "u1", c, m)
		if err != nil || turn.Attempt != 3 || turn.Reply == nil || turn.Reply.ID != reply || turn.Engine != "openai" || turn.Usage.InputTokens != 7 {
			t.Fatalf("the turn became %+v, %v", turn, err)
		}
	})
}
