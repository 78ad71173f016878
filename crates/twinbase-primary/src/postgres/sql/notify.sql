-- Index: none. Lock: none: a notification by itself, outside of any writer's transaction. It is a hint, so its
-- commit does not wait for the disk.
-- The channel is of this very table, so outboxes of other schemas are not woken.
select pg_notify('twinbase_outbox_' || to_regclass('"Outbox"')::oid::text, '')
where (select set_config('synchronous_commit', 'off', true)) = 'off'
