-- +goose Up

-- Who is kept out. Without expires_at it is for good.
create table user_bans (
	user_id text primary key not null references "user" (id) on delete cascade,
	reason text not null default '',
	expires_at text,
	created_at text not null
);

-- Buckets of rate limits. full_at is when one is full again, in microseconds since 1970; wait is what the last asker was told, 0 when it got
-- its tokens. A row in the past says no more than no row.
create table rate_buckets (
	key text primary key not null,
	full_at bigint not null,
	wait bigint not null
);
