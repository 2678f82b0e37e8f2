package storage

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/betterprofile/betterprofile/interview"
	"golang.org/x/text/unicode/norm"
)

// searchBatch is how many conversations a search reads at a time.
const searchBatch = 100

// wholeContent is longer than any message.
const wholeContent = 1 << 30

// ListConversations implements interview.Store. With Text it reads the user's conversations in order until the page is full.
func (db *DB) ListConversations(
	ctx context.Context, userID string, query interview.ConversationQuery,
) (interview.ConversationPage, error) {
	query, err := query.Normalize()
	if err != nil {
		return interview.ConversationPage{}, err
	}
	from, err := before(query.Cursor)
	if err != nil {
		return interview.ConversationPage{}, err
	}
	l := lister{db: db, userID: userID, query: query, words: strings.Fields(fold(query.Text))}
	err = db.read(ctx, func(q conn) error {
		l.found, l.at = nil, from
		return l.run(ctx, q)
	})
	if err != nil {
		return interview.ConversationPage{}, db.fail(ctx, "list conversations", err)
	}
	return l.page(), nil
}

// lister collects a page of conversations.
type lister struct {
	db     *DB
	userID string
	query  interview.ConversationQuery
	words  []string                 // that must occur, folded
	found  []interview.Conversation // one more than the page holds when there is a next one
	at     interview.Position       // of the last one read
}

// run reads until the page is full or there are no more.
func (l *lister) run(ctx context.Context, q conn) error {
	sql, batch, content := listConversations, l.query.Limit+1, interview.PreviewRunes
	switch {
	case l.query.Recent:
		sql = listRecent()
	case l.query.Archived:
		sql = listArchived()
	}
	if len(l.words) > 0 {
		batch = searchBatch
	}
	if len(l.words) > 0 || l.db.keys != nil { // a part of a sealed text does not open
		content = wholeContent
	}
	for {
		rows := make([]conversationRow, 0, batch)
		var row conversationRow
		err := q.rows(ctx, row.listed(), func() { rows = append(rows, row) }, sql, l.args(content, batch)...)
		if err != nil {
			return err
		}
		if err := l.take(rows); err != nil || len(rows) < batch || len(l.found) > l.query.Limit {
			return err
		}
	}
}

// args are the query's arguments for the next batch.
func (l *lister) args(content, batch int) []any {
	if l.query.Recent {
		return []any{content, l.userID, stamp{l.at.Time.Time}, l.at.ID, batch}
	}
	return []any{content, l.userID, l.at.Pinned, stamp{l.at.Time.Time}, l.at.ID, batch}
}

// take adds those rows that hold all words.
func (l *lister) take(rows []conversationRow) error {
	for _, row := range rows {
		c, err := l.db.conversation(row)
		if err != nil {
			return err
		}
		l.at = interview.Position{Pinned: c.Pinned, Time: c.UpdatedAt, ID: c.ID}
		if len(l.words) > 0 && !containsAll(fold(c.Title+"\n"+c.Preview), l.words) {
			continue
		}
		c.Preview = interview.FirstRunes(c.Preview, interview.PreviewRunes)
		if l.found = append(l.found, c); len(l.found) > l.query.Limit {
			return nil
		}
	}
	return nil
}

// page is what was found, with the cursor to more of it.
func (l *lister) page() interview.ConversationPage {
	p := interview.ConversationPage{Conversations: l.found}
	if p.Conversations == nil {
		p.Conversations = []interview.Conversation{}
	}
	if len(l.found) > l.query.Limit {
		p.Conversations = l.found[:l.query.Limit]
		last := p.Conversations[l.query.Limit-1]
		p.NextCursor = interview.Position{Pinned: last.Pinned, Time: last.UpdatedAt, ID: last.ID}.Cursor()
	}
	return p
}

func containsAll(text string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// fold returns text without the differences of case, accents and width. Upper case comes first because it joins letters, such as
// the two small sigmas, that lower case keeps apart.
func fold(text string) string {
	if isASCII(text) {
		return strings.ToLower(text)
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(unicode.ToUpper(r))
	}, norm.NFKD.String(text))
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
