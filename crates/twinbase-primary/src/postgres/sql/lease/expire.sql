-- Index: the primary key. Lock: the workers' rows.
-- $1: workers that are known to be dead; $2: the one who says so.
-- A millisecond less, because times are rounded to one.
update twinbase_worker
set expires_at = least(expires_at, clock_timestamp() - interval '1 millisecond')
where id = any($1::text[]) and id <> $2::text
