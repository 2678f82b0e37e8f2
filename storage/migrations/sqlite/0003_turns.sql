-- +goose Up

-- What every turn pays for is kept small. A turn goes with its message, and its message with the conversation and the user, so that it need not be
-- found by those. A reply that was deleted is none: queries look for the message. The program knows
-- the statuses. A constraint can only be dropped with its table.

create table turns_next (
	message_id text primary key not null references messages (id) on delete cascade,
	conversation_id text not null,
	user_id text not null,
	status text not null,
	attempt integer not null default 1,
	takeovers integer not null default 0,
	cancel_requested boolean not null default false,
	lease_owner text,
	lease_until text,
	partial text not null default '',
	reply_id text,
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

insert into turns_next select * from turns;
drop table turns;
alter table turns_next rename to turns;

create unique index turns_running_idx on turns (conversation_id) where status = 'running';
create index turns_lease_until_idx on turns (lease_until) where status = 'running';
