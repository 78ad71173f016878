-- Index: "Outbox_done" from its left end, then the primary key. Lock: the rows that go; those that
-- another process holds are left to it.
-- $1: before when; $2: at most so many.
-- The ids go through an array so that each is looked up, however many the planner expects.
-- Answers the deletions among them whose aggregate nothing has happened to since, beside how many went.
with old as materialized (
  select o.id from "Outbox" as o
  where o.processed = true and coalesce(o.processed_at, o.created_at) < $1::timestamptz
  order by coalesce(o.processed_at, o.created_at), o.seq
  limit (select $2::int8)
  for update skip locked
), gone as materialized (
  delete from "Outbox" as o where o.id = any((select array_agg(old.id) from old)::text[])
  returning o.event_type, o.aggregate_type, o.aggregate_id, o.version
)
select (select count(*) from gone) as removed, v.aggregate_type, v.aggregate_id, v.version
from (select 1) as one
left join (
  gone as g join aggregate_version as v
  on v.aggregate_type = g.aggregate_type and v.aggregate_id = g.aggregate_id and v.version = g.version
  and g.event_type = g.aggregate_type || '.deleted'
) on true
