-- Index: "Outbox_pending", one descent for each partition of the request. Lock: none.
-- $1: the seq after which to read of each partition from 0 on, null for one that is not asked for; the others
-- as in `pending`.
-- The oldest of all partitions together: neighbours in the table, and in its primary key, are read
-- and then marked together, which costs a third less than the same number of one partition. What
-- stands between the markers is written once for each partition, so that the planner merges their ranges.
with other as materialized (
  select $5::text[] || coalesce(array_agg(m.aggregate_type), '{}') as types
  from twinbase_mapping as m
  where not exists (
    select 1 from unnest($6::text[], $7::int8[]) as k(t, h) where k.t = m.aggregate_type and k.h = m.hash
  )
)
select e."partition", e.seq, e.event_type, e.aggregate_type, e.aggregate_id, e.version, e.mapping,
       e.retry_count::int8 as retry_count, e.created_at, e.traceparent, e.payload::text as payload
from (
--[union all]
  (
    select o.*
    from "Outbox" as o
    where o.processed = false and o.retry_count <= 5
      and o."partition" = {partition} and o.seq > ($1::int8[])[1 + {partition}]
      and (o.next_attempt_at is null or o.next_attempt_at <= $2::timestamptz)
      and case when o.aggregate_type = any((select other.types from other)::text[]) then false else true end
    order by o.seq
    limit (select $3::int8)
  )
--[end]
) as e
order by e.seq
limit (select $4::int8)
