package storage_test

import (
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

// run executes a statement with ? and the {names} of the layout.
func run(t testing.TB, db *storage.DB, query string, args ...any) {
	t.Helper()
	exec(t, storage.Pool(db), storage.Translated(db, query), args...)
}

// textColumns are all columns that hold text, as "table.column", quoted.
func textColumns(t testing.TB, db *storage.DB) []string {
	t.Helper()
	if db.Kind() == "sqlite" {
		return texts(t, storage.Pool(db), `select '"' || m.name || '"."' || p.name || '"' from sqlite_master m, pragma_table_info(m.name) p
			where m.type = 'table' and m.name not like 'sqlite_%'`)
	}
	return texts(t, storage.Pool(db), `select '"' || table_name || '"."' || column_name || '"' from information_schema.columns
		where table_schema = 'public' and data_type in ('text', 'character varying', 'uuid', 'json', 'jsonb')`)
}

// holding are those of the columns in which a text is.
func holding(t testing.TB, db *storage.DB, columns []string, text string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, column := range columns {
		table, _, _ := strings.Cut(column, ".")
		for range texts(t, storage.Pool(db), `select '' from `+table+` where cast(`+column+` as text) like '%`+text+`%'`) {
			found[column] = true
		}
	}
	return found
}

// fillEverything stores something of the user's in every table, and returns their conversation.
func fillEverything(t *testing.T, db *storage.DB, user, other interview.User) string {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	conversation, message, id := interview.NewID(), interview.NewID(), interview.NewID()
	_, err := db.CreateConversation(t.Context(), user.ID, interview.Conversation{ID: conversation, Title: "Brightpost"})
	must(err)
	_, _, err = db.BeginTurn(t.Context(), user.ID, conversation, interview.TurnInput{ID: message, Content: "I run Brightpost."}, interview.Lease{Owner: "a", For: time.Hour})
	must(err)
	must(db.SetPassword(t.Context(), user.ID, "hash"))
	_, err = db.StartSession(t.Context(), interview.NewSignIn{UserID: user.ID, For: time.Hour})
	must(err)
	must(db.CreateDeviceCode(t.Context(), interview.DeviceCode{DeviceCode: "device", UserCode: "user", Status: "pending", ExpiresAt: interview.At(time.Now())}))
	_, err = db.ClaimDeviceCode(t.Context(), "user", user.ID)
	must(err)
	_, err = db.TakeRate(t.Context(), "messages "+user.ID, 1, 5, time.Hour)
	must(err)
	now := "2026-03-04 05:06:07.000000"
	run(t, db, `insert into user_bans (user_id, created_at) values (?, ?)`, user.ID, now)
	run(t, db, `insert into {verification} (id, identifier, value, {.expires_at}) values (?, 'reset', ?, ?)`, id, `{"for":"`+user.ID+`"}`, now)
	run(t, db, `insert into {verification} (id, identifier, value, {.expires_at}) values (?, ?, 'x', ?)`, interview.NewID(), user.Email, now)
	run(t, db, `insert into memories (user_id) values (?)`, user.ID)
	run(t, db, `insert into experiences (id, user_id, kind, org, version, created_at, updated_at) values (?, ?, 'work', 'Brightpost', 1, ?, ?)`, id, user.ID, now, now)
	run(t, db, `insert into profile_facts (id, user_id, experience_id, kind, key, text, quote, status, confidence, version, created_at, updated_at)
		values (?, ?, ?, 'org', 'org', 'Brightpost', 'Brightpost', 'proposed', 1, 1, ?, ?)`, id, user.ID, id, now, now)
	run(t, db, `insert into fact_sources (fact_id, message_id, position, start, "end") values (?, ?, 0, 6, 16)`, id, message)
	run(t, db, `insert into threads (id, user_id, message_id, quote, start, "end", status, version, created_at) values (?, ?, ?, 'Brightpost', 6, 16, 'open', 1, ?)`, id, user.ID, message, now)
	run(t, db, `insert into episodes (id, user_id, conversation_id, level, from_seq, to_seq, last_message, text, version, created_at)
		values (?, ?, ?, 1, 1, 1, ?, 'Brightpost', 1, ?)`, id, user.ID, conversation, message, now)
	in, err := db.StartSession(t.Context(), interview.NewSignIn{UserID: other.ID, For: time.Hour})
	must(err)
	if in.ImpersonatedBy != nil {
		run(t, db, `update {session} set {.impersonated_by} = ? where token = ?`, user.ID, in.Token)
	}
	return conversation
}

func TestEraseUser_LeavesNoRow(t *testing.T) {
	t.Parallel()
	storagetest.Layouts(t, func(t *testing.T, open func(testing.TB) *storage.DB) {
		db := open(t)
		user, other := storagetest.User(t, db), storagetest.User(t, db)
		columns := textColumns(t, db)
		conversation := fillEverything(t, db, user, other)
		before := holding(t, db, columns, user.ID)
		for _, column := range columns {
			name := strings.ToLower(strings.ReplaceAll(column, "_", ""))
			if (strings.HasSuffix(name, `."userid"`) || strings.HasSuffix(name, `."impersonatedby"`)) && !before[column] {
				t.Errorf("%s was not filled by this test", column)
			}
		}
		if err := db.EraseUser(t.Context(), user.ID); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{user.ID, user.Email, conversation, "Brightpost"} {
			for column := range holding(t, db, columns, text) {
				t.Errorf("%q is left in %s", text, column)
			}
		}
		if _, err := db.GetUser(t.Context(), other.ID); err != nil {
			t.Error(err)
		}
	})
}

func TestFindSession_DeletesAnExpiredOne(t *testing.T) {
	t.Parallel()
	storagetest.Layouts(t, func(t *testing.T, open func(testing.TB) *storage.DB) {
		db := open(t)
		in, err := db.StartSession(t.Context(), interview.NewSignIn{UserID: storagetest.User(t, db).ID, For: 0})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := db.FindSession(t.Context(), in.Token); interview.ErrorCode(err) != interview.CodeUnauthenticated {
			t.Errorf("an expired session: %v", err)
		}
		if left := texts(t, storage.Pool(db), storage.Translated(db, `select token from {session}`)); len(left) != 0 {
			t.Errorf("%v are left", left)
		}
	})
}

// twice opens a database of each kind two times, as two servers do.
func twice(t *testing.T, f func(t *testing.T, first, second *storage.DB)) {
	for kind, url := range map[string]string{"sqlite": "sqlite:" + filepath.Join(t.TempDir(), "test.db"), "postgres": storagetest.Migrated(t)} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			f(t, open(t, storage.Options{URL: url}), open(t, storage.Options{URL: url}))
		})
	}
}

func TestTakeRate_ServersShareABucket(t *testing.T) {
	t.Parallel()
	twice(t, func(t *testing.T, first, second *storage.DB) {
		var given, refused atomic.Int64
		var wg sync.WaitGroup
		for i := range 20 {
			db := []*storage.DB{first, second}[i%2]
			wg.Go(func() {
				for range 5 {
					wait, err := db.TakeRate(t.Context(), "key", 1, 50, time.Hour)
					switch {
					case err != nil:
						t.Error(err)
					case wait == 0:
						given.Add(1)
					case wait > time.Hour:
						t.Errorf("wait %v", wait)
					default:
						refused.Add(1)
					}
				}
			})
		}
		wg.Wait()
		if given.Load() != 50 || refused.Load() != 50 {
			t.Errorf("%d tokens were given, %d were not, of 50", given.Load(), refused.Load())
		}
	})
}

// The clock of a server does not count.
func TestTakeRate_GoesByTheDatabasesClock(t *testing.T) {
	t.Parallel()
	for kind, url := range map[string]string{"sqlite": "sqlite:" + filepath.Join(t.TempDir(), "test.db"), "postgres": storagetest.Migrated(t)} {
		now := time.Now()
		for i, clock := range []time.Time{now, now.Add(100 * time.Hour), now.Add(-100 * time.Hour)} {
			db := open(t, storage.Options{URL: url, Now: func() time.Time { return clock }})
			wait, err := db.TakeRate(t.Context(), "key", 1, 1, time.Hour)
			if err != nil || (wait == 0) != (i == 0) {
				t.Errorf("%s, server %d: wait %v, %v", kind, i, wait, err)
			}
		}
	}
}

func TestTakeRate_SweepsWhatSaysNothing(t *testing.T) {
	t.Parallel()
	emptyDatabases(t, func(t *testing.T, url string) {
		now := time.Now()
		db := open(t, storage.Options{URL: url, Now: func() time.Time { return now }})
		code := interview.DeviceCode{DeviceCode: "old", UserCode: "old", Status: "pending", ExpiresAt: interview.At(now.Add(-30 * time.Hour))}
		for _, d := range []interview.DeviceCode{code, {DeviceCode: "late", UserCode: "late", Status: "pending", ExpiresAt: interview.At(now.Add(-time.Hour))}} {
			if err := db.CreateDeviceCode(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
		take := func(key string, interval time.Duration) {
			t.Helper()
			if wait, err := db.TakeRate(t.Context(), key, 1, 1, interval); err != nil || wait != 0 {
				t.Fatalf("wait %v, %v", wait, err)
			}
		}
		take("first", time.Microsecond) // the first sweep
		take("short", time.Microsecond)
		take("long", time.Hour)
		now = now.Add(2 * time.Minute)
		for len(texts(t, storage.Pool(db), `select key from rate_buckets where key = 'short'`)) > 0 { // the database's clock moves on
			take("other "+interview.NewID(), time.Hour)
			now = now.Add(2 * time.Minute)
		}
		if left := texts(t, storage.Pool(db), `select key from rate_buckets where key = 'long'`); len(left) != 1 {
			t.Error("a bucket that is not full was removed")
		}
		if left := texts(t, storage.Pool(db), `select user_code from device_code`); len(left) != 1 || left[0] != "late" {
			t.Errorf("device codes %v are left", left)
		}
	})
}

// Whoever banned a user may have left the sessions, and a web platform that does not know of our bans goes on making them.
func TestAuthenticate_SessionOfABannedUser(t *testing.T) {
	t.Parallel()
	const over, on = "2001-01-01 00:00:00.000000", "2999-01-01 00:00:00.000000"
	storagetest.Layouts(t, func(t *testing.T, open func(testing.TB) *storage.DB) {
		db := open(t)
		user, other := storagetest.User(t, db), storagetest.User(t, db)
		sessions := map[string]string{}
		for _, id := range []string{user.ID, other.ID} {
			in, err := db.StartSession(t.Context(), interview.NewSignIn{UserID: id, For: time.Hour})
			if err != nil {
				t.Fatal(err)
			}
			sessions[id] = in.Token
		}
		account, _, err := db.AccountByID(t.Context(), user.ID)
		if err != nil {
			t.Fatal(err)
		}
		check := func(what string, banned bool) {
			t.Helper()
			want := interview.Code("")
			if banned {
				want = interview.CodeUnauthenticated
			}
			if _, err := db.Authenticate(t.Context(), sessions[user.ID]); interview.ErrorCode(err) != want {
				t.Errorf("%s: %v", what, err)
			}
			if _, _, err := db.FindSession(t.Context(), sessions[user.ID]); interview.ErrorCode(err) != want {
				t.Errorf("%s: %v", what, err)
			}
			if _, err := db.Authenticate(t.Context(), sessions[other.ID]); err != nil {
				t.Errorf("%s, another user: %v", what, err)
			}
		}
		check("nothing", false)
		run(t, db, `insert into user_bans (user_id, created_at) values (?, ?)`, user.ID, over)
		check("our table, for good", true)
		run(t, db, `update user_bans set expires_at = ?`, on)
		check("our table, for a time", true)
		run(t, db, `update user_bans set expires_at = ?`, over)
		check("our table, over", false)
		if account.Admin == nil {
			return
		}
		run(t, db, `update {user} set banned = true where id = ?`, user.ID)
		check("the column, for good", true)
		run(t, db, `update {user} set {.ban_expires} = ? where id = ?`, on, user.ID)
		check("the column, for a time", true)
		run(t, db, `update {user} set {.ban_expires} = ? where id = ?`, over, user.ID)
		check("the column, over", false)
	})
}
