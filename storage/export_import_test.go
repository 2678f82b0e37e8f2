package storage_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
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

// lines is all of a user as the lines of an export, without the first.
func lines(t testing.TB, db *storage.DB, user interview.User) []string {
	t.Helper()
	var file bytes.Buffer
	exportTo(t, db, user, &file)
	return strings.Split(file.String(), "\n")[1:]
}

// moved imports what was exported for a new user of a database, and returns its lines there.
func moved(t testing.TB, db *storage.DB, exported []string) []string {
	t.Helper()
	user := storagetest.User(t, db)
	header := `{"type":"export","version":1,"createdAt":"2026-11-23T09:30:00.000Z","user":{"id":"x","name":"X","email":"x@y.z"}}` + "\n"
	_, err := db.Import(t.Context(), user.ID, interview.ReadExport(strings.NewReader(header+strings.Join(exported, "\n"))))
	if err != nil {
		t.Fatalf("import: %v", err)
	}
	return lines(t, db, user)
}

func sameLines(t testing.TB, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("line %d\ngot  %q\nwant %q", i+2, got[min(i, len(got)):min(i+1, len(got))], want[min(i, len(want)):min(i+1, len(want))])
		}
	}
}

// directions runs f from each kind of database to the other, plain and sealed.
func directions(t *testing.T, f func(t *testing.T, from, to *storage.DB)) {
	t.Helper()
	for _, c := range []struct {
		name         string
		sealed, back bool
	}{{"sqlite to postgres", false, false}, {"sealed sqlite to postgres", true, false}, {"postgres to sqlite", false, true}, {"sealed postgres to sqlite", true, true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, keys := newKeys(t, "k1")
			_, others := newKeys(t, "k2")
			if !c.sealed {
				keys, others = nil, nil
			}
			from := open(t, storage.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "x.db"), Keys: keys})
			to := open(t, storage.Options{URL: storagetest.Migrated(t), Keys: others})
			if c.back {
				from, to = to, from
			}
			f(t, from, to)
		})
	}
}

// TestExport_ImportedElsewhereGivesTheSameLines is about any records that can be.
func TestExport_ImportedElsewhereGivesTheSameLines(t *testing.T) {
	t.Parallel()
	directions(t, func(t *testing.T, from, to *storage.DB) {
		rapid.Check(t, func(r *rapid.T) {
			var file bytes.Buffer
			out, err := interview.NewExportWriter(&file, interview.User{}, time.Now())
			if err != nil {
				r.Fatal(err)
			}
			for _, record := range drawRecords(r) {
				if err := out.Write(record); err != nil {
					r.Fatal(err)
				}
			}
			if err := out.Close(); err != nil {
				r.Fatal(err)
			}
			want := strings.Split(file.String(), "\n")[1:]
			here := moved(t, from, want)
			sameLines(t, here, want)
			sameLines(t, moved(t, to, here), want)
		})
	})
}

// drawRecords draws conversations with all in them, in the order of an export.
func drawRecords(r *rapid.T) []interview.ExportRecord {
	var records []interview.ExportRecord
	ids := newIDs(rapid.IntRange(0, 3).Draw(r, "conversations"))
	for _, id := range ids {
		c := interview.ConversationRecord{
			ID: id, Title: drawText(r), PinnedAt: drawOptionalTime(r), ArchivedAt: drawOptionalTime(r), CreatedAt: drawTime(r), UpdatedAt: drawTime(r),
			Metadata: drawObject(r), State: drawObject(r),
		}
		if rapid.Bool().Draw(r, "summarised") {
			c.SummarisedUpto = interview.NewID()
		}
		records = append(records, interview.ExportRecord{Conversation: &c})
		messages := drawMessages(r, id)
		for _, m := range messages {
			records = append(records, interview.ExportRecord{Message: &m})
		}
		records = append(records, drawTurns(r, messages)...)
	}
	return append(records, drawMemory(r, records)...)
}

// newIDs makes ids, in order.
func newIDs(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = interview.NewID()
	}
	slices.Sort(ids)
	return ids
}

func drawMessages(r *rapid.T, conversationID string) []interview.MessageRecord {
	messages := make([]interview.MessageRecord, rapid.IntRange(0, 6).Draw(r, "messages"))
	if rapid.IntRange(0, 19).Draw(r, "many") == 0 {
		messages = make([]interview.MessageRecord, 230) // more than a batch
	}
	for i := range messages {
		messages[i] = interview.MessageRecord{
			ID: interview.NewID(), ConversationID: conversationID, Role: rapid.SampledFrom([]interview.Role{interview.RoleUser, interview.RoleAssistant}).Draw(r, "role"),
			Content: drawText(r), Metadata: drawObject(r), CreatedAt: drawTime(r),
		}
	}
	slices.SortFunc(messages, func(a, b interview.MessageRecord) int {
		if c := a.CreatedAt.Compare(b.CreatedAt.Time); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return messages
}

func drawTurns(r *rapid.T, messages []interview.MessageRecord) (records []interview.ExportRecord) {
	var replies []string
	for _, m := range messages {
		if m.Role == interview.RoleAssistant {
			replies = append(replies, m.ID)
		}
	}
	for _, m := range messages {
		if m.Role != interview.RoleUser || rapid.IntRange(0, 3).Draw(r, "no turn") == 0 {
			continue
		}
		turn := interview.TurnRecord{
			MessageID: m.ID, ConversationID: m.ConversationID, Attempt: rapid.IntRange(1, 1_000_000).Draw(r, "attempt"),
			Status: rapid.SampledFrom([]interview.TurnStatus{interview.TurnCompleted, interview.TurnFailed, interview.TurnCancelled}).Draw(r, "status"),
			Engine: drawText(r), Model: drawText(r), CreatedAt: drawTime(r), UpdatedAt: drawTime(r),
			Usage: interview.Usage{InputTokens: rapid.IntRange(0, 1<<31-1).Draw(r, "in"), OutputTokens: rapid.IntRange(0, 1<<31-1).Draw(r, "out")},
		}
		if len(replies) > 0 && rapid.Bool().Draw(r, "replied") {
			turn.ReplyID, replies = replies[0], replies[1:]
		}
		if turn.Status == interview.TurnFailed {
			turn.Error = &interview.Error{
				Code: rapid.SampledFrom(interview.Codes()).Draw(r, "code"), Message: drawText(r),
				Details: interview.Details{Reason: drawText(r), RetryAfterSeconds: rapid.IntRange(0, 100).Draw(r, "retry")},
			}
		}
		records = append(records, interview.ExportRecord{Turn: &turn})
	}
	return records
}

func drawText(r *rapid.T) string {
	text := rapid.OneOf(
		rapid.String(), rapid.SampledFrom([]string{"", "enc:v1:k1:AAAA", "enc:plain:x", "\u2028<b>&amp;\\u0000", "e\u0301 👩‍👩‍👧 \x1b[31m \ufeff \U0010ffff"}),
	).Draw(r, "text")
	return strings.ReplaceAll(text, "\x00", "")
}

// drawTime draws a time to the microsecond.
func drawTime(r *rapid.T) interview.ExactTime {
	first, last := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9998, 12, 31, 23, 59, 59, 999_999_000, time.UTC)
	near := time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)
	micros := rapid.OneOf(
		rapid.Int64Range(first.UnixMicro(), last.UnixMicro()), rapid.Int64Range(near.UnixMicro(), near.UnixMicro()+3),
		rapid.SampledFrom([]int64{first.UnixMicro(), 0, last.UnixMicro()}),
	).Draw(r, "time")
	return interview.ExactTime{Time: time.UnixMicro(micros).UTC()}
}

func drawOptionalTime(r *rapid.T) *interview.ExactTime {
	if rapid.Bool().Draw(r, "no time") {
		return nil
	}
	t := drawTime(r)
	return &t
}

// drawObject draws a JSON object, or nothing.
func drawObject(r *rapid.T) json.RawMessage {
	if rapid.Bool().Draw(r, "no object") {
		return nil
	}
	b, err := json.Marshal(drawMembers(r, 3))
	if err != nil {
		r.Fatal(err)
	}
	return b
}

func drawMembers(r *rapid.T, depth int) map[string]any {
	object := map[string]any{}
	for range rapid.IntRange(0, 3).Draw(r, "members") {
		name := rapid.OneOf(rapid.SampledFrom([]string{"previous", "status", "engine", "z", "aa"}), rapid.Just(drawText(r))).Draw(r, "name")
		object[name] = drawJSON(r, depth)
	}
	return object
}

func drawJSON(r *rapid.T, depth int) any {
	kind := rapid.IntRange(0, 6).Draw(r, "kind")
	switch {
	case kind == 0:
		return nil
	case kind == 1:
		return rapid.Bool().Draw(r, "bool")
	case kind == 2:
		return json.Number(rapid.SampledFrom([]string{"0", "-0", "0.0", "-0.00", "1e2", "1.50E1", "1.5e-3", "12345678901234567890.120", "-1e-7", "0e5", "1E+30"}).Draw(r, "number"))
	case kind == 3:
		return rapid.Float64Range(-1e100, 1e100).Draw(r, "float")
	case kind == 4 && depth > 0:
		return drawMembers(r, depth-1)
	case kind == 5 && depth > 0:
		array := []any{}
		for range rapid.IntRange(0, 3).Draw(r, "elements") {
			array = append(array, drawJSON(r, depth-1))
		}
		return array
	default:
		return drawText(r)
	}
}

// TestExport_OfALifeImportedElsewhereGivesTheSameLines is about what the program itself does: turns that end in every way, retries, forks, changes.
func TestExport_OfALifeImportedElsewhereGivesTheSameLines(t *testing.T) {
	t.Parallel()
	directions(t, func(t *testing.T, from, to *storage.DB) {
		user, id := fill(t, from)
		view, err := from.GetConversation(t.Context(), user.ID, id, 200)
		check(t, err)
		messages := view.Conversation.Messages
		remember(t, from, user.ID, messages[1])
		_, err = from.ForkConversation(t.Context(), user.ID, id, interview.ForkInput{MessageID: messages[1].ID, Content: "Another " + secret})
		check(t, err)
		yes, now := true, time.Now()
		_, err = from.UpdateConversation(t.Context(), user.ID, id, interview.ConversationPatch{Pinned: &yes, Archived: &yes})
		check(t, err)
		want := lines(t, from, user)
		if len(want) < 8 || !strings.Contains(strings.Join(want, "\n"), secret) {
			t.Fatalf("lines %q", want)
		}
		got := moved(t, to, want)
		sameLines(t, got, want)
		back := open(t, storage.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "back.db"), Now: func() time.Time { return now.Add(time.Hour) }})
		sameLines(t, moved(t, back, got), want)
	})
}

// TestExport_SharesThePool shows that exports wait for each other, and leave connections for those who are typing.
func TestExport_SharesThePool(t *testing.T) {
	t.Parallel()
	storagetest.Backends(t, func(t *testing.T, newDB func(testing.TB) *storage.DB) {
		db := newDB(t)
		user, id := fill(t, db)
		places := map[string]int{"sqlite": 1, "postgres": 2}[db.Kind()]
		inside, release, ended := make(chan struct{}), make(chan struct{}), make(chan error)
		for range places + 1 {
			go func() {
				first := true
				ended <- db.Export(t.Context(), user.ID, func(interview.ExportRecord) error {
					if first {
						first = false
						inside <- struct{}{}
						<-release
					}
					return nil
				})
			}()
		}
		for range places {
			<-inside
		}
		if _, _, err := db.BeginTurn(t.Context(), user.ID, id, interview.TurnInput{Content: "x"}, interview.Lease{}); interview.ErrorCode(err) != interview.CodeTurnInProgress {
			t.Errorf("a turn beside exports: %v", err)
		}
		select {
		case <-inside:
			t.Error("one export too many")
		default:
		}
		close(release)
		<-inside
		for range places + 1 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if n := db.Stats().InUse; n != 0 {
			t.Errorf("%d connections are still in use", n)
		}
	})
}

func TestSearch_LooksAtSoManyMessagesAndLeadsOn(t *testing.T) {
	t.Parallel()
	storagetest.Backends(t, func(t *testing.T, newDB func(testing.TB) *storage.DB) {
		db := newDB(t)
		user := storagetest.User(t, db)
		c := interview.Conversation{ID: interview.NewID()}
		for i := range 95 {
			c.Messages = append(c.Messages, interview.Message{ID: interview.NewID(), Role: interview.RoleUser, Content: fmt.Sprintf("message %d", i)})
		}
		_, err := db.CreateConversation(t.Context(), user.ID, c)
		check(t, err)
		storage.LimitSearch(db, 10)
		pages, found := 0, 0
		for q := (interview.SearchQuery{Text: `"message 7"`}); ; pages++ {
			page, err := db.Search(t.Context(), user.ID, q)
			check(t, err)
			found += len(page.Results)
			if q.Cursor = page.NextCursor; q.Cursor == "" {
				break
			}
		}
		if pages != 9 || found != 11 {
			t.Errorf("%d pages and %d results", pages, found)
		}
	})
}

// TestSearch_ReadsWindowsAsAWhole has more messages than are looked at in order, of many conversations, some at one time, denser the older they are.
func TestSearch_ReadsWindowsAsAWhole(t *testing.T) {
	t.Parallel()
	storagetest.Backends(t, func(t *testing.T, newDB func(testing.TB) *storage.DB) {
		db := newDB(t)
		user := storagetest.User(t, db)
		const conversations, messages = 25, 2600
		all := make([]interview.MessageRecord, messages)
		ids := make([]string, conversations)
		for i := range ids {
			ids[i] = interview.NewID()
		}
		at := time.Now().UTC().Truncate(time.Second)
		for i := range all { // the newest first
			if i%3 == 0 {
				at = at.Add(-time.Duration(messages-i) * time.Second)
			}
			text := "every"
			if i%40 == 0 {
				text += " seldom"
			}
			if i > 1500 && i%2 == 0 {
				text += " often"
			}
			if i == messages-1 {
				text += " once"
			}
			all[i] = interview.MessageRecord{ID: interview.NewID(), ConversationID: ids[i%conversations], Role: interview.RoleUser, Content: text, CreatedAt: interview.ExactTime{Time: at}}
		}
		_, err := db.Import(t.Context(), user.ID, func(yield func(interview.ExportRecord, error) bool) {
			for i, id := range ids {
				yield(interview.ExportRecord{Conversation: &interview.ConversationRecord{ID: id, CreatedAt: interview.ExactTime{Time: at}, UpdatedAt: interview.ExactTime{Time: at}}}, nil)
				for n := range all {
					if m := all[len(all)-1-n]; m.ConversationID == ids[i] {
						yield(interview.ExportRecord{Message: &m}, nil)
					}
				}
			}
		})
		check(t, err)
		slices.SortFunc(all, func(a, b interview.MessageRecord) int {
			return cmp.Or(b.CreatedAt.Compare(a.CreatedAt.Time), strings.Compare(b.ID, a.ID))
		})
		for _, most := range []int{50_000, 1800} {
			storage.LimitSearch(db, most)
			for text, limits := range map[string][]int{"seldom": {7, 50, 200}, "often": {50, 200}, "once": {50}, "every": {200}, "never": {50}, "often seldom": {10}} {
				var want []string
				for _, m := range all {
					if !slices.ContainsFunc(strings.Fields(text), func(word string) bool { return !strings.Contains(m.Content, word) }) {
						want = append(want, m.ID)
					}
				}
				for _, limit := range limits {
					if got := searchAll(t, db, user.ID, interview.SearchQuery{Text: text, Limit: limit}); !slices.Equal(got, want) {
						t.Errorf("%q by %d of %d: found %d of %d, or not in order", text, limit, most, len(got), len(want))
					}
				}
			}
		}
	})
}

// searchAll returns the ids of what a search finds, on all its pages.
func searchAll(t *testing.T, db *storage.DB, userID string, q interview.SearchQuery) (ids []string) {
	t.Helper()
	for {
		page, err := db.Search(t.Context(), userID, q)
		check(t, err)
		for _, r := range page.Results {
			ids = append(ids, r.MessageID)
		}
		if q.Cursor = page.NextCursor; q.Cursor == "" || t.Failed() {
			return ids
		}
	}
}
