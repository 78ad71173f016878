-- Index: the primary key. Lock: the new row.
-- $1: what; $2: why.
insert into twinbase_pause (scope, since, reason)
values ($1::text, clock_timestamp(), $2::text)
on conflict (scope) do nothing
