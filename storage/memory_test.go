package storage_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/betterprofile/betterprofile/interview"
	"github.com/betterprofile/betterprofile/storage"
	"github.com/betterprofile/betterprofile/storage/storagetest"
)

// remember stores something of each kind that is made of a message, with the secret in it.
func remember(t testing.TB, db *storage.DB, userID string, m interview.Message) interview.Learned {
	t.Helper()
	start := strings.Index(m.Content, secret)
	source := interview.Source{MessageID: m.ID, Start: start, End: start + len(secret)}
	at := interview.Time{Time: time.Date(2026, 3, 4, 5, 6, 7, 891_234_000, time.UTC)}
	e := interview.Experience{
		ID: interview.NewID(), Kind: interview.KindWork, Org: "The " + secret + " clinic", Role: secret + " nurse", Label: "the " + secret + " ward", Current: true,
		Coverage: map[string]interview.SlotState{"result/metric": {State: interview.CoverageVague, Credit: 0.3, At: interview.At(at.Time)}}, CreatedAt: at, UpdatedAt: at,
	}
	l := interview.Learned{
		Experiences: []interview.Experience{e},
		Facts: []interview.Fact{{
			ID: interview.NewID(), ExperienceID: e.ID, Kind: "skill", Key: "skill." + secret, Text: "Runs the " + secret + " ward", Value: []byte(`{"ward":"` + secret + `"}`),
			Quote: secret, Status: interview.FactProposed, Confidence: 0.7, Engine: "builtin", Sources: []interview.Source{source}, CreatedAt: at, UpdatedAt: at,
		}},
		Threads:  []interview.Thread{{ID: interview.NewID(), Quote: secret, Source: source, Status: interview.ThreadOpen, CreatedAt: at}},
		Coverage: map[string]interview.SlotState{"goals/next": {State: interview.CoverageRefused, At: interview.At(at.Time)}},
	}
	if _, ok, err := db.Learn(t.Context(), userID, 0, l); err != nil || !ok {
		t.Fatal(ok, err)
	}
	ok, err := db.AddEpisode(t.Context(), userID, 0, interview.Episode{
		ID: interview.NewID(), ConversationID: m.ConversationID, From: 1, To: 2, LastMessage: m.ID, Text: "They spoke of the " + secret + " ward.", CreatedAt: at,
	}, "")
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	return l
}

// said is the first message of the user's in a conversation.
func said(t testing.TB, db *storage.DB, userID, conversationID string) interview.Message {
	t.Helper()
	view, err := db.GetConversation(t.Context(), userID, conversationID, 200)
	check(t, err)
	at := slices.IndexFunc(view.Conversation.Messages, func(m interview.Message) bool { return m.Role == interview.RoleUser })
	return view.Conversation.Messages[at]
}

// known is all that is known of a user, as text.
func known(t testing.TB, db *storage.DB, userID string) string {
	t.Helper()
	c, err := db.LoadMemory(t.Context(), userID, interview.MemoryVersion{})
	check(t, err)
	c.Version = interview.MemoryVersion{}
	b, err := json.Marshal(c)
	check(t, err)
	return string(b)
}

// sizes counts what is known: experiences, facts, threads, episodes.
func sizes(t testing.TB, db *storage.DB, userID string) [4]int {
	t.Helper()
	c, err := db.LoadMemory(t.Context(), userID, interview.MemoryVersion{})
	check(t, err)
	return [4]int{len(c.Experiences), len(c.Facts), len(c.Threads), len(c.Episodes)}
}

func TestMemory_IsSealedAndResealed(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		plain := open(t, storage.Options{URL: url})
		user, id := fill(t, plain)
		remember(t, plain, user.ID, said(t, plain, user.ID, id))
		want := known(t, plain, user.ID)
		if n := strings.Count(want, secret); n < 9 {
			t.Fatalf("the secret is known %d times: %s", n, want)
		}
		before, err := plain.Seals(t.Context())
		check(t, err)
		both, keys := newKeys(t, "k1", "k2")
		first, second, _ := strings.Cut(both, ",")
		for _, ring := range []*storage.Keys{keys, parseKeys(t, second+","+first)} {
			db := open(t, storage.Options{URL: url, Keys: ring})
			_, err := db.Reseal(t.Context(), func(int) {})
			check(t, err)
			if got := known(t, db, user.ID); got != want {
				t.Errorf("known %s\nwant %s", got, want)
			}
			for table, texts := range everything(t, db) {
				if strings.Contains(texts, secret) {
					t.Errorf("readable in %s: %s", table, texts)
				}
			}
			seals, err := db.Seals(t.Context())
			if err != nil || seals.Plain != 0 || seals.Older != 0 || seals.Sealed != before.Plain {
				t.Errorf("seals %+v, %v, were %+v", seals, err, before)
			}
		}
		db := open(t, storage.Options{URL: url, Keys: parseKeys(t, second)})
		if got := known(t, db, user.ID); got != want {
			t.Errorf("with the new key alone: %s", got)
		}
		exec(t, storage.Pool(db), `update profile_facts set text = quote`)
		if _, err := db.LoadMemory(t.Context(), user.ID, interview.MemoryVersion{}); interview.ErrorCode(err) != interview.CodeUnavailable {
			t.Errorf("a swapped text: %v", err)
		}
	})
}

// everything is all that stands in the database, by table: every column of every row.
func everything(t testing.TB, db *storage.DB) map[string]string {
	t.Helper()
	query := `select name from sqlite_master where type = 'table'`
	if db.Kind() == "postgres" {
		query = `select quote_ident(table_name) from information_schema.tables where table_schema = any (current_schemas(false))`
	}
	all := map[string]string{}
	for _, table := range texts(t, storage.Pool(db), query) {
		rows, err := storage.Pool(db).QueryContext(t.Context(), `select * from "`+strings.Trim(table, `"`)+`"`)
		check(t, err)
		columns, err := rows.Columns()
		check(t, err)
		var b strings.Builder
		for rows.Next() {
			values, places := make([]sql.NullString, len(columns)), make([]any, len(columns))
			for i := range values {
				places[i] = &values[i]
			}
			check(t, rows.Scan(places...))
			for _, v := range values {
				b.WriteString(v.String + "\x1f")
			}
		}
		check(t, rows.Err())
		all[table] = b.String()
	}
	return all
}

func TestMemory_GoesWithTheMessageWhoeverDeletesIt(t *testing.T) {
	t.Parallel()
	storagetest.Backends(t, func(t *testing.T, newDB func(testing.TB) *storage.DB) {
		db := newDB(t)
		for what, remove := range map[string]func(m interview.Message, userID string) string{
			"message": func(m interview.Message, _ string) string { return `delete from messages where id = '` + m.ID + `'` },
			"conversation": func(m interview.Message, _ string) string {
				return `delete from conversations where id = '` + m.ConversationID + `'`
			},
			"user": func(_ interview.Message, userID string) string {
				return `delete from "user" where id = '` + userID + `'`
			},
		} {
			user, id := fill(t, db)
			m := said(t, db, user.ID, id)
			remember(t, db, user.ID, m)
			if got := sizes(t, db, user.ID); got != [4]int{1, 1, 1, 1} {
				t.Fatalf("known %v", got)
			}
			before, err := db.LoadMemory(t.Context(), user.ID, interview.MemoryVersion{})
			check(t, err)
			exec(t, storage.Pool(db), remove(m, user.ID))
			for _, table := range []string{"experiences", "profile_facts", "fact_sources", "threads", "episodes"} {
				if left := texts(t, storage.Pool(db), `select count(*) from `+table); left[0] != "0" {
					t.Errorf("%s: %s rows of %s are left", what, left[0], table)
				}
			}
			after, err := db.LoadMemory(t.Context(), user.ID, interview.MemoryVersion{})
			check(t, err)
			if what != "user" && after.Version.Epoch <= before.Version.Epoch {
				t.Errorf("%s: the epoch is %d, was %d", what, after.Version.Epoch, before.Version.Epoch)
			}
			if what == "message" {
				state, _, err := db.LoadState(t.Context(), user.ID, id, 1)
				if block, err2 := db.LoadBlock(t.Context(), user.ID, id, 1); err != nil || err2 != nil || state != nil || block.Upto != "" {
					t.Errorf("the state is %s, the block %+v, %v, %v", state, block, err, err2)
				}
			}
		}
	})
}

// settle ends the running turn that fill leaves.
func settle(t testing.TB, db *storage.DB, userID, conversationID string) {
	t.Helper()
	page, err := db.ListMessages(t.Context(), userID, conversationID, interview.MessageQuery{})
	check(t, err)
	last := page.Messages[len(page.Messages)-1]
	_, err = db.FinishTurn(t.Context(), userID, interview.TurnEnd{
		ConversationID: conversationID, MessageID: last.ID, Message: last, Owner: "a#1", Attempt: 1, Status: interview.TurnFailed, ReplyID: interview.NewID(),
		ReplyContent: "Ah, the " + secret, Error: interview.Errorf(interview.CodeModelUnavailable, "The model said: %s.", secret),
	})
	check(t, err)
}

func TestForget_LeavesNothingInTheDatabase(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, url string) {
		db := open(t, storage.Options{URL: url})
		user, id := fill(t, db)
		settle(t, db, user.ID, id)
		m := said(t, db, user.ID, id)
		remember(t, db, user.ID, m)
		_, err := db.ForkConversation(t.Context(), user.ID, id, interview.ForkInput{MessageID: m.ID, Content: "The " + secret + " ward again."})
		check(t, err)
		for range 300 { // pages that split and are filled again
			_, err := db.CreateConversation(t.Context(), user.ID, interview.Conversation{ID: interview.NewID(), Title: "x", Messages: []interview.Message{
				{ID: interview.NewID(), Role: interview.RoleUser, Content: strings.Repeat("word ", 40) + secret},
				{ID: interview.NewID(), Role: interview.RoleAssistant, Content: strings.Repeat("other ", 10)},
			}})
			check(t, err)
		}
		dry, err := db.Forget(t.Context(), user.ID, interview.ForgetInput{Matching: secret, DryRun: true})
		check(t, err)
		report, err := db.Forget(t.Context(), user.ID, interview.ForgetInput{Matching: strings.ToUpper(secret)})
		check(t, err)
		dry.DryRun = false
		if fmt.Sprint(dry) != fmt.Sprint(report) || report.Messages < 303 || report.Replies < 3 || report.PreviousTexts != 0 || report.Facts != 1 || report.Experiences != 1 ||
			report.Threads != 1 || report.Episodes != 1 || report.Titles != 2 || report.States != 1 {
			t.Errorf("the report is %+v\na dry run's %+v", report, dry)
		}
		for table, texts := range everything(t, db) {
			if strings.Contains(strings.ToLower(texts), secret) {
				t.Errorf("%s still holds it", table)
			}
		}
		if got := sizes(t, db, user.ID); got != [4]int{} {
			t.Errorf("still known: %v", got)
		}
		if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
			for _, name := range []string{path, path + "-wal"} {
				file, err := os.ReadFile(name)
				if err != nil && !os.IsNotExist(err) {
					t.Fatal(err)
				}
				if at := bytes.Index(file, []byte(secret)); at >= 0 {
					t.Errorf("%s holds it at byte %d of %d: %q", filepath.Base(name), at, len(file), file[max(0, at-60):min(len(file), at+60)])
				}
			}
		}
	})
}

func TestForget_MessagesLearnedFromStayForgottenByImport(t *testing.T) {
	t.Parallel()
	storagetest.Backends(t, func(t *testing.T, newDB func(testing.TB) *storage.DB) {
		db := newDB(t)
		user, id := fill(t, db)
		settle(t, db, user.ID, id)
		remember(t, db, user.ID, said(t, db, user.ID, id))
		backup := lines(t, db, user)
		_, err := db.Forget(t.Context(), user.ID, interview.ForgetInput{Matching: secret})
		check(t, err)
		header := `{"type":"export","version":1,"createdAt":"2026-11-23T09:30:00.000Z","user":{"id":"x","name":"X","email":"x@y.z"}}` + "\n"
		_, err = db.Import(t.Context(), user.ID, interview.ReadExport(strings.NewReader(header+strings.Join(backup, "\n"))))
		check(t, err)
		if got := sizes(t, db, user.ID); got[1] != 0 || got[2] != 0 || got[3] != 0 {
			t.Errorf("known again: %v", got)
		}
	})
}

// A thousand facts are loaded at once, and a change of one costs no more than without the others.
func TestPlans_MemoryIsReadByItsIndexes(t *testing.T) {
	t.Parallel()
	db := storagetest.PostgresDB(t)
	user, id := fill(t, db)
	m := said(t, db, user.ID, id)
	source := interview.Source{MessageID: m.ID, End: 1}
	var l interview.Learned
	for range 2000 {
		l.Facts = append(l.Facts, interview.Fact{
			ID: interview.NewID(), Kind: "skill", Key: "k", Text: "x", Quote: "I", Status: interview.FactProposed, Confidence: 1, Sources: []interview.Source{source},
		})
	}
	_, _, err := db.Learn(t.Context(), user.ID, 0, l)
	check(t, err)
	exec(t, storage.Pool(db), "analyze")
	args := []any{user.ID, 0, 1, 1, user.ID, 1000, user.ID, user.ID, user.ID, user.ID}
	for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
		plan := explain(t, storage.Pool(db), mode, storage.Translated(db, storage.LoadMemoryQuery), args)
		if strings.Contains(plan, "Seq Scan on profile_facts") {
			t.Errorf("%s:\n%s", mode, plan)
		}
	}
	lite := storagetest.SQLite(t)
	plan := sqlitePlan(t, storage.Pool(lite), storage.Translated(lite, storage.LoadMemoryQuery), args)
	if strings.Contains(plan, "SCAN f\n") || strings.Contains(plan, "SCAN e\n") || strings.Contains(plan, "SCAN t\n") || strings.Contains(plan, "SCAN p\n") {
		t.Errorf("sqlite:\n%s", plan)
	}
}

// drawMemory draws what may be known from messages, in the order of an export.
func drawMemory(r *rapid.T, records []interview.ExportRecord) []interview.ExportRecord {
	var conversations []string
	var messages []interview.MessageRecord
	for _, record := range records {
		switch m := record.Message; {
		case record.Conversation != nil:
			conversations = append(conversations, record.Conversation.ID)
		case m != nil && m.Role == interview.RoleUser && len(m.Content) > 0 && m.Content[0] < 0x80 && !strings.Contains("0123456789", m.Content[:1]):
			messages = append(messages, *m)
		}
	}
	var known []interview.ExportRecord
	if len(messages) == 0 {
		return nil
	}
	if rapid.Bool().Draw(r, "coverage") {
		known = append(known, interview.ExportRecord{Memory: &interview.MemoryRecord{Coverage: []byte(`{"goals/next":{"state":"vague","credit":0.25,"at":"2026-03-04T05:06:07.891Z"}}`)}})
	}
	experiences := newIDs(rapid.IntRange(0, 3).Draw(r, "experiences"))
	for _, id := range experiences {
		known = append(known, interview.ExportRecord{Experience: &interview.ExperienceRecord{
			ID: id, Kind: interview.KindProject, Org: short(r), Role: short(r), Start: short(r), Label: short(r), Current: rapid.Bool().Draw(r, "current"),
			Position: rapid.IntRange(-5, 5).Draw(r, "position"), CreatedAt: drawTime(r), UpdatedAt: drawTime(r),
		}})
	}
	source := func() (interview.Source, string) {
		m := rapid.SampledFrom(messages).Draw(r, "source")
		return interview.Source{MessageID: m.ID, End: 1}, m.Content[:1]
	}
	for _, id := range newIDs(rapid.IntRange(0, 4).Draw(r, "facts")) {
		first, quote := source()
		f := interview.FactRecord{
			ID: id, Kind: rapid.SampledFrom(interview.FactKinds()).Draw(r, "kind"), Key: short(r), Text: "It's true", Value: []byte(`["z",{"a":null}]`), Quote: quote,
			Status: rapid.SampledFrom([]interview.FactStatus{interview.FactConfirmed, interview.FactSuperseded}).Draw(r, "status"), Engine: short(r),
			Confidence: rapid.Float64Range(0.5, 1).Draw(r, "confidence"), ValidTo: short(r), Sources: []interview.Source{first}, CreatedAt: drawTime(r), UpdatedAt: drawTime(r),
		}
		if second, _ := source(); second != first {
			f.Sources = append(f.Sources, second)
		}
		if len(experiences) > 0 {
			f.ExperienceID = experiences[0]
		}
		known = append(known, interview.ExportRecord{Fact: &f})
	}
	for _, id := range newIDs(rapid.IntRange(0, 2).Draw(r, "threads")) {
		at, quote := source()
		known = append(known, interview.ExportRecord{Thread: &interview.ThreadRecord{ID: id, Quote: quote, Source: at, Status: interview.ThreadAsked, CreatedAt: drawTime(r)}})
	}
	for i, id := range newIDs(rapid.IntRange(0, 3).Draw(r, "episodes")) {
		known = append(known, interview.ExportRecord{Episode: &interview.EpisodeRecord{
			ID: id, ConversationID: rapid.SampledFrom(conversations).Draw(r, "of"), Level: i, From: 1 + i, To: 3 + i, LastMessage: messages[0].ID, Text: drawText(r),
			CreatedAt: drawTime(r),
		}})
	}
	return known
}

func short(r *rapid.T) string { return interview.FirstRunes(drawText(r), 20) }
