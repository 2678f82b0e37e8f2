-- Accounts: layout B of Better Auth (its Drizzle generator), names and all. A web platform may have made these tables already, in any of
-- the three layouts; then they stay as they are, and only the device codes are added, in their style. Migrations are templates
-- (text/template): .Layout is "A", "B" or "C", .Users the table of users, .UserID the type of its ids, and .ID that with their default.

-- +goose Up
{{if eq .Layout "B"}}
create table if not exists "user" (
	id text primary key not null,
	name text not null,
	email text not null,
	email_verified boolean default false not null,
	image text,
	created_at timestamp default now() not null,
	updated_at timestamp default now() not null,
	constraint user_email_unique unique (email)
);

create table if not exists session (
	id text primary key not null,
	expires_at timestamp not null,
	token text not null,
	created_at timestamp default now() not null,
	updated_at timestamp not null,
	ip_address text,
	user_agent text,
	user_id text not null constraint session_user_id_user_id_fk references "user" (id) on delete cascade,
	constraint session_token_unique unique (token)
);

create table if not exists account (
	id text primary key not null,
	account_id text not null,
	provider_id text not null,
	user_id text not null constraint account_user_id_user_id_fk references "user" (id) on delete cascade,
	access_token text,
	refresh_token text,
	id_token text,
	access_token_expires_at timestamp,
	refresh_token_expires_at timestamp,
	scope text,
	password text,
	created_at timestamp default now() not null,
	updated_at timestamp not null
);

create table if not exists verification (
	id text primary key not null,
	identifier text not null,
	value text not null,
	expires_at timestamp not null,
	created_at timestamp default now() not null,
	updated_at timestamp default now() not null
);

create table if not exists device_code (
	id {{.ID}} primary key not null,
	device_code text not null,
	user_code text not null,
	user_id {{.UserID}},
	expires_at timestamp not null,
	status text not null,
	last_polled_at timestamp,
	polling_interval integer,
	client_id text,
	scope text
);

create table if not exists rate_limit (
	id text primary key not null,
	key text not null,
	count integer not null,
	last_request bigint not null,
	constraint rate_limit_key_unique unique (key)
);

create index if not exists "session_userId_idx" on session (user_id);
create index if not exists "account_userId_idx" on account (user_id);
create index if not exists verification_identifier_idx on verification (identifier);
create unique index if not exists device_code_device_code_idx on device_code (device_code);
create unique index if not exists device_code_user_code_idx on device_code (user_code);
{{else if eq .Layout "A"}}
create table if not exists "deviceCode" (
	"id" {{.ID}} not null primary key,
	"deviceCode" text not null,
	"userCode" text not null,
	"userId" {{.UserID}},
	"expiresAt" timestamptz not null,
	"status" text not null,
	"lastPolledAt" timestamptz,
	"pollingInterval" integer,
	"clientId" text,
	"scope" text
);

create unique index if not exists "deviceCode_deviceCode_idx" on "deviceCode" ("deviceCode");
create unique index if not exists "deviceCode_userCode_idx" on "deviceCode" ("userCode");
{{else}}
create table if not exists device_codes (
	id {{.ID}} primary key not null,
	device_code text not null,
	user_code text not null,
	user_id {{.UserID}},
	expires_at timestamp not null,
	status text not null,
	last_polled_at timestamp,
	polling_interval integer,
	client_id text,
	scope text
);

create unique index if not exists device_codes_device_code_idx on device_codes (device_code);
create unique index if not exists device_codes_user_code_idx on device_codes (user_code);
{{end}}

-- Conversations and messages: the columns that a web platform knows, then our own, which it never writes.

create table if not exists conversations (
	id uuid primary key default gen_random_uuid() not null,
	user_id {{.UserID}} not null constraint conversations_user_id_{{.Users}}_id_fk references "{{.Users}}" (id) on delete cascade,
	title text,
	created_at timestamp default now() not null,
	updated_at timestamp default now() not null
);

create table if not exists messages (
	id uuid primary key default gen_random_uuid() not null,
	conversation_id uuid not null constraint messages_conversation_id_conversations_id_fk references conversations (id) on delete cascade,
	role text not null,
	content text not null,
	metadata jsonb,
	created_at timestamp default now() not null
);

alter table conversations
	add column if not exists pinned_at timestamp,
	add column if not exists archived_at timestamp,
	add column if not exists state jsonb,
	add column if not exists summarised_upto uuid,
	add column if not exists metadata jsonb;

create index if not exists conversations_user_id_updated_at_idx on conversations (user_id, updated_at);
create index conversations_list_idx on conversations (user_id, (pinned_at is not null), updated_at, id) where archived_at is null;
create index conversations_archive_idx on conversations (user_id, (pinned_at is not null), updated_at, id) where archived_at is not null;
create index messages_conversation_id_created_at_id_idx on messages (conversation_id, created_at, id);

-- Turns: one for each user message that was sent to us. lease_owner is null when nobody holds the turn.

create table turns (
	message_id uuid primary key references messages (id) on delete cascade,
	conversation_id uuid not null references conversations (id) on delete cascade,
	user_id {{.UserID}} not null references "{{.Users}}" (id) on delete cascade,
	status text not null check (status in ('running', 'completed', 'failed', 'cancelled')),
	attempt integer not null default 1,
	takeovers integer not null default 0,
	cancel_requested boolean not null default false,
	lease_owner text,
	lease_until timestamp,
	partial text not null default '',
	reply_id uuid references messages (id) on delete set null,
	error_code text,
	error_message text,
	error_details jsonb,
	engine text,
	model text,
	input_tokens integer not null default 0,
	output_tokens integer not null default 0,
	created_at timestamp not null,
	updated_at timestamp not null
);

create unique index turns_running_idx on turns (conversation_id) where status = 'running';
create index turns_lease_until_idx on turns (lease_until) where status = 'running';
create index turns_conversation_id_idx on turns (conversation_id);
create index turns_user_id_idx on turns (user_id);
create index turns_reply_id_idx on turns (reply_id);
