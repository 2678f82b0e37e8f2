package storage

import (
	"context"
	"database/sql"
	"io/fs"

	"github.com/jmoiron/sqlx"
)

// Queries whose plans are tested.
const (
	ListConversationsQuery = listConversations
	ListMessagesQuery      = listMessages
	BeginPostgresQuery     = beginPostgres
	BeginKnownQuery        = beginKnown
	FinishPostgresQuery    = finishPostgres
	BeginGroupQuery        = beginGroup
	FinishGroupQuery       = finishGroup
	ExpiredTurnsQuery      = expiredTurns
	FindMessagesQuery      = findMessages
	FindPostgresQuery      = findPostgres
	CountMessagesQuery     = countWindow + wholeWindow + countEnd
	CountPostgresQuery     = countWindow + wholePostgres + countEnd
	WholeMessagesQuery     = readWindow + wholeWindow
	WholePostgresQuery     = readWindow + wholePostgres
	OrderFoundQuery        = orderFound
	ReadMessagesQuery      = readMessages
	ReadResultsQuery       = readResults
	ExportMessagesQuery    = exportMessages
	ExportTurnsQuery       = exportTurns
	CopyMessagesQuery      = copyMessages
	LoadMemoryQuery        = loadMemory
	LoadTurnQuery          = loadTurn
	FinishLearningQuery    = finishLearning
	CheckpointQuery        = checkpointPostgres
	SetTitleQuery          = setTitle
	CountOwnSourcesQuery   = countOwnSources
)

// ListMessagesUpQuery is the query of EachMessage.
func ListMessagesUpQuery() string { return listMessagesUp() }

// ListRecentQuery is the query of ListConversations with Recent.
func ListRecentQuery() string { return listRecent() }

// LimitSearch sets how many messages one search looks at.
func LimitSearch(db *DB, messages int) { db.searchMessages = messages }

// Pool gives tests the connections of db.
func Pool(db *DB) *sql.DB { return db.sql.DB }

// SQL is Pool with the placeholders of the database.
func SQL(db *DB) *sqlx.DB { return db.sql }

// Dump is all that is stored of conversations, as text.
func Dump(ctx context.Context, db *DB) (rows []string, err error) {
	for _, query := range []string{
		`select content || coalesce(cast(metadata as text), '') from messages`,
		`select coalesce(title, '') || coalesce(cast(state as text), '') || coalesce(cast(metadata as text), '') from conversations`,
		`select partial || coalesce(error_message, '') || coalesce(cast(error_details as text), '') from turns`,
	} {
		var some []string
		if err := db.sql.SelectContext(ctx, &some, query); err != nil {
			return nil, err
		}
		rows = append(rows, some...)
	}
	return rows, nil
}

// SealAndOpen does both once.
func SealAndOpen(keys *Keys, text string) (string, error) {
	keyID, sealed, _ := parseSealed(keys.seal(fieldContent, "id", text))
	opened, err := keys.openIn(new(scratch), fieldContent, "id", keyID, sealed)
	return string(opened), err
}

// Translated is a query as the database gets it.
func Translated(db *DB, query string) string { return db.statement(query).text }

// MigrationNames are the names of the migration files of a kind of database.
func MigrationNames(kind string) ([]string, error) {
	entries, err := migrationFiles.ReadDir("migrations/" + kind)
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, err
}

// MigrationText is a migration file as it is run in layout B.
func MigrationText(kind, name string) (string, error) {
	folder, err := (&dialect{kind: kind}).migrations(layout{name: "B"})
	if err != nil {
		return "", err
	}
	b, err := fs.ReadFile(folder, name)
	return string(b), err
}

// HoldGroups keeps turns that begin or end from the database until release is called: those who wait then are a group. Waiting is how many do.
func HoldGroups(db *DB) (waiting func() int, release func()) {
	db.begins.mustWait(nil)
	db.finishes.mustWait(nil)
	waiting = func() int { return db.begins.count() + db.finishes.count() }
	return waiting, func() {
		db.begins.next()
		db.finishes.next()
	}
}

func (g *groupCommit[T]) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting)
}
