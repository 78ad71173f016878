-- Index: the primary key of aggregate_version, and "Outbox_pending" and "Outbox_charged" read whole,
-- which is as long as the backlog. Lock: the heads that go.
-- $1, $2, $3: type, id and version of each.
-- A writer that comes first has moved its head on; one that comes later begins anew.
delete from aggregate_version as v
using unnest((select $1::text[]), (select $2::text[]), (select $3::int8[])) as h(t, i, n)
where v.aggregate_type = h.t and v.aggregate_id = h.i and v.version = h.n
  and (h.t, h.i) not in (
    select o.aggregate_type, o.aggregate_id from "Outbox" as o
    where o.processed = false and o.retry_count <= 5 and o.aggregate_id = any($2::text[])
    union all
    select o.aggregate_type, o.aggregate_id from "Outbox" as o
    where o.processed = false and o.retry_count > 0 and o.aggregate_id = any($2::text[])
  )
