package storage

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/betterprofile/betterprofile/interview"
)

const (
	// All of a user's conversations are locked: no turn begins or ends until nothing is left of what is forgotten.
	lockConversations = `select id, title, cast(state as text) as state, cast(metadata as text) as metadata, summarised_upto
		from conversations where user_id = ? order by id {lock}`

	// It is made where there is none, so that nobody else can.
	lockMemory = `insert into memories (user_id) values (?) on conflict (user_id) do update set epoch = memories.epoch`

	hasRunningTurn = `select exists (
			select 1 from turns t join conversations c on c.id = t.conversation_id where t.status = 'running' and c.user_id = ?
		)`

	emptyTurns = `update turns set partial = '', error_message = case when error_message is null then null else ? end where message_id = ? and user_id = ?`

	turnErrors = `select t.message_id, t.error_message from conversations c join messages m on m.conversation_id = c.id join turns t on t.message_id = m.id
		where c.user_id = ? and t.error_message is not null`

	selectEpisodes = `select id, conversation_id, level, from_seq, to_seq, last_message, text, created_at from episodes
		where user_id = ? order by conversation_id, from_seq`

	selectThreads = `select id, message_id, quote, start, "end", status, created_at from threads where user_id = ? order by id`

	deleteFact = `delete from profile_facts where id = ? and user_id = ?`

	deleteThread = `delete from threads where id = ? and user_id = ?`

	clearSupersedes = `update profile_facts set supersedes = null where user_id = ? and supersedes = ?`

	// What begins to change one of them meanwhile, by a statement that asks for {unmoved}, finds that it came too late.
	moveConversations = `update conversations set user_id = user_id where user_id = ?`

	updateConversation = `update conversations set title = ?, state = {json}, metadata = {json}, summarised_upto = ? where id = ? and user_id = ?`
)

// errDryRun ends the transaction of a dry run.
var errDryRun = errors.New("only to be shown")

// Forget implements interview.Store.
func (db *DB) Forget(ctx context.Context, userID string, in interview.ForgetInput) (interview.ForgetReport, error) {
	in, err := in.Normalize()
	if err != nil {
		return interview.ForgetReport{}, err
	}
	terms := parseTerms(in.Matching)
	if in.Matching != "" && len(terms) == 0 {
		return interview.ForgetReport{}, interview.Invalid("matching", "matching must have a word to look for.")
	}
	var f *forgetting
	err = db.write(ctx, func(q conn) error {
		f = newForgetting(db, q, userID, in, terms)
		return f.run(ctx)
	})
	if err != nil && !errors.Is(err, errDryRun) {
		return interview.ForgetReport{}, db.fail(ctx, "forget", err)
	}
	if !in.DryRun && !f.report.Empty() && db.dialect.kind == "sqlite" {
		db.truncateLog(ctx)
	}
	return f.report, nil
}

// truncateLog moves what is in SQLite's log into the file, so that the log holds nothing of what was forgotten. Whoever reads just now may be in the way;
// then it is done when the log is full or the database is closed.
func (db *DB) truncateLog(ctx context.Context) {
	var busy, pages, moved int
	err := db.sql.QueryRowContext(context.WithoutCancel(ctx), `pragma wal_checkpoint(truncate)`).Scan(&busy, &pages, &moved)
	if err != nil || busy != 0 {
		db.log.Warn("the log of the database could not be emptied after something was forgotten", "busy", busy != 0, "error", err)
	}
}

// forgetting is one call of Forget: it finds everything first, then removes it.
type forgetting struct {
	db     *DB
	q      conn
	userID string
	in     interview.ForgetInput
	terms  []string

	conversations []conversationText
	gone          map[string]*goneMessage // by id
	order         []string                // of gone, as they were found
	words         saidWords               // of the user's messages among them
	previous      map[string][]byte       // the metadata, sealed, of messages that lose earlier texts or others' notes

	report interview.ForgetReport
}

// conversationText is what a conversation holds beside its messages.
type conversationText struct {
	ID       string
	Title    sql.NullString
	State    sql.NullString
	Metadata sql.NullString
	Upto     sql.NullString `db:"summarised_upto"`

	title    string // opened
	keptUpto string // the last message of the last episode that stays
	first    int    // the number of its first message that is gone, 0 for none
	at       int    // counts its messages
	changed  bool
}

// goneMessage is a message that is forgotten.
type goneMessage struct {
	conversation *conversationText
	role         interview.Role
	content      string
	at           time.Time
}

func newForgetting(db *DB, q conn, userID string, in interview.ForgetInput, terms []string) *forgetting {
	return &forgetting{
		db: db, q: q, userID: userID, in: in, terms: terms, gone: map[string]*goneMessage{}, words: newSaidWords(), previous: map[string][]byte{},
		report: interview.ForgetReport{MessageIDs: []string{}, DryRun: in.DryRun},
	}
}

// run does all of it within a transaction.
func (f *forgetting) run(ctx context.Context) error {
	if err := f.lock(ctx); err != nil {
		return err
	}
	for _, find := range []func(context.Context) error{f.findNamed, f.findCopies, f.findReplies, f.count} {
		if err := find(ctx); err != nil {
			return err
		}
	}
	plan, err := f.plan(ctx)
	if err != nil || f.report.Empty() {
		return err
	}
	if f.in.DryRun {
		return errDryRun
	}
	if err := f.idle(ctx); err != nil {
		return err
	}
	if err := f.remove(ctx, plan); err != nil {
		return err
	}
	return f.idle(ctx) // in a conversation that was made meanwhile
}

// lock keeps everybody from the user's conversations and memory, in the order in which turns take these.
func (f *forgetting) lock(ctx context.Context) error {
	if err := f.q.list(ctx, &f.conversations, lockConversations, f.userID); err != nil || len(f.conversations) == 0 {
		return err
	}
	_, err := f.q.exec(ctx, lockMemory, f.userID)
	return err
}

// idle is turn_in_progress while a turn of the user is running.
func (f *forgetting) idle(ctx context.Context) error {
	var running bool
	if err := f.q.get(ctx, &running, hasRunningTurn, f.userID); err != nil || !running {
		return err
	}
	return interview.Errorf(interview.CodeTurnInProgress, "A message is being answered. Wait for the reply, or cancel it, and forget then.")
}

// eachMessage calls g with all messages of the user that say something, each conversation's in order.
func (f *forgetting) eachMessage(ctx context.Context, g func(*conversationText, messageRow, interview.Message) error) error {
	for i := range f.conversations {
		c := &f.conversations[i]
		c.at = 0
		for last, at := zeroID, (stamp{}); ; {
			var rows []messageRow
			if err := f.q.list(ctx, &rows, exportMessages, c.ID, at, last, readBatch); err != nil {
				return err
			}
			for _, row := range rows {
				m, err := f.db.message(row)
				if err != nil {
					return err
				}
				c.at++
				last, at = row.ID, row.CreatedAt
				if m.Forgotten() {
					continue
				}
				if err := g(c, row, m); err != nil {
					return err
				}
			}
			if len(rows) < readBatch {
				break
			}
		}
	}
	return nil
}

// matches reports whether a text holds all words that are to be forgotten.
func (f *forgetting) matches(texts ...string) bool {
	if len(f.terms) == 0 {
		return false
	}
	for _, text := range texts {
		if text != "" && containsAll(folded(text), f.terms) {
			return true
		}
	}
	return false
}

// add notes that a message is forgotten.
func (f *forgetting) add(c *conversationText, m interview.Message) {
	f.gone[m.ID] = &goneMessage{conversation: c, role: m.Role, content: m.Content, at: m.CreatedAt.Time}
	f.order = append(f.order, m.ID)
	c.changed = true
	if c.first == 0 || c.at < c.first {
		c.first = c.at
	}
	if m.Role == interview.RoleUser {
		f.words.add(m.Content)
	}
}

// count counts the messages, and the titles and states of their conversations.
func (f *forgetting) count(context.Context) error {
	titles := map[string]bool{}
	for i := range f.conversations {
		c := &f.conversations[i]
		var err error
		if c.title, err = f.db.open(fieldTitle, c.ID, c.Title.String); err != nil {
			return err
		}
		if c.title != "" && (f.matches(c.title) || c.first > 0 && f.words.titled(c.title)) {
			titles[c.title] = true
		}
		state, err := f.db.open(fieldState, c.ID, c.State.String)
		if err != nil {
			return err
		}
		if c.State.Valid && (c.first > 0 || f.matches(state)) {
			c.State = sql.NullString{}
			c.changed = true
			f.report.States++
		}
		if f.matches(c.Metadata.String) {
			fork := interview.Conversation{Metadata: []byte(c.Metadata.String)}.ForkedFrom()
			c.Metadata, c.changed = jsonText(interview.ConversationMetadata{ForkedFrom: fork}.JSON()), true
		}
	}
	for i := range f.conversations { // a fork has the title of its original
		if c := &f.conversations[i]; titles[c.title] {
			c.Title, c.changed = sql.NullString{}, true
			f.report.Titles++
		}
	}
	slices.SortStableFunc(f.order, func(a, b string) int { return f.gone[a].at.Compare(f.gone[b].at) })
	for _, id := range f.order {
		if f.report.MessageIDs = append(f.report.MessageIDs, id); f.gone[id].role == interview.RoleUser {
			f.report.Messages++
		} else {
			f.report.Replies++
		}
	}
	return nil
}

// errForgotten is the text of an error that stood in the way of a message that is forgotten.
const errForgotten = "The message was forgotten."

// remove empties what was found.
func (f *forgetting) remove(ctx context.Context, plan forgetPlan) error {
	if _, err := f.q.exec(ctx, moveConversations, f.userID); err != nil {
		return err
	}
	for _, id := range f.order {
		content, err := f.db.seal(fieldContent, id, interview.ForgottenText)
		if err != nil {
			return err
		}
		if _, err := f.q.exec(ctx, updateMessage, content, jsonText([]byte(interview.ForgottenMetadata)), id); err != nil {
			return err
		}
		if _, err := f.q.exec(ctx, emptyTurns, errForgotten, id, f.userID); err != nil {
			return err
		}
	}
	for id, metadata := range f.previous {
		if _, err := f.q.exec(ctx, `update messages set metadata = ? where id = ?`, jsonText(metadata), id); err != nil {
			return err
		}
	}
	if err := f.cleanErrors(ctx); err != nil {
		return err
	}
	if err := plan.apply(ctx, f); err != nil {
		return err
	}
	for _, c := range f.conversations {
		if !c.changed {
			continue
		}
		_, err := f.q.exec(ctx, updateConversation, c.Title, c.State, c.Metadata, c.Upto, c.ID, f.userID)
		if err != nil {
			return err
		}
	}
	return nil
}

// cleanErrors empties error messages that hold the words: a model's endpoint may have said them.
func (f *forgetting) cleanErrors(ctx context.Context) error {
	if len(f.terms) == 0 {
		return nil
	}
	var rows []struct {
		MessageID string `db:"message_id"`
		Message   string `db:"error_message"`
	}
	if err := f.q.list(ctx, &rows, turnErrors, f.userID); err != nil {
		return err
	}
	for _, row := range rows {
		if f.matches(row.Message) {
			if _, err := f.q.exec(ctx, emptyTurns, errForgotten, row.MessageID, f.userID); err != nil {
				return err
			}
		}
	}
	return nil
}
