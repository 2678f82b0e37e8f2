-- The same tables as on PostgreSQL. Ids and times are text: lower-case UUIDs, and UTC as "2006-01-02 15:04:05.000000", so that both sort
-- as they should. JSON is text. pinned is there
-- because a page can only begin in the middle of an index of columns, not of one of expressions.

-- +goose Up
create table "user" (
	id text primary key not null,
	name text not null,
	email text not null,
	email_verified boolean default false not null,
	image text,
	created_at text default (strftime('%Y-%m-%d %H:%M:%f000', 'now')) not null,
	updated_at text default (strftime('%Y-%m-%d %H:%M:%f000', 'now')) not null,
	constraint user_email_unique unique (email)
);

create table session (
	id text primary key not null,
	expires_at text not null,
	token text not null,
	created_at text default (strftime('%Y-%m-%d %H:%M:%f000', 'now')) not null,
	updated_at text not null,
	ip_address text,
	user_agent text,
	user_id text not null constraint session_user_id_user_id_fk references "user" (id) on delete cascade,
	constraint session_token_unique unique (token)
);

create table account (
	id text primary key not null,
	account_id text not null,
	provider_id text not null,
	user_id text not null constraint account_user_id_user_id_fk references "user" (id) on delete cascade,
	access_token text,
	refresh_token text,
	id_token text,
	access_token_expires_at text,
	refresh_token_expires_at text,
	scope text,
	password text,
	created_at text default (strftime('%Y-%m-%d %H:%M:%f000', 'now')) not null,
	updated_at text not null
);

create table verification (
	id text primary key not null,
	identifier text not null,
	value text not null,
	expires_at text not null,
	created_at text default (strftime('%Y-%m-%d %H:%M:%f000', 'now')) not null,
	updated_at text default (strftime('%Y-%m-%d %H:%M:%f000', 'now')) not null
);

create table device_code (
	id text primary key not null,
	device_code text not null,
	user_code text not null,
	user_id text,
	expires_at text not null,
	status text not null,
	last_polled_at text,
	polling_interval integer,
	client_id text,
	scope text
);

create table rate_limit (
	id text primary key not null,
	key text not null,
	count integer not null,
	last_request bigint not null,
	constraint rate_limit_key_unique unique (key)
);

create index "session_userId_idx" on session (user_id);
create index "account_userId_idx" on account (user_id);
create index verification_identifier_idx on verification (identifier);
create unique index device_code_device_code_idx on device_code (device_code);
create unique index device_code_user_code_idx on device_code (user_code);

create table conversations (
	id text primary key not null,
	user_id text not null constraint conversations_user_id_user_id_fk references "user" (id) on delete cascade,
	title text,
	created_at text default (strftime('%Y-%m-%d %H:%M:%f000', 'now')) not null,
	updated_at text default (strftime('%Y-%m-%d %H:%M:%f000', 'now')) not null,
	pinned_at text,
	archived_at text,
	state text,
	summarised_upto text,
	metadata text,
	pinned integer generated always as (pinned_at is not null) virtual
);

create table messages (
	id text primary key not null,
	conversation_id text not null constraint messages_conversation_id_conversations_id_fk references conversations (id) on delete cascade,
	role text not null,
	content text not null,
	metadata text,
	created_at text default (strftime('%Y-%m-%d %H:%M:%f000', 'now')) not null
);

create index conversations_user_id_updated_at_idx on conversations (user_id, updated_at);
create index conversations_list_idx on conversations (user_id, pinned, updated_at, id) where archived_at is null;
create index conversations_archive_idx on conversations (user_id, pinned, updated_at, id) where archived_at is not null;
create index messages_conversation_id_created_at_id_idx on messages (conversation_id, created_at, id);

create table turns (
	message_id text primary key not null references messages (id) on delete cascade,
	conversation_id text not null references conversations (id) on delete cascade,
	user_id text not null references "user" (id) on delete cascade,
	status text not null check (status in ('running', 'completed', 'failed', 'cancelled')),
	attempt integer not null default 1,
	takeovers integer not null default 0,
	cancel_requested boolean not null default false,
	lease_owner text,
	lease_until text,
	partial text not null default '',
	reply_id text references messages (id) on delete set null,
	error_code text,
	error_message text,
	error_details text,
	engine text,
	model text,
	input_tokens integer not null default 0,
	output_tokens integer not null default 0,
	created_at text not null,
	updated_at text not null
);

create unique index turns_running_idx on turns (conversation_id) where status = 'running';
create index turns_lease_until_idx on turns (lease_until) where status = 'running';
create index turns_conversation_id_idx on turns (conversation_id);
create index turns_user_id_idx on turns (user_id);
create index turns_reply_id_idx on turns (reply_id);
