package storage_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// platform is a database as a web platform has it before we arrive.
type platform struct {
	files                  []string
	user, session, account string // its tables
	device                 string // the table of device codes that it has, or gets
	idType                 string
	id                     string // of a user
}

func platforms() map[string]platform {
	const text, uuid = "u1ABCDEFGHIJKLMNOPQRSTUVWXYZ0123", "5f0c7a8e-3d2b-4c1a-9e8f-001122334455"
	a := platform{[]string{"layout-a.sql"}, `"user"`, "session", "account", `"deviceCode"`, "text", text}
	withChat := a
	withChat.files = append(slices.Clone(a.files), "chat-for-layout-a.sql")
	return map[string]platform{
		"a": a, "a with conversations": withChat,
		"b":                              {[]string{"layout-b.sql"}, `"user"`, "session", "account", "device_code", "text", text},
		"c":                              {[]string{"layout-c.sql"}, "users", "sessions", "accounts", "device_codes", "uuid", uuid},
		"c as found on the web platform": {[]string{"platform-c-existing.sql"}, "users", "sessions", "accounts", "device_codes", "uuid", uuid},
	}
}

// column is a column's name in the platform's tables.
func (p platform) column(name string) string {
	if p.device != `"deviceCode"` {
		return name
	}
	parts := strings.Split(name, "_")
	for i := range parts[1:] {
		parts[i+1] = strings.ToUpper(parts[i+1][:1]) + parts[i+1][1:]
	}
	return `"` + strings.Join(parts, "") + `"`
}

// addUser makes a user with a session as the platform does, in a time zone of its own.
func (p platform) addUser(t *testing.T, db *sql.DB, token string, ends time.Time) {
	t.Helper()
	c := p.column
	exec(t, db, fmt.Sprintf(`insert into %s (id, name, email, %s) values ($1, 'Ada', 'ada@example.com', true)`, p.user, c("email_verified")), p.id)
	exec(t, db, fmt.Sprintf(`insert into %s (id, token, %s, %s, %s) values ($1, $2, $3, $4, now())`, p.session, c("user_id"), c("expires_at"), c("updated_at")),
		p.id, token, p.id, ends.UTC().Format("2006-01-02T15:04:05.000Z07:00"))
	exec(t, db, fmt.Sprintf(`insert into %s (id, %s, %s, %s, scope, %s) values ($1, '1234', 'google', $2, 'openid,email', now())`,
		p.account, c("account_id"), c("provider_id"), c("user_id"), c("updated_at")), p.id, p.id)
}

// catalogue is all there is to know of tables' columns, constraints and indexes.
func catalogue(t *testing.T, db *sql.DB, tables ...string) []string {
	t.Helper()
	in := "'" + strings.ReplaceAll(strings.Join(tables, "', '"), `"`, "") + "'"
	return texts(t, db, `
		select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
			from information_schema.columns where table_schema = 'public' and table_name in (`+in+`)
		union all select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
			where connamespace = 'public'::regnamespace and conrelid::regclass::text in (`+in+`, '"user"')
		union all select indexdef from pg_indexes where schemaname = 'public' and tablename in (`+in+`) order by 1`)
}

func TestOpen_SharesEveryLayout(t *testing.T) {
	t.Parallel()
	for name, p := range platforms() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := storagetest.Postgres(t)
			theirs := raw(t, url)
			exec(t, theirs, storagetest.DDL(t, p.files...))
			ends := time.Now().Add(time.Hour).Truncate(time.Millisecond)
			p.addUser(t, theirs, "token1", ends)
			before := catalogue(t, theirs, p.user, p.session, p.account)

			db := open(t, storage.Options{URL: url})
			if after := catalogue(t, theirs, p.user, p.session, p.account); !slices.Equal(before, after) {
				t.Errorf("their tables were\n%s\nand are\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
			}
			in, account, err := db.FindSession(t.Context(), "token1")
			if err != nil || account.ID != p.id || !account.EmailVerified || !in.ExpiresAt.Equal(ends) || in.ExpiresAt.Location() != time.UTC {
				t.Fatalf("their session: %+v of %+v, %v; it ends at %v", in, account, err, ends)
			}
			if logins, err := db.Logins(t.Context(), p.id); err != nil || len(logins) != 1 || !slices.Equal(logins[0].Scopes, []string{"openid", "email"}) {
				t.Errorf("logins %+v, %v", logins, err)
			}
			if _, hash, err := db.AccountByID(t.Context(), p.id); err != nil || hash != "" {
				t.Errorf("the hash of who has no password is %q, %v", hash, err)
			}
			checkShared(t, p, theirs, db)
		})
	}
}

// checkShared lets both sides use the database.
func checkShared(t *testing.T, p platform, theirs *sql.DB, db *storage.DB) {
	t.Helper()
	for table, column := range map[string]string{"conversations": "user_id", "turns": "user_id", "memories": "user_id", "user_bans": "user_id", p.device: p.column("user_id")} {
		got := texts(t, theirs, `select data_type from information_schema.columns where table_name = $1 and column_name = $2`, strings.Trim(table, `"`), strings.Trim(column, `"`))
		if !slices.Equal(got, []string{p.idType}) {
			t.Errorf("%s.%s is %v, want %s", table, column, got, p.idType)
		}
	}
	unique := texts(t, theirs, `select indexdef from pg_indexes where tablename = $1 and indexdef like 'CREATE UNIQUE%' and indexdef not like '%pkey%'`, strings.Trim(p.device, `"`))
	if len(unique) != 2 {
		t.Errorf("unique indexes of device codes: %v", unique)
	}
	in, err := db.StartSession(t.Context(), interview.NewSignIn{UserID: p.id, For: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	ends := texts(t, theirs, fmt.Sprintf(`select to_char(%s, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') from %s where token = $1`, p.column("expires_at"), p.session), in.Token)
	if want := in.ExpiresAt.Format(interview.TimeFormat); len(ends) != 1 || ends[0] != want {
		t.Errorf("they read that our session ends at %v, and we at %s", ends, want)
	}
	// Drizzle inserts what it knows of.
	id := interview.NewID()
	exec(t, theirs, `insert into conversations (id, user_id, title) values ($1, $2, 'Theirs')`, id, p.id)
	exec(t, theirs, `insert into messages (conversation_id, role, content, metadata) values ($1, 'user', 'Hello', '{"a": 1}')`, id)
	view, err := db.GetConversation(t.Context(), p.id, id, 10)
	if err != nil || view.Conversation.Title != "Theirs" || string(view.Conversation.Messages[0].Metadata) != `{"a": 1}` {
		t.Fatalf("their conversation is %+v, %v", view, err)
	}
	if _, err := db.CreateConversation(t.Context(), p.id, interview.Conversation{ID: interview.NewID()}); err != nil {
		t.Error(err)
	}
	// The platform deletes sessions, logins and the user, and nothing of ours is in its way.
	exec(t, theirs, fmt.Sprintf(`delete from %s; delete from %s; delete from %s`, p.session, p.account, p.user))
	if left := texts(t, theirs, `select id::text from conversations`); len(left) != 0 {
		t.Errorf("conversations %v are left", left)
	}
}

func TestOpen_RefusesTwoLayoutsAtOnce(t *testing.T) {
	t.Parallel()
	two := storagetest.Postgres(t)
	exec(t, raw(t, two), storagetest.DDL(t, "layout-a.sql", "platform-c-existing.sql"))
	ours := storagetest.Migrated(t)
	exec(t, raw(t, ours), storagetest.DDL(t, "platform-c-existing.sql"))
	for url, words := range map[string][]string{
		two:  {"A (session.expiresAt)", "C (sessions.expires_at)"},
		ours: {"B (session.expires_at)", "C (sessions.expires_at)"},
	} {
		for _, noMigrate := range []bool{false, true} {
			_, err := storage.Open(t.Context(), storage.Options{URL: url, NoMigrate: noMigrate})
			checkError(t, err, interview.CodeInvalid, words...)
		}
	}
	if made := texts(t, raw(t, two), `select coalesce(to_regclass('turns')::text, '')`); made[0] != "" {
		t.Error("tables were made")
	}
}

func TestOpen_RefusesIDsItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, ddl := range []string{
		`create table "user" (id integer primary key); create table session (id integer, expires_at timestamp)`,
		`create table sessions (id uuid, expires_at timestamp)`,
	} {
		url := storagetest.Postgres(t)
		exec(t, raw(t, url), ddl)
		_, err := storage.Open(t.Context(), storage.Options{URL: url})
		checkError(t, err, interview.CodeInvalid, "ids are text or UUIDs")
	}
}

// Other installations have UUIDs in layouts A and B, or text in C.
func TestOpen_GoesByTheTypeOfIDs(t *testing.T) {
	t.Parallel()
	for file, change := range map[string][]string{
		"layout-b.sql":            {`"id" text`, `"id" uuid`, `"user_id" text`, `"user_id" uuid`},
		"platform-c-existing.sql": {"uuid PRIMARY KEY DEFAULT gen_random_uuid()", "text PRIMARY KEY", `"user_id" uuid`, `"user_id" text`},
	} {
		url := storagetest.Postgres(t)
		ddl := strings.NewReplacer(change...).Replace(storagetest.DDL(t, file))
		exec(t, raw(t, url), ddl)
		db := open(t, storage.Options{URL: url})
		user := storagetest.User(t, db)
		if _, err := db.CreateConversation(t.Context(), user.ID, interview.Conversation{ID: interview.NewID()}); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		in, err := db.StartSession(t.Context(), interview.NewSignIn{UserID: user.ID, For: time.Hour})
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if _, account, err := db.FindSession(t.Context(), in.Token); err != nil || account.ID != user.ID {
			t.Errorf("%s: %+v, %v", file, account, err)
		}
	}
}

// A role that may only use one schema finds the accounts there, not those of others.
func TestOpen_LooksIntoTheCurrentSchemaOnly(t *testing.T) {
	t.Parallel()
	url := storagetest.Postgres(t)
	theirs := raw(t, url)
	exec(t, theirs, storagetest.DDL(t, "layout-a.sql")+`create schema ours`)
	db := open(t, storage.Options{URL: url + "&search_path=ours,public"})
	storagetest.User(t, db)
	if n := texts(t, theirs, `select count(*)::text from ours."user"`); n[0] != "1" {
		t.Errorf("%s users in our schema", n[0])
	}
}
