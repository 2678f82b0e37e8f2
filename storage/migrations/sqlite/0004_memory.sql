-- What is known of users across conversations. version is that of the user's memory in which the row was last written; memories.version is the newest
-- one, and memories.epoch grows when something is removed. What people wrote, or what was made of it, may be encrypted. Only memories refers to the user:
-- whoever writes the others has locked the memory, and needs no lock on the user.

-- +goose Up
create table memories (
	user_id text primary key not null references "user" (id) on delete cascade,
	epoch bigint not null default 0,
	version bigint not null default 0,
	coverage text not null default '{}'
);

create table experiences (
	id text primary key not null,
	user_id text not null references memories (user_id) on delete cascade,
	kind text not null check (kind in ('work', 'project', 'education', 'volunteer')),
	org text not null default '',
	role text not null default '',
	start_on text not null default '',
	end_on text not null default '',
	current boolean not null default false,
	label text not null default '',
	position integer not null default 0,
	coverage text not null default '{}',
	version bigint not null,
	created_at text not null,
	updated_at text not null
);

create index experiences_user_id_version_idx on experiences (user_id, version);

create table profile_facts (
	id text primary key not null,
	user_id text not null references memories (user_id) on delete cascade,
	experience_id text references experiences (id) on delete set null,
	kind text not null,
	key text not null,
	text text not null,
	value text not null default '',
	quote text not null,
	status text not null check (status in ('proposed', 'confirmed', 'superseded', 'conflict', 'rejected')),
	confidence double precision not null,
	valid_from text not null default '',
	valid_to text not null default '',
	supersedes text,
	engine text not null default '',
	version bigint not null,
	created_at text not null,
	updated_at text not null
);

create index profile_facts_user_id_version_idx on profile_facts (user_id, version);
create index profile_facts_experience_id_idx on profile_facts (experience_id);

-- Where a fact was said: bytes of a user's message. The one at position 0 is the fact's quote.
create table fact_sources (
	fact_id text not null references profile_facts (id) on delete cascade,
	message_id text not null references messages (id) on delete cascade,
	position integer not null,
	start integer not null,
	"end" integer not null,
	primary key (fact_id, position)
);

create index fact_sources_message_id_idx on fact_sources (message_id);

create table threads (
	id text primary key not null,
	user_id text not null references memories (user_id) on delete cascade,
	message_id text not null references messages (id) on delete cascade,
	quote text not null,
	start integer not null,
	"end" integer not null,
	status text not null check (status in ('open', 'asked', 'closed')),
	version bigint not null,
	created_at text not null
);

create index threads_user_id_version_idx on threads (user_id, version);
create index threads_message_id_idx on threads (message_id);

create table episodes (
	id text primary key not null,
	user_id text not null references memories (user_id) on delete cascade,
	conversation_id text not null references conversations (id) on delete cascade,
	level integer not null,
	from_seq integer not null,
	to_seq integer not null,
	last_message text not null,
	text text not null,
	version bigint not null,
	created_at text not null,
	unique (conversation_id, level, from_seq)
);

create index episodes_user_id_version_idx on episodes (user_id, version);

-- Whoever removes a message, conversation or fact, with it goes what hangs on it, and the memory's epoch grows.

-- +goose StatementBegin
create trigger fact_sources_lost after delete on fact_sources begin
	delete from profile_facts where id = old.fact_id
		and (old.position = 0 or not exists (select 1 from fact_sources s where s.fact_id = old.fact_id));
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger profile_facts_lost after delete on profile_facts begin
	delete from experiences where id = old.experience_id and not exists (select 1 from profile_facts f where f.experience_id = old.experience_id);
	update memories set epoch = epoch + 1, version = version + 1 where user_id = old.user_id;
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger threads_lost after delete on threads begin
	update memories set epoch = epoch + 1, version = version + 1 where user_id = old.user_id;
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger conversations_lost after delete on conversations begin
	update memories set epoch = epoch + 1, version = version + 1 where user_id = old.user_id;
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger messages_lost after delete on messages begin
	delete from episodes where conversation_id = old.conversation_id;
	update conversations set summarised_upto = null, state = null
		where id = old.conversation_id and (summarised_upto is not null or state is not null);
end;
-- +goose StatementEnd
