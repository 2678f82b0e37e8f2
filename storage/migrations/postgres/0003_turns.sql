-- +goose Up

-- What every turn pays for is kept small. A turn goes with its message, and its message with the conversation and the user, so that it need not be
-- found by those. A reply that was deleted is none: queries look for the message. The program knows the statuses. Pages have room for the next
-- version of a row, so that the many partial texts of a running turn are stored beside each other and in no index (HOT).

alter table turns
	drop constraint turns_conversation_id_fkey,
	drop constraint turns_user_id_fkey,
	drop constraint turns_reply_id_fkey,
	drop constraint turns_status_check,
	set (fillfactor = 70);

drop index turns_conversation_id_idx;
drop index turns_user_id_idx;
drop index turns_reply_id_idx;

alter table conversations set (fillfactor = 70);
