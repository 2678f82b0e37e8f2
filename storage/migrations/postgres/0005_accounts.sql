-- +goose Up

-- Who is kept out, where the table of users has no columns for it. Without expires_at it is for good.
create table user_bans (
	user_id {{.UserID}} primary key references "{{.Users}}" (id) on delete cascade,
	reason text not null default '',
	expires_at timestamp,
	created_at timestamp not null
);

-- Buckets of rate limits. full_at is when one is full again, in microseconds since 1970; wait is what the last asker was told, 0 when it got
-- its tokens. A row in the past says no more than no row. Pages have room for the next version of a row.
create table rate_buckets (
	key text primary key not null,
	full_at bigint not null,
	wait bigint not null
) with (fillfactor = 50);
