-- +goose Up

-- One row once all text is encrypted: from then on a plain one is an error.

create table encryption (
	complete_since timestamp not null
);
