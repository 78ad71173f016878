-- Index: "Outbox_pending", one descent for each partition of the request. Lock: none.
-- $1, $2: partitions and the seq after which to read of each; $3: now;
-- $4: most events of one partition; $5: most events in all; $6: types that are left alone.
-- The partitions are walked in the order given and only until there is enough. The
-- limits are subqueries so that the planner never knows them: for a large one it
-- would collect and sort a whole partition instead of walking the index.
select e.*
from unnest($1::int2[], $2::int8[]) as c(p, after)
cross join lateral (
  select o."partition", o.seq, o.event_type, o.aggregate_type, o.aggregate_id,
         o.version, o.retry_count::int8 as retry_count, o.created_at, o.traceparent,
         o.payload::text as payload
  from "Outbox" as o
  where o.processed = false and o.retry_count <= 5
    and o."partition" = c.p and o.seq > c.after
    and (o.next_attempt_at is null or o.next_attempt_at <= $3::timestamptz)
    and o.aggregate_type <> all($6::text[])
  order by o.seq
  limit (select $4::int8)
) as e
limit (select $5::int8)
