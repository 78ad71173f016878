-- Index: none, it is a short table. Lock: the rows that go.
-- $1: the worker who clears.
delete from twinbase_worker
where expires_at < clock_timestamp() - interval '1 hour' and id <> $1::text
