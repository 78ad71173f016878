-- Index: none. Lock: none.
-- The channel of `notify`.
select 'twinbase_outbox_' || to_regclass('"Outbox"')::oid::text
