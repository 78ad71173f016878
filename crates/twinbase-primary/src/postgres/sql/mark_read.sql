-- Index: none, but for the first entry of "Outbox_charged". Lock: the rows.
-- As `mark_applied`, with $3: where each row lay when it was read. To look there costs a tenth less than to
-- look each up in an index. A row that was updated since lies elsewhere and is not touched: who asks
-- sees it in the number of those that were marked. The condition is a `case` so that the planner does not take
-- "Outbox_pending" for the shorter way because it was empty when it was analyzed.
with marked as (
  update "Outbox" as o
  set processed = true, processed_at = clock_timestamp(), next_attempt_at = null
  from unnest((select $1::int2[]), (select $2::int8[]), (select $3::tid[])) as a(p, s, place)
  where (select set_config('synchronous_commit', 'off', true)) = 'off'
    and o.ctid = a.place and o."partition" = a.p and o.seq = a.s
    and case when o.processed then false else o.retry_count <= 5 end
  returning 1
)
select (select count(*) from marked) as marked, (
  select true from "Outbox" where processed = false and retry_count > 0
  order by aggregate_type, aggregate_id limit 1
) is not null as any_charged
