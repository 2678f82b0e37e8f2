package storage_test

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// group is calls that go to the database in one statement, as far as they can.
type group struct {
	l       *lot
	calls   sync.WaitGroup
	waiting func() int
	release func()
}

func (l *lot) group() *group {
	g := &group{l: l}
	g.waiting, g.release = storage.HoldGroups(l.db)
	return g
}

// add lets a call wait for the group.
func (g *group) add(call func()) {
	before := g.waiting()
	g.calls.Go(call)
	g.await(before + 1)
}

func (g *group) await(waiting int) {
	for g.waiting() != waiting {
		runtime.Gosched()
	}
}

// run lets the calls go; statements are counted from here.
func (g *group) run() {
	g.l.mu.Lock()
	g.l.statements = nil
	g.l.mu.Unlock()
	g.release()
}

// lot is a database whose statements are counted, with some conversations, each of a user of its own.
type lot struct {
	db           *storage.DB
	users, convs []string
	mu           sync.Mutex
	statements   []string
}

func newLot(t *testing.T, o storage.Options, conversations int) *lot {
	t.Helper()
	l := &lot{}
	o.Trace = func(_ context.Context, statement string) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.statements = append(l.statements, statement)
	}
	l.db = open(t, o)
	for range conversations {
		turn := ended(t, l.db, storagetest.User(t, l.db).ID)
		l.users, l.convs = append(l.users, turn.UserID), append(l.convs, turn.Message.ConversationID)
	}
	return l
}

func (l *lot) begin(ctx context.Context, i int, in interview.TurnInput) (interview.Turn, bool, error) {
	in.Window = 40
	return l.db.BeginTurn(ctx, l.users[i], l.convs[i], in, interview.Lease{Owner: "a", For: time.Hour})
}

// Turns that begin and end in one statement are as those that do so alone.
func TestGroup_IsAsAlone(t *testing.T) {
	t.Parallel()
	_, ring := newKeys(t, "a")
	for name, keys := range map[string]*storage.Keys{"plain": nil, "sealed": ring} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const n = 10
			l := newLot(t, storage.Options{URL: storagetest.Migrated(t), Keys: keys, MaxConns: 2 * n}, n)
			turns, ends := make([]interview.Turn, n), make([]interview.TurnEnd, n)
			g := l.group()
			for i := range n {
				g.add(func() {
					turn, began, err := l.begin(t.Context(), i, interview.TurnInput{Content: fmt.Sprintf("I led %d \"people\"\n\\ \u2028<b>", i)})
					if turns[i] = turn; err != nil || !began || turn.Context == nil {
						t.Errorf("began %v, %v", began, err)
					}
				})
			}
			g.run()
			g.calls.Wait()
			if made := len(l.statements); made != 1 || t.Failed() {
				t.Fatalf("%d statements, want 1", made)
			}
			for i, turn := range turns {
				l.checkBegun(t, i, turn)
				ends[i] = endOfEach(i, turn)
			}
			g = l.group()
			for i, end := range ends {
				g.add(func() {
					var err error
					if turns[i], err = l.db.FinishTurn(t.Context(), l.users[i], end); err != nil {
						t.Error(err)
					}
				})
			}
			g.run()
			g.calls.Wait()
			if made := len(l.statements); made != 1 {
				t.Errorf("%d statements, want 1", made)
			}
			for i, end := range ends {
				l.checkEnded(t, end, turns[i])
			}
		})
	}
}

// endOfEach is another end for each turn.
func endOfEach(i int, turn interview.Turn) interview.TurnEnd {
	end := endOf(turn)
	end.Title, end.Engine, end.Model, end.Usage = "Other", "openai", "m", interview.Usage{InputTokens: 7, OutputTokens: i}
	end.ReplyContent, end.Metadata, end.State = fmt.Sprint("Who \"were\" they?\n", i), interview.ReplyMetadata{Engine: "openai", Act: "ask"}, fmt.Appendf(nil, `{"n": %d}`, i)
	switch i {
	case 3:
		end.Status = interview.TurnFailed
		end.Error = &interview.Error{Code: interview.CodeModelUnavailable, Message: "It \"broke\".", Details: interview.Details{Reason: "cut"}}
	case 4:
		end.Status, end.ReplyContent, end.State = interview.TurnCancelled, "", nil
	}
	return end
}

// checkBegun compares a begun turn with what is read of it.
func (l *lot) checkBegun(t *testing.T, i int, turn interview.Turn) {
	t.Helper()
	loaded, err := l.db.LoadTurn(t.Context(), l.users[i], l.convs[i], turn.Message.ID, 40)
	if err != nil || !reflect.DeepEqual(loaded, *turn.Context) || len(loaded.Recent) != 2 || loaded.Title != "Greetings" {
		t.Errorf("the turn began with\n%+v, is read as\n%+v, %v", *turn.Context, loaded, err)
	}
	turn.Context, turn.Revision = nil, ""
	got, err := l.db.GetTurn(t.Context(), l.users[i], l.convs[i], turn.Message.ID)
	if err != nil || !reflect.DeepEqual(got, turn) {
		t.Errorf("the turn is\n%+v, is read as\n%+v, %v", turn, got, err)
	}
}

// checkEnded compares an ended turn with what is read of it, and with what it was to be.
func (l *lot) checkEnded(t *testing.T, end interview.TurnEnd, turn interview.Turn) {
	t.Helper()
	turn.Revision = ""
	got, err := l.db.GetTurn(t.Context(), turn.UserID, end.ConversationID, end.MessageID)
	if got.Reply != nil {
		got.Reply.Metadata = got.Reply.ReplyMetadata().JSON() // PostgreSQL puts spaces into it
	}
	if err != nil || !reflect.DeepEqual(got, turn) {
		t.Errorf("the turn is\n%+v, is read as\n%+v, %v", turn, got, err)
	}
	if turn.Status != end.Status || turn.Title != "Greetings" || turn.Usage != end.Usage || turn.Engine != "openai" || turn.Model != "m" ||
		!reflect.DeepEqual(turn.Error, end.Error) {
		t.Errorf("the turn is %+v", turn)
	}
	if end.ReplyContent == "" {
		if turn.Reply != nil {
			t.Errorf("the reply is %+v", turn.Reply)
		}
		return
	}
	if turn.Reply == nil || turn.Reply.Content != end.ReplyContent || turn.Reply.ID != end.ReplyID || !reflect.DeepEqual(turn.Reply.ReplyMetadata(), end.Metadata) {
		t.Errorf("the reply is %+v", turn.Reply)
	}
	next, _, err := l.db.BeginTurn(t.Context(), turn.UserID, end.ConversationID, interview.TurnInput{Content: "And?", Window: 40}, interview.Lease{Owner: "a", For: time.Hour})
	if err != nil || string(next.Context.State) != string(end.State) || len(next.Context.Recent) != 4 || !next.Message.CreatedAt.After(turn.Reply.CreatedAt.Time) {
		t.Errorf("the next turn has %+v, %v", next.Context, err)
	}
}

// expect adds a begin to a group, with what comes of it; done is called then.
func (g *group) expect(t *testing.T, i int, want interview.Code, in interview.TurnInput, done func()) {
	t.Helper()
	g.add(func() {
		defer done()
		if turn, began, err := g.l.begin(t.Context(), i, in); interview.ErrorCode(err) != want || began != (want == "") || began && turn.Context == nil {
			t.Errorf("conversation %d: began %v, %v, want %q", i, began, err, want)
		}
	})
}

// What is not as usual has its own answer, and holds nobody up.
func TestGroup_LeavesOddOnes(t *testing.T) {
	t.Parallel()
	dsn := storagetest.Migrated(t)
	l, others := newLot(t, storage.Options{URL: dsn}, 6), raw(t, dsn)
	tx, err := others.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), `select 1 from conversations where id = $1 for update`, l.convs[1]); err != nil {
		t.Fatal(err)
	}
	l.users[2] = l.users[3] // somebody else's conversation
	known := texts(t, others, `select message_id from turns where conversation_id <> '`+l.convs[4]+`' limit 1`)[0]
	hello := interview.TurnInput{Content: "Hello"}
	leaving, leave := context.WithCancel(t.Context())

	g := l.group()
	var usual sync.WaitGroup
	usual.Add(2)
	g.expect(t, 0, "", hello, usual.Done)
	g.expect(t, 1, "", hello, func() {})
	g.expect(t, 2, interview.CodeNotFound, hello, func() {})
	g.expect(t, 3, "", hello, usual.Done)
	g.expect(t, 4, interview.CodeConflict, interview.TurnInput{ID: known, Content: "Other"}, func() {})
	g.add(func() {
		if _, _, err := l.begin(leaving, 5, hello); err == nil {
			t.Error("a call whose context has ended began a turn")
		}
	})
	leave()
	g.await(5)
	g.run()
	usual.Wait() // while one of their conversations is locked
	if err := tx.Commit(); err != nil {
		t.Error(err)
	}
	g.calls.Wait()
	if began := texts(t, others, `select conversation_id from turns where status = 'running'`); len(began) != 3 || slices.Contains(began, l.convs[5]) {
		t.Errorf("running turns are of %v", began)
	}
}

// A statement that is refused because of one of them has no effect, and each goes alone.
func TestGroup_RefusedIsDoneAlone(t *testing.T) {
	t.Parallel()
	l := newLot(t, storage.Options{URL: storagetest.Migrated(t)}, 4)
	if _, _, err := l.begin(t.Context(), 1, interview.TurnInput{Content: "Running"}); err != nil {
		t.Fatal(err)
	}
	hello, done := interview.TurnInput{ID: interview.NewID(), Content: "Hello"}, func() {}
	g := l.group()
	g.expect(t, 0, "", interview.TurnInput{Content: "Hello"}, done)
	g.expect(t, 1, interview.CodeTurnInProgress, interview.TurnInput{Content: "Hello"}, done)
	g.expect(t, 2, "", hello, done)
	g.run()
	g.calls.Wait()

	turns := make([]interview.Turn, 3)
	for i := range turns {
		newest := texts(t, storage.Pool(l.db), `select message_id from turns where status = 'running' and conversation_id = '`+l.convs[i]+`'`)[0]
		var err error
		if turns[i], err = l.db.GetTurn(t.Context(), l.users[i], l.convs[i], newest); err != nil {
			t.Fatal(err)
		}
	}
	g = l.group()
	for i, turn := range turns {
		end, want := endOf(turn), interview.Code("")
		switch i {
		case 1:
			end.Owner, want = "b", interview.CodeConflict
		case 2:
			end.ReplyContent, want = "a\x00b", interview.CodeInternal // PostgreSQL stores no NUL: a defect of ours, and not the others' loss
		}
		g.add(func() {
			if got, err := l.db.FinishTurn(t.Context(), l.users[i], end); interview.ErrorCode(err) != want || err == nil && got.Reply == nil {
				t.Errorf("conversation %d: %+v, %v, want %q", i, got, err, want)
			}
		})
	}
	g.run()
	g.calls.Wait()
}

// Two of one conversation do not go in one statement.
func TestGroup_OneOfAConversation(t *testing.T) {
	t.Parallel()
	l := newLot(t, storage.Options{URL: storagetest.Migrated(t)}, 1)
	in := interview.TurnInput{ID: interview.NewID(), Content: "Hello"}
	began := make([]bool, 8)
	g := l.group()
	for i := range began {
		g.add(func() {
			var err error
			if _, began[i], err = l.begin(t.Context(), 0, in); err != nil {
				t.Error(err)
			}
		})
	}
	g.run()
	g.calls.Wait()
	if slices.Index(began, true) < 0 || slices.Contains(slices.Delete(began, slices.Index(began, true), slices.Index(began, true)+1), true) {
		t.Errorf("began: %v, want once", began)
	}
}
