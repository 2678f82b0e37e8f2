package storage_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

func newKeys(t testing.TB, ids ...string) (string, *storage.Keys) {
	t.Helper()
	var all []string
	for _, id := range ids {
		key, err := storage.NewKey(id)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, key)
	}
	return strings.Join(all, ","), parseKeys(t, strings.Join(all, ","))
}

func parseKeys(t testing.TB, text string) *storage.Keys {
	t.Helper()
	keys, err := storage.ParseKeys(text)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestSealedStore_KeepsTheWholeContract(t *testing.T) {
	t.Parallel()
	_, keys := newKeys(t, "k1")
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		storagetest.Run(t, func(t testing.TB) *storage.DB {
			return open(t, storage.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "x.db"), Keys: keys})
		})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		storagetest.Run(t, func(t testing.TB) *storage.DB {
			return open(t, storage.Options{URL: storagetest.Migrated(t), Keys: keys})
		})
	})
}

// databases gives a URL of each kind.
func databases(t *testing.T, f func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, "sqlite:"+filepath.Join(t.TempDir(), "x.db"))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, storagetest.Migrated(t))
	})
}

// secret is a word that stands in every kind of text that fill stores.
const secret = "paediatric"

// fill stores a turn with a regenerated reply, planner state and a title, and a running one with a partial, and returns its conversation.
func fill(t testing.TB, db *storage.DB) (user interview.User, conversationID string) {
	t.Helper()
	ctx, lease := t.Context(), interview.Lease{Owner: "a#1", For: 3600e9}
	user = storagetest.User(t, db)
	c, err := db.CreateConversation(ctx, user.ID, interview.Conversation{ID: interview.NewID(), Messages: []interview.Message{
		{ID: interview.NewID(), Role: interview.RoleAssistant, Content: "Welcome to the " + secret + " ward."},
	}})
	check(t, err)
	in := interview.TurnInput{ID: interview.NewID(), Content: "I run the " + secret + " ward."}
	_, _, err = db.BeginTurn(ctx, user.ID, c.ID, in, lease)
	check(t, err)
	end := interview.TurnEnd{
		ConversationID: c.ID, MessageID: in.ID, Owner: lease.Owner, Attempt: 1, Status: interview.TurnCompleted, ReplyID: interview.NewID(),
		ReplyContent: "The " + secret + " one?", State: []byte(`{"about":"` + secret + `"}`), Title: "A " + secret + " ward",
	}
	_, err = db.FinishTurn(ctx, user.ID, end)
	check(t, err)
	_, err = db.RetryTurn(ctx, user.ID, c.ID, in.ID, lease)
	check(t, err)
	end.Attempt, end.ReplyContent = 2, "Which "+secret+" ward?"
	_, err = db.FinishTurn(ctx, user.ID, end)
	check(t, err)
	running := interview.TurnInput{ID: interview.NewID(), Content: "The " + secret + " one."}
	_, _, err = db.BeginTurn(ctx, user.ID, c.ID, running, lease)
	check(t, err)
	_, err = db.Checkpoint(ctx, lease, []interview.TurnProgress{{MessageID: running.ID, Attempt: 1, Partial: "Ah, the " + secret}})
	check(t, err)
	return user, c.ID
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// shown is all that the user's conversation shows.
func shown(t *testing.T, db *storage.DB, user interview.User, conversationID string) string {
	t.Helper()
	view, err := db.GetConversation(t.Context(), user.ID, conversationID, 200)
	check(t, err)
	page, err := db.ListConversations(t.Context(), user.ID, interview.ConversationQuery{})
	check(t, err)
	var b strings.Builder
	b.WriteString(page.Conversations[0].Title + "|" + page.Conversations[0].Preview)
	for _, m := range view.Conversation.Messages {
		b.WriteString("|" + m.Content + strings.Join(m.ReplyMetadata().Previous, ","))
		if m.Turn != nil {
			b.WriteString("|" + m.Turn.Partial)
		}
	}
	last := view.Conversation.Messages[len(view.Conversation.Messages)-1]
	tc, err := db.LoadTurn(t.Context(), user.ID, conversationID, last.ID, 10)
	check(t, err)
	b.Write(tc.State)
	return b.String()
}

func TestSeal_NothingReadableIsStored(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		_, keys := newKeys(t, "k1")
		db := open(t, storage.Options{URL: url, Keys: keys})
		user, id := fill(t, db)
		if n := strings.Count(shown(t, db, user, id), secret); n != 9 {
			t.Errorf("the secret is shown %d times: %s", n, shown(t, db, user, id))
		}
		rows, err := storage.Dump(t.Context(), db)
		check(t, err)
		for _, row := range rows {
			if strings.Contains(row, secret) {
				t.Errorf("stored readable: %s", row)
			}
		}
		seals, err := db.Seals(t.Context())
		if err != nil || seals.Plain != 0 || seals.Older != 0 || seals.Sealed != 7 {
			t.Errorf("seals %+v, %v", seals, err)
		}
	})
}

func TestReseal_SealsPlainTextAndChangesKeys(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		plain := open(t, storage.Options{URL: url})
		user, id := fill(t, plain)
		want := shown(t, plain, user, id)
		both, keys := newKeys(t, "k1", "k2")
		reseal := func(keys *storage.Keys, count int) {
			db := open(t, storage.Options{URL: url, Keys: keys})
			if got := shown(t, db, user, id); got != want {
				t.Errorf("before: %s, want %s", got, want)
			}
			n, err := db.Reseal(t.Context(), func(int) {})
			if err != nil || n != count {
				t.Errorf("resealed %d, %v, want %d", n, err, count)
			}
			if got := shown(t, db, user, id); got != want {
				t.Errorf("after: %s, want %s", got, want)
			}
			if n, err := db.Reseal(t.Context(), func(int) {}); n != 0 || err != nil {
				t.Errorf("again: %d, %v", n, err)
			}
		}
		reseal(keys, 8)
		first, second, _ := strings.Cut(both, ",")
		reseal(parseKeys(t, second+","+first), 8)
		// The first key is no longer needed.
		db := open(t, storage.Options{URL: url, Keys: parseKeys(t, second)})
		if got := shown(t, db, user, id); got != want {
			t.Errorf("with the new key alone: %s", got)
		}
		check(t, db.RequireSealed(t.Context()))
		insertPlain(t, db, id)
		strict := open(t, storage.Options{URL: url, Keys: parseKeys(t, second)})
		if _, err := strict.ListMessages(t.Context(), user.ID, id, interview.MessageQuery{}); interview.ErrorCode(err) != interview.CodeUnavailable {
			t.Errorf("a plain row among sealed ones: %v", err)
		}
	})
}

func insertPlain(t *testing.T, db *storage.DB, conversationID string) {
	t.Helper()
	_, err := storage.SQL(db).ExecContext(t.Context(), storage.SQL(db).Rebind(
		`insert into messages (id, conversation_id, role, content, created_at) values (?, ?, 'user', 'smuggled', '2030-01-01 00:00:00.000000')`),
		"00000000-0000-4000-8000-000000000001", conversationID)
	check(t, err)
}

func TestOpen_WrongOrMissingKeysAreAClearError(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		_, keys := newKeys(t, "k1")
		fill(t, open(t, storage.Options{URL: url, Keys: keys}))
		_, same := newKeys(t, "k1") // another key of the same name
		_, other := newKeys(t, "k9")
		for name, wrong := range map[string]*storage.Keys{"none": nil, "another of that name": same, "another": other} {
			_, err := storage.Open(context.Background(), storage.Options{URL: url, Keys: wrong})
			if e := interview.AsError(err); e == nil || e.Code != interview.CodeInvalid || e.Details.Field != "BETTERPROFILE_ENCRYPTION_KEYS" {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestSeal_SwappedRowsDoNotOpen(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		_, keys := newKeys(t, "k1")
		db := open(t, storage.Options{URL: url, Keys: keys})
		user, id := fill(t, db)
		_, err := storage.SQL(db).ExecContext(t.Context(), `update messages set content = (select content from messages where role = 'user' order by id limit 1)
			where role = 'assistant'`)
		check(t, err)
		if _, err := db.ListMessages(t.Context(), user.ID, id, interview.MessageQuery{}); interview.ErrorCode(err) != interview.CodeUnavailable {
			t.Errorf("got %v", err)
		}
	})
}

func TestPlainStore_TextThatLooksSealedStaysAsTyped(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		db := open(t, storage.Options{URL: url})
		user := storagetest.User(t, db)
		for _, text := range []string{"enc:v1:k1:AAAA", "enc:plain:x", "enc:", "enc:v1:"} {
			c, err := db.CreateConversation(t.Context(), user.ID, interview.Conversation{ID: interview.NewID(), Title: text, Messages: []interview.Message{
				{ID: interview.NewID(), Role: interview.RoleUser, Content: text},
			}})
			if err != nil || c.Title != text || c.Messages[0].Content != text {
				t.Errorf("%q became %+v, %v", text, c, err)
			}
		}
	})
}

func TestParseKeys_RefusesWithoutTelling(t *testing.T) {
	t.Parallel()
	good, _ := newKeys(t, "main")
	for _, bad := range []string{"nokey", "main:", "main:c2hvcnQ=", "ma in:" + strings.TrimPrefix(good, "main:"), good + "," + good, ":" + good, "x:!!!"} {
		_, err := storage.ParseKeys(bad)
		if e := interview.AsError(err); e == nil || e.Code != interview.CodeInvalid || strings.Contains(e.Message, strings.TrimPrefix(good, "main:")) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if keys, err := storage.ParseKeys(" "); keys != nil || err != nil {
		t.Errorf("nothing is %v, %v", keys, err)
	}
}

func BenchmarkSealOpen(b *testing.B) {
	_, keys := newKeys(b, "k1")
	text := strings.Repeat("word ", 60)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if got, err := storage.SealAndOpen(keys, text); err != nil || got != text {
			b.Fatal(got, err)
		}
	}
}

func TestSealText_OpensAtItsPlaceOnly(t *testing.T) {
	t.Parallel()
	_, keys := newKeys(t, "a")
	_, other := newKeys(t, "a")
	sealed := keys.SealText("drafts/1", "a draft")
	if strings.Contains(sealed, "draft") || !storage.IsSealed(sealed) {
		t.Errorf("sealed is %q", sealed)
	}
	var none *storage.Keys
	for _, c := range []struct {
		name          string
		keys          *storage.Keys
		place, stored string
		want          string // "" for an error
	}{
		{"as it was", keys, "drafts/1", sealed, "a draft"},
		{"at another place", keys, "drafts/2", sealed, ""},
		{"with another key", other, "drafts/1", sealed, ""},
		{"without a key", none, "drafts/1", sealed, ""},
		{"cut", keys, "drafts/1", sealed[:len(sealed)-3], ""},
		{"damaged", keys, "drafts/1", sealed + "!", ""},
		{"never sealed", keys, "drafts/1", "plain", "plain"},
		{"never sealed, without a key", none, "drafts/1", none.SealText("drafts/1", "plain"), "plain"},
	} {
		got, err := c.keys.OpenText(c.place, c.stored)
		if got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
}
