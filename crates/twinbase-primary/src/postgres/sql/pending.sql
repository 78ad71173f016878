-- Index: "Outbox_pending", one descent for each partition of the request. Lock: none.
-- $1, $2: partitions and the seq after which to read of each; $3: now; $4: most events of one
-- partition; $5: most events in all; $6: types that are left alone; $7, $8: types that the caller knows,
-- with the hash of the mapping of each; $9, of `newest`: bytes of payloads after which to end.
-- The partitions are walked in the order given and only until there is enough. The limits are subqueries
-- so that the planner never knows them: for a large one it would collect and sort a whole partition
-- instead of walking the index. So it would if it guessed how few types are read, which it does not of
-- a `case`. CockroachDB takes no subquery inside of a LATERAL one.
-- `newest` has the payloads of the newest event of each aggregate alone: for a backlog of which most is
-- superseded. Its two sorts cost as much as the read itself.
-- The first row is no event: it has no partition, and the sum of the revisions of `twinbase_collection`.
with other as materialized (
  select $6::text[] || coalesce(array_agg(m.aggregate_type), '{}') as types
  from twinbase_mapping as m
  where not exists (
    select 1 from unnest($7::text[], $8::int8[]) as k(t, h) where k.t = m.aggregate_type and k.h = m.hash
  )
)
--[postgres newest]
select null as "partition", coalesce(sum(c.revision), 0)::int8 as seq, null as event_type, null as aggregate_type,
       null as aggregate_id, null as version, null as mapping, null as retry_count, null as created_at,
       null as traceparent, null as payload, null as place
--[newest]
       , false as is_last
--[cockroach]
select null as "partition", coalesce(sum(c.revision), 0)::int8 as seq, null as event_type, null as aggregate_type,
       null as aggregate_id, null as version, null as mapping, null as retry_count, null as created_at,
       null as traceparent, null as payload
--[all]
from twinbase_collection as c
union all (
--[newest]
select "partition", seq, event_type, aggregate_type, aggregate_id, version, mapping, retry_count, created_at, traceparent,
       case when age = 1 then payload::text end as payload, place, bytes >= $9::int8 as is_last
from (
select r.*, sum(r.size) over (order by r.n, r.seq) as bytes from (
select p.*, case when p.age = 1 then pg_column_size(p.payload) else 0 end as size from (
select e.*, array_position($1::int2[], e."partition") as n, row_number() over (
  partition by e.aggregate_type collate "C", e.aggregate_id collate "C" order by e.version desc, e.seq desc
) as age from (
--[all]
select e.*
from other
cross join unnest($1::int2[], $2::int8[]) as c(p, after)
cross join lateral (
  select o."partition", o.seq, o.event_type, o.aggregate_type, o.aggregate_id, o.version, o.mapping,
         o.retry_count::int8 as retry_count, o.created_at, o.traceparent,
--[postgres]
         o.payload::text as payload, o.ctid as place
--[cockroach]
         o.payload::text as payload
--[newest]
         o.payload, o.ctid as place
--[all]
  from "Outbox" as o
  where o.processed = false and o.retry_count <= 5
    and o."partition" = c.p and o.seq > c.after
    and (o.next_attempt_at is null or o.next_attempt_at <= $3::timestamptz)
    and case when o.aggregate_type = any(other.types) then false else true end
  order by o.seq
--[postgres newest]
  limit (select $4::int8)
) as e
limit (select $5::int8)
--[cockroach]
  limit $4::int8
) as e
limit $5::int8
--[newest]
) as e ) as p ) as r ) as s
where bytes - size < $9::int8
order by n, seq
--[all]
)
