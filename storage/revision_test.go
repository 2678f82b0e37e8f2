package storage_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// talking is a conversation that goes on, each turn with what the one before left.
type talking struct {
	*storage.DB
	t                  *testing.T
	user, conversation string
	revision           string
	window             int
}

func (k *talking) begin(known string) interview.Turn {
	k.t.Helper()
	in := interview.TurnInput{Content: "And then?", Window: k.window, Known: known}
	turn, began, err := k.BeginTurn(k.t.Context(), k.user, k.conversation, in, interview.Lease{Owner: "a", For: time.Hour})
	if err != nil || !began || turn.Revision == "" {
		k.t.Fatalf("began %v, %+v, %v", began, turn, err)
	}
	return turn
}

func (k *talking) end(turn interview.Turn) {
	k.t.Helper()
	end := endOf(turn)
	end.Revision, end.Metadata = turn.Revision, interview.ReplyMetadata{Engine: "openai"}
	turn, err := k.FinishTurn(k.t.Context(), k.user, end)
	if err != nil || turn.Revision == "" {
		k.t.Fatalf("%+v, %v", turn, err)
	}
	k.revision = turn.Revision
}

// check begins a turn, which finds the conversation as it is known, or not.
func (k *talking) check(what string, unchanged bool) interview.Turn {
	k.t.Helper()
	turn := k.begin(k.revision)
	stored, err := k.LoadTurn(k.t.Context(), k.user, k.conversation, turn.Message.ID, k.window)
	if err != nil {
		k.t.Fatal(err)
	}
	switch got := turn.Context; {
	case unchanged && (got == nil || !got.Unchanged || len(got.Recent) > 0 || got.State != nil || got.Title != stored.Title || got.Version != stored.Version):
		k.t.Errorf("%s: %+v, want what is known", what, got)
	case !unchanged && got != nil && !reflect.DeepEqual(*got, stored):
		k.t.Errorf("%s: %+v, want %+v or nothing", what, *got, stored)
	}
	return turn
}

func TestRevision_StandsForWhatAReplyIsMadeFrom(t *testing.T) {
	t.Parallel()
	_, ring := newKeys(t, "a")
	for name, keys := range map[string]*storage.Keys{"plain": nil, "sealed": ring} {
		for _, window := range []int{40, 4} {
			t.Run(fmt.Sprint(name, " ", window), func(t *testing.T) {
				t.Parallel()
				db := open(t, storage.Options{URL: storagetest.Migrated(t), Keys: keys})
				turn := ended(t, db, storagetest.User(t, db).ID)
				k := &talking{DB: db, t: t, user: turn.UserID, conversation: turn.Message.ConversationID, window: window}
				k.end(k.begin(""))
				for range 4 {
					k.end(k.check("another turn", true))
				}
				k.disturb()
			})
		}
	}
}

// disturb does what changes the conversation, and what does not.
func (k *talking) disturb() {
	t := k.t
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	raw := func(statement string) { exec(t, storage.Pool(k.DB), statement) }
	newest := func(role string) string {
		return texts(t, storage.Pool(k.DB), "select id from messages where conversation_id = '"+k.conversation+"' and role = '"+role+"' order by created_at desc limit 1")[0]
	}
	title, yes := "Mine", true
	for _, step := range []struct {
		what      string
		unchanged bool
		do        func()
	}{
		{"a pin", true, func() {
			must(k.UpdateConversation(t.Context(), k.user, k.conversation, interview.ConversationPatch{Pinned: &yes}))
		}},
		{"a title by the user", false, func() {
			must(k.UpdateConversation(t.Context(), k.user, k.conversation, interview.ConversationPatch{Title: &title}))
		}},
		{"a message changed by another program", false, func() {
			raw("update messages set metadata = '{\"a\": 1}' where id = '" + newest("user") + "'")
		}},
		{"a message deleted by another program", false, func() { raw("delete from messages where id = '" + newest("assistant") + "'") }},
		{"an old message deleted by another program", false, func() {
			raw("delete from messages where id = (select id from messages where conversation_id = '" + k.conversation + "' order by created_at limit 1)")
		}},
		{"a message added by another program", false, func() {
			raw("insert into messages (conversation_id, role, content, created_at) select conversation_id, 'user', 'Hi', max(created_at) + interval '1 ms' from messages where conversation_id = '" + k.conversation + "' group by 1")
		}},
		{"a turn of another server", false, func() {
			known := k.revision
			k.end(k.begin(""))
			k.revision = known
		}},
		{"a regenerated reply", false, func() {
			turn, err := k.RetryTurn(t.Context(), k.user, k.conversation, newest("user"), interview.Lease{Owner: "a", For: time.Hour})
			must(nil, err)
			must(k.FinishTurn(t.Context(), k.user, endOf(turn)))
		}},
		{"a foreign revision", false, func() { k.revision = "12 {3,4}" }},
		{"no revision", false, func() { k.revision = "{3,4}" }},
	} {
		step.do()
		k.end(k.check(step.what, step.unchanged))
		k.end(k.check("after "+step.what, true))
	}
}

// Whoever sends a message again has its turn, also when what is sent along is how the conversation is.
func TestRevision_OfAMessageThatIsSentAgain(t *testing.T) {
	t.Parallel()
	db := open(t, storage.Options{URL: storagetest.Migrated(t)})
	turn := ended(t, db, storagetest.User(t, db).ID)
	k := &talking{DB: db, t: t, user: turn.UserID, conversation: turn.Message.ConversationID, window: 40}
	first := k.begin("")
	k.end(first)
	in := interview.TurnInput{ID: first.Message.ID, Content: first.Message.Content, Window: k.window, Known: k.revision}
	again, began, err := k.BeginTurn(t.Context(), k.user, k.conversation, in, interview.Lease{Owner: "a", For: time.Hour})
	if err != nil || began || again.Reply == nil || again.Status != interview.TurnCompleted {
		t.Errorf("began %v, %+v, %v, want the turn as it ended", began, again, err)
	}
	in.Content = "Something else."
	if _, _, err := k.BeginTurn(t.Context(), k.user, k.conversation, in, interview.Lease{Owner: "a", For: time.Hour}); interview.ErrorCode(err) != interview.CodeConflict {
		t.Errorf("another text: %v, want a conflict", err)
	}
	k.end(k.check("a turn after that", true))
}

// A begin that has to wait, for a turn of another server, finds out what became of the conversation.
func TestRevision_OfAConversationThatIsLocked(t *testing.T) {
	t.Parallel()
	db := open(t, storage.Options{URL: storagetest.Migrated(t)})
	turn := ended(t, db, storagetest.User(t, db).ID)
	k := &talking{DB: db, t: t, user: turn.UserID, conversation: turn.Message.ConversationID, window: 40}
	k.end(k.begin(""))
	tx, err := storage.Pool(db).BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	for _, statement := range []string{
		`update conversations set updated_at = updated_at + interval '1 second'`,
		`insert into messages (conversation_id, role, content, created_at) select id, 'assistant', 'Well?', updated_at from conversations`,
	} {
		if _, err := tx.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	began := make(chan interview.Turn)
	go func() {
		defer close(began) // also when it fails
		began <- k.check("a turn meanwhile", false)
	}()
	awaitLock(t, storage.Pool(db))
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := (<-began).Context; got == nil || got.Unchanged || len(got.Recent) != 5 {
		t.Errorf("%+v, want all five messages", got)
	}
}

func TestRevision_GroupsHaveTheirOwn(t *testing.T) {
	t.Parallel()
	const n = 6
	l := newLot(t, storage.Options{URL: storagetest.Migrated(t), MaxConns: 2 * n}, n)
	turns, revisions := make([]interview.Turn, n), make([]string, n)
	round := func(check func(i int, turn interview.Turn)) {
		t.Helper()
		g := l.group()
		for i := range n {
			g.add(func() {
				var err error
				if turns[i], _, err = l.begin(t.Context(), i, interview.TurnInput{Content: "Hello", Known: revisions[i]}); err != nil {
					t.Error(err)
				}
			})
		}
		g.run()
		g.calls.Wait()
		g = l.group()
		for i := range n {
			check(i, turns[i])
			end := endOf(turns[i])
			end.Revision = turns[i].Revision
			g.add(func() {
				turn, err := l.db.FinishTurn(t.Context(), l.users[i], end)
				if revisions[i] = turn.Revision; err != nil || turn.Revision == "" {
					t.Errorf("%+v, %v", turn, err)
				}
			})
		}
		g.run()
		g.calls.Wait()
		if made := len(l.statements); made != 1 {
			t.Errorf("%d statements, want 1", made)
		}
	}
	isKnown := func(i int, turn interview.Turn) {
		t.Helper()
		if got := turn.Context; got == nil || !got.Unchanged || len(got.Recent) > 0 || got.State != nil {
			t.Errorf("conversation %d: %+v, want what is known", i, got)
		}
	}
	isRead := func(i int, turn interview.Turn) {
		t.Helper()
		stored, err := l.db.LoadTurn(t.Context(), l.users[i], l.convs[i], turn.Message.ID, 40)
		if got := turn.Context; err != nil || got == nil || !reflect.DeepEqual(*got, stored) {
			t.Errorf("conversation %d: %+v, want %+v, %v", i, got, stored, err)
		}
	}
	round(isRead)
	round(isKnown)
	for i, statement := range []string{
		"update messages set content = 'Hallo' where conversation_id = $1",
		"update conversations set state = null where id = $1",
		"update conversations set updated_at = updated_at + interval '1 ms' where id = $1",
	} {
		if _, err := storage.Pool(l.db).ExecContext(t.Context(), statement, l.convs[i]); err != nil {
			t.Fatal(err)
		}
	}
	round(func(i int, turn interview.Turn) {
		if i < 3 {
			isRead(i, turn)
		} else {
			isKnown(i, turn)
		}
	})
	round(isKnown)
}
