package main

import (
	"context"
	"database/sql"
	"fmt"
)

// seeded says what a database was filled with.
type seeded struct {
	user, token, conversation string // the conversation with half of the messages
	messages                  int
}

// leastConversations is enough for 80 pages.
const leastConversations = 5000

// seed fills a database with so many messages of one user: half of them in one conversation, the others in as many as make at least 80
// pages. Every user message has its turn. It goes around the checks of foreign keys, which would take most of the time.
func (l *lab) seed(ctx context.Context, dsn string, messages int) (seeded, error) {
	s := seeded{messages: messages, conversation: "ffffffff-0000-7000-8000-000000000000"}
	var err error
	if s.user, s.token, err = l.user(ctx, dsn); err != nil {
		return s, err
	}
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		return s, err
	}
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return s, err
	}
	defer conn.Close()
	others := max(leastConversations, messages/20)
	each := max(1, messages/2/others)
	for _, step := range seedSteps(s, others, each) {
		if _, err := conn.ExecContext(ctx, step); err != nil {
			return s, fmt.Errorf("filling the database: %w", err)
		}
	}
	return s, nil
}

// seedSteps are the statements. Odd messages are the user's, each with a turn whose reply is the next one.
func seedSteps(s seeded, others, each int) []string {
	const (
		id      = `('%[2]s0000000' || lpad(to_hex(%[1]s), 24, '0'))::uuid`
		at      = `timestamp '2026-01-01' + (%s) * interval '1 second'`
		content = `'Message ' || %s || ': ' || repeat('we rebuilt the handover on our ward. ', 5)`
		insert  = `insert into messages (id, conversation_id, role, content, metadata, created_at) `
	)
	conversation := fmt.Sprintf(id, "c", "c")
	role := func(n string) string { return "case when " + n + " % 2 = 1 then 'user' else 'assistant' end" }
	turn := `insert into turns (message_id, conversation_id, user_id, status, engine, created_at, updated_at)
		select id, conversation_id, '` + s.user + `', 'completed', 'openai', created_at, created_at from messages where role = 'user'`
	owner := func(id, n string) string {
		return `insert into conversations (id, user_id, title, created_at, updated_at, pinned_at)
			select ` + id + `, '` + s.user + `', 'Interview ' || ` + n + `, ` + fmt.Sprintf(at, "0") + `, ` + fmt.Sprintf(at, n) + `,
			case when ` + n + ` % 1000 = 0 then now() end`
	}
	metadata := `case when %s %% 2 = 0 then '{"engine":"openai","model":"gpt-4o-mini"}'::jsonb end, `
	return []string{
		`set session_replication_role = replica`, `set synchronous_commit = off`,
		owner("'"+s.conversation+"'::uuid", "1"),
		owner(conversation, "c") + fmt.Sprintf(` from generate_series(1, %d) c`, others),
		insert + `select ` + fmt.Sprintf(id, "n", "a") + `, '` + s.conversation + `', ` + role("n") + `, ` + fmt.Sprintf(content, "n") + `, ` +
			fmt.Sprintf(metadata, "n") + fmt.Sprintf(at, "n") + fmt.Sprintf(` from generate_series(1, %d) n`, s.messages/2),
		insert + `select ` + fmt.Sprintf(id, "c * 1000 + n", "b") + `, ` + conversation + `, ` + role("n") + `, ` + fmt.Sprintf(content, "n") + `, ` +
			fmt.Sprintf(metadata, "n") + fmt.Sprintf(at, "c + n") +
			fmt.Sprintf(` from generate_series(1, %d) c, generate_series(1, %d) n`, others, each),
		turn,
		`vacuum analyze`, `checkpoint`,
	}
}
