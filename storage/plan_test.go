package storage_test

import (
	"context"
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

const (
	fillConversationsPostgres = `insert into conversations (id, user_id, updated_at, pinned_at, archived_at)
		select gen_random_uuid(), 'u' || n % 10, timestamp '2026-01-01' + n * interval '1 second',
			case when n % 1000 = 0 then now() end, case when n % 50 = 1 then now() end from generate_series(1, 100000) n`
	fillMessagesPostgres = `with big as (select id, updated_at from conversations where user_id = 'u1' limit 1)
		insert into messages (conversation_id, role, content, created_at)
		select id, case n % 2 when 0 then 'user' else 'assistant' end, 'message ' || n, updated_at + n * interval '1 millisecond'
		from big, generate_series(1, 40000) n
		union all select id, 'assistant', 'first', updated_at from conversations where user_id = 'u3'`
	fillTurnsPostgres = `insert into turns (message_id, conversation_id, user_id, status, lease_owner, lease_until, created_at, updated_at)
		select m.id, c.id, c.user_id, case when m.content = 'first' and random() < 0.1 then 'running' else 'completed' end, 'b', now() + interval '1 day', m.created_at, m.created_at
		from messages m join conversations c on c.id = m.conversation_id where m.role = 'user' or m.content = 'first'`
	fillFewPostgres   = `update conversations set user_id = 'few' where id in (select id from conversations where user_id = 'u9' limit 50)`
	fillUsersPostgres = `insert into "user" (id, name, email) select 'u' || n, '', n || '@b.c' from generate_series(0, 9) n
		union all select 'few', '', 'few@b.c'`
)

// A plan that is made while tables are empty stays for a while: it must not be one through all rows, or through all running turns.
func TestPlans_PostgresEmpty(t *testing.T) {
	t.Parallel()
	for name, fill := range map[string]string{"empty": "select 1", "conversations without messages": fillUsersPostgres + "; " + fillConversationsPostgres} {
		t.Run(name, func(t *testing.T) { plansStayKeyed(t, fill) })
	}
}

func plansStayKeyed(t *testing.T, fill string) {
	t.Parallel()
	db := open(t, storage.Options{URL: storagetest.Migrated(t)})
	exec(t, storage.Pool(db), fill)
	id, sources := interview.NewID(), `[{"fact_id": "`+interview.NewID()+`", "message_id": "`+interview.NewID()+`", "position": 0, "start": 0, "end": 1}]`
	ids := "{" + id + "}"
	finish := []any{
		"Title", "{}", true, "2027-01-01", id, "u3", id, id, "b", "completed", 1, id, nil, nil, nil, "openai", "m", 1, 2, "2027-01-01",
		id, "b", id, "Hello", "{}", true,
	}
	begins := `[{"message_id": "` + id + `", "conversation_id": "` + id + `", "user_id": "u1", "content": "Hello", "at": "2027-01-01", "lease_owner": "a", "seconds": 15, "recent": 40, "known": ""}]`
	ends := `[{"message_id": "` + id + `", "conversation_id": "` + id + `", "user_id": "u1", "lease_owner": "a", "at": "2027-01-01", "status": "completed", "attempt": 1, "input_tokens": 1, "output_tokens": 2, "reply_id": "` + id + `", "content": "Hi"}]`
	for name, query := range map[string]struct {
		text string
		args []any
	}{
		"begin group":     {storage.BeginGroupQuery, []any{begins, ids, ids}},
		"finish group":    {storage.FinishGroupQuery, []any{ends, ids, ids}},
		"begin":           {storage.BeginPostgresQuery, []any{"2027-01-01", id, "u1", id, id, 40, id, "Hello", id, "a", 15, id, 40}},
		"begin known":     {storage.BeginKnownQuery, []any{"2027-01-01", id, "u1", "2026-01-01", "{9,8}", id, 40, id, "Hello", id, "a", 15}},
		"load":            {storage.LoadTurnQuery, []any{id, id, "u1", id, id, 40}},
		"memory":          {storage.LoadMemoryQuery, []any{"u1", 0, 1, 1, "u1", 1000, "u1", "u1", "u1", "u1"}},
		"finish":          {storage.FinishPostgresQuery, finish},
		"finish learning": {storage.FinishLearningQuery, append(slices.Clone(finish), "u1", "{}", "[]", sources, "[]", "u1", "[]", "u1", "u1", 1000)},
		"checkpoint":      {storage.CheckpointQuery, []any{10, 15, "{1}", ids, "{text}", ids, ids, "b"}},
		"title":           {storage.SetTitleQuery, []any{"Title", id, "u1", 0}},
		"sources":         {storage.CountOwnSourcesQuery, []any{"u1", ids}},
	} {
		plan := explain(t, storage.Pool(db), "force_generic_plan", storage.Translated(db, query.text), query.args)
		if strings.Contains(plan, "turns_lease_until_idx") || strings.Contains(plan, "turns_running_idx") || unkeyed(plan) != "" {
			t.Errorf("%s: %s\n%s", name, unkeyed(plan), plan)
		}
	}
}

// unkeyed is the first line of a plan that goes through a whole table or index.
func unkeyed(plan string) string {
	lines := strings.Split(plan+"\n", "\n")
	for i, line := range lines {
		if strings.Contains(line, "Seq Scan on") || strings.Contains(line, " using ") && !strings.Contains(lines[i+1], "Index Cond") {
			return line
		}
	}
	return ""
}

// A list costs the rows of its page, wherever the page is, also when PostgreSQL plans for any arguments.
func TestPlans_Postgres(t *testing.T) {
	t.Parallel()
	dsn := storagetest.Migrated(t)
	db := open(t, storage.Options{URL: dsn})
	platform := raw(t, dsn)
	for _, fill := range []string{fillUsersPostgres, fillConversationsPostgres, fillMessagesPostgres, fillTurnsPostgres, fillFewPostgres, "analyze"} {
		exec(t, platform, fill)
	}
	big := texts(t, platform, "select conversation_id from messages group by 1 order by count(*) desc limit 1")[0]
	asked := texts(t, platform, "select message_id from turns where status = 'running' limit 1")[0]
	small := texts(t, platform, "select conversation_id from turns where message_id = $1", asked)[0]
	max, fresh, reply, state := "ffffffff-ffff-ffff-ffff-ffffffffffff", interview.NewID(), interview.NewID(), `{"n": 1}`
	begins := `[{"message_id": "` + fresh + `", "conversation_id": "` + big + `", "user_id": "u1", "content": "Hello", "at": "2027-01-01", "lease_owner": "a", "seconds": 15, "recent": 40, "known": ""}]`
	ends := `[{"message_id": "` + asked + `", "conversation_id": "` + small + `", "user_id": "u3", "lease_owner": "b", "at": "2027-01-01", "status": "completed", "attempt": 1, "input_tokens": 1, "output_tokens": 2, "reply_id": "` + reply + `", "content": "Hi"}]`
	for name, query := range map[string]struct {
		text string
		args []any
		may  string // what its plan may have of what is bad in others
	}{
		"list":                {storage.ListConversationsQuery, []any{120, "u3", true, "9999-12-31", max, 51}, ""},
		"80th page of a list": {storage.ListConversationsQuery, []any{120, "u3", false, "2026-01-01 17:00:00", max, 51}, ""},
		"archived":            {strings.Replace(storage.ListConversationsQuery, "archived_at is null", "archived_at is not null", 1), []any{120, "u1", true, "9999-12-31", max, 51}, ""},
		"recent":              {storage.ListRecentQuery(), []any{120, "u3", "2026-01-01 17:00:00", max, 51}, "Sort Key: conversations.updated_at"},
		"messages":            {storage.ListMessagesQuery, []any{big, big, "u1", "9999-12-31", max, 51}, ""},
		"old messages":        {storage.ListMessagesQuery, []any{big, big, "u1", "2026-01-01 00:00:10", max, 51}, ""},
		"abandoned turns":     {storage.ExpiredTurnsQuery, []any{16}, ""},
		"up":                  {storage.ListMessagesUpQuery(), []any{big, big, "u1", "2026-01-01 00:00:10", max, 100}, ""},
		"search":              {storage.FindPostgresQuery, []any{"2026-01-01 00:00:10", "9999-12-31", "9999-12-31", max, "few", 1000}, "Bitmap"},
		"count of a window":   {storage.CountPostgresQuery, []any{"2026-01-01 00:00:10", "9999-12-31", "9999-12-31", max, "few"}, "Bitmap"},
		"whole window":        {storage.WholePostgresQuery, []any{"2026-01-01 00:00:10", "9999-12-31", "9999-12-31", max, "few"}, "Bitmap"},
		"order of results":    {storage.OrderFoundQuery, []any{"{" + big + "," + max + "}"}, "Bitmap; Sort Key: m.created_at"},
		"messages found":      {storage.ReadMessagesQuery, []any{"{" + big + "," + max + "}"}, "Bitmap"},
		"results":             {storage.ReadResultsQuery, []any{"u1", "{" + big + "," + max + "}"}, "Bitmap"},
		"export":              {storage.ExportMessagesQuery, []any{big, "2026-01-01 00:00:10", max, 100}, ""},
		"export of turns":     {storage.ExportTurnsQuery, []any{big, "2026-01-01 00:00:10", max, 100}, ""},
		"fork":                {storage.CopyMessagesQuery, []any{big, "2026-01-01 00:00:10", max, "2027-01-01", max, 128}, ""},
		"begin":               {storage.BeginPostgresQuery, []any{"2027-01-01", big, "u1", fresh, big, 40, fresh, "Hello", fresh, "a", 15, big, 40}, "Seq Scan on memories"},
		"begin known":         {storage.BeginKnownQuery, []any{"2027-01-01", big, "u1", "2026-01-01", "{9,8}", big, 40, fresh, "Hello", fresh, "a", 15}, "Seq Scan on memories"},
		"finish": {storage.FinishPostgresQuery, []any{
			"Title", state, true, "2027-01-01", small, "u3", asked, small, "b", "completed", 1, reply, nil, nil, nil, "openai", "m", 1, 2, "2027-01-01",
			asked, "b", reply, "Hello", state, true,
		}, ""},
		"begin group":  {storage.BeginGroupQuery, []any{begins, "{" + fresh + "}", "{" + big + "}"}, "Hash, Bitmap, Seq Scan on memories"},
		"finish group": {storage.FinishGroupQuery, []any{ends, "{" + small + "}", "{" + asked + "}"}, "Hash, Bitmap"},
	} {
		for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
			plan := explain(t, platform, mode, storage.Translated(db, query.text), query.args)
			for _, bad := range []string{"Seq Scan", "Hash", "Merge", "Sort Key: m.created_at", "Sort Key: conversations.updated_at", "Bitmap"} {
				if strings.Contains(plan, bad) && !strings.Contains(query.may, bad) {
					t.Errorf("%s, %s: %s\n%s", name, mode, bad, plan)
				}
			}
		}
	}
}

// explain runs a prepared query and returns its plan.
func explain(t *testing.T, db *sql.DB, mode, query string, args []any) string {
	t.Helper()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	literals := make([]string, len(args))
	for i, arg := range args {
		literals[i] = literal(arg)
	}
	for _, statement := range []string{"deallocate all", "set plan_cache_mode = " + mode, "prepare q as " + query} {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := conn.QueryContext(t.Context(), "explain (analyze, buffers, costs off) execute q ("+strings.Join(literals, ", ")+")")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func literal(arg any) string {
	switch v := arg.(type) {
	case nil:
		return "null"
	case string:
		return "'" + v + "'"
	default:
		return fmt.Sprint(v)
	}
}

func TestPlans_SQLite(t *testing.T) {
	t.Parallel()
	db := storagetest.SQLite(t)
	for name, query := range map[string]string{
		"list": storage.ListConversationsQuery, "messages": storage.ListMessagesQuery, "up": storage.ListMessagesUpQuery(),
		"search": storage.FindMessagesQuery, "count": storage.CountMessagesQuery, "whole": storage.WholeMessagesQuery, "export": storage.ExportMessagesQuery, "export of turns": storage.ExportTurnsQuery,
		"fork":            storage.CopyMessagesQuery,
		"recent":          storage.ListRecentQuery(),
		"archived":        strings.Replace(storage.ListConversationsQuery, "archived_at is null", "archived_at is not null", 1),
		"abandoned turns": storage.ExpiredTurnsQuery,
	} {
		text := storage.Translated(db, query)
		args := make([]any, strings.Count(text, "?"))
		for i := range args {
			args[i] = 1
		}
		plan := sqlitePlan(t, storage.Pool(db), text, args)
		plan = strings.ReplaceAll(plan, "USE TEMP B-TREE FOR LAST TERM", "") // sorts those of one time among each other
		if strings.Contains(strings.ReplaceAll(plan, "SCAN counted", ""), "SCAN") || strings.Contains(plan, "TEMP B-TREE") && name != "search" {
			t.Errorf("%s:\n%s", name, plan)
		}
		if name == "list" && !strings.Contains(plan, "updated_at") && !strings.Contains(plan, "<expr>") {
			t.Errorf("%s does not begin where the page does:\n%s", name, plan)
		}
	}
}

func sqlitePlan(t *testing.T, db *sql.DB, query string, args []any) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	rows, err := db.QueryContext(ctx, "explain query plan "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var id, parent, unused int
		var line string
		if err := rows.Scan(&id, &parent, &unused, &line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
