-- Index: "Outbox_pending" and "Outbox_charged". Lock: none.
-- $1: where counting stops. The backlog is counted to a tenth of that: beyond, its size is that of its
-- index at the last analyze, which comes every minute to a table that changes.
-- The oldest of a partition is its first by seq: both are given at the insert.
-- A time of a foreign writer may be in the future or infinite, which has no difference to now.
with counted as materialized (
  select count(*) as n from (
    select 1 from "Outbox" where processed = false and retry_count <= 5 limit $1::int8 / 10
  ) as b
)
select
  (select case when c.n < $1::int8 / 10 then c.n else greatest(c.n, coalesce(
    (select i.reltuples::int8 from pg_class as i where i.oid = to_regclass('"Outbox_pending"')), 0
  )) end from counted as c)::int8 as backlog,
  (select count(*) from (
    select 1 from "Outbox" where processed = false and retry_count > 0 and retry_count <= 5 limit $1::int8
  ) as r)::int8 as retrying,
  (select count(*) from (
    select 1 from "Outbox" where processed = false and retry_count > 0 and retry_count > 5 limit $1::int8
  ) as f)::int8 as failed,
  (select (extract(epoch from clock_timestamp() - min(greatest(least(first.created_at, clock_timestamp()), 'epoch'::timestamptz))) * 1000)::int8
   from generate_series(0, 15) as p(n)
   cross join lateral (
     select o.created_at from "Outbox" as o
     where o.processed = false and o.retry_count <= 5 and o."partition" = p.n::int2
     order by o.seq limit 1
   ) as first) as oldest_pending_millis,
  (select (extract(epoch from clock_timestamp() - min(greatest(least(failed.created_at, clock_timestamp()), 'epoch'::timestamptz))) * 1000)::int8
   from (
     select created_at from "Outbox" where processed = false and retry_count > 0 and retry_count > 5 limit $1::int8
   ) as failed) as oldest_failed_millis,
  (select c.n < $1::int8 / 10 from counted as c) as backlog_is_exact,
  (select t.floor from twinbase_timeline as t) as floor,
  coalesce((select t.cause is not null from twinbase_timeline as t), true) as unproven
