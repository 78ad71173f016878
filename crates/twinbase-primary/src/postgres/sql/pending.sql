-- Index: "Outbox_pending", one descent for each partition of the request. Lock: none.
-- $1, $2: partitions and the seq after which to read of each; $3: now; $4: most events of one
-- partition; $5: most events in all; $6: types that are left alone; $7, $8: types that the caller knows,
-- with the hash of the mapping of each.
-- The partitions are walked in the order given and only until there is enough. The limits are subqueries
-- so that the planner never knows them: for a large one it would collect and sort a whole partition
-- instead of walking the index. So it would if it guessed how few types are read, which it does not of
-- a `case`.
with other as materialized (
  select $6::text[] || coalesce(array_agg(m.aggregate_type), '{}') as types
  from twinbase_mapping as m
  where not exists (
    select 1 from unnest($7::text[], $8::int8[]) as k(t, h) where k.t = m.aggregate_type and k.h = m.hash
  )
)
select e.*
from other
cross join unnest($1::int2[], $2::int8[]) as c(p, after)
cross join lateral (
  select o."partition", o.seq, o.event_type, o.aggregate_type, o.aggregate_id, o.version, o.mapping,
         o.retry_count::int8 as retry_count, o.created_at, o.traceparent, o.payload::text as payload, o.ctid as place
  from "Outbox" as o
  where o.processed = false and o.retry_count <= 5
    and o."partition" = c.p and o.seq > c.after
    and (o.next_attempt_at is null or o.next_attempt_at <= $3::timestamptz)
    and case when o.aggregate_type = any(other.types) then false else true end
  order by o.seq
  limit (select $4::int8)
) as e
limit (select $5::int8)
