-- Index: "Outbox_pending", one descent for each event, then the first entry of "Outbox_charged". Lock: the rows.
-- $1, $2: partition and seq of each event; $3, of `read`: where each row lay when it was read.
-- An event that has been marked, or has failed for good meanwhile, is not in the index and not touched.
-- Each is looked up by itself, and the row is taken by its place: as one join, planned while nothing waits, the
-- index would be read whole for each mark. The arrays are subqueries so that the planner does not know their length.
-- To look where it lay (`read`) costs a tenth less. A row that was updated since lies elsewhere and is not
-- touched: who asks sees it in the number of those that were marked. The condition is a `case` so that the
-- planner does not take "Outbox_pending" for the shorter way because it was empty when it was analyzed.
-- A mark need not be on disk before the next batch: one that a crash of the server takes back is made again,
-- and nothing else happens.
-- Answers, beside how many were marked, whether any event has failed before: nearly always none has, and
-- nothing has to be healed. In the order of the index, so that the planner does not look for one in the table.
with marked as (
  update "Outbox" as o
  set processed = true, processed_at = clock_timestamp(), next_attempt_at = null
--[cockroach]
  from unnest($1::int2[], $2::int8[]) as a(p, s)
  where o.processed = false and o.retry_count <= 5 and o."partition" = a.p and o.seq = a.s
--[read]
  from unnest((select $1::int2[]), (select $2::int8[]), (select $3::tid[])) as f(p, s, place)
--[postgres]
  from unnest((select $1::int2[]), (select $2::int8[])) as a(p, s)
  cross join lateral (
    select w.ctid as place, a.p, a.s from "Outbox" as w
    where w.processed = false and w.retry_count <= 5 and w."partition" = a.p and w.seq = a.s
    limit 1
  ) as f
--[postgres read]
  where (select set_config('synchronous_commit', 'off', true)) = 'off'
    and o.ctid = f.place and o."partition" = f.p and o.seq = f.s
    and case when o.processed then false else o.retry_count <= 5 end
--[all]
  returning 1
)
select (select count(*) from marked) as marked, (
  select true from "Outbox" where processed = false and retry_count > 0
  order by aggregate_type, aggregate_id limit 1
) is not null as any_charged
