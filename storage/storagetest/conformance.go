package storagetest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
)

// Run is the meaning of interview.Store: each sentence of its comments is a subtest, which every backend passes. Open opens an empty
// database, closed when its test ends.
func Run(t *testing.T, open func(testing.TB) *storage.DB) {
	t.Helper()
	run(t, open, []group{
		conversationTests, updateTests, listTests, messageTests, beginTests, retryTests, turnTests, finishTests, regenerateTests, isolationTests,
		pagingTests, textTests, eachTests, forkTests, searchTests, exportTests, importTests, memoryTests, learnTests, eraseTests, episodeTests, forgetTests,
	}, []group{deleteTests, leaseTests, concurrencyTests})
}

// RunAccounts is to interview.AccountStore and interview.RateStore what [Run] is to interview.Store.
func RunAccounts(t *testing.T, open func(testing.TB) *storage.DB) {
	t.Helper()
	run(t, open, []group{accountTests, sessionTests, banTests, deviceTests, eraseUserTests, rateTests}, []group{userTests})
}

// run runs groups of subtests that share a database, and groups of which each subtest has its own.
func run(t *testing.T, open func(testing.TB) *storage.DB, sharing, owning []group) {
	t.Helper()
	db := open(t)
	shared := func(t *testing.T, name string, f func(*testing.T, *setup)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, newSetup(t, db))
		})
	}
	for _, g := range sharing {
		g(t, shared)
	}
	own := func(t *testing.T, name string, f func(*testing.T, *setup)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, newSetup(t, open(t)))
		})
	}
	for _, g := range owning {
		g(t, own)
	}
}

// group is subtests about one thing.
type group = func(*testing.T, tester)

// tester runs a subtest with users of its own, or a database of its own where a test crosses users.
type tester = func(t *testing.T, name string, f func(*testing.T, *setup))

// setup is a database with a user who has an empty conversation, and another user.
type setup struct {
	t     testing.TB
	db    *storage.DB
	user  string
	conv  string
	other string
}

func newSetup(t testing.TB, db *storage.DB) *setup {
	t.Helper()
	s := &setup{t: t, db: db, user: User(t, db).ID, other: User(t, db).ID}
	s.conv = s.create().ID
	return s
}

// lease is a lease that outlives the test.
func lease(owner string) interview.Lease { return interview.Lease{Owner: owner, For: time.Hour} }

// lost is a lease that has run out already.
func lost(owner string) interview.Lease { return interview.Lease{Owner: owner, For: -time.Minute} }

// create makes a conversation with messages that begin with the user's and alternate.
func (s *setup) create(contents ...string) interview.Conversation {
	s.t.Helper()
	c := interview.Conversation{ID: interview.NewID()}
	for i, content := range contents {
		role := interview.RoleUser
		if i%2 == 1 {
			role = interview.RoleAssistant
		}
		c.Messages = append(c.Messages, interview.Message{ID: interview.NewID(), Role: role, Content: content})
	}
	return get(s.db.CreateConversation(s.t.Context(), s.user, c)).or(s.t)
}

// begin begins a turn that must begin.
func (s *setup) begin(content string, l interview.Lease) interview.Turn {
	s.t.Helper()
	turn, began, err := s.db.BeginTurn(s.t.Context(), s.user, s.conv, interview.TurnInput{ID: interview.NewID(), Content: content}, l)
	if err != nil || !began {
		s.t.Fatalf("begin: began %v, error %v", began, err)
	}
	return turn
}

// end is how a turn of the owner "a" ends.
func (s *setup) end(turn interview.Turn, status interview.TurnStatus, content string) interview.TurnEnd {
	e := interview.TurnEnd{
		ConversationID: turn.Message.ConversationID, MessageID: turn.Message.ID, Message: turn.Message, Owner: "a", Attempt: turn.Attempt, Status: status,
		ReplyID: interview.NewID(), ReplyContent: content, Engine: "builtin", Metadata: interview.ReplyMetadata{Engine: "builtin"},
	}
	if status != interview.TurnCompleted {
		e.Metadata.Status = string(status)
	}
	if status == interview.TurnFailed {
		e.Error = interview.Errorf(interview.CodeModelTimeout, "The model took too long.")
	}
	return e
}

func (s *setup) finish(end interview.TurnEnd) interview.Turn {
	s.t.Helper()
	turn := get(s.db.FinishTurn(s.t.Context(), s.user, end)).or(s.t)
	s.told(turn.Change)
	turn.Change = nil // so that turns can be compared
	return turn
}

// ended is a turn of the owner "a" that has ended.
func (s *setup) ended(status interview.TurnStatus, content string) interview.Turn {
	s.t.Helper()
	return s.finish(s.end(s.begin("Hello", lease("a")), status, content))
}

func (s *setup) turn(messageID string) interview.Turn {
	s.t.Helper()
	return get(s.db.GetTurn(s.t.Context(), s.user, s.conv, messageID)).or(s.t)
}

func (s *setup) messages() []interview.Message {
	s.t.Helper()
	page := get(s.db.ListMessages(s.t.Context(), s.user, s.conv, interview.MessageQuery{Limit: interview.MaxLimit})).or(s.t)
	return page.Messages
}

func (s *setup) conversation() interview.Conversation {
	s.t.Helper()
	return get(s.db.GetConversation(s.t.Context(), s.user, s.conv, interview.MaxLimit)).or(s.t).Conversation
}

// outcome is what a call returned.
type outcome[T any] struct {
	value T
	err   error
}

// get takes what a call returned, for or.
func get[T any](value T, err error) outcome[T] { return outcome[T]{value, err} }

// or returns the value of a call that must succeed, or ends the test.
func (o outcome[T]) or(t testing.TB) T {
	t.Helper()
	if o.err != nil {
		t.Fatal(o.err)
	}
	return o.value
}

// refused checks the code of an error.
func refused(t testing.TB, err error, code interview.Code) {
	t.Helper()
	if got := interview.ErrorCode(err); got != code {
		t.Fatalf("error %v, want code %q", err, code)
	}
}

// refusedIn checks that an error is a conflict with a status.
func refusedIn(t testing.TB, err error, status interview.TurnStatus) {
	t.Helper()
	refused(t, err, interview.CodeConflict)
	if got := interview.AsError(err).Details.Status; got != string(status) {
		t.Fatalf("conflict with status %q, want %q", got, status)
	}
}

// same checks that two values are equal; JSON in messages is compared as JSON.
func same[T any](t testing.TB, got, want T) {
	t.Helper()
	g, w := inspect(t, got), inspect(t, want)
	if !reflect.DeepEqual(g, w) {
		t.Fatalf("got  %v\nwant %v", g, w)
	}
}

// inspect turns a value into one that can be compared: maps, slices, text.
func inspect(t testing.TB, v any) any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("%T cannot be compared: %v", v, err)
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// ordered checks that messages are at least a millisecond apart, at whole ones, in UTC.
func ordered(t testing.TB, messages []interview.Message) {
	t.Helper()
	for i, m := range messages {
		if m.CreatedAt.Location() != time.UTC || !m.CreatedAt.Equal(m.CreatedAt.Truncate(time.Millisecond)) {
			t.Fatalf("message %d has the time %v", i, m.CreatedAt.Time)
		}
		if i > 0 && m.CreatedAt.Sub(messages[i-1].CreatedAt.Time) < time.Millisecond {
			t.Fatalf("message %d at %v, the one before at %v", i, m.CreatedAt.Time, messages[i-1].CreatedAt.Time)
		}
	}
}

func contents(messages []interview.Message) []string {
	texts := []string{}
	for _, m := range messages {
		texts = append(texts, m.Content)
	}
	return texts
}

func conversationIDs(conversations []interview.Conversation) []string {
	var all []string
	for _, c := range conversations {
		all = append(all, c.ID)
	}
	return all
}

// numbered is n texts.
func numbered(n int) []string {
	var texts []string
	for i := range n {
		texts = append(texts, fmt.Sprintf("message %d", i))
	}
	return texts
}
