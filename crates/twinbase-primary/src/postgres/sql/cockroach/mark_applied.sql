-- Index: "Outbox_pending", one descent for each event, then the first entry of "Outbox_charged". Lock: the rows.
-- $1, $2: partition and seq of each event.
-- An event that has been marked, or has failed for good meanwhile, is not in the index and not touched.
-- Answers, beside how many were marked, whether any event has failed before: nearly always none has, and
-- nothing has to be healed. In the order of the index, so that the planner does not look for one in the table.
with marked as (
  update "Outbox" as o
  set processed = true, processed_at = clock_timestamp(), next_attempt_at = null
  from unnest($1::int2[], $2::int8[]) as a(p, s)
  where o.processed = false and o.retry_count <= 5
    and o."partition" = a.p and o.seq = a.s
  returning 1
)
select (select count(*) from marked) as marked, (
  select true from "Outbox" where processed = false and retry_count > 0
  order by aggregate_type, aggregate_id limit 1
) is not null as any_charged
