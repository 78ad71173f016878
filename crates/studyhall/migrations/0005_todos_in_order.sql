-- Pages of a user's todos from the primary, in the order that documents have.
--[sqlite]
drop index if exists todos_user_id_created_at_idx;
create index todos_user_id_created_at_idx on todos (user_id, {ordered created_at} desc, id desc);
--[all]
