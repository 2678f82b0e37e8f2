package storage_test

import (
	"errors"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// counter is a proxy before PostgreSQL that counts round trips: how often a client speaks after it has listened.
type counter struct {
	network, address string // of PostgreSQL
	trips            atomic.Int64
}

// count makes a counter and the DSN that leads through it.
func count(t *testing.T, dsn string) (*counter, string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	c := &counter{network: "tcp", address: u.Host}
	if dir := u.Query().Get("host"); strings.HasPrefix(dir, "/") {
		c.network, c.address = "unix", filepath.Join(dir, ".s.PGSQL."+u.Query().Get("port"))
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { c.serve(t, client) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		wg.Wait()
	})
	query := u.Query()
	query.Del("host")
	query.Del("port")
	u.Host, u.RawQuery = listener.Addr().String(), query.Encode()
	return c, u.String()
}

// serve passes bytes on in both directions until either end is closed.
func (c *counter) serve(t *testing.T, client net.Conn) {
	server, err := net.Dial(c.network, c.address)
	if err != nil {
		t.Error(err)
		return
	}
	var listened atomic.Bool
	listened.Store(true)
	var wg sync.WaitGroup
	wg.Go(func() {
		pass(server, client, func() {
			if listened.Swap(false) {
				c.trips.Add(1)
			}
		})
	})
	wg.Go(func() { pass(client, server, func() { listened.Store(true) }) })
	wg.Wait()
}

func pass(to, from net.Conn, seen func()) {
	defer to.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			seen()
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				_ = from.Close()
			}
			return
		}
	}
}

// The statement budget of a turn, and of what the screens read.
func TestPostgres_RoundTrips(t *testing.T) {
	t.Parallel()
	c, dsn := count(t, storagetest.Migrated(t))
	db := open(t, storage.Options{URL: dsn, MaxConns: 1})
	user := storagetest.User(t, db)
	session, err := db.CreateSession(t.Context(), user.ID, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	conversation, err := db.CreateConversation(t.Context(), user.ID, interview.Conversation{ID: interview.NewID()})
	if err != nil {
		t.Fatal(err)
	}
	l := interview.Lease{Owner: "a", For: time.Hour}
	var turn interview.Turn
	var version interview.MemoryVersion
	steps := []struct {
		name string
		want int64
		call func() error
	}{
		{"Authenticate", 1, func() error { _, err := db.Authenticate(t.Context(), session.Token); return err }},
		{"BeginTurn", 1, func() (err error) {
			turn, _, err = db.BeginTurn(t.Context(), user.ID, conversation.ID, interview.TurnInput{Content: "Hello", Window: 40}, l)
			if turn.Context == nil {
				t.Error("BeginTurn has not read what a reply needs")
			}
			return err
		}},
		{"LoadTurn", 1, func() error {
			_, err := db.LoadTurn(t.Context(), user.ID, conversation.ID, turn.Message.ID, 40)
			return err
		}},
		{"Checkpoint", 1, func() error {
			_, err := db.Checkpoint(t.Context(), l, []interview.TurnProgress{{MessageID: turn.Message.ID, Attempt: 1, Partial: "H"}})
			return err
		}},
		{"GetTurn", 1, func() error {
			_, err := db.GetTurn(t.Context(), user.ID, conversation.ID, turn.Message.ID)
			return err
		}},
		{"FinishTurn", 1, func() error {
			_, err := db.FinishTurn(t.Context(), user.ID, interview.TurnEnd{
				ConversationID: conversation.ID, MessageID: turn.Message.ID, Message: turn.Message, Owner: "a", Attempt: 1, Status: interview.TurnCompleted,
				ReplyID: interview.NewID(), ReplyContent: "Hi",
			})
			return err
		}},
		{"BeginTurn again", 1, func() (err error) {
			turn, _, err = db.BeginTurn(t.Context(), user.ID, conversation.ID, interview.TurnInput{Content: "Hello"}, l)
			return err
		}},
		{"FinishTurn that learned", 1, func() error {
			_, err := db.FinishTurn(t.Context(), user.ID, interview.TurnEnd{
				ConversationID: conversation.ID, MessageID: turn.Message.ID, Message: turn.Message, Owner: "a", Attempt: 1, Status: interview.TurnCompleted,
				ReplyID: interview.NewID(), ReplyContent: "Hi", Learned: interview.Learned{Facts: []interview.Fact{{
					ID: interview.NewID(), Kind: "org", Key: "org", Text: "Hello", Quote: "Hello", Status: interview.FactProposed, Confidence: 1,
					Sources: []interview.Source{{MessageID: turn.Message.ID, End: 5}},
				}}},
			})
			return err
		}},
		{"LoadMemory", 1, func() (err error) {
			change, err := db.LoadMemory(t.Context(), user.ID, version)
			if len(change.Facts) != 1 {
				t.Errorf("%d facts since %+v", len(change.Facts), version)
			}
			version = change.Version
			return err
		}},
		{"ListConversations", 1, func() error {
			_, err := db.ListConversations(t.Context(), user.ID, interview.ConversationQuery{})
			return err
		}},
		{"GetConversation", 2, func() error {
			_, err := db.GetConversation(t.Context(), user.ID, conversation.ID, 50)
			return err
		}},
		{"ListMessages", 1, func() error {
			_, err := db.ListMessages(t.Context(), user.ID, conversation.ID, interview.MessageQuery{})
			return err
		}},
		{"SetTitle of a conversation that has one", 2, func() error {
			_, err := db.SetTitle(t.Context(), user.ID, version.Epoch, conversation.ID, "A title")
			return err
		}},
		{"TakeTurns", 1, func() error { _, err := db.TakeTurns(t.Context(), l, 16); return err }},
	}
	for round := range 2 { // the first prepares the statements
		for _, step := range steps {
			before := c.trips.Load()
			if err := step.call(); err != nil {
				t.Fatalf("%s: %v", step.name, err)
			}
			if got := c.trips.Load() - before; round > 0 && got != step.want {
				t.Errorf("%s takes %d round trips, want %d", step.name, got, step.want)
			}
		}
	}
}
