package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"strings"
)

// The tables have the names and columns of our server's, as far as the floor uses them, and only the indexes that its contract and its
// pages need. Its queries therefore also run on our server's database.
const schema = `
create table if not exists conversations (
	id uuid primary key, user_id text not null, title text, created_at timestamp not null, updated_at timestamp not null,
	pinned_at timestamp, archived_at timestamp
);
create index if not exists conversations_list_idx on conversations (user_id, (pinned_at is not null) desc, updated_at desc, id desc);
create table if not exists messages (
	id uuid primary key, conversation_id uuid not null, role text not null, content text not null, metadata jsonb, created_at timestamp not null
);
create index if not exists messages_conversation_id_created_at_id_idx on messages (conversation_id, created_at, id);
create table if not exists turns (
	message_id uuid primary key, conversation_id uuid not null, user_id text not null, status text not null, reply_id uuid,
	lease_owner text, lease_until timestamp, created_at timestamp not null, updated_at timestamp not null
);
create unique index if not exists turns_running_idx on turns (conversation_id) where status = 'running';
`

// The two statements of a turn: one round trip and one commit each.
const (
	beginTurn = `with c as (
	update conversations set updated_at = $4 where id = $2 and user_id = $5
	returning id
), m as (
	insert into messages (id, conversation_id, role, content, created_at)
	select $1, id, 'user', $3, $4 from c
)
insert into turns (message_id, conversation_id, user_id, status, lease_owner, lease_until, created_at, updated_at)
select $1, id, $5, 'running', 'floor', $4::timestamp + interval '15 s', $4, $4 from c`

	finishTurn = `with r as (
	insert into messages (id, conversation_id, role, content, created_at) values ($1, $2, 'assistant', $3, $4)
)
update turns set status = 'completed', reply_id = $1, lease_owner = null, lease_until = null, updated_at = $4
where message_id = $5 and status = 'running'`

	listMessages = `select id, role, content, metadata, created_at from messages
where conversation_id = $1 and (created_at, id) < ($2, $3) and exists (select 1 from conversations where id = $1 and user_id = $4)
order by created_at desc, id desc limit $5`

	listConversations = `select id, title, pinned_at is not null, archived_at is not null, created_at, updated_at, (
	select substr(content, 1, 120) from messages m where m.conversation_id = c.id order by m.created_at desc, m.id desc limit 1
)
from conversations c
where user_id = $1 and archived_at is null and (pinned_at is not null, updated_at, id) < ($2, $3, $4)
order by (pinned_at is not null) desc, updated_at desc, id desc limit $5`
)

// floor is the server.
type floor struct {
	db                                         *sql.DB
	begin, finish, messagesOf, conversationsOf *sql.Stmt
	client                                     *http.Client
	model, user, authorization                 string
}

// open connects to the database and prepares the statements.
func open(ctx context.Context, o options) (*floor, error) {
	db, err := sql.Open("postgres", o.database)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(o.conns)
	db.SetMaxIdleConns(o.conns)
	if o.init {
		if _, err := db.ExecContext(ctx, schema); err != nil {
			return nil, fmt.Errorf("making the tables: %w", err)
		}
	}
	transport := &http.Transport{MaxIdleConns: 2000, MaxIdleConnsPerHost: 2000, DisableCompression: true}
	f := &floor{
		db: db, client: &http.Client{Transport: transport}, user: o.user, authorization: "Bearer " + o.token,
		model: strings.TrimRight(o.model, "/") + "/chat/completions",
	}
	for query, to := range map[string]**sql.Stmt{
		beginTurn: &f.begin, finishTurn: &f.finish, listMessages: &f.messagesOf, listConversations: &f.conversationsOf,
	} {
		if *to, err = db.PrepareContext(ctx, query); err != nil {
			return nil, fmt.Errorf("preparing a statement: %w", err)
		}
	}
	return f, nil
}

// script is a turn for pgbench, run with -D user=…, -D content=… and -D reply=…, each a quoted text. Client number n has the
// conversation whose id is n as a UUID.
func script() string {
	const (
		message      = `lpad(to_hex(cast(:m as bigint)), 32, '0')::uuid`
		reply        = `lpad(to_hex(cast(:r as bigint)), 32, '1')::uuid`
		conversation = `lpad(to_hex(cast(:client_id as bigint)), 32, '0')::uuid`
		now          = `(clock_timestamp() at time zone 'utc')`
	)
	fill := func(query, one, two, three, five string) string {
		return strings.NewReplacer("$1", one, "$2", two, "$3", three, "$4", now, "$5", five, "\n", " ").Replace(query) + ";\n"
	}
	return "\\set m random(1, 9223372036854775806)\n\\set r random(1, 9223372036854775806)\n" +
		fill(beginTurn, message, conversation, ":content", ":user") +
		fill(finishTurn, reply, conversation, ":reply", message)
}
